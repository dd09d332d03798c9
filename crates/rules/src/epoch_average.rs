//! An average of epochs instead of one: nothing has to be decided that the training does not tell.
//!
//! Early in a training the score of a row is nearly its distance from the middle of the table, late it is
//! what a network that has seen everything still cannot reproduce. Which of the two finds the outliers
//! depends on the table, and no figure that can be had without labels says it for sure. So the scores of
//! epochs all along the training are averaged, each in units of its own deviation, and an epoch counts
//!
//! - by its *pace*: the part of the fall of the mean score, in logarithms, that it stands for. Epochs in
//!   which nothing was learned count for nothing, however many there are;
//! - by its *skewness*: `exp(skewness_weight * skewness)` of the logarithms of its scores. Where few rows stand far
//!   above the many there is something to be found; where the scores are spread to both sides alike, or
//!   hang towards zero, they are mostly noise.

use serde::{Deserialize, Serialize};

use crate::settings::{check, settings};
use crate::state::{read, written};
use crate::{
    Decision, Epoch, EpochShare, Judgement, Keep, Needs, RuleError, SettingRange, Signals, StoppingRule,
};

/// Epochs that count for less than this share of the one that counts most are left out: each costs a
/// network at every scoring.
const NEGLIGIBLE: f64 = 0.01;

/// What is added to a score before its logarithm, as a share of the mean score.
const FLOOR: f64 = 1e-6;

settings! {
    "auto"
    /// Settings of [`EpochAverage`]. `skewness_weight` was chosen on the ADBench tables with odd numbers and on
    /// made tables (docs/research); it is the same for every table and detector.
    pub struct EpochAverageSettings {
        /// Ratio of one averaged epoch's number to that of the one before it; small numbers follow each other
        /// one by one.
        epoch_spacing: f64 = 1.3, SettingRange::Between(1.0, 1000.0), "ratio of an averaged epoch's number to that of the one before";
        /// How much more an epoch counts whose scores are skewed; 0 looks at the pace alone.
        skewness_weight: f64 = 4.0, SettingRange::NotNegative, "how much more an epoch counts whose scores set few rows apart";
    }
}

/// Keeps an average of epochs that are spread over the whole training; on the command line it is called
/// `auto`. It looks at scores alone, in about one epoch of six, and never stops early.
///
/// ```
/// use gradstop_rules::*;
///
/// let mut rule = EpochAverage::new(EpochAverageSettings::default(), 3)?;
/// // Most rows score little and one scores much; in the end all are alike but for one that scores less.
/// for (index, scores) in [[4.0, 4.0, 5.0, 90.0], [1.0, 1.0, 2.0, 60.0], [0.9, 0.9, 0.9, 0.1]].iter().enumerate() {
///     let judgement = rule.judge(&Epoch { index, loss: 1.0, gradients: None, scores: Some(scores) });
///     assert_eq!(judgement.decision, Decision::Join);
/// }
/// assert_eq!(rule.keep_at_end(), Keep::Average);
/// let shares = rule.shares();
/// assert!(shares[0].share > 0.0 && shares[1].share > 0.0);
/// assert_eq!(shares[2].share, 0.0);
/// # Ok::<(), RuleError>(())
/// ```
#[derive(Debug, Clone)]
pub struct EpochAverage {
    settings: EpochAverageSettings,
    epochs: usize,
    state: State,
}

/// What it remembers of the epochs that it was shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    /// The next epoch to join.
    next: usize,
    joined: Vec<Shape>,
}

/// What the scores of an epoch look like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Shape {
    mean: f64,
    deviation: f64,
    /// Of the logarithms.
    skewness: f64,
}

impl EpochAverage {
    /// A fresh rule for a training of `epochs` epochs.
    ///
    /// # Errors
    /// [`RuleError::Setting`] if a setting is outside its range.
    pub fn new(settings: EpochAverageSettings, epochs: usize) -> Result<Self, RuleError> {
        settings.check()?;
        check("epochs", epochs, SettingRange::Whole(1))?;
        Ok(Self { settings, epochs, state: State::default() })
    }

