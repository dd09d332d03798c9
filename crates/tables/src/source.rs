//! What the formats and the reader share: rows, and where they come from.

use gradstop_preparation::{Cells, Kind, Rounding};

use crate::error::TableError;
use crate::note::Note;
use crate::selection::Selection;

/// Some consecutive rows of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chunk {
    /// The position of the chunk's first row in the table, counted from 0.
    pub first_row: usize,
    /// The number of rows.
    pub rows: usize,
    /// The features: `rows` times the number of columns, row by row; empty unless they are
    /// [`Features::Numbers`](crate::Features::Numbers).
    pub values: Vec<f32>,
    /// The features column by column; empty if they are [`Features::Numbers`](crate::Features::Numbers).
    pub columns: Vec<Cells>,
    /// One label per row, true for an outlier; empty if no label column was asked for.
    pub labels: Vec<bool>,
    /// Per row the text of every column in file order, also of the label and the ignored ones; empty unless
    /// [`ReadOptions::keep_cells`](crate::ReadOptions::keep_cells) is set. Text files give their text without its quotes, other formats the
    /// shortest text that reads back to the same number. A missing value is an empty text.
    pub cells: Vec<Vec<String>>,
    /// Per row the text of the column that [`ReadOptions::id`](crate::ReadOptions::id) names, as in `cells`; empty if there is none.
    pub ids: Vec<String>,
    /// Whether no cells are kept of the next rows, though the reader was opened to keep them.
    pub(crate) skips_cells: bool,
    /// Looks at what is about to be rounded, where anybody wants to know what is lost by it.
    pub(crate) rounding: Option<Rounding>,
}

impl Chunk {
    /// Where the values of the next row are shown before they are rounded, if this is a row that is looked at.
    pub(crate) fn looks_at_row(&mut self) -> Option<&mut Rounding> {
        let rounding = self.rounding.as_mut()?;
        rounding.takes_row().then_some(rounding)
    }
}

/// A format's side of reading.
pub(crate) trait RowSource: Send {
    fn selection(&self) -> &Selection;

    /// The kind of each feature; nothing if they are numbers alone, or if only reading all rows could tell.
    fn kinds(&self) -> Option<&[Kind]>;

    /// What all rows that were read have told of the kinds.
    fn surveyed(&self) -> Result<Vec<Kind>, TableError>;

    /// What was decided, as far as it was read.
    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }

    /// Appends at most `max_rows` rows (at least 1 is asked for) to the chunk's values or columns, labels and
    /// cells, and returns how many; 0 means the end. The chunk's counts are left to the caller.
    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError>;
}
