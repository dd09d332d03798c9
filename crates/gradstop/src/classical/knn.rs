//! Nearest neighbours (Ramaswamy et al., 2000): abnormal is what has few rows near it.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::classical::neighbors::{Neighbor, References, too_many};
use crate::classical::to_score;
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
use crate::model::explanation::{ExplanationMethod, add_distance};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::{Model, Rows};
use crate::training::callback::{Callback, NoCallback};

/// What counts of the distances to the neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KnnMethod {
    /// That to the farthest of them.
    Largest,
    /// Their mean.
    Mean,
    /// Their median.
    Median,
}

settings! {
    /// Settings of the nearest neighbours. The score of a row is its Euclidean distance to rows of the fitted table,
    /// after standardisation; larger is more abnormal.
    pub struct NearestNeighbors {
        /// Neighbours that are looked at; all rows if there are fewer.
        pub n_neighbors: usize = 5 => Range::whole(1, 100_000),
        /// What counts of the distances to them.
        pub method: KnnMethod = KnnMethod::Largest => Range::Words(&["largest", "mean", "median"]),
        /// Whether a fitted row is scored as a new one, and so is its own first neighbour.
        pub count_self: bool = false => Range::Switch,
    }
}

#[derive(Debug)]
struct Neighborhood {
    settings: NearestNeighbors,
    references: References,
}

impl NearestNeighbors {
    /// A score from the neighbours, nearest first.
    fn score(&self, neighbors: &[Neighbor]) -> f32 {
        let distance = |at: usize| neighbors[at].0.sqrt();
        let count = neighbors.len();
        to_score(match self.method {
            _ if count == 0 => 0.0,
            KnnMethod::Largest => distance(count - 1),
            KnnMethod::Mean => (0..count).map(distance).sum::<f64>() / count as f64,
            KnnMethod::Median => 0.5 * (distance((count - 1) / 2) + distance(count / 2)),
        })
    }
}

impl Algorithm for NearestNeighbors {
    const NAME: &'static str = "knn";
    const CLASS: &'static str = "KNN";
    const ABOUT: &'static str = "abnormal is what lies far from its nearest neighbours";
    const ASSUMES: &'static str =
        "inliers have others near them, equally dense everywhere; columns count alike";
    const SCORE: &'static str = "distance to the nearest fitted rows; a fitted row does not count as its own neighbour, but does when it is \
         scored again as a new row";
    const COST: &'static str = "fit: n^2 x d; score: rows x n x d, all fitted rows are kept";
    const ONE_SCORE: &'static str =
        "do the rows differ at all? Among rows that repeat a larger n_neighbors is needed";
    const FEW_SCORES: Option<&'static str> = Some("a larger n_neighbors tells more rows apart");

    // As the paper's script has it.
    fn paper() -> Self {
        Self { count_self: true, ..Self::default() }
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        let references = References::new(rows);
        let found = references.nearest(rows, self.n_neighbors, !self.count_self, callback)?;
        let training_scores = found.iter().map(|neighbors| self.score(neighbors)).collect();
        let model = Arc::new(Neighborhood { settings: self.clone(), references });
        let warnings = too_many(self.n_neighbors, rows.count(), usize::from(!self.count_self));
        Ok(FitOutput { model, training_scores, trainings: Vec::new(), warnings })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let references = References::load(columns, tensors)?;
        Ok(Arc::new(Neighborhood { settings: self.clone(), references }))
    }
}

impl Model for Neighborhood {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let found = self.references.nearest(rows, self.settings.n_neighbors, false, &NoCallback)?;
        scores.iter_mut().zip(found).for_each(|(score, found)| *score = self.settings.score(&found));
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        vec![self.references.tensor()]
    }

    fn explanation_method(&self) -> ExplanationMethod {
        ExplanationMethod::exact(
            "the score, dealt out by the columns' squared distances from the neighbours that count",
        )
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        self.deal_out(rows, None, contributions)
    }

    fn explain_fitted_into(
        &self,
        rows: Rows<'_>,
        positions: &[usize],
        contributions: &mut [f32],
    ) -> Result<(), Error> {
        self.deal_out(rows, Some(positions).filter(|_| !self.settings.count_self), contributions)
    }
}

impl Neighborhood {
    /// Deals the distances to the neighbours that count out to the columns.
    fn deal_out(
        &self,
        rows: Rows<'_>,
        positions: Option<&[usize]>,
        contributions: &mut [f32],
    ) -> Result<(), Error> {
        let found = self.references.of_explained(rows, positions, self.settings.n_neighbors)?;
        let columns = rows.columns;
        let lines = contributions.par_chunks_exact_mut(columns).zip(rows.values.par_chunks_exact(columns));
        lines.zip(&found).for_each(|((targets, row), found)| {
            let mut sums = vec![0.0; columns];
            let mut add = |neighbor: &Neighbor, weight| {
                add_distance(row, self.references.row(neighbor.1), weight, &mut sums);
            };
            let count = found.len();
            match self.settings.method {
                _ if count == 0 => {}
                KnnMethod::Largest => add(&found[count - 1], 1.0),
                KnnMethod::Mean => found.iter().for_each(|neighbor| add(neighbor, 1.0 / count as f64)),
                KnnMethod::Median => [(count - 1) / 2, count / 2].iter().for_each(|&at| add(&found[at], 0.5)),
            }
            targets.iter_mut().zip(&sums).for_each(|(target, &sum)| *target = to_score(sum));
        });
        Ok(())
    }
}
