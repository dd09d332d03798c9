//! ROBOD (Ding et al., 2022): auto-encoders of several depths and members that share their weights.
//!
//! Each dense layer has one weight W for all members; member m scales its inputs and outputs (a
//! BatchEnsemble): `z = ((a * r_m) W^T) * s_m + b_m`, which is a layer with the weight `W * s_m r_m^T`.
//! So each member and depth is trained as a plain network with its *effective* weights, and the
//! gradients G of those flow back into the shared ones:
//!
//! ```text
//! dW += G * s r^T    ds_o += sum over i of G_oi W_oi r_i    dr_i += sum over o of G_oi W_oi s_o
//! ```
//!
//! A rule that looks at gradients sees those of the effective weights of every member and depth.

use std::sync::Arc;

use gradstop_engine::random::{Key, Stream};
use gradstop_engine::{
    Architecture, Initialisation, Layer, Network, Objective, OptimizerState, Probe, RowGradients, Step,
    Trainer,
};
use gradstop_rules::GradStopSettings;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::checkpoint::copy_f32;
use crate::deep::average::{load_epochs, model_of};
use crate::deep::networks::{hidden_layer, load_network, network_tensors};
use crate::deep::score::add_squared_errors;
use crate::deep::settings::{ActivationName, StopName, TrainingSettings};
use crate::explanation::Account;
use crate::method::{Learned, Method, Model, Rows, Training};
use crate::parameter::{Parameter, Range};
use crate::score_graph::{NoGraph, ScoreGraph, WeightedScore};
use crate::tensors::{NamedTensor, Tensors};
use crate::training::{
    Learner, TrainedRows, diverged, fill_network, optimizer_tensors, restore_optimizer, train_learner,
};
use crate::{Error, ModelFileError, Outcome, Preset, Spectator};

/// Standard deviation of the scales around 1 at the start.
const SCALE_DEVIATION: f64 = 0.5;

/// Settings of ROBOD. The score of a row is the mean squared error of its reconstructions, summed over
/// the depths and averaged over the members that see it; larger is more abnormal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Robod {
    /// Members, at least 1.
    pub members: usize,
    /// Depths: encoders of 1, 2, ... layers, at least 1.
    pub depths: usize,
    /// Each layer of an encoder is narrower than the one before by this factor, at least 1.
    pub shrinking: f64,
    /// Width of the first hidden layer at most; 0 for no limit.
    pub widest: usize,
    /// Activation of the hidden layers.
    pub activation: ActivationName,
    /// Activation of the output.
    pub output_activation: ActivationName,
    /// Whether every member sees every row; else a row meets one member only, chosen by its values.
    pub every_row: bool,
    /// How they are trained.
    #[serde(flatten)]
    pub training: TrainingSettings,
}

/// The effective networks, member by member, each of every depth.
#[derive(Debug, Clone)]
struct Members {
    networks: Vec<Network>,
    depths: usize,
    every_row: bool,
}

impl Default for Robod {
    fn default() -> Self {
        Self::preset(Preset::Default)
    }
}

impl Robod {
    /// Widths of the deepest encoder, the input included.
    fn widths(&self, columns: usize) -> Vec<usize> {
        let widest = match self.widest {
            0 => f64::INFINITY,
            widest => widest as f64,
        };
        let first = (columns as f64 / self.shrinking).min(widest);
        let hidden = |depth: usize| ((first / self.shrinking.powi(depth as i32)) as usize).max(1);
        std::iter::once(columns).chain((0..self.depths).map(hidden)).collect()
    }

    /// The auto-encoder whose encoder has `depth` layers.
    fn architecture(&self, columns: usize, depth: usize) -> Result<Architecture, Error> {
        let widths = self.widths(columns);
        let mut layers = Vec::new();
        for &outputs in widths[1..=depth].iter().chain(widths[1..depth].iter().rev()) {
            hidden_layer(&mut layers, outputs, true, self.activation, 0.0);
        }
        hidden_layer(&mut layers, columns, true, self.output_activation, 0.0);
        Ok(Architecture::new(columns, layers)?)
    }
}

