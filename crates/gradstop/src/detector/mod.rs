//! A detector to be fitted: a method, its settings, and what all detectors share.

pub(crate) mod ensemble;
pub(crate) mod file;
pub(crate) mod first_pass;
pub(crate) mod fitted;
pub(crate) mod hint;
pub(crate) mod members;
pub(crate) mod merge;
pub(crate) mod registry;
pub(crate) mod sharded;
pub(crate) mod streamed;

use std::sync::Arc;

use gradstop_preparation::{Kind, Preparation, Scale};
use serde_json::Value;

use crate::detector::fitted::{FittedDetector, departure_unit_of, without_watched};
use crate::detector::merge::merge;
use crate::detector::registry::{DetectorEntry, detector_named};
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Parameter;
use crate::method::preset::Preset;
use crate::method::shared::Common;
use crate::method::{Learned, Method};
use crate::model::quantile::quantile;
use crate::model::scaler::Standardisation;
use crate::model::tensors::Tensors;
use crate::model::warning::{
    Warning, about_preparation, about_scores, about_table, about_threshold, of_dates,
};
use crate::model::{Model, Rows};
use crate::table::Table;
use crate::training::callback::{Silent, Spectator};

/// A detector that is still to be fitted.
///
/// ```
/// use gradstop::{AutoEncoder, Detector, Method, Preset};
/// // By its type, with settings as fields ...
/// let paper = AutoEncoder::preset(Preset::Paper);
/// let one = Detector::new(Preset::Paper, &AutoEncoder { hidden: vec![32], ..paper })?;
/// // ... or by its name, with settings as a tree of names and values.
/// let changes = serde_json::json!({ "hidden": [32], "gradstop": { "window": 20 } });
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

    pub(crate) fn common(&self) -> Common {
        serde_json::from_value(self.settings.clone()).expect("the settings were checked")
    }

    /// Fits the detector to a table, on the threads of the current rayon pool. The result has the same
    /// bits for any number of threads.
    ///
    /// # Errors
    /// [`Error::Diverged`] when a loss is no longer finite; [`Error::Engine`] for an architecture that
    /// the stopping rule cannot look into.
    pub fn fit(&self, table: Table) -> Result<FittedDetector, Error> {
        self.fit_watched(table, &mut Silent)
    }

    /// As [`fit`](Self::fit), with someone who looks on and may cancel.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), [`Error::Cancelled`], and [`Error::Checkpoint`] for a checkpoint of the spectator that
    /// cannot be gone on from.
    pub fn fit_watched(&self, table: Table, spectator: &mut dyn Spectator) -> Result<FittedDetector, Error> {
        let standardisation = Standardisation::fit(table.values(), table.columns().len());
        self.fit_sample(table, standardisation, spectator)
    }

    /// As [`fit_watched`](Self::fit_watched), for a table that was made by a preparation. It goes with the fitted detector
    /// and says how columns are brought to one scale.
    ///
    /// ```
    /// use gradstop::preparation::{Cells, Missing, Options, Preparation};
    /// use gradstop::{Detector, Preset, Silent, Table};
    /// let columns = [Cells::Numbers(vec![1.0, f64::NAN, 3.0, 30.0])];
    /// let options = Options { missing: Missing::Mean, ..Options::default() };
    /// let preparation = Preparation::fit(&["x".into()], &columns, &options)?;
    /// let mut values = Vec::new();
    /// preparation.apply(&columns, &mut values)?;
    ///
    /// let table = Table::new(values, preparation.outputs())?;
    /// let detector = Detector::named("ecod", Preset::Default, &serde_json::json!({}))?;
    /// let fitted = detector.fit_prepared(table, preparation, &mut Silent)?;
    /// let (values, _) = fitted.prepare(&columns)?;
    /// assert_eq!(fitted.score(&values)?.len(), 4);
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`fit_watched`](Self::fit_watched), and [`Error::Shape`] if the preparation makes another number of columns.
    pub fn fit_prepared(
        &self,
        table: Table,
        preparation: Preparation,
        spectator: &mut dyn Spectator,
    ) -> Result<FittedDetector, Error> {
        let (columns, made) = (table.columns().len(), preparation.width());
        if columns != made {
            let (got, wanted) = (format!("{columns} columns"), made.to_string());
            return Err(Error::Shape { what: "prepared table", got, wanted });
        }
        let standardisation = match preparation.options().scale {
            Scale::Robust => Standardisation::robust(table.values(), columns),
            Scale::Standard | Scale::Quantile => Standardisation::fit(table.values(), columns),
        };
        self.fit_to(table, standardisation, Some(preparation), spectator)
    }

    /// As [`fit_watched`](Self::fit_watched), for rows that are a sample of a larger table: they are standardised
    /// by the means and deviations of that one.
    ///
    /// # Errors
    /// As [`fit_watched`](Self::fit_watched), and [`Error::Shape`] if the standardisation has another number of
    /// columns than the rows.
    pub fn fit_sample(
        &self,
        table: Table,
        standardisation: Standardisation,
        spectator: &mut dyn Spectator,
    ) -> Result<FittedDetector, Error> {
        self.fit_to(table, standardisation, None, spectator)
    }

    fn fit_to(
        &self,
        table: Table,
        standardisation: Standardisation,
        preparation: Option<Preparation>,
        spectator: &mut dyn Spectator,
    ) -> Result<FittedDetector, Error> {
        let common = self.common();
        let (mut values, columns) = table.into_parts();
        let known = standardisation.mean().len();
        if known != columns.len() {
            let (got, wanted) = (format!("{known} columns"), columns.len().to_string());
            return Err(Error::Shape { what: "standardisation", got, wanted });
        }
        standardisation.apply(&mut values);
        // What told no rows apart is watched, and not learned from.
        let watched = preparation.as_ref().map_or(0, |preparation| preparation.watched().len());
        let learned = &columns[..columns.len() - watched];
        let kept = without_watched(&mut values, columns.len(), learned.len()).len();
        values.truncate(kept);
        let rows = Rows { values: &values, columns: learned.len() };
        if let Some(checkpoint) = spectator.checkpoint() {
            checkpoint.begin(self.name(), &self.settings, rows)?;
        }
        let Learned { model, training_scores, trainings, warnings: mut notes } = match common.ensemble {
            1 => (self.entry.learn)(&self.settings, rows, spectator)?,
            _ => ensemble::learn(self.entry, &self.settings, &common, rows, spectator)?,
        };
        let mut warnings: Vec<Warning> = about_scores(&training_scores, rows).into_iter().collect();
        warnings.append(&mut notes);
        warnings.extend(about_table(&standardisation, learned, rows.count(), !trainings.is_empty()));
        warnings.extend(preparation.iter().flat_map(about_preparation));
        if warnings.iter().any(|warning| matches!(warning, Warning::WideMixture { .. })) {
            // It says why all rows have one score.
            warnings.retain(|warning| *warning != Warning::OneScore);
        }
        let kinds = preparation.as_ref().map(Preparation::inputs).unwrap_or_default();
        let is_date = |name: &str| kinds.iter().any(|(known, kind)| known == name && *kind == Kind::Dates);
        warnings = warnings.into_iter().flat_map(|warning| of_dates(warning, is_date)).collect();
        let threshold = quantile(&training_scores, 1.0 - common.contamination);
        let tied = training_scores.iter().filter(|&&score| score == threshold).count();
        let flagged = training_scores.iter().filter(|&&score| score > threshold).count();
        warnings.extend(about_threshold(threshold, (tied, flagged), rows.count(), common.contamination));
        Ok(FittedDetector {
            departure_unit: departure_unit_of(&training_scores, threshold),
            threshold,
            entry: self.entry,
            preset: self.preset,
            settings: self.settings.clone(),
            rows: rows.count(),
            columns,
            preparation,
            standardisation,
            model,
            training_scores,
            trainings,
            warnings,
        })
    }
}
