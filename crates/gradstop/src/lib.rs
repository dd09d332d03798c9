//! Deep outlier detection for tables that knows, without a label, when to stop training.
//!
//! A [`Detector`] is [fitted](Detector::fit) to a [`Table`] and becomes a [`FittedDetector`], which
//! scores rows, old or new, and remembers how its training went.
//!
//! ```
//! use gradstop::{AutoEncoder, Detector, Preset, Table};
//!
//! // Forty rows on a line, and one that is off it.
//! let mut values: Vec<f32> = (0..40).flat_map(|i| [i as f32, 2.0 * i as f32]).collect();
//! values.extend([10.0, 70.0]);
//! let table = Table::new(values, vec!["x".into(), "y".into()])?;
//!
//! let fitted = Detector::new(Preset::Default, AutoEncoder::default())?.fit(table)?;
//! let scores = fitted.training_scores();
//! let most_abnormal = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
//! assert_eq!(most_abnormal, Some(40));
//! // New rows are scored by the same standardisation and network; larger is more abnormal.
//! let new = fitted.score(&[10.0, 20.0, 10.0, 70.0])?;
//! assert!(new[1] > new[0]);
//! # Ok::<(), gradstop::Error>(())
//! ```
#![forbid(unsafe_code)]

mod classical;
mod cluster;
mod deep;
mod detector;
mod error;
mod method;
mod model;
mod table;
mod training;
mod whole_file;

pub use gradstop_engine as engine;
pub use gradstop_preparation as preparation;
pub use gradstop_rules as rules;

pub use detector::Detector;
pub use detector::drift::{Drift, DriftFinding};
pub use detector::fit::Source;
pub use detector::fitted::{Departure, FittedDetector, StreamedScores};
pub use detector::registry::types::*;
pub use detector::registry::{DetectorEntry, detector_named, detectors};
pub use error::{CheckpointError, Error, Hint};
pub use method::preset::Preset;
pub use model::explanation::Explanation;
pub use model::warning::Warning;
pub use table::Table;
pub use training::callback::{Callback, NoCallback};
pub use training::checkpoint::Checkpoint;
pub use training::row_stream::RowStream;

/// Types of the settings of detectors.
pub mod settings {
    pub use crate::classical::knn::KnnMethod;
    pub use crate::deep::autoencoder::BatchNormPlaces;
    pub use crate::deep::deepsvdd::{Boundary, Center};
    pub use crate::deep::settings::{
        ActivationName, OptimizerName, TrainingSettings, TrimName, TrimSetting, Watch,
    };
    pub use crate::deep::vae::Reduction;
    pub use crate::method::shared::{Combination, Common};
}

/// What a training leaves behind: its epochs, and how it was stopped.
pub mod history {
    pub use crate::training::history::{AveragedEpoch, Decided, EpochRecord, History, StopSummary, Training};
}

/// What a detector consists of: for those who write their own.
pub mod algorithm {
    pub use crate::error::ModelFileError;
    pub use crate::method::parameter::{Parameter, Range};
    pub use crate::method::settings::Settings;
    pub use crate::method::{Algorithm, FitOutput};
    pub use crate::model::explanation::{Exactness, ExplanationMethod};
    pub use crate::model::scaler::Standardization;
    pub use crate::model::score_graph::{NoGraph, ScoreGraph, WeightedScore};
    pub use crate::model::tensors::{NamedTensor, Tensors, Values};
    pub use crate::model::{Model, Rows};
}

/// Fits whose rows are spread over several machines.
pub mod shards {
    pub use crate::cluster::driver::Workers;
    pub use crate::cluster::worker::TableShard;
    pub use crate::detector::members::sample_rows;
}

/// What the command, the reports and the Python package need besides; it may change in any version.
#[doc(hidden)]
pub mod internals {
    pub use crate::deep::recipe::OneNetwork;
    pub use crate::detector::registry::ListedSetting;
    pub use crate::detector::usual::UsualCells;
    pub use crate::model::quantile::{ExactThreshold, ScoreCounts, ThresholdBounds};
    pub use crate::training::probe::ProbeGradients;
    pub use crate::whole_file::WholeFile;
}
