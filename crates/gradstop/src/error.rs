//! Errors of the library, with data.

use std::path::PathBuf;

/// What helps with an error, where that depends on the program.
///
/// A program puts it in words: it knows how its options are called, and which of them its user can give at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A detector or a setting: the [registry](crate::detectors) has all of them, with their ranges.
    Settings,
    /// Columns that differ from the model's: choose the model's, in its order.
    Columns,
    /// A file that is not a model: a fitted detector [saves](crate::FittedDetector::save) one.
    Model,
    /// The checkpoint of another fit: repeat that one, or remove the file.
    Checkpoint,
    /// A detector without a network: those that are [trained](crate::DetectorEntry::is_trained) have a graph.
    OtherDetector,
    /// Scores that hang on a hash: the preset default, or this value of a setting, makes them a graph.
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// The value that helps.
        value: bool,
    },
    /// What helps with columns that cannot be prepared.
    Preparation(gradstop_preparation::Hint),
}

/// What can go wrong when a detector is fitted, scored, saved or loaded.
///
/// What helps is a part of the display only where it is the same in every program; else it is the [`hint`](Self::hint).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is outside its range, or there is none of that name.
    #[error("setting {parameter}: got {got}, wanted {wanted}")]
    Setting {
        /// The setting's name.
        parameter: String,
        /// The value given.
        got: String,
        /// The range.
        wanted: String,
    },
    /// A matrix that does not fit.
    #[error("{what}: got {got}, wanted {wanted}")]
    Shape {
        /// What does not fit.
        what: &'static str,
        /// Its size, in words.
        got: String,
        /// The size that fits, in words.
        wanted: String,
    },
    /// A value that is not finite.
    #[error("row {row}, column {column:?}: got {value}, wanted a finite number")]
    NotFinite {
        /// Row, from 0.
        row: usize,
        /// Name of the column.
        column: String,
        /// What stood there.
        value: f32,
    },
    /// A model whose numbers are so large that a score is none.
    #[error(
        "row {row}: got a score that is not a number, wanted one (hint: the model's weights are beyond any fit's; fit again)"
    )]
    NoScore {
        /// Row, from 0.
        row: usize,
    },
    /// The loss is no longer a finite number.
    #[error(
        "the training diverged in epoch {epoch}: got a loss of {loss:e}, wanted a finite one (hint: lower learning_rate, now {learning_rate:e}, or init_std)"
    )]
    Diverged {
        /// Epoch, from 0.
        epoch: usize,
        /// The loss.
        loss: f64,
        /// The step size that was used.
        learning_rate: f32,
    },
    /// The callback asked to stop; nothing was kept.
    #[error("the fit was cancelled in epoch {epoch}")]
    Cancelled {
        /// Epoch, from 0.
        epoch: usize,
    },
    /// A table whose columns are not those that the model was fitted to.
    #[error("the table's columns are not the model's: got {problem}, wanted {wanted}, in this order")]
    Columns {
        /// What differs: missing, extra or reordered columns.
        problem: String,
        /// The model's columns.
        wanted: String,
    },
    /// Columns that cannot be prepared, or not as those of the fit were.
    #[error(transparent)]
    Preparation(#[from] gradstop_preparation::PreparationError),
    /// Workers that hold the shards of a table cannot be reached, or do not answer as they should.
    #[error("{what}: got {got}, wanted {wanted}")]
    Shards {
        /// What was asked of them.
        what: &'static str,
        /// What came of it.
        got: String,
        /// What should have come.
        wanted: String,
    },
    /// A stream of rows that cannot be read, in its own words.
    #[error(transparent)]
    Stream(Box<dyn std::error::Error + Send + Sync>),
    /// A streamed table that has other rows than before.
    #[error(
        "the table changed while it was fitted to: got {got} rows, wanted {wanted} as when it was first read (hint: fit \
         to a copy that nobody writes to)"
    )]
    StreamChanged {
        /// Rows that came this time; there may be more.
        got: usize,
        /// Rows that came the first time.
        wanted: usize,
    },
    /// A model whose scores cannot be written down as a graph.
    #[error("{detector}: got {got}, wanted a score that a graph can compute")]
    NoGraph {
        /// Name of the detector.
        detector: &'static str,
        /// What stands in the way.
        got: &'static str,
        /// What could be done instead.
        hint: Hint,
    },
    /// An error of the engine: an architecture or a constant.
    #[error(transparent)]
    Engine(#[from] gradstop_engine::EngineError),
    /// An error of a stopping rule's settings.
    #[error(transparent)]
    Rule(#[from] gradstop_rules::RuleError),
    /// A model file that cannot be read or written.
    #[error("{}: {problem}", path.display())]
    ModelFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: ModelFileError,
    },
    /// A checkpoint that cannot be gone on from.
    #[error("{}: {problem}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: CheckpointError,
    },
}

