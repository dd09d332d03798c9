#!/usr/bin/env python3
"""Time every detector against a peer, in turns: networks against PyTorch, the others against PyOD and scikit-learn.

    python3 bench/detectors.py [--quick] [DETECTOR ...]

As in `epoch.py`, each contestant is a process that runs a number of epochs or fits on request, and in each round all run
one block after the other; what counts is the median over the rounds of the ratio within a round. Ours is the library as
its users call it, standardising and scoring included. For networks the fit with GradStop is timed as well.

PyTorch, PyOD and scikit-learn go into `bench/.venv` on first use.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import statistics
import subprocess

from epoch import (
    BENCH,
    DEFAULT_THREADS,
    RECORDS,
    VENV,
    Contestant,
    Server,
    build_timer,
    processor_name,
    report,
    spread,
    table,
    take_turns,
)

NETWORKS = ["autoencoder", "deepsvdd", "vae", "rdp", "randnet", "robod"]
OTHERS = ["iforest", "ecod", "knn", "lof", "cblof", "gmm"]
ROWS, COLUMNS = 10_000, 30
# As the paper has it ROBOD gives no row a gradient in all members: the rule's share is that in the other preset.
RULE_IN_DEFAULT = {"robod"}


def timer(detector: str, mode: str, preset: str) -> list[str]:
    return [str(build_timer()), "--detector", detector, "--mode", mode, "--preset", preset]


def contestants_of(detector: str) -> list[tuple[Contestant, list[str]]]:
    preset = "paper" if detector in NETWORKS else "default"
    peer = [str(VENV / "bin" / "python"), str(BENCH / "detectors_peer.py"), "--detector", detector]
    ours = Contestant("ours", "gradstop", True, "fit"), timer(detector, "fit", preset)
    return [ours, (Contestant("peer", "peer", False, "fit"), peer)]


def with_and_without_rule(detector: str) -> list[tuple[Contestant, list[str]]]:
    preset = "default" if detector in RULE_IN_DEFAULT else "paper"
    return [
        (Contestant("without", "no rule", True, "fit"), timer(detector, "fit", preset)),
        (Contestant("with", "GradStop", True, "fit-gradstop"), timer(detector, "fit-gradstop", preset)),
    ]


def turns_of(
    contestants: list[tuple[Contestant, list[str]]], detector: str, rounds: int, block_ms: float
) -> tuple[list[dict[str, float]], float]:
    """Times of every round, and what others took of the machine; a peer that fails is left out."""
    size = ["--rows", str(ROWS), "--columns", str(COLUMNS), "--threads", str(DEFAULT_THREADS)]
    servers: list[Server] = []
    try:
        for contestant, command in contestants:
            servers.append(Server(contestant, [*command, *size]))
        for server in list(servers):
            try:
                server.wait_until_ready()
            except RuntimeError as error:
                # PyOD's CBLOF finds no valid separation on a table without clusters.
                report(f"left out: {error}")
                server.close()
                servers.remove(server)
                continue
            if detector in OTHERS:
                server.unit = 1
            server.calibrate(block_ms)
        if all(contestant.ours for contestant, _ in contestants):
            # Each of their blocks is a fit, and what a fit costs once must weigh as much in one as in the other.
            for server in servers:
                server.block = servers[0].block
        return take_turns(servers, rounds)
    finally:
        for server in servers:
            server.close()


def measure(detector: str, rounds: int, block_ms: float) -> dict:
    times, share = turns_of(contestants_of(detector), detector, rounds, block_ms)
    ratios = [one["peer"] / one["ours"] for one in times if "peer" in one]
    result = {
        "detector": detector,
        "milliseconds": {key: spread([one[key] for one in times]) for key in times[0]},
        "peer_over_ours": round(statistics.median(ratios), 2) if ratios else None,
        "share_of_others": None if share != share else round(max(0.0, share), 3),
    }
    if detector in NETWORKS:
        # By themselves: PyTorch's threads go on spinning for a while, into the turn of whoever comes next.
        times, _ = turns_of(with_and_without_rule(detector), detector, 3 * rounds, block_ms)
        shares = [100 * (one["with"] / one["without"] - 1) for one in times]
        result["milliseconds"] |= {key: spread([one[key] for one in times]) for key in times[0]}
        result["rule_percent"] = round(statistics.median(shares), 1)
        result["rule_percent_spread"] = spread(shares)
    return result


def text_of(results: list[dict]) -> str:
    def line(result: dict) -> list[str]:
        of = result["milliseconds"]
        median = {key: f"{values['median']:.3g}" for key, values in of.items()}
        rule = result.get("rule_percent")
        return [
            result["detector"],
            median["ours"],
            median.get("peer", "fails"),
            f"{result['peer_over_ours']:.1f}" if result["peer_over_ours"] else "",
            "" if rule is None else f"{rule:.1f} %",
        ]

    header = ["detector", "gradstop, ms", "peer, ms", "peer / gradstop", "the rule's share"]
    return table(header, [line(result) for result in results])


def main() -> None:
    parser = argparse.ArgumentParser(description="Time every detector against a peer, in turns.")
    parser.add_argument("detectors", nargs="*", metavar="DETECTOR", default=[])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no record")
    arguments = parser.parse_args()

    if not VENV.exists():
        subprocess.run(["python3", "-m", "venv", str(VENV)], check=True)
    pip = [str(VENV / "bin" / "pip"), "install", "--quiet", "torch", "numpy", "scikit-learn", "pyod"]
    subprocess.run(pip, check=True)
    rounds, block_ms = (5, 150.0) if arguments.quick else (11, 300.0)
    results = []
    for detector in arguments.detectors or [*NETWORKS, *OTHERS]:
        results.append(measure(detector, rounds, block_ms))
        report(json.dumps(results[-1]))
    text = text_of(results)
    report(text)
    if not arguments.quick and not arguments.detectors:
        today = datetime.date.today().isoformat()
        machine = f"{processor_name()}, {os.cpu_count()} threads, {DEFAULT_THREADS} used"
        head = f"# Detectors at {ROWS} x {COLUMNS}, {today}\n\n{machine}. Milliseconds of an epoch, or of a fit with scores.\n\n"
        (RECORDS / f"detectors-{today}.md").write_text(head + text + "\n")
        record = {"date": today, "machine": machine, "rows": ROWS, "columns": COLUMNS, "results": results}
        (RECORDS / f"detectors-{today}.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
