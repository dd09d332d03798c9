"""The recipe for Ray."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from helpers import ROOT

import gradstop

pd = pytest.importorskip("pandas")


def recipe():
    spec = importlib.util.spec_from_file_location("ray_score", ROOT / "examples" / "ray_score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stored(tmp_path, table):
    frame = pd.DataFrame(table, columns=[f"c{at}" for at in range(table.shape[1])])
    detector = gradstop.ECOD().fit(frame)
    detector.save(tmp_path / "model.gradstop")
    return frame, detector, str(tmp_path / "model.gradstop")


def test_the_recipes_class_scores_batches_as_the_detector_does(stored):
    frame, detector, model = stored
    score = recipe().Score(model)
    batches = [score(frame.iloc[start : start + 100].assign(other="left alone")) for start in range(0, len(frame), 100)]
    scored = pd.concat(batches)
    assert np.array_equal(scored["outlier_score"], detector.decision_function(frame))
    assert (scored["other"] == "left alone").all()


@pytest.mark.parametrize("table", ["cardio"], indirect=True)
def test_ray_scores_a_folder_with_the_bits_of_the_detector(stored, tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed")
    frame, detector, model = stored
    (tmp_path / "rows").mkdir()
    numbered = frame.assign(id=range(len(frame)))
    for part, start in enumerate(range(0, len(frame), 500)):
        numbered.iloc[start : start + 500].to_parquet(tmp_path / "rows" / f"{part}.parquet")
    run_in_ray(ROOT / "examples" / "ray_score.py", model, tmp_path / "rows", tmp_path / "scored")
    scored = pd.read_parquet(tmp_path / "scored").sort_values("id")
    assert np.array_equal(scored["outlier_score"], detector.decision_function(frame))


def run_in_ray(script, *words) -> None:
    """Runs a script where Ray has two processors, in a process of its own that is given a while."""
    program = """
import runpy, sys
import ray
ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100_000_000)
try:
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    ray.shutdown()
"""
    # Nothing is to be reported to Ray's makers, nor a password left in the home of whoever runs the tests.
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, (script, *words))],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=240)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        pytest.fail(f"Ray did not end within 240 s:\n{said[-3000:]}")
    assert process.returncode == 0, said[-3000:]