    fn joins(&self, epoch: usize) -> bool {
        epoch == self.state.next || epoch + 1 == self.epochs
    }
}

impl StoppingRule for EpochAverage {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn needs(&self, epoch: usize) -> Needs<'_> {
        Needs { gradients: None, scores: self.joins(epoch) }
    }

    fn judge(&mut self, epoch: &Epoch<'_>) -> Judgement {
        let Some(scores) = epoch.scores.filter(|scores| !scores.is_empty()) else {
            return Judgement { decision: Decision::Continue, signals: Signals::default() };
        };
        let shape = Shape::of(scores);
        let signals = Signals { skewness: Some(shape.skewness), ..Signals::default() };
        if !self.joins(epoch.index) {
            return Judgement { decision: Decision::Continue, signals };
        }
        self.state.joined.push(shape);
        self.state.next =
            (epoch.index + 1).max((epoch.index as f64 * self.settings.epoch_spacing).round() as usize);
        Judgement { decision: Decision::Join, signals }
    }

    fn keep_at_end(&self) -> Keep {
        Keep::Average
    }

    fn shares(&self) -> Vec<EpochShare> {
        let joined = &self.state.joined;
        let useful = |shape: &Shape| shape.mean.is_finite() && shape.deviation > 0.0;
        let skewest = joined.iter().filter(|shape| useful(shape)).map(|shape| shape.skewness);
        let skewest = skewest.fold(f64::NEG_INFINITY, f64::max);
        let counts = |(shape, pace): (&Shape, f64)| match useful(shape) {
            true => pace * (self.settings.skewness_weight * (shape.skewness - skewest)).exp(),
            false => 0.0,
        };
        let mut counts: Vec<f64> = joined.iter().zip(paces(joined)).map(counts).collect();
        let least = NEGLIGIBLE * counts.iter().copied().fold(0.0, f64::max);
        counts.iter_mut().filter(|count| **count < least).for_each(|count| *count = 0.0);
        let total: f64 = counts.iter().sum();
        let mut shares: Vec<EpochShare> = joined
            .iter()
            .zip(counts)
            .map(|(shape, count)| match count > 0.0 {
                true => EpochShare { share: count / total, deviation: shape.deviation },
                false => EpochShare { share: 0.0, deviation: 1.0 },
            })
            .collect();
        if total <= 0.0 {
            // Scores that are all equal, or no numbers: there is nothing to choose from.
            shares.last_mut().into_iter().for_each(|last| last.share = 1.0);
        }
        shares
    }

    fn state(&self) -> Option<Vec<u8>> {
        Some(written(&self.state))
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        read(state).map(|state| self.state = state).is_some()
    }
}

impl Shape {
    fn of(scores: &[f32]) -> Self {
        let values = scores.iter().map(|&score| f64::from(score));
        let (mean, deviation, _) = moments(values.clone());
        let (.., skewness) = moments(values.map(|score| (score + FLOOR * mean).max(f64::MIN_POSITIVE).ln()));
        Self { mean, deviation, skewness }
    }
}

/// Mean, standard deviation and skewness; values that are all equal are not skewed.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let about = |power: i32| values.clone().map(|value| (value - mean).powi(power)).sum::<f64>() / count;
    let deviation = about(2).sqrt();
    // Below this all that differs is the rounding of 32-bit scores.
    if deviation <= 1e-6 * mean.abs() {
        return (mean, 0.0, 0.0);
    }
    (mean, deviation, about(3) / deviation.powi(3))
}

