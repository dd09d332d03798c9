//! State of a running training: its history, what the rules have decided, and the snapshots that were kept.
//! It can be written down between two epochs and gone on with.

use gradstop_rules::{Decision, EpochShare, Judgement, Keep, ProbeRows, StopReason, StoppingRule};
use serde::{Deserialize, Serialize};

use crate::error::ModelFileError;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::training::history::{AveragedEpoch, History, StopSummary};
use crate::training::left_out::LeftOut;
use crate::training::rules::Rules;
use crate::training::step::{Outcome, TrainStep};

/// State of a running training, whose snapshots are of type `K`.
pub(crate) struct TrainingProgress<K> {
    pub(crate) history: History,
    /// What the deciding rule has said, and the onlookers.
    pub(crate) deciding: StopTracker,
    pub(crate) others: Vec<StopTracker>,
    first: Option<K>,
    best: Option<K>,
    joined: Vec<(usize, K)>,
}

impl<K> TrainingProgress<K> {
    pub(crate) fn new(onlookers: usize) -> Self {
        Self {
            history: History::new(),
            deciding: StopTracker::default(),
            others: vec![StopTracker::default(); onlookers],
            first: None,
            best: None,
            joined: Vec::new(),
        }
    }

    /// Keeps the snapshots that may be wanted of an epoch.
    pub(crate) fn keep<S: TrainStep<Kept = K>>(&mut self, epoch: usize, decision: Decision, train_step: &S) {
        if epoch == 0 {
            self.first = Some(train_step.keep());
        }
        match decision {
            Decision::Best => self.best = Some(train_step.keep()),
            Decision::Join => self.joined.push((epoch, train_step.keep())),
            Decision::Continue | Decision::Stop { .. } => {}
        }
    }

    /// What the training ends with, once the rule has decided.
    pub(crate) fn conclude<S: TrainStep<Kept = K>>(self, train_step: &S) -> Outcome<K> {
        let Self { history, deciding, others, first, best, mut joined } = self;
        let (keep, stop) = deciding.ended.expect("a training is concluded when it has ended");
        let kept = match (keep, first, best) {
            (Keep::First, Some(first), _) => vec![first],
            (Keep::Best, _, Some(best)) => vec![best],
            (Keep::Average, ..) => {
                joined.retain(|(epoch, _)| stop.averaged.iter().any(|kept| kept.epoch == *epoch));
                joined.into_iter().map(|(_, kept)| kept).collect()
            }
            _ => vec![train_step.keep()],
        };
        let others = others.into_iter().filter_map(|tracker| Some(tracker.ended?.1)).collect();
        Outcome { kept, history, stop, others }
    }

    /// All of it, and what the step and the rules remember; nothing if one of the rules cannot say.
    pub(crate) fn state<S: TrainStep<Kept = K>>(
        &self,
        train_step: &S,
        left_out: &LeftOut,
        rules: &Rules,
    ) -> Option<TrainingState> {
        let mut tensors: Vec<NamedTensor> = under("train_step.", train_step.state()).collect();
        tensors.extend(left_out.tensor());
        let mut keep = |prefix: &str, kept: &K| tensors.extend(under(prefix, S::kept_tensors(kept)));
        self.first.iter().for_each(|kept| keep("first.", kept));
        self.best.iter().for_each(|kept| keep("best.", kept));
        self.joined.iter().for_each(|(epoch, kept)| keep(&format!("joined.{epoch}."), kept));
        let progress = SavedProgress {
            rules: rules.iter().map(StoppingRule::state).collect::<Option<_>>()?,
            history: self.history.clone(),
            deciding: self.deciding.clone(),
            others: self.others.clone(),
            first: self.first.is_some(),
            best: self.best.is_some(),
            joined: self.joined.iter().map(|(epoch, _)| *epoch).collect(),
        };
        Some(TrainingState { progress, tensors })
    }

