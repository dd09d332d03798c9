//! A uniform sample of the rows of a table, in one pass and in the memory of the sample.

use std::collections::BinaryHeap;

use gradstop_preparation::{Cells, Rounding};

use crate::error::TableError;
use crate::reader::{ColumnTable, Table, TableReader};
use crate::source::Chunk;

/// Rows that are read together.
const CHUNK_ROWS: usize = 4096;

/// A table's sample, and how many rows it was drawn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The sampled rows, in the order of the table; all of them if there are no more.
    pub table: Table,
    /// The rows of the whole table.
    pub table_rows: u64,
}

/// The same of a table whose columns may be of any kind.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSample {
    /// The sampled rows, in the order of the table; all of them if there are no more.
    pub table: ColumnTable,
    /// The rows of the whole table.
    pub table_rows: u64,
}

impl TableReader {
    /// Draws `count` rows of numbers, each set of so many with the same probability, without replacement. Every row has a
    /// random number that depends on `seed` and on its position alone, and those with the smallest numbers are taken: so
    /// the sample is the same however the table is cut into files, and a larger one contains a smaller one.
    ///
    /// ```
    /// use gradstop_tables::{Input, ReadOptions, TableReader};
    ///
    /// let path = std::env::temp_dir().join("gradstop-tables-sample-example.csv");
    /// let rows: String = (0..1000).map(|row| format!("{row}\n")).collect();
    /// std::fs::write(&path, rows)?;
    /// let sample = TableReader::open(&Input::path(&path), &ReadOptions::default())?.read_sample(100, 7)?;
    /// assert_eq!((sample.table.rows, sample.table_rows), (100, 1000));
    /// assert!(sample.table.values.is_sorted());
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read_all`](TableReader::read_all). Every row is read, so what is wrong with one that is not taken is an error
    /// as well.
    ///
    /// # Panics
    ///
    /// If `count` is 0.
    pub fn read_sample(mut self, count: usize, seed: u64) -> Result<Sample, TableError> {
        let columns = self.columns().len();
        let mut values = Vec::new();
        let Drawn { places, labels, table_rows, runs_together } =
            self.draw(count, seed, |chunk, at, slot| {
                let line = &chunk.values[at * columns..][..columns];
                if slot * columns == values.len() {
                    values.extend_from_slice(line);
                } else {
                    values[slot * columns..][..columns].copy_from_slice(line);
                }
            })?;
        let line = |&slot: &usize| values[slot * columns..][..columns].iter().copied();
        let table = Table {
            source: self.file().into(),
            columns: self.columns().to_vec(),
            rows: places.len(),
            values: places.iter().flat_map(line).collect(),
            labels,
            runs_together,
            notes: self.notes(),
        };
        Ok(Sample { table, table_rows })
    }

    /// Draws the same rows of a table whose features may be of any kind, column by column.
    ///
    /// # Errors
    ///
    /// As [`read_columns`](TableReader::read_columns).
    ///
    /// # Panics
    ///
    /// If `count` is 0.
    pub fn read_column_sample(mut self, count: usize, seed: u64) -> Result<ColumnSample, TableError> {
        let mut columns: Vec<Cells> = Vec::new();
        let Drawn { places, labels, table_rows, .. } = self.draw(count, seed, |chunk, at, slot| {
            if columns.is_empty() {
                columns = chunk.columns.iter().map(|cells| Cells::new(cells.kind())).collect();
            }
            columns.iter_mut().zip(&chunk.columns).for_each(|(own, cells)| own.put(slot, cells, at));
        })?;
        // In the order of the table, and without the words of rows that had to give way.
        let in_order = |drawn: &Cells| {
            let mut cells = Cells::new(drawn.kind());
            places.iter().enumerate().for_each(|(at, &slot)| cells.put(at, drawn, slot));
            cells
        };
        let table = ColumnTable {
            source: self.file().into(),
            names: self.columns().to_vec(),
            rows: places.len(),
            columns: columns.iter().map(in_order).collect(),
            labels,
            notes: self.notes(),
        };
        Ok(ColumnSample { table, table_rows })
    }

    /// Reads all rows and shows those that are drawn: a chunk, the row in it, and the slot that it takes, a new one or that
    /// of a row that gives way.
    fn draw(
        &mut self,
        count: usize,
        seed: u64,
        mut take: impl FnMut(&Chunk, usize, usize),
    ) -> Result<Drawn, TableError> {
        assert!(count > 0, "a sample has at least one row");
        // The largest number first, so that it can give way, with the row's position and its slot.
        let mut drawn: BinaryHeap<(u64, u64, usize)> = BinaryHeap::new();
        let (mut labels, mut row) = (Vec::new(), 0u64);
        let mut chunk = Chunk { rounding: Some(Rounding::default()), ..Chunk::default() };
        while self.read_chunk(CHUNK_ROWS, &mut chunk)? > 0 {
            for at in 0..chunk.rows {
                let number = number_of(seed, row);
                if drawn.len() < count {
                    take(&chunk, at, drawn.len());
                    labels.extend(chunk.labels.get(at));
                    drawn.push((number, row, drawn.len()));
                } else if let Some(mut largest) = drawn.peek_mut().filter(|largest| number < largest.0) {
                    take(&chunk, at, largest.2);
                    chunk.labels.get(at).into_iter().for_each(|&label| labels[largest.2] = label);
                    *largest = (number, row, largest.2);
                }
                row += 1;
            }
        }
        if row == 0 {
            return Err(TableError::Empty { file: self.file().into() });
        }
        self.check_absent()?;
        let mut places: Vec<(u64, usize)> = drawn.into_iter().map(|(_, row, slot)| (row, slot)).collect();
        places.sort_unstable();
        let places: Vec<usize> = places.into_iter().map(|(_, slot)| slot).collect();
        let labels = self.has_labels().then(|| places.iter().map(|&slot| labels[slot]).collect());
        let runs_together = chunk.rounding.is_some_and(|rounding| rounding.runs_together());
        Ok(Drawn { places, labels, table_rows: row, runs_together })
    }
}

/// Which rows were drawn.
struct Drawn {
    /// Their slots, in the order of the table.
    places: Vec<usize>,
    /// Their labels in this order, if the table has any.
    labels: Option<Vec<bool>>,
    /// The rows of the whole table.
    table_rows: u64,
    /// Whether rounding its values made many of them equal.
    runs_together: bool,
}

/// A row's random number: the finisher of SplitMix64 over seed and position.
fn number_of(seed: u64, row: u64) -> u64 {
    let mix = |value: u64| {
        let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    mix(mix(seed) ^ row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_drawn_about_as_often() {
        let (rows, count, seeds) = (50u64, 10, 4000u64);
        let mut times = [0u32; 50];
        for seed in 0..seeds {
            let mut numbers: Vec<(u64, u64)> = (0..rows).map(|row| (number_of(seed, row), row)).collect();
            numbers.sort_unstable();
            numbers[..count].iter().for_each(|&(_, row)| times[row as usize] += 1);
        }
        // 800 each; the deviation of one count is 25, so 5 of them are seen once in a million.
        assert!(times.iter().all(|&times| (675..=925).contains(&times)), "{times:?}");
    }
}
