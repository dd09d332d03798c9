//! The detectors there are: a line each.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::deep::recipe::OneNetwork;
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Parameter;
use crate::method::preset::Preset;
use crate::method::shared::Common;
use crate::method::{FitOutput, Method};
use crate::model::tensors::Tensors;
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

/// A detector as it is listed, its settings a tree of names and values.
#[derive(Debug, Clone, Copy)]
pub struct DetectorEntry {
    /// Its name on the command line and in files.
    pub name: &'static str,
    /// Name of its class in Python.
    pub class: &'static str,
    /// What it takes for abnormal, in a sentence.
    pub about: &'static str,
    /// What it assumes of the data.
    pub assumes: &'static str,
    /// What its score is; larger is more abnormal.
    pub score: &'static str,
    /// What a fit and a score cost.
    pub cost: &'static str,
    pub(crate) one_score: &'static str,
    pub(crate) few_scores: Option<&'static str>,
    parameters: fn() -> Vec<Parameter>,
    preset: fn(Preset) -> Value,
    pub(crate) check: fn(&Value) -> Result<(), Error>,
    pub(crate) trainings: fn(&Value) -> Result<usize, Error>,
    pub(crate) one_network: fn(&Value, usize) -> Result<Option<OneNetwork>, Error>,
    pub(crate) learn: fn(&Value, Rows<'_>, &mut dyn Callback) -> Result<FitOutput, Error>,
    pub(crate) load: Load,
}

/// A setting with its value in both presets.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedSetting {
    /// Name, range and meaning.
    pub parameter: Parameter,
    /// Its value in [`Preset::Default`].
    pub default: Value,
    /// Its value in [`Preset::Paper`].
    pub paper: Value,
}

/// Makes a model of its settings, the number of columns and its tensors.
type Load = fn(&Value, usize, &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError>;

/// Exports each type, and lists it.
macro_rules! detectors {
    ($($folder:ident$(::$name:ident)+,)*) => {
        $(pub use crate::$folder$(::$name)+;)*

        const DETECTORS: &[DetectorEntry] = &[$(DetectorEntry::of::<crate::$folder$(::$name)+>()),*];
    };
}

detectors! {
    deep::autoencoder::AutoEncoder,
    deep::deepsvdd::DeepSvdd,
    deep::vae::Vae,
    deep::rdp::Rdp,
    deep::randnet::RandNet,
    deep::robod::settings::Robod,
    classical::iforest::IsolationForest,
    classical::ecod::Ecod,
    classical::knn::NearestNeighbors,
    classical::lof::LocalOutlierFactor,
    classical::cblof::Cblof,
    classical::gmm::GaussianMixture,
}

/// Every detector.
///
/// ```
/// assert!(gradstop::detectors().iter().any(|entry| entry.name == "autoencoder"));
/// ```
pub fn detectors() -> &'static [DetectorEntry] {
    DETECTORS
}

/// The detector of that name.
///
/// # Errors
/// [`Error::Setting`] with the names there are.
pub fn detector_named(name: &str) -> Result<&'static DetectorEntry, Error> {
    DETECTORS.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let names: Vec<&str> = DETECTORS.iter().map(|entry| entry.name).collect();
        let (got, wanted) = (format!("{name:?}"), format!("one of {}", names.join(", ")));
        Error::Setting { parameter: "detector".into(), got, wanted }
    })
}

impl DetectorEntry {
    const fn of<M: Method>() -> Self {
        Self {
            name: M::NAME,
            class: M::CLASS,
            about: M::ABOUT,
            assumes: M::ASSUMES,
            score: M::SCORE,
            cost: M::COST,
            one_score: M::ONE_SCORE,
            few_scores: M::FEW_SCORES,
            parameters: M::parameters,
            preset: |preset| serde_json::to_value(M::preset(preset)).expect("settings are plain data"),
            check: |settings| read::<M>(settings)?.check(),
            trainings: |settings| Ok(read::<M>(settings)?.trainings()),
            one_network: |settings, columns| read::<M>(settings)?.one_network(columns),
            learn: |settings, rows, callback| read::<M>(settings)?.learn(rows, callback),
            load: |settings, columns, tensors| {
                let wrong = |error: Error| ModelFileError::Content {
                    what: "settings".into(),
                    got: error.to_string(),
                    wanted: "settings that a fit accepts".into(),
                };
                read::<M>(settings).map_err(wrong)?.load(columns, tensors)
            },
        }
    }

    /// Its own settings with their ranges, without those that all detectors have.
    pub fn parameters(&self) -> Vec<Parameter> {
        (self.parameters)()
    }

    /// Its own settings of a preset, as a tree of names and values.
    pub fn preset(&self, preset: Preset) -> Value {
        (self.preset)(preset)
    }

    /// Every setting with its value in both presets: its own, and those that all detectors have.
    pub fn settings(&self) -> Vec<ListedSetting> {
        let common = serde_json::to_value(Common::default()).expect("settings are plain data");
        let (default, paper) = (self.preset(Preset::Default), self.preset(Preset::Paper));
        let value = |tree: &Value, name: &str| {
            let found = |tree: &Value| name.split('.').try_fold(tree, |tree, name| tree.get(name)).cloned();
            found(tree).or_else(|| found(&common)).unwrap_or(Value::Null)
        };
        let parameters = self.parameters().into_iter().chain(Common::parameters());
        parameters
            .map(|parameter| ListedSetting {
                parameter,
                default: value(&default, parameter.name),
                paper: value(&paper, parameter.name),
            })
            .collect()
    }

    /// All of the above as data: what `gradstop list --json` prints, and what the Python classes are generated from.
    ///
    /// ```
    /// let knn = gradstop::detector_named("knn")?.describe();
    /// assert_eq!(knn["class"], "KNN");
    /// assert_eq!(knn["settings"][0]["schema"], serde_json::json!({ "type": "integer", "minimum": 1, "maximum": 100_000 }));
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    pub fn describe(&self) -> Value {
        let of_setting = |ListedSetting { parameter, default, paper }| {
            json!({
                "name": parameter.name,
                "about": parameter.about,
                "range": parameter.range.to_string(),
                "schema": parameter.range.schema(),
                "default": default,
                "paper": paper,
            })
        };
        json!({
            "name": self.name,
            "class": self.class,
            "about": self.about,
            "assumes": self.assumes,
            "score": self.score,
            "cost": self.cost,
            "seeded": self.is_seeded(),
            "trained": self.is_trained(),
            "settings": self.settings().into_iter().map(of_setting).collect::<Vec<_>>(),
        })
    }

    /// Whether it draws random numbers, so that another seed gives another fit.
    pub fn is_seeded(&self) -> bool {
        self.parameters().iter().any(|parameter| parameter.name == "seed")
    }

    /// Whether it is trained for epochs, so that a rule may stop it.
    pub fn is_trained(&self) -> bool {
        self.parameters().iter().any(|parameter| parameter.name == "epochs")
    }
}

/// Settings as the method has them. What a tree has beyond them is not the method's business.
fn read<M: Method>(settings: &Value) -> Result<M, Error> {
    serde_json::from_value(settings.clone()).map_err(|error| Error::Setting {
        parameter: M::NAME.into(),
        got: error.to_string(),
        wanted: "the settings of this detector".into(),
    })
}
