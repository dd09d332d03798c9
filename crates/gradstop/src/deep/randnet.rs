//! RandNet (Chen et al., 2017): auto-encoders with randomly cut connections, and the median of their scores.

use std::sync::{Arc, Mutex};

use gradstop_engine::{Architecture, Initialization, Network, Objective};
use gradstop_rules::{EarlyStopping, GradStopSettings, RuleSettings};
use rayon::prelude::*;

use crate::deep::learning::learn;
use crate::deep::networks::{hidden_layer, load_network};
use crate::deep::score::{NetworkModel, Score};
use crate::deep::settings::{ActivationName, OptimizerName, TrainingSettings, TrimSetting};
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::shared::member_seed;
use crate::method::{Algorithm, FitOutput};
use crate::model::average::load_epochs;
use crate::model::explanation::ExplanationMethod;
use crate::model::score_graph::{NoGraph, ScoreGraph};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::warning::Warning;
use crate::model::{Model, Rows};
use crate::training::callback::{Callback, Shared};

settings! {
    /// Settings of RandNet. The score of a row is the median over the members of its squared reconstruction error,
    /// each divided by the standard deviation of that member's errors; larger is more abnormal.
    pub struct RandNet {
        /// Networks.
        pub members: usize = 10 => Range::whole(1, 1000),
        /// Widths of the hidden layers.
        pub hidden: Vec<usize> = vec![64] => Range::Widths,
        /// Probability that a connection is there.
        // 1 - 1 / e: those that a bootstrap drew stay, as in the original.
        pub kept_connections: f64 = 0.6321 => Range::Between { least: 0.0, most: 1.0 },
        /// Activation of the hidden layers.
        pub activation: ActivationName = ActivationName::Sigmoid => ActivationName::RANGE,
        /// Activation of the output.
        pub output_activation: ActivationName = ActivationName::Identity => ActivationName::RANGE,
        /// Share of hidden values set to 0 while training.
        pub dropout: f64 = 0.2 => Range::BelowOne,
        ..
        /// How each member is trained.
        pub training: TrainingSettings = trained(TrimSetting::Share(0.3)),
    }
}

/// The members, each with the standard deviation of its training errors.
#[derive(Debug)]
struct Median {
    members: Vec<(Arc<dyn Model>, f32)>,
}

/// The training that the paper evaluated, with another trim.
fn trained(trim: TrimSetting) -> TrainingSettings {
    let gradstop = GradStopSettings { divergence_limit: f64::INFINITY, ..GradStopSettings::default() };
    TrainingSettings {
        optimizer: OptimizerName::Rmsprop,
        trim,
        early_stopping: EarlyStopping::None,
        rules: RuleSettings { gradstop, ..RuleSettings::default() },
        ..TrainingSettings::default()
    }
}

impl RandNet {
    fn architecture(&self, columns: usize) -> Result<Architecture, Error> {
        let mut layers = Vec::new();
        for &outputs in &self.hidden {
            hidden_layer(&mut layers, outputs, true, self.activation, self.dropout);
        }
        hidden_layer(&mut layers, columns, true, self.output_activation, 0.0);
        Ok(Architecture::new(columns, layers)?)
    }

    fn learn_member(
        &self,
        member: usize,
        rows: Rows<'_>,
        callback: &mut dyn Callback,
    ) -> Result<FitOutput, Error> {
        let seed = member_seed(self.training.seed, member);
        let training = TrainingSettings { seed, ..self.training.clone() };
        let mut network = Network::new(self.architecture(rows.columns)?, Initialization::Uniform, seed);
        network.disconnect(self.kept_connections, seed);
        learn(&training, network, Objective::MeanSquaredError, Score::SquaredError, rows, callback)
    }
}

impl Algorithm for RandNet {
    const NAME: &'static str = "randnet";
    const CLASS: &'static str = "RandNet";
    const ABOUT: &'static str =
        "auto-encoders with randomly cut connections; abnormal is what most reproduce badly";
    const ASSUMES: &'static str =
        "inliers lie near a surface of few dimensions; single networks are unreliable";
    const SCORE: &'static str = "median over the members of the reconstruction error, each on its own scale";
    const COST: &'static str =
        "fit: members x epochs x n x weights, members in parallel; score: members x n x weights";

    fn paper() -> Self {
        Self {
            // 1 / e: the released code cuts the connections that a bootstrap drew.
            kept_connections: 0.3679,
            output_activation: ActivationName::Sigmoid,
            training: trained(TrimSetting::Share(0.0)),
            ..Self::default()
        }
    }

    fn training_mut(&mut self) -> Option<&mut TrainingSettings> {
        Some(&mut self.training)
    }

