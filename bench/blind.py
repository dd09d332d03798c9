#!/usr/bin/env python3
"""Look at a stopping rule on one half of the evidence, and write down that it was looked at.

    python3 bench/blind.py FOLDER --candidate NAME --part odd|even|made [--settings TOML] [--detector NAME]

A rule is designed on the tables with odd numbers. The even ones and the made tables are for judging: the first look at
each is appended to docs/research/looks.csv, and a second look of the same candidate at the same part is refused. So
what was chosen after seeing what can be read there.

FOLDER holds ADBench's tables; made tables need none (`-`). The command must have been built
(`cargo build --release -p gradstop-lab`). Needs Python's standard library.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import random
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / "target" / "release" / "gradstop-lab"
LOOKS = ROOT / "docs" / "research" / "looks.csv"
COLUMNS = ["date", "candidate", "detector", "part", "tables", "seeds", "none", "rule", "change", "low", "high", "worst"]
RULE = "auto"  # what is compared with not stopping


def made() -> str:
    """The made tables: four kinds of outliers, narrow and wider, and embeddings of few rows."""
    shapes = [(kind, 1000, columns) for kind in ("local", "global", "clustered", "dependency") for columns in (6, 24)]
    shapes += [("embedding", rows, 512) for rows in (200, 600)]
    recipe = '[[made]]\nkind = "{}"\nrows = {}\ncolumns = {}\ncontamination = 0.05\nseed = {}\n'
    return "".join(recipe.format(*shape, seed) for shape in shapes for seed in range(3))


def suite(arguments: argparse.Namespace) -> str:
    seeds = list(range(arguments.seeds))
    text = f'name = "blind"\ncap = "by-class"\nseeds = {seeds}\n'
    if arguments.part != "made":
        odd = arguments.part == "odd"
        names = sorted(file.stem for file in Path(arguments.folder).glob("*.npz"))
        text += f"tables = {[name for name in names if int(name.split('_')[0]) % 2 == odd]}\n"
    else:
        text += made()
    text += f'[[detectors]]\nnames = ["{arguments.detector}"]\nstops = ["none", "{RULE}"]\n'
    return text + "".join(f"settings.{setting}\n" for setting in arguments.settings)


def measure(arguments: argparse.Namespace) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        file, results = Path(folder) / "suite.toml", Path(folder) / "results.jsonl"
        file.write_text(suite(arguments))
        tables = [] if arguments.part == "made" else [arguments.folder]
        subprocess.run([COMMAND, "bench", *tables, "--suite", file, "--results", results], check=True)
        report = subprocess.run(
            [COMMAND, "bench", "report", results, "--format", "csv"], check=True, capture_output=True, text=True
        )
    return list(csv.DictReader(io.StringIO(report.stdout)))


def by_table(results: list[dict[str, str]]) -> dict[str, tuple[float, float, int, int]]:
    """Mean AUC without and with the rule, rows and columns of each table."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    shape = {}
    for result in results:
        found[result["table"]][result["stop"]].append(float(result["auc"]))
        shape[result["table"]] = int(result["rows"]), int(result["columns"])
    return {
        table: (statistics.fmean(stops["none"]), statistics.fmean(stops[RULE]), *shape[table])
        for table, stops in found.items()
    }


def interval(changes: list[float], draws: int = 10_000) -> tuple[float, float]:
    """95 percent, bootstrap over tables."""
    draw = random.Random(0)
    means = sorted(statistics.fmean(draw.choices(changes, k=len(changes))) for _ in range(draws))
    return means[draws // 40], means[-draws // 40 - 1]


def groups(part: str, tables: dict[str, tuple[float, float, int, int]]) -> dict[str, list[str]]:
    if part == "made":
        kinds = sorted({table.split("-")[0] for table in tables})
        return {kind: [table for table in tables if table.startswith(kind)] for kind in kinds}
    rows, columns = (lambda table: tables[table][2]), (lambda table: tables[table][3])
    tests = {
        "columns < 10": lambda t: columns(t) < 10,
        "columns 10 to 50": lambda t: 10 <= columns(t) <= 50,
        "columns > 50": lambda t: columns(t) > 50,
        "rows < 500": lambda t: rows(t) < 500,
        "rows 500 to 5,000": lambda t: 500 <= rows(t) <= 5000,
        "rows > 5,000": lambda t: rows(t) > 5000,
    }
    return {name: [table for table in tables if test(table)] for name, test in tests.items()}


def looked_before(candidate: str, detector: str, part: str) -> bool:
    if not LOOKS.exists():
        return False
    with LOOKS.open(newline="") as file:
        return any((row["candidate"], row["detector"], row["part"]) == (candidate, detector, part) for row in csv.DictReader(file))


def write_down(row: dict[str, object]) -> None:
    new = not LOOKS.exists()
    with LOOKS.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--candidate", required=True, help="name of what is judged, for the list of looks")
    parser.add_argument("--part", required=True, choices=["odd", "even", "made"])
    parser.add_argument("--detector", default="autoencoder")
    parser.add_argument("--settings", nargs="*", default=[], metavar="KEY=VALUE", help="TOML, such as auto.skewness_weight=2.0")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    judging = arguments.part != "odd"
    if judging and looked_before(arguments.candidate, arguments.detector, arguments.part):
        sys.exit(f"{arguments.candidate} was looked at on the {arguments.part} tables before: see {LOOKS.name}")

    tables = by_table(measure(arguments))
    change = {table: rule - none for table, (none, rule, *_) in tables.items()}
    low, high = interval(list(change.values()))
    none, rule = (statistics.fmean(values[at] for values in tables.values()) for at in (0, 1))
    worst = min(change, key=change.get)
    print(f"{len(tables)} tables, {arguments.seeds} seeds: none {none:.4f}, {RULE} {rule:.4f}")
    print(f"change {rule - none:+.4f}, interval over tables {low:+.4f} to {high:+.4f}")
    for name, members in groups(arguments.part, tables).items():
        if members:
            of_group = [change[table] for table in members]
            print(f"  {name:18} {len(members):3} tables  {statistics.fmean(of_group):+.4f}")
    for table in sorted(change, key=change.get):
        print(f"  {table:30} {tables[table][0]:.4f} {tables[table][1]:.4f}  {change[table]:+.4f}")
    if judging:
        write_down(
            {
                "date": datetime.date.today().isoformat(),
                "candidate": arguments.candidate,
                "detector": arguments.detector,
                "part": arguments.part,
                "tables": len(tables),
                "seeds": arguments.seeds,
                "none": f"{none:.4f}",
                "rule": f"{rule:.4f}",
                "change": f"{rule - none:+.4f}",
                "low": f"{low:+.4f}",
                "high": f"{high:+.4f}",
                "worst": f"{worst} {change[worst]:+.4f}",
            }
        )


if __name__ == "__main__":
    main()
