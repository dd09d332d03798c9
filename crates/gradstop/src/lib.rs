//! Deep outlier detection for tables that knows, without a label, when to stop training.
//!
//! A detector is [fitted](AutoEncoder::fit) to a [`Table`] and becomes a [`FittedDetector`], which
//! scores rows, old or new, and remembers how its training went.
//!
//! ```
//! use gradstop::{AutoEncoder, Preset, Table};
//!
//! // Forty rows on a line, and one that is off it.
//! let mut values: Vec<f32> = (0..40).flat_map(|i| [i as f32, 2.0 * i as f32]).collect();
//! values.extend([10.0, 70.0]);
//! let table = Table::new(values, vec!["x".into(), "y".into()])?;
//!
//! let fitted = AutoEncoder::preset(Preset::Default).fit(table)?;
//! let scores = fitted.training_scores();
//! let most_abnormal = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
//! assert_eq!(most_abnormal, Some(40));
//! // New rows are scored by the same standardisation and network; larger is more abnormal.
//! let new = fitted.score(&[10.0, 20.0, 10.0, 70.0])?;
//! assert!(new[1] > new[0]);
//! # Ok::<(), gradstop::Error>(())
//! ```
#![forbid(unsafe_code)]

mod autoencoder;
mod error;
mod fitted;
mod history;
mod model_file;
mod probe;
mod registry;
mod settings;
mod standardise;
mod table;
mod training;

pub use gradstop_engine as engine;
pub use gradstop_rules as rules;

pub use autoencoder::AutoEncoder;
pub use error::{Error, ModelFileError};
pub use fitted::{FittedDetector, Warning};
pub use history::{Decided, EpochRecord, History, StopSummary};
pub use probe::ProbeGradients;
pub use registry::{DetectorEntry, detectors};
pub use settings::{
    ActivationName, AutoEncoderSettings, BatchNormPlaces, OptimizerName, Preset, StopName, Watch,
};
pub use standardise::Standardisation;
pub use table::Table;
pub use training::{Outcome, Plan, Silent, Spectator, train};
