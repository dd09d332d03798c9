//! The `gradstop` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    gradstop_cli::run()
}
