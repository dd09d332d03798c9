"""What tests share that is no fixture."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gradstop

ROOT = Path(__file__).parents[2]

#: Every class with parameters that make a fit quick.
NETWORKS = {
    "AutoEncoder": {"epochs": 12},
    "DeepSVDD": {"epochs": 12},
    "VAE": {"epochs": 12},
    "RDP": {"epochs": 12},
    "RandNet": {"epochs": 12, "members": 3},
    "ROBOD": {"epochs": 12},
}
OTHERS = {"IForest": {"n_estimators": 20}, "ECOD": {}, "KNN": {}, "LOF": {}, "CBLOF": {}, "GMM": {}}
QUICK = {**NETWORKS, **OTHERS}
COLUMNS = ["a", "b", "c", "d"]


def make(name: str, **parameters):
    return getattr(gradstop, name)(**{**QUICK[name], **parameters})


def python(program: str, *arguments: str, code: int = 0) -> str:
    """Runs a program in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stdout
