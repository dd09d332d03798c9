#!/usr/bin/env python3
"""Make the files that docs/first-runs.md shows: some of those of bench/first_run.py.

python3 docs/first-runs/make.py
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "bench"))

from first_run import CASES

FILES = {
    "missing.csv": "missing cells: NA",
    "bank.csv": "yes, no and a few unknown",
    "umsatz.csv": "1.234,5 between semicolons",
    "exchange.csv": "an exchange's export: 94.05K, -2.34%, 01-31-2024",
    "kdd.csv": "no header, with words (as kddcup)",
    "worldbank.csv": "World Bank's lines before the header",
    "units.csv": "a line of units below the header",
    "housing.data": "runs of spaces between columns",
    "towns.csv": "Latin-1",
    "wind.xlsx": "an Excel workbook with a title",
    "sites.jsonl": "JSON Lines with keys that come and go",
    "pointer.csv": "a Git LFS pointer",
}


def main() -> None:
    for file, case in FILES.items():
        made = CASES[case](random.Random(f"0 {case}"))
        (HERE / file).write_bytes(made.data)
        print(f"{file}: row {made.planted}" if made.rows else file)


if __name__ == "__main__":
    main()
