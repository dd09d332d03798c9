//! The training loop that all deep detectors share: epochs, batches, the probe, the rule, snapshots,
//! history, progress and cancellation. The network is the detector's business.

pub(crate) mod batches;
pub(crate) mod checkpoint;
pub(crate) mod history;
pub(crate) mod left_out;
pub(crate) mod probe;
pub(crate) mod progress;
pub(crate) mod row_stream;
pub(crate) mod streamed_batches;

use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gradstop_engine::{
    Covariance, Network, Objective, Optimizer, OptimizerState, Probe, RowGradients, RowSelection, Step,
    Trainer, Trimming,
};
use gradstop_rules::{Epoch, Judgement, StoppingRule};

use crate::deep::networks::network_tensors;
use crate::error::{Error, ModelFileError};
use crate::model::tensors::{NamedTensor, Tensors, Values};
use crate::training::batches::{Batches, RowsAtHand};
use crate::training::checkpoint::{Checkpoint, copy_f32};
use crate::training::history::{EpochRecord, History, StopSummary};
use crate::training::left_out::LeftOut;
use crate::training::probe::{ProbeGradients, needed};
use crate::training::progress::Course;

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

/// Someone who looks on: a progress bar, a Ctrl-C. It cannot change what is learned.
pub trait Spectator: Send {
    /// An epoch of at most `epochs` is over; breaking cancels the fit.
    fn epoch(&mut self, record: &EpochRecord, epochs: usize) -> ControlFlow<()> {
        let _ = (record, epochs);
        ControlFlow::Continue(())
    }

    /// Asked between batches; `true` cancels the fit.
    fn cancelled(&self) -> bool {
        false
    }

    /// Where the state of the fit is written and gone on from, if anywhere. Epochs that are not run again are
    /// shown as if they were.
    fn checkpoint(&self) -> Option<Checkpoint> {
        None
    }

    /// Whether to be shown the scores of the rows after an epoch, which costs a scoring of the table. Only
    /// the fit of a single network asks; where rows are streamed they are those of a sample.
    fn wants_scores(&mut self, epoch: usize) -> bool {
        let _ = epoch;
        false
    }

    /// The scores that the rows would have if this epoch were kept.
    fn scores(&mut self, epoch: usize, scores: &[f32]) {
        let _ = (epoch, scores);
    }

    /// How much each row of the table counted in the epoch's step. Shown where rows are selected and every batch is the
    /// whole table, by the fit of a single network.
    fn weights(&mut self, epoch: usize, weights: &[f32]) {
        let _ = (epoch, weights);
    }

    /// Rows of the table, rising, whose gradients to be shown in every epoch. Asked once, before the first
    /// one, and only where every batch is the whole table: in mini-batches the rows of an epoch have no one
    /// point of the training in common. Only the fit of a single network asks.
    fn watched_rows(&self) -> Vec<usize> {
        Vec::new()
    }

