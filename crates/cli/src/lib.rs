//! The `gradstop` command: reading arguments and tables, showing progress, writing results.
//!
//! Data goes to standard output, messages go to standard error. Exit codes: 0 done, 1 failed on the way
//! (diverged, a file that cannot be written), 2 bad usage or input, 70 a fault of the command itself, 130 interrupted by
//! Ctrl-C. This is the only place where labels exist: they judge a ranking after the fit and never reach it.

#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod config;
mod dynamics;
mod failure;
mod fault;
mod follower;
mod hints;
mod interrupt;
pub mod measures;
mod output;
mod prepared;
mod progress;
mod read_ahead;
mod reason_words;
mod reasons;
mod summary;
mod table_stream;
mod terminal;
mod written;

use std::ffi::OsString;
use std::io::Write;

use clap::{CommandFactory, Parser};

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;
use crate::hints::Hints;

/// The revision that this was built from, or `unknown` outside of a checkout.
pub const REVISION: &str = env!("GRADSTOP_REVISION");

/// Runs the command with these arguments (the program's name is none of them) and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    fault::guarded(|| work(arguments))
}

/// The command line as data: its subcommands, options and help.
///
/// ```
/// assert!(gradstop_cli::command().find_subcommand("detect").is_some());
/// ```
pub fn command() -> clap::Command {
    Arguments::command()
}

fn work(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    interrupt::outlive_limits();
    let words: Vec<OsString> = std::iter::once("gradstop".into()).chain(arguments).collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(usage) => {
            // Help that nobody can read is no reason to fail.
            let _ = usage.print();
            return u8::from(usage.use_stderr()) * 2;
        }
    };
    let done = match arguments.command {
        Command::Detect(detect) => commands::detect::run(&detect),
        Command::Fit(fit) => commands::fit::run(&fit),
        Command::Score(score) => commands::score::run(&score),
        Command::Report(report) => commands::report::run(&report),
        Command::Dynamics(dynamics) => commands::dynamics::run(&dynamics),
        Command::Inspect(inspect) => commands::inspect::run(&inspect),
        Command::Export(export) => commands::export::run(&export),
        Command::Evaluate(evaluate) => commands::evaluate::run(&evaluate),
        Command::Threshold(threshold) => commands::threshold::run(&threshold),
        Command::List(list) => commands::list::run(&list),
        Command::Completions { shell } => commands::completions::run(shell),
    };
    match done {
        Ok(()) => 0,
        Err(failure) => say(&failure, &Hints::of(&words)),
    }
}

/// Says what went wrong on standard error.
fn say(failure: &Failure, hints: &Hints) -> u8 {
    if !failure.is_closed_pipe() {
        // Where standard error is gone too, the exit code has to do.
        let _ = match hints.about(failure) {
            _ if failure.is_interruption() => {
                writeln!(std::io::stderr(), "gradstop: {}", failure::INTERRUPTED)
            }
            Some(hint) => writeln!(std::io::stderr(), "gradstop: {failure} (hint: {hint})"),
            None => writeln!(std::io::stderr(), "gradstop: {failure}"),
        };
    }
    failure.exit_code()
}
