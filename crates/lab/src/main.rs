//! The `gradstop-lab` command: the experiment that judges gradstop's detectors and stopping rules.
//!
//! Labels judge a ranking here after the fit, and never reach it.
#![forbid(unsafe_code)]

mod arguments;
mod datasets;
mod experiment;
mod failure;
mod report;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use gradstop::WholeFile;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    // A file that grows beyond the limit of the system (`ulimit -f`) is an error of writing, as a full disk is.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
    let done = match Arguments::parse().command {
        Command::Bench(bench) => experiment::command::run(&bench),
        Command::Datasets(datasets) => datasets::command::run(&datasets),
        Command::Worker => {
            experiment::run::serve();
            Ok(())
        }
    };
    let Err(failure) = done else { return ExitCode::SUCCESS };
    if !failure.is_closed_pipe() {
        message(&failure.to_string());
    }
    failure.exit_code().into()
}

/// A line on standard error.
fn message(text: &str) {
    // A message that nobody can read is no reason to fail.
    let _ = writeln!(std::io::stderr(), "gradstop-lab: {text}");
}

fn print(text: &[u8]) -> Result<(), Failure> {
    std::io::stdout().write_all(text).map_err(Failure::Stdout)
}

/// Writes a file whole or not at all; `-` is standard output.
fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if path == Path::new("-") {
        return print(content);
    }
    WholeFile::write(path, content).map_err(|problem| Failure::Write { path: path.into(), problem })
}

/// One thread for every fit of this process, so that cells do not take each other's processors.
fn use_one_thread() {
    // It fails only if the pool is there already, and nothing has used it yet.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
}
