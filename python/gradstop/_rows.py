"""Tables of any kind as float32 rows in C order, read without a copy where they are that already; or column by column,
where columns may be of any kind and have to be prepared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional, Union

import numpy as np
from numpy.typing import NDArray

from . import _gradstop

#: Rows, and the names of their columns where they have some.
Rows = tuple[NDArray[np.float32], "list[str] | None"]

#: Name and kind of each column and how it is written (as JSON), where they are known.
Kinds = Optional[Sequence[tuple[str, str, str]]]

#: Numbers of a column. Integers of 64 bits stay what they are, as floats have fewer digits.
Numbers = Union[NDArray[np.float64], NDArray[np.int64], NDArray[np.uint64]]

#: A column: its name, kind, numbers, and words if it is text.
Given = tuple[str, str, Numbers, "list[str] | None"]

#: The name of what says which row is which, and some rows: position, what that says of it, and the cells, None where one is missing.
Written = tuple[Optional[str], list[tuple[int, Optional[str], list[Optional[str]]]]]

#: Columns of any kind, and their names where they have some.
AnyColumns = tuple[_gradstop.Columns, "list[str] | None"]


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
    if is_pandas(table):
        return read_pandas(table)
    if hasattr(table, "__arrow_c_stream__"):
        shape = getattr(table, "shape", (0, 0))
        if len(shape) != 2:
            kind = type(table).__name__
            raise ValueError(f"Expected 2D array, got {len(shape)}D array instead: got a {kind}, wanted a table")
        values, names, _ = _gradstop.read_arrow(table)
        return values, names
    if hasattr(table, "toarray"):
        raise TypeError("got a sparse matrix, wanted a dense one (hint: X.toarray())")
    if isinstance(table, np.ma.MaskedArray):
        table = np.ma.filled(table.astype(np.float64), np.nan)
    return read_array(np.asarray(table)), None


def read_any(table: Any) -> Rows | AnyColumns:
    """Rows of a table that holds numbers alone, or the columns of one that does not: a data frame's or Arrow's may be
    booleans, dates and text as well."""
    if is_pandas(table) and not all(getattr(kind, "kind", "O") in "biufc" for kind in table.dtypes):
        given, names = pandas_given(table)
        # Objects may be numbers after all.
        return (of_kinds(given, None), names) if {"dates", "text", "category"} & {kind for _, kind, _, _ in given} else read(table)
    if is_arrow(table):
        found = _gradstop.read_arrow_any(table)
        return (found, found.names) if isinstance(found, _gradstop.Columns) else found[:2]
    return read(table)


def read_to_fit(table: Any, others: bool) -> Rows | AnyColumns:
    """A table to fit to: as ``read``, or with columns of other kinds as ``read_any``; columns too where float32 would run
    different numbers together, so that they come with 64 bits."""
    if is_arrow(table):
        found = _gradstop.read_arrow_any(table) if others else _gradstop.read_arrow(table)
        if isinstance(found, _gradstop.Columns):
            return found, found.names
        # What is no table but a stream of batches hands them out once.
        return read_columns(table) if found[2] and hasattr(table, "shape") else found[:2]
    rows, names = read_any(table) if others else read(table)
    if isinstance(rows, _gradstop.Columns):
        return rows, names
    values = table.to_numpy(dtype=np.float64, na_value=np.nan) if is_pandas(table) else np.asarray(table)
    return read_columns(table) if runs_together(values) else (rows, names)


def runs_together(values: NDArray[Any]) -> bool:
    """Whether float32 would run different numbers of a column together."""
    if values.dtype.kind == "O":
        values = values.astype(np.float64)
    if values.dtype.kind not in "iuf" or values.dtype.itemsize < 4 or values.dtype == np.float32:
        return False
    return _gradstop.runs_together(values.astype(np.float64, copy=False))


def read_columns(table: Any, kinds: Kinds = None) -> AnyColumns:
    """Columns of any table, of these names and kinds where they are known."""
    if is_pandas(table):
        return pandas_columns(table, kinds)
    if is_arrow(table):
        columns = _gradstop.read_arrow_columns(table, kinds)
        return columns, columns.names
    return array_columns(table, kinds), None


def is_arrow(table: Any) -> bool:
    """Whether it is a table with Arrow's capsules."""
    return hasattr(table, "__arrow_c_stream__") and not is_pandas(table) and len(getattr(table, "shape", (0, 0))) == 2


def is_pandas(table: Any) -> bool:
    """Whether it is a pandas data frame, as far as we use one."""
    return hasattr(table, "iloc") and hasattr(table, "columns") and hasattr(table, "dtypes")


def array_columns(table: Any, kinds: Kinds = None, names: Sequence[str] | None = None) -> _gradstop.Columns:
    """Columns of what becomes a NumPy array of numbers, NaN for missing ones."""
    if hasattr(table, "__arrow_c_stream__") or hasattr(table, "toarray"):
        read(table)  # It says what is wrong with such a table.
    if isinstance(table, np.ma.MaskedArray):
        table = np.ma.filled(table.astype(np.float64), np.nan)
    values = checked_array(np.asarray(table))
    kind = values.dtype.newbyteorder("=") if is_long(values.dtype) else np.dtype(np.float64)
    values = values.astype(kind)
    names = names if names is not None else default_names(values.shape[1])
    return of_kinds([(name, "numbers", values[:, at], None) for at, name in enumerate(names)], kinds)


