//! A fitted detector: it scores rows and remembers how its training went.

use std::collections::HashSet;
use std::sync::Arc;

use gradstop_preparation::{Cells, Preparation, Surprise};
use serde_json::Value;

use crate::explanation::Explanation;
use crate::method::{Model, Rows, Training};
use crate::registry::DetectorEntry;
use crate::score_graph::{NoGraph, ScoreGraph};
use crate::table::check_finite;
use crate::tensors::NamedTensor;
use crate::{Error, Preset, Standardisation, Warning};

/// A fitted detector.
#[derive(Debug, Clone)]
pub struct FittedDetector {
    pub(crate) entry: &'static DetectorEntry,
    pub(crate) preset: Preset,
    pub(crate) settings: Value,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: usize,
    pub(crate) preparation: Option<Preparation>,
    pub(crate) standardisation: Standardisation,
    pub(crate) model: Arc<dyn Model>,
    pub(crate) training_scores: Vec<f32>,
    pub(crate) threshold: f32,
    pub(crate) trainings: Vec<Training>,
    pub(crate) warnings: Vec<Warning>,
}

impl FittedDetector {
    /// Name of the detector.
    pub fn detector(&self) -> &'static str {
        self.entry.name
    }

    /// The preset that the settings started from.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Every setting of the fit, as a tree of names and values.
    pub fn settings(&self) -> &Value {
        &self.settings
    }

    /// Names of the columns that it scores and explains, in order: those of the table, or where that was prepared those
    /// that were made of it.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Names of the columns that a table must have, in order.
    pub fn table_columns(&self) -> Vec<String> {
        match &self.preparation {
            Some(preparation) => preparation.inputs().into_iter().map(|(name, _)| name).collect(),
            None => self.columns.clone(),
        }
    }

    /// What was decided of columns that are not all complete numbers; `None` if the table was taken as it is.
    pub fn preparation(&self) -> Option<&Preparation> {
        self.preparation.as_ref()
    }

    /// Makes the values that it scores, of shape (rows x [`columns`](Self::columns)), of the cells of a table, a column
    /// each, and says which cells the fit gave no reason to expect. Without a preparation the cells must be complete numbers.
    ///
    /// # Errors
    /// [`Error::Preparation`] for a missing cell where none may be, and for columns that are not those of the fit.
    pub fn prepare(&self, columns: &[Cells]) -> Result<(Vec<f32>, Vec<Surprise>), Error> {
        let mut values = Vec::new();
        let surprises = match &self.preparation {
            Some(preparation) => preparation.apply(columns, &mut values)?,
            None => Preparation::of_numbers(&self.columns).apply(columns, &mut values)?,
        };
        Ok((values, surprises))
    }

    /// Number of rows that it was fitted to.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How columns are brought to one scale.
    pub fn standardisation(&self) -> &Standardisation {
        &self.standardisation
    }

    /// What was learned, by name: weights, centres, trees.
    pub fn tensors(&self) -> Vec<NamedTensor> {
        self.model.tensors()
    }

    /// How scores are made of rows that were [standardised](Self::standardisation), as data.
    ///
    /// ```
    /// use gradstop::{Detector, Preset, ScoreGraph, Table};
    /// let table = Table::new(vec![1.0, 2.0, 9.0], vec!["x".into()])?;
    /// let settings = serde_json::json!({ "stop": "none", "epochs": 2 });
    /// let fitted = Detector::named("autoencoder", Preset::Default, &settings)?.fit(table)?;
    /// assert!(matches!(fitted.graph()?, ScoreGraph::SquaredError { .. }));
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoGraph`] for a method without a network, and for scores that hang on a hash of the row's values.
    pub fn graph(&self) -> Result<ScoreGraph, Error> {
        let detector = self.detector();
        self.model.graph().map_err(|NoGraph { got, hint }| Error::NoGraph { detector, got, hint })
    }

    /// Scores of the rows that it was fitted to, in their order; larger is more abnormal. Empty for a
    /// detector that was loaded from a file, or [streamed](crate::Detector::fit_stream) rows too many to keep one of each.
    pub fn training_scores(&self) -> &[f32] {
        &self.training_scores
    }

    /// Gives a detector from a file its training scores back, which the file has not.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is a score for each row that it was fitted to.
    pub fn with_training_scores(mut self, scores: Vec<f32>) -> Result<Self, Error> {
        if scores.len() != self.rows {
            let (got, wanted) = (format!("{} of them", scores.len()), format!("{}, one a row", self.rows));
            return Err(Error::Shape { what: "training scores", got, wanted });
        }
        self.training_scores = scores;
        Ok(self)
    }

    /// The score above which a row counts as an outlier: the `1 - contamination` quantile of the
    /// training scores, interpolated between neighbours.
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Sets the score above which a row counts as an outlier, for scores, files and all else from now on.
    ///
    /// ```
    /// # use gradstop::{Detector, Preset, Table};
    /// # let table = Table::new(vec![1.0, 2.0, 9.0], vec!["x".into()])?;
    /// let mut fitted = Detector::named("ecod", Preset::Default, &serde_json::json!({}))?.fit(table)?;
    /// fitted.set_threshold(1.5);
    /// assert_eq!(fitted.threshold(), 1.5);
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If it is not finite.
    pub fn set_threshold(&mut self, threshold: f32) {
        assert!(threshold.is_finite(), "got a threshold of {threshold}");
        self.threshold = threshold;
    }

    /// How each network was trained: one for a single network, several for an ensemble, none for a method
    /// without a network.
    pub fn trainings(&self) -> &[Training] {
        &self.trainings
    }

    /// What its user should know.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Scores of row-major values of shape (rows x columns), in the columns' order; larger is more
    /// abnormal, never NaN. A row scores the same bits alone as among others.
    ///
    /// # Errors
    /// [`Error::Shape`] for a ragged last row, [`Error::NotFinite`] for a value that is not finite, [`Error::NoScore`] for a model
    /// that no fit has made.
    pub fn score(&self, values: &[f32]) -> Result<Vec<f32>, Error> {
        let mut values = values.to_vec();
        self.score_in_place(&mut values)
    }

    /// As [`score`](Self::score) without a copy: `values` are standardised where they stand.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn score_in_place(&self, values: &mut [f32]) -> Result<Vec<f32>, Error> {
        let columns = self.standardise(values, "rows to score")?;
        let mut scores = vec![0.0; values.len() / columns];
        self.model.score_into(Rows { values, columns }, &mut scores)?;
        match scores.iter().position(|score| score.is_nan()) {
            Some(row) => Err(Error::NoScore { row }),
            None => Ok(scores),
        }
    }

    /// What every column contributes to the scores of new rows, row-major values of shape (rows x columns). A
    /// row is explained by the same bits alone as among others.
    ///
    /// ```
    /// use gradstop::{AutoEncoder, Detector, Exactness, Preset, Table};
    /// // Two columns that go together, but in the last row.
    /// let mut values: Vec<f32> = (0..60).flat_map(|row| [row as f32, (row % 7) as f32]).collect();
    /// values.extend([20.0, 90.0]);
    /// let table = Table::new(values, vec!["x".into(), "y".into()])?;
    /// let fitted = Detector::new(Preset::Default, &AutoEncoder::default())?.fit(table)?;
    /// let explanation = fitted.explain(&[20.0, 90.0])?;
    /// assert_eq!(explanation.account.exactness, Exactness::Exact);
    /// let score = fitted.score(&[20.0, 90.0])?[0];
    /// assert!((explanation.row(0).iter().sum::<f32>() / score - 1.0).abs() < 1e-5);
    /// assert_eq!(explanation.strongest(0, 1)[0].0, 1);
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn explain(&self, values: &[f32]) -> Result<Explanation, Error> {
        self.explain_with(values, |rows, target| self.model.explain_into(rows, target))
    }

    /// The same for rows of the very table that it was fitted to, which stood at `positions` there (rows from
    /// 0): it explains their [training scores](Self::training_scores).
    ///
    /// # Errors
    /// As [`score`](Self::score); [`Error::Shape`] unless there is one position a row, within the table.
    pub fn explain_fitted(&self, values: &[f32], positions: &[usize]) -> Result<Explanation, Error> {
        let rows = values.len() / self.columns.len();
        if rows != positions.len() || positions.iter().any(|&position| position >= self.rows) {
            return Err(Error::Shape {
                what: "positions of fitted rows",
                got: format!("{} of them for {rows} rows", positions.len()),
                wanted: format!("one a row, each below {}", self.rows),
            });
        }
        self.explain_with(values, |rows, target| self.model.explain_fitted_into(rows, positions, target))
    }

    fn explain_with(
        &self,
        values: &[f32],
        explain: impl FnOnce(Rows<'_>, &mut [f32]) -> Result<(), Error>,
    ) -> Result<Explanation, Error> {
        let mut values = values.to_vec();
        let columns = self.standardise(&mut values, "rows to explain")?;
        let mut contributions = vec![0.0; values.len()];
        explain(Rows { values: &values, columns }, &mut contributions)?;
        Ok(Explanation { contributions, columns, account: self.model.account() })
    }

    /// Checks rows and standardises them where they stand; returns the number of columns.
    fn standardise(&self, values: &mut [f32], what: &'static str) -> Result<usize, Error> {
        let columns = self.columns.len();
        if !values.len().is_multiple_of(columns) {
            let got = format!("{} values", values.len());
            return Err(Error::Shape { what, got, wanted: format!("rows of {columns} values") });
        }
        check_finite(values, &self.columns)?;
        self.standardisation.apply(values);
        Ok(columns)
    }

    /// Whether these are the columns of the table that it was fitted to, by name and in order.
    ///
    /// # Errors
    /// [`Error::Columns`] lists what is missing, extra or in another order.
    pub fn check_columns(&self, columns: &[String]) -> Result<(), Error> {
        let own = self.table_columns();
        if columns == own {
            return Ok(());
        }
        let without = |these: &[String], others: &[String]| -> Vec<String> {
            let others: HashSet<&String> = others.iter().collect();
            these.iter().filter(|name| !others.contains(name)).cloned().collect()
        };
        let (missing, extra) = (without(&own, columns), without(columns, &own));
        let mut problems = Vec::new();
        if !missing.is_empty() {
            problems.push(format!("missing {}", shorten(&missing)));
        }
        if !extra.is_empty() {
            problems.push(format!("extra {}", shorten(&extra)));
        }
        if problems.is_empty() {
            let differs = columns.iter().zip(&own).position(|(got, want)| got != want);
            problems.push(match differs {
                Some(at) => format!("columns reordered from column {at} on, {:?}", columns[at]),
                None => format!("{} columns", columns.len()),
            });
        }
        Err(Error::Columns { problem: problems.join("; "), wanted: shorten(&own) })
    }
}

fn shorten(names: &[String]) -> String {
    let shown = names.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 20 { format!("{shown}, ... ({} in all)", names.len()) } else { shown }
}
