#!/usr/bin/env python3
"""Write ADBench tables as the paper's protocol caps them, for `paper_tables` to read.

    python3 bench/paper_cap.py FOLDER CAPPED_FOLDER

A table of over 10,000 rows is resampled with replacement by class: floor((1 - q) * 10,000) inliers and
floor(q * 10,000) outliers, q the share of outliers, each with numpy's legacy generator and seed 42. This is the
sample of the recorded reference values: with it the deterministic methods meet them. It uses labels, so it
belongs to the protocol and never to a fit. Needs numpy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

CAP = 10_000
SEED = 42


def capped(rows: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The table itself, or its resample if it has more rows than the cap."""
    if len(labels) <= CAP:
        return rows, labels
    share = labels.mean()
    inliers = np.random.RandomState(SEED).choice(np.flatnonzero(labels == 0), int((1 - share) * CAP))
    outliers = np.random.RandomState(SEED).choice(np.flatnonzero(labels == 1), int(share * CAP))
    chosen = np.concatenate([inliers, outliers])
    return rows[chosen], labels[chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description="Cap ADBench tables as the paper's protocol does.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("capped_folder", type=Path)
    arguments = parser.parse_args()

    arguments.capped_folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(arguments.folder.glob("*.npz")):
        table = np.load(path)
        rows, labels = capped(table["X"], table["y"])
        np.savez(arguments.capped_folder / path.name, X=rows, y=labels)


if __name__ == "__main__":
    main()
