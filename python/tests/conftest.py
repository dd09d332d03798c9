"""Tables, detectors and the command, for all tests."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from helpers import QUICK


@pytest.fixture(params=QUICK)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def table() -> np.ndarray:
    """200 rows near a line in four columns, the last 10 far off."""
    rng = np.random.default_rng(7)
    at = rng.uniform(0, 10, size=200)
    rows = np.column_stack([at, 2 * at, 5 - at, np.sin(at)]) + rng.normal(scale=0.1, size=(200, 4))
    rows[190:] = rng.uniform(-20, 20, size=(10, 4))
    return rows.astype(np.float32)


@pytest.fixture(scope="session")
def new_rows() -> np.ndarray:
    rows = np.random.default_rng(8).uniform(-20, 20, size=(50, 4))
    return rows.astype(np.float32)


@pytest.fixture
def command(tmp_path):
    """Runs the installed command in a folder of the test's own."""
    script = Path(sysconfig.get_path("scripts")) / "gradstop"

    def run(words: str, code: int = 0) -> str:
        done = subprocess.run([script, *words.split()], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return run
