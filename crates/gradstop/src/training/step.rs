//! What the loop trains, and how it is asked to.

use gradstop_engine::{Covariance, Network, Objective, Probe, RowGradients, Step, Trainer};

use crate::error::{Error, ModelFileError};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::training::batches::Deal;
use crate::training::history::{History, StopSummary};
use crate::training::network_state::{network_like, network_tensors, restore_trainer, trainer_tensors};
use crate::training::plan::Plan;

/// What a training ends with.
#[derive(Debug, Clone)]
pub(crate) struct Outcome<S> {
    /// What was learned up to the epoch that was kept, restored exactly; several where the rule averages
    /// epochs, those of [`StopSummary::averaged`].
    pub(crate) kept: Vec<S>,
    /// Every epoch that was run.
    pub(crate) history: History,
    /// How it ended.
    pub(crate) stop: StopSummary,
    /// How the onlooking rules would have ended it, of those that had decided by then.
    pub(crate) others: Vec<StopSummary>,
}

/// How a network scores standardised rows, for the rules that look at scores.
pub(crate) type ScoreInto<'a> = dyn Fn(&Network, &[f32], &mut [f32]) -> Result<(), Error> + Sync + 'a;

/// What the loop trains: it takes a step, shows gradients, scores rows, and can be kept.
pub(crate) trait TrainStep {
    /// What is kept of an epoch.
    type Kept;

    /// A pass over a batch and the step along its gradient, with the gradients of the rows at the positions `probe`;
    /// returns the batch's mean loss.
    fn advance(&mut self, rows: &[f32], step: Step, probe: &[usize]) -> Result<f64, Error>;

    /// The gradients of the probe rows of the last step that had any, in parts that stand for different
    /// parameters.
    fn gradients(&mut self) -> Vec<RowGradients<'_>>;

    /// Whether the gradients of any row of a batch can be shown.
    fn shows_gradients(&self) -> bool {
        true
    }

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

    /// Goes on from such a state of a step with the same settings.
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
pub(crate) struct NetworkStep<'a> {
    trainer: Trainer,
    score_into: &'a ScoreInto<'a>,
    /// Whether every batch is the whole table.
    is_full: bool,
    covariance: Option<Covariance>,
}

impl<'a> NetworkStep<'a> {
    /// A fresh network that is trained for an objective on the batches of a deal.
    pub(crate) fn new(
        network: Network,
        objective: Objective,
        plan: &Plan,
        deal: &Deal,
        score_into: &'a ScoreInto<'a>,
    ) -> Result<Self, Error> {
        let mut trainer = Trainer::new(network, objective, plan.optimizer, deal.largest(), plan.seed)?
            .with_gradient_limit(plan.gradient_limit);
        if let Some(trimming) = plan.trim {
            trainer = trainer.with_selection(trimming.selection()?)?;
        }
        Ok(Self { trainer, score_into, is_full: deal.is_full(), covariance: None })
    }

    /// Where every batch is the whole table its covariance is always the same. Of a narrow table the training itself makes
    /// use of it, whoever looks on; of others the gradients of rows, for which it saves a product an epoch. It is not worth
    /// its memory where there are more columns than rows.
    fn measure_covariance(&mut self, rows: &[f32], probed: bool) {
        let inputs = self.trainer.network().architecture().inputs();
        let count = rows.len() / inputs;
        let wanted = Covariance::is_narrow(inputs, count) || inputs <= count && probed;
        if wanted && self.covariance.is_none() && self.trainer.uses_covariance() {
            self.covariance = Some(Covariance::of(rows, inputs));
        }
    }
}

impl TrainStep for NetworkStep<'_> {
    type Kept = Network;

    fn advance(&mut self, rows: &[f32], step: Step, probe: &[usize]) -> Result<f64, Error> {
        if self.is_full {
            self.measure_covariance(rows, !probe.is_empty());
        }
        let loss =
            self.trainer.pass(rows, step, Probe { rows: probe, covariance: self.covariance.as_ref() })?;
        self.trainer.update();
        Ok(loss)
    }

    fn gradients(&mut self) -> Vec<RowGradients<'_>> {
        vec![self.trainer.row_gradients()]
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

#[cfg(test)]
mod tests {
    use gradstop_engine::{Activation, Architecture, BatchNorm, Initialization, Layer, Optimizer};

    use super::*;

    #[test]
    fn the_covariance_of_a_narrow_table_is_measured_whoever_looks_and_others_for_who_looks()
    -> Result<(), Error> {
        let (all, none) = (&[0, 3][..], &[][..]);
        let looked_at = [(20, 4, all, true), (20, 20, all, true), (20, 21, all, false)];
        let trained = [(20, 4, none, true), (20, 5, none, false)];
        for (rows, columns, probe, measured) in looked_at.into_iter().chain(trained) {
            let layers = vec![
                Layer::Dense { outputs: 4, bias: true },
                Layer::BatchNorm(BatchNorm::default()),
                Layer::Activation(Activation::Relu),
                Layer::Dense { outputs: columns, bias: true },
            ];
            let network = Network::new(Architecture::new(columns, layers)?, Initialization::Uniform, 0);
            let plan = Plan {
                seed: 0,
                optimizer: Optimizer::adam(0.01),
                gradient_limit: 0.0,
                batch_size: 0,
                trim: None,
                epochs: 1,
                probe_size: 5,
            };
            let values: Vec<f32> =
                (0..rows * columns).map(|at| (at * 37 % 101) as f32 / 50.0 - 1.0).collect();
            let deal = Deal::new(&plan, rows);
            let mut train_step =
                NetworkStep::new(network, Objective::SquaredError, &plan, &deal, &|_, _, _| Ok(()))?;
            train_step.advance(&values, Step { epoch: 0, batch: 0 }, probe)?;
            assert_eq!(train_step.covariance.is_some(), measured, "{rows} x {columns}");
        }
        Ok(())
    }
}
