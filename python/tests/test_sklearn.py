"""scikit-learn's own checks, and its tools around our detectors."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import OTHERS, QUICK, make
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import gradstop
import gradstop.sklearn

MEETS_ITSELF = (
    "a fitted row does not count as its own neighbour, so its score is another one than when predict is given the same row "
    "again as a new one; scikit-learn's own LocalOutlierFactor refuses predict for that reason"
)

N_ITER = "the number of iterations that a fit took is not kept in the model"

#: Checks that are expected to fail, each with its reason. All other detectors have none.
EXPECTED = {
    "KNN": {"check_outliers_train": MEETS_ITSELF, "check_outliers_fit_predict": MEETS_ITSELF},
    "GMM": {"check_non_transformer_estimators_n_iter": N_ITER},
    "LOF": {"check_outliers_train": MEETS_ITSELF, "check_outliers_fit_predict": MEETS_ITSELF},
}


@parametrize_with_checks(
    [getattr(gradstop.sklearn, name)(**QUICK[name]) for name in QUICK],
    expected_failed_checks=lambda estimator: EXPECTED.get(type(estimator).__name__, {}),
)
@pytest.mark.filterwarnings("ignore::gradstop.FitWarning")
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_estimators_are_their_namesakes_with_the_sign_turned(name, table, new_rows):
    estimator = getattr(gradstop.sklearn, name)(**QUICK[name], contamination=0.05).fit(table)
    detector = make(name, contamination=0.05).fit(table)
    assert (estimator.score_samples(new_rows) == -detector.decision_function(new_rows)).all()
    assert (estimator.decision_function(new_rows) == estimator.score_samples(new_rows) - estimator.offset_).all()
    assert (estimator.predict(new_rows) == 1 - 2 * detector.predict(new_rows)).all()
    assert (estimator.fit_predict(table) == 1 - 2 * detector.labels_).all()
    assert estimator.get_params() == detector.get_params()


@pytest.mark.parametrize("module", [gradstop, gradstop.sklearn])
def test_detectors_stand_in_pipelines(module, table):
    pipeline = make_pipeline(StandardScaler(), module.ECOD(contamination=0.05))
    labels = pipeline.fit(table).predict(table)
    assert (labels == (1 if module is gradstop else -1)).sum() == 10
    assert pipeline.decision_function(table).shape == (200,)


@pytest.mark.parametrize("module", [gradstop, gradstop.sklearn])
def test_grid_search_chooses_parameters(module, table):
    """With labels that a person has, for judging; they do not reach the fits."""
    outlier = np.arange(200) >= 190

    def auc(estimator, rows, labels):
        sign = 1 if module is gradstop else -1
        return roc_auc_score(labels, sign * estimator.decision_function(rows))

    grid = {"epochs": [1, 15], "early_stopping": ["none", gradstop.GradStop(patience=5)]}
    search = GridSearchCV(module.AutoEncoder(), grid, scoring=auc, cv=2)
    order = np.random.default_rng(0).permutation(200)
    search.fit(table[order], outlier[order])
    assert search.best_score_ > 0.9
    assert search.best_params_["epochs"] == 15
    assert hasattr(search.best_estimator_, "fit")


def test_scikit_learns_own_scorer_ranks_our_scores(table):
    outlier = (np.arange(200) >= 190).astype(int)
    search = GridSearchCV(gradstop.IForest(n_estimators=10), {"max_samples": [32, 64]}, scoring="roc_auc", cv=2)
    order = np.random.default_rng(0).permutation(200)
    search.fit(table[order], outlier[order])
    assert search.best_score_ > 0.9


@pytest.mark.parametrize("name", OTHERS)
def test_cross_validation_predicts_every_row(name, table):
    assert cross_val_predict(make(name), table, cv=3, method="decision_function").shape == (200,)
