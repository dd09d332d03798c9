#!/usr/bin/env python3
"""Our Python package against PyOD's and DeepOD's detectors of the same name, in turns, as their users meet them.

    python3 bench/peers/compare.py [--quick] [--wheel WHEEL] [DETECTOR ...]

Fit and score seconds, peak memory, import time and installed megabytes. The networks of both sides have the same layers,
epochs and batches; so this compares programs, not how well they detect (docs/quality.md does). Each library and detector
is a process (`contender.py`); in every round all of them make one fit, one after the other, starting with a different one
each time. Reported are medians over the rounds, and the median of the ratios within a round.

PyTorch, PyOD, DeepOD and our wheel (`target/wheels`, made by `./check`, unless named) go into `bench/.venv` on first use.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from epoch import (  # noqa: E402
    QUIET_SHARE,
    RECORDS,
    RETRY_PAUSE_S,
    ROOT,
    VENV,
    Disturbance,
    processor_name,
    report,
    table,
)

DETECTORS = ["AutoEncoder", "VAE", "DeepSVDD", "RDP", "IForest", "ECOD", "KNN", "LOF", "CBLOF", "GMM"]
DEEPOD = {"DeepSVDD", "RDP"}
NOT_IN_PYOD = {"RDP"}
NETWORKS = {"AutoEncoder", "VAE", "DeepSVDD", "RDP"}
ROWS, COLUMNS, EPOCHS = 10_000, 30, 5
# PyTorch's threads wait for each other by spinning: where others have a part of the machine, two of them may take ten
# times as long as one, which would flatter us.
THREADS = 1
# Fewer than elsewhere: a fit of some peers takes long.
ATTEMPTS_PER_ROUND = 2
PYTHON = VENV / "bin" / "python"

SIZES = """if True:
    import importlib.metadata as metadata, json, re, sys
    def closure(names):
        found, open_ = {}, list(names)
        while open_:
            name = re.sub(r"[-_.]+", "-", open_.pop()).lower()
            if name in found:
                continue
            try:
                found[name] = metadata.distribution(name)
            except metadata.PackageNotFoundError:
                continue
            for wanted in found[name].requires or []:
                if "extra ==" not in wanted:
                    open_.append(re.split(r"[^A-Za-z0-9._-]", wanted, maxsplit=1)[0])
        return found.values()
    def megabytes(names):
        files = (file.locate() for distribution in closure(names) for file in distribution.files or [])
        return sum(file.stat().st_size for file in files if file.is_file()) / 2**20
    print(json.dumps({name: round(megabytes([name, *more])) for name, more in
        {"gradstop": [], "pyod": ["torch"], "deepod": []}.items()}))
"""


class Contender:
    def __init__(self, key: str, words: list[str], threads: int) -> None:
        self.key = key
        size = ["--rows", str(ROWS), "--columns", str(COLUMNS), "--epochs", str(EPOCHS), "--threads", str(threads)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            [str(PYTHON), str(HERE / "contender.py"), *words, *size],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1, env=environment,
        )  # fmt: skip
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(self.last_words())

    @property
    def pid(self) -> int:
        return self.process.pid

    def fit(self) -> dict:
        self.process.stdin.write("fit\n")
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(self.last_words())
        return json.loads(answer)

    def end(self) -> float:
        """Peak memory in megabytes."""
        said, _ = self.process.communicate()
        return json.loads(said)["peak_mb"]

    def last_words(self) -> str:
        _, error = self.process.communicate()
        return f"{self.key}: {(error.strip().splitlines() or ['ended'])[-1]}"


def contenders(detector: str, threads: int) -> list[Contender]:
    wanted = [("gradstop", ["--library", "gradstop"])]
    if detector in NETWORKS:
        wanted.append(("gradstop, stopping", ["--library", "gradstop", "--early-stopping", "gradstop"]))
    if detector not in NOT_IN_PYOD:
        wanted.append(("pyod", ["--library", "pyod"]))
    if detector in DEEPOD:
        wanted.append(("deepod", ["--library", "deepod"]))
    return [Contender(key, [*words, "--detector", detector], threads) for key, words in wanted]


def measure(detector: str, rounds: int, threads: int) -> dict:
    fitting = contenders(detector, threads)
    failed: dict[str, str] = {}
    seen: list[tuple[float, dict]] = []
    quiet = 0
    # A disturbed round is repeated; where quiet never comes, the least disturbed ones are kept.
    while quiet < rounds and len(seen) < ATTEMPTS_PER_ROUND * rounds:
        turn, disturbance, round_ = len(seen) % len(fitting), Disturbance(), {}
        for contender in fitting[turn:] + fitting[:turn]:
            try:
                # The first fit fills caches and starts threads.
                if not seen:
                    contender.fit()
                with disturbance.watching(contender):
                    round_[contender.key] = contender.fit()
            except (RuntimeError, OSError) as error:
                # PyOD's CBLOF may find no valid separation.
                failed[contender.key] = str(error)
        fitting = [contender for contender in fitting if contender.key not in failed]
        seen.append((disturbance.share(), round_))
        if seen[-1][0] > QUIET_SHARE:
            time.sleep(RETRY_PAUSE_S)
        else:
            quiet += 1
    kept = sorted(seen, key=lambda one: one[0])[:rounds]
    times, share = [round_ for _, round_ in kept], kept[-1][0]
    peaks = {contender.key: contender.end() for contender in fitting}
    others = None if share != share else round(max(0.0, share), 3)
    result = {"detector": detector, "share_of_others": others, "peak_mb": peaks, "failed": failed, "seconds": {}, "over_gradstop": {}}
    for key in peaks:
        own = {what: [one[key][what] for one in times] for what in ("fit", "score")}
        result["seconds"][key] = {what: round(statistics.median(values), 5) for what, values in own.items()}
        ratios = {what: [one[key][what] / one["gradstop"][what] for one in times] for what in own}
        result["over_gradstop"][key] = {what: round(statistics.median(values), 2) for what, values in ratios.items()}
    return result


def import_seconds(rounds: int) -> dict[str, float]:
    """Seconds that a fresh interpreter takes to import a library's auto-encoder, beyond those of an empty one."""
    statements = {
        "nothing": "pass",
        "numpy": "import numpy",
        "gradstop": "import gradstop",
        "gradstop.AutoEncoder": "from gradstop import AutoEncoder",
        "pyod": "from pyod.models.auto_encoder import AutoEncoder",
        "deepod": "from deepod.models.tabular.dsvdd import DeepSVDD",
    }
    program = "import sys, time; t = time.perf_counter(); exec(sys.argv[1]); print(time.perf_counter() - t)"
    seen: dict[str, list[float]] = {key: [] for key in statements}
    for _ in range(rounds):
        for key, statement in statements.items():
            done = subprocess.run([str(PYTHON), "-c", program, statement], capture_output=True, text=True, check=True)
            seen[key].append(float(done.stdout.splitlines()[-1]))
    return {key: round(statistics.median(values), 4) for key, values in seen.items() if key != "nothing"}


