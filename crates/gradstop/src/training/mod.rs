//! The training loop that all deep detectors share: epochs, batches, the probe, the rule, snapshots,
//! history, progress and cancellation. The network is the detector's business.

pub(crate) mod batches;
pub(crate) mod callback;
pub(crate) mod checkpoint;
pub(crate) mod history;
pub(crate) mod learner;
pub(crate) mod left_out;
pub(crate) mod network_state;
pub(crate) mod probe;
pub(crate) mod progress;
pub(crate) mod row_stream;
pub(crate) mod streamed_batches;

use gradstop_engine::{Covariance, Network, Objective, Probe, Step, Trainer};
use gradstop_rules::{Epoch, Judgement, StoppingRule};

use crate::error::Error;
use crate::training::batches::{Batches, RowsAtHand};
use crate::training::callback::Spectator;
use crate::training::history::EpochRecord;
use crate::training::learner::{
    Chosen, ChosenRows, Learner, NetworkLearner, Outcome, Plan, ScoreInto, diverged,
};
use crate::training::left_out::LeftOut;
use crate::training::probe::{ProbeGradients, needed};
use crate::training::progress::Course;

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
        if let Some(state) = checkpoint.saved() {
            let Run { learner, left_out, .. } = &mut run;
            let resumed = course.resume(state, learner, left_out, (rule, onlookers), probed);
            checkpoint.resume(resumed.map_err(|problem| checkpoint.broken(problem))?);
        }
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
    use crate::training::callback::Silent;
    use gradstop_engine::{Activation, Architecture, BatchNorm, Initialization, Layer, Optimizer};

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
            let network = Network::new(Architecture::new(columns, layers)?, Initialization::Uniform, 0);
            let optimizer = Optimizer::adam(0.01);
            let plan = Plan {
                seed: 0,
                optimizer,
                gradient_limit: 0.0,
                batch_size: 0,
                trim: None,
                epochs: 1,
                probe_size: 5,
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
