"""Tables of any kind become the same rows."""

from __future__ import annotations

import numpy as np
import pandas
import polars
import pyarrow
import pytest

import gradstop
from helpers import COLUMNS
from gradstop import _rows

VALUES = np.arange(-12, 12).reshape(6, 4)


@pytest.fixture(scope="module")
def detector(table):
    return gradstop.ECOD().fit(pandas.DataFrame(table, columns=COLUMNS))


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", ">f4", ">f8", "i1", "i2", "i4", "i8", "longdouble"])
def test_any_numeric_type_and_memory_order_is_read(kind):
    rows = VALUES.astype(kind)
    for layout in (rows, np.asfortranarray(rows), np.repeat(rows, 2, axis=0)[::2], rows[::-1][::-1], rows.tolist()):
        read, names = _rows.read(layout)
        assert read.dtype == np.float32 and read.flags.c_contiguous and names is None
        assert (read == VALUES).all()


def test_unsigned_numbers_and_booleans_are_read():
    for kind in ("u1", "u2", "u4", "u8", "bool"):
        rows = np.abs(VALUES).astype(kind)
        assert (_rows.read(rows)[0] == rows).all()


def test_float32_rows_in_c_order_are_not_copied_and_never_changed(table):
    assert _rows.read(table)[0] is table
    before = table.copy()
    read_only = table.copy()
    read_only.flags.writeable = False
    detector = gradstop.AutoEncoder(epochs=2).fit(read_only)
    detector.decision_function(table)
    assert (table == before).all() and (read_only == before).all()


def test_rows_that_are_not_aligned_are_read(table):
    bytes_ = np.empty(table.nbytes + 1, np.uint8)
    shifted = bytes_[1:].view(np.float32).reshape(table.shape)
    shifted[:] = table
    assert (gradstop.ECOD().fit(shifted).decision_scores_ == gradstop.ECOD().fit(table).decision_scores_).all()


def frames(rows):
    yield pandas.DataFrame(rows, columns=COLUMNS)
    yield pandas.DataFrame(rows, columns=COLUMNS).convert_dtypes()
    mixed = pandas.DataFrame(rows, columns=COLUMNS)
    yield mixed.assign(b=mixed["b"].astype("float64"))
    yield polars.DataFrame(rows, schema=COLUMNS)
    arrow = pyarrow.table({column: rows[:, at] for at, column in enumerate(COLUMNS)})
    yield arrow
    yield arrow.to_batches()[0]
    yield pyarrow.concat_tables([arrow[:50], arrow[50:]])


def test_every_kind_of_table_gives_the_same_bits_and_keeps_its_names(table, detector):
    for frame in frames(table):
        fitted = gradstop.ECOD().fit(frame)
        assert list(fitted.feature_names_in_) == COLUMNS, type(frame)
        assert (fitted.decision_scores_ == detector.decision_scores_).all(), type(frame)
        assert (detector.decision_function(frame) == detector.decision_function(table)).all(), type(frame)


def test_columns_of_other_kinds_of_numbers_are_read():
    frame = pandas.DataFrame({"a": [True, False], "b": pandas.array([1, 2], dtype="Int64"), "c": [1.5, 2]})
    assert _rows.read(frame)[0].tolist() == [[1, 1, 1.5], [0, 2, 2]]
    frame = polars.DataFrame({"a": [True, False], "b": [1, 2], "c": [1.5, 2]})
    assert _rows.read(frame)[0].tolist() == [[1, 1, 1.5], [0, 2, 2]]


def test_columns_are_checked_when_rows_are_scored(table, detector):
    frame = pandas.DataFrame(table, columns=COLUMNS)
    with pytest.raises(ValueError, match="reordered from column 0"):
        detector.decision_function(frame[["b", "a", "c", "d"]])
    with pytest.raises(ValueError, match="missing d; extra e"):
        detector.decision_function(frame.rename(columns={"d": "e"}))
    with pytest.raises(ValueError, match="X has 3 features, but ECOD is expecting 4"):
        detector.decision_function(frame[["a", "b", "c"]])
    with pytest.raises(ValueError, match="X has 5 features"):
        detector.predict(np.zeros((2, 5)))


