//! Errors as Python knows them: a wrong value is a `ValueError`, a file that cannot be read an `OSError`.

use std::fmt;
use std::io;
use std::path::Path;

use gradstop::Error;
use gradstop::algorithm::ModelFileError;
use gradstop::rules::RuleError;
use gradstop_tables::TableError;
use pyo3::create_exception;
use pyo3::exceptions::{PyArithmeticError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::hints::{self, Moment};

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

/// An error of a fit, or of a model file.
pub(crate) fn to_python(error: Error) -> PyErr {
    of_moment(error, Moment::Fitting)
}

/// An error of rows to be scored, where what becomes of a cell was decided by the fit.
pub(crate) fn while_scoring(error: Error) -> PyErr {
    of_moment(error, Moment::Scoring)
}

fn of_moment(error: Error, moment: Moment) -> PyErr {
    let words = with(&error, error.hint().and_then(|hint| hints::of_detector(&hint, moment)));
    match error {
        Error::Setting { parameter, got, wanted } => SettingError::new_err((parameter, got, wanted)),
        Error::Diverged { .. } => DivergedError::new_err(words),
        // Who cancelled has an error of their own to tell.
        Error::Cancelled { .. } => PyRuntimeError::new_err(words),
        Error::ModelFile { path, problem: ModelFileError::Io(cause) } => of_file(&path, cause),
        _ => PyValueError::new_err(words),
    }
}

/// An error of the bytes of a model.
pub(crate) fn of_model(problem: ModelFileError) -> PyErr {
    let hint = problem.hint().and_then(|hint| hints::of_detector(&hint, Moment::Fitting));
    PyValueError::new_err(with(&problem, hint))
}

/// What is wrong, and what helps.
fn with(error: &dyn fmt::Display, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{error} (hint: {hint})"),
        None => error.to_string(),
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

/// An error of a table that Python handed over; it has no other name than that.
pub(crate) fn of_table(error: TableError) -> PyErr {
    let hint = error.hint().and_then(hints::of_table);
    PyValueError::new_err(match error {
        TableError::Cell { row, column, got, wanted, .. } => {
            let got = if got.is_empty() { "nothing".into() } else { got };
            with(&format_args!("row {row}, column {column:?}: got {got}, wanted {wanted}"), hint)
        }
        TableError::Unsuitable { subject, got, wanted, .. } => {
            with(&format_args!("{subject}: got {got}, wanted {wanted}"), hint)
        }
        other => with(&other, hint),
    })
}
