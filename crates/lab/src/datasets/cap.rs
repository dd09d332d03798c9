//! How a table of many rows becomes one of at most 10,000 for a comparison.

use gradstop::engine::random::{Key, Purpose};
use rand_mt::Mt;
use serde::{Deserialize, Serialize};

use crate::datasets::labelled::Labelled;

/// Rows at most.
pub(crate) const ROWS: usize = 10_000;

/// The seed of the authors' code, with which the recorded values were measured.
const SEED: u32 = 42;

/// What is done about tables of over 10,000 rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cap {
    /// As the authors' code: drawn with replacement by class, in the classes' shares, inliers first. It uses
    /// the labels, so it belongs to a comparison with the paper and nowhere else.
    ByClass,
    /// Drawn without replacement, blind to the labels: what a user could do.
    Uniform,
    /// Nothing.
    None,
}

impl Cap {
    pub(crate) fn apply(self, table: Labelled) -> Labelled {
        if table.rows() <= ROWS {
            return table;
        }
        match self {
            Self::None => table,
            Self::Uniform => table.pick(&Key::new(0, Purpose::Tables, &[]).sample(table.rows(), ROWS)),
            Self::ByClass => {
                let mut rows = Vec::with_capacity(ROWS);
                for class in [false, true] {
                    let of_class: Vec<usize> =
                        (0..table.rows()).filter(|&row| table.labels[row] == class).collect();
                    if of_class.is_empty() {
                        continue;
                    }
                    let outliers = table.outliers() as f64 / table.rows() as f64;
                    let share = if class { outliers } else { 1.0 - outliers };
                    let mut draws = Draws::new(SEED, of_class.len());
                    rows.extend((0..(share * ROWS as f64) as usize).map(|_| of_class[draws.next()]));
                }
                table.pick(&rows)
            }
        }
    }
}

/// Whole numbers below a bound, the ones that numpy's `RandomState(seed).choice(bound, ...)` draws: the bits
/// of a Mersenne twister under the smallest mask that holds the bound, those over it thrown away.
struct Draws {
    bits: Mt,
    largest: u32,
    mask: u32,
}

impl Draws {
    fn new(seed: u32, bound: usize) -> Self {
        let largest = u32::try_from(bound - 1).expect("a table has fewer rows than 2^32");
        Self {
            bits: Mt::new(seed),
            largest,
            mask: u32::MAX.checked_shr(largest.leading_zeros()).unwrap_or(0),
        }
    }

    fn next(&mut self) -> usize {
        // A bound of 1 draws nothing.
        if self.largest == 0 {
            return 0;
        }
        loop {
            let value = self.bits.next_u32() & self.mask;
            if value <= self.largest {
                return value as usize;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: usize, outliers: usize) -> Labelled {
        let labels = (0..rows).map(|row| row % (rows / outliers) == 0).collect();
        Labelled { columns: vec!["x".into()], values: (0..rows).map(|row| row as f32).collect(), labels }
    }

    #[test]
    fn draws_are_those_of_numpy() {
        // numpy.random.RandomState(42).choice(n, 8) for these n.
        for (bound, wanted) in WANTED {
            let mut draws = Draws::new(42, bound);
            assert_eq!(std::array::from_fn(|_| draws.next()), wanted, "{bound}");
        }
    }

    const WANTED: [(usize, [usize; 8]); 4] = [
        (7, [6, 3, 4, 6, 2, 4, 4, 6]),
        (1000, [102, 435, 860, 270, 106, 71, 700, 20]),
        (65536, [56422, 15795, 860, 38158, 62570, 54343, 44732, 11284]),
        (283301, [121958, 146867, 131932, 259178, 119879, 110268, 207892, 54886]),
    ];

    #[test]
    fn by_class_keeps_the_shares_and_small_tables_stay() {
        let small = table(100, 10);
        assert_eq!(Cap::ByClass.apply(small.clone()), small);
        let capped = Cap::ByClass.apply(table(30_000, 1000));
        assert_eq!((capped.rows(), capped.outliers()), (9_999, 333));
        assert!(capped.labels.is_sorted());
        assert!(
            capped
                .values
                .iter()
                .zip(&capped.labels)
                .all(|(&value, &label)| (value as usize).is_multiple_of(30) == label)
        );
    }

    #[test]
    fn uniform_takes_no_row_twice_and_keeps_the_order() {
        let capped = Cap::Uniform.apply(table(30_000, 1000));
        assert_eq!(capped.rows(), ROWS);
        assert!(capped.values.is_sorted_by(|a, b| a < b));
        assert_eq!(Cap::None.apply(table(30_000, 1000)).rows(), 30_000);
    }
}
