//! A fitted detector: it scores rows and remembers how its training went.

use std::collections::HashSet;
use std::iter::repeat_n;
use std::sync::Arc;

use gradstop_preparation::{Cells, Preparation, UnexpectedCells};
use serde_json::Value;

use crate::classical::to_score;
use crate::detector::Detector;
use crate::error::Error;
use crate::method::preset::Preset;
use crate::model::explanation::Explanation;
use crate::model::ranges::Ranges;
use crate::model::scaler::Standardization;
use crate::model::score_graph::{NoGraph, ScoreGraph};
use crate::model::tensors::NamedTensor;
use crate::model::usual::UsualValues;
use crate::model::warning::Warning;
use crate::model::{Model, Rows};
use crate::table::check_finite;
use crate::training::history::Training;

/// A fitted detector.
#[derive(Debug, Clone)]
pub struct FittedDetector {
    /// Method, preset and settings.
    pub(crate) spec: Detector,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: usize,
    pub(crate) preparation: Option<Preparation>,
    pub(crate) standardization: Standardization,
    pub(crate) model: Arc<dyn Model>,
    pub(crate) training_scores: Vec<f32>,
    pub(crate) streamed_scores: Option<StreamedScores>,
    pub(crate) threshold: f32,
    pub(crate) trainings: Vec<Training>,
    pub(crate) warnings: Vec<Warning>,
    /// What a departure of one unit from what held in every fitted row adds to a score; 0 for a file of before it was kept.
    pub(crate) departure_unit: f64,
    /// Of the columns, where the fit saw them before they were standardised.
    pub(crate) ranges: Option<Ranges>,
    /// Between which of their values four rows in five lie, where the fit kept it.
    pub(crate) usual: Option<UsualValues>,
    /// Share of rows like the fitted ones that the threshold flags, where it is known.
    pub(crate) flagged_share: Option<f64>,
}

/// What is known of the scores of streamed rows, which are too many to keep one of each.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamedScores {
    /// How many rows score above the threshold.
    pub flagged: u64,
    /// The most abnormal rows with their scores, highest first and equal ones in row order: ten, or all.
    pub most_abnormal: Vec<(usize, f32)>,
    /// How many rows, a uniform sample, the rules saw the scores of.
    pub scored_rows: usize,
}

impl StreamedScores {
    /// How many rows [`most_abnormal`](Self::most_abnormal) has at most.
    pub const MOST_ABNORMAL: usize = 10;
}

/// A column of which something held in every fitted row, and new rows that depart from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The column.
    pub column: String,
    /// How many rows depart.
    pub rows: usize,
    /// What held, in words that follow "in every fitted row it was".
    pub fitted: String,
}

impl std::fmt::Display for Departure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { column, rows, fitted } = self;
        let verb = if *rows == 1 { "row departs" } else { "rows depart" };
        write!(f, "column {column:?}: {rows} {verb} from the fit, in every row of which it was {fitted}")
    }
}

