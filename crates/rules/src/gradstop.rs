//! GradStop (Algorithm 1), online, as the authors' released code decides it.

use serde::{Deserialize, Serialize};

use crate::settings::settings;
use crate::state::{read, written};
use crate::{
    Decision, Epoch, GradSample, Judgement, Keep, Needs, ProbeSets, RuleError, SetComparison, SettingRange,
    Signals, Smoothing, StopReason, StoppingRule,
};

settings! {
    "gradstop"
    /// Settings of [`GradStop`]. The default is what the paper uses for the auto-encoder.
    pub struct GradStopSettings {
        /// Rows in each of the two sets (the paper's k).
        set_size: usize = 20, SettingRange::Whole(1), "rows in each of the two sets that are compared";
        /// Epochs between two draws of the sets.
        resample_every: usize = 10, SettingRange::Whole(1), "epochs between two choices of the sets";
        /// Earlier values that the smoothing averages over; 0 for no smoothing.
        smoothing: usize = 8, SettingRange::Whole(0), "epochs that a measure is smoothed over";
        /// Epochs without a better gap before training stops (w).
        patience: usize = 20, SettingRange::Whole(1), "epochs without a better one after which training stops";
        /// A gap of smaller size counts as good: both sets behave alike (t_Cs).
        gap_low: f64 = 0.01, SettingRange::NotNegative, "a gap this small always counts as better";
        /// A larger gap counts as good: the inliers agree far more than the outliers (t_Cb).
        gap_high: f64 = 0.05, SettingRange::NotNegative, "a gap this large always counts as better";
        /// Mean early divergence in radians above which the first epoch is kept (t_D); infinity turns the
        /// early test off; files write that as `"off"`.
        #[serde(with = "crate::limit")]
        divergence_limit: f64 = 1.57, SettingRange::Limit, "angle in radians over which the first epoch is kept";
        /// How straight the gap must have risen to count as better: the rise over the way it went,
        /// up and down (R_down). 0 accepts any rise.
        min_trend_ratio: f64 = 0.001, SettingRange::NotNegative, "share of its way that the gap must have risen by";
    }
}

/// The gradient cohesion rule of the paper.
///
/// Every epoch it compares the probe rows with the smallest gradients (like inliers) with those of the
/// largest (like outliers): by the gap between their cohesions it picks the epoch to keep, and by the
/// angle between their sums it tells early whether learning only hurts, in which case the first epoch
/// is kept. An epoch in which nothing can be compared, because there are fewer than two probe rows,
/// counts as the best so far: the rule then changes nothing.
#[derive(Debug, Clone)]
pub struct GradStop {
    settings: GradStopSettings,
    sample: GradSample,
    state: State,
}

/// What it remembers of the epochs that it was shown, but for the sets of rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    gaps: Smoothing,
    divergences: Smoothing,
    early: EarlyTest,
    best_gap: f64,
    previous_gap: f64,
    /// How far the gap went up and down since the best.
    way: f64,
    /// Epochs since the best.
    patience: usize,
}

impl GradStop {
    /// A fresh rule.
    ///
    /// # Errors
    /// [`RuleError::Setting`] if a setting is outside its range.
    pub fn new(settings: GradStopSettings) -> Result<Self, RuleError> {
        settings.check()?;
        Ok(Self {
            sample: GradSample::new(settings.set_size, settings.resample_every),
            state: State {
                gaps: Smoothing::new(settings.smoothing),
                divergences: Smoothing::new(settings.smoothing),
                early: EarlyTest::new(settings.patience, settings.divergence_limit),
                best_gap: 0.0,
                previous_gap: 0.0,
                way: 0.0,
                patience: 0,
            },
            settings,
        })
    }

