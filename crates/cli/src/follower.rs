//! Follows the AUC of every epoch of a fit by labels that the fit never sees.

use std::ops::ControlFlow;

use gradstop::history::EpochRecord;
use gradstop::{Callback, Checkpoint};

use crate::measures::auc;
use crate::progress::Progress;

/// The progress bar, and the AUC of every epoch if there are labels.
pub(crate) struct Follower<'a> {
    progress: Progress,
    labels: Option<&'a [bool]>,
    auc_by_epoch: Vec<(usize, f64)>,
    /// Where the state of the fit goes and comes from.
    pub(crate) checkpoint: Option<Checkpoint>,
}

impl<'a> Follower<'a> {
    pub(crate) fn new(progress: Progress, labels: Option<&'a [bool]>) -> Self {
        Self { progress, labels, auc_by_epoch: Vec::new(), checkpoint: None }
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) -> Vec<(usize, f64)> {
        self.progress.finish();
        self.auc_by_epoch
    }
}

impl Callback for Follower<'_> {
    fn epoch(&mut self, record: &EpochRecord, epochs: usize) -> ControlFlow<()> {
        self.progress.epoch(record, epochs)
    }

    fn cancelled(&self) -> bool {
        self.progress.cancelled()
    }

    fn checkpoint(&self) -> Option<Checkpoint> {
        self.checkpoint.clone()
    }

    fn wants_scores(&mut self, _: usize) -> bool {
        self.labels.is_some()
    }

    fn scores(&mut self, epoch: usize, scores: &[f32]) {
        let auc = self.labels.and_then(|labels| auc(scores, labels));
        self.auc_by_epoch.extend(auc.map(|auc| (epoch, auc)));
    }
}
