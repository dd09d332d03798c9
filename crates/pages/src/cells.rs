//! The cells of the table of the most abnormal rows: as they are written, or what was made of them.

use gradstop::FittedDetector;
use gradstop::internals::UsualCells;
use gradstop::preparation::Preparation;

use crate::words::{number, percent, shortened};
use crate::written::WrittenCells;

/// Letters of a cell that are shown.
pub(crate) const CELL_LETTERS: usize = 40;

/// One cell.
pub(crate) struct ShownCell {
    pub(crate) text: String,
    /// A number that it sorts by, where its text would sort otherwise.
    pub(crate) order: Option<f32>,
    is_number: bool,
    is_missing: bool,
    /// What is usual, where the cell is shown as it is written.
    aside: Option<String>,
}

/// What is needed to show cells.
pub(crate) struct Columns<'a> {
    values: &'a [f32],
    /// How many of these are in a row.
    width: usize,
    written: Option<&'a WrittenCells>,
    usual: UsualCells<'a>,
    origins: Vec<(f64, f64)>,
    /// Where the number that was made of each column of the table stands, if one was.
    numbers: Vec<Option<usize>>,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(
        detector: &'a FittedDetector,
        values: &'a [f32],
        written: Option<&'a WrittenCells>,
    ) -> Self {
        let (usual, width) = (detector.usual(), detector.columns().len());
        let numbers = (0..detector.table_columns().len()).map(|column| usual.number(column)).collect();
        let origins = detector.preparation().map(Preparation::origins).unwrap_or_default();
        Self { values, width, written, usual, origins, numbers }
    }

    pub(crate) fn cell(&self, row: usize, column: usize) -> ShownCell {
        let value = |at: usize| self.values[row * self.width + at];
        let Some(written) = self.written else {
            let text = own_value(value(column), self.origins.get(column));
            return ShownCell { text, order: None, is_number: true, is_missing: false, aside: None };
        };
        let (cell, made) = (written.cell(row, column), self.numbers[column]);
        ShownCell {
            text: cell.unwrap_or("missing").trim().to_owned(),
            order: made.map(value),
            is_number: made.is_some(),
            is_missing: cell.is_none(),
            aside: self.usual.aside(column, cell),
        }
    }
}

impl ShownCell {
    /// The class of a cell of this shade; a word stands on the left.
    pub(crate) fn class(&self, shade: Option<usize>) -> Option<String> {
        let word = (!self.is_number).then(|| "name".to_string());
        let missing = self.is_missing.then(|| "missing".to_string());
        let shade = shade.map(|shade| format!("h{shade}"));
        let classes: Vec<String> = [word, missing, shade].into_iter().flatten().collect();
        (!classes.is_empty()).then(|| classes.join(" "))
    }

    /// What shows when the pointer is held over a cell with this share of what speaks against the row.
    pub(crate) fn title(&self, share: Option<f64>) -> Option<String> {
        let share = percent(share?);
        let whole = cut(&self.text).map(|text| format!("{text}: ")).unwrap_or_default();
        Some(match &self.aside {
            Some(aside) => format!("{whole}{share}, {aside}"),
            None => format!("{whole}{share}"),
        })
    }
}

/// A text whole, if it is shown shortened.
pub(crate) fn cut(text: &str) -> Option<&str> {
    (shortened(text, CELL_LETTERS) != text).then_some(text)
}

/// A value as the table has it, with as many digits as it has beside its origin.
fn own_value(value: f32, origin: Option<&(f64, f64)>) -> String {
    let Some(&(origin, unit)) = origin.filter(|&&origin| origin != (0.0, 1.0)) else {
        return number(f64::from(value));
    };
    let apart = f64::from(value) * unit;
    match apart.abs() {
        _ if origin == 0.0 => number(apart),
        _ if origin.abs() < 1e-4 => format!("{:e}", origin + apart),
        0.0 => origin.to_string(),
        size => {
            let places = (3 - size.log10().floor() as i32).max(0) as usize;
            format!("{:.places$}", origin + apart)
        }
    }
}
