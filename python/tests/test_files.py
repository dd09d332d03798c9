"""Pickles, copies and model files: what comes back scores the same bits."""

from __future__ import annotations

import copy
import pickle

import joblib
import numpy as np
import pandas
import pytest
from helpers import COLUMNS, make

import gradstop


def equal(one, other, rows):
    assert type(one) is type(other)
    assert (one.decision_function(rows) == other.decision_function(rows)).all()
    assert (one.predict(rows) == other.predict(rows)).all()
    assert one.threshold_ == other.threshold_


def test_a_pickled_detector_scores_the_same_bits(name, table, new_rows):
    detector = make(name, contamination=0.05).fit(pandas.DataFrame(table, columns=COLUMNS))
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        other = pickle.loads(pickle.dumps(detector, protocol=protocol))
        equal(detector, other, new_rows)
        assert other.get_params() == detector.get_params()
        assert (other.predict_proba(new_rows) == detector.predict_proba(new_rows)).all()
        assert (other.labels_ == detector.labels_).all()
        assert list(other.feature_names_in_) == COLUMNS


def test_copies_are_detectors_of_their_own(name, table, new_rows):
    detector = make(name).fit(table)
    for copied in (copy.copy(detector), copy.deepcopy(detector)):
        equal(detector, copied, new_rows)
        copied.set_threshold(copied.threshold_ + 1)
        assert copied.threshold_ != detector.threshold_


def test_a_detector_that_is_not_fitted_is_pickled(name):
    detector = make(name, contamination=0.2)
    assert pickle.loads(pickle.dumps(detector)).get_params() == detector.get_params()


def test_joblib_keeps_a_detector_and_takes_it_to_other_processes(table, new_rows, tmp_path):
    detector = gradstop.AutoEncoder(epochs=3).fit(table)
    joblib.dump(detector, tmp_path / "d.joblib")
    equal(detector, joblib.load(tmp_path / "d.joblib"), new_rows)
    parts = joblib.Parallel(n_jobs=2)(joblib.delayed(detector.decision_function)(part) for part in np.split(new_rows, 5))
    assert (np.concatenate(parts) == detector.decision_function(new_rows)).all()


def test_a_model_file_scores_the_same_bits_and_can_be_fitted_again(name, table, new_rows, tmp_path):
    detector = make(name, contamination=0.05, preset="paper").fit(table)
    path = tmp_path / "m.gradstop"
    detector.save(path)
    for loaded in (gradstop.load(path), type(detector).load(str(path))):
        equal(detector, loaded, new_rows)
        assert not hasattr(loaded, "decision_scores_")
        assert (loaded.fit(table).decision_scores_ == detector.decision_scores_).all()


def test_a_model_file_brings_parameters_and_history(table, tmp_path):
    rule = gradstop.GradStop(patience=7, divergence_limit=1.5)
    detector = gradstop.AutoEncoder(hidden=[8], epochs=9, random_state=3, early_stopping=rule, contamination=0.2)
    detector.fit(pandas.DataFrame(table, columns=COLUMNS)).save(tmp_path / "m")
    loaded = gradstop.load(tmp_path / "m")
    assert loaded.get_params() == detector.get_params()
    assert repr(loaded) == repr(detector)
    assert list(loaded.feature_names_in_) == COLUMNS
    assert all((loaded.history_[key] == detector.history_[key])[: None].all() for key in ("epoch", "loss", "decision"))
    assert loaded.best_epoch_ == detector.best_epoch_
    assert loaded.stop_explanation_ == detector.stop_explanation_
    with pytest.raises(gradstop.NotFittedError, match="does not know the scores"):
        loaded.predict_proba(table)


def test_a_file_that_is_no_model_is_refused(table, tmp_path):
    with pytest.raises(FileNotFoundError):
        gradstop.load(tmp_path / "missing")
    (tmp_path / "text").write_text("no model")
    with pytest.raises(ValueError, match="wanted a gradstop model"):
        gradstop.load(tmp_path / "text")
    gradstop.ECOD().fit(table).save(tmp_path / "m")
    with pytest.raises(ValueError, match="got a model of ecod, wanted knn .*gradstop.load reads any"):
        gradstop.KNN.load(tmp_path / "m")
    content = bytearray((tmp_path / "m").read_bytes())
    content[-1] ^= 1
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(ValueError, match="checksum"):
        gradstop.ECOD.load(tmp_path / "m")
    with pytest.raises(OSError):
        gradstop.ECOD().fit(table).save(tmp_path / "no" / "such" / "folder")