impl FittedDetector {
    /// Name of the detector.
    pub fn detector(&self) -> &'static str {
        self.spec.name()
    }

    /// The preset that the settings started from.
    pub fn preset(&self) -> Preset {
        self.spec.preset()
    }

    /// Every setting of the fit, as a tree of names and values.
    pub fn settings(&self) -> Value {
        self.spec.settings()
    }

    /// Names of the columns that it scores and explains, in order: those of the table, or where that was prepared those
    /// that were made of it.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many [`columns`](Self::columns) there are without those that are only watched, because they told no fitted rows
    /// apart and were left out by the preparation: the first ones, which it has learned from.
    pub fn features(&self) -> usize {
        let watched = self.preparation.as_ref().map_or(0, |preparation| preparation.watched().len());
        self.columns.len() - watched
    }

    /// What a departure of one unit from what held in every fitted row adds to a score: the threshold minus the median of
    /// the training scores, so that it lifts a row in the middle to the threshold, but at least a tenth of that median. A column that held one value departs in units
    /// of the value's size (of 1 if it is 0). It is 0 for a model that was saved before departures were measured.
    pub fn departure_unit(&self) -> f64 {
        self.departure_unit
    }

    /// The columns of which something held in every fitted row, with the rows of row-major values of shape (rows x columns), not
    /// yet standardised, that depart from it: a column that held one value, and in a prepared table one that was the same as
    /// another. [Scores](Self::score) grow with each by its [unit](Self::departure_unit).
    ///
    /// ```
    /// use gradstop::{Detector, Preset, Table};
    /// let values = (0..40).flat_map(|row| [5.0, (row * 7 % 11) as f32]).collect();
    /// let table = Table::new(values, vec!["valve".into(), "temperature".into()])?;
    /// let fitted = Detector::named("knn", Preset::Default, &serde_json::json!({}))?.fit(table)?;
    /// let rows = [5.0, 3.0, 500.0, 3.0];
    /// let words = fitted.departures(&rows)[0].to_string();
    /// assert_eq!(words, "column \"valve\": 1 row departs from the fit, in every row of which it was 5");
    /// let scores = fitted.score(&rows)?;
    /// assert!(scores[0] <= fitted.threshold() && scores[1] > fitted.threshold());
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    pub fn departures(&self, values: &[f32]) -> Vec<Departure> {
        let width = self.columns.len();
        let watched = self.preparation.as_ref().map(Preparation::watched).unwrap_or_default();
        let learned = self.features();
        let of_column = |(column, from, scale): (usize, f64, f64)| {
            let there = values.iter().skip(column).step_by(width);
            let rows = there.filter(|&&value| departure(value, from, scale) > 0.0).count();
            let fitted = match column.checked_sub(learned) {
                Some(behind) => watched[behind].fitted.clone(),
                None => from.to_string(),
            };
            (rows > 0).then(|| Departure { column: self.columns[column].clone(), rows, fitted })
        };
        self.watched_columns().filter_map(of_column).collect()
    }

    /// The columns that are watched: position, the value that held, and the size of a unit.
    fn watched_columns(&self) -> impl Iterator<Item = (usize, f64, f64)> {
        let held = self.departure_unit > 0.0;
        let (means, deviations) = (self.standardization.mean(), self.standardization.deviation());
        let spreads = means.iter().zip(deviations).enumerate().filter(move |_| held);
        spreads.filter(|(_, (_, deviation))| **deviation == 0.0).map(|(column, (&mean, _))| {
            // The mean of equal numbers may be a last bit off.
            let value = f64::from(mean as f32);
            (column, value, if value == 0.0 { 1.0 } else { value.abs() })
        })
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
    pub fn prepare(&self, columns: &[Cells]) -> Result<(Vec<f32>, Vec<UnexpectedCells>), Error> {
        let mut values = Vec::new();
        let unexpected = match &self.preparation {
            Some(preparation) => preparation.apply(columns, &mut values)?,
            None => Preparation::of_numbers(&self.columns).apply(columns, &mut values)?,
        };
        Ok((values, unexpected))
    }

    /// Number of rows that it was fitted to.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How columns are brought to one scale.
    pub fn standardization(&self) -> &Standardization {
        &self.standardization
    }

    /// What was learned, by name: weights, centres, trees.
    pub fn tensors(&self) -> Vec<NamedTensor> {
        self.model.tensors()
    }

    /// How scores are made of rows that were [standardised](Self::standardization), as data.
    ///
    /// ```
    /// use gradstop::{Detector, Preset, Table};
    /// use gradstop::algorithm::ScoreGraph;
    /// let table = Table::new(vec![1.0, 2.0, 9.0], vec!["x".into()])?;
    /// let settings = serde_json::json!({ "early_stopping": "none", "epochs": 2 });
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
    /// detector that was loaded from a file or fitted to a [stream](crate::Source::Stream).
    pub fn training_scores(&self) -> &[f32] {
        &self.training_scores
    }

    /// A summary of the scores of the rows that it was fitted to, if these were [streamed](crate::Source::Stream). A file
    /// does not keep it. The threshold is that of the scores of all rows, exactly.
    pub fn streamed_scores(&self) -> Option<&StreamedScores> {
        self.streamed_scores.as_ref()
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
        if threshold == self.threshold {
            return;
        }
        self.threshold = threshold;
        let (scores, rows) = (&self.training_scores, self.training_scores.len() as f64);
        let flagged = || scores.iter().filter(|&&score| score > threshold).count() as f64;
        self.flagged_share = (!scores.is_empty()).then(|| flagged() / rows);
    }

    /// How each network was trained: one for a single network, several for an ensemble, none for a method
    /// without a network.
    pub fn trainings(&self) -> &[Training] {
        &self.trainings
    }

    /// Share of the rows, in `[0, 1)`, that the last epoch was not learned from, the mean over several networks, if rows were
    /// trimmed.
    pub fn trimmed(&self) -> Option<f64> {
        let last = |training: &Training| training.history.last()?.trimmed;
        let shares: Vec<f64> = self.trainings.iter().filter_map(last).collect();
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    }

    /// What its user should know.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The same in words, with hints that fit the detector.
    pub fn warnings_in_words(&self) -> impl Iterator<Item = String> {
        self.warnings.iter().map(|warning| self.spec.entry().in_words(warning, self.spec.preset()))
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
        let Standard { values, columns, departures } = self.standardize(values, "rows to score")?;
        let mut scores = vec![0.0; values.len() / columns];
        self.model.score_into(Rows { values, columns }, &mut scores)?;
        for (row, _, amount) in departures {
            scores[row] = to_score(f64::from(scores[row]) + amount);
        }
        match scores.iter().position(|score| score.is_nan()) {
            Some(row) => Err(Error::NoScore { row }),
            None => Ok(scores),
        }
    }

    /// What every column contributes to the scores of new rows, row-major values of shape (rows x columns). A
    /// row is explained by the same bits alone as among others.
    ///
    /// ```
    /// use gradstop::{AutoEncoder, Detector, Preset, Table};
    /// use gradstop::algorithm::Exactness;
    /// // Two columns that go together, but in the last row.
    /// let mut values: Vec<f32> = (0..60).flat_map(|row| [row as f32, (row % 7) as f32]).collect();
    /// values.extend([20.0, 90.0]);
    /// let table = Table::new(values, vec!["x".into(), "y".into()])?;
    /// let fitted = Detector::new(Preset::Default, AutoEncoder::default())?.fit(table)?;
    /// let explanation = fitted.explain(&[20.0, 90.0])?;
    /// assert_eq!(explanation.method.exactness, Exactness::Exact);
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
        let Standard { values, columns, departures } = self.standardize(&mut values, "rows to explain")?;
        let mut contributions = vec![0.0; values.len()];
        explain(Rows { values, columns }, &mut contributions)?;
        let width = self.columns.len();
        if width > columns {
            let rows = contributions.chunks_exact(columns);
            contributions =
                rows.flat_map(|row| row.iter().copied().chain(repeat_n(0.0, width - columns))).collect();
        }
        for (row, column, amount) in departures {
            let target = &mut contributions[row * width + column];
            *target = to_score(f64::from(*target) + amount);
        }
        Ok(Explanation { contributions, columns: width, method: self.model.explanation_method() })
    }

    /// Checks rows and standardises them where they stand: what is to be scored of them stands at the beginning then.
    fn standardize<'a>(&self, values: &'a mut [f32], what: &'static str) -> Result<Standard<'a>, Error> {
        let width = self.columns.len();
        if !values.len().is_multiple_of(width) {
            let got = format!("{} values", values.len());
            return Err(Error::Shape { what, got, wanted: format!("rows of {width} values") });
        }
        check_finite(values, &self.columns)?;
        let mut departures = Vec::new();
        for (column, from, scale) in self.watched_columns() {
            let there = values.iter().skip(column).step_by(width).enumerate();
            departures.extend(there.filter_map(|(row, &value)| {
                let units = departure(value, from, scale);
                (units > 0.0).then_some((row, column, units * self.departure_unit))
            }));
        }
        self.standardization.apply(values);
        let columns = self.features();
        let values = without_watched(values, width, columns);
        Ok(Standard { values, columns, departures })
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

/// Rows that are ready to be scored.
struct Standard<'a> {
    values: &'a [f32],
    columns: usize,
    /// Row, column, and what that adds to the score.
    departures: Vec<(usize, usize, f64)>,
}

/// How many units a value is away from the one that held in every fitted row.
fn departure(value: f32, from: f64, scale: f64) -> f64 {
    ((f64::from(value) - from).abs() / scale).min(Standardization::FARTHEST)
}

/// Moves rows together so that only their first columns are left.
pub(crate) fn without_watched(values: &mut [f32], width: usize, columns: usize) -> &mut [f32] {
    if columns == width {
        return values;
    }
    let rows = values.len() / width;
    for row in 0..rows {
        values.copy_within(row * width..row * width + columns, row * columns);
    }
    &mut values[..rows * columns]
}
