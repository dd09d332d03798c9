//! Tables of other programs, through Arrow's capsules.

use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::FromPyArrow;
use gradstop_tables::{ReadOptions, TableReader};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;

use crate::errors::of_table;

/// Reads what has `__arrow_c_stream__` into a float32 matrix; returns it with the columns' names.
#[pyfunction]
pub(crate) fn read_arrow<'py>(
    py: Python<'py>,
    table: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyArray2<f32>>, Vec<String>)> {
    let batches = RecordBatchStreamReader::from_pyarrow_bound(table)?;
    let read =
        py.detach(|| TableReader::of_batches("the table", batches, &ReadOptions::default())?.read_all());
    let read = read.map_err(of_table)?;
    let values = PyArray1::from_vec(py, read.values).reshape([read.rows, read.columns.len()])?;
    Ok((values, read.columns))
}
