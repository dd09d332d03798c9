//! Rows of a page as people know them, on their way from a table of Python.

use gradstop::FittedDetector;
use gradstop_pages::WrittenCells;
use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The name of what says which row is which, if the table has it, and some rows: position, what that says of it, and the cells,
/// none where one is missing.
pub(crate) type Written = (Option<String>, Vec<(usize, Option<String>, Vec<Option<String>>)>);

/// The same for a page. Where the table does not say which row is which, a column may that the fit has found.
pub(crate) fn for_page(detector: &FittedDetector, (name, rows): Written) -> WrittenCells {
    let key = match name {
        Some(_) => None,
        None => detector.preparation().and_then(|preparation| preparation.key()),
    };
    let at = key.and_then(|key| detector.table_columns().iter().position(|column| column == key));
    let mut written = WrittenCells { id: name.or(key.map(String::from)), ..WrittenCells::default() };
    for (row, id, cells) in rows {
        let of_column = || at.and_then(|at| cells.get(at).cloned().flatten());
        written.ids.extend(id.or_else(of_column).map(|id| (row, id)));
        written.cells.insert(row, cells);
    }
    written
}

/// The rows that a page shows in its table.
#[pyfunction]
pub(crate) fn table_rows(scores: PyReadonlyArray1<'_, f32>) -> PyResult<Vec<usize>> {
    let scores =
        scores.as_slice().map_err(|_| PyValueError::new_err("scores must be a float32 array in C order"))?;
    Ok(gradstop_pages::table_rows(scores))
}