impl Method for Robod {
    const NAME: &'static str = "robod";
    const ABOUT: &'static str =
        "auto-encoders of several depths share their weights; abnormal is what they reproduce badly";
    const ASSUMES: &'static str =
        "inliers lie near a surface of few dimensions; which network shows it is not known";
    const COST: &'static str =
        "fit: members x depths x epochs x n x weights; score: members x depths x n x weights";

    fn parameters() -> Vec<Parameter> {
        let parameter = |name, range, about| Parameter { name, range, about };
        let mut parameters = vec![
            parameter("members", Range::Whole { least: 1, most: 1000 }, "members"),
            parameter("depths", Range::Whole { least: 1, most: 32 }, "encoders of 1, 2, ... layers"),
            parameter(
                "shrinking",
                Range::Between { least: 1.0, most: 1000.0 },
                "factor by which each layer is narrower than the one before",
            ),
            parameter(
                "widest",
                Range::Whole { least: 0, most: u64::MAX },
                "width of the first hidden layer at most; 0 for no limit",
            ),
            parameter("activation", ActivationName::RANGE, "activation of the hidden layers"),
            parameter("output_activation", ActivationName::RANGE, "activation of the output"),
            parameter(
                "every_row",
                Range::Switch,
                "whether every member sees every row, or each row one member",
            ),
        ];
        parameters.extend(TrainingSettings::parameters());
        parameters
    }

    fn preset(preset: Preset) -> Self {
        let gradstop = GradStopSettings { divergence_limit: f64::INFINITY, ..GradStopSettings::default() };
        let training = TrainingSettings { stop: StopName::None, gradstop, ..TrainingSettings::default() };
        let paper = Self {
            members: 4,
            depths: 3,
            shrinking: 1.5,
            widest: 0,
            activation: ActivationName::Relu,
            output_activation: ActivationName::Sigmoid,
            every_row: false,
            training,
        };
        match preset {
            Preset::Paper => paper,
            Preset::Default => Self {
                output_activation: ActivationName::Identity,
                every_row: true,
                // With every row and a linear output the published widths reproduce outliers as well.
                shrinking: 2.5,
                widest: 64,
                ..paper
            },
        }
    }

    fn check(&self) -> Result<(), Error> {
        if !self.every_row && self.training.stop == StopName::Gradstop {
            return Err(Error::Setting {
                parameter: "stop".into(),
                got: "gradstop with every_row = false".into(),
                wanted: "every_row = true, without which a row has a gradient in one member only".into(),
            });
        }
        self.training.check()
    }

    fn trainings(&self) -> usize {
        1
    }

    fn learn(&self, rows: Rows<'_>, spectator: &mut dyn Spectator) -> Result<Learned, Error> {
        let plan = self.training.plan();
        let learner = SharedWeights::new(self, rows)?;
        let (mut rule, mut onlookers) = (self.training.rule()?, self.training.onlookers()?);
        if !self.every_row {
            onlookers.retain(|rule| rule.needs(0).gradients.is_none());
        }
        let outcome = train_learner(
            learner,
            &plan,
            TrainedRows::at_hand(rows.values, rows.columns),
            &mut *rule,
            &mut onlookers,
            spectator,
        )?;
        let Outcome { kept, history, stop, others } = outcome;
        let model = model_of(kept, &stop);
        let mut training_scores = vec![0.0; rows.count()];
        model.score_into(rows, &mut training_scores)?;
        if let Some(&score) = training_scores.iter().find(|score| !score.is_finite()) {
            return Err(diverged(stop.best_epoch, f64::from(score), &plan));
        }
        let trainings = vec![Training { stop, history, others }];
        Ok(Learned { model, training_scores, trainings, warnings: Vec::new() })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        load_epochs(tensors, |tensors| {
            let network = |index: usize| {
                let (member, depth) = (index / self.depths, index % self.depths + 1);
                let tensors = tensors.under(&format!("network.{member}.{depth}."));
                load_network(|| self.architecture(columns, depth), &tensors)
            };
            let networks =
                (0..self.members * self.depths).map(network).collect::<Result<_, ModelFileError>>()?;
            Ok(Arc::new(Members { networks, depths: self.depths, every_row: self.every_row }))
        })
    }
}

impl Members {
    fn of_member(&self, member: usize) -> &[Network] {
        &self.networks[member * self.depths..][..self.depths]
    }

