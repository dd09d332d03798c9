//! What helps with an error, as data.

use std::fmt;

use gradstop_preparation::Kind;

/// What helps with a [`TableError`](crate::TableError), where that depends on the program.
///
/// A program puts it in words: it knows how its options are called, and which of them its user can give at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A column that may not be a feature: [`ReadOptions::ignore`](crate::ReadOptions::ignore) leaves it out.
    Ignore {
        /// Name of the column.
        column: Box<str>,
    },
    /// A missing cell: fill it, let a preparation of [any columns](crate::Features::Any) fill it, or ignore the column.
    FillMissing {
        /// Name of the column.
        column: Box<str>,
    },
    /// A cell unlike nearly all others of its column: correct it, leave it empty, take the column
    /// [for text](crate::Features::Any), or ignore it.
    Unlike {
        /// Name of the column.
        column: Box<str>,
        /// What the others are.
        kind: Kind,
        /// How many these are.
        alike: usize,
        /// How many cells have a value.
        cells: usize,
    },
    /// A cell that is not a label: correct it, or read the table without a [label](crate::ReadOptions::label).
    Label,
    /// Rows of several cells below one of a single cell: remove a title, or name the
    /// [delimiter](crate::ReadOptions::delimiter).
    Title,
    /// Rows of more cells than the first: quote those that hold the delimiter, or name
    /// [another one](crate::ReadOptions::delimiter).
    Delimiter,
    /// A folder's name that does not say a number of a [partition](crate::ReadOptions::partitions): do without it.
    Partition {
        /// Name of the partition's column.
        column: Box<str>,
    },
    /// No row: the file is empty, or its only row was taken for a [header](crate::ReadOptions::header).
    Header,
    /// What is right in every program.
    Advice(Advice),
}

/// What helps with an error whatever the program; its display is the words, which name no option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// A number that is infinite or too large.
    Rescale,
    /// A comma for a decimal point.
    DecimalComma,
    /// Text in another encoding than UTF-8.
    Encoding,
    /// A cell that cannot be of its column's kind.
    ColumnHolds(Kind),
    /// The same of a text file, where a cell may be empty.
    CorrectCell(Kind),
    /// A label of -1.
    LabelSign,
    /// A row that ends in a delimiter.
    TrailingDelimiter,
    /// A row of too few cells.
    AllCells,
    /// An array that does not have two dimensions.
    Reshape,
    /// An array that does not hold numbers.
    Convert,
    /// An array whose header claims more than fits into memory.
    DamagedHeader,
}

impl fmt::Display for Advice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Rescale => "rescale the column, or drop the row",
            Self::DecimalComma => "this looks like a decimal comma: write numbers with a decimal point",
            Self::Encoding => "save the file as UTF-8, or convert it with iconv",
            Self::ColumnHolds(kind) => return write!(out, "the column holds {kind}"),
            Self::CorrectCell(kind) => {
                let rest = "correct the cell, or leave it empty if cells may be missing";
                return write!(out, "the column holds {kind}; {rest}");
            }
            Self::LabelSign => {
                "whether -1 or 1 is the outlier differs between tools: write 1 for outliers and 0 for the rest"
            }
            Self::TrailingDelimiter => {
                "its last cell is empty: remove the delimiter at its end, or add one to the first line"
            }
            Self::AllCells => "every row needs all cells; is the file truncated?",
            Self::Reshape => "reshape it before it is saved",
            Self::Convert => "convert it with .astype(\"float32\")",
            Self::DamagedHeader => "the header is damaged, or of no table",
        };
        out.write_str(words)
    }
}

impl From<Advice> for Box<Hint> {
    fn from(advice: Advice) -> Self {
        Box::new(Hint::Advice(advice))
    }
}
