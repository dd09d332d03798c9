//! Nearest neighbours (Ramaswamy et al., 2000): abnormal is what has few rows near it.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::classical::neighbours::{Neighbour, References, too_many};
use crate::classical::to_score;
use crate::error::{Error, ModelFileError};
use crate::method::parameter::{Parameter, Range};
use crate::method::preset::Preset;
use crate::method::{FitOutput, Method};
use crate::model::explanation::{ExplanationMethod, add_distance};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::{Model, Rows};
use crate::training::callback::{Callback, NoCallback};

/// What counts of the distances to the neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// That to the farthest of them.
    Largest,
    /// Their mean.
    Mean,
    /// Their median.
    Median,
}

/// Settings of the nearest neighbours. The score of a row is its Euclidean distance to rows of the fitted table,
/// after standardisation; larger is more abnormal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NearestNeighbours {
    /// Neighbours that are looked at, at least 1; all rows if there are fewer (PyOD: `n_neighbors`).
    pub neighbours: usize,
    /// What counts of the distances to them (PyOD: `method`).
    pub distance: Distance,
    /// Whether a fitted row is scored as a new one, and so is its own first neighbour, as the paper's script
    /// has it.
    pub count_self: bool,
}

#[derive(Debug)]
struct Neighbourhood {
    settings: NearestNeighbours,
    references: References,
}

impl Default for NearestNeighbours {
    fn default() -> Self {
        Self::preset(Preset::Default)
    }
}

impl NearestNeighbours {
    /// A score from the neighbours, nearest first.
    fn score(&self, neighbours: &[Neighbour]) -> f32 {
        let distance = |at: usize| neighbours[at].0.sqrt();
        let count = neighbours.len();
        to_score(match self.distance {
            _ if count == 0 => 0.0,
            Distance::Largest => distance(count - 1),
            Distance::Mean => (0..count).map(distance).sum::<f64>() / count as f64,
            Distance::Median => 0.5 * (distance((count - 1) / 2) + distance(count / 2)),
        })
    }
}

impl Method for NearestNeighbours {
    const NAME: &'static str = "knn";
    const CLASS: &'static str = "KNN";
    const ABOUT: &'static str = "abnormal is what lies far from its nearest neighbours";
    const ASSUMES: &'static str =
        "inliers have others near them, equally dense everywhere; columns count alike";
    const SCORE: &'static str = "distance to the nearest fitted rows; a fitted row does not count as its own neighbour, but does when it is \
         scored again as a new row";
    const COST: &'static str = "fit: n^2 x d; score: rows x n x d, all fitted rows are kept";
    const ONE_SCORE: &'static str =
        "do the rows differ at all? Among rows that repeat more neighbours are needed";
    const FEW_SCORES: Option<&'static str> = Some("more neighbours tell more rows apart");

    fn parameters() -> Vec<Parameter> {
        let parameter = |name, range, about| Parameter { name, range, about };
        vec![
            parameter(
                "neighbours",
                Range::Whole { least: 1, most: 100_000 },
                "neighbours that are looked at",
            ),
            parameter(
                "distance",
                Range::Words(&["largest", "mean", "median"]),
                "what counts of the distances to them",
            ),
            parameter(
                "count_self",
                Range::Switch,
                "whether a fitted row is scored as a new one, and so is its own first neighbour",
            ),
        ]
    }

    fn preset(preset: Preset) -> Self {
        Self { neighbours: 5, distance: Distance::Largest, count_self: preset == Preset::Paper }
    }

    fn trainings(&self) -> usize {
        0
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        let references = References::new(rows);
        let found = references.nearest(rows, self.neighbours, !self.count_self, callback)?;
        let training_scores = found.iter().map(|neighbours| self.score(neighbours)).collect();
        let model = Arc::new(Neighbourhood { settings: self.clone(), references });
        let warnings = too_many(self.neighbours, rows.count(), usize::from(!self.count_self));
        Ok(FitOutput { model, training_scores, trainings: Vec::new(), warnings })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let references = References::load(columns, tensors)?;
        Ok(Arc::new(Neighbourhood { settings: self.clone(), references }))
    }
}

impl Model for Neighbourhood {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let found = self.references.nearest(rows, self.settings.neighbours, false, &NoCallback)?;
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
        let found = self.references.nearest(rows, self.settings.neighbours, false, &NoCallback)?;
        self.deal_out(rows, &found, contributions);
        Ok(())
    }

    fn explain_fitted_into(
        &self,
        rows: Rows<'_>,
        positions: &[usize],
        contributions: &mut [f32],
    ) -> Result<(), Error> {
        if self.settings.count_self {
            return self.explain_into(rows, contributions);
        }
        let found = self.references.nearest_others(rows, positions, self.settings.neighbours)?;
        self.deal_out(rows, &found, contributions);
        Ok(())
    }
}

impl Neighbourhood {
    /// Deals the distances to the neighbours that count out to the columns.
    fn deal_out(&self, rows: Rows<'_>, found: &[Vec<Neighbour>], contributions: &mut [f32]) {
        let columns = rows.columns;
        let lines = contributions.par_chunks_exact_mut(columns).zip(rows.values.par_chunks_exact(columns));
        lines.zip(found).for_each(|((targets, row), found)| {
            let mut sums = vec![0.0; columns];
            let mut add = |neighbour: &Neighbour, weight| {
                add_distance(row, self.references.row(neighbour.1), weight, &mut sums);
            };
            let count = found.len();
            match self.settings.distance {
                _ if count == 0 => {}
                Distance::Largest => add(&found[count - 1], 1.0),
                Distance::Mean => found.iter().for_each(|neighbour| add(neighbour, 1.0 / count as f64)),
                Distance::Median => [(count - 1) / 2, count / 2].iter().for_each(|&at| add(&found[at], 0.5)),
            }
            targets.iter_mut().zip(&sums).for_each(|(target, &sum)| *target = to_score(sum));
        });
    }
}