impl Error {
    /// What helps, for a program to put in words; nothing where the display has it, or where nothing does.
    ///
    /// ```
    /// use gradstop::{Detector, Hint, Preset};
    /// let error = Detector::named("forest", Preset::Default, &serde_json::json!({})).unwrap_err();
    /// assert!(error.to_string().starts_with("setting detector: got \"forest\", wanted one of autoencoder"));
    /// assert_eq!(error.hint(), Some(Hint::Settings));
    /// ```
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Setting { .. } => Some(Hint::Settings),
            Self::Columns { .. } => Some(Hint::Columns),
            Self::NoGraph { hint, .. } => Some(hint.clone()),
            Self::Preparation(problem) => problem.hint().map(Hint::Preparation),
            Self::ModelFile { problem, .. } => problem.hint(),
            Self::Checkpoint { problem, .. } => problem.hint(),
            _ => None,
        }
    }
}

/// What can be wrong with a checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error(
        "the checkpoint cannot be read or written: {0} (hint: a file is wanted, in a folder that can be written to)"
    )]
    Io(#[from] std::io::Error),
    /// The file is no checkpoint, is cut off or was altered.
    #[error(
        "got {0}, wanted a checkpoint as gradstop writes it (hint: it is damaged or another file; name another one, or \
         remove it and start the fit anew)"
    )]
    Broken(String),
    /// The checkpoint of another fit.
    #[error("got the checkpoint of another fit, {what}: got {got}, wanted {wanted}")]
    Other {
        /// What differs.
        what: Box<str>,
        /// What it is in the checkpoint.
        got: Box<str>,
        /// What it is in the fit at hand.
        wanted: Box<str>,
    },
}

impl CheckpointError {
    /// What helps, as [`Error::hint`].
    pub fn hint(&self) -> Option<Hint> {
        matches!(self, Self::Other { .. }).then_some(Hint::Checkpoint)
    }
}

/// What can be wrong with a model file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// The file cannot be read or written.
    #[error("cannot be read or written: got {0}, wanted a model file")]
    Io(#[from] std::io::Error),
    /// The file is no safetensors file, or is cut off.
    #[error("got {0}, wanted a gradstop model (hint: the file is cut off, or no model at all)")]
    Broken(String),
    /// A safetensors file that is not ours.
    #[error("got a safetensors file of something else, wanted a gradstop model")]
    Foreign,
    /// A model of a format that this version does not know.
    #[error(
        "got model format {got}, wanted {wanted} (hint: another version of gradstop wrote it; score with that one, or fit again)"
    )]
    Version {
        /// The file's format.
        got: u32,
        /// The format known here.
        wanted: u32,
    },
    /// The content does not match its checksum.
    #[error(
        "checksum mismatch: the file was altered or damaged after it was written (hint: copy it again, or fit again)"
    )]
    Altered,
    /// A header or tensor that contradicts itself.
    #[error("{what}: got {got}, wanted {wanted} (hint: gradstop writes no such file; fit again)")]
    Content {
        /// What is wrong.
        what: String,
        /// What stands there.
        got: String,
        /// What could stand there.
        wanted: String,
    },
}

impl ModelFileError {
    /// What helps, as [`Error::hint`].
    pub fn hint(&self) -> Option<Hint> {
        matches!(self, Self::Io(_) | Self::Foreign).then_some(Hint::Model)
    }
}
