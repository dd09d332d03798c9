"""Tables of any kind as float32 rows in C order, read without a copy where they are that already."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _gradstop

#: Rows, and the names of their columns where they have some.
Rows = tuple[NDArray[np.float32], "list[str] | None"]


def read(table: Any) -> Rows:
    """Rows of a NumPy array or what becomes one, a pandas data frame, or anything with Arrow's capsules.

    Raises
    ------
    ValueError
        If it is not of two dimensions, is empty, or has a value that is no number of 32 bits. NaN and infinity are
        found later, by the native side.
    TypeError
        If it is sparse, or holds objects that are no numbers.
    """
    if hasattr(table, "iloc") and hasattr(table, "columns") and hasattr(table, "dtypes"):
        return read_pandas(table)
    if hasattr(table, "__arrow_c_stream__"):
        shape = getattr(table, "shape", (0, 0))
        if len(shape) != 2:
            kind = type(table).__name__
            raise ValueError(f"Expected 2D array, got {len(shape)}D array instead: got a {kind}, wanted a table")
        values, names = _gradstop.read_arrow(table)
        return values, names
    if hasattr(table, "toarray"):
        raise TypeError("got a sparse matrix, wanted a dense one (hint: X.toarray())")
    if isinstance(table, np.ma.MaskedArray):
        table = np.ma.filled(table.astype(np.float64), np.nan)
    return read_array(np.asarray(table)), None


def read_array(values: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of an array."""
    if values.dtype.kind == "c":
        raise ValueError("Complex data not supported: got complex numbers, wanted real ones")
    if values.dtype.kind == "O":
        values = values.astype(np.float64)
    if values.dtype.kind not in "biuf":
        raise ValueError(f"got an array of type {values.dtype}, wanted numbers")
    if values.ndim != 2:
        hint = "" if values.ndim != 1 else " (hint: X.reshape(-1, 1) has one column, X.reshape(1, -1) one row)"
        raise ValueError(f"Expected 2D array, got {values.ndim}D array instead: got shape {values.shape}, wanted (rows, columns){hint}")
    if 0 in values.shape:
        rows, columns = values.shape
        raise ValueError(f"Found array with {rows} sample(s) and {columns} feature(s), wanted at least 1 of each")
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        # By way of 64 bits, as the command reads them, so that the last bit is the same.
        values = values.astype(np.float64)
    try:
        with np.errstate(over="raise", under="ignore", invalid="ignore"):
            return np.require(values, np.float32, ["C", "A"])
    except FloatingPointError:
        row, column = np.argwhere(np.isfinite(values) & (np.abs(values) > np.finfo(np.float32).max))[0]
        got = values[row, column]
        raise ValueError(f"row {row}, column {column}: got {got}, wanted a finite number that fits into 32 bits") from None


def read_pandas(frame: Any) -> Rows:
    """Rows and names of a pandas data frame; missing values become NaN."""
    strings = [isinstance(name, str) for name in frame.columns]
    if any(strings) and not all(strings):
        raise TypeError("column names must all be strings, or none of them (hint: X.columns = X.columns.astype(str))")
    names = list(frame.columns) if any(strings) else None
    if all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in frame.dtypes):
        return read_array(frame.to_numpy()), names
    values = np.empty(frame.shape, np.float64)
    for at, name in enumerate(frame.columns):
        column = frame.iloc[:, at]
        try:
            values[:, at] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as problem:
            raise type(problem)(f"column {name!r}: got type {column.dtype}, wanted numbers ({problem})") from None
    return read_array(values), names


def default_names(count: int) -> list[str]:
    """Names of columns that have none, as the command gives them."""
    return [f"x{column}" for column in range(count)]
