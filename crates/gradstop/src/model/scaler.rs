//! Columns brought to mean 0 and standard deviation 1, as the paper does, or to the median and the quartiles.

use pulp::Arch;
use rayon::prelude::*;

use crate::model::quantile::quantile_of_sorted;

/// Rows whose sums are taken together; fixed, so that the result does not depend on the threads.
const BLOCK_ROWS: usize = 1 << 14;

/// Rows that are standardised together; it makes no difference to them.
const SHARED_ROWS: usize = 1 << 11;

/// The interquartile range of a normal distribution, in deviations.
const NORMAL_RANGE: f64 = 1.348_979_500_392_163_5;

/// Mean and population standard deviation of each column.
///
/// A column that was constant when this was fitted becomes 0, then and for any later row: the detector
/// has never seen it vary. Values over 1e12 deviations away count as that far.
///
/// ```
/// use gradstop::algorithm::Standardization;
/// let mut values = [1.0, 5.0, 3.0, 5.0];
/// let standardisation = Standardization::fit(&values, 2);
/// standardisation.apply(&mut values);
/// assert_eq!(values, [-1.0, 0.0, 1.0, 0.0]);
/// assert_eq!(standardisation.constant_columns(), [1]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Standardization {
    mean: Vec<f64>,
    deviation: Vec<f64>,
    /// Positions of the columns that are bent, rising.
    bent: Vec<usize>,
}

impl Standardization {
    /// Further than this many deviations away is as far as it gets: what lies beyond would overflow.
    pub const FARTHEST: f64 = 1e12;

    /// A [bent](Self::bent_columns) column is straight up to so many deviations.
    pub const STRAIGHT: f64 = 10.0;

    /// Measures row-major values of shape (rows x columns), in two passes.
    pub fn fit(values: &[f32], columns: usize) -> Self {
        let rows = (values.len() / columns) as f64;
        let mean: Vec<f64> = sums(values, columns).into_iter().map(|sum| sum / rows).collect();
        let squares = squares(values, &mean);
        Self::of_squares(mean, squares, rows, |column| {
            values.iter().skip(column).step_by(columns).all(|&value| value == values[column])
        })
    }

    /// From the means of `rows` rows and the sums of squared distances from these.
    pub(crate) fn of_squares(
        mean: Vec<f64>,
        squares: Vec<f64>,
        rows: f64,
        is_constant: impl Fn(usize) -> bool,
    ) -> Self {
        let mut deviation: Vec<f64> = squares.into_iter().map(|square| (square / rows).sqrt()).collect();
        // The mean of equal numbers may be a last bit off, which must not pass for a deviation.
        for (column, deviation) in deviation.iter_mut().enumerate() {
            if *deviation < mean[column].abs() * 1e-6 && is_constant(column) {
                *deviation = 0.0;
            }
        }
        Self { mean, deviation, bent: Vec::new() }
    }

