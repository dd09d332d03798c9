//! Cluster-based local outlier factor (He et al., 2003): abnormal is what lies far from the large clusters.

use std::sync::Arc;

use rayon::prelude::*;

use crate::classical::kmeans::{cluster, nearest};
use crate::classical::{squared_distance, to_score};
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
use crate::model::explanation::{ExplanationMethod, add_distance};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

settings! {
    /// Settings of the cluster-based factor. The score of a row is its distance to its own cluster's centre if that
    /// is a large one, else to the nearest large one's; larger is more abnormal.
    ///
    /// Clusters count as large, from the largest down, until they hold a share `alpha` of the rows and the next
    /// is `beta` times smaller; where no place has both, until either holds, and without such a place all are large.
    pub struct Cblof {
        /// Seed of every random number.
        pub seed: u64 = 0 => Range::at_least(0),
        /// Clusters at most.
        pub n_clusters: usize = 8 => Range::whole(1, 10_000),
        /// Share of the rows in large clusters.
        pub alpha: f64 = 0.9 => Range::Between { least: 0.5, most: 1.0 },
        /// How many times larger large clusters are than small ones.
        pub beta: f64 = 5.0 => Range::Between { least: 1.0, most: 1e9 },
        /// Whether scores are multiplied by the cluster's size.
        pub use_weights: bool = false => Range::Switch,
    }
}

#[derive(Debug)]
struct LargeClusters {
    /// (clusters x columns).
    centers: Vec<f32>,
    sizes: Vec<u32>,
    large: Vec<bool>,
    use_weights: bool,
}

impl Cblof {
    /// Which clusters are large.
    fn large(&self, sizes: &[u32]) -> Vec<bool> {
        let rows = sizes.iter().map(|&size| f64::from(size)).sum::<f64>();
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|&cluster| std::cmp::Reverse(sizes[cluster]));
        let held =
            |count: usize| order[..count].iter().map(|&cluster| f64::from(sizes[cluster])).sum::<f64>();
        let many = |&count: &usize| held(count) >= self.alpha * rows;
        let apart =
            |&count: &usize| f64::from(sizes[order[count - 1]]) >= self.beta * f64::from(sizes[order[count]]);
        let places = || 1..sizes.len();
        let both = places().find(|count| many(count) && apart(count));
        let count =
            both.or_else(|| places().find(|count| many(count) || apart(count))).unwrap_or(sizes.len());
        let mut large = vec![false; sizes.len()];
        order[..count].iter().for_each(|&cluster| large[cluster] = true);
        large
    }
}

impl Algorithm for Cblof {
    const NAME: &'static str = "cblof";
    const CLASS: &'static str = "CBLOF";
    const ABOUT: &'static str = "abnormal is what lies far from the centres of large clusters";
    const ASSUMES: &'static str = "inliers form a few round clusters that hold most rows";
    const SCORE: &'static str = "distance from the centre of the nearest large cluster";
    const COST: &'static str = "fit: iterations x n x clusters x d; score: rows x clusters x d";
    const FEW_SCORES: Option<&'static str> = Some("a larger n_clusters tells more rows apart");

    fn seed_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.seed)
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        let clusters = cluster(rows, self.n_clusters, self.seed, callback)?;
        let mut sizes = vec![0; clusters.centers.len() / rows.columns];
        clusters.members.iter().for_each(|&cluster| sizes[cluster as usize] += 1);
        let large = self.large(&sizes);
        let model = LargeClusters { centers: clusters.centers, sizes, large, use_weights: self.use_weights };
        let mut training_scores = vec![0.0; rows.count()];
        model.score_into(rows, &mut training_scores)?;
        let model = Arc::new(model);
        Ok(FitOutput { model, training_scores, trainings: Vec::new(), warnings: Vec::new() })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let clusters = match *tensors.shape("centers")? {
            [clusters, _] if clusters > 0 => clusters,
            ref other => {
                return Err(tensors.wrong("centers", format!("shape {other:?}"), "at least 1 cluster"));
            }
        };
        let centers = tensors.f32("centers", &[clusters, columns])?.to_vec();
        let sizes = tensors.u32("sizes", &[clusters], u32::MAX as usize)?.to_vec();
        let large = self.large(&sizes);
        Ok(Arc::new(LargeClusters { centers, sizes, large, use_weights: self.use_weights }))
    }
}

impl Model for LargeClusters {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let rows = rows.values.par_chunks_exact(rows.columns);
        scores.par_iter_mut().zip(rows).with_min_len(64).for_each(|(score, row)| *score = self.score(row));
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let clusters = self.sizes.len();
        let columns = self.centers.len() / clusters;
        vec![
            NamedTensor::f32("centers", &[clusters, columns], self.centers.clone()),
            NamedTensor::u32("sizes", &[clusters], self.sizes.clone()),
        ]
    }

    fn explanation_method(&self) -> ExplanationMethod {
        ExplanationMethod::exact(
            "the score, dealt out by the columns' squared distances from the centre it is measured to",
        )
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        let columns = rows.columns;
        let lines = contributions.par_chunks_exact_mut(columns).zip(rows.values.par_chunks_exact(columns));
        lines.with_min_len(64).for_each_init(Vec::new, |sums, (targets, row)| {
            let (center, _, weight) = self.measure(row);
            sums.clear();
            sums.resize(columns, 0.0);
            add_distance(row, &self.centers[center * columns..][..columns], weight, sums);
            targets.iter_mut().zip(&*sums).for_each(|(target, &sum)| *target = to_score(sum));
        });
        Ok(())
    }
}

impl LargeClusters {
    fn score(&self, row: &[f32]) -> f32 {
        let (_, square, weight) = self.measure(row);
        to_score(weight * square.sqrt())
    }

    /// The centre that a row is measured from, its squared distance from it, and what that counts.
    fn measure(&self, row: &[f32]) -> (usize, f64, f64) {
        let (own, distance) = nearest(row, &self.centers);
        let weight = if self.use_weights { f64::from(self.sizes[own]) } else { 1.0 };
        if self.large[own] {
            return (own, distance, weight);
        }
        let centers = self.centers.chunks_exact(row.len()).enumerate().filter(|(at, _)| self.large[*at]);
        let distances = centers.map(|(at, center)| (at, squared_distance(row, center)));
        let (center, square) = distances.min_by(|a, b| a.1.total_cmp(&b.1)).expect("some cluster is large");
        (center, square, weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_large_by_both_measures_then_by_either_then_all() {
        let large = |sizes: &[u32]| Cblof::default().large(sizes);
        assert_eq!(large(&[5, 60, 40]), [false, true, true]);
        // 90 percent are held after three, and none is five times larger than the next.
        assert_eq!(large(&[40, 30, 22, 8]), [true, true, true, false]);
        // The first is five times larger than the second: either measure has to do.
        assert_eq!(large(&[60, 12, 11, 10, 7]), [true, false, false, false, false]);
        assert_eq!(large(&[7]), [true]);
    }
}
