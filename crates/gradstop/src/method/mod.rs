//! What every detector is: settings that can be listed, learned from and loaded.

pub(crate) mod parameter;
pub(crate) mod preset;
pub(crate) mod shared;

use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::deep::one_network::OneNetwork;
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Parameter;
use crate::method::preset::Preset;
use crate::model::explanation::{Account, occlude};
use crate::model::score_graph::{NoGraph, ScoreGraph};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::warning::Warning;
use crate::training::Spectator;
use crate::training::history::{History, StopSummary};

/// Standardised rows, row-major, every value finite.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Values of shape (rows x columns).
    pub values: &'a [f32],
    /// Number of columns, at least 1.
    pub columns: usize,
}

impl Rows<'_> {
    /// Number of rows.
    pub fn count(&self) -> usize {
        self.values.len() / self.columns
    }
}

/// A way to detect outliers: the type is its settings, and knows how to learn from rows with them.
pub trait Method: Serialize + DeserializeOwned + Debug + Clone + PartialEq + Send + Sync + 'static {
    /// Name on the command line and in files.
    const NAME: &'static str;
    /// Name of its class in Python: the method's name as its field writes it.
    const CLASS: &'static str;
    /// What it takes for abnormal, in a sentence.
    const ABOUT: &'static str;
    /// What it assumes of the data, in a sentence.
    const ASSUMES: &'static str;
    /// What the score is, of which larger is more abnormal, in a phrase.
    const SCORE: &'static str;
    /// What a fit and a score cost, in a sentence, n rows and d columns.
    const COST: &'static str;

    /// Every setting with its range, in the order in which it is listed.
    fn parameters() -> Vec<Parameter>;

    /// The settings of a preset.
    fn preset(preset: Preset) -> Self;

    /// Checks what the ranges of single settings do not say.
    ///
    /// # Errors
    /// The error names the setting.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// How many trainings a fit has, each with a rule of its own; 0 for a method without epochs.
    fn trainings(&self) -> usize;

    /// Learns from standardised rows, on the threads of the current rayon pool.
    ///
    /// # Errors
    /// What the method says; [`Error::Cancelled`] if the spectator asks for it.
    fn learn(&self, rows: Rows<'_>, spectator: &mut dyn Spectator) -> Result<Learned, Error>;

    /// What a fit to `columns` columns comes to, if it is the training of one network in which each row has a loss
    /// of its own: such a fit can be spread over machines ([`Detector::fit_shards`](crate::Detector::fit_shards)).
    ///
    /// # Errors
    /// As [`learn`](Self::learn).
    fn one_network(&self, columns: usize) -> Result<Option<OneNetwork>, Error> {
        let _ = columns;
        Ok(None)
    }

    /// Makes the model again from its tensors, over `columns` columns. The tensors come from a file that
    /// may be anyone's: whatever is read must be checked before it is used as an index or a size.
    ///
    /// # Errors
    /// [`ModelFileError::Content`] for a tensor that is missing or contradicts the settings.
    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError>;
}

/// What a method has learned.
pub trait Model: Debug + Send + Sync {
    /// Scores standardised rows of shape (scores x columns) into `scores`; larger is more abnormal. A row
    /// scores the same bits alone as in any batch.
    ///
    /// # Errors
    /// [`Error::Engine`] if the lengths do not fit.
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error>;

    /// Everything that scoring needs and the settings do not say, by name.
    fn tensors(&self) -> Vec<NamedTensor>;

    /// The same scores as data, for those who write them down for another program.
    ///
    /// # Errors
    /// [`NoGraph`] says what stands in the way; as it stands here, that there is no network.
    fn graph(&self) -> Result<ScoreGraph, NoGraph> {
        Err(NoGraph::NO_NETWORK)
    }

    /// What the contributions of [`explain_into`](Self::explain_into) are.
    fn account(&self) -> Account {
        Account::of_occlusion()
    }

    /// Writes the contribution of every column to the scores of standardised rows, of the rows' own shape;
    /// finite, and the same bits for a row alone as in any batch. As it stands here it measures how much a
    /// score falls without a column, and so scores the rows once a column.
    ///
    /// # Errors
    /// As [`score_into`](Self::score_into).
    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        occlude(self, rows, contributions)
    }

    /// The same for rows that the model learned from, which stood at `positions` of that table: for methods
    /// whose training scores are not what they say of a new row.
    ///
    /// # Errors
    /// As [`score_into`](Self::score_into).
    fn explain_fitted_into(
        &self,
        rows: Rows<'_>,
        positions: &[usize],
        contributions: &mut [f32],
    ) -> Result<(), Error> {
        let _ = positions;
        self.explain_into(rows, contributions)
    }
}

/// What comes of learning.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The model.
    pub model: Arc<dyn Model>,
    /// Scores of the rows that it learned from. For methods that compare a row with the others this is
    /// not what `score_into` says of the same row, which would meet itself.
    pub training_scores: Vec<f32>,
    /// How each network was trained; empty for methods without one.
    pub trainings: Vec<Training>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// How one network was trained.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct Training {
    /// Rule, epoch kept, and why.
    pub stop: StopSummary,
    /// What happened, epoch by epoch.
    pub history: History,
    /// How the rules that only looked on ([`Watch::All`](crate::Watch::All)) would have stopped it, of
    /// those that had decided before it ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<StopSummary>,
}
