#!/usr/bin/env python3
"""Time one training epoch of gradstop on the processor against PyTorch's on a GPU, in turns.

    python3 bench/gpu.py [--threads N] [--python PATH] [--timer PATH]

Rounds and blocks are those of `epoch.py`. On the GPU PyTorch runs plain, and with the whole step as a CUDA graph: the best
it can do where a table is so small that launching kernels is most of the work. An answer waits for the GPU to finish.

Needs a GPU for which the interpreter's PyTorch was built. `--timer` names our side where it was built on another machine.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
from pathlib import Path

from epoch import (
    LARGE,
    MIDDLE,
    RECORDS,
    SMALL,
    WIDE,
    Commands,
    Contestant,
    Size,
    build_timer,
    number_text,
    processor_name,
    python_with_torch,
    report,
    rounds_of,
    spread,
    table,
    write_record,
)

SIZES = [SMALL, MIDDLE, LARGE, WIDE, Size(100_000, 30), Size(1_000_000, 30)]
CUDA = ("--device", "cuda")
CONTESTANTS = [
    Contestant("gradstop", "gradstop", True, "train"),
    Contestant("rule", "gradstop with the rule", True, "train-gradstop"),
    Contestant("cpu", "PyTorch, processor", False, "train"),
    Contestant("gpu", "PyTorch, GPU", False, "train", options=CUDA),
    Contestant("graph", "PyTorch, GPU, graph", False, "graph", options=CUDA),
]
PEERS = CONTESTANTS[2:]
ROUNDS = 9
BLOCK_MS = 200


def gpu_name(python: Path) -> str:
    program = "import torch; print(torch.cuda.get_device_name())"
    answer = subprocess.run([python, "-c", program], check=False, capture_output=True, text=True)
    if answer.returncode != 0:
        raise RuntimeError(f"PyTorch finds no GPU:\n{answer.stderr.strip()}")
    return answer.stdout.strip()


def measure(size: Size, commands: Commands) -> dict:
    rounds, share = rounds_of(CONTESTANTS, size, commands, ROUNDS, BLOCK_MS)
    return {
        "rows": size.rows,
        "columns": size.columns,
        "milliseconds": {one.key: spread([times[one.key] for times in rounds]) for one in CONTESTANTS},
        "over_gradstop": {one.key: spread([times[one.key] / times["gradstop"] for times in rounds]) for one in PEERS},
        "share_of_others": None if share != share else round(max(0.0, share), 3),
    }


def text_of(record: dict) -> str:
    def line(result: dict) -> list[str]:
        milliseconds = [result["milliseconds"][one.key]["median"] for one in CONTESTANTS]
        ratios = [result["over_gradstop"][one.key]["median"] for one in PEERS]
        size = str(Size(result["rows"], result["columns"]))
        return [size, *map(number_text, milliseconds), *map(number_text, ratios)]

    header = ["rows x columns", *(one.label for one in CONTESTANTS), *(f"{one.label} / gradstop" for one in PEERS)]
    machine = f"{record['processor']}, {record['threads']} threads; {record['gpu']}; PyTorch {record['torch']}."
    return "\n".join(
        [
            f"# An epoch on the processor and on a GPU, {record['date']}",
            "",
            machine,
            "",
            "Milliseconds of a training epoch, medians of the rounds; then ratios within a round, over 1 where gradstop is faster.",
            "",
            table(header, [line(result) for result in record["sizes"]]),
            "",
        ]
    )


def run(arguments: argparse.Namespace) -> None:
    python, torch = python_with_torch(arguments.python)
    gpu = gpu_name(python)
    commands = Commands(arguments.timer or build_timer(), python, arguments.threads)
    results = []
    for size in SIZES:
        report(f"measuring {size}")
        results.append(measure(size, commands))
    record = {
        "date": datetime.date.today().isoformat(),
        "processor": processor_name(),
        "threads": arguments.threads,
        "gpu": gpu,
        "torch": torch,
        "sizes": results,
    }
    text = text_of(record)
    print(text)
    write_record("gpu", record, text, arguments.records)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time an epoch of gradstop against PyTorch's on a GPU.")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: all, %(default)s here")
    parser.add_argument("--python", type=Path, help="an interpreter that has torch and numpy; default: bench/.venv")
    parser.add_argument("--timer", type=Path, help="our side, built before; default: cargo builds it")
    parser.add_argument("--records", type=Path, default=RECORDS, help="where the record goes; default: bench/records")
    try:
        run(parser.parse_args())
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
