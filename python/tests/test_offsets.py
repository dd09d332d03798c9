"""Numbers whose differences are small beside their size: 64 bits until their offset is gone, in every kind of table."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas
import polars
import pyarrow
import pytest

import gradstop
import gradstop.sklearn

ROWS = 160


def steps() -> np.ndarray:
    """Two columns in steps of 1/64, which every offset below leaves exact; row 80 is far off."""
    row = np.arange(ROWS)
    table = np.stack([(row * row * 37 + 400) % 997 / 64, (row * row * 53 + 600) % 991 / 64], axis=1)
    table[80] += 90
    return table


def tables(values: np.ndarray):
    """The same table in every package."""
    frame = pandas.DataFrame(values, columns=["x", "y"])
    yield values
    yield np.asfortranarray(values)
    yield frame
    yield polars.from_pandas(frame)
    yield pyarrow.Table.from_pandas(frame)


@pytest.mark.parametrize("offset", [1e9, -1e9, 1e12, 1.7e12])
@pytest.mark.parametrize("kind", [gradstop.KNN, gradstop.ECOD])
def test_a_table_far_from_zero_has_the_scores_of_the_same_table_at_zero(offset, kind):
    wanted = kind().fit(steps()).decision_scores_
    for table in tables(steps() + offset):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            detector = kind().fit(table)
        assert not any("one value" in str(warning) or "32 bits" in str(warning) for warning in said)
        np.testing.assert_allclose(detector.decision_scores_, wanted, rtol=2e-5, atol=2e-5)
        assert detector.decision_scores_.argmax() == 80
        again = pickle.loads(pickle.dumps(detector))
        assert (again.decision_function(table) == detector.decision_function(table)).all()
        assert len(set(detector.decision_function(table))) > 10
        assert "taken relative to" in detector.preparation_[0]


def test_integers_keep_every_digit():
    near = np.arange(ROWS, dtype=np.int64).reshape(-1, 1) ** 2 * 3701 % 99991
    near[80] = 5_000_000
    wanted = gradstop.KNN().fit(near).decision_scores_
    for table in tables(np.hstack([near, near]) + 1_700_000_000_000_000_000):
        found = gradstop.KNN().fit(table)
        np.testing.assert_allclose(found.decision_scores_, np.sqrt(2) * wanted, rtol=2e-5)
    unsigned = (near + 1_700_000_000_000_000_000).astype(np.uint64)
    np.testing.assert_allclose(gradstop.KNN().fit(unsigned).decision_scores_, wanted, rtol=2e-5)
    swapped = (near + 1_700_000_000_000_000_000).astype(">i8")
    np.testing.assert_allclose(gradstop.KNN().fit(swapped).decision_scores_, wanted, rtol=2e-5)
    frame = pandas.DataFrame(near + 1_700_000_000_000_000_000, columns=["t"]).astype("Int64")
    np.testing.assert_allclose(gradstop.KNN().fit(frame).decision_scores_, wanted, rtol=2e-5)


@pytest.mark.parametrize("scale", ["robust", "quantile"])
def test_every_scale_sees_values_without_their_offset(scale):
    near, far = (gradstop.ECOD(scale=scale).fit(steps() + offset) for offset in (0, 1e12))
    np.testing.assert_allclose(near.decision_scores_, far.decision_scores_, rtol=2e-5)


def test_the_estimators_of_scikit_learn_see_them_too():
    far = steps() + 1e9
    estimator = gradstop.sklearn.KNN().fit(far)
    assert estimator.score_samples(far).argmin() == 80
    assert len(set(estimator.score_samples(far))) > 10


def test_tables_that_float32_holds_are_not_prepared():
    for table in tables(steps() + 1000):
        assert not hasattr(gradstop.KNN().fit(table), "preparation_")
    with pytest.warns(gradstop.FitWarning, match="32 bits|same score"):
        rounded = gradstop.KNN().fit((steps() + 1e9).astype(np.float32))
    assert not hasattr(rounded, "preparation_")


def test_a_stream_of_batches_that_comes_once_is_fitted_as_before():
    table = pyarrow.table({"x": steps()[:, 0] + 1e9, "y": steps()[:, 1]})
    reader = pyarrow.RecordBatchReader.from_batches(table.schema, table.to_batches())
    with pytest.warns(gradstop.FitWarning):
        gradstop.KNN().fit(reader)