    /// The gradients of the watched rows in the epoch's own pass, before its step, named by their position
    /// among these.
    fn gradients(&mut self, epoch: usize, gradients: &dyn gradstop_rules::RowGradients) {
        let _ = (epoch, gradients);
    }
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Spectator for Silent {}

/// One spectator of several trainings at once, and the number of this one.
pub(crate) struct Shared<'a, 'b>(pub(crate) &'a Mutex<&'b mut dyn Spectator>, pub(crate) usize);

impl<'b> Shared<'_, 'b> {
    fn lock(&self) -> MutexGuard<'_, &'b mut dyn Spectator> {
        // A spectator that panicked has no say in whether the others are heard.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spectator for Shared<'_, '_> {
    fn epoch(&mut self, record: &EpochRecord, epochs: usize) -> ControlFlow<()> {
        self.lock().epoch(record, epochs)
    }

    fn cancelled(&self) -> bool {
        self.lock().cancelled()
    }

    fn checkpoint(&self) -> Option<Checkpoint> {
        Some(self.lock().checkpoint()?.of_member(self.1))
    }
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

/// Trains a network for an objective on standardised rows of shape (rows x inputs); `rule` decides which
/// epoch is kept, `onlookers` only say what they would have kept, and add their figures to the history.
///
/// With full batches the probe rows are spread over the whole batch. With mini-batches they are part of
/// the last batch of every epoch, as many as fit, so that their gradients too are taken at one point of
/// the training and in a pass that trains.
///
/// # Errors
/// [`Error::Diverged`] when the loss is no longer finite, [`Error::Cancelled`], and [`Error::Engine`] if the
/// objective does not fit the network, or a rule wants gradients that it has no closed form for.
#[expect(clippy::too_many_arguments, reason = "what is trained, on what, how, who decides and who looks on")]
pub fn train(
    network: Network,
    objective: Objective,
    plan: &Plan,
    rows: &[f32],
    rule: &mut dyn StoppingRule,
    onlookers: &mut [Box<dyn StoppingRule>],
    spectator: &mut dyn Spectator,
    score_into: &ScoreInto<'_>,
) -> Result<Outcome<Network>, Error> {
    let batches = RowsAtHand::new(rows, network.architecture().inputs(), plan);
    train_on(batches, network, objective, plan, rule, onlookers, spectator, score_into)
}

/// The same on rows that come from anywhere.
#[expect(clippy::too_many_arguments, reason = "what is trained, on what, how, who decides and who looks on")]
pub(crate) fn train_on(
    batches: impl Batches,
    network: Network,
    objective: Objective,
    plan: &Plan,
    rule: &mut dyn StoppingRule,
    onlookers: &mut [Box<dyn StoppingRule>],
    spectator: &mut dyn Spectator,
    score_into: &ScoreInto<'_>,
) -> Result<Outcome<Network>, Error> {
    let largest = batches.deal().largest();
    let mut trainer = Trainer::new(network, objective, plan.optimizer, largest, plan.seed)?
        .with_gradient_limit(plan.gradient_limit);
    if let Some(trimming) = plan.trim {
        trainer = trainer.with_selection(trimming.selection()?)?;
    }
    let learner = NetworkLearner { trainer, score_into };
    train_learner(learner, plan, batches, rule, onlookers, spectator)
}

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

/// One network.
struct NetworkLearner<'a> {
    trainer: Trainer,
    score_into: &'a ScoreInto<'a>,
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

/// Everything that a trainer's next step depends on, as tensors.
pub(crate) fn trainer_tensors(trainer: &Trainer) -> Vec<NamedTensor> {
    let (optimizer, radius) = trainer.memory();
    let mut tensors = network_tensors(trainer.network(), "network.");
    tensors.extend(optimizer_tensors(optimizer));
    tensors.push(NamedTensor::f32("radius", &[1], vec![radius]));
    tensors.extend(trainer.selection().map(|selection| selection_tensor(selection, "selection")));
    tensors
}

/// Goes on from the tensors of a trainer of the same settings.
pub(crate) fn restore_trainer(trainer: &mut Trainer, state: &Tensors<'_>) -> Result<(), ModelFileError> {
    fill_network(trainer.network_mut(), &state.under("network."))?;
    let (optimizer, radius) = trainer.memory_mut();
    restore_optimizer(optimizer, state)?;
    copy_f32(state, "radius", std::slice::from_mut(radius))?;
    trainer.selection_mut().map_or(Ok(()), |selection| restore_selection(selection, state, "selection"))
}

/// What a selection of rows remembers, as a tensor.
pub(crate) fn selection_tensor(selection: &dyn RowSelection, name: &str) -> NamedTensor {
    let memory = selection.memory();
    NamedTensor::f64(name, &[memory.len()], memory)
}

/// Goes on from the tensor of such a selection.
pub(crate) fn restore_selection(
    selection: &mut dyn RowSelection,
    state: &Tensors<'_>,
    name: &str,
) -> Result<(), ModelFileError> {
    match state.values(name)? {
        Values::F64(memory) if selection.recall(memory) => Ok(()),
        other => Err(state.wrong(name, other.describe(), "what the selection of rows remembers")),
    }
}

/// A snapshot of a network like this one from its tensors.
pub(crate) fn network_like(network: &Network, tensors: &Tensors<'_>) -> Result<Network, ModelFileError> {
    let mut network = network.clone();
    fill_network(&mut network, tensors)?;
    Ok(network)
}

/// What an optimizer remembers, as tensors.
pub(crate) fn optimizer_tensors(optimizer: &OptimizerState) -> [NamedTensor; 3] {
    let (steps, mean, square) = optimizer.memory();
    [
        NamedTensor::u32("optimizer.steps", &[1], vec![steps.unsigned_abs()]),
        NamedTensor::f32("optimizer.mean", &[mean.len()], mean.to_vec()),
        NamedTensor::f32("optimizer.square", &[square.len()], square.to_vec()),
    ]
}

/// Goes on from the tensors of an optimizer of the same settings.
pub(crate) fn restore_optimizer(
    optimizer: &mut OptimizerState,
    state: &Tensors<'_>,
) -> Result<(), ModelFileError> {
    let steps = state.u32("optimizer.steps", &[1], i32::MAX as usize + 1)?[0];
    let of = |name: &str| match state.values(name)? {
        Values::F32(values) => Ok(&values[..]),
        other => Err(state.wrong(name, other.describe(), "32-bit floats")),
    };
    let (mean, square) = (of("optimizer.mean")?, of("optimizer.square")?);
    let recalled = optimizer.recall(steps as i32, mean, square);
    recalled.map_err(|error| state.wrong("optimizer", error.to_string(), "what the optimizer remembers"))
}

/// Fills a network with values, finite or not.
pub(crate) fn fill_network(network: &mut Network, tensors: &Tensors<'_>) -> Result<(), ModelFileError> {
    for index in 0..network.tensors().len() {
        let name = network.tensors()[index].name.clone();
        copy_f32(tensors, &name, network.tensor_mut(index))?;
    }
    Ok(())
}

/// The loop.
pub(crate) fn train_learner<L: Learner>(
    learner: L,
    plan: &Plan,
    batches: impl Batches,
    rule: &mut dyn StoppingRule,
    onlookers: &mut [Box<dyn StoppingRule>],
    spectator: &mut dyn Spectator,
) -> Result<Outcome<L::Kept>, Error> {
    let mut run = Run::new(learner, plan, batches);
    let rows = run.batches.deal().rows;
    if run.batches.deal().is_full() && run.learner.shows_gradients() {
        run.watched = spectator.watched_rows();
    }
    let mut course = Course::new(onlookers.len());
    let checkpoint = spectator.checkpoint().filter(|_| run.learner.sees_all_rows());
    if let Some(checkpoint) = &checkpoint {
        let probed = run.probe.len();
        course.resume(checkpoint, &mut run.learner, &mut run.left_out, (rule, &mut *onlookers), probed)?;
        for record in &course.history {
            if spectator.epoch(record, plan.epochs).is_break() {
                return Err(Error::Cancelled { epoch: record.epoch });
            }
        }
    }
    loop {
        if course.verdict.ended.is_some() {
            return Ok(course.conclude(&run.learner));
        }
        let epoch = course.history.len();
        let (loss, wanted) = {
            let rules = std::iter::once(&*rule).chain(onlookers.iter().map(|rule| &**rule));
            let wanted = needed(rules, epoch, run.probe.len());
            (run.epoch(epoch, wanted.as_deref(), spectator)?, wanted.is_some())
        };
        if !loss.is_finite() {
            return Err(diverged(epoch, loss, plan));
        }
        let scores = onlookers.iter().any(|other| other.needs(epoch).scores) || rule.needs(epoch).scores;
        let watched = spectator.wants_scores(epoch);
        if scores || watched {
            run.score()?;
        }
        if watched {
            spectator.scores(epoch, &run.scores);
        }
        if run.batches.deal().is_full()
            && let Some(Chosen { rows: ChosenRows::Here(weights), .. }) = run.learner.selected()
        {
            spectator.weights(epoch, weights);
        }
        if !run.watched.is_empty() {
            let parts = run.learner.gradients();
            spectator.gradients(epoch, &ProbeGradients::among(parts, &run.taken, &run.watched));
        }
        let (judgement, others) = run.judge(epoch, loss, wanted, scores, rule, onlookers);
        let mut record = EpochRecord::new(epoch, loss, &judgement, run.left_out.figures());
        others.iter().for_each(|other| record.complete(&other.signals));
        let cancelled = spectator.epoch(&record, plan.epochs).is_break();
        course.history.push(record);
        for ((verdict, other), judgement) in course.others.iter_mut().zip(&*onlookers).zip(&others) {
            verdict.hear(&**other, judgement, epoch, (plan.epochs, rows));
        }
        course.keep(epoch, judgement.decision, &run.learner);
        course.verdict.hear(rule, &judgement, epoch, (plan.epochs, rows));
        let ended = course.verdict.ended.is_some();
        if let Some(checkpoint) = checkpoint.as_ref().filter(|file| ended || cancelled || file.is_due())
            && let Some(state) = course.state(&run.learner, &run.left_out, rule, onlookers)
        {
            checkpoint.hand_in(state, cancelled);
        }
        if cancelled && !ended {
            return Err(Error::Cancelled { epoch });
        }
    }
}

pub(crate) fn diverged(epoch: usize, loss: f64, plan: &Plan) -> Error {
    Error::Diverged { epoch, loss, learning_rate: plan.optimizer.learning_rate() }
}

/// A training under way.
struct Run<L, B> {
    learner: L,
    batches: B,
    /// The probe rows of the table, rising.
    probe: Vec<usize>,
    /// The rows of the table that a spectator watches.
    watched: Vec<usize>,
    /// The rows of the table whose gradients the last epoch took, rising.
    taken: Vec<usize>,
    covariance: Option<Covariance>,
    left_out: LeftOut,
    scores: Vec<f32>,
}

impl<L: Learner, B: Batches> Run<L, B> {
    fn new(learner: L, plan: &Plan, batches: B) -> Self {
        Self {
            learner,
            probe: batches.deal().probe(plan),
            batches,
            watched: Vec::new(),
            taken: Vec::new(),
            covariance: None,
            left_out: LeftOut::default(),
            scores: Vec::new(),
        }
    }

    /// Trains for one epoch and leaves the gradients of the probe rows `wanted`; returns the mean loss.
    fn epoch(
        &mut self,
        epoch: usize,
        wanted: Option<&[usize]>,
        spectator: &dyn Spectator,
    ) -> Result<f64, Error> {
        let step = |batch: usize| Step { epoch: epoch as u64, batch: batch as u64 };
        let deal = self.batches.deal().clone();
        self.taken = wanted.unwrap_or_default().iter().map(|&at| self.probe[at]).collect();
        self.batches.begin(epoch, &self.probe)?;
        self.left_out.begin();
        if deal.is_full() {
            if !self.watched.is_empty() {
                self.taken.extend(&self.watched);
                self.taken.sort_unstable();
                self.taken.dedup();
            }
            self.measure_covariance()?;
            let probe = Probe { rows: &self.taken, covariance: self.covariance.as_ref() };
            let loss = self.learner.step(self.batches.batch(0)?, step(0), probe)?;
            self.note_left_out(0);
            return Ok(loss);
        }
        let mut total = 0.0;
        for batch in 0..deal.batches {
            if spectator.cancelled() {
                return Err(Error::Cancelled { epoch });
            }
            let positions = if deal.is_last(batch) { wanted.unwrap_or_default() } else { &[] };
            let probe = Probe { rows: positions, covariance: None };
            let loss = self.learner.step(self.batches.batch(batch)?, step(batch), probe)?;
            total += loss * deal.range(batch).len() as f64;
            self.note_left_out(batch);
        }
        Ok(total / deal.rows as f64)
    }

    /// Notes which rows of a batch its step was not learned from.
    fn note_left_out(&mut self, batch: usize) {
        if let Some(chosen) = self.learner.selected() {
            let deal = self.batches.deal();
            let sizes = (deal.range(batch).len(), deal.rows);
            self.left_out.add(&chosen, self.batches.places(batch), sizes);
        }
    }

    /// Where every batch is the whole table its covariance is always the same. Of a narrow table the training itself makes
    /// use of it, whoever looks on; of others the gradients of rows, for which it saves a product an epoch. It is not worth
    /// its memory where there are more columns than rows.
    fn measure_covariance(&mut self) -> Result<(), Error> {
        let (inputs, rows) = (self.batches.inputs(), self.batches.deal().rows);
        let wanted = Covariance::is_narrow(inputs, rows) || inputs <= rows && !self.taken.is_empty();
        if self.learner.uses_covariance() && self.covariance.is_none() && wanted {
            self.covariance = Some(Covariance::of(self.batches.batch(0)?, inputs));
        }
        Ok(())
    }

    /// Shows the epoch to the rule and to the onlookers.
    fn judge(
        &mut self,
        epoch: usize,
        loss: f64,
        gradients: bool,
        scores: bool,
        rule: &mut dyn StoppingRule,
        onlookers: &mut [Box<dyn StoppingRule>],
    ) -> (Judgement, Vec<Judgement>) {
        let gradients =
            gradients.then(|| ProbeGradients::among(self.learner.gradients(), &self.taken, &self.probe));
        let gradients = gradients.as_ref().map(|gradients| gradients as &dyn gradstop_rules::RowGradients);
        let shown = Epoch { index: epoch, loss, gradients, scores: scores.then_some(&self.scores[..]) };
        let judgement = rule.judge(&shown);
        (judgement, onlookers.iter_mut().map(|other| other.judge(&shown)).collect())
    }

    fn score(&mut self) -> Result<(), Error> {
        let (rows, count) = self.batches.scored();
        self.scores.resize(count, 0.0);
        self.learner.score_into(rows, &mut self.scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradstop_engine::{Activation, Architecture, BatchNorm, Initialisation, Layer};

    #[test]
    fn the_covariance_of_a_narrow_table_is_measured_whoever_looks_and_others_for_who_looks()
    -> Result<(), Error> {
        let (all, none) = (Some(&[0, 3][..]), None);
        let looked_at = [(20, 4, all, true), (20, 20, all, true), (20, 21, all, false)];
        let trained = [(20, 4, none, true), (20, 5, none, false)];
        for (rows, columns, wanted, measured) in looked_at.into_iter().chain(trained) {
            let layers = vec![
                Layer::Dense { outputs: 4, bias: true },
                Layer::BatchNorm(BatchNorm::default()),
                Layer::Activation(Activation::Relu),
                Layer::Dense { outputs: columns, bias: true },
            ];
            let network = Network::new(Architecture::new(columns, layers)?, Initialisation::Uniform, 0);
            let optimizer = Optimizer::adam(0.01);
            let plan = Plan {
                seed: 0,
                optimizer,
                gradient_limit: 0.0,
                batch_rows: 0,
                trim: None,
                epochs: 1,
                probe_rows: 5,
            };
            let values: Vec<f32> =
                (0..rows * columns).map(|at| (at * 37 % 101) as f32 / 50.0 - 1.0).collect();
            let trainer = Trainer::new(network, Objective::SquaredError, optimizer, rows, 0)?;
            let learner = NetworkLearner { trainer, score_into: &|_, _, _| Ok(()) };
            let mut run = Run::new(learner, &plan, RowsAtHand::new(&values, columns, &plan));
            run.epoch(0, wanted, &Silent)?;
            assert_eq!(run.covariance.is_some(), measured, "{rows} x {columns}");
        }
        Ok(())
    }
}
