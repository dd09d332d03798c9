//! Local outlier factor (Breunig et al., 2000): abnormal is what lies in a thinner place than its neighbours.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::classical::neighbors::{Neighbor, References, too_many};
use crate::classical::to_score;
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
use crate::model::explanation::{ExplanationMethod, add_distance};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::warning::Warning;
use crate::model::{Model, Rows};
use crate::training::callback::{Callback, NoCallback};

/// Added to the mean reachability, so that the density stays finite where all rows are equal.
const LEAST_REACHABILITY: f64 = 1e-10;

settings! {
    /// Settings of the local outlier factor. The score of a row is the mean density of its neighbours over its
    /// own, about 1 for an inlier; larger is more abnormal.
    pub struct LocalOutlierFactor {
        /// Neighbours that are looked at; all rows if there are fewer.
        pub n_neighbors: usize = 20 => Range::whole(1, 100_000),
        /// Whether a fitted row is scored as a new one, and so is its own first neighbour.
        pub count_self: bool = false => Range::Switch,
    }
}

/// The fitted rows with how far their neighbourhoods reach and how dense they are.
#[derive(Debug)]
struct Densities {
    n_neighbors: usize,
    count_self: bool,
    references: References,
    /// Distance of each row to the farthest of its neighbours.
    reaches: Vec<f64>,
    /// One over the mean reachability of its neighbours.
    densities: Vec<f64>,
}

impl Algorithm for LocalOutlierFactor {
    const NAME: &'static str = "lof";
    const CLASS: &'static str = "LOF";
    const ABOUT: &'static str = "abnormal is what lies in a thinner place than its neighbours do";
    const ASSUMES: &'static str = "inliers form groups, each of its own density; columns count alike";
    const SCORE: &'static str = "density of the neighbours over that of the row, about 1 for inliers; a fitted row does not count as its own \
         neighbour, but does when it is scored again as a new row";
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
        let found = references.nearest(rows, self.n_neighbors, true, callback)?;
        let reach = |found: &Vec<Neighbor>| found.last().map_or(0.0, |(distance, _)| distance.sqrt());
        let mut reaches: Vec<f64> = found.par_iter().map(reach).collect();
        // The paper's script lets them be.
        let repeated = reach_others(rows, (self.n_neighbors, !self.count_self), &mut reaches, callback)?;
        let densities: Vec<f64> = found.par_iter().map(|found| density(found, &reaches)).collect();
        let score = |(found, &own): (&Vec<Neighbor>, &f64)| factor(found, &densities, own);
        let mut training_scores: Vec<f32> = found.par_iter().zip(&densities).map(score).collect();
        let model = Densities {
            n_neighbors: self.n_neighbors,
            count_self: self.count_self,
            references,
            reaches,
            densities,
        };
        if self.count_self {
            model.score_into(rows, &mut training_scores)?;
        }
        let model = Arc::new(model);
        let mut warnings = too_many(self.n_neighbors, rows.count(), 1);
        warnings.extend(repeated);
        Ok(FitOutput { model, training_scores, trainings: Vec::new(), warnings })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let references = References::load(columns, tensors)?;
        let shape = [references.count()];
        let (reaches, densities) = (tensors.f64("reaches", &shape)?, tensors.f64("densities", &shape)?);
        if !densities.iter().all(|&density| density > 0.0) {
            return Err(tensors.wrong("densities", "one of at most 0", "positive numbers"));
        }
        let (reaches, densities) = (reaches.to_vec(), densities.to_vec());
        Ok(Arc::new(Densities {
            n_neighbors: self.n_neighbors,
            count_self: self.count_self,
            references,
            reaches,
            densities,
        }))
    }
}

impl Model for Densities {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let found = self.references.nearest(rows, self.n_neighbors, false, &NoCallback)?;
        scores.par_iter_mut().zip(&found).for_each(|(score, found)| {
            *score = factor(found, &self.densities, density(found, &self.reaches));
        });
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let shape = [self.references.count()];
        vec![
            self.references.tensor(),
            NamedTensor::f64("reaches", &shape, self.reaches.clone()),
            NamedTensor::f64("densities", &shape, self.densities.clone()),
        ]
    }

    fn explanation_method(&self) -> ExplanationMethod {
        ExplanationMethod::estimate(
            "the score, dealt out by the columns' squared distances from the neighbours, each neighbour counting \
             by its reachability",
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
        self.deal_out(rows, Some(positions).filter(|_| !self.count_self), contributions)
    }
}

