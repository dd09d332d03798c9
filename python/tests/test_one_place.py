"""A detector is written in one place: no file has to name it but those that CONTRIBUTING lists."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from helpers import ROOT

#: What a new detector takes: its own file, the line that declares this file, and the line of the registry.
ITS_OWN = {
    "crates/gradstop/src/classical/ecod.rs",
    "crates/gradstop/src/classical/mod.rs",
    "crates/gradstop/src/detector/registry.rs",
    # A model file of it, and the scores that it must keep.
    "crates/gradstop/tests/golden.rs",
}

#: Hints that send a user there, or are about it.
HINTS = {
    "crates/gradstop/src/classical/gmm.rs",
    "crates/gradstop/src/model/warning.rs",
}

#: What says something of this very detector: that its contributions are exact, how fast it is beside others.
ABOUT_IT = {
    "bench/detectors.py",
    "bench/detectors_peer.py",
    "bench/peers/compare.py",
    "bench/peers/contender.py",
    "crates/gradstop/tests/explanations.rs",
    "python/tests/test_detectors.py",
}

#: Where it is just the detector at hand: any other would do.
EXAMPLES = {
    "bench/first_run.py",
    "crates/cli/tests/command/checkpoints.rs",
    "crates/cli/tests/command/containers.rs",
    "crates/cli/tests/command/detectors.rs",
    "crates/cli/tests/command/faults.rs",
    "crates/cli/tests/command/first_runs.rs",
    "crates/cli/tests/command/labels.rs",
    "crates/cli/tests/command/messy.rs",
    "crates/cli/tests/command/mistakes.rs",
    "crates/cli/tests/command/offsets.rs",
    "crates/cli/tests/command/which_row.rs",
    "crates/cli/tests/corpus/make.py",
    "crates/gradstop/src/detector/drift.rs",
    "crates/gradstop/src/detector/file.rs",
    "crates/gradstop/src/detector/fit.rs",
    "crates/gradstop/src/detector/fitted.rs",
    "crates/gradstop/src/detector/usual.rs",
    "crates/gradstop/tests/drift.rs",
    "crates/gradstop/tests/huge_cells.rs",
    "crates/lab/tests/lab/experiment.rs",
    "crates/pages/browser/check.py",
    "crates/pages/tests/pages.rs",
    "python/gradstop/_detector.py",
    "python/tests/cluster/test_dask.py",
    "python/tests/cluster/test_ray.py",
    "python/tests/cluster/test_spark.py",
    "python/tests/test_command.py",
    "python/tests/test_drift.py",
    "python/tests/test_files.py",
    "python/tests/test_fits.py",
    "python/tests/test_messy.py",
    "python/tests/test_offsets.py",
    "python/tests/test_one_place.py",
    "python/tests/test_rows.py",
    "python/tests/test_sklearn.py",
    "python/tests/test_which_row.py",
}

#: Documents and data.
ENDINGS = (".md", ".json", ".toml", ".txt", ".gradstop")


def is_generated(path: str) -> bool:
    return (ROOT / path).read_bytes().startswith(b"# Generated from the registry")


def test_files_that_name_a_detector_are_those_that_must():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("takes a clone")
    words = ["git", "grep", "--files-with-matches", "--ignore-case", "--word-regexp", "ecod"]
    found = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True).stdout.split()
    code = {path for path in found if not path.endswith(ENDINGS) and not is_generated(path)}
    assert len(code) > 10
    # A new detector would have to be written there as well: take the registry's list, or say here why not.
    assert code - ITS_OWN - HINTS - ABOUT_IT - EXAMPLES == set()
