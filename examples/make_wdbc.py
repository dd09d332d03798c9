#!/usr/bin/env python3
"""Write the example table, `wdbc.csv`, from scikit-learn's copy of the data.

The original is a classification set in which 212 of 569 rows are malignant: far too many to call them
outliers. All benign rows and the first ten malignant ones make a table with 2.7 percent outliers instead.

    python examples/make_wdbc.py [OUTPUT]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from sklearn.datasets import load_breast_cancer

OUTLIERS_KEPT = 10
MALIGNANT = 0  # scikit-learn's code; in the table written here 1 means malignant
DEFAULT_OUTPUT = Path(__file__).resolve().parent / "wdbc.csv"


def number_text(value: float) -> str:
    """The shortest text that reads back as the same double, without the `.0` of a whole number."""
    return repr(float(value)).removesuffix(".0")


def table_lines() -> list[str]:
    """The header and the kept rows, in the order in which scikit-learn has them."""
    data = load_breast_cancer()
    names = [str(name).replace(" ", "_") for name in data.feature_names]
    lines = [",".join([*names, "label"])]
    outliers = 0
    for row, target in zip(data.data, data.target, strict=True):
        is_outlier = target == MALIGNANT
        if is_outlier and outliers == OUTLIERS_KEPT:
            continue
        outliers += is_outlier
        lines.append(",".join([*map(number_text, row), str(int(is_outlier))]))
    return lines


def write_whole(path: Path, text: str) -> None:
    """Write beside the target and rename, so that nobody ever reads half a table."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the example table from scikit-learn.")
    parser.add_argument("output", nargs="?", type=Path, default=DEFAULT_OUTPUT, help="default: wdbc.csv beside it")
    output = parser.parse_args().output
    lines = table_lines()
    write_whole(output, "\n".join(lines) + "\n")
    columns = lines[0].count(",")
    print(f"wrote {output.name}: {len(lines) - 1} rows, {columns} columns and a label", file=sys.stderr)


if __name__ == "__main__":
    main()
