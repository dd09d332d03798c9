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
//! let fitted = Detector::new(Preset::Default, &AutoEncoder::default())?.fit(table)?;
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
pub use gradstop_rules::EarlyStopping;

pub use classical::knn::KnnMethod;
pub use cluster::driver::Workers;
pub use cluster::worker::TableShard;
pub use deep::autoencoder::BatchNormPlaces;
pub use deep::deepsvdd::{Boundary, Center};
pub use deep::recipe::OneNetwork;
pub use deep::settings::{ActivationName, OptimizerName, TrainingSettings, TrimName, TrimSetting, Watch};
pub use deep::vae::Reduction;
pub use detector::Detector;
pub use detector::drift::{Drift, DriftFinding};
pub use detector::fit::Source;
pub use detector::fitted::{Departure, FittedDetector, StreamedScores};
pub use detector::members::sample_rows;
pub use detector::registry::*;
pub use error::{CheckpointError, Error, Hint, ModelFileError};
pub use method::parameter::{Parameter, Range};
pub use method::preset::Preset;
pub use method::shared::{Combination, Common};
pub use method::{FitOutput, Method};
pub use model::explanation::{Exactness, Explanation, ExplanationMethod};
pub use model::quantile::{ExactThreshold, ScoreCounts, ThresholdBounds};
pub use model::scaler::Standardization;
pub use model::score_graph::{NoGraph, ScoreGraph, WeightedScore};
pub use model::tensors::{NamedTensor, Tensors, Values};
pub use model::warning::Warning;
pub use model::{Model, Rows};
pub use table::Table;
pub use training::callback::{Callback, NoCallback};
pub use training::checkpoint::Checkpoint;
pub use training::history::Training;
pub use training::history::{AveragedEpoch, Decided, EpochRecord, History, StopSummary};
pub use training::probe::ProbeGradients;
pub use training::row_stream::RowStream;
pub use whole_file::WholeFile;
