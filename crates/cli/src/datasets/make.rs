//! Made tables whose outliers are known, of four kinds (after the synthetic types of ADBench, section 3.2).
//!
//! Inliers are a mixture of three correlated normal distributions. What sets an outlier apart is:
//!
//! - `local`: it comes from a component spread five times as wide in variance;
//! - `global`: it is uniform over a box a tenth larger than that of the inliers;
//! - `clustered`: it comes from a component moved away from the middle, five times as far;
//! - `dependency`: each of its values is a fine one alone, but they do not go together. Here the columns of
//!   the inliers follow two hidden causes; an outlier takes each column from another inlier.
//!
//! ADBench fits its mixtures and copulas to real tables; these are drawn, so that no download is needed.

use gradstop::engine::random::{Key, Stream};
use serde::{Deserialize, Serialize};

use crate::datasets::labelled::Labelled;

/// Components of the mixture.
const COMPONENTS: usize = 3;
/// Standard deviation of their means.
const SPREAD: f64 = 3.0;
/// How much wider (in variance) or farther an outlier is.
const EXAGGERATION: f64 = 5.0;
/// How much the box of the global outliers is larger.
const BOX: f64 = 1.1;
/// Hidden causes of the dependency tables, and the deviation of what they do not explain.
const CAUSES: usize = 2;
const NOISE: f64 = 0.3;

/// What sets the outliers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Near a cluster of inliers, but not as near as they are
    Local,
    /// Anywhere
    Global,
    /// In clusters of their own
    Clustered,
    /// Where no column shows it alone
    Dependency,
}

/// Everything that a made table depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recipe {
    pub(crate) kind: Kind,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Share of outliers.
    pub(crate) contamination: f64,
    #[serde(default)]
    pub(crate) seed: u64,
}

impl Recipe {
    /// Says what is wrong with it, if anything is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let outliers = self.outliers();
        match self {
            Self { columns: 0, .. } => Err("columns: got 0, wanted at least 1".into()),
            _ if !(self.contamination > 0.0 && self.contamination <= 0.5) => {
                Err(format!("contamination: got {}, wanted over 0 and at most 0.5", self.contamination))
            }
            _ if outliers == 0 || self.rows < outliers + 2 => Err(format!(
                "rows: got {}, wanted enough for an outlier and two inliers at this contamination",
                self.rows
            )),
            _ => Ok(()),
        }
    }

    fn outliers(&self) -> usize {
        (self.rows as f64 * self.contamination).round() as usize
    }

    /// A name that tells it from others.
    pub(crate) fn name(&self) -> String {
        let Self { rows, columns, contamination, seed, .. } = self;
        format!("{}-{rows}x{columns}-{contamination}-seed{seed}", self.kind_name())
    }

    fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Local => "local",
            Kind::Global => "global",
            Kind::Clustered => "clustered",
            Kind::Dependency => "dependency",
        }
    }

    /// The table, its rows in random order.
    pub(crate) fn make(&self) -> Labelled {
        let key = Key::new(self.seed, Stream::Tables, &[self.kind as u64]);
        let (outliers, width) = (self.outliers(), self.columns);
        let inliers = self.rows - outliers;
        let mixture = Mixture::new(key.at(0), width);
        let causes = normals(key.at(1), CAUSES * width);
        let mut values: Vec<f64> = Vec::with_capacity(self.rows * width);
        for row in 0..inliers {
            let key = key.at(2).at(row as u64);
            values.extend(match self.kind {
                Kind::Dependency => caused(key, &causes, width),
                _ => mixture.draw(key, 1.0, 1.0),
            });
        }
        let range = ranges(&values, width);
        for outlier in 0..outliers {
            let key = key.at(3).at(outlier as u64);
            let row: Vec<f64> = match self.kind {
                Kind::Local => mixture.draw(key, 1.0, EXAGGERATION.sqrt()),
                Kind::Clustered => mixture.draw(key, EXAGGERATION, 1.0),
                Kind::Global => range
                    .iter()
                    .enumerate()
                    .map(|(column, (low, high))| {
                        let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
                        middle + half * BOX * (2.0 * key.uniform(column as u64) - 1.0)
                    })
                    .collect(),
                Kind::Dependency => (0..width)
                    .map(|column| values[key.below(column as u64, inliers as u64) as usize * width + column])
                    .collect(),
            };
            values.extend(row);
        }
        let table = Labelled {
            columns: (0..width).map(|column| format!("x{column}")).collect(),
            values: values.into_iter().map(|value| value as f32).collect(),
            labels: (0..self.rows).map(|row| row >= inliers).collect(),
        };
        let mut order: Vec<usize> = (0..self.rows).collect();
        key.at(4).shuffle(&mut order);
        table.pick(&order)
    }
}

