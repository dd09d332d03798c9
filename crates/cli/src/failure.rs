//! What ends the command early, and with which exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use gradstop_tables::TableError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Detector(#[from] gradstop::Error),
    #[error("{}: {problem} (hint: {hint})", path.display())]
    Config { path: PathBuf, problem: String, hint: &'static str },
    #[error("--set {given}: got no value, wanted key=value (hint: as in --set epochs=50)")]
    Set { given: String },
    #[error("{}: cannot be written: {problem}", path.display())]
    Write { path: PathBuf, problem: io::Error },
    #[error("standard output: {0}")]
    Stdout(io::Error),
    #[error("{scores} scores but {labels} labels (hint: both must be of the same rows, in the same order)")]
    Lengths { scores: usize, labels: usize },
    #[error("interrupted; nothing was written")]
    Interrupted,
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Interrupted
            | Self::Table(TableError::Cancelled)
            | Self::Detector(gradstop::Error::Cancelled { .. }) => 130,
            _ if self.is_closed_pipe() => 0,
            Self::Detector(gradstop::Error::Diverged { .. }) | Self::Write { .. } | Self::Stdout(_) => 1,
            Self::Table(_)
            | Self::Detector(_)
            | Self::Config { .. }
            | Self::Set { .. }
            | Self::Lengths { .. } => 2,
        })
    }

    /// Whoever read our output has had enough: no failure at all.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
