"""What a score may hide: order, names, huge cells, and new rows that differ from the fitted ones as a whole."""

from __future__ import annotations

import warnings

import numpy as np
import pandas
import pytest

import gradstop

ROWS = 400


def days(start: str, count: int, seed: int) -> pandas.DataFrame:
    rng = np.random.default_rng(seed)
    date = pandas.date_range(start, periods=count, freq="D")
    season = np.cos(2 * np.pi * date.dayofyear / 365.25)
    return pandas.DataFrame({"date": date, "warm": 10 - 8 * season + rng.normal(size=count), "load": rng.normal(size=count)})


@pytest.mark.parametrize("ordered", ["ignore", "parts"])
def test_the_next_year_is_flagged_as_the_fitted_ones(ordered):
    past, future = days("2021-01-01", 730, 0), days("2023-01-01", 365, 1)
    detector = gradstop.IForest(ordered=ordered)
    if ordered == "ignore":
        with pytest.warns(gradstop.FitWarning, match="leaves out: date"):
            detector.fit(past)
        assert list(detector.prepared_names_) == ["warm", "load"]
    else:
        detector.fit(past)
        assert list(detector.prepared_names_)[:2] == ["date weekday sin", "date weekday cos"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert 0.03 < detector.predict(future).mean() < 0.2
    assert detector.get_params()["ordered"] == ordered


def test_a_counter_in_an_array_is_left_out_with_a_warning_and_comes_back_when_asked_for(tmp_path):
    rng = np.random.default_rng(3)
    rows = np.column_stack([np.arange(ROWS), rng.normal(size=(ROWS, 2))])
    with pytest.warns(gradstop.FitWarning, match="1 column goes on from row to row .*leaves out: x0"):
        detector = gradstop.KNN().fit(rows)
    assert (detector.decision_scores_ == gradstop.KNN().fit(rows[:, 1:]).decision_scores_).all()
    detector.save(tmp_path / "m")
    later = rows + [ROWS, 0, 0]
    assert (gradstop.load(tmp_path / "m").decision_function(later) == detector.decision_function(rows)).all()
    kept = gradstop.KNN(ordered="keep").fit(rows)
    with pytest.warns(gradstop.ScoreWarning, match=f'column "x0": {ROWS} of {ROWS} rows lie outside of the fitted range, 0 to 399'):
        kept.predict(later)


def test_values_outside_of_the_fitted_range_warn_by_column_and_others_do_not():
    rng = np.random.default_rng(4)
    fitted, new = rng.normal(size=(ROWS, 3)), rng.normal(size=(ROWS, 3))
    detector = gradstop.ECOD().fit(fitted)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detector.decision_function(new)
    new[7, 1] = -9999
    with pytest.warns(gradstop.ScoreWarning, match='column "x1": 1 of 400 rows lies outside') as said:
        detector.decision_function(new)
    assert said[0].filename == __file__
    with pytest.warns(gradstop.ScoreWarning, match="flagged 389 of 400 rows, 97 %, where the fit flags 10 %.*most of all in x2"):
        detector.predict(new + [0, 0, 50])


def test_a_huge_cell_leaves_other_rows_apart_and_is_said():
    rng = np.random.default_rng(5)
    rows = rng.normal(10, 1, size=(ROWS, 2))
    rows[3, 0], rows[4, 1], rows[40] = 9.96921e36, 1e11, [21, 21]
    with pytest.warns(gradstop.FitWarning) as said:
        detector = gradstop.ECOD().fit(rows)
    words = " ".join(str(warning.message) for warning in said)
    assert "only the logarithm counts: x0" in words and "may stand for missing ones" in words
    assert detector.decision_scores_.argmax() == 40
    assert detector.labels_[[3, 4, 40]].all()
    assert len(np.unique(detector.decision_scores_)) > ROWS / 2


def test_names_are_left_out_and_a_name_that_is_there_twice_is_no_outlier():
    rng = np.random.default_rng(6)
    names = [f"Person {row if row != 9 else 8}" for row in range(ROWS)]
    amount = rng.normal(100, 5, ROWS)
    amount[70] = 180
    detector = gradstop.KNN().fit(pandas.DataFrame({"name": names, "amount": amount}))
    assert detector.decision_scores_.argmax() == 70
    assert detector.preparation_ == ["name: left out, 399 levels in so few cells name the rows"]
    others = pandas.DataFrame({"name": [f"Other {row}" for row in range(ROWS)], "amount": rng.normal(100, 5, ROWS)})
    assert 0.03 < detector.predict(others).mean() < 0.2
