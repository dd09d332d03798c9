//! The `gradstop` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    // Where the system cannot tell, the name that it was called by has to do.
    let called = || std::env::args_os().next().unwrap_or_default();
    let itself = std::env::current_exe().map_or_else(|_| called(), Into::into);
    gradstop_cli::run(std::env::args_os().skip(1), &[itself]).into()
}