    /// Goes on from the state of this training that was saved, and says how many epochs it has run.
    ///
    /// # Errors
    /// What is wrong with the state, in words.
    pub(crate) fn resume<S: TrainStep<Kept = K>>(
        &mut self,
        TrainingState { progress, tensors }: TrainingState,
        train_step: &mut S,
        left_out: &mut LeftOut,
        rules: &mut Rules,
        probe_rows: usize,
    ) -> Result<usize, String> {
        let tensors = Tensors::new(&tensors);
        let epochs = progress.history.len();
        let restored = (|| {
            for (index, rule) in rules.iter_mut().enumerate() {
                restore(rule, progress.rules.get(index), (epochs, probe_rows))
                    .map_err(|problem| ModelFileError::Broken(format!("rule {index}: {problem}")))?;
            }
            train_step.restore(&tensors.under("train_step."))?;
            left_out.restore(&tensors)?;
            let kept = |name: &str| train_step.kept_from(&tensors.under(name));
            self.first = progress.first.then(|| kept("first.")).transpose()?;
            self.best = progress.best.then(|| kept("best.")).transpose()?;
            let joined = progress.joined.iter().map(|&epoch| Ok((epoch, kept(&format!("joined.{epoch}."))?)));
            self.joined = joined.collect::<Result<_, ModelFileError>>()?;
            Ok(())
        })();
        restored.map_err(|problem: ModelFileError| problem.to_string())?;
        if progress.others.len() != self.others.len() || epochs == 0 {
            return Err("a training that contradicts itself".into());
        }
        (self.history, self.deciding, self.others) = (progress.history, progress.deciding, progress.others);
        Ok(epochs)
    }
}

/// Tensors under a longer name.
fn under(prefix: &str, tensors: Vec<NamedTensor>) -> impl Iterator<Item = NamedTensor> {
    tensors.into_iter().map(move |tensor| NamedTensor { name: format!("{prefix}{}", tensor.name), ..tensor })
}

/// Gives a rule back what it remembered after so many epochs.
fn restore(
    rule: &mut dyn StoppingRule,
    state: Option<&Vec<u8>>,
    (epochs, probe_rows): (usize, usize),
) -> Result<(), &'static str> {
    if !state.is_some_and(|state| rule.restore(state)) {
        return Err("bytes that are not its state");
    }
    // A row that is not there must not be asked for.
    match rule.needs(epochs).gradients {
        Some(ProbeRows::These(rows)) if rows.iter().any(|&row| row >= probe_rows) => {
            Err("a row outside the probe")
        }
        _ => Ok(()),
    }
}

/// Follows what a rule decides, up to its stop.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StopTracker {
    best_epoch: Option<usize>,
    joined: Vec<usize>,
    pub(crate) ended: Option<(Keep, StopSummary)>,
}

impl StopTracker {
    /// Takes a judgement down, unless the rule has ended already. The last epoch ends every rule.
    pub(crate) fn track(
        &mut self,
        rule: &dyn StoppingRule,
        judgement: &Judgement,
        epoch: usize,
        (epochs, rows): (usize, usize),
    ) {
        if self.ended.is_some() {
            return;
        }
        let (keep, reason) = match judgement.decision {
            Decision::Stop { keep, reason } => (keep, reason),
            decision => {
                match decision {
                    Decision::Best => self.best_epoch = Some(epoch),
                    Decision::Join => self.joined.push(epoch),
                    Decision::Continue | Decision::Stop { .. } => {}
                }
                if epoch + 1 < epochs {
                    return;
                }
                (rule.keep_at_end(), StopReason::EpochsUsedUp { epochs })
            }
        };
        let averaged = match keep {
            Keep::Average => averaged(&self.joined, &rule.shares()),
            _ => Vec::new(),
        };
        let most = averaged.iter().max_by(|a, b| a.share.total_cmp(&b.share));
        let kept_epoch = match keep {
            Keep::First => 0,
            Keep::Best => self.best_epoch.unwrap_or(epoch),
            Keep::Last => epoch,
            Keep::Average => most.map_or(epoch, |most| most.epoch),
        };
        let stop = StopSummary::new(rule, epoch + 1, kept_epoch, (keep, reason), rows, averaged);
        self.ended = Some((keep, stop));
    }
}

/// The epochs of an average that count.
fn averaged(joined: &[usize], shares: &[EpochShare]) -> Vec<AveragedEpoch> {
    let of = |(&epoch, share): (&usize, &EpochShare)| AveragedEpoch {
        epoch,
        share: share.share,
        deviation: share.deviation,
    };
    joined.iter().zip(shares).map(of).filter(|epoch| epoch.share > 0.0).collect()
}

/// A training between two epochs.
#[derive(Debug, Clone)]
pub(crate) struct TrainingState {
    pub(crate) progress: SavedProgress,
    pub(crate) tensors: Vec<NamedTensor>,
}

/// The part of it that is no tensor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SavedProgress {
    /// The state of the rule that decides, then of those that only look on; bytes, as JSON has no NaN.
    pub(crate) rules: Vec<Vec<u8>>,
    pub(crate) history: History,
    pub(crate) deciding: StopTracker,
    pub(crate) others: Vec<StopTracker>,
    /// Whether there are snapshots of the first and of the best epoch.
    pub(crate) first: bool,
    pub(crate) best: bool,
    /// The epochs of which snapshots were kept to be averaged.
    pub(crate) joined: Vec<usize>,
}