    /// Sum over the depths of one member's mean squared errors, added to `scores`.
    fn add_errors(&self, member: usize, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let mut errors = vec![0.0; scores.len()];
        for network in self.of_member(member) {
            network.reconstruction_errors_into(rows.values, &mut errors)?;
            scores.iter_mut().zip(&errors).for_each(|(score, error)| *score += error / rows.columns as f32);
        }
        Ok(())
    }
}

/// Where each row meets one member only: the rows that each of the members meets, rising.
fn met_by(rows: Rows<'_>, members: usize) -> Vec<Vec<usize>> {
    let member_of = |row: &[f32]| Key::of_values(row).below(0, members as u64) as usize;
    let chosen: Vec<usize> = rows.values.par_chunks_exact(rows.columns).map(member_of).collect();
    let mut met = vec![Vec::new(); members];
    chosen.iter().enumerate().for_each(|(row, &member)| met[member].push(row));
    met
}

/// Copies some rows together.
fn gather(rows: Rows<'_>, some: &[usize]) -> Vec<f32> {
    let row = |&row: &usize| &rows.values[row * rows.columns..][..rows.columns];
    some.iter().flat_map(row).copied().collect()
}

impl Model for Members {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let members = self.networks.len() / self.depths;
        scores.fill(0.0);
        if self.every_row {
            (0..members).try_for_each(|member| self.add_errors(member, rows, scores))?;
            scores.iter_mut().for_each(|score| *score /= members as f32);
            return Ok(());
        }
        let columns = rows.columns;
        let met = met_by(rows, members);
        for (member, met) in met.iter().enumerate() {
            let values = gather(rows, met);
            let mut errors = vec![0.0; met.len()];
            self.add_errors(member, Rows { values: &values, columns }, &mut errors)?;
            met.iter().zip(errors).for_each(|(&row, error)| scores[row] = error);
        }
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let of_network = |(index, network): (usize, &Network)| {
            let (member, depth) = (index / self.depths, index % self.depths + 1);
            network_tensors(network, &format!("network.{member}.{depth}."))
        };
        self.networks.iter().enumerate().flat_map(of_network).collect()
    }

    fn graph(&self) -> Result<ScoreGraph, NoGraph> {
        if !self.every_row {
            return Err(NoGraph {
                got: "a member that is chosen by a hash of the row's values (every_row = false)",
                hint: "fit with the preset default, or with every_row = true",
            });
        }
        let members = self.networks.len() / self.depths;
        let term = |network: &Network| {
            let weight = 1.0 / (network.architecture().inputs() * members) as f64;
            WeightedScore {
                score: ScoreGraph::SquaredError { network: network.clone() },
                weight,
                offset: 0.0,
            }
        };
        Ok(ScoreGraph::WeightedSum(self.networks.iter().map(term).collect()))
    }

    fn account(&self) -> Account {
        Account::exact(
            "squared errors of the column's reconstructions over the number of columns, summed over the depths \
             and averaged over the members that see the row",
        )
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        let members = self.networks.len() / self.depths;
        let columns = rows.columns;
        contributions.fill(0.0);
        if self.every_row {
            let scale = 1.0 / (columns * members) as f64;
            let add = |network| add_squared_errors(network, rows, scale, contributions);
            return self.networks.iter().try_for_each(add);
        }
        for (member, met) in met_by(rows, members).iter().enumerate() {
            let values = gather(rows, met);
            let mut own = vec![0.0; values.len()];
            for network in self.of_member(member) {
                let rows = Rows { values: &values, columns };
                add_squared_errors(network, rows, 1.0 / columns as f64, &mut own)?;
            }
            let own = met.iter().zip(own.chunks_exact(columns));
            own.for_each(|(&row, own)| contributions[row * columns..][..columns].copy_from_slice(own));
        }
        Ok(())
    }
}

/// Where the parameters of a shared layer stand.
#[derive(Debug, Clone)]
struct SharedLayer {
    inputs: usize,
    outputs: usize,
    /// Of W; behind all weights each member has r, s and b of every layer.
    weight: usize,
    /// Of r within a member; s and b follow.
    scales: usize,
}

