//! How a table is to be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use gradstop_preparation::{Field, Kind, Spelling};

use crate::container::encoding::TextEncoding;

/// How a table is to be read. The default takes every column as a feature and detects the rest.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The column that says which rows are outliers; it is no feature. In an NPZ file the name of an array
    /// (such as `y`) or of a column of the features (`x0`, `x1`, ...).
    pub label: Option<String>,
    /// Words of the label that mark outliers; without [`inlier`](Self::inlier) all others mark inliers. Numbers are compared
    /// as numbers, and words without case unless the column has several that differ in nothing else. If neither is given, the
    /// label says 0 or 1 (1 = outlier), true or false, yes or no, or normal, inlier, outlier, anomaly, attack or fraud.
    pub outlier: Vec<String>,
    /// Words of the label that mark inliers; without [`outlier`](Self::outlier) all others mark outliers.
    pub inlier: Vec<String>,
    /// Columns that are no features.
    pub ignore: Vec<String>,
    /// The only feature, if one is named: all other columns are ignored, whatever they hold.
    pub only: Option<String>,
    /// Columns that stand in the names of folders (`year=2024/part-0.parquet`) and are features, behind those of
    /// the file, in this order. One that the file has itself is read from the file. All others are ignored.
    pub partitions: Vec<String>,
    /// What the features may hold, and where they go.
    pub features: Features,
    /// The byte between the cells of a text file, a space for runs of spaces; detected among `,` `;` tab `|` and runs of spaces if
    /// none is given.
    pub delimiter: Option<u8>,
    /// Whether the first row of a text file has the names of the columns. If it is not given, the first row counts as names where
    /// it is unlike those below: words over numbers, or words that the column does not have.
    pub header: Option<bool>,
    /// Lines of a text file that stand before the table. If it is not given, comments, titles and other short lines are found.
    pub skip_lines: Option<u64>,
    /// What lines of a text file begin with that are left out, wherever they stand.
    pub comment: Option<u8>,
    /// What stands for missing cells in every column, where cells are text or numbers: the words, and whether those that do
    /// by themselves still do.
    pub missing: Spelling,
    /// Whether a comma is the decimal mark of numbers that people wrote; found out column by column if it is not given.
    pub decimal_comma: Option<bool>,
    /// Whether the day stands before the month in dates that may be read either way; if it is not given, only between slashes it
    /// does not.
    pub day_first: Option<bool>,
    /// The encoding of a text file. If none is given a byte order mark or 16 bits a character tell it, and text that is not
    /// UTF-8 is read as Windows-1252.
    pub encoding: Option<TextEncoding>,
    /// The sheet of a workbook; the first that shows and has a cell if none is named.
    pub sheet: Option<String>,
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
    Fields(Vec<Field>),
    /// No feature at all: only [`Chunk::cells`](crate::Chunk::cells) and [`Chunk::ids`](crate::Chunk::ids) are wanted.
    Nothing,
}

impl Features {
    /// Whether only a survey can tell what a text file's are.
    pub(crate) fn are_unknown(&self) -> bool {
        matches!(self, Features::Any(_))
    }

    /// What is known of the features with these names.
    pub(crate) fn fields_of(&self, names: &[String]) -> Option<Vec<Field>> {
        let Features::Fields(fields) = self else { return None };
        let same =
            fields.len() == names.len() && fields.iter().zip(names).all(|(known, name)| known.name == *name);
        let of_name = |(at, name): (usize, &String)| match same {
            // Names may occur twice.
            true => fields[at].clone(),
            false => fields
                .iter()
                .find(|known| known.name == *name)
                .cloned()
                .unwrap_or_else(|| Field::new(name.clone(), Kind::Text)),
        };
        Some(names.iter().enumerate().map(of_name).collect())
    }

    /// The kinds of the features with these names.
    pub(crate) fn kinds_of(&self, names: &[String]) -> Option<Vec<Kind>> {
        Some(self.fields_of(names)?.iter().map(|field| field.kind).collect())
    }
}
