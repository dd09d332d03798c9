//! What a fit has to know of a table before it is trained on it.

use crate::error::Error;
use crate::model::ranges::Ranges;
use crate::model::scaler::{ColumnSums, Standardization};
use crate::table::check_finite;
use crate::training::checkpoint::Fingerprint;
use crate::training::row_stream::{RowStream, pass, pass_again};

/// What the first pass finds.
pub(crate) struct Measured {
    pub(crate) rows: usize,
    mean: Vec<f64>,
    constant: Vec<bool>,
    pub(crate) ranges: Ranges,
    /// What tells these values from others, if it was asked for.
    pub(crate) fingerprint: String,
}

impl Measured {
    /// Reads all rows, which must be finite, and at least one.
    pub(crate) fn of(
        stream: &mut dyn RowStream,
        columns: &[String],
        fingerprint: bool,
    ) -> Result<Self, Error> {
        let mut sums = ColumnSums::new(columns.len());
        let (mut first, mut constant) = (Vec::new(), vec![true; columns.len()]);
        let mut ranges = Ranges::new(columns.len());
        let mut crc = Fingerprint::default();
        let rows = pass(stream, columns.len(), |first_row, rows| {
            check_finite(rows, columns).map_err(|error| match error {
                Error::NotFinite { row, column, value } => {
                    Error::NotFinite { row: first_row + row, column, value }
                }
                other => other,
            })?;
            if first.is_empty() {
                first = rows[..columns.len()].to_vec();
            }
            for row in rows.chunks_exact(columns.len()) {
                let same = row.iter().zip(&first).map(|(value, first)| value == first);
                constant.iter_mut().zip(same).for_each(|(constant, same)| *constant &= same);
            }
            sums.add(rows, |value, _| value);
            ranges.see(rows);
            if fingerprint {
                crc.add(rows);
            }
            Ok(())
        })?;
        if rows == 0 {
            let wanted = "at least 1 row".into();
            return Err(Error::Shape { what: "streamed table", got: "no row".into(), wanted });
        }
        let mean = sums.total().into_iter().map(|sum| sum / rows as f64).collect();
        Ok(Self { rows, mean, constant, ranges, fingerprint: crc.words() })
    }

    /// Reads all rows again: their standardisation, with the bits that it has for a table at hand, and some rows as they
    /// were read.
    pub(crate) fn standardization(
        self,
        stream: &mut dyn RowStream,
        picked: &mut [Picked],
    ) -> Result<Standardization, Error> {
        let Self { rows, mean, constant, .. } = self;
        let mut squares = ColumnSums::new(mean.len());
        pass_again(stream, (rows, mean.len()), |first_row, rows| {
            squares.add(rows, |value, column| (value - mean[column]).powi(2));
            picked.iter_mut().for_each(|picked| picked.see(first_row, rows, mean.len()));
            Ok(())
        })?;
        Ok(Standardization::of_squares(mean, squares.total(), rows as f64, |column| constant[column]))
    }
}

/// Some rows of a table, taken from it as it passes.
pub(crate) struct Picked {
    /// Rising.
    positions: Vec<usize>,
    pub(crate) values: Vec<f32>,
    taken: usize,
}

impl Picked {
    pub(crate) fn of(positions: Vec<usize>) -> Self {
        Self { positions, values: Vec::new(), taken: 0 }
    }

    fn see(&mut self, first_row: usize, rows: &[f32], columns: usize) {
        let end = first_row + rows.len() / columns;
        while let Some(&row) = self.positions.get(self.taken).filter(|&&row| row < end) {
            self.values.extend_from_slice(&rows[(row - first_row) * columns..][..columns]);
            self.taken += 1;
        }
    }
}
