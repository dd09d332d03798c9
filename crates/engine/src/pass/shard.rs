//! A pass over a table of which nobody holds all rows.
//!
//! Batch-norms cut a pass into stages, each of which needs the sums of the one before over all rows: the moments
//! that enter each batch-norm on the way there, the sums of the errors that leave it on the way back, and in the
//! end the gradient. So a pass is a few rounds of small messages, or one where the covariance of the columns says what
//! a batch-norm needs. A [`Shard`] runs a stage over its rows and says
//! the sums; a [`Reducer`] folds those of all shards in their order and takes the optimizer's step. A pass over
//! rows that are all at hand is the same with a single shard, line by line.
//!
//! What a shard answers depends on its rows and on the [`Pass`] that it is shown, and on nothing that it was
//! shown before: whoever lost a shard makes it again from its rows, in the middle of a pass. What the last stage
//! has left is used again where it fits, so that nothing is computed twice while all goes well.

use crate::batch::covariance::Covariance;
use crate::batch::sums::Sums;
use crate::error::{EngineError, check, shape};
use crate::network::Network;
use crate::network::layers::batch_norm::Moments;
use crate::network::objective::Objective;
use crate::network::optimizer::Optimizer;
use crate::pass::buffers::Slab;
use crate::pass::stage::Stage;
use crate::pass::sweep::Sweep;
use crate::pass::trainer::{Step, Trainer};
use crate::pass::trimmed::{LEADING, TRAILING, Trimmed, find};
use crate::row_gradients::RowGradients;
use crate::selection::Trimming;

/// What is known of a pass: all that a shard must be shown.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// Where it stands in the training.
    pub step: Step,
    /// The parameters that it is over, in the order of [`Network::parameters`].
    pub parameters: &'a [f32],
    /// Where the shard's first row stands in the table.
    pub first_row: usize,
    /// Rows of the whole table.
    pub table_rows: usize,
    /// Covariance of the columns of the whole table, if it is known: then a pass may have fewer stages.
    pub covariance: Option<&'a Covariance>,
    /// The [folded](Reducer::reduced) sums of the stages that are over.
    pub reduced: &'a [Sums],
}

/// Runs passes over a part of a table.
#[derive(Debug)]
pub struct Shard {
    trainer: Trainer,
    /// The step whose stages were run last, and how many of them.
    ran: Option<(Step, usize)>,
}

impl Shard {
    /// A shard for networks of the shape of this one.
    ///
    /// # Errors
    /// [`EngineError::Setting`] for a loss that is not of each row alone; [`EngineError::Shape`] if it does not fit
    /// the network's widths.
    pub fn new(network: Network, objective: Objective, seed: u64) -> Result<Self, EngineError> {
        check_objective(&objective)?;
        // The optimizer is the reducer's.
        let trainer = Trainer::new(network, objective, Optimizer::adam(0.1), 1, seed)?;
        Ok(Self { trainer, ran: None })
    }

    /// Leaves rows out of every step, those of the whole table with the largest losses.
    ///
    /// # Errors
    /// [`EngineError::Setting`] for a share outside `[0, 1)`, [`EngineError::Architecture`] as
    /// [`Trainer::with_selection`].
    pub fn with_trim(mut self, trimming: Trimming) -> Result<Self, EngineError> {
        self.trainer.trim_shards(trimming)?;
        Ok(self)
    }

