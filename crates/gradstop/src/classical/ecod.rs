//! ECOD (Li et al., 2022): abnormal is what lies in the tails of its columns.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::classical::check_cancelled;
use crate::method::{Learned, Method, Model, Rows};
use crate::parameter::Parameter;
use crate::tensors::{NamedTensor, Tensors};
use crate::{Error, ModelFileError, Preset, Spectator};

/// Settings of ECOD: there are none. The score of a row is the sum over its columns of `-ln` of a tail's share:
/// the larger of the left one, the right one, and the one on the side to which the column is skewed (both
/// together if it is not); larger is more abnormal. Tails are those of the fitted table alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ecod {}

/// The fitted columns, each sorted, with the sign of its skewness.
#[derive(Debug)]
struct Tails {
    rows: usize,
    /// (columns x rows).
    sorted: Vec<f32>,
    skewness: Vec<f32>,
}

impl Method for Ecod {
    const NAME: &'static str = "ecod";
    const ABOUT: &'static str = "abnormal is what lies in the tails of its columns";
    const ASSUMES: &'static str = "outliers are extreme in single columns; columns are independent";
    const COST: &'static str = "fit: d sorts of n; score: rows x d x log n, all fitted values are kept";

    fn parameters() -> Vec<Parameter> {
        Vec::new()
    }

    fn preset(_: Preset) -> Self {
        Self {}
    }

    fn trainings(&self) -> usize {
        0
    }

    fn learn(&self, rows: Rows<'_>, spectator: &mut dyn Spectator) -> Result<Learned, Error> {
        check_cancelled(spectator)?;
        let count = rows.count();
        let mut sorted = vec![0.0; rows.values.len()];
        let mut skewness = vec![0.0; rows.columns];
        let columns = sorted.par_chunks_mut(count).zip(&mut skewness).enumerate();
        columns.for_each(|(column, (sorted, sign))| {
            let values = rows.values.iter().skip(column).step_by(rows.columns);
            sorted.iter_mut().zip(values).for_each(|(target, &value)| *target = value);
            *sign = skew_sign(sorted);
            sorted.sort_unstable_by(f32::total_cmp);
        });
        check_cancelled(spectator)?;
        let tails = Tails { rows: count, sorted, skewness };
        let mut training_scores = vec![0.0; count];
        tails.score_into(rows, &mut training_scores)?;
        let model = Arc::new(tails);
        Ok(Learned { model, training_scores, trainings: Vec::new(), warnings: Vec::new() })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let rows = match *tensors.shape("sorted")? {
            [_, rows] if rows > 0 => rows,
            ref other => return Err(tensors.wrong("sorted", format!("shape {other:?}"), "at least 1 row")),
        };
        let sorted = tensors.f32("sorted", &[columns, rows])?;
        if !sorted.chunks_exact(rows).all(|column| column.is_sorted()) {
            return Err(tensors.wrong("sorted", "a column that falls", "rising columns"));
        }
        let skewness = tensors.f32("skewness", &[columns])?.to_vec();
        Ok(Arc::new(Tails { rows, sorted: sorted.to_vec(), skewness }))
    }
}

impl Model for Tails {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let rows = rows.values.par_chunks_exact(rows.columns);
        scores.par_iter_mut().zip(rows).with_min_len(64).for_each(|(score, row)| {
            let columns = self.sorted.chunks_exact(self.rows).zip(&self.skewness).zip(row);
            let terms = columns.map(|((sorted, &sign), &value)| tail(sorted, sign, value));
            *score = terms.sum::<f64>() as f32;
        });
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let columns = self.skewness.len();
        vec![
            NamedTensor::f32("sorted", &[columns, self.rows], self.sorted.clone()),
            NamedTensor::f32("skewness", &[columns], self.skewness.clone()),
        ]
    }
}

/// What a value adds to its row's score. A value beyond all fitted ones is as rare as one of them.
fn tail(sorted: &[f32], sign: f32, value: f32) -> f64 {
    let rows = sorted.len();
    let share = |count: usize| -(count.max(1) as f64 / rows as f64).ln();
    let left = share(sorted.partition_point(|&other| other <= value));
    let right = share(rows - sorted.partition_point(|&other| other < value));
    let skewed = match sign {
        sign if sign > 0.0 => right,
        sign if sign < 0.0 => left,
        _ => left + right,
    };
    left.max(right).max(skewed)
}

/// Sign of the third central moment; 0 for a constant column.
fn skew_sign(values: &[f32]) -> f32 {
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
    let cubes: f64 = values.iter().map(|&value| (f64::from(value) - mean).powi(3)).sum();
    match cubes {
        cubes if cubes > 0.0 => 1.0,
        cubes if cubes < 0.0 => -1.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_shares_of_the_fitted_values_alone() {
        let sorted = [0.0, 1.0, 1.0, 5.0];
        let share = |count: f64| -(count / 4.0).ln();
        assert_eq!(skew_sign(&sorted), 1.0);
        assert_eq!(tail(&sorted, 1.0, 1.0), share(3.0));
        assert_eq!(tail(&sorted, 1.0, 0.0), share(1.0));
        assert_eq!(tail(&sorted, 1.0, 9.0), share(1.0));
        assert_eq!(tail(&sorted, 0.0, 1.0), share(3.0) + share(3.0));
    }
}
