//! The native half of the Python package: `gradstop._gradstop`, which is private to it.
//!
//! It is thin. Settings come in and reports go out as JSON, rows and scores as NumPy arrays of `f32`; what
//! Python's users expect of a detector is written in Python (`python/gradstop`). Whatever takes long runs
//! without the interpreter's lock, on threads of its own, and ends within an epoch of a Ctrl-C.

mod arrow;
mod cluster;
mod columns;
mod command;
mod detector;
mod errors;
mod hints;
mod rules;
mod threads;
mod watched;
mod written;

use pyo3::prelude::*;

/// The native half of the package.
#[pymodule]
mod _gradstop {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::arrow::{read_arrow, read_arrow_any, read_arrow_columns};
    #[pymodule_export]
    use crate::cluster::{Shard, assemble, fit_member, fit_shards, sample_rows, standardization};
    #[pymodule_export]
    use crate::columns::{Columns, runs_together};
    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::detector::{FittedDetector, detectors, write_file};
    #[pymodule_export]
    use crate::errors::{DivergedError, SettingError};
    #[pymodule_export]
    use crate::rules::{EntropyStopRule, GradStopRule};
    #[pymodule_export]
    use crate::written::table_rows;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