/// The shared weights under training, with a trainer for each member and depth.
struct SharedWeights {
    layers: Vec<SharedLayer>,
    members: usize,
    depths: usize,
    every_row: bool,
    columns: usize,
    /// Length of all W together, and of one member's scales.
    weights: usize,
    scales: usize,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    optimizer: OptimizerState,
    gradient_limit: f32,
    trainers: Vec<Trainer>,
    /// What [`deal`](Self::deal) says of the whole table, where every batch is the whole table.
    parts: Option<Vec<Vec<f32>>>,
}

impl SharedWeights {
    fn new(settings: &Robod, rows: Rows<'_>) -> Result<Self, Error> {
        let (columns, seed, plan) = (rows.columns, settings.training.seed, settings.training.plan());
        // Anyone may ask for batches larger than the table.
        let batch_rows = if plan.batch_rows == 0 { rows.count() } else { plan.batch_rows.min(rows.count()) };
        let deepest = settings.architecture(columns, settings.depths)?;
        let start = Network::new(deepest.clone(), Initialisation::Uniform, seed);
        let (mut weights, mut scales, mut layers) = (0, 0, Vec::new());
        let dense =
            (0..deepest.layers().len()).filter(|&at| matches!(deepest.layers()[at], Layer::Dense { .. }));
        for at in dense {
            let (inputs, outputs) = (deepest.input_width(at), deepest.output_width(at));
            layers.push(SharedLayer { inputs, outputs, weight: weights, scales });
            weights += inputs * outputs;
            scales += inputs + 2 * outputs;
        }
        let mut parameters = vec![0.0; weights + settings.members * scales];
        // A network's tensors are the weight and the bias of each dense layer in turn.
        for (at, layer) in layers.iter().enumerate() {
            let (weight, bias) = (start.tensor(2 * at), start.tensor(2 * at + 1));
            parameters[layer.weight..][..weight.len()].copy_from_slice(weight);
            for member in 0..settings.members {
                let key = Key::new(seed, Stream::Members, &[2, member as u64, at as u64]);
                let own = &mut parameters[weights + member * scales + layer.scales..];
                for (index, scale) in own[..layer.inputs + layer.outputs].iter_mut().enumerate() {
                    *scale = (1.0 + SCALE_DEVIATION * key.normal(index as u64)) as f32;
                }
                own[layer.inputs + layer.outputs..][..layer.outputs].copy_from_slice(bias);
            }
        }
        let mut trainers = Vec::new();
        for member in 0..settings.members {
            for depth in 1..=settings.depths {
                let network = Network::zeros(settings.architecture(columns, depth)?);
                let seed = Key::new(seed, Stream::Members, &[3, member as u64]).bits(depth as u64);
                let objective = Objective::MeanSquaredError;
                let trainer = Trainer::new(network, objective, plan.optimizer, batch_rows, seed)?;
                // There are enough of them to keep every thread busy.
                trainers.push(trainer.on_one_thread());
            }
        }
        let mut shared = Self {
            layers,
            members: settings.members,
            depths: settings.depths,
            every_row: settings.every_row,
            columns,
            weights,
            scales,
            gradient: vec![0.0; parameters.len()],
            optimizer: OptimizerState::new(plan.optimizer, parameters.len()),
            gradient_limit: plan.gradient_limit,
            parameters,
            trainers,
            parts: None,
        };
        if plan.batch_rows == 0 {
            shared.parts = Some(shared.deal(rows.values));
        }
        shared.refresh();
        Ok(shared)
    }

    /// The shared layers that the network of a depth is made of, in order.
    fn layers_of(&self, depth: usize) -> impl Iterator<Item = &SharedLayer> {
        let decoder = 2 * self.depths - depth;
        self.layers[..depth].iter().chain(&self.layers[decoder..])
    }