/// The part of the fall of the logarithm of the mean score that each epoch stands for: half of the way from
/// the one before, half of the way to the next. The same for all if it never falls.
fn paces(joined: &[Shape]) -> Vec<f64> {
    let mut lowest = f64::INFINITY;
    let level = |shape: &Shape| {
        lowest = lowest.min(shape.mean.max(f64::MIN_POSITIVE).ln());
        lowest
    };
    let levels: Vec<f64> = joined.iter().map(level).collect();
    let mut paces = vec![0.0; levels.len()];
    for (at, pair) in levels.windows(2).enumerate() {
        let half = (pair[0] - pair[1]) / 2.0;
        paces[at] += half;
        paces[at + 1] += half;
    }
    if paces.iter().all(|&pace| pace == 0.0) {
        paces.fill(1.0);
    }
    paces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(figures: &[(f64, f64)]) -> EpochAverage {
        let shape = |&(mean, skewness)| Shape { mean, deviation: 1.0, skewness };
        let mut rule = EpochAverage::new(EpochAverageSettings::default(), 100).unwrap();
        rule.state.joined = figures.iter().map(shape).collect();
        rule
    }

    fn shares(rule: &EpochAverage) -> Vec<f64> {
        rule.shares().into_iter().map(|share| share.share).collect()
    }

    fn show(rule: &mut EpochAverage, index: usize, scores: &[f32]) -> Decision {
        rule.judge(&Epoch { index, loss: 1.0, gradients: None, scores: Some(scores) }).decision
    }

    #[test]
    fn the_averaged_epochs_are_spread_by_a_ratio_and_include_the_ends() {
        let mut rule = EpochAverage::new(EpochAverageSettings::default(), 100).unwrap();
        let mut joined = Vec::new();
        for epoch in 0..100 {
            if rule.needs(epoch).scores {
                joined.push(epoch);
                assert_eq!(show(&mut rule, epoch, &[1.0, 2.0]), Decision::Join);
            } else {
                assert_eq!(show(&mut rule, epoch, &[1.0, 2.0]), Decision::Continue);
            }
        }
        assert_eq!(joined, [0, 1, 2, 3, 4, 5, 7, 9, 12, 16, 21, 27, 35, 46, 60, 78, 99]);
    }

    #[test]
    fn an_epoch_counts_by_the_fall_of_the_mean_score_around_it() {
        // From 8 to 4 and to 1 in logarithms of two: paces 1/2, 3/2, 1; then nothing is learned.
        let shares = shares(&shapes(&[(8.0, 0.0), (4.0, 0.0), (1.0, 0.0), (1.0, 0.0), (2.0, 0.0)]));
        let wanted = [1.0 / 6.0, 0.5, 1.0 / 3.0, 0.0, 0.0];
        shares.iter().zip(wanted).for_each(|(got, want)| assert!((got - want).abs() < 1e-12, "{shares:?}"));
    }

    #[test]
    fn skewed_scores_count_more_and_hanging_ones_next_to_nothing() {
        let shares = shares(&shapes(&[(8.0, 1.0), (4.0, 0.5), (2.0, -3.0)]));
        assert!((shares[1] / shares[0] - 2.0 * (-2.0f64).exp()).abs() < 1e-12);
        assert_eq!(shares[2], 0.0);
    }

    #[test]
    fn a_score_that_never_falls_leaves_the_skewness_to_decide() {
        let shares = shares(&shapes(&[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]));
        assert!(shares.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-12));
    }

    #[test]
    fn scores_without_any_difference_leave_the_last_epoch() {
        let mut rule = EpochAverage::new(EpochAverageSettings::default(), 3).unwrap();
        for epoch in 0..3 {
            show(&mut rule, epoch, &[0.0; 4]);
        }
        assert_eq!(shares(&rule), [0.0, 0.0, 1.0]);
        let mut rule = EpochAverage::new(EpochAverageSettings::default(), 2).unwrap();
        show(&mut rule, 0, &[1.0, 2.0, 9.0]);
        show(&mut rule, 1, &[f32::NAN, 2.0, 9.0]);
        assert_eq!(shares(&rule), [1.0, 0.0]);
    }
}
