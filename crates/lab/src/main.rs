//! The `gradstop-lab` command: the experiment that judges gradstop's detectors and stopping rules.
//!
//! Labels judge a ranking here after the fit, and never reach it.
#![forbid(unsafe_code)]

mod arguments;
mod datasets;
mod experiment;
mod failure;
mod output;
mod report;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::output::message;

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
