//! Gaussian mixture: abnormal is what is unlikely under normal distributions fitted to the rows.

use std::sync::Arc;

use rayon::prelude::*;

use crate::classical::cholesky::Cholesky;
use crate::classical::kmeans::cluster;
use crate::classical::{check_cancelled, dot, to_score};
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
use crate::model::explanation::ExplanationMethod;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::warning::Warning;
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

/// Columns at most where there are no more rows: the covariance of more is of no use, and takes minutes.
const MOST_COLUMNS: usize = 4096;

settings! {
    /// Settings of the Gaussian mixture. The score of a row is the negative logarithm of its likelihood; larger is
    /// more abnormal. It may be negative.
    pub struct GaussianMixture {
        /// Seed of every random number.
        pub seed: u64 = 0 => Range::at_least(0),
        /// Normal distributions at most.
        pub n_components: usize = 1 => Range::whole(1, 1000),
        /// Iterations at most.
        pub max_iter: usize = 100 => Range::whole(1, 1_000_000),
        /// Gain in mean log-likelihood that ends the iterations.
        pub tol: f64 = 1e-3 => Range::NotNegative,
        /// Added to the variances, and more where one is singular.
        pub reg_covar: f64 = 1e-6 => Range::NotNegative,
    }
}

/// One normal distribution with full covariance.
#[derive(Debug, Clone)]
struct Component {
    /// Logarithm of its share of the rows.
    log_weight: f64,
    mean: Vec<f64>,
    cholesky: Cholesky,
    /// Logarithm of the density at its mean, times its share.
    log_peak: f64,
}

#[derive(Debug)]
struct Mixture(Vec<Component>);

impl Algorithm for GaussianMixture {
    const NAME: &'static str = "gmm";
    const CLASS: &'static str = "GMM";
    const ABOUT: &'static str = "abnormal is what is unlikely under normal distributions fitted to the rows";
    const ASSUMES: &'static str = "inliers are one or a few normal distributions, columns may be correlated";
    const SCORE: &'static str = "negative log-likelihood, which may be below 0";
    const COST: &'static str = "fit: iterations x components x n x d^2 + d^3; score: rows x components x d^2";
    const FEW_SCORES: Option<&'static str> = Some("fewer columns, or a larger reg_covar");

    fn seed_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.seed)
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        check_cancelled(callback)?;
        let count = rows.count();
        if rows.columns > count.max(MOST_COLUMNS) {
            return Err(Error::Shape {
                what: "a table for gmm",
                got: format!("{} columns and {count} rows", rows.columns),
                wanted: format!(
                    "at most {MOST_COLUMNS} columns where there are fewer rows, as its covariance takes the cube of the \
                     columns (hint: knn and ecod take any number)"
                ),
            });
        }
        let columns = transposed(rows);
        let members = match self.n_components {
            1 => vec![0; count],
            components => cluster(rows, components, self.seed, callback)?.members,
        };
        let components = members.iter().copied().max().unwrap_or(0) as usize + 1;
        // (components x rows): each row's share in each component.
        let mut shares = vec![0.0; components * count];
        members.iter().enumerate().for_each(|(row, &member)| shares[member as usize * count + row] = 1.0);
        let mut mixture = Mixture::of(&columns, &shares, count, self.reg_covar);
        let mut before = f64::NEG_INFINITY;
        for _ in 1..self.max_iter {
            check_cancelled(callback)?;
            if components == 1 {
                break;
            }
            let likelihood = mixture.share_rows(rows, &mut shares);
            if likelihood - before < self.tol {
                break;
            }
            before = likelihood;
            mixture = Mixture::of(&columns, &shares, count, self.reg_covar);
        }
        let mut training_scores = vec![0.0; count];
        mixture.score_into(rows, &mut training_scores)?;
        let model = Arc::new(mixture);
        let wide = rows.columns >= count && count > 1;
        let wide = wide.then_some(Warning::WideMixture { columns: rows.columns, rows: count });
        Ok(FitOutput { model, training_scores, trainings: Vec::new(), warnings: wide.into_iter().collect() })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let components = match *tensors.shape("log_weights")? {
            [components] if components > 0 => components,
            ref other => return Err(tensors.wrong("log_weights", format!("shape {other:?}"), "at least 1")),
        };
        let log_weights = tensors.f64("log_weights", &[components])?;
        let means = tensors.f64("means", &[components, columns])?;
        let factors = tensors.f64("factors", &[components, columns, columns])?;
        let component = |at: usize| {
            let factor = &factors[at * columns * columns..][..columns * columns];
            let mut diagonal = factor.iter().step_by(columns + 1);
            if !diagonal.all(|&value| value > 0.0) {
                return Err(tensors.wrong("factors", "a diagonal of at most 0", "Cholesky factors"));
            }
            let mean = means[at * columns..][..columns].to_vec();
            Ok(Component::new(log_weights[at], mean, Cholesky { factor: factor.to_vec(), size: columns }))
        };
        Ok(Arc::new(Mixture((0..components).map(component).collect::<Result<_, ModelFileError>>()?)))
    }
}

