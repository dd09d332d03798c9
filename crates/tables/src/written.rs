//! Some rows of a table as they are written, for people who know their table by its cells.

use std::collections::{HashMap, VecDeque};

use crate::error::TableError;
use crate::input::Input;
use crate::options::{Features, ReadOptions};
use crate::reader::TableReader;
use crate::source::Chunk;

/// Rows that are passed over together.
const PASSED_ROWS: usize = 1 << 12;

/// Some rows of a table, each with the text of every column, whatever was made of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WrittenRows {
    /// The names of all columns, those that are no features among them.
    pub columns: Vec<String>,
    /// The position in the table of every row that was asked for, with its cells. A missing value is what stands for it.
    pub rows: HashMap<usize, Vec<String>>,
}

impl WrittenRows {
    /// Walks through the inputs once more and keeps the cells of these rows alone, which count from 0 over all inputs. It
    /// stops behind the last of them, and parses nothing.
    ///
    /// Columns are those of the first input; one that another input lacks is empty there.
    ///
    /// ```
    /// use gradstop_tables::{Input, ReadOptions, WrittenRows};
    ///
    /// let path = std::env::temp_dir().join("gradstop-tables-written-example.csv");
    /// std::fs::write(&path, "name,spent\nUlm,$5\nBonn,\"1,316\"\n")?;
    /// let written = WrittenRows::read(&[Input::path(&path)], &ReadOptions::default(), &[1])?;
    /// assert_eq!(written.row(1), Some(&["Bonn".to_string(), "1,316".into()][..]));
    /// assert_eq!(written.cell(1, "spent"), Some("1,316"));
    /// assert_eq!(written.row(0), None);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`TableReader::read_chunk`]. A row behind the end of the table is none of them.
    pub fn read(inputs: &[Input], options: &ReadOptions, rows: &[usize]) -> Result<Self, TableError> {
        let options = ReadOptions {
            label: None,
            ignore: Vec::new(),
            only: None,
            id: None,
            features: Features::Nothing,
            keep_cells: true,
            ..options.clone()
        };
        let mut wanted = rows.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let (mut written, mut first_row) = (Self::default(), 0);
        let mut wanted = wanted.into_iter().peekable();
        for input in inputs {
            if wanted.peek().is_none() {
                break;
            }
            let mut reader = TableReader::open(input, &options)?;
            if written.columns.is_empty() {
                written.columns = reader.all_columns().to_vec();
            }
            let places = places(&written.columns, reader.all_columns());
            let (mut chunk, mut next) = (Chunk::default(), first_row);
            'rows: while let Some(&row) = wanted.peek() {
                chunk.skips_cells = true;
                while next < row {
                    match reader.read_chunk((row - next).min(PASSED_ROWS), &mut chunk)? {
                        0 => break 'rows,
                        passed => next += passed,
                    }
                }
                chunk.skips_cells = false;
                if reader.read_chunk(1, &mut chunk)? == 0 {
                    break;
                }
                next += 1;
                wanted.next();
                let mut cells = chunk.cells.pop().unwrap_or_default();
                let in_order =
                    places.iter().map(|place| place.and_then(|at| cells.get_mut(at)).map(std::mem::take));
                written.rows.insert(row, in_order.map(Option::unwrap_or_default).collect());
            }
            first_row = next;
        }
        Ok(written)
    }

    /// The cells of a row, if it was asked for.
    pub fn row(&self, row: usize) -> Option<&[String]> {
        self.rows.get(&row).map(Vec::as_slice)
    }

    /// A cell of a row that was asked for; of columns of one name the first.
    pub fn cell(&self, row: usize, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|name| name == column)?;
        self.row(row)?.get(at).map(String::as_str)
    }
}

/// Where each of the columns stands among others. Names may come twice: then the first stands for the first, as far as they go.
fn places(columns: &[String], others: &[String]) -> Vec<Option<usize>> {
    if columns == others {
        return (0..columns.len()).map(Some).collect();
    }
    let mut of_name: HashMap<&str, VecDeque<usize>> = HashMap::new();
    others.iter().enumerate().for_each(|(at, name)| of_name.entry(name).or_default().push_back(at));
    columns.iter().map(|name| of_name.get_mut(&**name)?.pop_front()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_those_of_one_name_in_order() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(places(&names(&["a", "b", "a"]), &names(&["a", "a", "c"])), [Some(0), None, Some(1)]);
        assert_eq!(places(&names(&["a", "a"]), &names(&["a", "a"])), [Some(0), Some(1)]);
    }
}
