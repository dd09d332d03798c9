#!/usr/bin/env python3
"""Time one training epoch of gradstop, of PyTorch, and of the bare matrix products, in turns.

    python3 bench/epoch.py [--quick]

Every contestant is a process of its own that waits for a number of epochs on standard input and answers with
milliseconds per epoch (`epoch_peer.py` describes the protocol). In each round all of them run one block, one
after the other, so that a slow moment of the machine meets them all alike; what counts is the median over the
rounds of the ratio within a round.

Needs Python's standard library and cargo. PyTorch goes into `bench/.venv` on first use, or is taken from the
interpreter given by `--python`.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
VENV = BENCH / ".venv"
RECORDS = BENCH / "records"

DEFAULT_THREADS = 2  # what the targets were set for
START_LIMIT_S = 600.0  # compiling a network takes a while
ANSWER_LIMIT_S = 300.0
SETTLE_S = 0.02  # the last one's worker threads spin for some milliseconds before they sleep
UNIT_OURS = 10  # the rule chooses its rows anew every ten epochs
UNIT_PEER = 1
QUIET_SHARE = 0.05
RETRY_PAUSE_S = 2.0
ATTEMPTS_PER_ROUND = 3

# Both allocators keep freed memory: otherwise PyTorch faults its large tensors in again at every epoch.
SERVER_ENVIRONMENT = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**32)}


@dataclass(frozen=True)
class Size:
    rows: int
    columns: int

    def __str__(self) -> str:
        return f"{self.rows} x {self.columns}"


@dataclass(frozen=True)
class Contestant:
    """Who runs what; `optional` ones may be missing on a machine, such as a compiled network without a compiler."""

    key: str
    label: str
    ours: bool
    mode: str
    optional: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    bound: float

    def is_met(self, value: float) -> bool:
        raise NotImplementedError


class AtLeast(Target):
    def __str__(self) -> str:
        return f"at least {self.bound:g}"

    def is_met(self, value: float) -> bool:
        return value >= self.bound


class AtMost(Target):
    def __str__(self) -> str:
        return f"at most {self.bound:g}"

    def is_met(self, value: float) -> bool:
        return value <= self.bound


@dataclass(frozen=True)
class Comparison:
    """A ratio of two contestants within a round, or how many percent the first takes more than the second."""

    label: str
    first: str
    second: str
    percent: bool = False
    targets: dict[Size, Target] = field(default_factory=dict)

    def value(self, round_: dict[str, float]) -> float:
        ratio = round_[self.first] / round_[self.second]
        return 100 * (ratio - 1) if self.percent else ratio


@dataclass(frozen=True)
class Plan:
    rounds: int
    gradient_rounds: int
    rule_rounds: int
    rule_launches: int
    block_ms: float
    rule_block_ms: float
    compiled: bool


WIDE, LARGE, MIDDLE, SMALL = Size(10000, 500), Size(10000, 30), Size(1831, 21), Size(340, 9)
SIZES = [LARGE, WIDE, MIDDLE, SMALL]

TRAINING = [
    Contestant("train", "gradstop", True, "train"),
    Contestant("floor", "matrix products alone", True, "floor"),
    Contestant("train_trimmed", "gradstop, trimmed", True, "train-trimmed"),
    Contestant("pytorch", "PyTorch", False, "train"),
    Contestant("pytorch_trimmed", "PyTorch, trimmed", False, "train-trimmed"),
    Contestant("pytorch_compiled", "PyTorch compiled", False, "compiled", optional=True),
]
# A few percent of an epoch are seen in many short blocks of these two alone, a moment apart.
RULE = [
    Contestant("without_rule", "gradstop", True, "train"),
    Contestant("train_gradstop", "gradstop with the rule", True, "train-gradstop"),
]
ROW_GRADIENTS = [
    Contestant("row_gradients", "gradstop", True, "row-gradients"),
    Contestant("pytorch_row_gradients", "PyTorch, row by row", False, "row-gradients"),
    Contestant("pytorch_row_gradients_batched", "PyTorch, 16 rows at a time", False, "row-gradients-batched"),
]
SPEED_TARGETS: dict[Size, Target] = {LARGE: AtLeast(3), WIDE: AtLeast(2), MIDDLE: AtLeast(4), SMALL: AtLeast(6)}
COMPARISONS = [
    Comparison("PyTorch / gradstop", "pytorch", "train", targets=SPEED_TARGETS),
    Comparison("PyTorch compiled / gradstop", "pytorch_compiled", "train"),
    Comparison("gradstop / matrix products", "train", "floor", targets={WIDE: AtMost(1.4)}),
    Comparison(
        "gradstop trimmed / gradstop",
        "train_trimmed",
        "train",
        targets={LARGE: AtMost(1.25), MIDDLE: AtMost(1.25), SMALL: AtMost(1.25), WIDE: AtMost(1.1)},
    ),
    Comparison("PyTorch trimmed / PyTorch", "pytorch_trimmed", "pytorch"),
    Comparison("PyTorch trimmed / gradstop trimmed", "pytorch_trimmed", "train_trimmed"),
    Comparison(
        "the rule's overhead, percent",
        "train_gradstop",
        "without_rule",
        percent=True,
        targets={LARGE: AtMost(3), SMALL: AtMost(10)},
    ),
    Comparison("row gradients: PyTorch row by row / gradstop", "pytorch_row_gradients", "row_gradients"),
    Comparison("row gradients: PyTorch 16 at a time / gradstop", "pytorch_row_gradients_batched", "row_gradients"),
]

FULL = Plan(rounds=15, gradient_rounds=5, rule_rounds=66, rule_launches=6, block_ms=300, rule_block_ms=60, compiled=True)
QUICK = Plan(rounds=5, gradient_rounds=1, rule_rounds=22, rule_launches=2, block_ms=100, rule_block_ms=40, compiled=False)


@dataclass(frozen=True)
class Commands:
    """How the two programs are called."""

    timer: Path
    python: Path
    threads: int

    def of(self, contestant: Contestant, size: Size) -> list[str]:
        program = [str(self.timer)] if contestant.ours else [str(self.python), str(BENCH / "epoch_peer.py")]
        return [
            *program,
            *("--mode", contestant.mode),
            *("--rows", str(size.rows)),
            *("--columns", str(size.columns)),
            *("--threads", str(self.threads)),
            *contestant.options,
        ]


class Server:
    """A contestant's process, idle until asked."""

    def __init__(self, contestant: Contestant, command: Sequence[str]) -> None:
        self.key = contestant.key
        self.unit = UNIT_OURS if contestant.ours else UNIT_PEER
        self.block = self.unit
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, **SERVER_ENVIRONMENT},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions = self._process.stdin
        self._answers = self._process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self) -> None:
        answer = self._read(START_LIMIT_S)
        if answer != "ready":
            raise RuntimeError(f"{self.key} should say 'ready' and said {answer!r}")

    def ask(self, epochs: int) -> float:
        """Milliseconds per epoch."""
        with contextlib.suppress(BrokenPipeError):  # the missing answer tells it better
            self._questions.write(f"{epochs}\n")
        return round(float(self._read(ANSWER_LIMIT_S)), 6)

    def calibrate(self, block_ms: float) -> None:
        """Choose the block, doubling until a third of its time is seen, so that what is slow only at first is past."""
        epochs = self.unit
        while (took := self.ask(epochs)) * epochs < block_ms / 3:
            epochs *= 2
        self.block = self.unit * max(1, round(block_ms / took / self.unit))

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._questions.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def _read(self, limit_s: float) -> str:
        timer = threading.Timer(limit_s, self._process.kill)
        timer.start()
        try:
            line = self._answers.readline()
        finally:
            timer.cancel()
        if not line:
            raise RuntimeError(f"{self.key} ended with status {self._process.wait()} instead of answering")
        return line.strip()


