//! The `gradstop` command inside of the wheel.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command with these arguments and returns its exit code. `itself` are the words that start the
/// command once more.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, arguments: Vec<OsString>, itself: Vec<OsString>) -> u8 {
    py.detach(|| gradstop_cli::run(arguments, &itself))
}