def install(wheel: Path | None) -> Path:
    if wheel is None:
        wheels = sorted((ROOT / "target" / "wheels").glob("gradstop-*.whl"))
        if not wheels:
            raise SystemExit("there is no wheel in target/wheels (hint: ./check makes one)")
        wheel = wheels[-1]
    if not VENV.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "torch", "numpy", "scikit-learn", "pandas", "tqdm", "pyod"], check=True)
    # DeepOD's last release asks for a torch that is no more to be had.
    subprocess.run([*pip, "--no-deps", "deepod"], check=True)
    subprocess.run([*pip, "--no-deps", "--force-reinstall", str(wheel)], check=True)
    return wheel


def text_of(record: dict) -> str:
    lines = []
    for one in record["detectors"]:
        for key, seconds in one["seconds"].items():
            over = one["over_gradstop"][key]
            is_ours = key.startswith("gradstop")
            lines.append([
                one["detector"], key, f"{1000 * seconds['fit']:.4g}", f"{1000 * seconds['score']:.3g}", f"{one['peak_mb'][key]:.0f}",
                "" if key == "gradstop" else f"{over['fit']:.2f}" if is_ours else f"{over['fit']:.1f}",
                "" if is_ours else f"{over['score']:.1f}",
            ])  # fmt: skip
        lines += [[one["detector"], key, "fails", "", "", "", ""] for key in one["failed"]]
    header = ["detector", "library", "fit, ms", "score, ms", "peak, MB", "fit / gradstop", "score / gradstop"]
    imports, sizes = record["import_seconds"], record["installed_mb"]
    libraries = [["gradstop", "gradstop"], ["pyod", "PyOD with torch"], ["deepod", "DeepOD"]]
    others = [[label, f"{imports[key]:.3f}", str(sizes[key])] for key, label in libraries]
    most = max((one["share_of_others"] or 0 for one in record["detectors"]), default=0)
    busy = " That is too much: some of the ratios are not to be trusted." if most > QUIET_SHARE else ""
    size = f"{ROWS} x {COLUMNS}, {EPOCHS} epochs in batches of 256 for the networks"
    return (
        f"{size}; as many new rows are scored. Others took at most {most:.0%} of the machine.{busy}\n\n{table(header, lines)}\n\n"
        f"{table(['library', 'import, s', 'installed with what it needs, MB'], others)}\n\n"
        f"NumPy alone takes {imports['numpy']:.3f} s to import; `import gradstop` leaves it until a detector is asked for, which "
        f"takes {imports['gradstop.AutoEncoder']:.3f} s in all. The wheel has {record['wheel_mb']} MB.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare with PyOD and DeepOD, in turns.")
    parser.add_argument("detectors", nargs="*", metavar="DETECTOR", default=[])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no record")
    parser.add_argument("--wheel", type=Path)
    arguments = parser.parse_args()
    wheel = install(arguments.wheel)
    rounds = 2 if arguments.quick else 5
    versions = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ('gradstop', 'torch', 'pyod', 'deepod', 'numpy', 'scikit-learn')}))"
    read = lambda program: json.loads(subprocess.run([str(PYTHON), "-c", program], capture_output=True, text=True, check=True).stdout)  # noqa: E731
    results = []
    for detector in arguments.detectors or DETECTORS:
        results.append(measure(detector, rounds, THREADS))
        report(json.dumps(results[-1]))
    today = datetime.date.today().isoformat()
    record = {
        "date": today,
        "machine": f"{processor_name()}, {os.cpu_count()} threads, {THREADS} used",
        "versions": read(versions),
        "wheel_mb": round(wheel.stat().st_size / 2**20, 1),
        "installed_mb": read(SIZES),
        "import_seconds": import_seconds(rounds),
        "detectors": results,
    }
    text = text_of(record)
    report(text)
    if not arguments.quick and not arguments.detectors:
        named = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
        head = f"# The Python package and its peers, {today}\n\n{record['machine']}. {named}.\n"
        (RECORDS / f"peers-{today}.md").write_text(head + text)
        (RECORDS / f"peers-{today}.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
