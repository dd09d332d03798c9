//! Between which values four rows in five lie, column by column.

use rayon::prelude::*;

/// Rows that are looked at, at most, at even distances: more would not move a tenth by what people see.
pub(crate) const MOST_ROWS: usize = 1 << 14;

/// The share of the rows that lies below, and above.
const TAIL: f64 = 0.1;

/// The values of every column between which four rows in five lie, and the mean of all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UsualValues {
    pub(crate) low: Vec<f32>,
    pub(crate) high: Vec<f32>,
    pub(crate) mean: Vec<f64>,
}

impl UsualValues {
    /// Of row-major values of shape (rows x columns), of which there is a row at least.
    pub(crate) fn of(values: &[f32], columns: usize) -> Self {
        let rows = values.len() / columns;
        let looked_at = rows.min(MOST_ROWS);
        let of_column = |column: usize| {
            let row = |at: usize| (at as u128 * rows as u128 / looked_at as u128) as usize;
            let mut drawn: Vec<f32> = (0..looked_at).map(|at| values[row(at) * columns + column]).collect();
            let mean = drawn.iter().map(|&value| f64::from(value)).sum::<f64>() / looked_at as f64;
            let [low, high] = [TAIL, 1.0 - TAIL].map(|share| quantile(&mut drawn, share));
            (low, high, mean)
        };
        let of_columns: Vec<(f32, f32, f64)> = (0..columns).into_par_iter().map(of_column).collect();
        Self {
            low: of_columns.iter().map(|of| of.0).collect(),
            high: of_columns.iter().map(|of| of.1).collect(),
            mean: of_columns.iter().map(|of| of.2).collect(),
        }
    }
}

/// The value below which this share of some values lies, interpolated between neighbors; the values change places.
fn quantile(values: &mut [f32], share: f64) -> f32 {
    let at = share * (values.len() - 1) as f64;
    let (_, &mut low, above) = values.select_nth_unstable_by(at.floor() as usize, f32::total_cmp);
    let high = above.iter().copied().min_by(f32::total_cmp).unwrap_or(low);
    (f64::from(low) + (f64::from(high) - f64::from(low)) * at.fract()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_rows_in_five_lie_between_the_ends_of_each_column() {
        let values: Vec<f32> = (0..=100).flat_map(|row| [row as f32, (row % 2) as f32]).collect();
        let usual = UsualValues::of(&values, 2);
        assert_eq!((usual.low, usual.high), (vec![10.0, 0.0], vec![90.0, 1.0]));
        assert_eq!((usual.mean[0], (usual.mean[1] * 101.0).round()), (50.0, 50.0));
    }

    #[test]
    fn of_many_rows_as_many_as_are_looked_at_stand_for_all() {
        let rows = 3 * MOST_ROWS + 1;
        let usual = UsualValues::of(&(0..rows).map(|row| row as f32).collect::<Vec<_>>(), 1);
        assert!((usual.low[0] / rows as f32 - 0.1).abs() < 1e-3, "{usual:?}");
        assert!((usual.high[0] / rows as f32 - 0.9).abs() < 1e-3, "{usual:?}");
    }
}
