//! Normal scores: where a value stands among the fitted ones, as deviations of a normal distribution.

use serde::{Deserialize, Serialize};

/// Quantiles that are kept of a column at most.
const MOST: usize = 1001;

/// Quantiles of the fitted values at even distances, from the least to the largest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    grid: Vec<f64>,
    /// How many values were fitted; no value counts as rarer than half of one of them.
    values: usize,
}

impl Quantiles {
    /// Of at least one finite value, in any order.
    pub(crate) fn fit(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let points = values.len().min(MOST);
        let grid = (0..points).map(|point| quantile(&values, point as f64 / (points - 1).max(1) as f64));
        Self { grid: grid.collect(), values: values.len() }
    }

    /// The quantiles, rising, at least one.
    pub fn grid(&self) -> &[f64] {
        &self.grid
    }

    /// No value counts as rarer than this share, from either end.
    pub fn rarest(&self) -> f64 {
        0.5 / self.values as f64
    }

    /// The normal score of a finite value; what lies beyond the fitted ones counts as the outermost.
    pub fn score(&self, value: f64) -> f64 {
        let last = (self.grid.len() - 1).max(1) as f64;
        // Equal quantiles are a run: a value in it stands in its middle.
        let below = self.grid.partition_point(|&quantile| quantile < value);
        let upto = self.grid.partition_point(|&quantile| quantile <= value);
        let share = if below < upto {
            (below + upto - 1) as f64 / 2.0 / last
        } else if below == 0 {
            0.0
        } else if below == self.grid.len() {
            1.0
        } else {
            let (low, high) = (self.grid[below - 1], self.grid[below]);
            ((below - 1) as f64 + (value - low) / (high - low)) / last
        };
        normal_deviate(share.clamp(self.rarest(), 1.0 - self.rarest()))
    }

    /// Whether it could have been fitted; if not, what is wrong.
    pub(crate) fn check(&self) -> Result<(), String> {
        let rising = self.grid.windows(2).all(|pair| pair[0] <= pair[1]);
        match rising && self.grid.iter().all(|value| value.is_finite()) && self.grid.len() <= self.values {
            true if !self.grid.is_empty() => Ok(()),
            _ => Err(format!("{} quantiles of {} values", self.grid.len(), self.values)),
        }
    }
}

/// The value below which a share of the sorted values lies, interpolated between neighbours.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    // Weighted, because the difference of the two may be too large for any number; and never beyond them, so that among
    // equal values every quantile is that value.
    (low * (1.0 - at.fract()) + high * at.fract()).clamp(low, high)
}

/// The deviate below which a share of a normal distribution lies, by Wichura's rational approximations (AS 241, the
/// one of seven digits); `share` in (0, 1).
fn normal_deviate(share: f64) -> f64 {
    let middle = share - 0.5;
    if middle.abs() <= Ratio::MIDDLE_REACHES {
        return middle * Ratio::MIDDLE.at(Ratio::MIDDLE.center - middle * middle);
    }
    let tail = (-share.min(1.0 - share).ln()).sqrt();
    let ratio = if tail <= 5.0 { Ratio::TAIL } else { Ratio::FAR };
    ratio.at(tail - ratio.center).copysign(middle)
}

/// A ratio of polynomials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// What is taken from the argument, or in the middle what the argument's square is taken from.
    pub center: f64,
    /// Coefficients above the line, the constant first.
    pub above: [f64; 4],
    /// Below it, behind a constant of 1.
    pub below: [f64; 3],
}

impl Ratio {
    /// How far from a half a share may be to be in the middle.
    pub const MIDDLE_REACHES: f64 = 0.425;

    /// The normal deviate over `share - 1/2`, of the centre less the square of that.
    pub const MIDDLE: Self = Self {
        center: 0.180625,
        above: [3.3871327179, 50.434271938, 159.29113202, 59.109374720],
        below: [17.895169469, 78.757757664, 67.187563600],
    };

