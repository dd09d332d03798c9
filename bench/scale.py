#!/usr/bin/env python3
"""Scoring a table far larger than the memory that it takes, against a program that only reads the table.

    python3 bench/scale.py                       # 5 GB of CSV and the same rows as Parquet; writes a record
    python3 bench/scale.py --gigabytes 0.3       # a look; prints only

`gradstop score` and `crates/tables/examples/read_all.rs`, which reads the same chunks by the same reader and adds them up, take
turns on both files. Targets: a peak below 300 MB, and at most twice the time. Scored is by one network (stopped by GradStop), by
what a fit keeps that is asked for nothing (an average of some epochs, which is as many networks), and by the most that it can keep, 15.
A table is made on first use and removed at the end, unless `--folder` says where to keep it. NumPy and pyarrow go into `bench/.venv` on first use.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from epoch import RECORDS, ROOT, VENV, processor_name, report, table

PYTHON = VENV / "bin" / "python"
PEAK_MB, RATIO = 300, 2.0
# pyarrow's own size of a row group, which a reader has to live with.
GROUP_ROWS = 1 << 20
FITTED_ROWS = 100_000


def make(folder: Path, gigabytes: float, columns: int) -> None:
    """Rows near a plane of five dimensions, every thousandth off it, as CSV of that size and as Parquet."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    plane = np.random.default_rng(0).normal(size=(5, columns))
    schema = pa.schema([(f"c{at}", pa.float32()) for at in range(columns)])
    text, target = folder / "table.csv", gigabytes * 1e9
    with csv.CSVWriter(text, schema) as as_csv, pq.ParquetWriter(folder / "table.parquet", schema) as as_parquet:
        part = 0
        while not part or text.stat().st_size < target:
            rng = np.random.default_rng(part + 1)
            values = rng.normal(size=(GROUP_ROWS, 5)) @ plane + rng.normal(scale=0.1, size=(GROUP_ROWS, columns))
            values[::1000] += rng.normal(scale=2, size=values[::1000].shape)
            values = np.round(values, 4).astype(np.float32)
            # So that a look is one too.
            rows = min(GROUP_ROWS, int(target / (7.4 * columns)) + 1)
            batch = pa.record_batch([values[:rows, at] for at in range(columns)], schema=schema)
            as_csv.write_batch(batch)
            as_parquet.write_batch(batch)
            if not part:
                pq.write_table(pa.Table.from_batches([batch.slice(0, FITTED_ROWS)]), folder / "fitted.parquet")
            part += 1


def install() -> None:
    if not VENV.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", "numpy", "pyarrow"], check=True)


