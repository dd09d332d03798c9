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
        let Self { low, high } = self;
        let columns = low.len();
        // Comparisons, as many at once as the processor has: the same for any number of them.
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for row in values.chunks_exact(columns) {
                    for ((low, high), &value) in low.iter_mut().zip(high.iter_mut()).zip(row) {
                        *low = if value < *low { value } else { *low };
                        *high = if value > *high { value } else { *high };
                    }
                }
            },
        );
    }
}
