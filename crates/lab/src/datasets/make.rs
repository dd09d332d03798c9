//! Made tables whose outliers are known: four kinds after the synthetic types of ADBench (section 3.2), and one
//! that looks like the embeddings of a neural network.
//!
//! Inliers are a mixture of three correlated normal distributions. What sets an outlier apart is:
//!
//! - `local`: it comes from a component spread five times as wide in variance;
//! - `global`: it is uniform over a box a tenth larger than that of the inliers;
//! - `clustered`: it comes from a component moved away from the middle, five times as far;
//! - `dependency`: each of its values is a fine one alone, but they do not go together. Here the columns of
//!   the inliers follow two hidden causes; an outlier takes each column from another inlier;
//! - `embedding`: it is of another class. All classes pass through one random layer with ReLU, as images do on
//!   their way to an embedding: most columns are skewed and often 0, few directions carry most of the
//!   variance, and no column alone tells.
//!
//! ADBench fits its mixtures and copulas to real tables; these are drawn, so that no download is needed.

use gradstop::engine::random::{Key, Purpose};
use serde::{Deserialize, Serialize};

use crate::datasets::labelled::Labelled;

/// A larger table is not made: 8 GiB while it is.
const MOST_CELLS: usize = 1 << 30;
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
/// Classes of the embedding tables (the inliers are one of them), what lies behind an embedding, the deviation
/// of the classes' middles in it, and that of what comes after the layer.
const CLASSES: usize = 10;
const LATENT: usize = 16;
const CLASS_SPREAD: f64 = 0.7;
const EMBEDDING_NOISE: f64 = 0.05;

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
    /// Of other classes than the inliers, in the embedding of a network
    Embedding,
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
            _ if self.rows.saturating_mul(self.columns) > MOST_CELLS => Err(format!(
                "rows and columns: got {} x {}, wanted at most {MOST_CELLS} cells",
                self.rows, self.columns
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
            Kind::Embedding => "embedding",
        }
    }

    /// The table, its rows in random order.
    pub(crate) fn make(&self) -> Labelled {
        let key = Key::new(self.seed, Purpose::Tables, &[self.kind as u64]);
        let (outliers, width) = (self.outliers(), self.columns);
        let inliers = self.rows - outliers;
        let mixture = Mixture::new(key.at(0), width);
        let causes = normals(key.at(1), CAUSES * width);
        let layer = Layer::new(key.at(5), width);
        let mut values: Vec<f64> = Vec::with_capacity(self.rows * width);
        for row in 0..inliers {
            let key = key.at(2).at(row as u64);
            values.extend(match self.kind {
                Kind::Dependency => caused(key, &causes, width),
                Kind::Embedding => layer.embed(0, key),
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
                Kind::Embedding => layer.embed(1 + key.below(0, CLASSES as u64 - 1) as usize, key),
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

/// Classes, and the random layer that makes embeddings of what lies behind them.
struct Layer {
    width: usize,
    /// Middles of the classes and factors of their covariances.
    middles: Vec<f64>,
    factors: Vec<f64>,
    /// (width x LATENT).
    weight: Vec<f64>,
    bias: Vec<f64>,
}

impl Layer {
    fn new(key: Key, width: usize) -> Self {
        // The later a direction, the less it varies, as in the spectrum of real embeddings.
        let share = |at: usize| 1.0 / (1.0 + (at % LATENT) as f64).sqrt();
        let scaled = |values: Vec<f64>| values.into_iter().enumerate().map(|(at, v)| share(at) * v).collect();
        Self {
            width,
            middles: normals(key.at(0), CLASSES * LATENT).into_iter().map(|v| CLASS_SPREAD * v).collect(),
            factors: scaled(normals(key.at(1), CLASSES * LATENT * LATENT)),
            weight: normals(key.at(2), width * LATENT),
            bias: normals(key.at(3), width),
        }
    }

    /// A row of a class.
    fn embed(&self, class: usize, key: Key) -> Vec<f64> {
        let (drawn, noise) = (normals(key.at(1), LATENT), normals(key.at(2), self.width));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let factor = self.factors[class * LATENT * LATENT..].chunks_exact(LATENT).take(LATENT);
        let middle = &self.middles[class * LATENT..][..LATENT];
        let latent: Vec<f64> = middle.iter().zip(factor).map(|(m, row)| m + dot(row, &drawn)).collect();
        let column = |at: usize| {
            let weight = &self.weight[at * LATENT..][..LATENT];
            (dot(weight, &latent) / (LATENT as f64).sqrt() + self.bias[at] + EMBEDDING_NOISE * noise[at])
                .max(0.0)
        };
        (0..self.width).map(column).collect()
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
    use gradstop_cli::measures::auc;

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
        for kind in [Kind::Local, Kind::Global, Kind::Clustered, Kind::Dependency, Kind::Embedding] {
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
    fn an_embedding_is_skewed_with_few_directions_and_classes_that_overlap() {
        let table = Recipe { columns: 64, ..recipe(Kind::Embedding) }.make();
        assert!(table.values.iter().all(|&value| value >= 0.0));
        let zeros = table.values.iter().filter(|&&value| value == 0.0).count();
        assert!((0.1..0.7).contains(&(zeros as f64 / table.values.len() as f64)));
        let plain = distance_auc(&table);
        assert!((0.55..0.98).contains(&plain), "{plain}");
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
