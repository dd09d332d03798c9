//! What every detector is: settings that can be listed, learned from and loaded.

pub(crate) mod erased;
pub(crate) mod parameter;
pub(crate) mod preset;
pub(crate) mod settings;
pub(crate) mod shared;

use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::deep::recipe::OneNetwork;
use crate::deep::settings::TrainingSettings;
use crate::error::{Error, ModelFileError};
use crate::method::preset::Preset;
use crate::method::settings::Settings;
use crate::model::tensors::Tensors;
use crate::model::warning::Warning;
use crate::model::{Model, Rows};
use crate::training::callback::Callback;
use crate::training::history::Training;

/// A way to detect outliers: the type is its settings, and knows how to learn from rows with them.
///
/// [`Detector::new`](crate::Detector::new) takes any type that implements this, of this crate or not; the tests of this
/// crate have one in `tests/own_detector.rs`. Its `Default` are the settings of [`Preset::Default`], and serde's names
/// of its fields are the names of the settings.
pub trait Algorithm:
    Settings + Default + Serialize + DeserializeOwned + Debug + Clone + Send + Sync + 'static
{
    /// Name on the command line and in files; unlike that of any other detector.
    const NAME: &'static str;
    /// Name of its class in Python: the method's name as its field writes it.
    const CLASS: &'static str = Self::NAME;
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

    /// The settings of [`Preset::Paper`]; those of the other preset unless there is a paper that evaluated it.
    fn paper() -> Self {
        Self::default()
    }

    /// The settings of a preset.
    fn preset(preset: Preset) -> Self {
        match preset {
            Preset::Default => Self::default(),
            Preset::Paper => Self::paper(),
        }
    }

    /// How its networks are trained, for a method that has epochs and so may be stopped by a rule.
    fn training_mut(&mut self) -> Option<&mut TrainingSettings> {
        None
    }

    /// The seed of its random numbers. An ensemble gives every member another one; without one there is no ensemble.
    fn seed_mut(&mut self) -> Option<&mut u64> {
        self.training_mut().map(|training| &mut training.seed)
    }

    /// Checks what the ranges of single settings do not say.
    ///
    /// # Errors
    /// The error names the setting.
    fn check(&self) -> Result<(), Error> {
        self.clone().training_mut().map_or(Ok(()), |training| training.check())
    }

    /// How many trainings a fit has, each with a rule of its own; 0 for a method without epochs.
    fn trainings(&self) -> usize {
        usize::from(self.clone().training_mut().is_some())
    }

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
    #[doc(hidden)]
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
