//! The other end of the shards.

use crate::batch::covariance::Covariance;
use crate::batch::sums::Sums;
use crate::error::{EngineError, check, shape};
use crate::network::Network;
use crate::network::layers::batch_norm::Moments;
use crate::network::objective::Objective;
use crate::network::optimizer::Optimizer;
use crate::pass::stage::Stage;
use crate::pass::trainer::{Step, Trainer};
use crate::pass::trimmed::{LEADING, TRAILING, Trimmed, find};
use crate::row_gradients::RowGradients;
use crate::selection::trimming::Trimming;
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
        objective.check_of_single_rows()?;
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

    /// As [`Shard::with_trim`](crate::pass::shard::Shard::with_trim).
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
        let architecture = self.trainer.network().architecture();
        architecture.check_row_gradients()?;
        let values = places.len() * architecture.inputs();
        if rows.len() != values || places.is_empty() {
            return Err(shape("probe rows", rows.len(), values));
        }
        self.trainer.capture_apart(rows, places, step, self.covariance.as_ref());
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

/// Moments are no plain sums: they are joined around the means.
fn fold_moments(shards: &[Sums]) -> Result<Sums, EngineError> {
    let (first, others) = shards.split_first().ok_or_else(|| shape("shards", 0, "at least 1"))?;
    let mut moments = Moments::from_sums(&first.double);
    others.iter().for_each(|sums| moments.add(&Moments::from_sums(&sums.double)));
    Ok(Sums::of_f64(moments.to_sums()))
}