    /// Writes the effective weights of every network.
    fn refresh(&mut self) {
        let mut trainers = std::mem::take(&mut self.trainers);
        trainers.par_iter_mut().enumerate().for_each(|(index, trainer)| {
            let (member, depth) = (index / self.depths, index % self.depths + 1);
            let mut effective = &mut trainer.network_mut().parameters_mut()[..];
            for layer in self.layers_of(depth) {
                let (weight, own) = self.of_layer(layer, member);
                let (inputs, rest) = own.split_at(layer.inputs);
                let (outputs, bias) = rest.split_at(layer.outputs);
                let (target, after) = effective.split_at_mut(weight.len());
                let (target_bias, after) = after.split_at_mut(layer.outputs);
                let lines = target.chunks_exact_mut(layer.inputs).zip(weight.chunks_exact(layer.inputs));
                for ((target, weight), &output) in lines.zip(outputs) {
                    let terms = weight.iter().zip(inputs);
                    target.iter_mut().zip(terms).for_each(|(t, (&w, &input))| *t = w * output * input);
                }
                target_bias.copy_from_slice(bias);
                effective = after;
            }
        });
        self.trainers = trainers;
    }

    /// W of a layer, and r, s and b of a member.
    fn of_layer(&self, layer: &SharedLayer, member: usize) -> (&[f32], &[f32]) {
        let weight = &self.parameters[layer.weight..][..layer.inputs * layer.outputs];
        let own = self.weights + member * self.scales + layer.scales;
        (weight, &self.parameters[own..][..layer.inputs + 2 * layer.outputs])
    }

    /// Takes the gradients of the effective weights of one network back to the shared ones.
    fn add_gradient(&mut self, index: usize, share: f32) {
        let (member, depth) = (index / self.depths, index % self.depths + 1);
        let mut gradient = std::mem::take(&mut self.gradient);
        let mut effective = self.trainers[index].gradient();
        for layer in self.layers_of(depth) {
            let (weight, own) = self.of_layer(layer, member);
            let (inputs, rest) = own.split_at(layer.inputs);
            let outputs = &rest[..layer.outputs];
            let (of_weight, after) = effective.split_at(weight.len());
            let (of_bias, after) = after.split_at(layer.outputs);
            let (shared, members) = gradient.split_at_mut(self.weights);
            let shared = &mut shared[layer.weight..][..weight.len()];
            let members = &mut members[member * self.scales + layer.scales..];
            let (to_inputs, rest) = members.split_at_mut(layer.inputs);
            let (to_outputs, to_bias) = rest.split_at_mut(layer.outputs);
            for output in 0..layer.outputs {
                let line = output * layer.inputs..(output + 1) * layer.inputs;
                let mut total = 0.0;
                let terms = of_weight[line.clone()].iter().zip(&weight[line.clone()]).zip(inputs);
                for (((&g, &w), &input), (to_weight, to_input)) in
                    terms.zip(shared[line].iter_mut().zip(&mut *to_inputs))
                {
                    let g = share * g;
                    *to_weight += g * outputs[output] * input;
                    *to_input += g * w * outputs[output];
                    total += g * w * input;
                }
                to_outputs[output] += total;
                to_bias[output] += share * of_bias[output];
            }
            effective = after;
        }
        self.gradient = gradient;
    }

    /// The rows that each member meets, if each row meets one; else none, for all meet all.
    fn deal(&self, rows: &[f32]) -> Vec<Vec<f32>> {
        if self.every_row {
            return Vec::new();
        }
        let rows = Rows { values: rows, columns: self.columns };
        met_by(rows, self.members).iter().map(|met| gather(rows, met)).collect()
    }

    fn shorten_gradient(&mut self) {
        let square: f64 = self.gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum();
        let length = square.sqrt() as f32;
        if self.gradient_limit > 0.0 && length > self.gradient_limit {
            let shrink = self.gradient_limit / length;
            self.gradient.iter_mut().for_each(|g| *g *= shrink);
        }
    }
}

impl Learner for SharedWeights {
    type Kept = Members;

    fn step(&mut self, rows: &[f32], step: Step, probe: Probe<'_>) -> Result<f64, Error> {
        let count = rows.len() / self.columns;
        let kept = self.parts.take();
        let stays = kept.is_some();
        let parts = kept.unwrap_or_else(|| self.deal(rows));
        let depths = self.depths;
        let pass = |(index, trainer): (usize, &mut Trainer)| match parts.get(index / depths) {
            Some(part) if part.is_empty() => Ok(0.0),
            Some(part) => Ok(trainer.pass(part, step, Probe::default())?),
            None => Ok(trainer.pass(rows, step, probe)?),
        };
        let losses: Vec<f64> =
            self.trainers.par_iter_mut().enumerate().map(pass).collect::<Result<_, Error>>()?;
        self.gradient.fill(0.0);
        let mut total = 0.0;
        for (index, loss) in losses.into_iter().enumerate() {
            let share = match parts.get(index / depths) {
                Some(part) if part.is_empty() => continue,
                Some(part) => (part.len() / self.columns) as f64 / count as f64,
                None => 1.0 / self.members as f64,
            };
            self.add_gradient(index, share as f32);
            total += share * loss;
        }
        self.parts = stays.then_some(parts);
        self.shorten_gradient();
        self.optimizer.step(&mut self.parameters, &self.gradient);
        self.refresh();
        Ok(total)
    }

