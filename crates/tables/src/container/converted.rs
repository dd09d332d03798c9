//! A table that was made into text to be read, or whose text was found in something.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gradstop_preparation::Kind;

use crate::error::TableError;
use crate::note::Note;
use crate::selection::Selection;
use crate::source::{Chunk, RowSource};
use crate::text::tally::{Habits, Survey, Tally};

/// What was decided before a table's own reader began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    pub(crate) notes: Vec<Note>,
    /// Whether the text turned out to be Windows-1252 while it was read.
    pub(crate) guessed: Arc<AtomicBool>,
    /// Whether the lines that the reader counts are not those of the file.
    pub(crate) lines_differ: bool,
}

struct Converted {
    source: Box<dyn RowSource>,
    origin: Origin,
}

impl Origin {
    /// The source with what was decided before it.
    pub(crate) fn of(self, source: Box<dyn RowSource>) -> Box<dyn RowSource> {
        Box::new(Converted { source, origin: self })
    }

    /// A line that the file does not have is not named.
    fn mend(&self, error: TableError) -> TableError {
        match error {
            TableError::Cell { file, row, column, got, wanted, hint, .. } if self.lines_differ => {
                TableError::Cell { file, row, line: None, column, got, wanted, hint }
            }
            TableError::UnlikeCells { file, mut cells, hint } if self.lines_differ => {
                cells.iter_mut().for_each(|cell| cell.line = None);
                TableError::UnlikeCells { file, cells, hint }
            }
            TableError::Label { file, row, column, problem, words, hint, .. } if self.lines_differ => {
                TableError::Label { file, row, line: None, column, problem, words, hint }
            }
            other => other,
        }
    }
}

impl RowSource for Converted {
    fn selection(&self) -> &Selection {
        self.source.selection()
    }

    fn kinds(&self) -> Option<&[Kind]> {
        self.source.kinds()
    }

    fn surveyed(&self) -> Result<Survey, TableError> {
        self.source.surveyed().map_err(|error| self.origin.mend(error))
    }

    fn tallies(&self) -> Option<(&[Tally], &Habits)> {
        self.source.tallies()
    }

    fn categories(&self) -> Vec<String> {
        self.source.categories()
    }

    fn notes(&self) -> Vec<Note> {
        let guess = self.origin.guessed.load(Ordering::Relaxed);
        let guess = guess.then(|| Note::Encoding { encoding: "Windows-1252".into(), guessed: true });
        self.origin.notes.iter().cloned().chain(guess).chain(self.source.notes()).collect()
    }

    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        self.source.append(max_rows, chunk).map_err(|error| self.origin.mend(error))
    }
}
