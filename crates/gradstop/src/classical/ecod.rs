//! ECOD (Li et al., 2022): abnormal is what lies in the tails of its columns.

use std::sync::Arc;

use rayon::prelude::*;

use crate::classical::check_cancelled;
use crate::error::{Error, ModelFileError};
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
use crate::model::explanation::ExplanationMethod;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

/// Columns whose terms are kept at once while fitting.
const TOGETHER: usize = 8;

settings! {
    /// Settings of ECOD: there are none. The score of a row is the sum over its columns of `-ln` of a tail's share:
    /// the larger of the left one, the right one, and the one on the side to which the column is skewed (both
    /// together if it is not); larger is more abnormal. Tails are those of the fitted table alone.
    pub struct Ecod {

    }
}

/// The fitted columns, each sorted, with the sign of its skewness.
#[derive(Debug)]
struct Tails {
    rows: usize,
    /// (columns x rows).
    sorted: Vec<f32>,
    skewness: Vec<f32>,
}

impl Algorithm for Ecod {
    const NAME: &'static str = "ecod";
    const CLASS: &'static str = "ECOD";
    const ABOUT: &'static str = "abnormal is what lies in the tails of its columns";
    const ASSUMES: &'static str = "outliers are extreme in single columns; columns are independent";
    const SCORE: &'static str = "sum over the columns of -ln of the share of fitted values in the tail";
    const COST: &'static str = "fit: d sorts of n; score: rows x d x log n, all fitted values are kept";
    const FEW_SCORES: Option<&'static str> =
        Some("it looks at the order of values in each column alone: columns with more different values help");

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        check_cancelled(callback)?;
        let count = rows.count();
        let shares: Vec<f64> = (0..=count).map(|at_most| share(at_most, count)).collect();
        let mut sorted = vec![0.0; rows.values.len()];
        let mut skewness = vec![0.0; rows.columns];
        let mut totals = vec![0.0f64; count];
        // A few columns at a time, so that the memory stays below that of the table.
        let mut terms = vec![0.0f64; TOGETHER.min(rows.columns) * count];
        let blocks = sorted.chunks_mut(TOGETHER * count).zip(skewness.chunks_mut(TOGETHER));
        for (block, (sorted, skewness)) in blocks.enumerate() {
            check_cancelled(callback)?;
            let columns = sorted.par_chunks_mut(count).zip(skewness.par_iter_mut());
            columns.zip(terms.par_chunks_mut(count)).enumerate().for_each(|(at, ((sorted, sign), terms))| {
                let values = rows.values.iter().skip(block * TOGETHER + at).step_by(rows.columns);
                sorted.iter_mut().zip(values).for_each(|(target, &value)| *target = value);
                *sign = skew_sign(sorted);
                sort_and_judge(sorted, *sign, &shares, terms);
            });
            // In the order of the columns, as new rows are summed.
            for terms in terms.chunks_exact(count).take(skewness.len()) {
                totals.iter_mut().zip(terms).for_each(|(total, term)| *total += term);
            }
        }
        let training_scores = totals.into_iter().map(|total| total as f32).collect();
        let tails = Tails { rows: count, sorted, skewness };
        let model = Arc::new(tails);
        Ok(FitOutput { model, training_scores, trainings: Vec::new(), warnings: Vec::new() })
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

    fn explanation_method(&self) -> ExplanationMethod {
        ExplanationMethod::exact("-ln of the share of fitted values in the column's tail")
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        let lines = contributions.par_chunks_exact_mut(rows.columns);
        lines.zip(rows.values.par_chunks_exact(rows.columns)).with_min_len(64).for_each(|(targets, row)| {
            let columns = self.sorted.chunks_exact(self.rows).zip(&self.skewness).zip(row);
            let terms = columns.map(|((sorted, &sign), &value)| tail(sorted, sign, value) as f32);
            targets.iter_mut().zip(terms).for_each(|(target, term)| *target = term);
        });
        Ok(())
    }
}

/// What a value adds to its row's score. A value beyond all fitted ones is as rare as one of them.
fn tail(sorted: &[f32], sign: f32, value: f32) -> f64 {
    let rows = sorted.len();
    let left = share(sorted.partition_point(|&other| other <= value), rows);
    let right = share(rows - sorted.partition_point(|&other| other < value), rows);
    rarer(left, right, sign)
}

/// Minus the logarithm of the share of rows that so many are.
fn share(count: usize, rows: usize) -> f64 {
    -(count.max(1) as f64 / rows as f64).ln()
}

fn rarer(left: f64, right: f64, sign: f32) -> f64 {
    let skewed = match sign {
        sign if sign > 0.0 => right,
        sign if sign < 0.0 => left,
        _ => left + right,
    };
    left.max(right).max(skewed)
}

/// Sorts the values of a column, given in the order of the rows, and writes what each adds to its row's score:
/// the same as [`tail`], from its place among the sorted ones. `shares` are those of every count.
fn sort_and_judge(values: &mut [f32], sign: f32, shares: &[f64], terms: &mut [f64]) {
    // The bits of a number, made to rise with it, and its row: one key is quick to sort.
    let key = |(row, value): (usize, &f32)| {
        let bits = value.to_bits();
        let rising = bits ^ if bits >> 31 == 1 { u32::MAX } else { 1 << 31 };
        u64::from(rising) << 32 | row as u64
    };
    let mut keys: Vec<u64> = values.iter().enumerate().map(key).collect();
    keys.sort_unstable();
    let given = values.to_vec();
    let row_of = |key: u64| key as u32 as usize;
    values.iter_mut().zip(&keys).for_each(|(value, &key)| *value = given[row_of(key)]);
    let mut first = 0;
    for equal in values.chunk_by(|a, b| a == b) {
        let end = first + equal.len();
        let term = rarer(shares[end], shares[values.len() - first], sign);
        keys[first..end].iter().for_each(|&key| terms[row_of(key)] = term);
        first = end;
    }
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
    fn fitted_values_are_judged_as_new_ones_are() {
        let given = [3.0, -0.0, 1.0, -7.5, 0.0, 1.0, f32::MIN_POSITIVE, 1e30, -1e30, 1.0];
        let shares: Vec<f64> = (0..=given.len()).map(|count| share(count, given.len())).collect();
        for sign in [-1.0, 0.0, 1.0] {
            let (mut sorted, mut terms) = (given, [0.0; 10]);
            sort_and_judge(&mut sorted, sign, &shares, &mut terms);
            assert!(sorted.is_sorted());
            assert_eq!(given.map(|value| tail(&sorted, sign, value)), terms);
        }
    }

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
