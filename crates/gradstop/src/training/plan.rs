//! The settings of a training, as the loop needs them.

use gradstop_engine::{Optimizer, Trimming};

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// Seed of the probe, the batches and the dropout masks.
    pub(crate) seed: u64,
    /// The optimizer.
    pub(crate) optimizer: Optimizer,
    /// Length that longer gradients are shortened to before a step; 0 for never.
    pub(crate) gradient_limit: f32,
    /// Rows a batch; 0 for all at once.
    pub(crate) batch_size: usize,
    /// Which rows of a batch a step is not learned from, if there are any.
    pub(crate) trim: Option<Trimming>,
    /// Epochs at most.
    pub(crate) epochs: usize,
    /// Rows whose gradients a rule may look at.
    pub(crate) probe_size: usize,
}
