//! Columns brought to mean 0 and standard deviation 1, as the paper does.

use rayon::prelude::*;

/// Rows whose sums are taken together; fixed, so that the result does not depend on the threads.
const BLOCK_ROWS: usize = 1 << 14;

/// Mean and population standard deviation of each column.
///
/// A column that was constant when this was fitted becomes 0, then and for any later row: the detector
/// has never seen it vary. Values over 1e12 deviations away count as that far.
///
/// ```
/// use gradstop::Standardisation;
/// let mut values = [1.0, 5.0, 3.0, 5.0];
/// let standardisation = Standardisation::fit(&values, 2);
/// standardisation.apply(&mut values);
/// assert_eq!(values, [-1.0, 0.0, 1.0, 0.0]);
/// assert_eq!(standardisation.constant_columns(), [1]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Standardisation {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Standardisation {
    /// Further than this many deviations away is as far as it gets: what lies beyond would overflow.
    pub const FARTHEST: f64 = 1e12;

    /// Measures row-major values of shape (rows x columns), in two passes.
    pub fn fit(values: &[f32], columns: usize) -> Self {
        let rows = (values.len() / columns) as f64;
        let mean: Vec<f64> =
            column_sums(values, columns, |value, _| value).into_iter().map(|sum| sum / rows).collect();
        let squares = column_sums(values, columns, |value, column| (value - mean[column]).powi(2));
        let mut deviation: Vec<f64> = squares.into_iter().map(|square| (square / rows).sqrt()).collect();
        // The mean of equal numbers may be a last bit off, which must not pass for a deviation.
        for (column, deviation) in deviation.iter_mut().enumerate() {
            let mut same = values.iter().skip(column).step_by(columns);
            if *deviation < mean[column].abs() * 1e-6 && same.all(|&value| value == values[column]) {
                *deviation = 0.0;
            }
        }
        Self { mean, deviation }
    }

    /// A standardisation known from elsewhere; a deviation of 0 marks a constant column.
    pub(crate) fn from_parts(mean: Vec<f64>, deviation: Vec<f64>) -> Self {
        Self { mean, deviation }
    }

    /// Standardises row-major values in place.
    pub fn apply(&self, values: &mut [f32]) {
        let columns = self.mean.len();
        let clamp = |standard: f64| standard.clamp(-Self::FARTHEST, Self::FARTHEST);
        values.par_chunks_mut(BLOCK_ROWS * columns).for_each(|block| {
            for row in block.chunks_exact_mut(columns) {
                for ((value, mean), deviation) in row.iter_mut().zip(&self.mean).zip(&self.deviation) {
                    let standard = (f64::from(*value) - mean) / deviation;
                    *value = if *deviation > 0.0 { clamp(standard) as f32 } else { 0.0 };
                }
            }
        });
    }

    /// Mean of each column.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Population standard deviation of each column; 0 for a constant one.
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }

    /// Positions of the columns that were constant.
    pub fn constant_columns(&self) -> Vec<usize> {
        (0..self.deviation.len()).filter(|&column| self.deviation[column] == 0.0).collect()
    }
}

/// Sum of `term(value, column)` over the rows, block by block, folded in order.
fn column_sums(values: &[f32], columns: usize, term: impl Fn(f64, usize) -> f64 + Sync) -> Vec<f64> {
    let blocks: Vec<Vec<f64>> = values
        .par_chunks(BLOCK_ROWS * columns)
        .map(|block| {
            let mut sums = vec![0.0; columns];
            for row in block.chunks_exact(columns) {
                for (column, (sum, &value)) in sums.iter_mut().zip(row).enumerate() {
                    *sum += term(f64::from(value), column);
                }
            }
            sums
        })
        .collect();
    let mut total = vec![0.0; columns];
    blocks.iter().for_each(|block| total.iter_mut().zip(block).for_each(|(t, b)| *t += b));
    total
}
