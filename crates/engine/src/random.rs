//! Random numbers by address: a number depends on where it is used, never on how many were drawn
//! before it, so that the threads need not agree on an order.

use std::collections::BTreeSet;

/// What random numbers are used for: those of one seed for two purposes are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Initial parameters; the second address is the tensor.
    Parameters,
    /// Dropout masks; the second address is the layer.
    Dropout,
    /// Which rows are probed.
    Probe,
    /// The order of the rows in mini-batches.
    Shuffle,
    /// The noise of sampling layers; the second address is the layer.
    Noise,
    /// Which connections a network keeps; the second address is the tensor.
    Connections,
    /// The random partner of each row.
    Partners,
    /// Seeds of the members of an ensemble.
    Members,
    /// Values of made tables, and which rows of a table are taken.
    Tables,
    /// Samples and cuts of an isolation forest; the address is the tree.
    IsolationForest,
    /// Where k-means starts; the address is the restart.
    ClusterStarts,
    /// Rows that the directions of a map are measured on.
    MapSample,
    /// Where the search for a direction of a map starts.
    MapDirections,
    /// Rows that a map shows.
    MapRows,
}

impl Purpose {
    /// The stream of its numbers, and where in it they stand if others share it. Those that share one were added to the
    /// stream of the shuffles: to give them their own would change every score that follows from them.
    fn place(self) -> (u64, Option<u64>) {
        let shared = match self {
            Self::IsolationForest => 1000,
            Self::ClusterStarts => 1001,
            Self::MapSample => 2001,
            Self::MapDirections => 2002,
            Self::MapRows => 2003,
            _ => return (self as u64, None),
        };
        (Self::Shuffle as u64, Some(shared))
    }
}

/// Everything that a random number depends on but its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of `(seed, purpose, address...)`.
    ///
    /// ```
    /// use gradstop_engine::random::{Key, Purpose};
    /// let key = Key::new(0, Purpose::Probe, &[3]);
    /// assert_eq!(key.bits(5), Key::new(0, Purpose::Probe, &[3]).bits(5));
    /// assert_ne!(key.bits(5), Key::new(0, Purpose::Shuffle, &[3]).bits(5));
    /// ```
    pub fn new(seed: u64, purpose: Purpose, address: &[u64]) -> Self {
        let (stream, shared) = purpose.place();
        let key = Self(scramble(scramble(seed) ^ (stream + 1)));
        shared.iter().chain(address).fold(key, |key, &part| key.at(part))
    }

    /// The key one address deeper.
    #[inline(always)]
    pub fn at(self, part: u64) -> Self {
        Self(scramble(self.0 ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A key that follows from the values of a row alone, so that a row draws the same numbers wherever
    /// it stands.
    pub fn of_values(row: &[f32]) -> Self {
        let start = Self::new(0, Purpose::Noise, &[]);
        row.iter().fold(start, |key, value| key.at(u64::from(value.to_bits())))
    }

    /// 64 random bits.
    pub fn bits(self, index: u64) -> u64 {
        self.at(index).0
    }

    /// A number in `[0, 1)`.
    pub fn uniform(self, index: u64) -> f64 {
        (self.bits(index) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A number from the standard normal distribution (Box and Muller).
    pub fn normal(self, index: u64) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform(2 * index)).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform(2 * index + 1)).cos()
    }

    /// A whole number in `0..bound`.
    pub fn below(self, index: u64, bound: u64) -> u64 {
        ((u128::from(self.bits(index)) * u128::from(bound)) >> 64) as u64
    }

    /// Puts `items` in random order (Fisher and Yates).
    pub fn shuffle<T>(self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64, last as u64 + 1) as usize);
        }
    }

    /// `count` different numbers of `0..bound` in rising order, all of them if there are no more
    /// (Floyd's method).
    ///
    /// ```
    /// use gradstop_engine::random::{Key, Purpose};
    /// let rows = Key::new(0, Purpose::Probe, &[]).sample(1000, 5);
    /// assert_eq!(rows.len(), 5);
    /// assert!(rows.is_sorted());
    /// ```
    pub fn sample(self, bound: usize, count: usize) -> Vec<usize> {
        let mut chosen = BTreeSet::new();
        for next in bound.saturating_sub(count)..bound {
            let pick = self.below(next as u64, next as u64 + 1) as usize;
            if !chosen.insert(pick) {
                chosen.insert(next);
            }
        }
        chosen.into_iter().collect()
    }

    /// Whether dropout keeps unit `unit` of the row that this key addresses. Scalar twin of
    /// `fill_mask`.
    #[inline(always)]
    pub fn keeps(self, unit: usize, threshold: u32) -> bool {
        lane(self.0 as u32, (self.0 >> 32) as u32, unit as u32) >= threshold
    }

    /// Writes a dropout mask: `scale` for a unit that is kept, 0 for one that is dropped.
    #[inline(always)]
    pub(crate) fn fill_mask(self, mask: &mut [f32], threshold: u32, scale: f32) {
        let (low, high) = (self.0 as u32, (self.0 >> 32) as u32);
        for (unit, mask) in mask.iter_mut().enumerate() {
            let kept = lane(low, high, unit as u32) >= threshold;
            *mask = if kept { scale } else { 0.0 };
        }
    }
}

