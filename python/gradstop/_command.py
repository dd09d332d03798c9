"""The ``gradstop`` command of the wheel: the same as the one that Cargo installs."""

from __future__ import annotations

import sys

from . import _gradstop


def main() -> None:
    """Run the command with the process's arguments, and end with its exit code."""
    sys.exit(_gradstop.command(sys.argv[1:]))
