//! What ends the command early, and with which exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use gradstop_tables::TableError;

/// What an interrupted command says, whoever noticed it.
pub(crate) const INTERRUPTED: &str = "interrupted; no file was left half-written";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Detector(#[from] gradstop::Error),
    #[error("{}: {problem} (hint: {hint})", path.display())]
    Config { path: PathBuf, problem: String, hint: &'static str },
    #[error("{}: {problem}", path.display())]
    ConfigSetting { path: PathBuf, problem: gradstop::Error },
    #[error("--set {given}: got no setting and value, wanted key=value (hint: as in --set epochs=50)")]
    Set { given: String },
    #[error(
        "--history: got the detector {detector}, wanted one that is trained epoch by epoch (hint: leave --history out)"
    )]
    NoHistory { detector: String },
    #[error("{file}: {problem}; columns that are no features can be left out with --ignore")]
    Columns { file: String, problem: gradstop::Error },
    #[error("{problem} (hint: name the table that has it with --from)")]
    LabelElsewhere { problem: TableError },
    #[error(
        "{file}: got a column {name:?} already, wanted none of that name for --append (hint: rename it, or leave --append out)"
    )]
    AlreadyThere { file: String, name: &'static str },
    #[error("{}: got it as both {first} and {second}, wanted one file each (hint: choose another name)", path.display())]
    SamePlace { path: PathBuf, first: &'static str, second: &'static str },
    #[error("{}: cannot be written: {problem}", path.display())]
    Write { path: PathBuf, problem: io::Error },
    #[error("standard output: {0}")]
    Stdout(io::Error),
    #[error("{scores} scores but {labels} labels (hint: both must be of the same rows, in the same order)")]
    Lengths { scores: usize, labels: usize },
    #[error("{INTERRUPTED}")]
    Interrupted,
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            _ if self.is_interruption() => 130,
            _ if self.is_closed_pipe() => 0,
            Self::Detector(gradstop::Error::Diverged { .. }) | Self::Write { .. } | Self::Stdout(_) => 1,
            Self::Interrupted
            | Self::Table(_)
            | Self::Detector(_)
            | Self::Config { .. }
            | Self::ConfigSetting { .. }
            | Self::Set { .. }
            | Self::NoHistory { .. }
            | Self::Columns { .. }
            | Self::LabelElsewhere { .. }
            | Self::AlreadyThere { .. }
            | Self::SamePlace { .. }
            | Self::Lengths { .. } => 2,
        })
    }

    /// Ctrl-C was pressed, and this is how it was noticed.
    pub(crate) fn is_interruption(&self) -> bool {
        matches!(
            self,
            Self::Interrupted
                | Self::Table(TableError::Cancelled)
                | Self::Detector(gradstop::Error::Cancelled { .. })
        )
    }

    /// Whoever read our output has had enough: no failure at all.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
