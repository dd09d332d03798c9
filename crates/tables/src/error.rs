//! What can be wrong with a table.

use std::fmt;
use std::io;

use gradstop_preparation::Kind;

use crate::hint::Hint;
use crate::shared_file::SHORTER;

/// How much of a cell a message shows; a cell can be as long as the file.
const SHOWN_CHARACTERS: usize = 60;
/// How many names a message lists.
const LISTED_NAMES: usize = 20;
/// How many words of a label it lists.
const SHOWN_LABELS: usize = 8;

/// Why a table could not be read.
///
/// Rows are data rows counted from 0 (a header is none), lines are lines of the text file counted from 1.
/// The display of every variant is one line for people; the fields are there for programs. What helps is a part of the
/// display only where it is the same in every program; else it is the [`hint`](Self::hint).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be opened.
    #[error(
        "{file}: cannot be opened: got {cause}, wanted a table (hint: is the name right, as seen from here?)"
    )]
    Open {
        /// Name of the input.
        file: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Reading failed on the way, for another reason than an early end.
    #[error("{file}: cannot be read: got {cause}, wanted the rest of it (hint: try again, or from a copy)")]
    Read {
        /// Name of the input.
        file: String,
        /// What the system or the decompressor said.
        cause: io::Error,
    },
    /// The bytes end before the table does.
    #[error(
        "{file}: ends too early: got a part ({detail}), wanted the whole (hint: copy or download it again)"
    )]
    Truncated {
        /// Name of the input.
        file: String,
        /// What was still to come.
        detail: String,
    },
    /// A folder without a table, or a pattern that nothing matches.
    #[error(
        "{place}: got no file, wanted at least one (hint: {})",
        if *pattern { "put a pattern in quotes, and see what it matches with ls" } else { "files of a folder end in .csv, .parquet, .arrow, .npy or the like, with or without .gz, .bz2, .xz or .zst, or in .zip" }
    )]
    NoFiles {
        /// The folder or pattern.
        place: String,
        /// Whether it is a pattern.
        pattern: bool,
    },
    /// An invalid pattern.
    #[error(
        "{pattern}: invalid pattern at character {at}: {detail} (hint: a pattern is as in 'parts/*.parquet'; a bracket of a name is written [[])"
    )]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Where it goes wrong, counted from 0.
        at: usize,
        /// What is wrong.
        detail: &'static str,
    },
    /// One of several inputs has other columns than the first.
    #[error(
        "{file}: its columns are not those of {first}: got others (missing {}; extra {}), wanted the same in the same order (hint: inputs of one table are alike)",
        Names(missing),
        Names(extra)
    )]
    OtherColumns {
        /// Name of the input.
        file: String,
        /// Name of the first input.
        first: String,
        /// Columns of the first input that it does not have; empty if the order alone differs.
        missing: Vec<String>,
        /// Columns that the first input does not have.
        extra: Vec<String>,
    },
    /// The bytes are of no format that this crate reads.
    #[error(
        "{file}: is no table: got {detail}, wanted text as CSV or JSON Lines, XLSX, ODS, NPY, NPZ, Parquet or Arrow (hint: export it as one of these)"
    )]
    UnknownFormat {
        /// Name of the input.
        file: String,
        /// What the bytes look like.
        detail: String,
    },
    /// Something that is known, and that is not a table, or not one that this crate reads.
    #[error("{file}: got {found}, wanted a table (hint: {advice})")]
    Foreign {
        /// Name of the input.
        file: String,
        /// What it is.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// An archive without a table, or with several.
    #[error(
        "{file}: got an archive that holds {}, wanted one table in it (hint: unpack it, and name the table)",
        Tables(tables)
    )]
    Tables {
        /// Name of the archive.
        file: String,
        /// The tables in it.
        tables: Vec<String>,
    },
    /// The workbook has no sheet of the name that was asked for, or there are no sheets in a file of this kind.
    #[error(
        "{file}: {} (hint: {})",
        Sheets { name, sheets },
        if sheets.is_empty() { "other files are read without its name" } else { "a name is written as in the workbook" }
    )]
    UnknownSheet {
        /// Name of the input.
        file: String,
        /// The name that was asked for.
        name: String,
        /// All sheets there are; none if it is not a workbook.
        sheets: Vec<String>,
    },
    /// The bytes break the rules of their format.
    #[error("{file}: is corrupt: {detail} (hint: copy or download it again, or write it anew)")]
    Damaged {
        /// Name of the input.
        file: String,
        /// What is wrong, and where.
        detail: String,
    },
    /// The format allows what the file holds, but it is no table of numbers.
    #[error("{file}: {subject}: got {got}, wanted {wanted}")]
    Unsuitable {
        /// Name of the input.
        file: String,
        /// What is unsuitable, such as `column "city"` or `array "X"`.
        subject: String,
        /// What it has, such as `type Utf8`.
        got: String,
        /// What would do.
        wanted: &'static str,
        /// What helps.
        hint: Box<Hint>,
    },
    /// Columns hold something else than is wanted of them.
    #[error(
        "{file}: {problems} (hint: columns must be of the kinds that they had when the model was fitted)"
    )]
    Kinds {
        /// Name of the input.
        file: String,
        /// Every such column, what it has and what is wanted.
        problems: String,
    },
    /// A feature cell is no finite number that fits into an `f32`, or not of the kind of its column.
    #[error("{file}: row {row}{}, column {column:?}: got {}, wanted {wanted}", Line(*line), Shown(got))]
    Cell {
        /// Name of the input.
        file: String,
        /// Data row, counted from 0.
        row: usize,
        /// Line of the text file, counted from 1; none for binary formats.
        line: Option<u64>,
        /// Name of the column.
        column: Box<str>,
        /// What the cell says.
        got: Box<str>,
        /// What it should say.
        wanted: &'static str,
        /// What helps.
        hint: Box<Hint>,
    },
    /// Cells that are unlike nearly all others of their columns.
    #[error("{file}: {}", Unlike(cells))]
    UnlikeCells {
        /// Name of the input.
        file: String,
        /// The first such cell of every column that has one.
        cells: Vec<UnlikeCell>,
        /// What helps.
        hint: Box<Hint>,
    },
    /// The label column does not say of every row whether it is an outlier.
    #[error("{file}: {}column {column:?}: {problem}{}", LabelRow(*row, *line), LabelWords(words))]
    Label {
        /// Name of the input.
        file: String,
        /// The first data row where it does not, counted from 0; none where it is about words that are named.
        row: Option<usize>,
        /// Line of the text file, counted from 1; none for binary formats.
        line: Option<u64>,
        /// Name of the column.
        column: Box<str>,
        /// What is wrong.
        problem: Box<LabelProblem>,
        /// The words of the column, as far as it was read, with the number of their rows, the most frequent first.
        words: Vec<(String, usize)>,
        /// What helps.
        hint: Box<Hint>,
    },
    /// A row of a text file, or an array, has more columns than a table may have.
    #[error(
        "{file}: {subject}: got more than {most} columns, wanted fewer (hint: is it a table, a row a line?)"
    )]
    TooWide {
        /// Name of the input.
        file: String,
        /// Where, such as `line 2`.
        subject: String,
        /// How many there may be.
        most: usize,
    },
    /// A row of a text file has another number of cells than the first one.
    #[error("{file}: row {row} (line {line}): got {got} {}, wanted {wanted}", if *got == 1 { "cell" } else { "cells" })]
    Ragged {
        /// Name of the input.
        file: String,
        /// Data row, counted from 0.
        row: usize,
        /// Line where the row starts, counted from 1.
        line: u64,
        /// Number of cells in this row.
        got: usize,
        /// Number of cells in the first row.
        wanted: usize,
        /// What helps.
        hint: Box<Hint>,
    },
    /// `label` or `ignore` names a column that the table does not have.
    #[error(
        "{file}: got no column {name:?}, wanted one of {} (hint: a name is written as in the file)",
        Names(columns)
    )]
    UnknownColumn {
        /// Name of the input.
        file: String,
        /// The name that was asked for.
        name: String,
        /// All names there are, the most similar first.
        columns: Vec<String>,
    },
    /// `label` or `ignore` names a column that occurs more than once.
    #[error(
        "{file}: got {count} columns {name:?}, wanted one (hint: rename them, so that one name means one column)"
    )]
    AmbiguousColumn {
        /// Name of the input.
        file: String,
        /// The name that was asked for.
        name: String,
        /// How often it occurs.
        count: usize,
    },
    /// The same column is asked for as label and to be ignored.
    #[error(
        "{file}: column {name:?}: got it as the label and as ignored, wanted one of the two (hint: the label is no feature anyway)"
    )]
    LabelIgnored {
        /// Name of the input.
        file: String,
        /// The name that was asked for.
        name: String,
    },
    /// Nothing is left once the label and the ignored columns are taken out.
    #[error(
        "{file}: got no feature among its columns ({}), wanted at least one (hint: the label and what is ignored are no features)",
        Names(columns)
    )]
    NoFeatures {
        /// Name of the input.
        file: String,
        /// All columns there are.
        columns: Vec<String>,
    },
    /// An NPZ file has no array `X` and more or fewer than one array with two dimensions.
    #[error(
        "{file}: got these arrays: {}, wanted X, or one alone with two dimensions (hint: save the features as X)",
        Names(arrays)
    )]
    NoFeatureArray {
        /// Name of the input.
        file: String,
        /// All arrays there are.
        arrays: Vec<String>,
    },
    /// The label array of an NPZ file has another length than the features.
    #[error(
        "{file}: label array {array:?}: got {got} rows, wanted {wanted} as in the features (hint: it needs a label for each row)"
    )]
    LabelLength {
        /// Name of the input.
        file: String,
        /// Name of the label array.
        array: String,
        /// Rows of the label array.
        got: u64,
        /// Rows of the features.
        wanted: u64,
    },
    /// The table has no row.
    #[error("{file}: got no row, wanted at least one")]
    Empty {
        /// Name of the input.
        file: String,
    },
    /// [`ReadOptions::cancelled`](crate::ReadOptions::cancelled) was set.
    #[error("cancelled")]
    Cancelled,
}

