//! Errors as Python knows them: a wrong value is a `ValueError`, a file that cannot be read an `OSError`.

use std::io;
use std::path::Path;

use gradstop::preparation::PreparationError;
use gradstop::rules::RuleError;
use gradstop::{Error, ModelFileError};
use gradstop_tables::TableError;
use pyo3::create_exception;
use pyo3::exceptions::{PyArithmeticError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

create_exception!(
    gradstop,
    DivergedError,
    PyArithmeticError,
    "A training diverged: its loss is no longer a finite number. Lower the learning rate."
);

create_exception!(
    gradstop._gradstop,
    SettingError,
    PyValueError,
    "A setting outside of its range; its arguments are the setting, what was given and what is wanted."
);

/// An error of a fit, of scoring, or of a model file.
pub(crate) fn to_python(error: Error) -> PyErr {
    match error {
        Error::Setting { parameter, got, wanted } => SettingError::new_err((parameter, got, wanted)),
        Error::Diverged { .. } => DivergedError::new_err(error.to_string()),
        // Who cancelled has an error of their own to tell.
        Error::Cancelled { .. } => PyRuntimeError::new_err(error.to_string()),
        Error::ModelFile { path, problem: ModelFileError::Io(cause) } => of_file(&path, cause),
        // Their hints are those of a command line as well.
        Error::Preparation(PreparationError::Cell { row, column, got, wanted, .. }) => {
            PyValueError::new_err(format!(
                "row {row}, column {column:?}: got {got}, wanted {wanted} (hint: fill it, or let missing=\"mean\" do it; \
             \"median\" and \"indicator\" do as well)"
            ))
        }
        Error::Preparation(PreparationError::Text { column }) => PyValueError::new_err(format!(
            "column {column:?}: got text, wanted numbers (hint: text=\"onehot\" or text=\"frequency\" encodes it, or leave the \
             column out)"
        )),
        Error::Preparation(PreparationError::NothingLeft { columns }) => PyValueError::new_err(format!(
            "got no column that tells rows apart among {columns}, wanted at least one (hint: they are empty, hold one value, or \
             text whose words are all as frequent)"
        )),
        Error::Columns { problem, wanted } => PyValueError::new_err(format!(
            "the table's columns are not the model's: got {problem}, wanted {wanted}, in this order (hint: choose them by their \
             names)"
        )),
        _ => PyValueError::new_err(error.to_string()),
    }
}

/// An error of rows to be scored, where what becomes of a cell was decided by the fit.
pub(crate) fn while_scoring(error: Error) -> PyErr {
    match error {
        Error::Preparation(PreparationError::Cell { row, column, got, wanted, .. }) => {
            PyValueError::new_err(format!(
                "row {row}, column {column:?}: got {got}, wanted {wanted} (hint: fill it, or fit again with missing=\"mean\", \
             which fills it)"
            ))
        }
        other => to_python(other),
    }
}

/// An error of a file that cannot be read or written.
pub(crate) fn of_file(path: &Path, cause: io::Error) -> PyErr {
    match cause.raw_os_error() {
        // Python makes a FileNotFoundError, a PermissionError, ... of the number.
        Some(number) => {
            let words = cause.to_string();
            let words = words.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((number, words, path.to_string_lossy().into_owned()))
        }
        // And of the kind.
        None => io::Error::new(
            cause.kind(),
            format!("{}: got {cause}, wanted a place for a file", path.display()),
        )
        .into(),
    }
}

/// An error of a rule.
pub(crate) fn of_rule(error: RuleError) -> PyErr {
    match error {
        RuleError::Setting { parameter, got, wanted } => SettingError::new_err((parameter, got, wanted)),
        _ => PyValueError::new_err(error.to_string()),
    }
}

/// An error of a table that Python handed over. Its hints are those of a command line, so they stay away.
pub(crate) fn of_table(error: TableError) -> PyErr {
    PyValueError::new_err(match error {
        TableError::Cell { row, column, got, wanted, .. } => {
            let got = if got.is_empty() { "nothing".into() } else { got };
            format!("row {row}, column {column:?}: got {got}, wanted {wanted}")
        }
        TableError::Unsuitable { subject, got, wanted, .. } => {
            format!("{subject}: got {got}, wanted {wanted}")
        }
        other => other.to_string(),
    })
}
