//! The smallest and the largest value of every column.

use pulp::Arch;

/// The smallest and the largest value of every column of the rows that were seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranges {
    pub(crate) low: Vec<f32>,
    pub(crate) high: Vec<f32>,
}

impl Ranges {
    pub(crate) fn new(columns: usize) -> Self {
        Self { low: vec![f32::INFINITY; columns], high: vec![f32::NEG_INFINITY; columns] }
    }

    /// Of row-major values of shape (rows x columns).
    pub(crate) fn of(values: &[f32], columns: usize) -> Self {
        let mut ranges = Self::new(columns);
        ranges.see(values);
        ranges
    }

    /// Of the rows of both, if they have as many columns.
    pub(crate) fn join(mut self, other: &Self) -> Option<Self> {
        if self.low.len() != other.low.len() {
            return None;
        }
        self.see(&other.low);
        self.see(&other.high);
        Some(self)
    }

    /// Takes in more rows.
    pub(crate) fn see(&mut self, values: &[f32]) {
        let columns = self.low.len();
        // Narrow rows side by side are one wide row.
        let together = LANES.div_ceil(columns);
        let width = together * columns;
        let (wide, rest) = values.split_at(values.len() / width * width);
        if !wide.is_empty() {
            let (mut low, mut high) = (self.low.repeat(together), self.high.repeat(together));
            Arch::new().dispatch(
                #[inline(always)]
                || see_wide(wide, &mut low, &mut high),
            );
            low.chunks_exact(columns).chain(high.chunks_exact(columns)).for_each(|row| self.see_row(row));
        }
        rest.chunks_exact(columns).for_each(|row| self.see_row(row));
    }

    fn see_row(&mut self, row: &[f32]) {
        for ((low, high), &value) in self.low.iter_mut().zip(&mut self.high).zip(row) {
            *low = if value < *low { value } else { *low };
            *high = if value > *high { value } else { *high };
        }
    }
}

/// Columns that are compared at once, in registers.
const LANES: usize = 16;

/// Rows that stay in the nearest cache while their columns are gone through.
const CACHED_ROWS: usize = 256;

/// Rows of at least as many columns as are compared at once.
#[inline(always)]
fn see_wide(values: &[f32], low: &mut [f32], high: &mut [f32]) {
    let columns = low.len();
    for rows in values.chunks(CACHED_ROWS * columns) {
        for start in (0..columns).step_by(LANES) {
            // The last columns are looked at once more rather than one by one.
            let at = start.min(columns - LANES);
            let (Some(low), Some(high)) =
                (low[at..].first_chunk_mut::<LANES>(), high[at..].first_chunk_mut::<LANES>())
            else {
                return;
            };
            let (mut least, mut most) = (*low, *high);
            for row in rows.chunks_exact(columns) {
                let Some(block) = row[at..].first_chunk::<LANES>() else { return };
                for lane in 0..LANES {
                    least[lane] = if block[lane] < least[lane] { block[lane] } else { least[lane] };
                    most[lane] = if block[lane] > most[lane] { block[lane] } else { most[lane] };
                }
            }
            (*low, *high) = (least, most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_tables_of_any_width_are_those_of_each_column() {
        for columns in [1, 2, 3, 15, 16, 17, 30, 33] {
            for rows in [1, 5, 16, 300] {
                let value = |at: usize| (at * 7919 % 10_007) as f32 - 5000.0;
                let values: Vec<f32> = (0..rows * columns).map(value).collect();
                let mut ranges = Ranges::of(&values[..columns], columns);
                ranges.see(&values[columns..]);
                for column in 0..columns {
                    let there = || values.iter().skip(column).step_by(columns).copied();
                    let wanted = (there().reduce(f32::min), there().reduce(f32::max));
                    assert_eq!(
                        (Some(ranges.low[column]), Some(ranges.high[column])),
                        wanted,
                        "{rows} x {columns}"
                    );
                }
            }
        }
    }
}
