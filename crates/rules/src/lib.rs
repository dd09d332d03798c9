//! Stopping rules for unsupervised training: which epoch of a fit to keep, decided without a label.
//!
//! An outlier detector that trains on the table it will rank learns the outliers too if it trains
//! for long. A rule watches the training and says which epoch to keep. This crate knows no network:
//! a rule says what it [needs](StoppingRule::needs) of the coming epoch, is shown an [`Epoch`], and
//! answers with a [`Judgement`].
//!
//! | rule | looks at | keeps |
//! |---|---|---|
//! | [`GradStop`] | gradients of single rows | the epoch of the best cohesion gap, or the first |
//! | [`EntropyStop`] | the scores of the rows | the epoch of the lowest score entropy |
//! | [`EpochAverage`] | the scores of the rows, now and then | an average of epochs |
//! | [`FixedEpochs`] | nothing | the last epoch |
//!
//! [`RuleSettings`] makes any of them by its [name](EarlyStopping).
//!
//! Gradients reach a rule through [`RowGradients`]. An engine that knows its layers answers in closed
//! form; anyone else hands over a plain matrix with [`MatrixGradients`]:
//!
//! ```
//! use gradstop_rules::{Decision, Epoch, GradStop, GradStopSettings, MatrixGradients, StoppingRule};
//!
//! let mut rule = GradStop::new(GradStopSettings { set_size: 1, ..Default::default() })?;
//! // Three probe rows, two parameters: one small gradient, one middling, one large.
//! let rows = [0.1, 0.0, 0.5, 0.5, 3.0, 4.0];
//! let gradients = MatrixGradients::new(&rows, 2)?;
//! let judgement = rule.judge(&Epoch { index: 0, loss: 1.0, gradients: Some(&gradients), scores: None });
//! assert_eq!(judgement.decision, Decision::Best);
//! // A set of one row always agrees with itself.
//! assert_eq!(judgement.signals.cohesion_small, Some(1.0));
//! # Ok::<(), gradstop_rules::RuleError>(())
//! ```
#![forbid(unsafe_code)]

mod cohesion;
mod entropystop;
mod epoch_average;
mod error;
mod fixed;
mod gradients;
mod gradsample;
mod gradstop;
mod limit;
mod registry;
mod rule;
mod settings;
mod smoothing;
mod state;

pub use cohesion::{SetComparison, cohesion, divergence};
pub use entropystop::{EntropyStop, EntropyStopSettings, score_entropy};
pub use epoch_average::{EpochAverage, EpochAverageSettings};
pub use error::RuleError;
pub use fixed::{FixedEpochs, FixedEpochsSettings};
pub use gradients::{MatrixGradients, RowGradients};
pub use gradsample::{GradSample, ProbeSets};
pub use gradstop::{GradStop, GradStopSettings};
pub use registry::{EarlyStopping, RuleSettings};
pub use rule::{
    Decision, Epoch, EpochShare, Judgement, Keep, Needs, ProbeRows, Signals, StopReason, StoppingRule,
};
pub use settings::{Setting, SettingRange};
pub use smoothing::Smoothing;
