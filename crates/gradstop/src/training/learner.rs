//! What the loop trains, and how it is asked to.

use gradstop_engine::{Network, Optimizer, Probe, RowGradients, Step, Trainer, Trimming};

use crate::error::{Error, ModelFileError};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::training::history::{History, StopSummary};
use crate::training::network_state::{network_like, network_tensors, restore_trainer, trainer_tensors};

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Seed of the probe, the batches and the dropout masks.
    pub seed: u64,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// Length that longer gradients are shortened to before a step; 0 for never.
    pub gradient_limit: f32,
    /// Rows a batch; 0 for all at once.
    pub batch_rows: usize,
    /// Which rows of a batch a step is not learned from, if there are any.
    pub trim: Option<Trimming>,
    /// Epochs at most.
    pub epochs: usize,
    /// Rows whose gradients a rule may look at.
    pub probe_rows: usize,
}

/// What a training ends with.
#[derive(Debug, Clone)]
pub struct Outcome<S> {
    /// What was learned up to the epoch that was kept, restored exactly; several where the rule averages
    /// epochs, those of [`StopSummary::averaged`].
    pub kept: Vec<S>,
    /// Every epoch that was run.
    pub history: History,
    /// How it ended.
    pub stop: StopSummary,
    /// How the onlooking rules would have ended it, of those that had decided by then.
    pub others: Vec<StopSummary>,
}

/// How a network scores standardised rows, for the rules that look at scores.
pub type ScoreInto<'a> = dyn Fn(&Network, &[f32], &mut [f32]) -> Result<(), Error> + Sync + 'a;

/// What the loop trains: it takes a step, shows gradients, scores rows, and can be kept.
pub(crate) trait Learner {
    /// What is kept of an epoch.
    type Kept;

    /// A pass over a batch and the step along its gradient; returns the batch's mean loss.
    fn step(&mut self, rows: &[f32], step: Step, probe: Probe<'_>) -> Result<f64, Error>;

    /// The gradients of the probe rows of the last step that had any, in parts that stand for different
    /// parameters.
    fn gradients(&mut self) -> Vec<RowGradients<'_>>;

    /// Whether the gradients of any row of a batch can be shown.
    fn shows_gradients(&self) -> bool {
        true
    }

    /// Whether the covariance of the batch is of use.
    fn uses_covariance(&self) -> bool;

    /// Which rows of the last step's batch it was learned from, if they are selected.
    fn selected(&self) -> Option<Chosen<'_>>;

    fn score_into(&mut self, rows: &[f32], scores: &mut [f32]) -> Result<(), Error>;

    fn keep(&self) -> Self::Kept;

    /// Whether it holds the rows, so that a checkpoint can say of which table it is. Without them there is none.
    fn sees_all_rows(&self) -> bool {
        true
    }

    /// Everything that the next step depends on, beside the seed.
    fn state(&self) -> Vec<NamedTensor>;

    /// Goes on from such a state of a learner with the same settings.
    fn restore(&mut self, state: &Tensors<'_>) -> Result<(), ModelFileError>;

    /// A snapshot as tensors.
    fn kept_tensors(kept: &Self::Kept) -> Vec<NamedTensor>;

    /// A snapshot of such tensors.
    fn kept_from(&self, tensors: &Tensors<'_>) -> Result<Self::Kept, ModelFileError>;
}

/// Which rows of a batch a step was learned from.
pub(crate) struct Chosen<'a> {
    pub(crate) rows: ChosenRows<'a>,
    /// Largest loss that was learned from.
    pub(crate) threshold: f64,
}

/// The rows themselves, where they are.
pub(crate) enum ChosenRows<'a> {
    /// How much each row of the batch counted.
    Here(&'a [f32]),
    /// The share that was left out of rows of which only that is known.
    Elsewhere { left_out: f64 },
}

pub(crate) fn diverged(epoch: usize, loss: f64, plan: &Plan) -> Error {
    Error::Diverged { epoch, loss, learning_rate: plan.optimizer.learning_rate() }
}

/// Checks the scores of the fitted rows by what was kept of a training.
pub(crate) fn check_scores(scores: &[f32], stop: &StopSummary, plan: &Plan) -> Result<(), Error> {
    match scores.iter().find(|score| !score.is_finite()) {
        Some(&score) => Err(diverged(stop.best_epoch, f64::from(score), plan)),
        None => Ok(()),
    }
}

/// One network.
pub(crate) struct NetworkLearner<'a> {
    pub(crate) trainer: Trainer,
    pub(crate) score_into: &'a ScoreInto<'a>,
}

impl Learner for NetworkLearner<'_> {
    type Kept = Network;

    fn step(&mut self, rows: &[f32], step: Step, probe: Probe<'_>) -> Result<f64, Error> {
        let loss = self.trainer.pass(rows, step, probe)?;
        self.trainer.update();
        Ok(loss)
    }

    fn gradients(&mut self) -> Vec<RowGradients<'_>> {
        vec![self.trainer.row_gradients()]
    }

    fn uses_covariance(&self) -> bool {
        self.trainer.uses_covariance()
    }

    fn selected(&self) -> Option<Chosen<'_>> {
        let selected = self.trainer.selected()?;
        Some(Chosen { rows: ChosenRows::Here(selected.weights), threshold: f64::from(selected.threshold?) })
    }

    fn score_into(&mut self, rows: &[f32], scores: &mut [f32]) -> Result<(), Error> {
        (self.score_into)(self.trainer.network(), rows, scores)
    }

    fn keep(&self) -> Network {
        self.trainer.network().clone()
    }

    fn state(&self) -> Vec<NamedTensor> {
        trainer_tensors(&self.trainer)
    }

    fn restore(&mut self, state: &Tensors<'_>) -> Result<(), ModelFileError> {
        restore_trainer(&mut self.trainer, state)
    }

    fn kept_tensors(kept: &Network) -> Vec<NamedTensor> {
        network_tensors(kept, "")
    }

    fn kept_from(&self, tensors: &Tensors<'_>) -> Result<Network, ModelFileError> {
        network_like(self.trainer.network(), tensors)
    }
}
