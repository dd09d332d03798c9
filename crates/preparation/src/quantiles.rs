//! Normal scores: where a value stands among the fitted ones, as deviations of a normal distribution.

use serde::{Deserialize, Serialize};

/// Quantiles that are kept of a column at most.
const MOST: usize = 1001;

/// Quantiles of the fitted values at even distances, from the least to the largest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quantiles {
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

    /// The normal score of a finite value; what lies beyond the fitted ones counts as the outermost.
    pub(crate) fn score(&self, value: f64) -> f64 {
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
        let rarest = 0.5 / self.values as f64;
        normal_deviate(share.clamp(rarest, 1.0 - rarest))
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
    let ratio = |at: f64, above: [f64; 4], below: [f64; 3]| {
        let [a0, a1, a2, a3] = above;
        let [b1, b2, b3] = below;
        (((a3 * at + a2) * at + a1) * at + a0) / (((b3 * at + b2) * at + b1) * at + 1.0)
    };
    let middle = share - 0.5;
    if middle.abs() <= 0.425 {
        return middle
            * ratio(
                0.180625 - middle * middle,
                [3.3871327179, 50.434271938, 159.29113202, 59.109374720],
                [17.895169469, 78.757757664, 67.187563600],
            );
    }
    let tail = (-share.min(1.0 - share).ln()).sqrt();
    let deviate = if tail <= 5.0 {
        ratio(
            tail - 1.6,
            [1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103],
            [0.73700164250, 0.12021132975, 0.0],
        )
    } else {
        ratio(
            tail - 5.0,
            [6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997],
            [0.24197894225, 0.012258202635, 0.0],
        )
    };
    deviate.copysign(middle)
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
