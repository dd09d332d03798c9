"""What PyOD's users expect of any detector, after the documentation of its base class."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import QUICK, make

import gradstop


@pytest.fixture(scope="module")
def fitted(table):
    return {name: make(name, contamination=0.05).fit(table) for name in QUICK}


def test_a_fit_returns_the_detector_with_scores_labels_and_a_threshold(name, table):
    detector = make(name, contamination=0.05)
    assert detector.fit(table) is detector
    assert detector.decision_scores_.shape == detector.labels_.shape == (200,)
    assert np.isfinite(detector.decision_scores_).all()
    assert set(detector.labels_) == {0, 1}
    assert detector.labels_.sum() == 10
    assert (detector.labels_ == (detector.decision_scores_ > detector.threshold_)).all()
    assert detector.n_features_in_ == 4


def test_larger_scores_are_more_abnormal(name, fitted):
    scores = fitted[name].decision_scores_
    assert np.median(scores[190:]) > np.quantile(scores[:190], 0.9)


def test_new_rows_are_scored_and_labelled(name, fitted, new_rows):
    detector = fitted[name]
    scores, labels = detector.decision_function(new_rows), detector.predict(new_rows)
    assert scores.shape == labels.shape == (50,)
    assert scores.dtype == np.float64
    assert (labels == (scores > detector.threshold_)).all()
    alone = np.concatenate([detector.decision_function(row[None]) for row in new_rows])
    assert (alone == scores).all()


@pytest.mark.parametrize("method", ["linear", "unify"])
def test_probabilities_are_a_scale_that_sums_to_one(name, method, fitted, new_rows, table):
    for rows in (new_rows, table):
        probabilities = fitted[name].predict_proba(rows, method=method)
        assert probabilities.shape == (len(rows), 2)
        assert probabilities.min() >= 0 and probabilities.max() <= 1
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        order = fitted[name].decision_function(rows).argsort()
        assert (np.diff(probabilities[order, 1]) >= 0).all()


def test_contributions_have_the_shape_of_the_rows_and_sum_to_the_scores_where_exact(name, fitted, new_rows):
    contributions = fitted[name].explain(new_rows)
    assert contributions.shape == new_rows.shape
    assert np.isfinite(contributions).all()
    if name in ("AutoEncoder", "ECOD"):
        np.testing.assert_allclose(contributions.sum(axis=1), fitted[name].decision_function(new_rows), rtol=1e-5)


def test_a_report_is_a_page_that_needs_nothing_else(fitted, new_rows, tmp_path):
    page = fitted["AutoEncoder"].report(new_rows, tmp_path / "report.html", source="fifty new rows")
    assert page == (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "fifty new rows" in page and "<svg" in page and "http://" not in page.replace("http://www.w3.org", "")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(ValueError, match="5 features"):
        fitted["AutoEncoder"].report(np.zeros((3, 5)))


def test_probabilities_know_their_methods(fitted, table):
    with pytest.raises(ValueError, match="method: got 'softmax'"):
        fitted["ECOD"].predict_proba(table, method="softmax")


def test_fit_predict_gives_the_labels(name, table):
    detector = make(name)
    assert (detector.fit_predict(table) == detector.labels_).all()


def test_a_label_does_not_reach_the_fit(name, table):
    labels = np.arange(200) >= 190
    with_labels, without = make(name).fit(table, labels), make(name).fit(table)
    assert (with_labels.decision_scores_ == without.decision_scores_).all()


@pytest.mark.parametrize("wrong", [0, -0.1, 0.50001, 1.5, float("nan"), "high", None, [0.1]])
def test_a_contamination_that_is_none_is_a_value_error(wrong, table):
    with pytest.raises(ValueError, match="contamination"):
        gradstop.ECOD(contamination=wrong).fit(table)


def test_contamination_may_be_chosen_by_the_scores(table):
    detector = gradstop.ECOD(contamination="auto").fit(table)
    first, third = np.quantile(detector.decision_scores_, [0.25, 0.75])
    assert detector.threshold_ == pytest.approx(third + 1.5 * (third - first), rel=1e-6)
    by_rule = gradstop.ECOD(contamination=lambda scores: np.sort(scores)[-4]).fit(table)
    assert by_rule.labels_.sum() == 3
    with pytest.raises(ValueError, match="finite threshold"):
        gradstop.ECOD(contamination=lambda scores: float("nan")).fit(table)


def test_a_threshold_can_be_set(table, tmp_path):
    detector = gradstop.KNN().fit(table)
    between = np.sort(detector.decision_scores_)[-3]
    # Ever so little below a score it still flags it.
    assert detector.set_threshold(np.nextafter(between, 0)) is detector
    assert detector.labels_.sum() == 3
    assert detector.set_threshold(between).labels_.sum() == 2
    detector.save(tmp_path / "m.gradstop")
    assert gradstop.load(tmp_path / "m.gradstop").threshold_ == detector.threshold_
    with pytest.raises(ValueError, match="threshold"):
        detector.set_threshold(float("inf"))


def test_what_is_not_fitted_says_so(name, table):
    detector = make(name)
    for ask in (detector.decision_function, detector.predict, detector.predict_proba):
        with pytest.raises(gradstop.NotFittedError, match="not fitted"):
            ask(table)
    with pytest.raises(gradstop.NotFittedError):
        detector.save("nowhere")
    assert not hasattr(detector, "decision_scores_")


def test_a_parameter_outside_its_range_is_named_as_it_was_given(table):
    for detector, message in [
        (gradstop.KNN(n_neighbors=0), "n_neighbors: got 0, wanted a whole number from 1 to"),
        (gradstop.AutoEncoder(early_stopping="soon"), 'early_stopping: got "soon", wanted one of .*gradstop, entropystop, none'),
        (gradstop.AutoEncoder(early_stopping=gradstop.GradStop(patience=0)), "patience: got 0"),
        (gradstop.AutoEncoder(hidden=[0]), r"hidden: got \[0\], wanted a list"),
        (gradstop.AutoEncoder(learning_rate=float("nan")), 'learning_rate: got "nan"'),
        (gradstop.AutoEncoder(random_state=-1), "random_state: got -1"),
        (gradstop.AutoEncoder(random_state="x"), "random_state: got"),
        (gradstop.AutoEncoder(hidden=object()), "hidden: got"),
        (gradstop.ECOD(preset="best"), 'preset: got "best", wanted default or paper'),
        (gradstop.ECOD(ensemble=3), "ensemble: got 3, wanted 1"),
        (gradstop.ECOD(n_threads=0), "n_threads: got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            detector.fit(table)


def test_seeds_and_generators_make_fits_repeatable(table):
    def scores(random_state):
        return gradstop.AutoEncoder(epochs=5, random_state=random_state).fit(table).decision_scores_

    assert (scores(None) == scores(0)).all()
    assert (scores(1) != scores(0)).any()
    assert (scores(np.int64(1)) == scores(1)).all()
    assert (scores(np.random.default_rng(3)) == scores(np.random.default_rng(3))).all()
    assert (scores(np.random.RandomState(3)) == scores(np.random.RandomState(3))).all()
    generator = np.random.default_rng(3)
    assert (scores(generator) != scores(generator)).any()


def test_a_failed_fit_leaves_the_earlier_one(table):
    detector = gradstop.ECOD().fit(table)
    before = detector.decision_function(table)
    with pytest.raises(ValueError):
        detector.fit(np.full((3, 2), np.nan))
    assert (detector.decision_function(table) == before).all()


def test_another_fit_forgets_names_and_history(table):
    import pandas

    detector = gradstop.ECOD().fit(pandas.DataFrame(table, columns=list("abcd")))
    assert hasattr(detector, "feature_names_in_")
    detector.fit(table[:, :3])
    assert not hasattr(detector, "feature_names_in_")
    assert detector.n_features_in_ == 3


def test_an_ensemble_averages_several_fits(table):
    detector = gradstop.IForest(ensemble=3, n_estimators=5).fit(table)
    assert detector.decision_scores_.argmax() >= 190
    networks = gradstop.AutoEncoder(ensemble=3, epochs=4).fit(table)
    assert networks.best_epoch_.shape == (3,)
    assert list(networks.history_["member"]) == sorted(networks.history_["member"])
