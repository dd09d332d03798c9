//! The training loop that all deep detectors share: epochs, batches, the probe, the rule, snapshots,
//! history, progress and cancellation. The network is the detector's business.

pub(crate) mod batches;
pub(crate) mod callback;
pub(crate) mod checkpoint;
pub(crate) mod history;
pub(crate) mod left_out;
pub(crate) mod network_state;
pub(crate) mod plan;
pub(crate) mod probe;
pub(crate) mod progress;
pub(crate) mod row_stream;
pub(crate) mod rules;
pub(crate) mod step;
pub(crate) mod streamed_batches;

use gradstop_engine::Step;
use gradstop_rules::{Epoch, Judgement};

use crate::error::Error;
use crate::training::batches::Batches;
use crate::training::callback::Callback;
use crate::training::history::EpochRecord;
use crate::training::left_out::LeftOut;
use crate::training::plan::Plan;
use crate::training::probe::{ProbeGradients, needed};
use crate::training::progress::TrainingProgress;
use crate::training::rules::Rules;
use crate::training::step::{Chosen, ChosenRows, Outcome, TrainStep, diverged};

/// Trains step by step on standardised batches, until the deciding rule says which epoch is kept.
///
/// With full batches the probe rows are spread over the whole batch. With mini-batches they are part of
/// the last batch of every epoch, as many as fit, so that their gradients too are taken at one point of
/// the training and in a pass that trains.
///
/// # Errors
/// [`Error::Diverged`] when the loss is no longer finite, [`Error::Cancelled`], and [`Error::Engine`] if the
/// objective does not fit the network, or a rule wants gradients that it has no closed form for.
pub(crate) fn train<S: TrainStep>(
    train_step: S,
    plan: &Plan,
    batches: impl Batches,
    mut rules: Rules,
    callback: &mut dyn Callback,
) -> Result<Outcome<S::Kept>, Error> {
    let mut run = Run::new(train_step, plan, batches);
    let rows = run.batches.deal().rows;
    if run.batches.deal().is_full() && run.train_step.shows_gradients() {
        run.watched = callback.watched_rows();
    }
    let mut progress = TrainingProgress::new(rules.onlookers.len());
    let checkpoint = callback.checkpoint().filter(|_| run.train_step.sees_all_rows());
    if let Some(checkpoint) = &checkpoint {
        let probed = run.probe.len();
        if let Some(state) = checkpoint.saved() {
            let Run { train_step, left_out, .. } = &mut run;
            let resumed = progress.resume(state, train_step, left_out, &mut rules, probed);
            checkpoint.resume(resumed.map_err(|problem| checkpoint.broken(problem))?);
        }
        for record in &progress.history {
            if callback.epoch(record, plan.epochs).is_break() {
                return Err(Error::Cancelled { epoch: record.epoch });
            }
        }
    }
    loop {
        if progress.deciding.ended.is_some() {
            return Ok(progress.conclude(&run.train_step));
        }
        let epoch = progress.history.len();
        let (loss, wanted) = {
            let wanted = needed(rules.iter(), epoch, run.probe.len());
            (run.epoch(epoch, wanted.as_deref(), callback)?, wanted.is_some())
        };
        if !loss.is_finite() {
            return Err(diverged(epoch, loss, plan));
        }
        let scores = rules.iter().any(|rule| rule.needs(epoch).scores);
        let watched = callback.wants_scores(epoch);
        if scores || watched {
            run.score()?;
        }
        if watched {
            callback.scores(epoch, &run.scores);
        }
        if run.batches.deal().is_full()
            && let Some(Chosen { rows: ChosenRows::Here(weights), .. }) = run.train_step.selected()
        {
            callback.weights(epoch, weights);
        }
        if !run.watched.is_empty() {
            let parts = run.train_step.gradients();
            callback.gradients(epoch, &ProbeGradients::among(parts, &run.taken, &run.watched));
        }
        let (judgement, others) = run.judge(epoch, loss, wanted, scores, &mut rules);
        let mut record = EpochRecord::new(epoch, loss, &judgement, run.left_out.figures());
        others.iter().for_each(|other| record.complete(&other.signals));
        let cancelled = callback.epoch(&record, plan.epochs).is_break();
        progress.history.push(record);
        for ((tracker, other), judgement) in progress.others.iter_mut().zip(&rules.onlookers).zip(&others) {
            tracker.track(&**other, judgement, epoch, (plan.epochs, rows));
        }
        progress.keep(epoch, judgement.decision, &run.train_step);
        progress.deciding.track(&*rules.deciding, &judgement, epoch, (plan.epochs, rows));
        let ended = progress.deciding.ended.is_some();
        if let Some(checkpoint) = checkpoint.as_ref().filter(|file| ended || cancelled || file.is_due())
            && let Some(state) = progress.state(&run.train_step, &run.left_out, &rules)
        {
            checkpoint.hand_in(state, cancelled);
        }
        if cancelled && !ended {
            return Err(Error::Cancelled { epoch });
        }
    }
}

