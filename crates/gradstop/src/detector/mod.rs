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
pub(crate) mod usual;

use std::sync::Arc;

use serde_json::Value;

use crate::deep::recipe::OneNetwork;
use crate::detector::merge::merge;
use crate::detector::registry::{DetectorEntry, detector_named, names_of_one_network};
use crate::error::Error;
use crate::method::Algorithm;
use crate::method::erased::AnyAlgorithm;
use crate::method::parameter::Parameter;
use crate::method::preset::Preset;
use crate::method::settings::Settings;
use crate::method::shared::{Common, member_seed};
use crate::training::plan::Plan;

/// A detector that is still to be fitted.
///
/// ```
/// use gradstop::{AutoEncoder, Detector, Preset};
/// use gradstop::algorithm::Algorithm;
/// // By its type, with settings as fields ...
/// let paper = AutoEncoder::preset(Preset::Paper);
/// let one = Detector::new(Preset::Paper, AutoEncoder { hidden: vec![32], ..paper })?;
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
    algorithm: Arc<dyn AnyAlgorithm>,
    common: Common,
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
    /// A detector of an algorithm, of this crate or not, whose settings started from a preset.
    ///
    /// # Errors
    /// [`Error::Setting`] names the setting that is outside its range.
    pub fn new<A: Algorithm>(preset: Preset, algorithm: A) -> Result<Self, Error> {
        let entry = const { &DetectorEntry::of::<A>() };
        Self { entry, preset, algorithm: Arc::new(algorithm), common: Common::default() }.checked()
    }

    /// A detector by its name: a preset with some settings changed, given as a tree of names and values.
    ///
    /// # Errors
    /// [`Error::Setting`] for a detector or setting that does not exist, or a value of the wrong kind or
    /// range.
    pub fn named(name: &str, preset: Preset, changes: &Value) -> Result<Self, Error> {
        Self::of_entry(detector_named(name)?, preset, changes)
    }

    pub(crate) fn of_entry(
        entry: &'static DetectorEntry,
        preset: Preset,
        changes: &Value,
    ) -> Result<Self, Error> {
        let mut settings = with_common(entry.preset(preset), &Common::default());
        merge(&mut settings, changes)?;
        check_ranges(entry, &settings)?;
        let common = serde_json::from_value(settings.clone()).expect("its ranges were checked");
        Self { entry, preset, algorithm: (entry.read)(&settings)?, common }.checked()
    }

    /// The same with another share of rows to flag as outliers.
    ///
    /// # Errors
    /// [`Error::Setting`] unless the share lies in `(0, 0.5]`.
    pub fn contamination(mut self, share: f64) -> Result<Self, Error> {
        self.common.contamination = share;
        self.checked()
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
    pub fn settings(&self) -> Value {
        with_common(self.algorithm.settings(), &self.common)
    }

    /// Every setting with its range: the method's, then those that all detectors have.
    pub fn parameters(&self) -> Vec<Parameter> {
        parameters(self.entry)
    }

    /// How many trainings a fit has, each stopped by a rule of its own; 0 for a method that is not trained.
    pub fn trainings(&self) -> usize {
        self.algorithm.trainings().saturating_mul(self.common.ensemble)
    }

    /// Epochs at most, of all trainings together; `None` for a method that is not trained.
    pub fn epochs(&self) -> Option<usize> {
        let training = self.algorithm.training()?;
        Some(training.epochs.saturating_mul(self.trainings()))
    }

    pub(crate) fn entry(&self) -> &'static DetectorEntry {
        self.entry
    }

    pub(crate) fn algorithm(&self) -> &dyn AnyAlgorithm {
        &*self.algorithm
    }

    /// One member of the ensemble that it is, alone.
    pub(crate) fn alone(&self, member: usize) -> Self {
        let seed = self.algorithm.seed().unwrap_or(0);
        let algorithm = self.algorithm.with_seed(member_seed(seed, member));
        Self { algorithm, common: Common { ensemble: 1, ..self.common.clone() }, ..self.clone() }
    }

    /// The detector itself, if its settings are what they should be.
    fn checked(self) -> Result<Self, Error> {
        check_ranges(self.entry, &self.settings())?;
        self.algorithm.check()?;
        if self.common.ensemble > 1 && self.algorithm.seed().is_none() {
            let wanted =
                format!("1, since {} draws no random number and its members would be equal", self.name());
            let got = self.common.ensemble.to_string();
            return Err(Error::Setting { parameter: "ensemble".into(), got, wanted });
        }
        Ok(self)
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
        let ensemble = self.common.ensemble;
        if ensemble != 1 {
            return refuse("ensemble", ensemble.to_string(), "1");
        }
        let Some(one) = self.algorithm.one_network(columns)? else {
            return refuse("detector", self.name().into(), &names_of_one_network());
        };
        let plan = one.training.plan();
        match (batches, plan.batch_size) {
            (BatchKind::Mini, 0) => refuse("batch_size", "0".into(), "at least 1"),
            (BatchKind::Full, rows) if rows > 0 => refuse("batch_size", rows.to_string(), "0"),
            _ => Ok((one, plan)),
        }
    }

    pub(crate) fn common(&self) -> &Common {
        &self.common
    }
}

/// Every setting of a detector with its range.
fn parameters(entry: &DetectorEntry) -> Vec<Parameter> {
    entry.parameters().into_iter().chain(Common::parameters()).collect()
}

fn check_ranges(entry: &DetectorEntry, settings: &Value) -> Result<(), Error> {
    parameters(entry).iter().try_for_each(|parameter| parameter.check(settings))
}

/// A tree of an algorithm's own settings, with those that all detectors have.
fn with_common(mut settings: Value, common: &Common) -> Value {
    let common = serde_json::to_value(common).expect("settings are plain data");
    if let (Value::Object(settings), Value::Object(common)) = (&mut settings, common) {
        settings.extend(common);
    }
    settings
}
