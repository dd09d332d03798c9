//! Several fits of one method, each with a seed of its own, whose scores become one.

use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use crate::detector::Detector;
use crate::error::{Error, ModelFileError};
use crate::method::FitOutput;
use crate::method::shared::Combination;
use crate::model::explanation::{Exactness, Explanation, ExplanationMethod};
use crate::model::score_graph::{NoGraph, ScoreGraph, WeightedScore};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::warning::Warning;
use crate::model::{Model, Rows};
use crate::training::callback::{Callback, Shared};

/// An ensemble: its members with what their scores are compared with.
#[derive(Debug)]
struct Ensemble {
    members: Vec<(Arc<dyn Model>, ScoreScale)>,
}

/// What makes the scores of different members comparable.
#[derive(Debug, Clone)]
enum ScoreScale {
    /// The member's training scores, sorted.
    Rank(Vec<f32>),
    /// Their mean and deviation.
    Standard { mean: f64, deviation: f64 },
}

/// Fits the members in parallel. The first has the seed of the settings itself.
pub(crate) fn learn(
    detector: &Detector,
    rows: Rows<'_>,
    callback: &mut dyn Callback,
) -> Result<FitOutput, Error> {
    let (callback, common) = (Mutex::new(callback), detector.common());
    let one = |member: usize| detector.alone(member).algorithm().learn(rows, &mut Shared(&callback, member));
    let learned: Vec<FitOutput> =
        (0..common.ensemble).into_par_iter().with_max_len(1).map(one).collect::<Result<_, Error>>()?;
    let mut total = vec![0.0f64; rows.count()];
    let (mut members, mut trainings, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for (member, FitOutput { model, training_scores, trainings: more, warnings: notes }) in
        learned.into_iter().enumerate()
    {
        let scale = ScoreScale::of(&training_scores, common.combine);
        total.iter_mut().zip(&training_scores).for_each(|(t, &score)| *t += scale.measure(score));
        members.push((model, scale));
        trainings.extend(more);
        let about = |warning| Warning::Member { member, warning: Box::new(warning) };
        warnings.extend(notes.into_iter().map(about));
    }
    let training_scores = total.into_iter().map(|total| (total / members.len() as f64) as f32).collect();
    Ok(FitOutput { model: Arc::new(Ensemble { members }), training_scores, trainings, warnings })
}

/// An ensemble of members that were fitted elsewhere, each with the scores of the rows that it was fitted to.
pub(crate) fn of_members(members: Vec<(Arc<dyn Model>, Vec<f32>)>, combine: Combination) -> Arc<dyn Model> {
    let measured = |(model, scores): (_, Vec<f32>)| (model, ScoreScale::of(&scores, combine));
    Arc::new(Ensemble { members: members.into_iter().map(measured).collect() })
}

/// What a detector, an ensemble or not, has learned, from the tensors of a file.
pub(crate) fn load(
    detector: &Detector,
    columns: usize,
    tensors: &Tensors<'_>,
) -> Result<Arc<dyn Model>, ModelFileError> {
    let (algorithm, common) = (detector.algorithm(), detector.common());
    if common.ensemble == 1 {
        return algorithm.load(columns, tensors);
    }
    let member = |member: usize| {
        let tensors = tensors.under(&format!("member.{member}."));
        let scale = ScoreScale::load(common.combine, &tensors)?;
        Ok((algorithm.load(columns, &tensors)?, scale))
    };
    let members = (0..common.ensemble).map(member).collect::<Result<_, ModelFileError>>()?;
    Ok(Arc::new(Ensemble { members }))
}

impl Model for Ensemble {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let mut total = vec![0.0f64; scores.len()];
        for (model, scale) in &self.members {
            model.score_into(rows, scores)?;
            total.iter_mut().zip(&*scores).for_each(|(t, &score)| *t += scale.measure(score));
        }
        let mean = |total: f64| (total / self.members.len() as f64) as f32;
        scores.iter_mut().zip(total).for_each(|(score, total)| *score = mean(total));
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let of_member = |(member, (model, scale)): (usize, &(Arc<dyn Model>, ScoreScale))| {
            let mut tensors = model.tensors();
            tensors.push(scale.tensor());
            tensors.iter_mut().for_each(|tensor| tensor.name = format!("member.{member}.{}", tensor.name));
            tensors
        };
        self.members.iter().enumerate().flat_map(of_member).collect()
    }

    fn graph(&self) -> Result<ScoreGraph, NoGraph> {
        let (mut terms, mut ranks) = (Vec::new(), Vec::new());
        for (model, scale) in &self.members {
            let score = model.graph()?;
            match scale {
                ScoreScale::Rank(sorted) => ranks.push((score, sorted.clone())),
                // Scores that are all equal say nothing.
                ScoreScale::Standard { deviation: 0.0, .. } => {
                    terms.push(WeightedScore { score, weight: 0.0, offset: 0.0 });
                }
                ScoreScale::Standard { mean, deviation } => {
                    let weight = 1.0 / (deviation * self.members.len() as f64);
                    terms.push(WeightedScore { score, weight, offset: *mean });
                }
            }
        }
        // All members have a scale of one kind.
        Ok(if ranks.is_empty() { ScoreGraph::WeightedSum(terms) } else { ScoreGraph::MeanRank(ranks) })
    }

    /// Standardised scores are linear in those of the members, so that what decomposes there does here.
    fn explanation_method(&self) -> ExplanationMethod {
        let of_member = self.members[0].0.explanation_method();
        let bases = self.members.iter().map(|(model, scale)| match scale {
            ScoreScale::Standard { .. } => scale.measure(model.explanation_method().base),
            ScoreScale::Rank(_) => 0.0,
        });
        let base = (bases.sum::<f64>() / self.members.len() as f64) as f32;
        match self.members[0].1 {
            ScoreScale::Standard { .. } => {
                let description =
                    format!("{}, over the deviation of the member's scores; a mean", of_member.description);
                ExplanationMethod { exactness: of_member.exactness, base, description }
            }
            ScoreScale::Rank(_) => ExplanationMethod {
                exactness: Exactness::Estimate,
                base,
                description: format!(
                    "the column's share of what speaks against the row, times the member's rank of it; a mean \
                     (a share is that of: {})",
                    of_member.description
                ),
            },
        }
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        self.explain_by(rows, contributions, |model, target| model.explain_into(rows, target))
    }

    fn explain_fitted_into(
        &self,
        rows: Rows<'_>,
        positions: &[usize],
        contributions: &mut [f32],
    ) -> Result<(), Error> {
        self.explain_by(rows, contributions, |model, target| {
            model.explain_fitted_into(rows, positions, target)
        })
    }
}