impl Densities {
    /// Deals each row's factor out to the columns. Where all neighbours are equal to the row nothing is dealt.
    fn deal_out(
        &self,
        rows: Rows<'_>,
        positions: Option<&[usize]>,
        contributions: &mut [f32],
    ) -> Result<(), Error> {
        let found = self.references.of_explained(rows, positions, self.n_neighbors)?;
        let columns = rows.columns;
        let lines = contributions.par_chunks_exact_mut(columns).zip(rows.values.par_chunks_exact(columns));
        lines.zip(&found).for_each(|((targets, row), found)| {
            let mut sums = vec![0.0; columns];
            for &(square, neighbor) in found {
                let distance = square.sqrt();
                if distance > 0.0 {
                    let reachability = distance.max(self.reaches[neighbor as usize]);
                    let weight = reachability / distance;
                    add_distance(row, self.references.row(neighbor), weight, &mut sums);
                }
            }
            let score = f64::from(factor(found, &self.densities, density(found, &self.reaches)));
            let total = sums.iter().sum::<f64>();
            let scale = if total > 0.0 { score / total } else { 0.0 };
            targets.iter_mut().zip(&sums).for_each(|(target, &sum)| *target = to_score(scale * sum));
        });
        Ok(())
    }
}

/// Rows that repeat more often than they have neighbours reach 0, and beside a density without bound everything is thin. They
/// reach as far as so many rows that differ from them and from one another, the k-distinct-distance of the paper, but not beyond the
/// nearer half of these: where few rows differ at all the farthest would make all others dense. Returns what should be said.
fn reach_others(
    rows: Rows<'_>,
    (neighbors, bounded): (usize, bool),
    reaches: &mut [f64],
    callback: &dyn Callback,
) -> Result<Option<Warning>, Error> {
    if rows.count() < 2 || reaches.iter().all(|&reach| reach > 0.0) {
        return Ok(None);
    }
    // Zero has two signs and is one value.
    let key = |row: &[f32]| row.iter().map(|value| (value + 0.0).to_bits()).collect::<Vec<u32>>();
    let mut places: HashMap<Vec<u32>, usize> = HashMap::new();
    let (mut different, mut counts, mut alike) = (Vec::new(), Vec::new(), Vec::with_capacity(rows.count()));
    for row in rows.values.chunks_exact(rows.columns) {
        let place = *places.entry(key(row)).or_insert_with(|| {
            different.extend_from_slice(row);
            counts.push(0_usize);
            counts.len() - 1
        });
        counts[place] += 1;
        alike.push(place);
    }
    if counts.len() == 1 {
        return Ok(None);
    }
    let mut without_reach: Vec<usize> =
        alike.iter().zip(&*reaches).filter(|(_, reach)| **reach == 0.0).map(|(place, _)| *place).collect();
    let repeated = without_reach.len();
    without_reach.sort_unstable();
    without_reach.dedup();
    let most = without_reach.iter().map(|&place| counts[place]).max().unwrap_or(0);
    let warning = Some(Warning::RepeatedRows { rows: repeated, most, neighbors, bounded });
    if !bounded {
        return Ok(warning);
    }
    let columns = rows.columns;
    let values: Vec<f32> =
        without_reach.iter().flat_map(|place| &different[place * columns..][..columns]).copied().collect();
    let different = References::new(Rows { values: &different, columns });
    let count = neighbors.min((counts.len() - 1) / 2).max(1) + 1;
    // The first is the row itself, and none is as near as that.
    let found = different.nearest(Rows { values: &values, columns }, count, false, callback)?;
    let farthest = |found: &Vec<Neighbor>| found.last().map_or(0.0, |(distance, _)| distance.sqrt());
    let reached: HashMap<usize, f64> =
        without_reach.iter().copied().zip(found.iter().map(farthest)).collect();
    for (reach, place) in reaches.iter_mut().zip(&alike) {
        if let Some(farther) = reached.get(place) {
            *reach = *farther;
        }
    }
    Ok(warning)
}