    /// Judges an epoch from its measured figures, for those who measure cohesion and divergence
    /// themselves. [`judge`](StoppingRule::judge) measures them and calls this.
    ///
    /// ```
    /// use gradstop_rules::*;
    ///
    /// let mut rule = GradStop::new(GradStopSettings::default())?;
    /// let measured = SetComparison { cohesion_small: 0.75, cohesion_large: 0.25, divergence: 1.0 };
    /// let judgement = rule.judge_measured(0, measured);
    /// assert_eq!(judgement.decision, Decision::Best);
    /// assert_eq!(judgement.signals.gap, Some(0.5));
    /// # Ok::<(), RuleError>(())
    /// ```
    pub fn judge_measured(&mut self, epoch: usize, measured: SetComparison) -> Judgement {
        let gap = self.state.gaps.push(measured.gap());
        let divergence = self.state.divergences.push(measured.divergence);
        let signals = Signals {
            cohesion_small: Some(measured.cohesion_small),
            cohesion_large: Some(measured.cohesion_large),
            gap: Some(measured.gap()),
            smoothed_gap: Some(gap),
            divergence: Some(measured.divergence),
            smoothed_divergence: Some(divergence),
            ..Signals::default()
        };
        Judgement { decision: self.decide(epoch, gap, divergence), signals }
    }

    fn decide(&mut self, epoch: usize, gap: f64, divergence: f64) -> Decision {
        let state = &mut self.state;
        let early = state.early.see(epoch, divergence);
        if epoch == 0 {
            (state.best_gap, state.previous_gap) = (gap, gap);
            return Decision::Best;
        }
        if let Some(reason) = early {
            return Decision::Stop { keep: Keep::First, reason };
        }
        state.way += (gap - state.previous_gap).abs();
        state.previous_gap = gap;

        let rise = gap - state.best_gap;
        let rose = rise > 0.0 && rise / state.way > self.settings.min_trend_ratio;
        if rose || gap > self.settings.gap_high || gap.abs() < self.settings.gap_low {
            (state.best_gap, state.way, state.patience) = (gap, 0.0, 0);
            return Decision::Best;
        }
        state.patience += 1;
        if state.patience >= self.settings.patience {
            let reason = StopReason::Patience { epochs: state.patience };
            return Decision::Stop { keep: Keep::Best, reason };
        }
        Decision::Continue
    }
}

impl StoppingRule for GradStop {
    fn name(&self) -> &'static str {
        "gradstop"
    }

    fn best_in_words(&self) -> &'static str {
        "the rows that look normal agreed best on what to learn there"
    }

    fn needs(&self, epoch: usize) -> Needs<'_> {
        Needs { gradients: Some(self.sample.needs(epoch)), scores: false }
    }

    fn judge(&mut self, epoch: &Epoch<'_>) -> Judgement {
        let comparable = epoch.gradients.filter(|gradients| gradients.rows() >= 2);
        match comparable {
            Some(gradients) => {
                let sets = self.sample.sample(epoch.index, gradients);
                let measured = SetComparison::measure(sets, gradients);
                self.judge_measured(epoch.index, measured)
            }
            None => Judgement { decision: Decision::Best, signals: Signals::default() },
        }
    }

    fn state(&self) -> Option<Vec<u8>> {
        Some(written(&(self.sample.sets(), &self.state)))
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some((sets, state)) = read::<(ProbeSets, State)>(state) else { return false };
        if sets.small().len() != sets.large().len() {
            return false;
        }
        self.sample.stand_by(sets);
        self.state = state;
        true
    }
}

/// The early test: the mean smoothed divergence over epochs `patience/4 .. patience/2` against the limit.
/// (The printed Algorithm 1 tests it over the first `patience` epochs; the released code stops here.)
#[derive(Debug, Clone, Serialize, Deserialize)]
struct EarlyTest {
    first: usize,
    end: usize,
    limit: f64,
    sum: f64,
}

impl EarlyTest {
    fn new(patience: usize, limit: f64) -> Self {
        Self { first: patience / 4, end: patience / 2, limit, sum: 0.0 }
    }

    fn see(&mut self, epoch: usize, divergence: f64) -> Option<StopReason> {
        if epoch < self.first || epoch >= self.end {
            return None;
        }
        self.sum += divergence;
        let mean = self.sum / (self.end - self.first) as f64;
        let diverged = epoch + 1 == self.end && mean > self.limit;
        diverged.then_some(StopReason::Diverged { divergence: mean, limit: self.limit })
    }
}