impl Ensemble {
    fn explain_by(
        &self,
        rows: Rows<'_>,
        contributions: &mut [f32],
        explain: impl Fn(&dyn Model, &mut [f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut total = vec![0.0f64; contributions.len()];
        let mut scores = vec![0.0; rows.count()];
        for (model, scale) in &self.members {
            explain(&**model, contributions)?;
            match scale {
                ScoreScale::Standard { deviation: 0.0, .. } => {}
                ScoreScale::Standard { deviation, .. } => {
                    let terms = contributions.iter().map(|&value| f64::from(value) / deviation);
                    total.iter_mut().zip(terms).for_each(|(total, term)| *total += term);
                }
                ScoreScale::Rank(_) => {
                    model.score_into(rows, &mut scores)?;
                    let lines = total.chunks_mut(rows.columns).zip(contributions.chunks(rows.columns));
                    for ((total, line), &score) in lines.zip(&scores) {
                        let rank = scale.measure(score);
                        let terms =
                            Explanation::shares(line).into_iter().map(|share| rank * f64::from(share));
                        total.iter_mut().zip(terms).for_each(|(total, term)| *total += term);
                    }
                }
            }
        }
        let mean = |total: f64| (total / self.members.len() as f64) as f32;
        contributions.iter_mut().zip(total).for_each(|(target, total)| *target = mean(total));
        Ok(())
    }
}

impl ScoreScale {
    fn of(scores: &[f32], combine: Combination) -> Self {
        match combine {
            Combination::Rank => {
                let mut sorted = scores.to_vec();
                sorted.sort_unstable_by(f32::total_cmp);
                Self::Rank(sorted)
            }
            Combination::Standard => {
                let count = scores.len() as f64;
                let mean = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / count;
                let squares = scores.iter().map(|&score| (f64::from(score) - mean).powi(2)).sum::<f64>();
                Self::Standard { mean, deviation: (squares / count).sqrt() }
            }
        }
    }

    /// A score of the member on the scale that all members share.
    fn measure(&self, score: f32) -> f64 {
        match self {
            Self::Rank(sorted) => {
                let below = sorted.partition_point(|&other| other < score);
                let not_above = sorted.partition_point(|&other| other <= score);
                (below + not_above) as f64 / (2 * sorted.len()) as f64
            }
            // Scores that are all equal say nothing.
            Self::Standard { deviation: 0.0, .. } => 0.0,
            Self::Standard { mean, deviation } => (f64::from(score) - mean) / deviation,
        }
    }

    fn tensor(&self) -> NamedTensor {
        match self {
            Self::Rank(sorted) => NamedTensor::f32("sorted_scores", &[sorted.len()], sorted.clone()),
            Self::Standard { mean, deviation } => {
                NamedTensor::f64("mean_and_deviation", &[2], vec![*mean, *deviation])
            }
        }
    }

    fn load(combine: Combination, tensors: &Tensors<'_>) -> Result<Self, ModelFileError> {
        match combine {
            Combination::Rank => {
                let shape = tensors.shape("sorted_scores")?;
                let sorted = tensors.f32("sorted_scores", shape)?;
                match shape.len() == 1 && !sorted.is_empty() && sorted.is_sorted() {
                    true => Ok(Self::Rank(sorted.to_vec())),
                    false => Err(tensors.wrong("sorted_scores", format!("shape {shape:?}"), "a rising list")),
                }
            }
            Combination::Standard => {
                let values = tensors.f64("mean_and_deviation", &[2])?;
                Ok(Self::Standard { mean: values[0], deviation: values[1] })
            }
        }
    }
}
