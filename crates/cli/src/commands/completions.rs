//! `gradstop completions`: scripts for shells.

use std::io::Write;

use crate::failure::Failure;

pub(crate) fn run(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::command(), "gradstop", &mut script);
    std::io::stdout().write_all(&script).map_err(Failure::Stdout)
}