def test_names_that_are_no_strings_are_no_names(table):
    assert not hasattr(gradstop.ECOD().fit(pandas.DataFrame(table)), "feature_names_in_")
    with pytest.raises(TypeError, match="column names must all be strings"):
        gradstop.ECOD().fit(pandas.DataFrame(table, columns=["a", "b", "c", 3]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named_by_row_and_column(bad, table, detector):
    rows = table.astype(np.float64)
    rows[17, 2] = bad
    with pytest.raises(ValueError, match='row 17, column "x2": got .*, wanted a finite number'):
        gradstop.ECOD(missing="error").fit(rows)
    for frame in (pandas.DataFrame(rows, columns=COLUMNS), polars.DataFrame(rows, schema=COLUMNS)):
        with pytest.raises(ValueError, match='row 17, column "c": got .*, wanted a finite number'):
            gradstop.ECOD(missing="error").fit(frame)
        with pytest.raises(ValueError, match='row 17, column "c"'):
            detector.decision_function(frame)


def test_the_row_of_a_bad_value_is_right_in_long_tables(detector):
    rows = np.zeros((70_000, 4), np.float32)
    rows[69_123, 1] = np.nan
    with pytest.raises(ValueError, match='row 69123, column "b"'):
        detector.decision_function(rows)


def test_missing_values_of_tables_are_named():
    with pytest.raises(ValueError, match='row 1, column "b": got'):
        gradstop.ECOD(missing="error").fit(pandas.DataFrame({"a": [1, 2], "b": pandas.array([1, None], dtype="Int64")}))
    with pytest.raises(ValueError, match='row 1, column "b": got'):
        gradstop.ECOD(missing="error").fit(polars.DataFrame({"a": [1, 2], "b": [1.0, None]}))
    with pytest.raises(ValueError, match='row 0, column "x1": got'):
        gradstop.ECOD(missing="error").fit(np.ma.masked_greater(np.array([[1.0, 9.0], [2.0, 3.0]]), 8))


def test_numbers_that_are_too_large_for_32_bits_are_shown_as_they_are():
    with pytest.raises(ValueError, match=r"row 1, column 0: got 1e\+300, wanted a finite number that fits into 32 bits"):
        gradstop.ECOD(missing="error").fit([[1.0, 2.0], [1e300, 3.0]])
    with pytest.raises(ValueError, match='row 1, column "a": got'):
        gradstop.ECOD(missing="error").fit(polars.DataFrame({"a": [1.0, 1e300]}))


def test_what_is_no_table_of_numbers_is_refused():
    for wrong, problem, message in [
        (np.zeros(3), ValueError, r"Expected 2D array, got 1D array.*reshape\(-1, 1\)"),
        (np.zeros((2, 2, 2)), ValueError, "Expected 2D array, got 3D"),
        (5, ValueError, "Expected 2D array, got 0D"),
        (np.zeros((0, 3)), ValueError, r"0 sample\(s\)"),
        (np.zeros((3, 0)), ValueError, r"0 feature\(s\)"),
        (np.zeros((2, 2), complex), ValueError, "Complex data not supported"),
        ([["a", "b"]], ValueError, "wanted numbers"),
        (np.array([["2020-01-01"]], dtype="M8[D]"), ValueError, "wanted numbers"),
        (polars.Series([1.0, 2.0]), ValueError, "Expected 2D array, got 1D"),
        (np.array([[{}, 1]], dtype=object), TypeError, "number"),
    ]:
        with pytest.raises(problem, match=message):
            gradstop.ECOD().fit(wrong)


def test_text_can_be_refused():
    for frame, message in [
        (pandas.DataFrame({"city": ["Bern", "Rom"], "b": [1, 2]}), "column 'city': got type .*, wanted numbers"),
        (polars.DataFrame({"city": ["Bern", "Rom"], "b": [1, 2]}), 'column "city"'),
    ]:
        with pytest.raises(ValueError, match=message):
            gradstop.ECOD(text="error").fit(frame)
        with pytest.raises(ValueError, match='column "city": got text, wanted numbers'):
            gradstop.ECOD(text="error", missing="mean").fit(frame)


def test_sparse_matrices_are_refused_with_a_hint():
    scipy = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"X.toarray\(\)"):
        gradstop.ECOD().fit(scipy.csr_matrix(VALUES))