class Disturbance:
    """The share of the machine that others take while blocks run; not a number where the system cannot tell.

    PyTorch's threads wait for each other by spinning: a neighbour that takes half of the machine can make its epoch
    ten times as long and more. A comparison on a busy machine would flatter us.
    """

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._others = 0.0

    @contextlib.contextmanager
    def watching(self, server: Server) -> Iterator[None]:
        start, before = time.monotonic(), _others_seconds(server)
        yield
        self._elapsed += time.monotonic() - start
        self._others += _others_seconds(server) - before

    def share(self) -> float:
        return self._others / (self._elapsed * (os.cpu_count() or 1))


def _others_seconds(server: Server) -> float:
    """Processor time since the start of the machine that neither this process nor the server used."""
    try:
        user, nice, system, _idle, _wait, *interrupts_and_stolen = _ticks(Path("/proc/stat"), 1, 9)
        own = sum(sum(_ticks(Path(f"/proc/{pid}/stat"), 13, 15)) for pid in ("self", server.pid))
    except OSError:
        return math.nan
    return (user + nice + system + sum(interrupts_and_stolen) - own) / os.sysconf("SC_CLK_TCK")


def _ticks(path: Path, start: int, stop: int) -> list[int]:
    """Fields of the first line, counted after a process's name, which may hold spaces."""
    line = path.read_text().splitlines()[0]
    before_name, closing, after_name = line.rpartition(")")
    fields = [*before_name.split(maxsplit=1), *after_name.split()] if closing else line.split()
    return [int(field) for field in fields[start:stop]]


