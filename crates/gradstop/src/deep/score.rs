//! From a trained network to a model: how its output becomes a score, and the tensors of both.

use gradstop_engine::Network;
use rayon::prelude::*;

use crate::error::Error;
use crate::model::explanation::ExplanationMethod;
use crate::model::score_graph::{NoGraph, ScoreGraph};
use crate::model::tensors::NamedTensor;
use crate::model::{Model, Rows, occlude};
use crate::training::network_state::network_tensors;

/// How the output of a network becomes a score; larger is more abnormal.
#[derive(Debug, Clone)]
pub(crate) enum Score {
    /// Squared error of the reconstruction, summed over the columns.
    SquaredError,
    /// Its root: the distance of a row from its reconstruction.
    Error,
    /// Squared distance of the output from a centre.
    Distance { center: Vec<f32> },
    /// Distance from a random target, see [`RandomDistances`].
    RandomDistances(Box<RandomDistances>),
}

/// What random distances score with: `mean_j (r - t)_j^2`, and the mean over some reference rows x' of
/// `mean_j (that that' - rhat rhat')_j^2`, with hats for division by the sum of absolute values. The
/// references are rows of the fitted table, so that a row's score does not depend on who it comes with.
#[derive(Debug, Clone)]
pub(crate) struct RandomDistances {
    /// t.
    pub(crate) target: Network,
    /// (references x columns), standardised.
    pub(crate) references: Vec<f32>,
}

/// A trained network with its score.
#[derive(Debug, Clone)]
pub(crate) struct NetworkModel {
    pub(crate) network: Network,
    pub(crate) score: Score,
}

impl Model for NetworkModel {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        self.score.score_into(&self.network, rows, scores)
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let mut tensors = network_tensors(&self.network, "network.");
        match &self.score {
            Score::SquaredError | Score::Error => {}
            Score::Distance { center } => {
                tensors.push(NamedTensor::f32("center", &[center.len()], center.clone()));
            }
            Score::RandomDistances(distances) => {
                let columns = distances.target.architecture().inputs();
                let shape = [distances.references.len() / columns, columns];
                tensors.extend(network_tensors(&distances.target, "target."));
                tensors.push(NamedTensor::f32("references", &shape, distances.references.clone()));
            }
        }
        tensors
    }

    fn graph(&self) -> Result<ScoreGraph, NoGraph> {
        NoGraph::if_drawn(&self.network)?;
        let network = self.network.clone();
        Ok(match &self.score {
            Score::SquaredError => ScoreGraph::SquaredError { network },
            Score::Error => ScoreGraph::Error { network },
            Score::Distance { center } => ScoreGraph::Distance { network, center: center.clone() },
            Score::RandomDistances(distances) => {
                let RandomDistances { target, references } = (**distances).clone();
                ScoreGraph::RandomDistances { network, target, references }
            }
        })
    }

    fn explanation_method(&self) -> ExplanationMethod {
        match self.score {
            Score::SquaredError => ExplanationMethod::exact("squared error of the column's reconstruction"),
            Score::Error => ExplanationMethod::exact(
                "the score, dealt out by the squared errors of the columns' reconstruction",
            ),
            Score::Distance { .. } | Score::RandomDistances(_) => ExplanationMethod::of_occlusion(),
        }
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        match self.score {
            Score::SquaredError | Score::Error => {
                contributions.fill(0.0);
                add_squared_errors(&self.network, rows, 1.0, contributions)?;
            }
            Score::Distance { .. } | Score::RandomDistances(_) => occlude(self, rows, contributions)?,
        }
        if matches!(self.score, Score::Error) {
            contributions.par_chunks_exact_mut(rows.columns).for_each(|row| {
                let length = row.iter().map(|&square| f64::from(square)).sum::<f64>().sqrt();
                let divisor = if length > 0.0 { length } else { 1.0 };
                row.iter_mut().for_each(|value| *value = (f64::from(*value) / divisor) as f32);
            });
        }
        Ok(())
    }
}

/// Adds `scale (xhat - x)_j^2` of every column of every row.
pub(crate) fn add_squared_errors(
    network: &Network,
    rows: Rows<'_>,
    scale: f64,
    contributions: &mut [f32],
) -> Result<(), Error> {
    // Blocks bound the memory for the outputs.
    const BLOCK: usize = 4096;
    let length = BLOCK * rows.columns;
    for (values, contributions) in rows.values.chunks(length).zip(contributions.chunks_mut(length)) {
        let outputs = network.outputs(values)?;
        let errors = outputs.iter().zip(values).map(|(&xhat, &x)| scale * f64::from(xhat - x).powi(2));
        contributions.iter_mut().zip(errors).for_each(|(target, error)| *target += error as f32);
    }
    Ok(())
}

impl Score {
    pub(crate) fn score_into(
        &self,
        network: &Network,
        rows: Rows<'_>,
        scores: &mut [f32],
    ) -> Result<(), Error> {
        match self {
            Self::SquaredError => network.reconstruction_errors_into(rows.values, scores)?,
            Self::Error => {
                network.reconstruction_errors_into(rows.values, scores)?;
                scores.iter_mut().for_each(|score| *score = score.sqrt());
            }
            Self::Distance { center } => network.distances_into(rows.values, center, scores)?,
            Self::RandomDistances(distances) => distances.score_into(network, rows, scores)?,
        }
        Ok(())
    }
}

impl RandomDistances {
    fn score_into(&self, network: &Network, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        // Blocks bound the memory for both outputs.
        const BLOCK: usize = 4096;
        let width = network.architecture().outputs();
        let (mut near, mut near_target) =
            (network.outputs(&self.references)?, self.target.outputs(&self.references)?);
        near.chunks_exact_mut(width).for_each(divide_by_length);
        near_target.chunks_exact_mut(width).for_each(divide_by_length);
        let blocks = rows.values.chunks(BLOCK * rows.columns).zip(scores.chunks_mut(BLOCK));
        for (rows, scores) in blocks {
            let (mut seen, mut wanted) = (network.outputs(rows)?, self.target.outputs(rows)?);
            let both = seen.par_chunks_mut(width).zip(wanted.par_chunks_mut(width));
            both.zip(scores).with_min_len(256).for_each(|((r, t), score)| {
                let error = r.iter().zip(&*t).map(|(r, t)| (r - t) * (r - t)).sum::<f32>() / width as f32;
                divide_by_length(r);
                divide_by_length(t);
                let references = near.chunks_exact(width).zip(near_target.chunks_exact(width));
                let unlike = references.map(|(r_near, t_near)| {
                    let terms = t.iter().zip(t_near).zip(r.iter().zip(r_near));
                    terms.map(|((t, t_near), (r, r_near))| (t * t_near - r * r_near).powi(2)).sum::<f32>()
                });
                *score = error + unlike.sum::<f32>() / near.len() as f32;
            });
        }
        Ok(())
    }
}

/// Divides by the sum of absolute values; zeros stay.
fn divide_by_length(values: &mut [f32]) {
    let length: f32 = values.iter().map(|value| value.abs()).sum();
    if length > 0.0 {
        values.iter_mut().for_each(|value| *value /= length);
    }
}
