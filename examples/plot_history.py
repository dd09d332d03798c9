#!/usr/bin/env python3
"""# What the rule sees: the history of a fit, plotted

Needs gradstop, pandas and matplotlib. Cells begin with `# %%`, so editors run them one by one; as a program it writes
`history.png` (or the file that is named).
"""

# %% The table, and a fit that measures what every rule would look at
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

import gradstop

table = pd.read_csv(Path(__file__).with_name("wdbc.csv"))
label = table.pop("label")  # only to colour the last picture: no label reaches a fit

detector = gradstop.AutoEncoder(contamination=0.03, random_state=0, watch="all", early_stopping="gradstop").fit(table)
print(f"kept epoch {detector.best_epoch_}: {detector.stop_explanation_}")

# %% Epoch by epoch
history = detector.history_.to_pandas().set_index("epoch")
figure, (loss, cohesion, divergence, scores) = plt.subplots(4, 1, figsize=(7, 11), layout="constrained")

history["loss"].plot(ax=loss, logy=True, title="The loss falls and says nothing of outliers")

history[["cohesion_small", "cohesion_large"]].plot(ax=cohesion, title="How far each set of gradients agrees with itself")
history["smoothed_gap"].plot(ax=cohesion, color="black", label="gap, smoothed")
cohesion.legend(["small gradients, like inliers", "large gradients, like outliers", "gap, smoothed"])

history["smoothed_divergence"].plot(ax=divergence, title="Angle between the two sets, in radians")

for axes in (loss, cohesion, divergence):
    axes.axvline(detector.best_epoch_, color="tab:red", linestyle=":")

# %% What came of it
order = detector.decision_scores_.argsort()
colours = label.iloc[order].map({0: "tab:blue", 1: "tab:red"})
scores.scatter(range(len(order)), detector.decision_scores_[order], c=colours, s=6)
scores.axhline(detector.threshold_, color="black", linewidth=0.8)
scores.set(title="Scores in order, malignant red, with the threshold", yscale="log", xlabel="rank")

target = sys.argv[1] if len(sys.argv) > 1 else "history.png"
figure.savefig(target, dpi=120)
print(f"wrote {target}")