    /// What the rows of the shard, (rows x inputs), sum up to in the first stage that is not over.
    ///
    /// # Errors
    /// [`EngineError::Shape`] for an empty or ragged shard, and for parameters, sums or a covariance that are not the
    /// network's.
    pub fn sums(&mut self, rows: &[f32], pass: Pass<'_>) -> Result<Sums, EngineError> {
        let inputs = self.trainer.network.architecture().inputs();
        if rows.is_empty() || !rows.len().is_multiple_of(inputs) {
            return Err(shape("shard", rows.len(), format!("a positive multiple of {inputs}")));
        }
        let parameters = &mut self.trainer.network.parameters;
        if pass.parameters.len() != parameters.len() {
            return Err(shape("parameters", pass.parameters.len(), parameters.len()));
        }
        if parameters != pass.parameters {
            parameters.copy_from_slice(pass.parameters);
            self.ran = None;
        }
        self.trainer.begin(pass.covariance, pass.table_rows)?;
        let stages = self.trainer.stages().to_vec();
        let wanted = pass.reduced.len();
        if wanted >= stages.len() {
            return Err(shape("stages that are over", wanted, format!("fewer than {}", stages.len())));
        }
        for (&stage, sums) in stages.iter().zip(pass.reduced) {
            match stage {
                Stage::LeadingDigits | Stage::TrailingDigits | Stage::SampledLosses => {
                    Trimmed::check(stage, &sums.double)?;
                }
                _ => sums.check(self.trainer.lengths(stage))?,
            }
        }
        let goes_on = wanted > 0 && self.ran == Some((pass.step, wanted));
        let first = if goes_on { wanted } else { 0 };
        self.trainer.first_row = pass.first_row;
        let active = self.trainer.cut(rows.len() / inputs, !self.trainer.one_sweep);
        for at in first..=wanted {
            if at > 0 {
                self.trainer.take(stages[at - 1], &pass.reduced[at - 1], pass.table_rows);
            }
            self.trainer.run(stages[at], active, rows, pass.step, &[], |_| {});
        }
        self.ran = Some((pass.step, wanted + 1));
        Ok(self.trainer.sums(stages[wanted], active, pass.table_rows))
    }
}

/// The other end of the shards: it holds the network, folds what the shards say, and steps.
#[derive(Debug)]
pub struct Reducer {
    trainer: Trainer,
    table_rows: usize,
    covariance: Option<Covariance>,
    reduced: Vec<Sums>,
}

impl Reducer {
    /// Trains a network on a table of so many rows, all shards together, with dropout masks addressed by `seed`.
    ///
    /// # Errors
    /// As [`Trainer::new`], and [`EngineError::Setting`] for a loss that is not of each row alone.
    pub fn new(
        network: Network,
        objective: Objective,
        optimizer: Optimizer,
        table_rows: usize,
        seed: u64,
    ) -> Result<Self, EngineError> {
        check_objective(&objective)?;
        check(table_rows > 0, "table_rows", table_rows, "at least 1")?;
        let trainer = Trainer::new(network, objective, optimizer, 1, seed)?;
        Ok(Self { trainer, table_rows, covariance: None, reduced: Vec::new() })
    }

    /// As [`Trainer::with_gradient_limit`].
    #[must_use]
    pub fn with_gradient_limit(mut self, length: f32) -> Self {
        self.trainer = self.trainer.with_gradient_limit(length);
        self
    }

    /// As [`Shard::with_trim`].
    ///
    /// # Errors
    /// [`EngineError::Setting`] for a share outside `[0, 1)`.
    pub fn with_trim(mut self, trimming: Trimming) -> Result<Self, EngineError> {
        self.trainer.trim_shards(trimming)?;
        Ok(self)
    }

    /// Share of the rows that the last pass was not learned from, and the largest loss that it was learned from, if rows
    /// are trimmed.
    pub fn trimmed(&self) -> Option<(f64, f32)> {
        let trimmed = self.trainer.trimmed.as_ref()?;
        let kept = self.reduced.last()?.double.get(1)?;
        Some((1.0 - kept / self.table_rows as f64, trimmed.threshold()))
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        self.trainer.network()
    }