/// A training under way.
struct Run<S, B> {
    train_step: S,
    batches: B,
    /// The probe rows of the table, rising.
    probe: Vec<usize>,
    /// The rows of the table that a callback watches.
    watched: Vec<usize>,
    /// The rows of the table whose gradients the last epoch took, rising.
    taken: Vec<usize>,
    left_out: LeftOut,
    scores: Vec<f32>,
}

impl<S: TrainStep, B: Batches> Run<S, B> {
    fn new(train_step: S, plan: &Plan, batches: B) -> Self {
        Self {
            train_step,
            probe: batches.deal().probe(plan),
            batches,
            watched: Vec::new(),
            taken: Vec::new(),
            left_out: LeftOut::default(),
            scores: Vec::new(),
        }
    }

    /// Trains for one epoch and leaves the gradients of the probe rows `wanted`; returns the mean loss.
    fn epoch(
        &mut self,
        epoch: usize,
        wanted: Option<&[usize]>,
        callback: &dyn Callback,
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
            let loss = self.train_step.advance(self.batches.batch(0)?, step(0), &self.taken)?;
            self.note_left_out(0);
            return Ok(loss);
        }
        let mut total = 0.0;
        for batch in 0..deal.batches {
            if callback.cancelled() {
                return Err(Error::Cancelled { epoch });
            }
            let positions = if deal.is_last(batch) { wanted.unwrap_or_default() } else { &[] };
            let loss = self.train_step.advance(self.batches.batch(batch)?, step(batch), positions)?;
            total += loss * deal.range(batch).len() as f64;
            self.note_left_out(batch);
        }
        Ok(total / deal.rows as f64)
    }

    /// Notes which rows of a batch its step was not learned from.
    fn note_left_out(&mut self, batch: usize) {
        if let Some(chosen) = self.train_step.selected() {
            let deal = self.batches.deal();
            let sizes = (deal.range(batch).len(), deal.rows);
            self.left_out.add(&chosen, self.batches.places(batch), sizes);
        }
    }

    /// Shows the epoch to the rule and to the onlookers.
    fn judge(
        &mut self,
        epoch: usize,
        loss: f64,
        gradients: bool,
        scores: bool,
        rules: &mut Rules,
    ) -> (Judgement, Vec<Judgement>) {
        let gradients =
            gradients.then(|| ProbeGradients::among(self.train_step.gradients(), &self.taken, &self.probe));
        let gradients = gradients.as_ref().map(|gradients| gradients as &dyn gradstop_rules::RowGradients);
        let shown = Epoch { index: epoch, loss, gradients, scores: scores.then_some(&self.scores[..]) };
        let judgement = rules.deciding.judge(&shown);
        (judgement, rules.onlookers.iter_mut().map(|other| other.judge(&shown)).collect())
    }

    fn score(&mut self) -> Result<(), Error> {
        let (rows, count) = self.batches.scored();
        self.scores.resize(count, 0.0);
        self.train_step.score_into(rows, &mut self.scores)
    }
}
