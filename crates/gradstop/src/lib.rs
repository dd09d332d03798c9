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

mod batches;
mod changes;
mod checkpoint;
mod classical;
mod cluster;
mod common;
mod course;
mod deep;
mod detector;
mod ensemble;
mod error;
mod explanation;
mod fitted;
mod history;
mod left_out;
mod method;
mod model_file;
mod parameter;
mod preset;
mod probe;
mod quantile;
mod registry;
mod score_graph;
mod standardise;
mod stream;
mod table;
mod tensors;
mod training;
mod warning;
mod whole_file;

pub use gradstop_engine as engine;
pub use gradstop_preparation as preparation;
pub use gradstop_rules as rules;

pub use checkpoint::Checkpoint;
pub use classical::cblof::Cblof;
pub use classical::ecod::Ecod;
pub use classical::gmm::GaussianMixture;
pub use classical::iforest::IsolationForest;
pub use classical::knn::{Distance, NearestNeighbours};
pub use classical::lof::LocalOutlierFactor;
pub use cluster::{TableShard, Workers, sample_rows};
pub use common::{Combination, Common};
pub use deep::autoencoder::{AutoEncoder, BatchNormPlaces};
pub use deep::deepsvdd::{Boundary, Centre, DeepSvdd};
pub use deep::one_network::OneNetwork;
pub use deep::randnet::RandNet;
pub use deep::rdp::Rdp;
pub use deep::robod::Robod;
pub use deep::settings::{
    ActivationName, OptimizerName, StopName, TrainingSettings, TrimName, TrimSetting, Watch,
};
pub use deep::vae::{Reduction, Vae};
pub use detector::Detector;
pub use error::{CheckpointError, Error, ModelFileError};
pub use explanation::{Account, Exactness, Explanation};
pub use fitted::{Departure, FittedDetector};
pub use history::{AveragedEpoch, Decided, EpochRecord, History, StopSummary};
pub use method::{Learned, Method, Model, Rows, Training};
pub use parameter::{Parameter, Range};
pub use preset::Preset;
pub use probe::ProbeGradients;
pub use quantile::{ExactThreshold, ScoreCounts, ThresholdBounds};
pub use registry::{DetectorEntry, ListedSetting, detector_named, detectors};
pub use score_graph::{NoGraph, ScoreGraph, WeightedScore};
pub use standardise::Standardisation;
pub use stream::{RowStream, StreamedFit};
pub use table::Table;
pub use tensors::{NamedTensor, Tensors, Values};
pub use training::{Outcome, Plan, ScoreInto, Silent, Spectator, train};
pub use warning::Warning;
pub use whole_file::WholeFile;
