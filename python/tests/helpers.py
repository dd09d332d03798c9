"""What tests share that is no fixture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import gradstop
from gradstop import _gradstop

ROOT = Path(__file__).parents[2]

#: Every detector of the registry, by the name of its class.
REGISTRY = {entry["class"]: entry for entry in json.loads(_gradstop.detectors())}

#: Values that make a fit quick, where a detector has a parameter of that name.
SMALL = {"epochs": 12, "members": 3, "n_estimators": 20}


def quick(name: str) -> dict[str, int]:
    parameters = getattr(gradstop, name)().get_params()
    return {key: value for key, value in SMALL.items() if key in parameters}


#: Every class with parameters that make a fit quick.
QUICK = {name: quick(name) for name in REGISTRY}
NETWORKS = {name: QUICK[name] for name, entry in REGISTRY.items() if entry["trained"]}
OTHERS = {name: QUICK[name] for name, entry in REGISTRY.items() if not entry["trained"]}
COLUMNS = ["a", "b", "c", "d"]


def make(name: str, **parameters):
    return getattr(gradstop, name)(**{**QUICK[name], **parameters})


def python(program: str, *arguments: str, code: int = 0) -> str:
    """Runs a program in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done.stdout
