//! Where the bytes of a table come from.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::TableError;
use crate::shared_file::SharedFile;

/// Where a table is read from: a path or standard input.
///
/// ```
/// use gradstop_tables::Input;
///
/// assert_eq!(Input::parse("data/table.csv").name(), "data/table.csv");
/// assert_eq!(Input::parse("-").name(), "standard input");
/// ```
#[derive(Debug, Clone)]
pub struct Input {
    name: String,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Path(PathBuf),
    Stdin,
    Spooled(SharedFile),
}

/// An opened input, before anything is known about its format.
pub(crate) enum Opened {
    Seekable(SharedFile),
    Stream(Box<dyn Read + Send>),
}

impl Input {
    /// The file at `path`. Named pipes and `/dev/stdin` are fine too.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Input { name: path.display().to_string(), place: Place::Path(path) }
    }

    /// Standard input.
    pub fn stdin() -> Self {
        Input { name: "standard input".into(), place: Place::Stdin }
    }

    /// What a command line argument means: `-` is standard input, anything else a path.
    pub fn parse(argument: &str) -> Self {
        if argument == "-" { Input::stdin() } else { Input::path(argument) }
    }

    /// The name that messages use: the path, or `standard input`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An input that can be opened more than once.
    ///
    /// What can be read only once (standard input, a named pipe) is copied into a temporary file that has
    /// no name and disappears by itself; a regular file is left as it is.
    ///
    /// # Errors
    ///
    /// [`TableError::Open`] if there is no such file, [`TableError::Read`] if copying fails.
    pub fn rereadable(self) -> Result<Self, TableError> {
        match self.open()? {
            Opened::Seekable(_) => Ok(self),
            Opened::Stream(bytes) => {
                let file =
                    SharedFile::spool(bytes).map_err(|cause| TableError::reading(&self.name, cause))?;
                Ok(Input { name: self.name, place: Place::Spooled(file) })
            }
        }
    }

    /// The path, unless it is standard input.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.place {
            Place::Path(path) => Some(path),
            Place::Stdin | Place::Spooled(_) => None,
        }
    }

    /// What the names of the folders that it lies in say of a column, as `2024` for `year` in
    /// `year=2024/part-0.parquet`.
    pub fn partition(&self, column: &str) -> Option<&str> {
        let folders = self.as_path()?.parent()?.iter();
        folders
            .rev()
            .filter_map(|name| name.to_str()?.split_once('='))
            .find(|(key, _)| *key == column)
            .map(|(_, value)| value)
    }

    /// Whether its bytes come only once, as those of standard input and of a named pipe do. A file that is not there
    /// shows when it is opened.
    pub fn comes_once(&self) -> bool {
        match &self.place {
            Place::Stdin => true,
            Place::Spooled(_) => false,
            Place::Path(path) => path.exists() && !path.is_file(),
        }
    }

    /// Whether it can be opened more than once.
    pub(crate) fn is_rereadable(&self) -> bool {
        match &self.place {
            Place::Stdin => false,
            Place::Spooled(_) => true,
            Place::Path(path) => path.is_file(),
        }
    }

    pub(crate) fn open(&self) -> Result<Opened, TableError> {
        match &self.place {
            Place::Stdin => Ok(Opened::Stream(Box::new(io::stdin()))),
            Place::Spooled(file) => Ok(Opened::Seekable(file.rewound())),
            Place::Path(path) => {
                open_path(path).map_err(|cause| TableError::Open { file: self.name.clone(), cause })
            }
        }
    }
}

fn open_path(path: &Path) -> io::Result<Opened> {
    let file = File::open(path)?;
    let kind = file.metadata()?;
    if kind.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if kind.is_file() {
        Ok(Opened::Seekable(SharedFile::new(file)?))
    } else {
        Ok(Opened::Stream(Box::new(file)))
    }
}
