//! The detectors there are: a line each.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::error::Error;
use crate::method::Algorithm;
use crate::method::erased::AnyAlgorithm;
use crate::method::parameter::Parameter;
use crate::method::preset::Preset;
use crate::method::settings::Settings;
use crate::method::shared::Common;

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
    preset: fn(Preset) -> Arc<dyn AnyAlgorithm>,
    /// The algorithm with the settings of a tree.
    pub(crate) read: fn(&Value) -> Result<Arc<dyn AnyAlgorithm>, Error>,
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

/// Exports each type, and lists it.
macro_rules! detectors {
    ($($folder:ident$(::$name:ident)+,)*) => {
        pub(crate) mod types {
            $(pub use crate::$folder$(::$name)+;)*
        }

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
    /// The entry of any algorithm, listed or not.
    pub(crate) const fn of<A: Algorithm>() -> Self {
        Self {
            name: A::NAME,
            class: A::CLASS,
            about: A::ABOUT,
            assumes: A::ASSUMES,
            score: A::SCORE,
            cost: A::COST,
            one_score: A::ONE_SCORE,
            few_scores: A::FEW_SCORES,
            parameters: A::parameters,
            preset: |preset| Arc::new(A::preset(preset)),
            read: |settings| Ok(Arc::new(read::<A>(settings)?)),
        }
    }

    /// Its own settings with their ranges, without those that all detectors have.
    pub fn parameters(&self) -> Vec<Parameter> {
        (self.parameters)()
    }

    /// Its own settings of a preset, as a tree of names and values.
    pub fn preset(&self, preset: Preset) -> Value {
        (self.preset)(preset).settings()
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

    /// Whether a fit is the training of one network in which each row has a loss of its own.
    pub(crate) fn is_one_network(&self) -> bool {
        (self.preset)(Preset::Default).one_network(1).is_ok_and(|one| one.is_some())
    }

    /// Whether it draws random numbers, so that another seed gives another fit.
    pub fn is_seeded(&self) -> bool {
        (self.preset)(Preset::Default).seed().is_some()
    }

    /// Whether it is trained for epochs, so that a rule may stop it.
    pub fn is_trained(&self) -> bool {
        (self.preset)(Preset::Default).training().is_some()
    }
}

/// The detectors whose fits are the training of one network, in words: "this, that or another".
pub(crate) fn names_of_one_network() -> String {
    let names: Vec<&str> =
        detectors().iter().filter(|entry| entry.is_one_network()).map(|entry| entry.name).collect();
    let (last, others) = names.split_last().expect("some detector is a network");
    format!("{} or {last}", others.join(", "))
}

/// Settings as the algorithm has them. What a tree has beyond them is not its business.
fn read<A: Algorithm>(settings: &Value) -> Result<A, Error> {
    serde_json::from_value(settings.clone()).map_err(|error| Error::Setting {
        parameter: A::NAME.into(),
        got: error.to_string(),
        wanted: "the settings of this detector".into(),
    })
}