    /// What it takes its steps with.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// The same, to be changed between two passes.
    pub fn trainer_mut(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    /// Covariance of the columns of the whole table, if it is known.
    pub fn covariance(&self) -> Option<&Covariance> {
        self.covariance.as_ref()
    }

    /// Takes it, before a pass [begins](Self::begin) for [narrow](Covariance::is_narrow) tables, before rows are
    /// [probed](Self::probe) for all.
    pub fn set_covariance(&mut self, covariance: Covariance) {
        self.covariance = Some(covariance);
    }

    /// The folded sums of those stages of the pass under way that are over, which the shards go on from.
    pub fn reduced(&self) -> &[Sums] {
        &self.reduced
    }

    /// Begins a pass.
    ///
    /// # Errors
    /// [`EngineError::Shape`] for the covariance of another number of columns.
    pub fn begin(&mut self) -> Result<(), EngineError> {
        self.reduced.clear();
        self.trainer.begin(self.covariance.as_ref(), self.table_rows)
    }

    /// Takes what every shard said in one stage, in the order of the shards. After the last stage of a pass the mean
    /// loss over all rows is known, and [`update`](Self::update) may follow.
    ///
    /// # Errors
    /// [`EngineError::Shape`] for sums that are not those of this stage.
    pub fn reduce(&mut self, shards: &[Sums]) -> Result<Option<f64>, EngineError> {
        let (at, stages) = (self.reduced.len(), self.trainer.stages().len());
        let stage = self.trainer.stages().get(at).copied();
        let stage = stage.ok_or_else(|| shape("stage", at, format!("fewer than {stages}")))?;
        let counted = matches!(stage, Stage::LeadingDigits | Stage::TrailingDigits | Stage::SampledLosses);
        if !counted {
            let lengths = self.trainer.lengths(stage);
            shards.iter().try_for_each(|sums| sums.check(lengths))?;
        }
        let sums = match stage {
            Stage::Moments(_) => fold_moments(shards)?,
            Stage::LeadingDigits => self.find_leading(shards)?,
            Stage::TrailingDigits => self.find_trailing(shards)?,
            Stage::SampledLosses => Trimmed::find_limit(shards.iter().map(|sums| &sums.double[..]))?,
            Stage::Errors(_) | Stage::Gradient(_) => Sums::fold(shards)?,
        };
        self.trainer.take(stage, &sums, self.table_rows);
        let loss = matches!(stage, Stage::Gradient(_)).then(|| sums.double[0] / self.table_rows as f64);
        self.reduced.push(sums);
        Ok(loss)
    }

    /// How the last loss that is kept begins, and which one of those that begin so it is.
    fn find_leading(&self, shards: &[Sums]) -> Result<Sums, EngineError> {
        let trimmed = self.trainer.trimmed.as_ref().expect("only trimmed passes count losses");
        let kept = trimmed.kept(self.table_rows) as u64;
        let (digits, rank) = find(shards.iter().map(|sums| &sums.double[..]), kept, LEADING)?;
        Ok(Sums::of_f64(vec![f64::from(digits), rank as f64]))
    }

    /// The last loss that is kept, how many with that loss are, and how many each shard has.
    fn find_trailing(&self, shards: &[Sums]) -> Result<Sums, EngineError> {
        let begun = &self.reduced.last().expect("the leading digits came before").double;
        let parts: Vec<(f64, &[f64])> = shards
            .iter()
            .map(|sums| sums.double.split_first().map(|(&first_row, counts)| (first_row, counts)))
            .collect::<Option<_>>()
            .ok_or_else(|| shape("counts of a shard", 0, "its first row and its counts"))?;
        let (digits, ties) = find(parts.iter().map(|(_, counts)| *counts), begun[1] as u64, TRAILING)?;
        let mut double = vec![f64::from(digits) + begun[0] * f64::from(TRAILING), ties as f64];
        for (first_row, counts) in parts {
            let here = counts.as_chunks::<2>().0.iter().find(|pair| pair[0] == f64::from(digits));
            double.extend([first_row, here.map_or(0.0, |pair| pair[1])]);
        }
        Ok(Sums::of_f64(double))
    }

    /// Takes single rows, (rows x inputs), through the pass whose stages are over: what follows from
    /// [`row_gradients`](Self::row_gradients) is as if they had been probed among all rows. `places` says where they
    /// stand in the table. A batch-norm behind the first layer needs the [covariance](Self::set_covariance).
    ///
    /// # Errors
    /// [`EngineError::RowGradients`] if the network has no closed form for them; [`EngineError::Shape`] unless there
    /// is a place for each row.
    pub fn probe(&mut self, rows: &[f32], places: &[usize], step: Step) -> Result<(), EngineError> {
        let trainer = &mut self.trainer;
        trainer.network.architecture().check_row_gradients()?;
        let values = places.len() * trainer.network.architecture().inputs();
        if rows.len() != values || places.is_empty() {
            return Err(shape("probe rows", rows.len(), values));
        }
        let all: Vec<usize> = (0..places.len()).collect();
        let capture = trainer.capture.get_mut().expect("no pass panicked");
        capture.begin(&all, false);
        let mut slab = Slab::new(&trainer.network, &trainer.segments);
        slab.fit(0..places.len(), !trainer.one_sweep);
        let sweep = Sweep { places: Some(places), ..trainer.sweep_over(rows, step, &all) };
        let mut workspace = trainer.workspaces[0].lock().expect("no pass panicked");
        let last = trainer.segments().len() - 1;
        (0..last).for_each(|segment| sweep.forward(segment, &mut slab, &mut workspace));
        // Below its only batch-norm a network has one layer at most, whose factors are those of the batch-norm.
        sweep.there_and_back(last, &mut slab, &mut workspace);
        drop(workspace);
        trainer.finish_capture(rows, self.covariance.as_ref());
        Ok(())
    }

    /// The gradients of the rows that were probed last.
    pub fn row_gradients(&mut self) -> RowGradients<'_> {
        self.trainer.row_gradients()
    }