impl Component {
    fn new(log_weight: f64, mean: Vec<f64>, cholesky: Cholesky) -> Self {
        let normalization = 0.5 * mean.len() as f64 * std::f64::consts::TAU.ln();
        let log_peak = log_weight - normalization - cholesky.log_diagonal();
        Self { log_weight, mean, cholesky, log_peak }
    }

    /// Logarithm of the density at a row, times the component's share.
    fn log_density(&self, row: &[f32], centered: &mut Vec<f64>) -> f64 {
        centered.clear();
        centered.extend(row.iter().zip(&self.mean).map(|(&value, mean)| f64::from(value) - mean));
        self.log_peak - 0.5 * self.cholesky.solve_square(centered)
    }

    /// Adds `weight (x - mean)_j (covariance^-1 (x - mean))_j` of every column.
    fn add_terms(&self, row: &[f32], weight: f64, sums: &mut [f64]) {
        let mean = row.iter().zip(&self.mean);
        let centered: Vec<f64> = mean.map(|(&value, mean)| f64::from(value) - mean).collect();
        let mut solved = centered.clone();
        self.cholesky.solve_square(&mut solved);
        self.cholesky.solve_transposed(&mut solved);
        let terms = centered.iter().zip(&solved);
        sums.iter_mut().zip(terms).for_each(|(sum, (centered, solved))| *sum += weight * centered * solved);
    }
}

impl Mixture {
    /// The components of rows with given shares (components x rows); `columns` is (columns x rows).
    fn of(columns: &[Vec<f64>], shares: &[f64], count: usize, ridge: f64) -> Self {
        let component = |shares: &[f64]| {
            let total = shares.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            let mean: Vec<f64> = columns.par_iter().map(|column| dot(column, shares) / total).collect();
            let covariance = covariance(columns, &mean, shares, total);
            Component::new((total / count as f64).ln(), mean, Cholesky::of(&covariance, columns.len(), ridge))
        };
        Self(shares.chunks_exact(count).map(component).collect())
    }

    /// Shares each row among the components by their densities; returns the mean log-likelihood.
    fn share_rows(&self, rows: Rows<'_>, shares: &mut [f64]) -> f64 {
        let components = self.0.len();
        let densities: Vec<Vec<f64>> = rows
            .values
            .par_chunks_exact(rows.columns)
            .map_init(Vec::new, |centered, row| {
                self.0.iter().map(|one| one.log_density(row, centered)).collect()
            })
            .collect();
        let mut total = 0.0;
        for (row, densities) in densities.iter().enumerate() {
            let likelihood = log_sum(densities);
            total += likelihood;
            for component in 0..components {
                shares[component * rows.count() + row] = (densities[component] - likelihood).exp();
            }
        }
        total / rows.count() as f64
    }
}