    /// Measures the median of each column and, for its deviation, the interquartile range in units that make it the
    /// deviation of a normal distribution: a few extreme values have no say. A column whose range is 0, because more than
    /// half of its values are equal, keeps mean and deviation.
    ///
    /// ```
    /// use gradstop::algorithm::Standardization;
    /// let values = [1.0, 2.0, 3.0, 4.0, 1e9];
    /// let robust = Standardization::robust(&values, 1);
    /// assert_eq!(robust.mean(), [3.0]);
    /// assert!((robust.deviation()[0] - 2.0 / 1.349).abs() < 1e-3);
    /// ```
    pub fn robust(values: &[f32], columns: usize) -> Self {
        let Self { mut mean, mut deviation, .. } = Self::fit(values, columns);
        mean.par_iter_mut().zip(&mut deviation).enumerate().for_each(|(column, (center, spread))| {
            let mut sorted: Vec<f32> = values.iter().skip(column).step_by(columns).copied().collect();
            sorted.sort_unstable_by(f32::total_cmp);
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| quantile_of_sorted(&sorted, share));
            if high > low {
                (*center, *spread) = (middle, (high - low) / NORMAL_RANGE);
            }
        });
        Self { mean, deviation, bent: Vec::new() }
    }

    /// The same, but that columns whose spread a few cells own are bent: where a tenth of the different values and more run
    /// together in 32 bits once they are standardised, a column gets the median and a robust deviation, and beyond
    /// [`STRAIGHT`](Self::STRAIGHT) deviations only the logarithm counts. Order is kept, and so are differences. All other columns keep
    /// their bits.
    ///
    /// ```
    /// use gradstop::algorithm::Standardization;
    /// let mut values: Vec<f32> = (0..100).map(|row| row as f32).collect();
    /// values[50] = 1e36;
    /// let standardisation = Standardization::fit(&values, 1).bent_to(&values);
    /// assert_eq!(standardisation.bent_columns(), [0]);
    /// standardisation.apply(&mut values);
    /// assert!(values[50] > 10.0 && values[50] < 100.0);
    /// assert!(values[51] < values[52]);
    /// ```
    #[must_use]
    pub fn bent_to(mut self, values: &[f32]) -> Self {
        let columns = self.mean.len();
        let bend = |column: usize| -> Option<(usize, f64, f64)> {
            let (mean, deviation) = (self.mean[column], self.deviation[column]);
            let (middle, spread) = bend_of(values, columns, column, (mean, deviation))?;
            Some((column, middle, spread))
        };
        let bent: Vec<(usize, f64, f64)> = (0..columns).into_par_iter().filter_map(bend).collect();
        for (column, middle, spread) in bent {
            (self.mean[column], self.deviation[column]) = (middle, spread);
            self.bent.push(column);
        }
        self
    }

    /// A standardisation known from elsewhere, a mean and a deviation a column; a deviation of 0 marks a constant
    /// column.
    pub fn from_parts(mean: Vec<f64>, deviation: Vec<f64>) -> Self {
        Self { mean, deviation, bent: Vec::new() }
    }

    /// The same with these columns bent, at rising positions.
    pub(crate) fn with_bent(self, bent: Vec<usize>) -> Self {
        Self { bent, ..self }
    }

    /// Standardises row-major values in place.
    pub fn apply(&self, values: &mut [f32]) {
        let columns = self.mean.len();
        let clamp = |standard: f64| standard.clamp(-Self::FARTHEST, Self::FARTHEST);
        // Divisions, eight at once where the processor has them: the bits are the same.
        let standardize = |block: &mut [f32]| {
            let standard = |row: &[f32], at: usize| (f64::from(row[at]) - self.mean[at]) / self.deviation[at];
            let mut bent = Vec::new();
            if !self.bent.is_empty() {
                for row in block.chunks_exact(columns) {
                    bent.extend(self.bent.iter().map(|&column| bend(standard(row, column)) as f32));
                }
            }
            Arch::new().dispatch(
                #[inline(always)]
                || {
                    for row in block.chunks_exact_mut(columns) {
                        for ((value, mean), deviation) in row.iter_mut().zip(&self.mean).zip(&self.deviation)
                        {
                            let standard = (f64::from(*value) - mean) / deviation;
                            *value = if *deviation > 0.0 { clamp(standard) as f32 } else { 0.0 };
                        }
                    }
                },
            );
            if !self.bent.is_empty() {
                for (row, bent) in block.chunks_exact_mut(columns).zip(bent.chunks_exact(self.bent.len())) {
                    self.bent.iter().zip(bent).for_each(|(&column, &value)| row[column] = value);
                }
            }
        };
        values.par_chunks_mut(SHARED_ROWS * columns).for_each(standardize);
    }

    /// Positions of the columns that are [bent](Self::bent_to), rising.
    pub fn bent_columns(&self) -> &[usize] {
        &self.bent
    }

    /// Mean of each column, or its median.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Population standard deviation of each column, or what stands for it; 0 for a constant one.
    pub fn deviation(&self) -> &[f64] {
        &self.deviation
    }

    /// Positions of the columns that were constant.
    pub fn constant_columns(&self) -> Vec<usize> {
        (0..self.deviation.len()).filter(|&column| self.deviation[column] == 0.0).collect()
    }
}

/// What becomes of so many deviations in a bent column.
fn bend(standard: f64) -> f64 {
    let size = standard.abs();
    if size <= Standardization::STRAIGHT {
        return standard;
    }
    let bent = Standardization::STRAIGHT + (size / Standardization::STRAIGHT).ln();
    bent.min(Standardization::FARTHEST).copysign(standard)
}

