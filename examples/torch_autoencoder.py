#!/usr/bin/env python3
"""A plain PyTorch auto-encoder that stops by itself, on the example table.

Needs gradstop, torch and NumPy. The lines with a number are all that it takes.
"""

from pathlib import Path

import numpy as np
import torch

import gradstop
import gradstop.torch

table = np.genfromtxt(Path(__file__).with_name("wdbc.csv"), delimiter=",", skip_header=1, dtype=np.float32)
values, label = table[:, :-1], table[:, -1]  # the label only judges the result
rows = torch.from_numpy((values - values.mean(axis=0)) / values.std(axis=0))

torch.manual_seed(0)
columns = rows.shape[1]
model = torch.nn.Sequential(
    *(torch.nn.Linear(columns, 64), torch.nn.BatchNorm1d(64), torch.nn.ReLU(), torch.nn.Dropout(0.2)),
    torch.nn.Linear(64, columns),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
stopping = gradstop.torch.EarlyStopping(model, gradstop.GradStop(divergence_limit="off"))  # 1

for epoch in range(100):
    losses = (model(rows) - rows).square().sum(dim=1)  # the loss of each row
    stopping.observe(losses)  # 2: before the step
    optimizer.zero_grad()
    losses.mean().backward()
    optimizer.step()
    if stopping.end_epoch():  # 3: after it
        break
kept = stopping.restore()  # 4

model.eval()
with torch.no_grad():
    scores = (model(rows) - rows).square().sum(dim=1).numpy()
inliers, outliers = scores[label == 0], scores[label == 1]
auc = (outliers[:, None] > inliers).mean()
print(f"ran {epoch + 1} epochs, kept epoch {kept}; AUC {auc:.4f}")