def build(folder: Path) -> list[Path]:
    """Our command, and the program that only reads; copies, so that no later build changes them half-way."""
    command = ["cargo", "build", "--release", "--workspace", "--bin", "gradstop", "--example", "read_all"]
    built = subprocess.run([*command, "--message-format=json-render-diagnostics"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    made = [json.loads(line) for line in built.stdout.splitlines()]
    found = {one["target"]["name"]: Path(one["executable"]) for one in made if one.get("executable")}
    return [Path(shutil.copy(found[name], folder)) for name in ("gradstop", "read_all")]


def busy_seconds() -> float:
    """Processor time that anyone used since the start of the machine."""
    user, nice, system, _idle, _wait, *others = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


def run(words: list[str], output: Path) -> dict:
    """Runs a program with its output in a file; what it took, and what others took of the machine meanwhile."""
    before, started = busy_seconds(), time.perf_counter()
    with output.open("w") as out:
        process = subprocess.Popen(words, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    own = used.ru_utime + used.ru_stime
    others = max(0.0, busy_seconds() - before - own) / (seconds * (os.cpu_count() or 1))
    return {"seconds": seconds, "cpu_seconds": own, "peak_mb": used.ru_maxrss / 1024, "share_of_others": others}


def measure(folder: Path, rounds: int) -> list[dict]:
    gradstop, read_all = build(folder)
    # Without a weight of the skewness every epoch that the average looks at counts, as on tables that are less plain than this one.
    rules = {"one": ["--early-stopping", "gradstop"], "default": [], "most": ["--early-stopping", "auto", "--set", "auto.skewness_weight=0"]}
    for model, rule in rules.items():
        fit = [str(gradstop), "fit", str(folder / "fitted.parquet"), *rule, "--model", str(folder / f"{model}.gradstop")]
        subprocess.run(fit, check=True, stdout=subprocess.DEVNULL)
    score = [str(gradstop), "score"]
    contestants = {}
    for kind in ("csv", "parquet"):
        path = str(folder / f"table.{kind}")
        contestants[f"{kind}, only read"] = [str(read_all), path]
        for model, what in (("one", "one network"), ("default", "the default"), ("most", "15 networks")):
            contestants[f"{kind}, scored by {what}"] = [*score, str(folder / f"{model}.gradstop"), path]
    seen: dict[str, list[dict]] = {key: [] for key in contestants}
    for round_ in range(rounds):
        keys = list(contestants)
        turn = round_ % len(keys)
        for key in keys[turn:] + keys[:turn]:
            seen[key].append(run(contestants[key], folder / "output"))
            report(f"round {round_}, {key}: {json.dumps(seen[key][-1])}")
    results = []
    for key, runs in seen.items():
        read = seen[f"{key.split(',')[0]}, only read"]
        ratio = {
            what: statistics.median(one[what] / other[what] for one, other in zip(runs, read, strict=True))
            for what in ("seconds", "cpu_seconds")
        }
        results.append({
            "what": key,
            "seconds": statistics.median(one["seconds"] for one in runs),
            "over_reading": ratio["seconds"],
            "cpu_over_reading": ratio["cpu_seconds"],
            "peak_mb": max(one["peak_mb"] for one in runs),
            "share_of_others": max(one["share_of_others"] for one in runs),
            "runs": runs,
        })  # fmt: skip
    return results


def text_of(record: dict) -> str:
    header = ["", "seconds", "over reading", "processor time over reading", "peak, MB"]
    lines = [
        [one["what"], f"{one['seconds']:.1f}", f"{one['over_reading']:.2f}", f"{one['cpu_over_reading']:.2f}", f"{one['peak_mb']:.0f}"]
        for one in record["results"]
    ]
    most = max(one["share_of_others"] for one in record["results"])
    missed = [
        one["what"] for one in record["results"] if one["peak_mb"] > PEAK_MB or one["over_reading"] > RATIO
    ]
    verdict = f"Missed by: {'; '.join(missed)}." if missed else "Both are met."
    return (
        f"{record['rows']:,} rows x {record['columns']} columns: {record['csv_gb']:.2f} GB of CSV, {record['parquet_gb']:.2f} GB of Parquet. "
        f"{record['machine']}. Medians of {record['rounds']} rounds, the ratios within a round, the highest peak. Others took up to {most:.0%} of the "
        f"machine.\n\n{table(header, lines)}\n\nTargets: a peak of at most {PEAK_MB} MB and at most {RATIO:g} times the time of reading. {verdict}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=5.0, help="size of the CSV file")
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to make the tables, and to find them the next time")
    parser.add_argument("--record", metavar="NAME", help="write records/NAME, whatever the size; default: scale-DATE from 5 GB on")
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.make:
        make(arguments.folder, arguments.gigabytes, arguments.columns)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = arguments.folder or Path(place)
        if not (folder / "fitted.parquet").exists():
            install()
            size = ["--gigabytes", str(arguments.gigabytes), "--columns", str(arguments.columns)]
            subprocess.run([str(PYTHON), __file__, "--make", "--folder", str(folder), *size], check=True)
        results = measure(folder, arguments.rounds)
        scored = (folder / "output").stat().st_size
        if not scored:
            raise SystemExit("nothing was written")
        with (folder / "table.csv").open("rb") as text:
            pieces = iter(lambda: text.read(1 << 24), b"")
            rows = sum(piece.count(b"\n") for piece in pieces) - 1
        today = datetime.date.today().isoformat()
        record = {
            "date": today,
            "machine": f"{processor_name()}, {os.cpu_count()} threads",
            "rows": rows,
            "columns": arguments.columns,
            "csv_gb": (folder / "table.csv").stat().st_size / 1e9,
            "parquet_gb": (folder / "table.parquet").stat().st_size / 1e9,
            "rounds": arguments.rounds,
            "results": results,
        }
    text = text_of(record)
    report(text)
    name = arguments.record or (f"scale-{today}" if arguments.gigabytes >= 5 else None)
    if name:
        (RECORDS / f"{name}.md").write_text(f"# Scoring against only reading, {today}\n\n{text}")
        (RECORDS / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
