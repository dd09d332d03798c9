"""The ``gradstop`` command of the wheel: the same as the one that Cargo installs."""

from __future__ import annotations

import sys

from . import _gradstop


def main() -> None:
    """Run the command with the process's arguments, and end with its exit code."""
    # What `bench` starts its workers with: inside of Python the executable is the interpreter.
    itself = [sys.executable, "-m", "gradstop"]
    sys.exit(_gradstop.command(sys.argv[1:], itself))
