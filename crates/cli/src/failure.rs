//! What ends the command early, and with which exit code.

use std::io;
use std::path::PathBuf;

use gradstop::preparation::PreparationError;
use gradstop_tables::TableError;

/// What an interrupted command says, whoever noticed it.
pub(crate) const INTERRUPTED: &str = "interrupted; no file was left half-written";

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Detector(#[from] gradstop::Error),
    #[error("{file}: {problem}")]
    Preparation { file: String, problem: PreparationError },
    #[error("{}: {problem}", path.display())]
    Export { path: PathBuf, problem: gradstop_onnx::ExportError },
    #[error("{}: {problem} (hint: {hint})", path.display())]
    Config { path: PathBuf, problem: String, hint: &'static str },
    #[error("{}: {problem}", path.display())]
    ConfigSetting { path: PathBuf, problem: gradstop::Error },
    #[error(
        "--set {given}: got {got}, wanted key=value (hint: as in --set epochs=50 or --set gradstop.patience=20)"
    )]
    Set { given: String, got: &'static str },
    #[error(
        "--history: got the detector {detector}, wanted one that is trained epoch by epoch (hint: leave --history out)"
    )]
    NoHistory { detector: String },
    #[error(
        "--checkpoint: got the detector {detector}, wanted one that is trained epoch by epoch (hint: leave --checkpoint out)"
    )]
    NoCheckpoint { detector: String },
    #[error("{file}: {problem}")]
    Columns { file: String, problem: gradstop::Error },
    #[error(
        "{file}: got no column {name:?}, wanted one that says which rows are outliers (hint: name the table that has it with --from)"
    )]
    LabelElsewhere { file: String, name: String },
    #[error(
        "{file}: got a column {name:?} already, wanted none of that name for --append (hint: rename it, or leave --append out)"
    )]
    AlreadyThere { file: String, name: String },
    #[error("{}: got it as both {first} and {second}, wanted one file each (hint: choose another name)", path.display())]
    SamePlace { path: PathBuf, first: &'static str, second: &'static str },
    #[error(
        "--streaming: got options for cells that are no complete numbers as well, wanted a table of numbers (hint: --sample N takes any cells)"
    )]
    StreamOfAny,
    #[error(
        "--na: got words for missing cells, wanted a model that fills such cells (hint: fit again with --na, and the model knows them)"
    )]
    FillsNothing,
    #[error(
        "{input}: got bytes that come once, wanted files for --streaming, which reads them in every epoch (hint: --sample N reads once)"
    )]
    StreamOfPipe { input: String },
    #[error("{what}: got none, wanted one (hint: {hint})")]
    Missing { what: &'static str, hint: &'static str },
    #[error("{}: got this name, wanted one that ends in {wanted} (hint: the ending says what is written)", path.display())]
    Ending { path: PathBuf, wanted: &'static str },
    #[error(
        "{input}: got {inliers} inliers and {outliers} outliers, wanted some of each (hint: is --label the right column?)"
    )]
    OneClass { input: String, inliers: usize, outliers: usize },
    #[error("{detector}: got no gradients of single rows, wanted them (hint: {hint})")]
    NoGradients { detector: String, hint: &'static str },
    #[error("{}: cannot be written: got {problem}, wanted room for a file (hint: name another place, or make this one ready)", path.display())]
    Write { path: PathBuf, problem: io::Error },
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    #[error(
        "got {scores} scores and {labels} labels, wanted as many (hint: both must be of the same rows, in the same order)"
    )]
    Lengths { scores: usize, labels: usize },
    #[error("{INTERRUPTED}")]
    Interrupted,
}

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            _ if self.is_interruption() => 130,
            _ if self.is_closed_pipe() => 0,
            Self::Detector(gradstop::Error::Diverged { .. }) | Self::Write { .. } | Self::Stdout(_) => 1,
            Self::Interrupted
            | Self::Table(_)
            | Self::Detector(_)
            | Self::Preparation { .. }
            | Self::Export { .. }
            | Self::Config { .. }
            | Self::ConfigSetting { .. }
            | Self::Set { .. }
            | Self::NoHistory { .. }
            | Self::NoCheckpoint { .. }
            | Self::Columns { .. }
            | Self::LabelElsewhere { .. }
            | Self::AlreadyThere { .. }
            | Self::StreamOfAny
            | Self::FillsNothing
            | Self::StreamOfPipe { .. }
            | Self::Missing { .. }
            | Self::Ending { .. }
            | Self::OneClass { .. }
            | Self::NoGradients { .. }
            | Self::SamePlace { .. }
            | Self::Lengths { .. } => 2,
        }
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
