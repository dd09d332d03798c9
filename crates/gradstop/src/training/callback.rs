//! Callbacks: a fit tells them of each epoch, and they may cancel it.

use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::training::checkpoint::Checkpoint;
use crate::training::history::EpochRecord;

/// Follows a fit: a progress bar, a Ctrl-C. It may cancel the fit, and cannot change what is learned.
pub trait Callback: Send {
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

/// Does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCallback;

impl Callback for NoCallback {}

/// One callback of several trainings at once, and the number of this one.
pub(crate) struct Shared<'a, 'b>(pub(crate) &'a Mutex<&'b mut dyn Callback>, pub(crate) usize);

impl<'b> Shared<'_, 'b> {
    fn lock(&self) -> MutexGuard<'_, &'b mut dyn Callback> {
        // A callback that panicked has no say in whether the others are heard.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Callback for Shared<'_, '_> {
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