    /// The optimizer's step along the gradient of the pass that is over.
    pub fn update(&mut self) {
        self.trainer.update();
    }
}

impl Trainer {
    /// Goes through the losses before it goes back.
    fn trim_shards(&mut self, trimming: Trimming) -> Result<(), EngineError> {
        self.check_selectable()?;
        self.trimmed = Some(Trimmed::new(trimming)?);
        let more: &[Stage] = match trimming {
            Trimming::Share(_) => &[Stage::LeadingDigits, Stage::TrailingDigits],
            Trimming::Adaptive => &[Stage::SampledLosses],
        };
        for stages in [&mut self.stages, &mut self.one_sweep_stages] {
            let back = stages.iter().position(|stage| !matches!(stage, Stage::Moments(_)));
            let at = back.expect("every pass goes back");
            stages.splice(at..at, more.iter().copied());
        }
        Ok(())
    }

    /// How many numbers a stage sums up, in 64 and in 32 bits.
    fn lengths(&self, stage: Stage) -> (usize, usize) {
        let width = |segment: usize| self.network.architecture().input_width(self.segments[segment].start);
        match stage {
            Stage::LeadingDigits | Stage::TrailingDigits | Stage::SampledLosses => {
                unreachable!("as many as there are losses to tell of")
            }
            Stage::Moments(segment) => (1 + 2 * width(segment + 1), 0),
            Stage::Errors(segment) => (2 * width(segment), 0),
            // The loss, and how many rows count, if that is not all of them.
            Stage::Gradient(_) => (1 + usize::from(self.trimmed.is_some()), self.network.parameters.len()),
        }
    }
}

/// Moments are no plain sums: they are joined around the means.
fn fold_moments(shards: &[Sums]) -> Result<Sums, EngineError> {
    let (first, others) = shards.split_first().ok_or_else(|| shape("shards", 0, "at least 1"))?;
    let mut moments = Moments::from_sums(&first.double);
    others.iter().for_each(|sums| moments.add(&Moments::from_sums(&sums.double)));
    Ok(Sums::of_f64(moments.to_sums()))
}

fn check_objective(objective: &Objective) -> Result<(), EngineError> {
    let got = match objective {
        Objective::SoftBoundary { .. } => "a soft boundary, which needs a quantile over all rows",
        Objective::RandomDistances { .. } => "random distances, which are over pairs of rows",
        _ => return Ok(()),
    };
    check(false, "objective", got, "a loss of each row alone")
}
