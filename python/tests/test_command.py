"""The command of the wheel, and that it and Python are one: the same bits from both."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pandas
import pytest
from helpers import COLUMNS, ROOT, make

import gradstop


def scores_of(path) -> np.ndarray:
    return pandas.read_csv(path)["score"].to_numpy().astype(np.float32)


def test_scores_equal_those_of_the_command_by_bits(name, table, tmp_path, command):
    pandas.DataFrame(table, columns=COLUMNS).to_csv(tmp_path / "table.csv", index=False)
    np.savez(tmp_path / "table.npz", X=table.astype(np.float64))
    detector = make(name, contamination=0.05, **({} if name in ("ECOD", "KNN", "LOF") else {"random_state": 5}))
    settings = " ".join(f"--set {key}={json.dumps(value, separators=(',', ':'))}" for key, value in detector._changes().items())
    fit = f"--detector {detector._detector} {settings} --output scores.csv --model cli.gradstop"
    for file, rows in [("table.csv", pandas.read_csv(tmp_path / "table.csv")), ("table.npz", table)]:
        command(f"detect {file} {fit}")
        detector.fit(rows)
        assert (scores_of(tmp_path / "scores.csv") == detector.decision_scores_.astype(np.float32)).all()
        # A model made by one is scored by the other.
        detector.save(tmp_path / "python.gradstop")
        command(f"score python.gradstop {file} --output again.csv")
        assert (scores_of(tmp_path / "again.csv") == detector.decision_function(rows).astype(np.float32)).all()
        loaded = gradstop.load(tmp_path / "cli.gradstop")
        assert (loaded.decision_function(rows) == detector.decision_function(rows)).all()
        assert loaded.threshold_ == detector.threshold_


def test_the_command_has_its_manners(command, tmp_path):
    assert command("--version").startswith("gradstop ")
    assert "Usage: gradstop" in command("--help")
    assert command("list --names").split()[0] == "autoencoder"
    assert "unexpected argument" in command("detect --nonsense", code=2)
    assert "cannot be opened" in command("detect missing.csv", code=2)


def test_the_command_can_be_run_as_a_module(tmp_path):
    done = subprocess.run([sys.executable, "-m", "gradstop", "detect", ROOT / "examples/wdbc.csv", "--label", "label"], capture_output=True, text=True)
    assert done.returncode == 0 and "\nflagged   37 of 367 rows" in done.stdout, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill")
def test_ctrl_c_ends_the_command(tmp_path):
    words = ["detect", ROOT / "examples/wdbc.csv", "--label", "label", "--early-stopping", "none", "--epochs", "1000000000", "--output", "s.csv"]
    with subprocess.Popen([sys.executable, "-m", "gradstop", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        while not list(tmp_path.glob(".gradstop-*")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "gradstop: interrupted; no file was left half-written\n"
    assert not list(tmp_path.iterdir())
