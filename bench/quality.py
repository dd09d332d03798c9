#!/usr/bin/env python3
"""Compare the detection quality of gradstop's auto-encoder with a second implementation of the paper, in plain PyTorch.

    gradstop-lab bench FOLDER --suite SUITE --results ours.jsonl
    gradstop-lab bench report ours.jsonl --format csv > ours.csv
    python3 bench/quality.py FOLDER --ours ours.csv [--seeds N] [--jobs N] [--python PATH]

`FOLDER` holds the ADBench tables as NPZ; `ours.csv` has the preset `paper` of the auto-encoder with the stops `none` and
`gradstop`. Nothing but the algorithm is shared: the random numbers are PyTorch's, so the two agree in distribution, table by
table, or one of them is wrong. Needs PyTorch and numpy, from `bench/.venv` or `--python`.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import functools
import json
import math
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from epoch import number_text, python_with_torch, table, write_record

EPOCHS = 100
MEASURES = {"none": "no stopping", "gradstop": "GradStop", "oracle": "best epoch"}

# By table and measure, the AUC of every seed.
Quality = dict[tuple[str, str], list[float]]


def worker() -> None:
    """Runs under the interpreter that has PyTorch: a line `PATH SEED` is answered by the AUCs of a fit, as JSON."""
    import numpy as np
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)

    @functools.cache
    def standardised(path: str) -> tuple[torch.Tensor, np.ndarray]:
        """The whole table standardised; of over 10,000 rows then a sample by class, drawn as the authors' code does."""
        file = np.load(path)
        rows, outlier = file["X"].astype(float), file["y"].astype(bool)
        deviation = rows.std(axis=0)
        rows = (rows - rows.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
        if len(rows) > 10_000:
            drawn = []
            for members in (np.flatnonzero(~outlier), np.flatnonzero(outlier)):
                share = len(members) / len(rows)
                drawn.append(members[np.random.RandomState(42).choice(len(members), int(share * 10_000))])
            chosen = np.concatenate(drawn)
            rows, outlier = rows[chosen], outlier[chosen]
        return torch.from_numpy(rows.astype(np.float32)), outlier

    def auc(scores: np.ndarray, outlier: np.ndarray) -> float:
        _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(count) - (count - 1) / 2)[place]
        outliers = outlier.sum()
        return float((ranks[outlier].sum() - outliers * (outliers + 1) / 2) / (outliers * (len(outlier) - outliers)))

    def fit(x: torch.Tensor, outlier: np.ndarray, seed: int) -> dict[str, float]:
        torch.manual_seed(seed)
        rows, columns = x.shape
        encoder, norm, decoder = torch.nn.Linear(columns, 64), torch.nn.BatchNorm1d(64), torch.nn.Linear(64, columns)
        parameters = [*encoder.parameters(), *norm.parameters(), *decoder.parameters()]
        for parameter in [*encoder.parameters(), *decoder.parameters()]:
            torch.nn.init.normal_(parameter, std=0.02)
        optimizer = torch.optim.Adam(parameters, lr=0.005)
        probe = torch.randperm(rows)[:400]
        half = min(20, len(probe) // 2)
        rule, aucs = Rule(), []
        for epoch in range(EPOCHS):
            before = encoder(x)
            after = norm(before)
            after.retain_grad()
            hidden = functional.dropout(functional.relu(after), 0.2)
            losses = (decoder(hidden) - x).square().sum(dim=1)
            optimizer.zero_grad()
            losses.sum().backward()
            with torch.no_grad():
                for parameter in parameters:
                    parameter.grad /= rows
                asked = probe if epoch % 10 == 0 else sets
                gradients = row_gradients(x, before, after.grad, hidden, decoder(hidden) - x, norm, asked)
                if epoch % 10 == 0:
                    order = gradients.norm(dim=1).argsort()
                    ends = torch.cat([order[:half], order[len(order) - half :]])
                    sets, gradients = probe[ends], gradients[ends]
                rule.see(epoch, *compared(gradients[:half], gradients[half:]))
            optimizer.step()
            norm.eval()
            with torch.no_grad():
                scores = (decoder(functional.relu(norm(encoder(x)))) - x).square().sum(dim=1)
            norm.train()
            aucs.append(auc(scores.numpy(), outlier))
        return {"none": aucs[-1], "gradstop": aucs[rule.best], "oracle": max(aucs)}

    def row_gradients(x, before, error, hidden, miss, norm, asked) -> torch.Tensor:  # noqa: ANN001
        """The gradient of each asked row's own loss, (rows x parameters but the encoder's bias, which has none)."""
        deviation = (before.var(dim=0, unbiased=False) + norm.eps).sqrt()
        standard = (before - before.mean(dim=0)) / deviation
        correlation = standard.T @ x / len(x)
        e, zh, a, delta = error[asked], standard[asked], hidden[asked], 2 * miss[asked]
        centred = x[asked] - x.mean(dim=0)
        gain = norm.weight / deviation * e
        encoder = gain[:, :, None] * (centred[:, None, :] - zh[:, :, None] * correlation)
        decoder = delta[:, :, None] * a[:, None, :]
        return torch.cat([encoder.flatten(1), e * zh, e, decoder.flatten(1), delta], dim=1)

    def compared(last: torch.Tensor, top: torch.Tensor) -> tuple[float, float]:
        """The gap between the cohesions, and the angle between the sums."""
        sums = last.sum(dim=0), top.sum(dim=0)
        cohesion = [(total.norm() / rows.norm(dim=1).sum()).item() for total, rows in zip(sums, (last, top), strict=True)]
        cosine = (sums[0] @ sums[1] / (sums[0].norm() * sums[1].norm())).item()
        return cohesion[0] - cohesion[1], math.acos(min(1.0, max(-1.0, cosine)))

    def check_row_gradients() -> None:
        """The closed form against automatic differentiation, row by row."""
        x = torch.randn(30, 5)
        encoder, norm, decoder = torch.nn.Linear(5, 64), torch.nn.BatchNorm1d(64), torch.nn.Linear(64, 5)
        before = encoder(x)
        after = norm(before)
        after.retain_grad()
        hidden = functional.dropout(functional.relu(after), 0.2)
        miss = decoder(hidden) - x
        losses = miss.square().sum(dim=1)
        losses.sum().backward(retain_graph=True)
        with torch.no_grad():
            closed = row_gradients(x, before, after.grad, hidden, miss, norm, torch.arange(30))
        trained = [encoder.weight, *norm.parameters(), *decoder.parameters()]
        for loss, got in zip(losses, closed, strict=True):
            wanted = torch.cat([part.flatten() for part in torch.autograd.grad(loss, trained, retain_graph=True)])
            assert (got - wanted).norm() < 1e-4 * wanted.norm(), (got, wanted)

    check_row_gradients()
    for line in sys.stdin:
        path, seed = line.rsplit(maxsplit=1)
        print(json.dumps(fit(*standardised(path), int(seed))), flush=True)


class Rule:
    """GradStop with the settings that the paper has for the auto-encoder."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.angles: list[float] = []
        self.best, self.best_gap, self.way, self.patience = 0, 0.0, 0.0, 0
        self.stopped = False

    def see(self, epoch: int, gap: float, angle: float) -> None:
        for past, value in ((self.gaps, gap), (self.angles, angle)):
            window = past[-8:]
            past.append((sum(window) + value) / (len(window) + 1))
        if self.stopped:
            return
        gap = self.gaps[-1]
        if epoch == 0:
            self.best_gap = gap
            return
        if epoch == 9 and statistics.mean(self.angles[5:10]) > 1.57:
            self.best, self.stopped = 0, True
            return
        self.way += abs(gap - self.gaps[-2])
        rose = gap > self.best_gap and (gap - self.best_gap) / self.way > 0.001
        if rose or gap > 0.05 or abs(gap) < 0.01:
            self.best, self.best_gap, self.way, self.patience = epoch, gap, 0.0, 0
        else:
            self.patience += 1
            self.stopped = self.patience >= 20


def theirs(paths: list[Path], seeds: int, jobs: int, python: Path) -> Quality:
    """What PyTorch reaches, on so many processes."""
    quality: Quality = defaultdict(list)
    tasks = [(path, seed) for path in paths for seed in range(seeds)]
    with ThreadPoolExecutor(jobs) as pool:
        answers = pool.map(functools.partial(answers_of, python), (tasks[job::jobs] for job in range(jobs)))
        for job, lines in enumerate(answers):
            for (path, _), line in zip(tasks[job::jobs], lines, strict=True):
                for measure, value in json.loads(line).items():
                    quality[path.stem, measure].append(value)
    return quality


def answers_of(python: Path, tasks: list[tuple[Path, int]]) -> list[str]:
    questions = "".join(f"{path} {seed}\n" for path, seed in tasks)
    command = [str(python), __file__, "--worker"]
    answer = subprocess.run(command, input=questions, check=True, stdout=subprocess.PIPE, text=True)
    return answer.stdout.splitlines()


def ours(path: Path) -> Quality:
    quality: Quality = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if (row["detector"], row["preset"]) == ("autoencoder", "paper") and row["stop"] in MEASURES:
                quality[row["table"], row["stop"]].append(float(row["auc"]))
                if row["stop"] == "none":
                    quality[row["table"], "oracle"].append(float(row["oracle_auc"]))
    return quality


def mean_and_error(quality: Quality, measure: str, names: list[str]) -> tuple[float, float]:
    """Mean over tables of the mean over seeds, and its standard error over seeds."""
    values = [quality[name, measure] for name in names]
    error = math.sqrt(sum(statistics.variance(one) / len(one) for one in values)) / len(names)
    return statistics.mean(statistics.mean(one) for one in values), error


def apart(one: list[float], other: list[float]) -> float:
    """The difference of two means in standard errors, with one more that the rounding of AUCs may be."""
    error = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.mean(one) - statistics.mean(other)) / math.sqrt(error + 1e-9)


def text_of(record: dict) -> str:
    def line(label: str, one: dict) -> list[str]:
        means = [f"{one[who]['mean']:.4f} ± {one[who]['error']:.4f}" for who in ("ours", "theirs")]
        return [label, *means, number_text(one["root_mean_square"]), f"{one['worst']:+.1f}, {one['worst_table']}"]

    header = ["", "gradstop", "PyTorch", "apart, root mean square", "furthest apart"]
    lines = [line(label, record["measures"][measure]) for measure, label in MEASURES.items()]
    eights = ", ".join(f"{mean:.4f}" for mean in record["eights"])
    return "\n".join(
        [
            f"# The auto-encoder and GradStop in two implementations, {record['date']}",
            "",
            f"Mean AUC over {record['tables']} tables with its standard error over seeds, {record['seeds_ours']} of gradstop and "
            f"{record['seeds_theirs']} of PyTorch {record['torch']}; then how far the tables are apart, in standard errors.",
            "",
            table(header, lines),
            "",
            f"GradStop in PyTorch by eight seeds each: {eights}.",
            "",
        ]
    )


def record_of(ours: Quality, theirs: Quality, torch: str) -> dict:
    names = sorted({name for name, _ in ours} & {name for name, _ in theirs})
    measures = {}
    for measure in MEASURES:
        distances = {name: apart(ours[name, measure], theirs[name, measure]) for name in names}
        worst = max(names, key=lambda name: abs(distances[name]))
        of_both = {who: mean_and_error(quality, measure, names) for who, quality in (("ours", ours), ("theirs", theirs))}
        measures[measure] = {
            **{who: {"mean": mean, "error": error} for who, (mean, error) in of_both.items()},
            "root_mean_square": math.sqrt(statistics.mean(one * one for one in distances.values())),
            "worst": distances[worst],
            "worst_table": worst,
        }
    seeds = len(theirs[names[0], "gradstop"])
    eights = [
        statistics.mean(statistics.mean(theirs[name, "gradstop"][first : first + 8]) for name in names)
        for first in range(0, seeds - 7, 8)
    ]
    by_table = {
        name: {measure: [statistics.mean(both[name, measure]) for both in (ours, theirs)] for measure in MEASURES}
        for name in names
    }
    return {
        "date": datetime.date.today().isoformat(),
        "torch": torch,
        "tables": len(names),
        "seeds_ours": len(ours[names[0], "gradstop"]),
        "seeds_theirs": seeds,
        "measures": measures,
        "eights": eights,
        "by_table_ours_theirs": by_table,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the auto-encoder's quality with a second implementation.")
    parser.add_argument("folder", type=Path, help="tables as NPZ, with X and y")
    parser.add_argument("--ours", type=Path, required=True, help="report of gradstop-lab bench as CSV")
    parser.add_argument("--seeds", type=int, default=32, help="of PyTorch; default: %(default)s")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes; default: %(default)s here")
    parser.add_argument("--python", type=Path, help="an interpreter that has torch and numpy; default: bench/.venv")
    arguments = parser.parse_args()
    try:
        python, torch = python_with_torch(arguments.python)
        paths = sorted(path.absolute() for path in arguments.folder.glob("*.npz"))
        by_us = ours(arguments.ours)
        record = record_of(by_us, theirs(paths, arguments.seeds, arguments.jobs, python), torch)
    except (RuntimeError, subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"error: {error}")
    text = text_of(record)
    print(text)
    write_record("quality", record, text)


if __name__ == "__main__":
    worker() if sys.argv[1:] == ["--worker"] else main()
