//! What the formats and the reader share: rows, and where they come from.

use gradstop_preparation::{Cells, Kind, Rounding};

use crate::error::TableError;
use crate::label::{Place, Truth};
use crate::note::Note;
use crate::selection::Selection;
use crate::text::tally::{Habits, Survey, Tally};

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
    /// Reads the labels, while there is a label and rows are read.
    pub(crate) truth: Option<Truth>,
}

impl Chunk {
    /// Where the values of the next row are shown before they are rounded, if this is a row that is looked at.
    pub(crate) fn looks_at_row(&mut self) -> Option<&mut Rounding> {
        let rounding = self.rounding.as_mut()?;
        rounding.takes_row().then_some(rounding)
    }

    /// Adds the label of the next row; nothing for a cell without a value.
    pub(crate) fn push_label(&mut self, cell: Option<&str>, place: impl FnOnce() -> Place) {
        let Some(truth) = &mut self.truth else { return };
        self.labels.push(truth.see(cell.unwrap_or_default(), place));
    }
}

/// A format's side of reading.
pub(crate) trait RowSource: Send {
    fn selection(&self) -> &Selection;

    /// The kind of each feature; nothing if they are numbers alone, or if only reading all rows could tell.
    fn kinds(&self) -> Option<&[Kind]>;

    /// What all rows that were read have told of their columns.
    fn surveyed(&self) -> Result<Survey, TableError>;

    /// What that is told from, where it is not the file that says it.
    fn tallies(&self) -> Option<(&[Tally], &Habits)> {
        None
    }

    /// Columns that are said to be categories.
    fn categories(&self) -> Vec<String> {
        Vec::new()
    }

    /// What was decided, as far as it was read.
    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }

    /// Appends at most `max_rows` rows (at least 1 is asked for) to the chunk's values or columns, labels and
    /// cells, and returns how many; 0 means the end. The chunk's counts are left to the caller.
    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError>;
}