/// A cell that is unlike nearly all others of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlikeCell {
    /// Name of the column.
    pub column: Box<str>,
    /// Data row, counted from 0.
    pub row: usize,
    /// Line of the text file, counted from 1; none for binary formats.
    pub line: Option<u64>,
    /// What the cell says.
    pub got: Box<str>,
    /// What the others are.
    pub kind: Kind,
    /// How many these are.
    pub alike: usize,
    /// How many cells of the column have a value.
    pub cells: usize,
}

/// Columns with cells unlike the others, as far as a message lists them.
struct Unlike<'a>(&'a [UnlikeCell]);

impl fmt::Display for Unlike<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, cell) in self.0.iter().take(LISTED_NAMES).enumerate() {
            let UnlikeCell { column, row, line, got, kind, alike, cells } = cell;
            let before = if at == 0 { "" } else { "; " };
            let line = Line(*line);
            write!(
                out,
                "{before}row {row}{line}, column {column:?}: got {}, wanted {}",
                Shown(got),
                wanted(*kind)
            )?;
            write!(out, " as {alike} of its {cells} cells are")?;
        }
        match self.0.len().saturating_sub(LISTED_NAMES) {
            0 => Ok(()),
            more => write!(out, "; and so in {more} more columns"),
        }
    }
}

/// What can be wrong with a label; its display says what was got and what was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelProblem {
    /// A word of which nobody said whether it marks outliers.
    Unknown {
        /// The first such word.
        word: String,
        /// Whether the words of both kinds were named.
        named: bool,
    },
    /// Rows without a label.
    Missing {
        /// How many have none.
        rows: usize,
        /// How many rows were read.
        of: usize,
    },
    /// A word that was named is there as it was named, and in other upper and lower case.
    Spelling {
        /// As it was named.
        exact: String,
        /// The other way.
        other: String,
    },
    /// A word was named for outliers and for inliers.
    Both {
        /// The word.
        word: String,
    },
    /// Words that were named are in no row.
    Absent {
        /// These words.
        words: Vec<String>,
    },
}