/// One over the mean reachability: the distance to a neighbour, but at least as far as that one reaches.
fn density(found: &[Neighbor], reaches: &[f64]) -> f64 {
    let reachability = |(distance, row): &Neighbor| distance.sqrt().max(reaches[*row as usize]);
    let mean = found.iter().map(reachability).sum::<f64>() / found.len().max(1) as f64;
    1.0 / (mean + LEAST_REACHABILITY)
}

/// Mean density of the neighbours over the row's own; 1 for a row without neighbours.
fn factor(found: &[Neighbor], densities: &[f64], own: f64) -> f32 {
    let of_others: f64 = found.iter().map(|(_, row)| densities[*row as usize]).sum();
    to_score(if found.is_empty() { 1.0 } else { of_others / found.len() as f64 / own })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_those_of_the_definition() {
        // With two neighbours the first four reach 2, 1, 1 and 2 far, and each has the reachabilities 1 and 2.
        // The last has its neighbours at 7 and 8: a mean of 7.5 against their 1.5.
        let values = [0.0, 1.0, 2.0, 3.0, 10.0];
        let rows = Rows { values: &values, columns: 1 };
        let settings = LocalOutlierFactor { n_neighbors: 2, count_self: false };
        let learned = settings.learn(rows, &mut NoCallback).unwrap();
        for (got, want) in learned.training_scores.iter().zip([1.0, 1.0, 1.0, 1.0, 5.0]) {
            assert!((got - want).abs() < 1e-6, "{:?}", learned.training_scores);
        }
    }

    #[test]
    fn rows_that_repeat_more_often_than_there_are_neighbors_make_nothing_beside_them_extreme() {
        // A plateau, a ramp that begins on it, and three rows that are far off in truth.
        let mut values = vec![1.0; 30];
        values.extend((1..40).map(|step| 1.0 + 0.01 * step as f32));
        values.extend([8.0, 15.0, 40.0]);
        let learn = |neighbors, values: &[f32]| {
            let settings = LocalOutlierFactor { n_neighbors: neighbors, count_self: false };
            settings.learn(Rows { values, columns: 1 }, &mut NoCallback).unwrap()
        };
        let learned = learn(5, &values);
        let scores = &learned.training_scores;
        assert!(scores[..69].iter().all(|&score| score < 2.0), "{scores:?}");
        assert!(scores[69..].iter().all(|&score| score > 20.0), "{scores:?}");
        assert!(scores[..30].iter().all(|&score| score == scores[0]));
        assert_eq!(
            learned.warnings,
            [Warning::RepeatedRows { rows: 30, most: 30, neighbors: 5, bounded: true }]
        );
        // As the paper's script has it there is no bound, and that is said.
        let paper = LocalOutlierFactor { n_neighbors: 5, count_self: true };
        let paper = paper.learn(Rows { values: &values, columns: 1 }, &mut NoCallback).unwrap();
        assert!(
            paper.training_scores[30..32].iter().any(|&score| score > 1e5),
            "{:?}",
            paper.training_scores
        );
        assert_eq!(
            paper.warnings,
            [Warning::RepeatedRows { rows: 30, most: 30, neighbors: 5, bounded: false }]
        );
        // New rows on and beside the plateau as well.
        let mut new = [0.0; 3];
        learned.model.score_into(Rows { values: &[1.0, 0.999, 1.001], columns: 1 }, &mut new).unwrap();
        assert!(new.iter().all(|&score| score < 2.0), "{new:?}");
        // With as many neighbours there is nothing to say.
        assert_eq!(learn(30, &values).warnings, []);

        // Fewer different rows than neighbours, and rows that are all equal.
        let mut few = vec![1.0; 50];
        few.extend([2.0, 3.0, 9.0]);
        let learned = learn(20, &few);
        assert!(learned.training_scores.iter().all(|score| score.is_finite() && *score < 10.0));
        assert!((learned.training_scores[0] - 1.0).abs() < 1e-6);
        let most = learned.training_scores.iter().copied().fold(0.0, f32::max);
        assert_eq!(most, learned.training_scores[52], "{:?}", learned.training_scores);
        let learned = learn(20, &[1.0; 50]);
        assert!(learned.training_scores.iter().all(|score| (score - 1.0).abs() < 1e-6));
        assert_eq!(learned.warnings, []);
    }
}
