//! What can be wrong with columns.

use std::fmt;

use crate::cells::Kind;

/// What helps with a [`PreparationError`], for a program to put in words: it knows how its options are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A cell without a value: fill it, or choose a [`Missing`](crate::Missing) that does.
    Fill,
    /// A number that is infinite or too large: rescale the column, or choose a [`Missing`](crate::Missing), which counts
    /// such a cell as missing.
    Rescale,
    /// Text that was not to be encoded: choose another [`Text`](crate::Text), or leave the column out.
    Encode {
        /// Name of the column.
        column: Box<str>,
    },
    /// All columns are empty, hold one value, or text whose words are all as frequent.
    NothingVaries,
}

/// Why columns cannot be prepared. Rows count from 0. What helps is the [`hint`](Self::hint).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PreparationError {
    /// A cell is missing, infinite or too large, and nothing was chosen for such cells.
    #[error("row {row}, column {column:?}: got {}, wanted {wanted}", Got(*got))]
    Cell {
        /// Row.
        row: usize,
        /// Name of the column.
        column: String,
        /// The number that is infinite or too large; nothing for a missing cell.
        got: Option<f64>,
        /// What it should hold.
        wanted: &'static str,
    },
    /// A column of text, which was not to be encoded.
    #[error("column {column:?}: got text, wanted numbers")]
    Text {
        /// Name of the column.
        column: String,
    },
    /// No column can tell rows apart.
    #[error("got no column that tells rows apart among {columns}, wanted at least one")]
    NothingLeft {
        /// How many columns there are.
        columns: usize,
    },
    /// A column of another kind than the fitted one.
    #[error("column {column:?}: got {got}, wanted {wanted}")]
    Kind {
        /// Name of the column.
        column: String,
        /// What it is.
        got: Kind,
        /// What was fitted.
        wanted: Kind,
    },
    /// Another number of columns, or columns of different lengths.
    #[error("got {got}, wanted {wanted}")]
    Shape {
        /// What there is, in words.
        got: String,
        /// What would do, in words.
        wanted: String,
    },
    /// A preparation from a file that contradicts itself.
    #[error("the preparation of column {column:?}: got {got}, wanted {wanted}")]
    Content {
        /// Name of the column.
        column: String,
        /// What stands there.
        got: String,
        /// What could stand there.
        wanted: &'static str,
    },
}

struct Got(Option<f64>);

impl fmt::Display for Got {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => write!(out, "{number}"),
            None => out.write_str("a missing cell"),
        }
    }
}

impl PreparationError {
    /// What helps, if anything does.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Cell { got: None, .. } => Some(Hint::Fill),
            Self::Cell { got: Some(_), .. } => Some(Hint::Rescale),
            Self::Text { column } => Some(Hint::Encode { column: column.as_str().into() }),
            Self::NothingLeft { .. } => Some(Hint::NothingVaries),
            Self::Kind { .. } | Self::Shape { .. } | Self::Content { .. } => None,
        }
    }

    /// The same about a chunk of rows as one about the whole table, in which `rows` stand before them.
    #[must_use]
    pub fn behind(mut self, rows: usize) -> Self {
        if let Self::Cell { row, .. } = &mut self {
            *row += rows;
        }
        self
    }
}