    /// The normal deviate's size beyond it, of `sqrt(-ln(share))` less the centre, for the share that lies outside.
    pub const TAIL: Self = Self {
        center: 1.6,
        above: [1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103],
        below: [0.73700164250, 0.12021132975, 0.0],
    };

    /// The same where that root is over 5, which takes a share under 1.4e-11.
    const FAR: Self = Self {
        center: 5.0,
        above: [6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997],
        below: [0.24197894225, 0.012258202635, 0.0],
    };

    fn at(&self, at: f64) -> f64 {
        let [a0, a1, a2, a3] = self.above;
        let [b1, b2, b3] = self.below;
        (((a3 * at + a2) * at + a1) * at + a0) / (((b3 * at + b2) * at + b1) * at + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of a normal distribution below a deviate, by summing its density.
    fn share_below(deviate: f64) -> f64 {
        let steps = 200_000;
        let width = (deviate + 12.0) / f64::from(steps);
        let density = |at: f64| (-0.5 * at * at).exp() / std::f64::consts::TAU.sqrt();
        (0..steps).map(|step| density(-12.0 + (f64::from(step) + 0.5) * width) * width).sum()
    }

    #[test]
    fn the_normal_deviate_is_the_inverse_of_the_distribution() {
        for share in [1e-9, 1e-6, 0.001, 0.03, 0.075, 0.2, 0.5, 0.6, 0.92, 0.93, 0.999, 1.0 - 1e-6] {
            let found = share_below(normal_deviate(share));
            assert!((found - share).abs() < 1e-6 * share.min(1.0 - share) + 1e-9, "{share}: {found}");
        }
        assert_eq!(normal_deviate(0.5), 0.0);
        // The far tail, whose share is under what sums can tell: known to seven digits.
        assert!((normal_deviate(1e-13) + 7.348796).abs() < 1e-5);
    }

    #[test]
    fn scores_follow_ranks_and_end_at_the_outermost_value() {
        let values: Vec<f64> = (0..999).map(|value| f64::from(value).exp2()).collect();
        let quantiles = Quantiles::fit(values.iter().rev().copied().collect());
        assert_eq!(quantiles.score(values[499]), 0.0);
        assert!((quantiles.score(values[838]) - 1.0).abs() < 0.01);
        assert_eq!(quantiles.score(f64::MAX), quantiles.score(values[998]));
        assert!((quantiles.score(-1.0) + quantiles.score(f64::MAX)).abs() < 1e-6);
        assert!((quantiles.score(f64::MAX) - 3.29).abs() < 0.01);
        assert!(values.windows(2).all(|pair| quantiles.score(pair[0]) < quantiles.score(pair[1])));
    }

    #[test]
    fn equal_values_share_the_middle_of_their_run() {
        let quantiles = Quantiles::fit(vec![0.0, 0.0, 0.0, 1.0]);
        // Positions 0 to 2 of 0 to 3.
        assert!((quantiles.score(0.0) - normal_deviate(1.0 / 3.0)).abs() < 1e-12);
        assert_eq!(Quantiles::fit(vec![7.0]).score(7.0), 0.0);
    }

    #[test]
    fn quantiles_of_values_that_come_many_times_are_these_values() {
        // So many that most quantiles lie between two positions, and values whose weighted mean with themselves may differ
        // from them.
        for rows in [1002, 1831, 3333, 9999] {
            let values = (0..rows).map(|row| 0.1 * f64::from(row % 7) - 0.123_456_7);
            let quantiles = Quantiles::fit(values.clone().collect());
            assert_eq!(quantiles.check(), Ok(()), "{rows} values");
            let mut grid = quantiles.grid.clone();
            grid.dedup();
            let strangers =
                grid.iter().filter(|quantile| values.clone().all(|value| value != **quantile)).count();
            assert!(strangers <= 6, "{strangers} quantiles between two of 7 values");
            assert!(quantiles.score(values.clone().nth(3).unwrap_or_default()).abs() < 0.01);
        }
    }
}
