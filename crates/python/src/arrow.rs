//! Tables of other programs, through Arrow's capsules.

use arrow_array::RecordBatchReader;
use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::FromPyArrow;
use gradstop_tables::{Features, Field, Kind, ReadOptions, TableReader, holds_numbers};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::columns::{Columns, TABLE};
use crate::errors::of_table;

/// A matrix, the columns' names, and whether rounding to 32 bits seems to have run some of its numbers together.
type Matrix<'py> = (Bound<'py, PyArray2<f32>>, Vec<String>, bool);

/// Reads what has `__arrow_c_stream__` into a float32 matrix.
#[pyfunction]
pub(crate) fn read_arrow<'py>(py: Python<'py>, table: &Bound<'py, PyAny>) -> PyResult<Matrix<'py>> {
    matrix(py, RecordBatchStreamReader::from_pyarrow_bound(table)?)
}

/// Reads what has `__arrow_c_stream__`: as `read_arrow` if it holds numbers alone, else as `read_arrow_columns`.
#[pyfunction]
pub(crate) fn read_arrow_any<'py>(py: Python<'py>, table: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let batches = RecordBatchStreamReader::from_pyarrow_bound(table)?;
    match holds_numbers(&batches.schema()) {
        true => matrix(py, batches)?.into_bound_py_any(py),
        false => columns(py, batches, None)?.into_bound_py_any(py),
    }
}

/// Reads what has `__arrow_c_stream__` column by column, each of its own kind or, where name and kind are given, of that.
#[pyfunction]
#[pyo3(signature = (table, kinds=None))]
pub(crate) fn read_arrow_columns(
    py: Python<'_>,
    table: &Bound<'_, PyAny>,
    kinds: Option<Vec<(String, String, String)>>,
) -> PyResult<Columns> {
    columns(py, RecordBatchStreamReader::from_pyarrow_bound(table)?, kinds)
}

fn columns(
    py: Python<'_>,
    batches: RecordBatchStreamReader,
    kinds: Option<Vec<(String, String, String)>>,
) -> PyResult<Columns> {
    let known = |(name, kind, spelling): (String, String, String)| Field {
        name,
        kind: serde_json::from_value(kind.into()).unwrap_or(Kind::Text),
        spelling: serde_json::from_str(&spelling).unwrap_or_default(),
    };
    let known_before = kinds.is_some();
    let features = match kinds {
        Some(kinds) => Features::Fields(kinds.into_iter().map(known).collect()),
        None => Features::Any(Vec::new()),
    };
    let options = ReadOptions { features, ..ReadOptions::default() };
    let read = py.detach(|| {
        let reader = TableReader::of_batches(TABLE, batches, &options)?;
        let categories = reader.categories();
        Ok((reader.read_columns()?, categories))
    });
    let (read, categories) = read.map_err(of_table)?;
    let columns = Columns::new(read.names, read.columns);
    if known_before { Ok(columns) } else { columns.settled(&categories) }
}

fn matrix<'py>(py: Python<'py>, batches: RecordBatchStreamReader) -> PyResult<Matrix<'py>> {
    let read = py.detach(|| TableReader::of_batches(TABLE, batches, &ReadOptions::default())?.read_all());
    let read = read.map_err(of_table)?;
    let values = PyArray1::from_vec(py, read.values).reshape([read.rows, read.columns.len()])?;
    Ok((values, read.columns, read.runs_together))
}
