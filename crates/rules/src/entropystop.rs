//! EntropyStop: keep the epoch whose scores have the lowest entropy (Huang et al., 2024).

use serde::{Deserialize, Serialize};

use crate::settings::settings;
use crate::state::{read, written};
use crate::{
    Decision, Epoch, Judgement, Keep, Needs, RuleError, SettingRange, Signals, StopReason, StoppingRule,
};

settings! {
    "entropystop"
    /// Settings of [`EntropyStop`]. The default is what the paper's comparison uses.
    pub struct EntropyStopSettings {
        /// Epochs without a lower entropy before training stops (the paper's k).
        patience: usize = 20, SettingRange::Whole(1), "epochs without a better one after which training stops";
        /// How straight the entropy must have fallen to count as lower: the fall over the way it went,
        /// up and down (R_down). 0 accepts any fall.
        min_trend_ratio: f64 = 0.001, SettingRange::NotNegative, "share of its way that the entropy must have fallen by";
    }
}

/// Entropy of scores taken as a distribution over the rows: `-sum p ln(p + 1e-7)` with
/// `p = score / sum of scores`, in nats. Low when few rows hold most of the score. Scores must be at
/// least 0; if they are all 0 every row has the same share, so the entropy is that of equal scores.
///
/// ```
/// # use gradstop_rules::score_entropy;
/// let spread = score_entropy(&[1.0, 1.0, 1.0, 1.0]);
/// assert!((spread - 4.0f64.ln()).abs() < 1e-5);
/// assert!(score_entropy(&[9.0, 0.1, 0.1, 0.1]) < spread);
/// ```
pub fn score_entropy(scores: &[f32]) -> f64 {
    let total: f64 = scores.iter().map(|&s| f64::from(s)).sum();
    let share = |score: f32| {
        if total > 0.0 { f64::from(score) / total } else { 1.0 / scores.len() as f64 }
    };
    -scores.iter().map(|&score| share(score)).map(|p| p * (p + 1e-7).ln()).sum::<f64>()
}

/// The score entropy rule.
#[derive(Debug, Clone)]
pub struct EntropyStop {
    settings: EntropyStopSettings,
    state: State,
}

/// What it remembers of the epochs that it was shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    lowest: f64,
    previous: f64,
    /// How far the entropy went up and down since the lowest.
    way: f64,
    /// Epochs since the lowest.
    patience: usize,
}

impl EntropyStop {
    /// A fresh rule.
    ///
    /// # Errors
    /// [`RuleError::Setting`] if a setting is outside its range.
    pub fn new(settings: EntropyStopSettings) -> Result<Self, RuleError> {
        settings.check()?;
        Ok(Self { settings, state: State::default() })
    }

    /// Judges an epoch from its score entropy, for those who measure it themselves.
    ///
    /// ```
    /// use gradstop_rules::*;
    ///
    /// let mut rule = EntropyStop::new(EntropyStopSettings::default())?;
    /// rule.judge_measured(0, 3.0);
    /// assert_eq!(rule.judge_measured(1, 2.9).decision, Decision::Best);
    /// assert_eq!(rule.judge_measured(2, 2.95).decision, Decision::Continue);
    /// # Ok::<(), RuleError>(())
    /// ```
    pub fn judge_measured(&mut self, epoch: usize, entropy: f64) -> Judgement {
        let signals = Signals { entropy: Some(entropy), ..Signals::default() };
        Judgement { decision: self.decide(epoch, entropy), signals }
    }

    fn decide(&mut self, epoch: usize, entropy: f64) -> Decision {
        let state = &mut self.state;
        if epoch == 0 {
            (state.lowest, state.previous) = (entropy, entropy);
            return Decision::Best;
        }
        state.way += (entropy - state.previous).abs();
        state.previous = entropy;

        let fall = state.lowest - entropy;
        if fall > 0.0 && fall / state.way > self.settings.min_trend_ratio {
            (state.lowest, state.way, state.patience) = (entropy, 0.0, 0);
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

impl StoppingRule for EntropyStop {
    fn name(&self) -> &'static str {
        "entropystop"
    }

    fn best_in_words(&self) -> &'static str {
        "the scores set few rows apart most clearly there"
    }

    fn needs(&self, _epoch: usize) -> Needs<'_> {
        Needs { gradients: None, scores: true }
    }

    fn judge(&mut self, epoch: &Epoch<'_>) -> Judgement {
        match epoch.scores {
            Some(scores) if !scores.is_empty() => self.judge_measured(epoch.index, score_entropy(scores)),
            _ => Judgement { decision: Decision::Best, signals: Signals::default() },
        }
    }

    fn state(&self) -> Option<Vec<u8>> {
        Some(written(&self.state))
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        read(state).map(|state| self.state = state).is_some()
    }
}
