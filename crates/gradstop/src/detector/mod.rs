//! A detector to be fitted: a method, its settings, and what all detectors share.

pub(crate) mod assemble;
pub(crate) mod drift;
pub(crate) mod ensemble;
pub(crate) mod file;
pub(crate) mod first_pass;
pub(crate) mod fit;
pub(crate) mod fitted;
pub(crate) mod hint;
pub(crate) mod last_passes;
pub(crate) mod members;
pub(crate) mod merge;
pub(crate) mod registry;
pub(crate) mod sharded;
pub(crate) mod streamed;

use std::sync::Arc;

use serde_json::Value;

use crate::deep::recipe::OneNetwork;
use crate::detector::merge::merge;
use crate::detector::registry::{DetectorEntry, detector_named};
use crate::error::{Error, ModelFileError};
use crate::method::Method;
use crate::method::parameter::Parameter;
use crate::method::preset::Preset;
use crate::method::shared::Common;
use crate::model::Model;
use crate::model::tensors::Tensors;
use crate::training::plan::Plan;

/// A detector that is still to be fitted.
///
/// ```
/// use gradstop::{AutoEncoder, Detector, Method, Preset};
/// // By its type, with settings as fields ...
/// let paper = AutoEncoder::preset(Preset::Paper);
/// let one = Detector::new(Preset::Paper, &AutoEncoder { hidden: vec![32], ..paper })?;
/// // ... or by its name, with settings as a tree of names and values.
/// let changes = serde_json::json!({ "hidden": [32], "gradstop": { "patience": 20 } });
/// let other = Detector::named("autoencoder", Preset::Paper, &changes)?;
/// assert_eq!(one.settings(), other.settings());
/// # Ok::<(), gradstop::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Detector {
    entry: &'static DetectorEntry,
    preset: Preset,
    settings: Value,
}

/// The only batches that a kind of fit can train on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BatchKind {
    /// Several rows each, from a stream.
    Mini,
    /// All rows at once, over shards.
    Full,
}

impl Detector {
    /// A detector of a method whose settings started from a preset.
    ///
    /// # Errors
    /// [`Error::Setting`] names the setting that is outside its range.
    pub fn new<M: Method>(preset: Preset, method: &M) -> Result<Self, Error> {
        let changes = serde_json::to_value(method).expect("settings are plain data");
        Self::named(M::NAME, preset, &changes)
    }

    /// A detector by its name: a preset with some settings changed, given as a tree of names and values.
    ///
    /// # Errors
    /// [`Error::Setting`] for a detector or setting that does not exist, or a value of the wrong kind or
    /// range.
    pub fn named(name: &str, preset: Preset, changes: &Value) -> Result<Self, Error> {
        let entry = detector_named(name)?;
        let mut settings = entry.preset(preset);
        let common = serde_json::to_value(Common::default()).expect("settings are plain data");
        if let (Value::Object(settings), Value::Object(common)) = (&mut settings, common) {
            settings.extend(common);
        }
        merge(&mut settings, changes)?;
        let detector = Self { entry, preset, settings };
        detector.check()?;
        Ok(detector)
    }

    /// The same with another share of rows to flag as outliers.
    ///
    /// # Errors
    /// [`Error::Setting`] unless the share lies in `(0, 0.5]`.
    pub fn contamination(mut self, share: f64) -> Result<Self, Error> {
        self.settings["contamination"] = share.into();
        self.check()?;
        Ok(self)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// The preset that the settings started from.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Every setting, as a tree of names and values.
    pub fn settings(&self) -> &Value {
        &self.settings
    }

    /// Every setting with its range: the method's, then those that all detectors have.
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = self.entry.parameters();
        parameters.extend(Common::parameters());
        parameters
    }

    /// How many trainings a fit has, each stopped by a rule of its own; 0 for a method that is not trained.
    pub fn trainings(&self) -> usize {
        let of_one = (self.entry.trainings)(&self.settings).expect("the settings were checked");
        of_one.saturating_mul(self.common().ensemble)
    }

    /// Epochs at most, of all trainings together; `None` for a method that is not trained.
    pub fn epochs(&self) -> Option<usize> {
        let epochs = self.settings.get("epochs").and_then(Value::as_u64)?;
        Some((epochs as usize).saturating_mul(self.trainings()))
    }

    pub(crate) fn entry(&self) -> &'static DetectorEntry {
        self.entry
    }

    /// What was learned, from the tensors of a file.
    pub(crate) fn load(
        &self,
        columns: usize,
        tensors: &Tensors<'_>,
    ) -> Result<Arc<dyn Model>, ModelFileError> {
        let common = self.common();
        match common.ensemble {
            1 => (self.entry.load)(&self.settings, columns, tensors),
            _ => ensemble::load(self.entry, &self.settings, &common, columns, tensors),
        }
    }

    fn check(&self) -> Result<(), Error> {
        self.parameters().iter().try_for_each(|parameter| parameter.check(&self.settings))?;
        (self.entry.check)(&self.settings)?;
        if self.common().ensemble > 1 && !self.entry.is_seeded() {
            let wanted =
                format!("1, since {} draws no random number and its members would be equal", self.name());
            let got = self.common().ensemble.to_string();
            return Err(Error::Setting { parameter: "ensemble".into(), got, wanted });
        }
        Ok(())
    }

    /// The training of one network that a fit comes to, and its plan, where the rows cannot be held as a table.
    ///
    /// # Errors
    /// [`Error::Setting`] for an ensemble, for another kind of detector, and for batches that `batches` refuses.
    pub(crate) fn one_network(
        &self,
        columns: usize,
        batches: BatchKind,
    ) -> Result<(OneNetwork, Plan), Error> {
        let place = match batches {
            BatchKind::Mini => "where rows are streamed",
            BatchKind::Full => "where one fit is spread over shards",
        };
        let refuse = |parameter: &str, got: String, wanted: &str| {
            let wanted = format!("{wanted} {place}");
            Err(Error::Setting { parameter: parameter.into(), got, wanted })
        };
        let ensemble = self.common().ensemble;
        if ensemble != 1 {
            return refuse("ensemble", ensemble.to_string(), "1");
        }
        let Some(one) = (self.entry.one_network)(&self.settings, columns)? else {
            return refuse("detector", self.name().into(), "autoencoder, deepsvdd or vae");
        };
        let plan = one.training.plan();
        match (batches, plan.batch_size) {
            (BatchKind::Mini, 0) => refuse("batch_size", "0".into(), "at least 1"),
            (BatchKind::Full, rows) if rows > 0 => refuse("batch_size", rows.to_string(), "0"),
            _ => Ok((one, plan)),
        }
    }

    pub(crate) fn common(&self) -> Common {
        serde_json::from_value(self.settings.clone()).expect("the settings were checked")
    }
}
