//! What happened during a fit, epoch by epoch.

use gradstop_rules::{Decision, Judgement, Keep, Signals, StopReason, StoppingRule};
use serde::{Deserialize, Serialize};

/// What the rule decided in an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decided {
    /// Go on.
    Continue,
    /// The best epoch so far.
    Best,
    /// One of the epochs that are averaged.
    Join,
    /// Stop here.
    Stop,
}

/// One epoch of a fit. Figures that nothing measured are `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Number of the epoch, from 0.
    pub epoch: usize,
    /// Mean training loss over the rows.
    pub loss: f64,
    /// What the rules measured.
    #[serde(flatten)]
    pub signals: Signals,
    /// Share of the rows that the epoch was not learned from, in `[0, 1)`.
    #[serde(default)]
    pub trimmed: Option<f64>,
    /// Largest loss of a row that it was learned from; in mini-batches the mean over these.
    #[serde(default)]
    pub trim_threshold: Option<f64>,
    /// Share of the rows left out that the epoch before left out as well, in `[0, 1]`. Not known of streams and shards.
    #[serde(default)]
    pub trim_overlap: Option<f64>,
    /// What the rule decided.
    pub decision: Decided,
}

impl EpochRecord {
    pub(crate) fn new(epoch: usize, loss: f64, judgement: &Judgement, left_out: LeftOutFigures) -> Self {
        let decision = match judgement.decision {
            Decision::Continue => Decided::Continue,
            Decision::Best => Decided::Best,
            Decision::Join => Decided::Join,
            Decision::Stop { .. } => Decided::Stop,
        };
        Self {
            epoch,
            loss,
            signals: judgement.signals,
            trimmed: left_out.share,
            trim_threshold: left_out.threshold,
            trim_overlap: left_out.overlap,
            decision,
        }
    }

    /// Fills in what an onlooking rule measured and the deciding one did not.
    pub(crate) fn complete(&mut self, other: &Signals) {
        self.signals = self.signals.or(*other);
    }
}

/// The epochs of a fit in order, the last one being that of the stop.
pub type History = Vec<EpochRecord>;

/// How a training ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StopSummary {
    /// Name of the rule that decided.
    pub rule: String,
    /// Epochs that were run.
    pub epochs_run: usize,
    /// The epoch whose parameters were kept, from 0: those after its step. Of an average the epoch that
    /// counts most.
    pub best_epoch: usize,
    /// Why training ended: `diverged`, `patience` or `epochs_used_up`.
    pub reason: String,
    /// The same in words.
    pub explanation: String,
    /// The epochs that are averaged, in order; empty if one was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub averaged: Vec<AveragedEpoch>,
}

/// An epoch in an average: the score of a row is the sum over these epochs of its score by each, times
/// `share / deviation`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AveragedEpoch {
    /// Number of the epoch, from 0.
    pub epoch: usize,
    /// Share of the average, over 0; all together 1.
    pub share: f64,
    /// Standard deviation of its scores of the fitted rows.
    pub deviation: f64,
}

impl AveragedEpoch {
    /// Adds the scores by this epoch to those of the average.
    pub fn add(&self, scores: &[f32], total: &mut [f64]) {
        let weight = self.share / self.deviation;
        total.iter_mut().zip(scores).for_each(|(total, &score)| *total += weight * f64::from(score));
    }

    /// The average, once all its epochs were added.
    pub fn finish(total: &[f64], scores: &mut [f32]) {
        let most = f64::from(f32::MAX);
        scores.iter_mut().zip(total).for_each(|(score, &total)| *score = total.min(most) as f32);
    }
}

impl StopSummary {
    /// The rule that decided, unless none was asked to.
    pub fn stopped_by(&self) -> Option<&str> {
        Some(&self.rule[..]).filter(|rule| *rule != "none")
    }

    /// What was kept, in words: `epoch 80`, or `the average of 12 epochs, most of all epoch 60`.
    pub fn kept(&self) -> String {
        match self.averaged.len() {
            0 | 1 => format!("epoch {}", self.best_epoch),
            epochs => format!("the average of {epochs} epochs, most of all epoch {}", self.best_epoch),
        }
    }

    pub(crate) fn new(
        rule: &dyn StoppingRule,
        epochs_run: usize,
        best_epoch: usize,
        (keep, reason): (Keep, StopReason),
        rows: usize,
        averaged: Vec<AveragedEpoch>,
    ) -> Self {
        let explanation = match rows {
            _ if keep == Keep::Average => explain_average(&averaged),
            1 => "a single row has nothing to be compared with, so no epoch is better than another".into(),
            _ => explain(rule.best_in_words(), best_epoch, keep, reason),
        };
        Self {
            rule: rule.name().to_string(),
            epochs_run,
            best_epoch,
            reason: reason.name().to_string(),
            explanation,
            averaged,
        }
    }
}

fn explain_average(averaged: &[AveragedEpoch]) -> String {
    let (first, last) = (averaged.first(), averaged.last());
    let span = |(first, last): (&AveragedEpoch, &AveragedEpoch)| (first.epoch, last.epoch);
    match first.zip(last).map(span) {
        Some((first, last)) if first < last => format!(
            "no epoch is sure to be the best, so {} of them, from epoch {first} to {last}, are averaged; the more \
             clearly an epoch's scores set few rows apart, the more it counts",
            averaged.len()
        ),
        _ => "the scores of the other epochs set no rows apart".into(),
    }
}

/// Says why an epoch was kept, to someone who has not read the paper.
fn explain(measure: &str, best_epoch: usize, keep: Keep, reason: StopReason) -> String {
    match (reason, keep) {
        (StopReason::Diverged { divergence, limit }, _) => format!(
            "from the start, normal-looking and abnormal-looking rows pulled the network apart \
             ({:.0} degrees, limit {:.0}); more training would only hurt",
            divergence.to_degrees(),
            limit.to_degrees()
        ),
        (StopReason::Patience { epochs }, _) => {
            format!("{measure}; {epochs} epochs in a row brought nothing better")
        }
        (StopReason::EpochsUsedUp { .. }, Keep::Last | Keep::Average) => {
            "the last epoch; no rule was asked to stop".into()
        }
        (StopReason::EpochsUsedUp { epochs }, _) if best_epoch + 1 == epochs => {
            format!("{measure}; it was still improving when the epochs ran out")
        }
        (StopReason::EpochsUsedUp { .. }, _) => {
            format!("{measure}; the epochs ran out before the rule stopped")
        }
    }
}

/// How one network was trained.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct Training {
    /// Rule, epoch kept, and why.
    pub stop: StopSummary,
    /// What happened, epoch by epoch.
    pub history: History,
    /// How the rules that only looked on ([`Watch::All`](crate::settings::Watch::All)) would have stopped it, of
    /// those that had decided before it ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<StopSummary>,
}

/// What an epoch's record says of the rows that it was not learned from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct LeftOutFigures {
    /// Share of the rows.
    pub(crate) share: Option<f64>,
    /// Largest loss that was learned from; the mean over the batches.
    pub(crate) threshold: Option<f64>,
    /// Share of these rows that the epoch before left out as well.
    pub(crate) overlap: Option<f64>,
}
