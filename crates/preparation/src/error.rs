//! What can be wrong with columns.

use crate::cells::Kind;

/// Why columns cannot be prepared. Rows count from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PreparationError {
    /// A cell is missing, infinite or too large, and nothing was chosen for such cells.
    #[error("row {row}, column {column:?}: got {got}, wanted {wanted} (hint: {hint})")]
    Cell {
        /// Row.
        row: usize,
        /// Name of the column.
        column: String,
        /// What the cell holds.
        got: String,
        /// What it should hold.
        wanted: &'static str,
        /// What helps.
        hint: &'static str,
    },
    /// A column of text, which was not to be encoded.
    #[error(
        "column {column:?}: got text, wanted numbers (hint: text=onehot or text=frequency (--text) encodes it, or leave it out with --ignore {column:?})"
    )]
    Text {
        /// Name of the column.
        column: String,
    },
    /// No column can tell rows apart.
    #[error(
        "got no column that tells rows apart among {columns}, wanted at least one (hint: they are empty, hold one value, or text whose words are all as frequent; is the delimiter right?)"
    )]
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

impl PreparationError {
    /// The same about a chunk of rows as one about the whole table, in which `rows` stand before them.
    #[must_use]
    pub fn behind(mut self, rows: usize) -> Self {
        if let Self::Cell { row, .. } = &mut self {
            *row += rows;
        }
        self
    }
}