/// Normal distributions with a mean and a square factor of the covariance each.
struct Mixture {
    width: usize,
    means: Vec<f64>,
    factors: Vec<f64>,
}

impl Mixture {
    fn new(key: Key, width: usize) -> Self {
        let means = normals(key.at(0), COMPONENTS * width).into_iter().map(|value| SPREAD * value).collect();
        let scale = 1.0 / (width as f64).sqrt();
        let factors = normals(key.at(1), COMPONENTS * width * width).into_iter().map(|v| scale * v).collect();
        Self { width, means, factors }
    }

    /// A row of a random component whose mean and whose deviations are this many times as large.
    fn draw(&self, key: Key, farther: f64, wider: f64) -> Vec<f64> {
        let width = self.width;
        let component = key.below(0, COMPONENTS as u64) as usize;
        let noise = normals(key.at(1), width);
        let mean = &self.means[component * width..][..width];
        let factor = &self.factors[component * width * width..][..width * width];
        let along = |row: &[f64]| row.iter().zip(&noise).map(|(a, b)| a * b).sum::<f64>();
        mean.iter().zip(factor.chunks_exact(width)).map(|(m, row)| farther * m + wider * along(row)).collect()
    }
}

/// A row whose columns follow the hidden causes, each in a way of its own.
fn caused(key: Key, causes: &[f64], width: usize) -> Vec<f64> {
    let hidden = normals(key.at(0), CAUSES);
    let noise = normals(key.at(1), width);
    let of_column = |column: usize| {
        let sum: f64 = (0..CAUSES).map(|cause| causes[cause * width + column] * hidden[cause]).sum();
        let bent = if column.is_multiple_of(2) { sum } else { (2.0 * sum).tanh() };
        bent + NOISE * noise[column]
    };
    (0..width).map(of_column).collect()
}

fn normals(key: Key, count: usize) -> Vec<f64> {
    (0..count as u64).map(|index| key.normal(index)).collect()
}

/// The smallest and the largest value of each column.
fn ranges(values: &[f64], width: usize) -> Vec<(f64, f64)> {
    let of_column = |column: usize| {
        let values = values.iter().skip(column).step_by(width);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
    };
    (0..width).map(of_column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::auc;

    fn recipe(kind: Kind) -> Recipe {
        Recipe { kind, rows: 1000, columns: 6, contamination: 0.05, seed: 1 }
    }

    /// AUC of the distance from the middle, column by column.
    fn distance_auc(table: &Labelled) -> f64 {
        let width = table.columns.len();
        let mean = |c: usize| table.values.iter().skip(c).step_by(width).sum::<f32>() / table.rows() as f32;
        let means: Vec<f32> = (0..width).map(mean).collect();
        let distance = |row: &[f32]| row.iter().zip(&means).map(|(v, m)| (v - m).powi(2)).sum();
        let scores: Vec<f32> = table.values.chunks_exact(width).map(distance).collect();
        auc(&scores, &table.labels).unwrap()
    }

    #[test]
    fn a_table_has_its_size_and_share_and_follows_its_seed() {
        for kind in [Kind::Local, Kind::Global, Kind::Clustered, Kind::Dependency] {
            let table = recipe(kind).make();
            assert_eq!((table.rows(), table.columns.len(), table.outliers()), (1000, 6, 50));
            assert!(table.values.iter().all(|value| value.is_finite()));
            assert_eq!(table, recipe(kind).make());
            assert_ne!(table, Recipe { seed: 2, ..recipe(kind) }.make());
            assert!(!table.labels.is_sorted(), "the order of the rows says something");
        }
    }

    #[test]
    fn outliers_are_far_off_where_their_kind_says_so_and_only_there() {
        assert!(distance_auc(&recipe(Kind::Clustered).make()) > 0.9);
        assert!(distance_auc(&recipe(Kind::Global).make()) > 0.8);
        let hidden = distance_auc(&recipe(Kind::Dependency).make());
        assert!((0.35..0.65).contains(&hidden), "a column alone tells: {hidden}");
    }

    #[test]
    fn impossible_recipes_are_refused() {
        assert!(Recipe { columns: 0, ..recipe(Kind::Local) }.check().is_err());
        assert!(Recipe { rows: 3, ..recipe(Kind::Local) }.check().is_err());
        assert!(Recipe { contamination: 0.6, ..recipe(Kind::Local) }.check().is_err());
        assert!(Recipe { contamination: f64::NAN, ..recipe(Kind::Local) }.check().is_err());
        assert_eq!(recipe(Kind::Local).check(), Ok(()));
    }
}
