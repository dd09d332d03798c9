//! Fits to a table in memory.

use gradstop_preparation::{Preparation, Scale};

use crate::detector::assemble::{FitParts, FittedScores, assemble};
use crate::detector::fitted::{FittedDetector, without_watched};
use crate::detector::{Detector, ensemble};
use crate::error::Error;
use crate::method::Learned;
use crate::model::Rows;
use crate::model::scaler::Standardisation;
use crate::table::Table;
use crate::training::callback::{Silent, Spectator};

impl Detector {
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
        let learned = columns.len() - watched;
        let kept = without_watched(&mut values, columns.len(), learned).len();
        values.truncate(kept);
        let rows = Rows { values: &values, columns: learned };
        if let Some(checkpoint) = spectator.checkpoint() {
            checkpoint.begin(self.name(), self.settings(), rows)?;
        }
        let Learned { model, training_scores, trainings, warnings } = match common.ensemble {
            1 => (self.entry().learn)(self.settings(), rows, spectator)?,
            _ => ensemble::learn(self.entry(), self.settings(), &common, rows, spectator)?,
        };
        let parts = FitParts {
            columns,
            rows: rows.count(),
            preparation,
            standardisation,
            model,
            trainings,
            warnings,
        };
        assemble(self, parts, FittedScores::Every(training_scores, Some(rows)))
    }
}
