"""The classes that python/generate.py writes are those of the registry, and it says when they are not."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from helpers import ROOT

COMMAND = Path(sysconfig.get_path("scripts")) / "gradstop"


def check(root: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, root / "python" / "generate.py", "--check", "--command", COMMAND]
    return subprocess.run(words, capture_output=True, text=True)


def copied(place: Path) -> Path:
    """The generator and the package, where files may be changed."""
    shutil.copytree(ROOT / "python", place / "python", ignore=shutil.ignore_patterns("tests", "*.so", "__pycache__"))
    return place


def test_the_classes_are_those_of_the_registry():
    done = check(ROOT)
    assert done.returncode == 0, done.stderr


def test_a_stale_class_is_named_with_the_command_that_refreshes_it(tmp_path):
    stale = copied(tmp_path) / "python" / "gradstop" / "sklearn.py"
    stale.write_text(stale.read_text().replace("n_neighbors: int = 5,", "n_neighbors: int = 6,", 1))
    done = check(tmp_path)
    assert done.returncode == 1
    assert "python/gradstop/sklearn.py" in done.stderr and "_detectors.py" not in done.stderr
    assert "-        n_neighbors: int = 6," in done.stderr and "+        n_neighbors: int = 5," in done.stderr
    assert "python3 python/generate.py" in done.stderr


def test_writing_makes_stale_and_missing_files_fresh(tmp_path):
    package = copied(tmp_path) / "python" / "gradstop"
    wanted = {path.name: path.read_bytes() for path in package.glob("*.py")}
    (package / "_names.py").unlink()
    (package / "spark.py").write_text("")
    subprocess.run([sys.executable, tmp_path / "python" / "generate.py", "--command", COMMAND], check=True)
    assert {path.name: path.read_bytes() for path in package.glob("*.py")} == wanted
    assert check(tmp_path).returncode == 0


def test_a_setting_that_was_renamed_is_missed(tmp_path):
    generator = copied(tmp_path) / "python" / "generate.py"
    generator.write_text(generator.read_text().replace('"seed": "random_state"', '"sead": "random_state"'))
    done = check(tmp_path)
    assert done.returncode == 1
    assert "NAMES of python/generate.py: got sead" in done.stderr
