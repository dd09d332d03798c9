//! Rows as their table has them.

use std::collections::HashMap;

/// Some rows as they are written, by their positions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenCells {
    /// The name of what says which row is which, if anything does.
    pub id: Option<String>,
    /// What that says of each row.
    pub ids: HashMap<usize, String>,
    /// The cells of each row, one for each of the [columns of the table](gradstop::FittedDetector::table_columns); `None` for a missing one.
    pub cells: HashMap<usize, Vec<Option<String>>>,
}

impl WrittenCells {
    pub(crate) fn cell(&self, row: usize, column: usize) -> Option<&str> {
        self.cells.get(&row)?.get(column)?.as_deref()
    }
}
