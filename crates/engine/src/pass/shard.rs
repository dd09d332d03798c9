//! A pass over a table of which nobody holds all rows.
//!
//! Batch-norms cut a pass into stages, each of which needs the sums of the one before over all rows: the moments
//! that enter each batch-norm on the way there, the sums of the errors that leave it on the way back, and in the
//! end the gradient. So a pass is a few rounds of small messages, or one where the covariance of the columns says what
//! a batch-norm needs. A [`Shard`] runs a stage over its rows and says
//! the sums; a [`Reducer`](crate::pass::reducer::Reducer) folds those of all shards in their order and takes the optimizer's step. A pass over
//! rows that are all at hand is the same with a single shard, line by line.
//!
//! What a shard answers depends on its rows and on the [`Pass`] that it is shown, and on nothing that it was
//! shown before: whoever lost a shard makes it again from its rows, in the middle of a pass. What the last stage
//! has left is used again where it fits, so that nothing is computed twice while all goes well.

use crate::batch::covariance::Covariance;
use crate::batch::sums::Sums;
use crate::error::{EngineError, check_length, shape};
use crate::network::Network;
use crate::network::objective::Objective;
use crate::network::optimizer::Optimizer;
use crate::pass::stage::Stage;
use crate::pass::trainer::{Batch, Step, Trainer};
use crate::pass::trimmed::Trimmed;
use crate::selection::trimming::Trimming;

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
    /// The [folded](crate::pass::reducer::Reducer::reduced) sums of the stages that are over.
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
        objective.check_of_single_rows()?;
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
        check_length("parameters", pass.parameters.len(), parameters.len())?;
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
        let slabs = self.trainer.cut(rows.len() / inputs, !self.trainer.one_sweep);
        let batch = Batch { rows, step: pass.step, probe: &[], slabs };
        for at in first..=wanted {
            if at > 0 {
                self.trainer.take(stages[at - 1], &pass.reduced[at - 1], pass.table_rows);
            }
            self.trainer.run(stages[at], batch, |_| {});
        }
        self.ran = Some((pass.step, wanted + 1));
        Ok(self.trainer.sums(stages[wanted], slabs, pass.table_rows))
    }
}
