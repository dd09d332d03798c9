//! Rows as their owner knows them: by a column that says which is which, and by their cells as they are written.

use std::collections::HashMap;

use gradstop::FittedDetector;
use gradstop_pages::WrittenCells;
use gradstop_tables::{Input, ReadOptions, TableError, WrittenRows, is_missing_cell};

use crate::failure::Failure;
use crate::terminal::{message, plain};

/// The column that says which row is which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) column: String,
    /// Whether nobody named it.
    pub(crate) found: bool,
}

impl Id {
    /// The one that was asked for, or one that the fit has found.
    pub(crate) fn of(options: &ReadOptions, detector: &FittedDetector) -> Option<Self> {
        match &options.id {
            Some(column) => Some(Self { column: column.clone(), found: false }),
            None => {
                let column = detector.preparation()?.key()?.to_owned();
                Some(Self { column, found: true })
            }
        }
    }

    pub(crate) fn in_words(&self) -> String {
        match self.found {
            true => format!("{} (every value is different)", self.column),
            false => self.column.clone(),
        }
    }
}

/// Some rows as they are written.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) id: Option<Id>,
    rows: WrittenRows,
}

impl Shown {
    /// Reads these rows of inputs that can be read once more.
    pub(crate) fn read(
        inputs: &[Input],
        options: &ReadOptions,
        id: Option<Id>,
        rows: &[usize],
    ) -> Result<Self, Failure> {
        match WrittenRows::read(inputs, options, rows) {
            Ok(rows) => Ok(Self { id, rows }),
            Err(TableError::Cancelled) => Err(TableError::Cancelled.into()),
            // The rows are scored, and their numbers say which they are.
            Err(problem) => {
                message(&format!(
                    "warning: rows are shown without their cells: {}",
                    plain(&problem.to_string())
                ));
                Ok(Self { id, rows: WrittenRows::default() })
            }
        }
    }

    /// What the column of ids says of a row.
    pub(crate) fn id(&self, row: usize) -> Option<&str> {
        self.rows.cell(row, &self.id.as_ref()?.column)
    }

    /// A cell of a row, if it is known.
    pub(crate) fn cell(&self, row: usize, column: &str) -> Option<Cell<'_>> {
        let cell = self.rows.cell(row, column)?;
        Some(if is_missing_cell(cell) { Cell::Missing } else { Cell::Written(cell) })
    }

    /// The same for a page.
    pub(crate) fn for_page(&self, detector: &FittedDetector) -> WrittenCells {
        let columns = detector.table_columns();
        let cell = |row: usize, column: &String| match self.cell(row, column) {
            Some(Cell::Written(cell)) => Some(cell.to_owned()),
            _ => None,
        };
        let cells = |row: usize| columns.iter().map(|column| cell(row, column)).collect();
        let ids: HashMap<usize, String> =
            self.rows.rows.keys().filter_map(|&row| Some((row, self.id(row)?.to_owned()))).collect();
        WrittenCells {
            id: self.id.as_ref().map(|id| id.column.clone()).filter(|_| !ids.is_empty()),
            ids,
            cells: self.rows.rows.keys().map(|&row| (row, cells(row))).collect(),
        }
    }
}

/// A cell as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    Written(&'a str),
    Missing,
}
