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
    #[error("--set {given}: got no setting and value, wanted key=value (hint: as in --set epochs=50)")]
    Set { given: String },
    #[error(
        "--history: got the detector {detector}, wanted one that is trained epoch by epoch (hint: leave --history out)"
    )]
    NoHistory { detector: String },
    #[error(
        "--checkpoint: got the detector {detector}, wanted one that is trained epoch by epoch (hint: leave --checkpoint out)"
    )]
    NoCheckpoint { detector: String },
    #[error("{file}: {problem}; columns that are no features can be left out with --ignore")]
    Columns { file: String, problem: gradstop::Error },
    #[error("{problem} (hint: name the table that has it with --from)")]
    LabelElsewhere { problem: TableError },
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
        "{input}: got bytes that come once, wanted files for --streaming, which reads them in every epoch (hint: --sample N reads once)"
    )]
    StreamOfPipe { input: String },
    #[error("{what}: got none, wanted one (hint: {hint})")]
    Missing { what: &'static str, hint: &'static str },
    #[error("{}: got this name, wanted one that ends in {wanted}", path.display())]
    Ending { path: PathBuf, wanted: &'static str },
    #[error(
        "{input}: got {inliers} inliers and {outliers} outliers, wanted some of each (hint: is --label the right column?)"
    )]
    OneClass { input: String, inliers: usize, outliers: usize },
    #[error("{detector}: got no gradients of single rows, wanted them (hint: {hint})")]
    NoGradients { detector: String, hint: &'static str },
    #[error("{}: cannot be written: {problem}", path.display())]
    Write { path: PathBuf, problem: io::Error },
    #[error("standard output: {0}")]
    Stdout(io::Error),
    #[error("{scores} scores but {labels} labels (hint: both must be of the same rows, in the same order)")]
    Lengths { scores: usize, labels: usize },
    #[error("{}: {problem}", path.display())]
    Folder { path: PathBuf, problem: io::Error },
    #[error("{} and {}: got two tables of one name, wanted different names", first.display(), second.display())]
    SameTable { first: PathBuf, second: PathBuf },
    #[error("{}: got no table {name:?}, which the suite wants", folder.display())]
    NoTable { folder: PathBuf, name: String },
    #[error("{}: got no table, wanted files like *.npz or *.csv (hint: `gradstop datasets make` or `fetch` makes some)", folder.display())]
    NoTables { folder: PathBuf },
    #[error(
        "suite {suite}: got no folder of tables, wanted one (hint: as in `gradstop bench FOLDER --suite {suite} --results results.sqlite`; --suite smoke needs none)"
    )]
    NoFolder { suite: String },
    #[error("{}: {problem} (hint: is it a file that `gradstop bench` made?)", path.display())]
    Results { path: PathBuf, problem: rusqlite::Error },
    #[error("{}: got results of format {got}, wanted format {wanted} (hint: use the version of gradstop that made them)", path.display())]
    ResultsFormat { path: PathBuf, got: i64, wanted: i64 },
    #[error("{}: {problem}", path.display())]
    ResultsContent { path: PathBuf, problem: String },
    #[error("{}: there are no results (hint: `gradstop bench FOLDER --results {}` makes some)", path.display(), path.display())]
    NoResults { path: PathBuf },
    #[error("{}: got no finished cell {cell} (hint: `gradstop bench report --format csv` lists them)", path.display())]
    NoCell { path: PathBuf, cell: i64 },
    #[error("a worker process cannot be started: {problem}")]
    Worker { problem: io::Error },
    #[error(
        "{failed} of {cells} cells failed; the results have the reasons (hint: --retry-failed tries them again)"
    )]
    CellsFailed { failed: usize, cells: usize },
    #[error("{what} differs from what the results say")]
    Differs { what: String },
    #[error("{0}")]
    Recipe(String),
    #[error("{url}: {problem} (hint: {hint})")]
    Download { url: String, problem: String, hint: &'static str },
    #[error("{INTERRUPTED}")]
    Interrupted,
}

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            _ if self.is_interruption() => 130,
            _ if self.is_closed_pipe() => 0,
            Self::Detector(gradstop::Error::Diverged { .. })
            | Self::Write { .. }
            | Self::Stdout(_)
            | Self::Worker { .. }
            | Self::CellsFailed { .. }
            | Self::Differs { .. }
            | Self::Download { .. } => 1,
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
            | Self::StreamOfPipe { .. }
            | Self::Missing { .. }
            | Self::Ending { .. }
            | Self::OneClass { .. }
            | Self::NoGradients { .. }
            | Self::SamePlace { .. }
            | Self::Lengths { .. }
            | Self::Folder { .. }
            | Self::SameTable { .. }
            | Self::NoTable { .. }
            | Self::NoTables { .. }
            | Self::NoFolder { .. }
            | Self::Results { .. }
            | Self::ResultsFormat { .. }
            | Self::ResultsContent { .. }
            | Self::NoResults { .. }
            | Self::NoCell { .. }
            | Self::Recipe(_) => 2,
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