/// Values of a column that are looked at first, at even distances.
const LOOKED_AT: usize = 1 << 10;

/// A column whose middle half has this share of its deviation, or more, is spread by all its cells.
const WIDE: f64 = 1e-3;

/// Whole numbers that are no further apart than this stay apart however few cells own their spread.
const CLOSE: f32 = 1e6;

/// Centre and deviation of a column that has to be bent.
fn bend_of(
    values: &[f32],
    columns: usize,
    column: usize,
    (mean, deviation): (f64, f64),
) -> Option<(f64, f64)> {
    let cells = || values.iter().skip(column).step_by(columns).copied();
    let rows = values.len() / columns;
    if deviation <= 0.0 {
        return None;
    }
    let mut some: Vec<f32> = cells().step_by(rows.div_ceil(LOOKED_AT)).collect();
    some.sort_unstable_by(f32::total_cmp);
    let (low, high) = (quantile_of_sorted(&some, 0.25), quantile_of_sorted(&some, 0.75));
    if high - low >= WIDE * deviation {
        return None;
    }
    let (least, most, whole) = cells()
        .fold((f32::INFINITY, f32::NEG_INFINITY, true), |(least, most, whole), value| {
            (least.min(value), most.max(value), whole && value.fract() == 0.0)
        });
    if whole && most - least <= CLOSE {
        return None;
    }
    let mut sorted: Vec<f32> = cells().collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let (middle, spread) = robust_spread(&sorted)?;
    sorted.dedup();
    // What is standardised rises with the values.
    let different = |of_value: &dyn Fn(f64) -> f64| {
        let mut standard: Vec<f32> = sorted.iter().map(|&value| of_value(f64::from(value)) as f32).collect();
        standard.dedup();
        standard.len()
    };
    let straight = different(&|value| (value - mean) / deviation);
    let bent = different(&|value| bend((value - middle) / spread));
    (10 * straight <= 9 * sorted.len() && bent > straight).then_some((middle, spread))
}

/// The median of sorted values and the narrowest of some ranges around it, in the deviation of a normal distribution.
fn robust_spread(sorted: &[f32]) -> Option<(f64, f64)> {
    let middle = quantile_of_sorted(sorted, 0.5);
    let ranges = [(0.25, NORMAL_RANGE), (0.05, 3.289_707_253_902_945)];
    let range = |(share, range): (f64, f64)| {
        (quantile_of_sorted(sorted, 1.0 - share) - quantile_of_sorted(sorted, share)) / range
    };
    let nearest = sorted.iter().map(|&value| (f64::from(value) - middle).abs()).filter(|&gap| gap > 0.0);
    let spread = ranges.into_iter().map(range).find(|&spread| spread > 0.0);
    spread.or_else(|| nearest.reduce(f64::min)).map(|spread| (middle, spread))
}

/// Sum of each column.
pub(crate) fn sums(values: &[f32], columns: usize) -> Vec<f64> {
    column_sums(values, columns, |value, _| value)
}

/// Sum of squared distances of each column from its mean.
pub(crate) fn squares(values: &[f32], mean: &[f64]) -> Vec<f64> {
    column_sums(values, mean.len(), |value, column| (value - mean[column]).powi(2))
}

/// Sum of `term(value, column)` over the rows, block by block, folded in order.
fn column_sums(values: &[f32], columns: usize, term: impl Fn(f64, usize) -> f64 + Sync) -> Vec<f64> {
    let blocks: Vec<Vec<f64>> = values
        .par_chunks(BLOCK_ROWS * columns)
        .map(|block| {
            let mut sums = vec![0.0; columns];
            add_terms(&mut sums, block, &term);
            sums
        })
        .collect();
    let mut total = vec![0.0; columns];
    blocks.iter().for_each(|block| fold(&mut total, block));
    total
}

fn add_terms(sums: &mut [f64], rows: &[f32], term: impl Fn(f64, usize) -> f64) {
    for row in rows.chunks_exact(sums.len()) {
        for (column, (sum, &value)) in sums.iter_mut().zip(row).enumerate() {
            *sum += term(f64::from(value), column);
        }
    }
}

