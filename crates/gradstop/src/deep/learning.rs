//! From a fresh network to a model: the training, the scores of the rows, and the guard against collapse.

use gradstop_engine::{Network, Objective};

use crate::deep::recipe::OneNetwork;
use crate::deep::score::{NetworkModel, Score};
use crate::deep::settings::TrainingSettings;
use crate::error::Error;
use crate::method::FitOutput;
use crate::model::Rows;
use crate::model::average::model_of;
use crate::model::warning::Warning;
use crate::training::batches::{Batches, RowsAtHand};
use crate::training::callback::Callback;
use crate::training::history::Training;
use crate::training::step::{NetworkStep, Outcome, check_scores};
use crate::training::train;

/// A representation has collapsed if less than this share is left of the variance that it had in the
/// untrained network.
const COLLAPSED: f64 = 1e-3;

/// A part of the rows is enough to tell a collapse, and costs nothing.
pub(crate) const ROWS_LOOKED_AT: usize = 1024;

/// Trains a network and scores the rows that it learned from.
pub(crate) fn learn(
    training: &TrainingSettings,
    network: Network,
    objective: Objective,
    score: Score,
    rows: Rows<'_>,
    callback: &mut dyn Callback,
) -> Result<FitOutput, Error> {
    let plan = training.plan();
    let untrained = network.clone();
    let score_into = |network: &Network, values: &[f32], scores: &mut [f32]| {
        score.score_into(network, Rows { values, ..rows }, scores)
    };
    let batches = RowsAtHand::new(rows.values, rows.columns, &plan);
    let train_step = NetworkStep::new(network, objective, &plan, batches.deal(), &score_into)?;
    let outcome = train(train_step, &plan, batches, training.rules()?, callback)?;
    let Outcome { kept, history, stop, others } = outcome;

    let network = kept.last().expect("a training keeps an epoch at least").clone();
    let of_epoch = |network| NetworkModel { network, score: score.clone() };
    let model = model_of(kept.into_iter().map(of_epoch).collect(), &stop);
    let mut training_scores = vec![0.0; rows.count()];
    model.score_into(rows, &mut training_scores)?;
    check_scores(&training_scores, &stop, &plan)?;
    let warnings = about_training(&untrained, &network, rows)?;
    Ok(FitOutput { model, training_scores, trainings: vec![Training { stop, history, others }], warnings })
}

/// What the network itself says about its training; the first [`ROWS_LOOKED_AT`] of the rows are enough.
pub(crate) fn about_training(
    untrained: &Network,
    network: &Network,
    rows: Rows<'_>,
) -> Result<Vec<Warning>, Error> {
    let mut warnings = Vec::new();
    if !moved(untrained.parameters(), network.parameters()) {
        warnings.push(Warning::UnmovedParameters);
    }
    let (before, after) = (output_variance(untrained, rows)?, output_variance(network, rows)?);
    if after < COLLAPSED * before {
        warnings.push(Warning::CollapsedRepresentation { share: after / before });
    }
    Ok(warnings)
}

/// Whether any parameter went further than a millionth of the largest at the start.
fn moved(start: &[f32], end: &[f32]) -> bool {
    let largest = start.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    start.iter().zip(end).any(|(start, end)| (end - start).abs() > 1e-6 * largest)
}

/// Variance of the outputs over the first rows, summed over the units.
fn output_variance(network: &Network, rows: Rows<'_>) -> Result<f64, Error> {
    let count = rows.count().min(ROWS_LOOKED_AT);
    let outputs = network.outputs(&rows.values[..count * rows.columns])?;
    let width = network.architecture().outputs();
    let of_unit = |unit: usize| {
        let values = outputs.iter().skip(unit).step_by(width).map(|&value| f64::from(value));
        let mean = values.clone().sum::<f64>() / count as f64;
        values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count as f64
    };
    Ok((0..width).map(of_unit).sum())
}

impl OneNetwork {
    /// Trains on rows that are at hand.
    pub(crate) fn learn(self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        let center = match self.measures_center() {
            true => self.center(&output_sums(&self.network, rows)?, rows.count()),
            false => self.origin(),
        };
        let (objective, score) = self.goal(&center);
        learn(&self.training, self.network, objective, score, rows, callback)
    }
}

/// Sum over the rows of what the network makes of them.
pub(crate) fn output_sums(network: &Network, rows: Rows<'_>) -> Result<Vec<f64>, Error> {
    let mut sums = vec![0.0; network.architecture().outputs()];
    add_outputs(network, rows, &mut sums)?;
    Ok(sums)
}

/// Adds what the network makes of each row to the sums over the rows before.
pub(crate) fn add_outputs(network: &Network, rows: Rows<'_>, sums: &mut [f64]) -> Result<(), Error> {
    // Blocks bound the memory; their order does not depend on the threads.
    for block in rows.values.chunks(4096 * rows.columns) {
        for output in network.outputs(block)?.chunks_exact(sums.len()) {
            sums.iter_mut().zip(output).for_each(|(sum, &value)| *sum += f64::from(value));
        }
    }
    Ok(())
}