def take_turns(servers: Sequence[Server], rounds: int) -> tuple[list[dict[str, float]], float]:
    """The wanted number of rounds and the largest share of the machine that others took in one of them.

    A disturbed round is repeated; where quiet never comes, the least disturbed rounds are kept.
    """
    seen: list[tuple[float, dict[str, float]]] = []
    quiet = 0
    while quiet < rounds and len(seen) < ATTEMPTS_PER_ROUND * rounds:
        turn = len(seen) % len(servers)
        disturbance = Disturbance()
        times = {}
        for server in [*servers[turn:], *servers[:turn]]:
            time.sleep(SETTLE_S)
            with disturbance.watching(server):
                times[server.key] = server.ask(server.block)
        share = disturbance.share()
        seen.append((share, times))
        if share > QUIET_SHARE:
            time.sleep(RETRY_PAUSE_S)
        else:
            quiet += 1
    kept = sorted(seen, key=lambda one: one[0])[:rounds]
    return [times for _, times in kept], kept[-1][0]


@contextlib.contextmanager
def running(contestants: Sequence[Contestant], size: Size, commands: Commands) -> Iterator[list[Server]]:
    """Start the contestants one after the other; a missing optional one is left out."""
    with contextlib.ExitStack() as stack:
        servers = []
        for contestant in contestants:
            server = stack.enter_context(contextlib.closing(Server(contestant, commands.of(contestant, size))))
            try:
                server.wait_until_ready()
            except RuntimeError as error:
                if not contestant.optional:
                    raise
                report(f"left out: {error}")
                continue
            servers.append(server)
        yield servers


def rounds_of(
    contestants: Sequence[Contestant], size: Size, commands: Commands, rounds: int, block_ms: float
) -> tuple[list[dict[str, float]], float]:
    """Starts the contestants, chooses their blocks and lets them take turns."""
    with running(contestants, size, commands) as servers:
        for server in servers:
            server.calibrate(block_ms)
        return take_turns(servers, rounds)


