//! Tables of other programs, through Arrow's capsules.

use arrow_array::RecordBatchReader;
use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::FromPyArrow;
use gradstop_tables::{Features, Kind, ReadOptions, TableReader, holds_numbers};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::columns::Columns;
use crate::errors::of_table;

/// What the messages call such a table.
const NAME: &str = "the table";

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
    kinds: Option<Vec<(String, String)>>,
) -> PyResult<Columns> {
    columns(py, RecordBatchStreamReader::from_pyarrow_bound(table)?, kinds)
}

fn columns(
    py: Python<'_>,
    batches: RecordBatchStreamReader,
    kinds: Option<Vec<(String, String)>>,
) -> PyResult<Columns> {
    let known = |(name, kind): (String, String)| {
        (name, serde_json::from_value::<Kind>(kind.into()).unwrap_or(Kind::Text))
    };
    let features = match kinds {
        Some(kinds) => Features::Kinds(kinds.into_iter().map(known).collect()),
        None => Features::Any(Vec::new()),
    };
    let options = ReadOptions { features, ..ReadOptions::default() };
    let read = py.detach(|| TableReader::of_batches(NAME, batches, &options)?.read_columns());
    let read = read.map_err(of_table)?;
    Ok(Columns { names: read.names, cells: read.columns })
}

fn matrix<'py>(py: Python<'py>, batches: RecordBatchStreamReader) -> PyResult<Matrix<'py>> {
    let read = py.detach(|| TableReader::of_batches(NAME, batches, &ReadOptions::default())?.read_all());
    let read = read.map_err(of_table)?;
    let values = PyArray1::from_vec(py, read.values).reshape([read.rows, read.columns.len()])?;
    Ok((values, read.columns, read.runs_together))
}