impl fmt::Display for LabelProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { word, named: false } => write!(
                out,
                "got {}, wanted 0 or 1 (1 = outlier), true or false, yes or no, or normal, inlier, outlier, anomaly, \
                 attack or fraud",
                Shown(word)
            ),
            Self::Unknown { word, named: true } => {
                write!(out, "got {}, wanted one of the words that are named", Shown(word))
            }
            Self::Missing { rows, of } => {
                write!(out, "got no label in {rows} of {of} rows, wanted one in every row")
            }
            Self::Spelling { exact, other } => write!(
                out,
                "got {} and {}, wanted one spelling of a word that is named, or both named",
                Shown(exact),
                Shown(other)
            ),
            Self::Both { word } => {
                write!(
                    out,
                    "got the word {} for outliers and for inliers, wanted one of the two",
                    Shown(word)
                )
            }
            Self::Absent { words } => {
                write!(out, "got no row with {}, wanted every word that is named", Names(words))
            }
        }
    }
}

/// What a message calls cells of a kind.
fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Numbers => "a number",
        Kind::Booleans => "true or false, yes or no",
        Kind::Dates => "a date",
        Kind::Text => "text",
    }
}

/// What a reader says of bytes that cannot be; [`TableError::reading`] tells it from other reasons.
pub(crate) fn damaged(detail: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail.into())
}

