//! What a rule is: it says what it needs, sees one epoch at a time, and answers.

use serde::{Deserialize, Serialize};

use crate::RowGradients;

/// Which probe rows a rule wants the gradients of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeRows<'a> {
    /// Every probe row.
    All,
    /// These probe rows only, as positions within the probe, best in rising order.
    These(&'a [usize]),
}

/// What a rule must be shown of an epoch; see [`StoppingRule::needs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs<'a> {
    /// The gradients of these probe rows, if any.
    pub gradients: Option<ProbeRows<'a>>,
    /// The score of every row, in evaluation mode, after the epoch's step.
    pub scores: bool,
}

/// One epoch as a rule sees it.
#[derive(Clone, Copy)]
pub struct Epoch<'a> {
    /// Number of the epoch, from 0. Epochs are shown in order, none left out.
    pub index: usize,
    /// Mean training loss over the rows of the epoch.
    pub loss: f64,
    /// Gradients of the probe rows, taken in the epoch's own training-mode pass before its step.
    pub gradients: Option<&'a dyn RowGradients>,
    /// Scores of the rows after the epoch's step, each at least 0; larger is more abnormal.
    pub scores: Option<&'a [f32]>,
}

/// What a rule says of the epoch that it was shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// Go on; this epoch is not the best.
    Continue,
    /// The best epoch so far: a snapshot of the parameters belongs here. Go on.
    Best,
    /// One of the epochs that will be averaged: a snapshot of the parameters belongs here. Go on.
    Join,
    /// Training ends with this epoch.
    Stop {
        /// The epoch whose parameters are kept.
        keep: Keep,
        /// Why.
        reason: StopReason,
    },
}

/// Which of the snapshots is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The parameters after the first epoch's step.
    First,
    /// The parameters after the step of the last epoch that was judged [`Decision::Best`].
    Best,
    /// The parameters as they are now.
    Last,
    /// The epochs that were judged [`Decision::Join`]: the score of a row is the sum of its scores by each,
    /// weighted by their [shares](StoppingRule::shares).
    Average,
}

/// How much an epoch counts in an average of epochs. A row's score by the epoch is multiplied by `share /
/// deviation`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochShare {
    /// Share of the average, in `[0, 1]`.
    pub share: f64,
    /// What scores of that epoch are divided by to be comparable with those of others; positive.
    pub deviation: f64,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StopReason {
    /// The two sets of gradients pointed apart from the start: learning only hurts (Algorithm 1).
    Diverged {
        /// Mean smoothed divergence over the early epochs, in radians.
        divergence: f64,
        /// The limit that it exceeded, in radians.
        limit: f64,
    },
    /// So many epochs in a row brought nothing better.
    Patience {
        /// How many.
        epochs: usize,
    },
    /// The epochs were used up.
    EpochsUsedUp {
        /// How many there were.
        epochs: usize,
    },
}

impl StopReason {
    /// A short name for files: `diverged`, `patience` or `epochs_used_up`.
    ///
    /// ```
    /// # use gradstop_rules::StopReason;
    /// assert_eq!(StopReason::Patience { epochs: 20 }.name(), "patience");
    /// ```
    pub fn name(&self) -> &'static str {
        match self {
            Self::Diverged { .. } => "diverged",
            Self::Patience { .. } => "patience",
            Self::EpochsUsedUp { .. } => "epochs_used_up",
        }
    }
}

/// Declares the figures that rules measure: all that handles every one of them follows from this list.
macro_rules! signals {
    ($($(#[$doc:meta])* $figure:ident,)*) => {
        /// The figures that a rule measured in an epoch; those it does not look at are `None`.
        #[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Signals {
            $($(#[$doc])* pub $figure: Option<f64>,)*
        }

        impl Signals {
            /// The figures that were measured, by name.
            pub fn measured(&self) -> impl Iterator<Item = (&'static str, f64)> {
                let figures = [$((stringify!($figure), self.$figure),)*];
                figures.into_iter().filter_map(|(name, figure)| Some((name, figure?)))
            }

            /// These figures, and what another rule measured where there is none.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                Self { $($figure: self.$figure.or(other.$figure),)* }
            }
        }
    };
}

signals! {
    /// Cohesion of the rows with the smallest gradients, in `[0, 1]` (equation 6).
    cohesion_small,
    /// Cohesion of the rows with the largest gradients, in `[0, 1]` (equation 6).
    cohesion_large,
    /// `cohesion_small - cohesion_large`.
    gap,
    /// The gap as the rule sees it, smoothed over the past.
    smoothed_gap,
    /// Angle between the two summed gradients in radians, in `[0, pi]` (equation 7).
    divergence,
    /// The divergence as the rule sees it, smoothed over the past.
    smoothed_divergence,
    /// Entropy of the scores, in nats.
    entropy,
    /// Skewness of the logarithms of the scores.
    skewness,
}

/// A rule's answer to one epoch: the decision and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// What to do.
    pub decision: Decision,
    /// What was measured.
    pub signals: Signals,
}

/// A stopping rule. It knows no network and sees no label.
///
/// A rule of one's own is one `impl`; this one keeps the epoch of the lowest loss:
///
/// ```
/// use gradstop_rules::*;
///
/// struct LowestLoss(f64);
///
/// impl StoppingRule for LowestLoss {
///     fn name(&self) -> &'static str { "lowest-loss" }
///     fn needs(&self, _epoch: usize) -> Needs<'_> { Needs::default() }
///     fn judge(&mut self, epoch: &Epoch<'_>) -> Judgement {
///         let better = epoch.loss < self.0;
///         self.0 = self.0.min(epoch.loss);
///         let decision = if better { Decision::Best } else { Decision::Continue };
///         Judgement { decision, signals: Signals::default() }
///     }
/// }
///
/// let mut rule = LowestLoss(f64::INFINITY);
/// let epoch = Epoch { index: 0, loss: 2.0, gradients: None, scores: None };
/// assert_eq!(rule.judge(&epoch).decision, Decision::Best);
/// assert_eq!(rule.keep_at_end(), Keep::Best);
/// ```
pub trait StoppingRule: Send {
    /// The rule's name, as written in files and on the command line.
    fn name(&self) -> &'static str;

    /// What the rule must be shown of epoch `epoch`. Asked before that epoch's pass.
    fn needs(&self, epoch: usize) -> Needs<'_>;

    /// Judges one epoch.
    fn judge(&mut self, epoch: &Epoch<'_>) -> Judgement;

    /// What made the best epoch the best, as the start of a sentence for someone who has not read the paper.
    fn best_in_words(&self) -> &'static str {
        "the rule liked it best"
    }

    /// Which snapshot to keep when the epochs are used up before the rule stops.
    fn keep_at_end(&self) -> Keep {
        Keep::Best
    }

    /// For [`Keep::Average`], how much each epoch counts that was judged [`Decision::Join`], in order. One
    /// share at least is over 0, and an epoch whose share is 0 need not be kept.
    fn shares(&self) -> Vec<EpochShare> {
        Vec::new()
    }

    /// Everything that the rule remembers of the epochs it was shown, as bytes whose meaning it alone knows,
    /// so that a training can be broken off between two epochs and gone on with; `None` for a rule that
    /// cannot.
    fn state(&self) -> Option<Vec<u8>> {
        None
    }

    /// Takes over the [`state`](Self::state) of a rule with the same settings; false, and nothing is changed,
    /// if the bytes cannot be that.
    fn restore(&mut self, state: &[u8]) -> bool {
        let _ = state;
        false
    }
}
