//! Reasons as people read them: the column, its cell as it is written, and what is usual.

use std::cmp::Ordering;

use gradstop::FittedDetector;
use gradstop::internals::UsualCells;
use gradstop::preparation::{Usual, iso_moment};
use serde_json::{Value, json};

use crate::reasons::Reasons;
use crate::terminal::{number, plain, shortened};
use crate::written::{Cell, Shown};

/// Letters of a cell that a line shows.
const LETTERS: usize = 24;

/// What is needed to word reasons.
pub(crate) struct Words<'a> {
    columns: Vec<String>,
    usual: UsualCells<'a>,
    shown: Option<&'a Shown>,
}

impl<'a> Words<'a> {
    pub(crate) fn of(detector: &'a FittedDetector, shown: Option<&'a Shown>) -> Self {
        Self { columns: detector.table_columns(), usual: detector.usual(), shown }
    }

    /// `  spent 400 (usually 50 to 61) 91 %, age missing (usually 31 to 52) 9 %`.
    pub(crate) fn because(&self, row: usize, reasons: &Reasons) -> String {
        let reason = |&(column, share): &(usize, f32)| {
            let name = &self.columns[column];
            let found = self.shown.and_then(|shown| shown.cell(row, name));
            let (value, written) = match found {
                Some(Cell::Written(text)) => (format!(" {}", cell(text)), Some(text)),
                Some(Cell::Missing) => (" missing".into(), None),
                None => (String::new(), None),
            };
            let aside = self.usual.aside(column, written);
            let aside = aside.map_or(String::new(), |aside| format!(" ({})", plain(&aside)));
            format!("{}{value}{aside} {:.0} %", plain(name), 100.0 * share)
        };
        let words: Vec<String> = reasons.iter().map(reason).collect();
        if words.is_empty() { String::new() } else { format!("  {}", words.join(", ")) }
    }

    /// One reason as an object. The value is the cell as it is written, null if it is missing; `side` says where it lies to what
    /// is usual, where it lies beside that. `values` are those that the detector saw of the row.
    pub(crate) fn reason_as_json(
        &self,
        row: usize,
        column: usize,
        share: f32,
        values: Option<&[f32]>,
    ) -> Value {
        let name = &self.columns[column];
        let mut object = json!({ "feature": name, "share": number(share) });
        let found = self.shown.and_then(|shown| shown.cell(row, name));
        match found {
            Some(Cell::Written(text)) => object["value"] = text.into(),
            Some(Cell::Missing) => object["value"] = Value::Null,
            None => {}
        }
        match self.usual.of(column) {
            Usual::Numbers { low, high } => object["usual"] = json!({ "low": low, "high": high }),
            Usual::Dates { low, high } => {
                object["usual"] = json!({ "low": iso_moment(*low), "high": iso_moment(*high) });
            }
            Usual::Words(words) => {
                let words = words.iter().take(3).map(|(word, share)| json!({ "word": word, "share": share }));
                object["usual"] = json!({ "words": words.collect::<Vec<_>>() });
            }
            Usual::Always(what) => object["usual"] = json!({ "always": what }),
            _ => {}
        }
        let side = values.map_or(Ordering::Equal, |values| self.usual.side(values, column));
        if found != Some(Cell::Missing) && side.is_ne() {
            object["side"] = if side.is_lt() { "below".into() } else { "above".into() };
        }
        object
    }
}

/// A cell on a line.
pub(crate) fn cell(text: &str) -> String {
    shortened(&plain(text.trim()), LETTERS)
}