/// What a reader says of bytes that end too early, in words of its own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cut(String);

pub(crate) fn cut(detail: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, Cut(detail.into()))
}

impl TableError {
    /// What helps, for a program to put in words; nothing where the display has it.
    ///
    /// ```
    /// use gradstop_tables::{Hint, Input, ReadOptions, TableReader};
    ///
    /// let path = std::env::temp_dir().join("gradstop-tables-hint-example.csv");
    /// std::fs::write(&path, "city,area\nOslo,454\n")?;
    /// let reader = TableReader::open(&Input::path(&path), &ReadOptions::default())?;
    /// let error = reader.read_all().unwrap_err();
    /// assert!(error.to_string().ends_with("got \"Oslo\", wanted a finite number that fits into 32 bits"));
    /// assert_eq!(error.hint(), Some(&Hint::Ignore { column: "city".into() }));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hint(&self) -> Option<&Hint> {
        match self {
            Self::Unsuitable { hint, .. }
            | Self::Cell { hint, .. }
            | Self::Label { hint, .. }
            | Self::Ragged { hint, .. }
            | Self::UnlikeCells { hint, .. } => Some(hint),
            Self::Empty { .. } => Some(&Hint::Header),
            _ => None,
        }
    }

    /// Reading `file` failed with `cause`; an early end is told from the other reasons.
    pub(crate) fn reading(file: &str, cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::UnexpectedEof => TableError::Truncated {
                file: file.into(),
                detail: match cause.get_ref() {
                    Some(detail) if detail.to_string() == SHORTER || detail.is::<Cut>() => detail.to_string(),
                    _ => "more compressed data was announced".into(),
                },
            },
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                TableError::Damaged { file: file.into(), detail: cause.to_string() }
            }
            _ => TableError::Read { file: file.into(), cause },
        }
    }
}

struct Line(Option<u64>);

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(out, " (line {line})"))
    }
}

/// Where a label stands, if it is about one row.
struct LabelRow(Option<usize>, Option<u64>);

impl fmt::Display for LabelRow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |row| write!(out, "row {row}{}, ", Line(self.1)))
    }
}

/// `; the column holds "normal." (88 rows), "smurf." (1 row)`.
struct LabelWords<'a>(&'a [(String, usize)]);

impl fmt::Display for LabelWords<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (word, rows)) in self.0.iter().take(SHOWN_LABELS).enumerate() {
            let before = if index == 0 { "; the column holds " } else { ", " };
            write!(out, "{before}{} ({rows} {})", Shown(word), if *rows == 1 { "row" } else { "rows" })?;
        }
        match self.0.len().saturating_sub(SHOWN_LABELS) {
            0 => Ok(()),
            more => write!(out, " and {more} more words"),
        }
    }
}

struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN_CHARACTERS) {
            None => write!(out, "{:?}", self.0),
            Some((end, _)) => write!(out, "{:?}...", &self.0[..end]),
        }
    }
}

struct Tables<'a>(&'a [String]);

impl fmt::Display for Tables<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => write!(out, "no table"),
            tables => write!(out, "{} tables: {}", tables.len(), Names(tables)),
        }
    }
}

struct Sheets<'a> {
    name: &'a str,
    sheets: &'a [String],
}

impl fmt::Display for Sheets<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { name, sheets: [] } => {
                write!(out, "got a file without sheets, wanted a workbook with {name:?}")
            }
            Self { name, sheets } => write!(out, "got no sheet {name:?}, wanted one of {}", Names(sheets)),
        }
    }
}

struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(out, "none");
        }
        for (index, name) in self.0.iter().take(LISTED_NAMES).enumerate() {
            write!(out, "{}{:?}", if index == 0 { "" } else { ", " }, name)?;
        }
        match self.0.len().saturating_sub(LISTED_NAMES) {
            0 => Ok(()),
            more => write!(out, " and {more} more"),
        }
    }
}
