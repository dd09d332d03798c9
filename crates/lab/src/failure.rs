//! What ends a command early, and with which exit code.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Table(#[from] gradstop_tables::TableError),
    #[error("{}: {problem} (hint: {hint})", path.display())]
    Suite { path: PathBuf, problem: String, hint: &'static str },
    #[error("{}: {problem} (hint: `gradstop list` shows every detector, `gradstop list NAME` its settings)", path.display())]
    SuiteSetting { path: PathBuf, problem: gradstop::Error },
    #[error("{}: cannot be written: got {problem}, wanted room for a file (hint: name another place, or make this one ready)", path.display())]
    Write { path: PathBuf, problem: io::Error },
    #[error("cannot write to standard output: {0} (hint: name a file with --output)")]
    Stdout(io::Error),
    #[error("{}: got {problem}, wanted a folder of tables (hint: is the name right, as seen from here?)", path.display())]
    Folder { path: PathBuf, problem: io::Error },
    #[error("{} and {}: got two tables of one name, wanted different ones (hint: the name is that of the file without its ending; rename one)", first.display(), second.display())]
    SameTable { first: PathBuf, second: PathBuf },
    #[error("{}: got no table {name:?}, wanted every one that the suite names (hint: the name is that of a file without its ending)", folder.display())]
    NoTable { folder: PathBuf, name: String },
    #[error("{}: got no table, wanted files like *.npz or *.csv (hint: `gradstop-lab datasets make` or `fetch` makes some)", folder.display())]
    NoTables { folder: PathBuf },
    #[error(
        "suite {suite}: got no folder of tables, wanted one (hint: as in `gradstop-lab bench FOLDER --suite {suite}`; --suite smoke needs none)"
    )]
    NoFolder { suite: String },
    #[error("{}: got {problem}, wanted results (hint: is it a file that `gradstop-lab bench` of this version made?)", path.display())]
    Results { path: PathBuf, problem: String },
    #[error("{}: got no such file, wanted results (hint: `gradstop-lab bench FOLDER --results {}` makes some)", path.display(), path.display())]
    NoResults { path: PathBuf },
    #[error("{}: got no finished cell {cell}, wanted one (hint: `gradstop-lab bench report --format csv` lists them)", path.display())]
    NoCell { path: PathBuf, cell: usize },
    #[error(
        "worker process: got {problem}, wanted to start one (hint: is there memory for another process?)"
    )]
    Worker { problem: io::Error },
    #[error(
        "results: got {failed} of {cells} cells failed, wanted none (hint: `gradstop-lab bench report` has the reasons, --retry-failed tries again)"
    )]
    CellsFailed { failed: usize, cells: usize },
    #[error("{what} differs from the recorded result (hint: another version, machine or table?)")]
    Differs { what: String },
    #[error("{0}")]
    Recipe(String),
    #[error("{url}: {problem} (hint: {hint})")]
    Download { url: String, problem: String, hint: &'static str },
}

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            _ if self.is_closed_pipe() => 0,
            Self::Write { .. }
            | Self::Stdout(_)
            | Self::Worker { .. }
            | Self::CellsFailed { .. }
            | Self::Differs { .. }
            | Self::Download { .. } => 1,
            _ => 2,
        }
    }

    /// The reader of our output closed it early, which is fine.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