    fn gradients(&mut self) -> Vec<RowGradients<'_>> {
        self.trainers.iter_mut().map(Trainer::row_gradients).collect()
    }

    fn shows_gradients(&self) -> bool {
        self.every_row
    }

    fn uses_covariance(&self) -> bool {
        false
    }

    fn score_into(&self, rows: &[f32], scores: &mut [f32]) -> Result<(), Error> {
        self.keep().score_into(Rows { values: rows, columns: self.columns }, scores)
    }

    fn keep(&self) -> Members {
        let networks = self.trainers.iter().map(|trainer| trainer.network().clone()).collect();
        Members { networks, depths: self.depths, every_row: self.every_row }
    }

    fn state(&self) -> Vec<NamedTensor> {
        let parameters = NamedTensor::f32("parameters", &[self.parameters.len()], self.parameters.clone());
        std::iter::once(parameters).chain(optimizer_tensors(&self.optimizer)).collect()
    }

    fn restore(&mut self, state: &Tensors<'_>) -> Result<(), ModelFileError> {
        copy_f32(state, "parameters", &mut self.parameters)?;
        restore_optimizer(&mut self.optimizer, state)?;
        self.refresh();
        Ok(())
    }

    fn kept_tensors(kept: &Members) -> Vec<NamedTensor> {
        let of_network = |(index, network)| network_tensors(network, &format!("{index}."));
        kept.networks.iter().enumerate().flat_map(of_network).collect()
    }

    fn kept_from(&self, tensors: &Tensors<'_>) -> Result<Members, ModelFileError> {
        let mut kept = self.keep();
        for (index, network) in kept.networks.iter_mut().enumerate() {
            fill_network(network, &tensors.under(&format!("{index}.")))?;
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loss and gradient of the shared weights, by the passes that train them.
    fn loss_and_gradient(shared: &mut SharedWeights, rows: &[f32]) -> f64 {
        let step = Step { epoch: 0, batch: 0 };
        shared.refresh();
        shared.gradient.fill(0.0);
        let share = 1.0 / shared.members as f64;
        let mut total = 0.0;
        for index in 0..shared.trainers.len() {
            let loss = shared.trainers[index].pass(rows, step, Probe::default());
            total += share * loss.expect("the rows fit");
            shared.add_gradient(index, share as f32);
        }
        total
    }

    #[test]
    fn gradients_of_effective_weights_arrive_at_the_shared_ones() {
        let key = Key::new(5, Stream::Shuffle, &[]);
        let values: Vec<f32> = (0..20 * 6).map(|at| key.normal(at) as f32).collect();
        // Smooth, so that finite differences in 32 bits say something.
        let settings =
            Robod { activation: ActivationName::Tanh, members: 2, ..Robod::preset(Preset::Default) };
        let mut shared = SharedWeights::new(&settings, Rows { values: &values, columns: 6 })
            .expect("the settings are in range");
        loss_and_gradient(&mut shared, &values);
        let gradient = shared.gradient.clone();
        let largest = gradient.iter().fold(0.0f32, |largest, g| largest.max(g.abs()));
        for index in (0..shared.parameters.len()).step_by(3) {
            let mut moved = |by: f32| {
                let before = shared.parameters[index];
                shared.parameters[index] += by;
                let loss = loss_and_gradient(&mut shared, &values);
                shared.parameters[index] = before;
                loss
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            let difference = (slope - f64::from(gradient[index])).abs();
            assert!(difference < 2e-3 * f64::from(largest), "{index}: {slope} and {}", gradient[index]);
        }
    }
}
