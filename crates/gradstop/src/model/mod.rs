//! What was learned: it scores standardised rows, explains them, and is written to a file.

pub(crate) mod average;
pub(crate) mod explanation;
pub(crate) mod packed;
pub(crate) mod quantile;
pub(crate) mod ranges;
pub(crate) mod scaler;
pub(crate) mod score_graph;
pub(crate) mod tensors;
pub(crate) mod usual;
pub(crate) mod warning;

use std::fmt::Debug;

use crate::error::Error;
use crate::model::explanation::ExplanationMethod;
use crate::model::score_graph::{NoGraph, ScoreGraph};
use crate::model::tensors::NamedTensor;

/// Standardised rows, row-major, every value finite.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Values of shape (rows x columns).
    pub values: &'a [f32],
    /// Number of columns, at least 1.
    pub columns: usize,
}

impl Rows<'_> {
    /// Number of rows.
    pub fn count(&self) -> usize {
        self.values.len() / self.columns
    }
}

/// What a method has learned.
pub trait Model: Debug + Send + Sync {
    /// Scores standardised rows of shape (scores x columns) into `scores`; larger is more abnormal. A row
    /// scores the same bits alone as in any batch.
    ///
    /// # Errors
    /// [`Error::Engine`] if the lengths do not fit.
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error>;

    /// Everything that scoring needs and the settings do not say, by name.
    fn tensors(&self) -> Vec<NamedTensor>;

    /// The same scores as data, for those who write them down for another program.
    ///
    /// # Errors
    /// [`NoGraph`] says what stands in the way; as it stands here, that there is no network.
    fn graph(&self) -> Result<ScoreGraph, NoGraph> {
        Err(NoGraph::NO_NETWORK)
    }

    /// What the contributions of [`explain_into`](Self::explain_into) are.
    fn explanation_method(&self) -> ExplanationMethod {
        ExplanationMethod::of_occlusion()
    }

    /// Writes the contribution of every column to the scores of standardised rows, of the rows' own shape;
    /// finite, and the same bits for a row alone as in any batch. As it stands here it measures how much a
    /// score falls without a column, and so scores the rows once a column.
    ///
    /// # Errors
    /// As [`score_into`](Self::score_into).
    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        occlude(self, rows, contributions)
    }

    /// The same for rows that the model learned from, which stood at `positions` of that table: for methods
    /// whose training scores are not what they say of a new row.
    ///
    /// # Errors
    /// As [`score_into`](Self::score_into).
    fn explain_fitted_into(
        &self,
        rows: Rows<'_>,
        positions: &[usize],
        contributions: &mut [f32],
    ) -> Result<(), Error> {
        let _ = positions;
        self.explain_into(rows, contributions)
    }
}

/// How much each score falls when one column takes its mean, which is 0 after standardisation: it explains any
/// model, at the price of a scoring a column.
pub(crate) fn occlude<M: Model + ?Sized>(
    model: &M,
    rows: Rows<'_>,
    contributions: &mut [f32],
) -> Result<(), Error> {
    // Blocks bound the memory for the rows that are changed.
    const BLOCK: usize = 4096;
    let columns = rows.columns;
    let blocks = rows.values.chunks(BLOCK * columns).zip(contributions.chunks_mut(BLOCK * columns));
    for (values, contributions) in blocks {
        let count = values.len() / columns;
        let (mut scores, mut without) = (vec![0.0; count], vec![0.0; count]);
        model.score_into(Rows { values, columns }, &mut scores)?;
        let mut changed = values.to_vec();
        for column in 0..columns {
            changed.iter_mut().skip(column).step_by(columns).for_each(|value| *value = 0.0);
            model.score_into(Rows { values: &changed, columns }, &mut without)?;
            let targets = contributions.iter_mut().skip(column).step_by(columns);
            for ((target, &score), &without) in targets.zip(&scores).zip(&without) {
                *target = (f64::from(score) - f64::from(without)) as f32;
            }
            let values = values.iter().skip(column).step_by(columns);
            let changed = changed.iter_mut().skip(column).step_by(columns);
            changed.zip(values).for_each(|(changed, &value)| *changed = value);
        }
    }
    Ok(())
}
