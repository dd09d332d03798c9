//! What every detector is: settings that can be listed, learned from and loaded.

pub(crate) mod parameter;
pub(crate) mod preset;
pub(crate) mod shared;

use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::deep::recipe::OneNetwork;
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Parameter;
use crate::method::preset::Preset;
use crate::model::tensors::Tensors;
use crate::model::warning::Warning;
use crate::model::{Model, Rows};
use crate::training::callback::Callback;
use crate::training::history::Training;

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

    /// What helps where every row has the same score.
    const ONE_SCORE: &'static str = "do the rows differ at all?";
    /// What helps where few rows have a score of their own; for what is trained, to learn less.
    const FEW_SCORES: Option<&'static str> = None;

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
    /// What the method says; [`Error::Cancelled`] if the callback asks for it.
    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error>;

    /// What a fit to `columns` columns comes to, if it is the training of one network in which each row has a loss
    /// of its own: such a fit can be spread over machines ([`Source::Shards`](crate::Source::Shards)).
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

/// What a method returns from a fit.
#[derive(Debug, Clone)]
pub struct FitOutput {
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