impl Model for Mixture {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let rows = rows.values.par_chunks_exact(rows.columns);
        scores.par_iter_mut().zip(rows).with_min_len(16).for_each_init(Vec::new, |centered, (score, row)| {
            let densities: Vec<f64> = self.0.iter().map(|one| one.log_density(row, centered)).collect();
            *score = to_score(-log_sum(&densities));
        });
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let (components, columns) = (self.0.len(), self.0[0].mean.len());
        let all = |part: &dyn Fn(&Component) -> Vec<f64>| self.0.iter().flat_map(part).collect::<Vec<f64>>();
        let shape = [components, columns, columns];
        vec![
            NamedTensor::f64("log_weights", &[components], all(&|one| vec![one.log_weight])),
            NamedTensor::f64("means", &[components, columns], all(&|one| one.mean.clone())),
            NamedTensor::f64("factors", &shape, all(&|one| one.cholesky.factor.clone())),
        ]
    }

    fn explanation_method(&self) -> ExplanationMethod {
        match &self.0[..] {
            [one] => ExplanationMethod {
                base: to_score(-one.log_peak),
                ..ExplanationMethod::exact(
                    "the column's term of half the squared Mahalanobis distance; base is the score at the mean",
                )
            },
            _ => ExplanationMethod::estimate(
                "the column's term of half the squared Mahalanobis distance from each component, counting by \
                 the component's share of the row",
            ),
        }
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        let columns = rows.columns;
        let lines = contributions.par_chunks_exact_mut(columns).zip(rows.values.par_chunks_exact(columns));
        lines.with_min_len(16).for_each_init(Vec::new, |centered, (targets, row)| {
            let densities: Vec<f64> = self.0.iter().map(|one| one.log_density(row, centered)).collect();
            let likelihood = log_sum(&densities);
            let mut sums = vec![0.0; columns];
            for (one, density) in self.0.iter().zip(densities) {
                let share = (density - likelihood).exp();
                one.add_terms(row, 0.5 * share, &mut sums);
            }
            targets.iter_mut().zip(&sums).for_each(|(target, &sum)| *target = to_score(sum));
        });
        Ok(())
    }
}

/// `ln(sum of exp)`, without overflow.
fn log_sum(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

/// (columns x rows).
fn transposed(rows: Rows<'_>) -> Vec<Vec<f64>> {
    let column = |column: usize| rows.values.iter().skip(column).step_by(rows.columns).map(|&v| f64::from(v));
    (0..rows.columns).into_par_iter().map(|at| column(at).collect()).collect()
}

/// (columns x columns), of rows that count by their shares.
fn covariance(columns: &[Vec<f64>], mean: &[f64], shares: &[f64], total: f64) -> Vec<f64> {
    let centered = |at: usize| columns[at].iter().map(move |value| value - mean[at]);
    let roots: Vec<Vec<f64>> = (0..columns.len())
        .into_par_iter()
        .map(|at| centered(at).zip(shares).map(|(value, share)| value * share.sqrt()).collect())
        .collect();
    let size = columns.len();
    let mut covariance = vec![0.0; size * size];
    covariance.par_chunks_mut(size).enumerate().for_each(|(row, line)| {
        let upper = line[row..].iter_mut().zip(&roots[row..]);
        upper.for_each(|(target, other)| *target = dot(&roots[row], other) / total);
    });
    for row in 0..size {
        for column in 0..row {
            covariance[row * size + column] = covariance[column * size + row];
        }
    }
    covariance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::callback::NoCallback;

    #[test]
    fn one_component_is_the_normal_distribution_of_the_rows() {
        let values = [0.0, 0.0, 2.0, 1.0, 4.0, -1.0, 2.0, 4.0];
        let rows = Rows { values: &values, columns: 2 };
        let settings = GaussianMixture { reg_covar: 0.0, ..GaussianMixture::default() };
        let learned = settings.learn(rows, &mut NoCallback).unwrap();
        // Mean (2, 1), covariance ((2, -0.5), (-0.5, 3.5)), determinant 6.75, at distance (-2, -1):
        let inverse = [3.5 / 6.75, 0.5 / 6.75, 2.0 / 6.75];
        let square = 4.0 * inverse[0] + 2.0 * 2.0 * inverse[1] + inverse[2];
        let want = 0.5 * square + std::f64::consts::TAU.ln() + 0.5 * 6.75f64.ln();
        assert!((f64::from(learned.training_scores[0]) - want).abs() < 1e-6);
    }

    #[test]
    fn two_components_are_likelier_than_one_where_there_are_two_groups() {
        let values: Vec<f32> = (0..100).map(|at| (at % 2) as f32 * 10.0 + (at as f32 * 0.7).sin()).collect();
        let rows = Rows { values: &values, columns: 1 };
        let mean = |components| {
            let settings = GaussianMixture { n_components: components, ..GaussianMixture::default() };
            settings.learn(rows, &mut NoCallback).unwrap().training_scores.iter().sum::<f32>() / 100.0
        };
        assert!(mean(2) < mean(1) - 0.5);
    }
}
