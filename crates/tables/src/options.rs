//! How a table is to be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use gradstop_preparation::Kind;

/// How a table is to be read. The default takes every column as a feature and detects the rest.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The column that says which rows are outliers; it is no feature. In an NPZ file the name of an array
    /// (such as `y`) or of a column of the features (`x0`, `x1`, ...).
    pub label: Option<String>,
    /// Columns that are no features.
    pub ignore: Vec<String>,
    /// The only feature, if one is named: all other columns are ignored, whatever they hold.
    pub only: Option<String>,
    /// Columns that stand in the names of folders (`year=2024/part-0.parquet`) and are features, behind those of
    /// the file, in this order. One that the file has itself is read from the file. All others are ignored.
    pub partitions: Vec<String>,
    /// What the features may hold, and where they go.
    pub features: Features,
    /// The byte between the cells of a text file; detected among `,` `;` tab and `|` if none is given.
    pub delimiter: Option<u8>,
    /// Whether the first row of a text file has the names of the columns. If it is not given, the first row
    /// counts as names as soon as one of its cells is no number.
    pub header: Option<bool>,
    /// The column that says which row is which: [`Chunk::ids`](crate::Chunk::ids) takes its cells. It is a feature unless it is
    /// ignored too.
    pub id: Option<String>,
    /// Whether [`Chunk::cells`](crate::Chunk::cells) is filled.
    pub keep_cells: bool,
    /// Polled every few thousand rows; once it is true, reading ends with [`TableError::Cancelled`](crate::TableError::Cancelled).
    pub cancelled: Option<Arc<AtomicBool>>,
    /// Counts the rows as they are read, from 0 for every reader: for whoever shows how far it has come.
    pub rows_read: Option<Arc<AtomicUsize>>,
}

/// What the features of a table may hold, and where they go.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Features {
    /// Numbers, and nothing else: [`Chunk::values`](crate::Chunk::values) takes them.
    #[default]
    Numbers,
    /// Anything, these columns text whatever they hold: [`Chunk::columns`](crate::Chunk::columns) takes it where the file says of which kind
    /// each column is. A text file does not, and can be [surveyed](crate::TableReader::survey).
    Any(Vec<String>),
    /// Columns of these names and kinds: [`Chunk::columns`](crate::Chunk::columns) takes them. A column of another name is read as text.
    Kinds(Vec<(String, Kind)>),
    /// No feature at all: only [`Chunk::cells`](crate::Chunk::cells) and [`Chunk::ids`](crate::Chunk::ids) are wanted.
    Nothing,
}

impl Features {
    /// Whether only a survey can tell what a text file's are.
    pub(crate) fn are_unknown(&self) -> bool {
        matches!(self, Features::Any(_))
    }

    /// The kinds of the features with these names.
    pub(crate) fn kinds_of(&self, names: &[String]) -> Option<Vec<Kind>> {
        let Features::Kinds(kinds) = self else { return None };
        let same =
            kinds.len() == names.len() && kinds.iter().zip(names).all(|(known, name)| known.0 == *name);
        let of_name = |(at, name): (usize, &String)| match same {
            // Names may occur twice.
            true => kinds[at].1,
            false => kinds.iter().find(|known| known.0 == *name).map_or(Kind::Text, |known| known.1),
        };
        Some(names.iter().enumerate().map(of_name).collect())
    }
}