def of_kinds(given: list[Given], kinds: Kinds) -> _gradstop.Columns:
    """Columns of the kinds that are wanted, if they are known."""
    return _gradstop.Columns.of_arrays(given, None if kinds is None else [known[1:] for known in kinds])


def pandas_columns(frame: Any, kinds: Kinds = None) -> AnyColumns:
    """Columns and names of a pandas data frame."""
    given, names = pandas_given(frame, kinds)
    return of_kinds(given, kinds), names


def pandas_given(frame: Any, kinds: Kinds = None) -> tuple[list[Given], list[str] | None]:
    """Each column of a pandas data frame as the native side has it, and their names."""
    names = pandas_names(frame)
    if 0 in frame.shape:
        read_array(np.empty(frame.shape))
    given: list[Given] = []
    for at, name in enumerate(names if names is not None else default_names(frame.shape[1])):
        wanted = kinds[at][1] if kinds is not None and len(kinds) == frame.shape[1] else None
        given.append((name, *pandas_column(frame.iloc[:, at], wanted)))
    return given, names


def pandas_column(column: Any, wanted: str | None) -> tuple[str, Numbers, list[str] | None]:
    """Kind, numbers and words of a column."""
    kind = getattr(column.dtype, "kind", "O")
    if wanted != "text" and is_long(column.dtype) and not column.isna().any():
        return "numbers", column.to_numpy(dtype=np.int64 if kind == "i" else np.uint64), None
    if wanted != "text" and kind in "biuf":
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return ("booleans" if kind == "b" else "numbers"), values, None
    if kind == "M":
        if getattr(column.dtype, "tz", None) is not None:
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        moments = column.to_numpy(dtype="datetime64[us]")
        return "dates", np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / 1e6), None
    if wanted != "text" and str(column.dtype) != "category":
        try:
            # Objects that are numbers, as data frames made from rows have them.
            return "numbers", column.to_numpy(dtype=np.float64, na_value=np.nan), None
        except (TypeError, ValueError):
            pass
    codes, words = column.factorize()
    found = "category" if str(column.dtype) == "category" else "text"
    return found, np.asarray(codes, np.float64), [str(word) for word in words]


def is_long(kind: Any) -> bool:
    """Whether it is a type of integers of 64 bits."""
    return getattr(kind, "kind", "O") in "iu" and getattr(kind, "itemsize", 0) == 8


def written(table: Any, rows: Sequence[int]) -> Written | None:
    """Some rows of a table as people know them; None for arrays and for what is no table but a stream of batches."""
    name: str | None = None
    ids: list[str | None] = [None] * len(rows)
    columns: list[list[Any]]
    if is_pandas(table):
        taken = table.iloc[rows]
        columns = [taken.iloc[:, at].tolist() for at in range(taken.shape[1])]
        if not counts_from_0(table.index):
            name = str(table.index.name) if table.index.name is not None else "index"
            ids = [str(label) for label in taken.index]
    elif is_arrow(table) and hasattr(table, "get_columns"):
        columns = [column.to_list() for column in table[rows].get_columns()]
    elif is_arrow(table) and hasattr(table, "take"):
        columns = [column.to_pylist() for column in table.take(rows).columns]
    else:
        return None
    cells = [[cell_text(cell) for cell in column] for column in columns]
    return name, [(row, ids[at], [column[at] for column in cells]) for at, row in enumerate(rows)]


def counts_from_0(index: Any) -> bool:
    """Whether an index of pandas only says where a row stands."""
    return type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1)


def cell_text(cell: Any) -> str | None:
    """A cell as people read it; None for a missing one."""
    # Of pandas' NA nothing is true, not even that it differs from itself.
    if cell is None or type(cell).__name__ in ("NAType", "NaTType") or cell != cell:
        return None
    text = str(cell)
    return f"{cell:.6g}" if isinstance(cell, float) and len(text) > 10 else text


def checked_array(values: NDArray[Any]) -> NDArray[Any]:
    """An array of real numbers with rows and columns."""
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
    return values


def read_array(values: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of an array."""
    values = checked_array(values)
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
    names = pandas_names(frame)
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


def pandas_names(frame: Any) -> list[str] | None:
    """Names of a pandas data frame's columns, if they are names."""
    strings = [isinstance(name, str) for name in frame.columns]
    if any(strings) and not all(strings):
        raise TypeError("column names must all be strings, or none of them (hint: X.columns = X.columns.astype(str))")
    return list(frame.columns) if any(strings) else None


def default_names(count: int) -> list[str]:
    """Names of columns that have none, as the command gives them."""
    return [f"x{column}" for column in range(count)]