def measure(size: Size, plan: Plan, commands: Commands) -> dict:
    """Everything about one size, as it stands in the record."""
    training = [one for one in TRAINING if plan.compiled or not one.optional]
    milliseconds: dict[str, dict] = {}
    comparisons: dict[str, dict] = {}
    shares: list[float] = []
    for contestants, rounds, block_ms, launches in (
        (training, plan.rounds, plan.block_ms, 1),
        # How a process's memory happens to lie makes a percent or two of difference to all of its epochs.
        (RULE, plan.rule_rounds, plan.rule_block_ms, plan.rule_launches),
        (ROW_GRADIENTS, plan.gradient_rounds, plan.block_ms, 1),
    ):
        times = []
        for _ in range(launches):
            more, share = rounds_of(contestants, size, commands, rounds // launches, block_ms)
            times += more
            shares.append(share)
        keys = list(times[0])
        for key in keys:
            rounds_ms = [one[key] for one in times]
            milliseconds[key] = {**spread(rounds_ms), "rounds": rounds_ms}
        comparisons |= {
            comparison.label: compared(comparison, times, size)
            for comparison in COMPARISONS
            if comparison.first in keys and comparison.second in keys
        }
    return {
        "rows": size.rows,
        "columns": size.columns,
        "milliseconds": milliseconds,
        "comparisons": comparisons,
        "largest_share_of_others": None if math.isnan(shares[0]) else round(max(0.0, *shares), 3),
    }


def spread(values: Sequence[float]) -> dict:
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return {"median": round(median, 6), "lower_quartile": round(lower, 6), "upper_quartile": round(upper, 6)}


def compared(comparison: Comparison, times: Sequence[dict[str, float]], size: Size) -> dict:
    result = spread([comparison.value(one) for one in times])
    target = comparison.targets.get(size)
    if target is not None:
        result |= {"target": str(target), "met": target.is_met(result["median"])}
    return result


def report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def build_timer() -> Path:
    """Build our side and ask cargo where it put it."""
    command = ["cargo", "build", "--release", "-p", "gradstop", "--example", "epoch_timer"]
    built = subprocess.run(
        [*command, "--message-format=json-render-diagnostics"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    for message in map(json.loads, built.stdout.splitlines()):
        if message.get("executable") and message["target"]["name"] == "epoch_timer":
            return Path(message["executable"])
    raise RuntimeError("cargo built no example named epoch_timer")


def torch_version(python: Path) -> str | None:
    """The version of PyTorch with the instruction set it uses, or nothing where it cannot be imported."""
    program = "import numpy, torch; print(torch.__version__, torch.backends.cpu.get_cpu_capability())"
    try:
        answer = subprocess.run([python, "-c", program], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def python_with_torch(given: Path | None) -> tuple[Path, str]:
    """The interpreter for the peer and its version of PyTorch; makes the virtual environment if none was given."""
    python = given or VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if given is None and torch_version(python) is None:
        report("installing torch and numpy into bench/.venv, once")
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "torch", "numpy"], check=True)
    version = torch_version(python)
    if version is None:
        raise RuntimeError(f"{python} cannot import torch and numpy")
    return python, version


def processor_name() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def rustc_version() -> str:
    return subprocess.run(["rustc", "--version"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose source is aligned, so that it reads well in a terminal too."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    lines = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in (header, rule, *rows))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def milliseconds_table(contestants: Sequence[Contestant], results: Sequence[dict]) -> str:
    rows = [
        [size_name(result), *(median_text(result["milliseconds"].get(one.key)) for one in contestants)]
        for result in results
    ]
    return table(["rows x columns", *(one.label for one in contestants)], rows)


def median_text(values: dict | None) -> str:
    return "" if values is None else number_text(values["median"])


def number_text(value: float) -> str:
    """Three significant digits, and never an exponent."""
    return f"{value:#.3g}".rstrip(".") if abs(value) < 999.5 else f"{value:.0f}"


def size_name(result: dict) -> str:
    return str(Size(result["rows"], result["columns"]))


def comparisons_table(results: Sequence[dict]) -> str:
    rows = [
        [size_name(result), label, number_text(one["median"]), quartiles_text(one), target_text(one)]
        for comparison in COMPARISONS
        for result in results
        for label, one in result["comparisons"].items()
        if label == comparison.label
    ]
    return table(["rows x columns", "comparison", "median", "quartiles", "target"], rows)


def quartiles_text(one: dict) -> str:
    return f"{number_text(one['lower_quartile'])} to {number_text(one['upper_quartile'])}"


def target_text(one: dict) -> str:
    return f"{one['target']}: {'met' if one['met'] else 'missed'}" if "target" in one else ""


def disturbance_text(results: Sequence[dict]) -> str:
    shares = [result["largest_share_of_others"] for result in results]
    if None in shares:
        return "Whether the machine did anything else meanwhile could not be seen."
    worst = max(shares)
    text = f"Other work took at most {100 * worst:.1f} percent of the machine in any round that counts."
    return text if worst <= QUIET_SHARE else f"{text} That is too much: repeat this on a quiet machine."


def text_of(record: dict) -> str:
    """The record for a reader."""
    results = record["sizes"]
    parts = [
        f"# Epoch times, {record['date']}",
        "",
        f"{record['processor']}, {record['threads']} threads; PyTorch {record['torch']}; {record['rustc']}.",
        disturbance_text(results),
        "",
        "## Milliseconds per training epoch, median of rounds",
        "",
        milliseconds_table([*TRAINING, RULE[1]], results),
        "",
        "## Milliseconds for the gradient norms of 400 probe rows, median of rounds",
        "",
        milliseconds_table(ROW_GRADIENTS, results),
        "",
        "## Comparisons within a round",
        "",
        comparisons_table(results),
        "",
    ]
    return "\n".join(parts)


def write_record(name: str, record: dict, text: str, folder: Path = RECORDS) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{name}-{record['date']}"
    stem.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(text, encoding="utf-8")
    report(f"wrote {stem}.json and .md")


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time an epoch of gradstop, PyTorch and the bare matrix products.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, no compiled peer, no record")
    parser.add_argument("--threads", type=int, default=DEFAULT_THREADS, help="default: %(default)s")
    parser.add_argument("--python", type=Path, help="an interpreter that has torch and numpy; default: bench/.venv")
    return parser.parse_args()


def run(arguments: argparse.Namespace) -> None:
    plan = QUICK if arguments.quick else FULL
    python, torch = python_with_torch(arguments.python)
    commands = Commands(build_timer(), python, arguments.threads)
    results = []
    for size in SIZES:
        report(f"measuring {size}")
        results.append(measure(size, plan, commands))
    record = {
        "date": datetime.date.today().isoformat(),
        "processor": processor_name(),
        "threads": arguments.threads,
        "torch": torch,
        "rustc": rustc_version(),
        "plan": dataclasses.asdict(plan),
        "sizes": results,
    }
    text = text_of(record)
    print(text)
    if not arguments.quick:
        write_record("epoch", record, text)


def main() -> None:
    try:
        run(parsed_arguments())
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
