//! The `gradstop` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    gradstop_cli::run()
}
