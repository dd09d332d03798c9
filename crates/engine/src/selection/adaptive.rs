//! As many rows left out as have losses far over the usual one.

use crate::selection::forecast::Forecast;
use crate::selection::{RowSelection, in_order, loss_of, weight_within};

/// Losses that the usual one is taken of, at most. More would say it little better and cost more than they are worth.
pub(crate) const SAMPLED: usize = 1024;

/// Standard deviation of normally distributed values over their median absolute deviation.
const OF_NORMAL: f32 = 1.4826;

/// Leaves out of every step the rows whose loss, in logarithms, lies more than a standard deviation over the usual one: a
/// table with few outliers loses few rows, one with many loses more, and never more than half. Both are robust, the median
/// and 1.4826 times the median absolute deviation from it.
///
/// Median and deviation are those of at most 1,024 rows, evenly spaced. A loss that is not a number is left out.
///
/// ```
/// use gradstop_engine::{AdaptiveTrim, RowSelection};
/// let mut weights = [0.5; 7];
/// let mut trim = AdaptiveTrim::default();
/// trim.weigh(&[1.0, 1.0, 1.2, 2.0, 2.1, 2.5, 90.0], &mut weights);
/// // The median is 2, and the logarithms' deviation from it ln(2 / 1.2).
/// assert!((trim.threshold().unwrap_or(0.0) - 2.0 * (2.0f32 / 1.2).powf(1.4826)).abs() < 1e-4);
/// assert_eq!(weights, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
/// ```
#[derive(Debug, Default)]
pub struct AdaptiveTrim {
    threshold: Option<f32>,
    forecast: Forecast,
    /// Room for the sample.
    sample: Vec<f32>,
}

impl RowSelection for AdaptiveTrim {
    fn weigh(&mut self, losses: &[f32], weights: &mut [f32]) {
        self.sample.clear();
        self.sample.extend(losses.iter().step_by(stride(losses.len())));
        let limit = usual_limit(&mut self.sample);
        weights.iter_mut().zip(losses).for_each(|(weight, &loss)| *weight = weight_within(limit, loss));
        if weights.iter().all(|&weight| weight == 0.0) {
            // The limit is not a number, as most losses of the sample are none.
            weights.fill(1.0);
        }
        self.forecast.follow(limit);
        self.threshold = Some(limit);
    }

    fn foresee(&self) -> Option<f32> {
        self.forecast.expected()
    }

    fn threshold(&self) -> Option<f32> {
        self.threshold
    }

    fn memory(&self) -> Vec<f64> {
        let [level, trend] = self.forecast.memory();
        vec![f64::from(self.threshold.unwrap_or(f32::NAN)), level, trend]
    }

    fn recall(&mut self, memory: &[f64]) -> bool {
        let &[threshold, level, trend] = memory else { return false };
        self.threshold = Some(threshold as f32).filter(|threshold| !threshold.is_nan());
        self.forecast = Forecast::recall([level, trend]);
        true
    }
}

/// Of so many rows every how many-th is sampled.
pub(crate) fn stride(rows: usize) -> usize {
    rows.div_ceil(SAMPLED).max(1)
}

/// The largest loss that counts as usual, given a sample of losses, which is put in another order.
pub(crate) fn usual_limit(sample: &mut [f32]) -> f32 {
    let median = median(sample);
    // Of a loss of 0 the logarithm is none: it is as far below as any.
    let place = |loss: f32| loss.max(f32::MIN_POSITIVE).ln();
    let middle = place(median);
    sample.iter_mut().for_each(|loss| *loss = (place(*loss) - middle).abs());
    let deviation = self::median(sample);
    // Half of the rows stay whatever rounding makes of their logarithms.
    (median * (OF_NORMAL * deviation).exp()).max(median)
}

/// The lower one of an even number; not a number is the largest.
fn median(values: &mut [f32]) -> f32 {
    let middle = (values.len() - 1) / 2;
    let (_, &mut median, _) = values.select_nth_unstable_by_key(middle, |&value| in_order(value));
    loss_of(in_order(median))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn at_least_half_of_the_rows_stay_and_the_limit_is_the_naive_one(
            losses in prop::collection::vec(prop_oneof![4 => 1e-3f32..100.0, 1 => Just(0.0f32), 1 => Just(7.0f32)], 1..200),
        ) {
            let mut weights = vec![0.5; losses.len()];
            let mut trim = AdaptiveTrim::default();
            trim.weigh(&losses, &mut weights);
            let median = |values: &[f64]| {
                let mut sorted = values.to_vec();
                sorted.sort_by(f64::total_cmp);
                sorted[(sorted.len() - 1) / 2]
            };
            let logs: Vec<f64> = losses.iter().map(|&loss| f64::from(loss.max(f32::MIN_POSITIVE)).ln()).collect();
            let middle = median(&logs);
            let spread = median(&logs.iter().map(|log| (log - middle).abs()).collect::<Vec<f64>>());
            let want = (middle + 1.4826 * spread).exp();
            let got = f64::from(trim.threshold().unwrap_or(f32::NAN));
            // Of a median of 0 nothing lies above it by a factor.
            prop_assert!((got - want).abs() <= 1e-3 * want || middle < -80.0, "{} and {}", got, want);
            let kept = weights.iter().filter(|&&weight| weight == 1.0).count();
            prop_assert!(2 * kept >= losses.len(), "{kept} of {}", losses.len());
            prop_assert!(weights.iter().all(|&weight| weight == 0.0 || weight == 1.0));
        }
    }

    #[test]
    fn a_large_batch_is_judged_by_a_sample_and_losses_that_are_no_numbers_leave_rows() {
        let losses: Vec<f32> =
            (0..100_000).map(|row| ((row * 7919 % 100_003) as f32 / 25_000.0).exp()).collect();
        let mut weights = vec![0.0; losses.len()];
        AdaptiveTrim::default().weigh(&losses, &mut weights);
        let kept = weights.iter().sum::<f32>() / losses.len() as f32;
        assert!((0.6..0.95).contains(&kept), "{kept}");
        for losses in [vec![f32::NAN; 5], vec![f32::INFINITY; 5], vec![0.0; 5], vec![f32::NAN, 1.0, 2.0]] {
            let mut weights = vec![0.0; losses.len()];
            AdaptiveTrim::default().weigh(&losses, &mut weights);
            assert!(weights.contains(&1.0), "{losses:?}");
        }
    }
}
