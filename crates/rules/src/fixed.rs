//! No rule at all: a number of epochs fixed beforehand.

use crate::settings::{check, settings};
use crate::{
    Decision, Epoch, Judgement, Keep, Needs, RuleError, SettingRange, Signals, StopReason, StoppingRule,
};

settings! {
    "none"
    /// Settings of [`FixedEpochs`]: there are none.
    #[derive(Copy, Eq)]
    pub struct FixedEpochsSettings {}
}

/// Trains for a fixed number of epochs and keeps the last one.
///
/// ```
/// use gradstop_rules::*;
///
/// let mut rule = FixedEpochs::new(1)?;
/// let epoch = Epoch { index: 0, loss: 1.0, gradients: None, scores: None };
/// let stop = Decision::Stop { keep: Keep::Last, reason: StopReason::EpochsUsedUp { epochs: 1 } };
/// assert_eq!(rule.judge(&epoch).decision, stop);
/// # Ok::<(), RuleError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FixedEpochs {
    epochs: usize,
}

impl FixedEpochs {
    /// A rule that stops after `epochs` epochs.
    ///
    /// # Errors
    /// [`RuleError::Setting`] for 0 epochs.
    pub fn new(epochs: usize) -> Result<Self, RuleError> {
        check("epochs", epochs, SettingRange::Whole(1))?;
        Ok(Self { epochs })
    }
}

impl StoppingRule for FixedEpochs {
    fn name(&self) -> &'static str {
        "none"
    }

    fn needs(&self, _epoch: usize) -> Needs<'_> {
        Needs::default()
    }

    fn judge(&mut self, epoch: &Epoch<'_>) -> Judgement {
        let decision = if epoch.index + 1 >= self.epochs {
            Decision::Stop { keep: Keep::Last, reason: StopReason::EpochsUsedUp { epochs: self.epochs } }
        } else {
            Decision::Continue
        };
        Judgement { decision, signals: Signals::default() }
    }

    fn keep_at_end(&self) -> Keep {
        Keep::Last
    }

    fn state(&self) -> Option<Vec<u8>> {
        Some(Vec::new())
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        state.is_empty()
    }
}