/// The number that a random lane must reach for a unit to survive a dropout of `rate`.
pub fn dropout_threshold(rate: f32) -> u32 {
    (f64::from(rate) * 2f64.powi(32)) as u32
}

/// The finalizer of SplitMix64: every input bit reaches every output bit.
#[inline(always)]
fn scramble(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// 32 random bits from a 64-bit row key and a unit, in 32-bit arithmetic so that eight or sixteen
/// units are done at once.
#[inline(always)]
fn lane(low: u32, high: u32, unit: u32) -> u32 {
    let mut bits = low.wrapping_add(unit.wrapping_mul(0x9e37_79b9));
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
    bits ^= high;
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846c_a68b);
    bits ^ (bits >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_zero_and_deviation_one() {
        let key = Key::new(1, Purpose::Parameters, &[0]);
        let numbers: Vec<f64> = (0..20_000).map(|i| key.normal(i)).collect();
        let mean = numbers.iter().sum::<f64>() / 2e4;
        let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2e4;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
    }

    #[test]
    fn purposes_that_share_a_stream_draw_what_they_always_drew() {
        for (purpose, place) in [
            (Purpose::IsolationForest, 1000),
            (Purpose::ClusterStarts, 1001),
            (Purpose::MapSample, 2001),
            (Purpose::MapDirections, 2002),
            (Purpose::MapRows, 2003),
        ] {
            assert_eq!(Key::new(7, purpose, &[3]), Key::new(7, Purpose::Shuffle, &[place, 3]), "{purpose:?}");
        }
    }

    #[test]
    fn masks_keep_the_right_share_and_agree_with_their_scalar_twin() {
        let threshold = dropout_threshold(0.2);
        let mut kept = 0;
        for row in 0..1000 {
            let key = Key::new(3, Purpose::Dropout, &[1, 0, 0, row]);
            let mut mask = [0.0; 64];
            key.fill_mask(&mut mask, threshold, 1.25);
            for (unit, &m) in mask.iter().enumerate() {
                assert_eq!(m != 0.0, key.keeps(unit, threshold));
                kept += usize::from(m != 0.0);
            }
        }
        assert!((kept as f64 / 64_000.0 - 0.8).abs() < 0.006, "{kept}");
    }

    #[test]
    fn neighboring_rows_and_units_are_not_correlated() {
        let threshold = dropout_threshold(0.5);
        let bit = |row: u64, unit| Key::new(9, Purpose::Dropout, &[row]).keeps(unit, threshold);
        let pairs = |a: fn(u64, usize) -> (u64, usize)| {
            let same = (0..200u64).flat_map(|row| (0..64).map(move |unit| (row, unit)));
            same.filter(|&(row, unit)| bit(row, unit) == bit(a(row, unit).0, a(row, unit).1)).count()
        };
        for same in [pairs(|row, unit| (row + 1, unit)), pairs(|row, unit| (row, unit + 1))] {
            assert!((same as f64 / 12_800.0 - 0.5).abs() < 0.02, "{same}");
        }
    }

    #[test]
    fn a_sample_has_no_row_twice_and_a_shuffle_loses_none() {
        let key = Key::new(4, Purpose::Probe, &[]);
        let rows = key.sample(50, 20);
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]) && rows.iter().all(|&row| row < 50));
        assert_eq!(rows.len(), 20);
        assert_eq!(key.sample(3, 20), [0, 1, 2]);
        let mut items: Vec<u32> = (0..100).collect();
        key.shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