    fn trainings(&self) -> usize {
        self.members
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        let callback = Mutex::new(callback);
        let one = |member| self.learn_member(member, rows, &mut Shared(&callback, member));
        let learned: Vec<FitOutput> =
            (0..self.members).into_par_iter().with_max_len(1).map(one).collect::<Result<_, Error>>()?;
        let (mut members, mut trainings, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        let mut shares = Vec::with_capacity(self.members);
        for (member, FitOutput { model, training_scores: mut errors, trainings: more, warnings: notes }) in
            learned.into_iter().enumerate()
        {
            let deviation = deviation(&errors);
            divide(&mut errors, deviation);
            shares.push(errors);
            members.push((model, deviation));
            trainings.extend(more);
            let about = |warning| Warning::Member { member, warning: Box::new(warning) };
            warnings.extend(notes.into_iter().map(about));
        }
        let mut training_scores = vec![0.0; rows.count()];
        medians(&shares, &mut training_scores);
        Ok(FitOutput { model: Arc::new(Median { members }), training_scores, trainings, warnings })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let member = |member: usize| {
            let tensors = tensors.under(&format!("member.{member}."));
            let model = load_epochs(&tensors, |tensors| {
                let network = load_network(|| self.architecture(columns), &tensors.under("network."))?;
                Ok(Arc::new(NetworkModel { network, score: Score::SquaredError }))
            })?;
            Ok((model, tensors.f32("deviation", &[1])?[0]))
        };
        let members = (0..self.members).map(member).collect::<Result<_, ModelFileError>>()?;
        Ok(Arc::new(Median { members }))
    }
}

impl Model for Median {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        // Blocks bound the memory for the scores of every member.
        const BLOCK: usize = 1 << 14;
        for (values, scores) in rows.values.chunks(BLOCK * rows.columns).zip(scores.chunks_mut(BLOCK)) {
            medians(&self.shares(Rows { values, ..rows })?, scores);
        }
        Ok(())
    }

    fn graph(&self) -> Result<ScoreGraph, NoGraph> {
        // Errors that are all equal stay as they are.
        let divisor = |deviation: f32| if deviation > 0.0 { deviation } else { 1.0 };
        let of_member =
            |(model, deviation): &(Arc<dyn Model>, f32)| Ok((model.graph()?, divisor(*deviation)));
        Ok(ScoreGraph::Median(self.members.iter().map(of_member).collect::<Result<_, NoGraph>>()?))
    }

    fn explanation_method(&self) -> ExplanationMethod {
        ExplanationMethod::exact(
            "squared error of the column's reconstruction by the member whose score is the median, over the \
             deviation of that member's errors; of an even number of members the mean of the middle two",
        )
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        // Blocks bound the memory for the errors of every member.
        const BLOCK: usize = 1 << 10;
        let length = BLOCK * rows.columns;
        for (values, contributions) in rows.values.chunks(length).zip(contributions.chunks_mut(length)) {
            let rows = Rows { values, ..rows };
            let shares = self.shares(rows)?;
            let errors = self
                .members
                .iter()
                .map(|(model, deviation)| {
                    let mut errors = vec![0.0; values.len()];
                    model.explain_into(rows, &mut errors)?;
                    divide(&mut errors, *deviation);
                    Ok(errors)
                })
                .collect::<Result<Vec<_>, Error>>()?;
            contributions.par_chunks_exact_mut(rows.columns).enumerate().for_each(|(row, target)| {
                let (low, high) = middle_members(&shares, row);
                let of = |member: usize| &errors[member][row * rows.columns..][..rows.columns];
                let middle = of(low).iter().zip(of(high));
                target
                    .iter_mut()
                    .zip(middle)
                    .for_each(|(target, (low, high))| *target = 0.5 * low + 0.5 * high);
            });
        }
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let of_member = |(member, (model, deviation)): (usize, &(Arc<dyn Model>, f32))| {
            let mut tensors = model.tensors();
            tensors.push(NamedTensor::f32("deviation", &[1], vec![*deviation]));
            tensors.iter_mut().for_each(|tensor| tensor.name = format!("member.{member}.{}", tensor.name));
            tensors
        };
        self.members.iter().enumerate().flat_map(of_member).collect()
    }
}

impl Median {
    /// The scores of each member over the deviation of its errors.
    fn shares(&self, rows: Rows<'_>) -> Result<Vec<Vec<f32>>, Error> {
        let of_member = |(model, deviation): &(Arc<dyn Model>, f32)| {
            let mut errors = vec![0.0; rows.count()];
            model.score_into(rows, &mut errors)?;
            divide(&mut errors, *deviation);
            Ok(errors)
        };
        self.members.iter().map(of_member).collect()
    }
}

/// The members whose scores of a row stand in the middle: one twice, or two of an even number.
fn middle_members(shares: &[Vec<f32>], row: usize) -> (usize, usize) {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[a][row].total_cmp(&shares[b][row]));
    (order[(order.len() - 1) / 2], order[order.len() / 2])
}

/// Standard deviation, over all rows.
fn deviation(errors: &[f32]) -> f32 {
    let count = errors.len() as f64;
    let mean = errors.iter().map(|&error| f64::from(error)).sum::<f64>() / count;
    let squares = errors.iter().map(|&error| (f64::from(error) - mean).powi(2)).sum::<f64>();
    (squares / count).sqrt() as f32
}

/// Errors that are all equal stay as they are.
fn divide(errors: &mut [f32], deviation: f32) {
    if deviation > 0.0 {
        errors.iter_mut().for_each(|error| *error = (*error / deviation).min(f32::MAX));
    }
}

/// Median over the members for each row; of an even number the mean of the middle two.
fn medians(shares: &[Vec<f32>], scores: &mut [f32]) {
    scores.par_iter_mut().enumerate().with_min_len(1024).for_each_init(Vec::new, |values, (row, score)| {
        values.clear();
        values.extend(shares.iter().map(|share| share[row]));
        values.sort_unstable_by(f32::total_cmp);
        let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        *score = 0.5 * low + 0.5 * high;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle_two() {
        let mut scores = [0.0; 2];
        medians(&[vec![1.0, 5.0], vec![3.0, 5.0], vec![9.0, 0.0], vec![2.0, 7.0]], &mut scores);
        assert_eq!(scores, [2.5, 5.0]);
        medians(&[vec![1.0, 5.0], vec![3.0, 4.0], vec![9.0, 0.0]], &mut scores);
        assert_eq!(scores, [3.0, 4.0]);
    }
}