fn fold(total: &mut [f64], block: &[f64]) {
    total.iter_mut().zip(block).for_each(|(total, block)| *total += block);
}

/// The same sums, to the last bit, of rows that come a few at a time.
pub(crate) struct ColumnSums {
    total: Vec<f64>,
    block: Vec<f64>,
    block_rows: usize,
}

impl ColumnSums {
    pub(crate) fn new(columns: usize) -> Self {
        Self { total: vec![0.0; columns], block: vec![0.0; columns], block_rows: 0 }
    }

    pub(crate) fn add(&mut self, mut rows: &[f32], term: impl Fn(f64, usize) -> f64) {
        let columns = self.total.len();
        while !rows.is_empty() {
            let (now, later) = rows.split_at(rows.len().min((BLOCK_ROWS - self.block_rows) * columns));
            add_terms(&mut self.block, now, &term);
            self.block_rows += now.len() / columns;
            if self.block_rows == BLOCK_ROWS {
                self.fold();
            }
            rows = later;
        }
    }

    pub(crate) fn total(mut self) -> Vec<f64> {
        self.fold();
        self.total
    }

    fn fold(&mut self) {
        fold(&mut self.total, &self.block);
        self.block.fill(0.0);
        self.block_rows = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_need_it_are_bent_in_order_and_all_others_keep_their_bits() {
        let size = |row: usize| (row * 31 % 97) as f32 / 10.0 + (row * 17 % 13) as f32;
        let columns: [&dyn Fn(usize) -> f32; 6] = [
            &|row| if row == 7 { 9.96921e36 } else { size(row) },
            &|row| if row == 7 { -1e11 } else { size(row) },
            // Mostly one value, and the rest small beside a huge cell.
            &|row| match row {
                7 => 1e20,
                row if row % 9 == 0 => size(row),
                _ => 2.5,
            },
            &size,
            // A heavy tail, and a flag that is set once.
            &|row| (row as f32 / 40.0).exp(),
            &|row| f32::from(u8::from(row == 3)),
        ];
        let values: Vec<f32> = (0..300).flat_map(|row| columns.map(|column| column(row))).collect();
        let (mut plain, mut bent) = (values.clone(), values.clone());
        let standard = Standardization::fit(&values, 6);
        standard.apply(&mut plain);
        let bending = standard.bent_to(&values);
        assert_eq!(bending.bent_columns(), [0, 1, 2]);
        bending.apply(&mut bent);
        let column = |values: &[f32], column: usize| -> Vec<f32> {
            values.iter().skip(column).step_by(6).copied().collect()
        };
        for at in 3..6 {
            assert_eq!(column(&plain, at), column(&bent, at));
        }
        for at in 0..3 {
            let (before, after) = (column(&values, at), column(&bent, at));
            for (one, other) in [(0, 1), (7, 8), (100, 250), (9, 18), (27, 7), (11, 12)] {
                assert_eq!(
                    before[one].total_cmp(&before[other]),
                    after[one].total_cmp(&after[other]),
                    "{at}"
                );
            }
            assert!(after.iter().all(|value| value.abs() < 100.0), "{at}");
        }
    }

    #[test]
    fn a_robust_scale_is_that_of_the_middle_half_and_leaves_flags_alone() {
        // A normal-looking column with one huge value, and a flag that is set once.
        let column: Vec<f32> = (0..101).map(|row| if row == 100 { 1e9 } else { row as f32 }).collect();
        let values: Vec<f32> = column.iter().flat_map(|&x| [x, f32::from(u8::from(x == 3.0))]).collect();
        let (standard, robust) = (Standardization::fit(&values, 2), Standardization::robust(&values, 2));
        assert_eq!(robust.mean()[0], 50.0);
        assert!((robust.deviation()[0] - 50.0 / 1.348_979_5).abs() < 1e-6);
        assert_eq!((robust.mean()[1], robust.deviation()[1]), (standard.mean()[1], standard.deviation()[1]));
        assert_eq!(Standardization::robust(&[2.0; 9], 1).constant_columns(), [0]);
    }
}
