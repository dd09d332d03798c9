"""The recipe for Ray."""

from __future__ import annotations

import importlib.util

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


def test_ray_scores_a_folder_with_the_bits_of_the_detector(stored, tmp_path):
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    frame, detector, model = stored
    frame.assign(id=range(len(frame))).to_parquet(tmp_path / "rows.parquet")
    ray.init(num_cpus=2, include_dashboard=False)
    try:
        recipe().main(model, str(tmp_path / "rows.parquet"), str(tmp_path / "scored"))
    finally:
        ray.shutdown()
    scored = pd.read_parquet(tmp_path / "scored").sort_values("id")
    assert np.array_equal(scored["outlier_score"], detector.decision_function(frame))
