#!/usr/bin/env python3
"""Time how long a clean CSV of numbers takes to be read, beside polars, and beside another version of this reader.

    python3 bench/read.py                         # 1 GB of disk, a few minutes; wants an idle machine
    python3 bench/read.py --mb 20 --rounds 3      # a look
    python3 bench/read.py --base PATH             # beside a read_all of another version; 1 if ours takes over 3 % longer

Ours is `crates/tables/examples/read_all.rs`, which reads chunk by chunk as every command does and adds the values up. It reads on one
thread, and polars is given as many (`--threads`). In each round all contestants read the same file, one after the other, starting with a
different one each time. Compared are the seconds within a round, as medians over the rounds. The file is read once before, so that it
comes from memory, and polars' time is that of its read alone, without Python's start.

A `read_all` of another version comes from a worktree of it: `git worktree add FOLDER REVISION`, and in there
`cargo build --release --workspace --example read_all`; then `--base FOLDER/target/release/examples/read_all`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = ROOT / "target" / "release" / "examples" / "read_all"
COLUMNS = 20
BLOCK_ROWS = 50_000
SLOWER_AT_MOST = 1.03

POLARS = """
import sys, time, polars
start = time.perf_counter()
frame = polars.read_csv(sys.argv[1], schema_overrides=[polars.Float32] * int(sys.argv[2]))
print(time.perf_counter() - start, frame.height)
"""


def make(path: Path, megabytes: float) -> int:
    """Writes a CSV of so many megabytes, one block of random rows again and again, and gives the number of its rows."""
    rng = random.Random(0)
    block = []
    for _ in range(BLOCK_ROWS):
        block.append(",".join(f"{rng.gauss(0, 100):.4f}" for _ in range(COLUMNS)) + "\n")
        if sum(map(len, block[-100:])) * len(block) / min(len(block), 100) > megabytes * 1e6:
            break
    data, rows = "".join(block).encode(), 0
    with path.open("wb") as target:
        target.write(",".join(f"c{at}" for at in range(COLUMNS)).encode() + b"\n")
        while rows == 0 or target.tell() < megabytes * 1e6:
            target.write(data)
            rows += len(block)
    return rows


def ours(program: Path, path: Path, rows: int) -> float:
    start = time.perf_counter()
    run = subprocess.run([program, path], check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    assert run.stdout.startswith(f"{rows} rows"), run.stdout
    return seconds


def polars(python: str, threads: int, path: Path, rows: int) -> float:
    environment = os.environ | {"POLARS_MAX_THREADS": str(threads)}
    words = [python, "-c", POLARS, str(path), str(COLUMNS)]
    run = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    seconds, height = run.stdout.split()
    assert int(height) == rows, run.stdout
    return float(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mb", type=float, default=1000, help="size of the file in megabytes")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1, help="threads that polars may use; ours reads on one")
    parser.add_argument("--ours", type=Path, help="a read_all; it is built if it is not given")
    parser.add_argument("--base", type=Path, help="a read_all of another version")
    parser.add_argument("--python", default=sys.executable, help="a Python that has polars; - to go without")
    parser.add_argument("--folder", type=Path, help="where to make the file")
    parser.add_argument("--json", action="store_true", help="print every time as JSON")
    arguments = parser.parse_args()

    program = arguments.ours or OURS
    if not arguments.ours:
        build = ["cargo", "build", "--quiet", "--release", "--workspace", "--example", "read_all"]
        subprocess.run(build, cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder, "clean.csv")
        rows = make(path, arguments.mb)
        contestants = {"ours": lambda: ours(program, path, rows)}
        if arguments.base:
            contestants["base"] = lambda: ours(arguments.base, path, rows)
        if arguments.python != "-":
            contestants["polars"] = lambda: polars(arguments.python, arguments.threads, path, rows)
        for contestant in contestants.values():
            contestant()
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        names = list(contestants)
        for round_ in range(arguments.rounds):
            turn = round_ % len(names)
            for name in names[turn:] + names[:turn]:
                seconds[name].append(contestants[name]())
        size = path.stat().st_size / 1e6

    ratios = {
        other: statistics.median(a / b for a, b in zip(seconds["ours"], seconds[other], strict=True))
        for other in names
        if other != "ours"
    }
    if arguments.json:
        print(json.dumps({"megabytes": size, "rows": rows, "seconds": seconds, "ours_over": ratios}))
    else:
        print(f"{size:.0f} MB, {rows} rows of {COLUMNS} columns, {arguments.rounds} rounds")
        for name, times in seconds.items():
            low, high = min(times), max(times)
            median = statistics.median(times)
            print(f"{name:<8}{median:8.3f} s ({low:.3f} to {high:.3f})  {size / median:6.0f} MB/s")
        for name, ratio in ratios.items():
            print(f"ours over {name}: {ratio:.3f}")
    if ratios.get("base", 0) > SLOWER_AT_MOST:
        sys.exit(1)


if __name__ == "__main__":
    main()
