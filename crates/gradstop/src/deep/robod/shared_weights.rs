//! ROBOD under training: one weight for all members, and each member's scales.
//!
//! With G the gradient of a member's effective weight `W * s r^T`:
//!
//! ```text
//! dW += G * s r^T    ds_o += sum over i of G_oi W_oi r_i    dr_i += sum over o of G_oi W_oi s_o
//! ```

use gradstop_engine::random::{Key, Purpose};
use gradstop_engine::{Initialization, Layer, NestedTrainer, Network, OptimizerState, RowGradients, Step};
use rayon::prelude::*;

use crate::deep::robod::members::{Members, gather, met_by};
use crate::deep::robod::settings::Robod;
use crate::error::{Error, ModelFileError};
use crate::model::tensors::{NamedTensor, Tensors, copy_f32};
use crate::model::{Model, Rows};
use crate::training::network_state::network_tensors;
use crate::training::network_state::{
    fill_network, optimizer_tensors, restore_optimizer, restore_selection, selection_tensor,
};
use crate::training::step::{Chosen, ChosenRows, TrainStep};

/// Standard deviation of the scales around 1 at the start.
const SCALE_DEVIATION: f64 = 0.5;

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

/// Which rows of a batch each member meets.
enum Meeting {
    /// All of them.
    All,
    /// Some each: their values, and where they stand in the batch.
    Dealt(Vec<(Vec<f32>, Vec<usize>)>),
}

/// The shared weights under training, with a trainer for each member.
pub(super) struct SharedWeights {
    layers: Vec<SharedLayer>,
    all_rows: bool,
    columns: usize,
    /// Length of all W together, and of one member's scales.
    weights: usize,
    scales: usize,
    parameters: Vec<f32>,
    gradient: Vec<f32>,
    optimizer: OptimizerState,
    gradient_limit: f32,
    trainers: Vec<NestedTrainer>,
    /// Who meets whom of the whole table, where every batch is the whole table.
    whole: Option<Meeting>,
    /// How much each row of the last batch counted, over the members that met it.
    counted: Vec<f32>,
}

impl SharedWeights {
    pub(super) fn new(settings: &Robod, rows: Rows<'_>) -> Result<Self, Error> {
        let (columns, seed, plan) = (rows.columns, settings.training.seed, settings.training.plan());
        let deepest = settings.architecture(columns)?;
        let start = Network::new(deepest.clone(), Initialization::Uniform, seed);
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
                let key = Key::new(seed, Purpose::Members, &[2, member as u64, at as u64]);
                let own = &mut parameters[weights + member * scales + layer.scales..];
                for (index, scale) in own[..layer.inputs + layer.outputs].iter_mut().enumerate() {
                    *scale = (1.0 + SCALE_DEVIATION * key.normal(index as u64)) as f32;
                }
                own[layer.inputs + layer.outputs..][..layer.outputs].copy_from_slice(bias);
            }
        }
        let trainer = |_| {
            let trainer = NestedTrainer::new(Network::zeros(deepest.clone()))?;
            Ok(match plan.trim {
                Some(trimming) => trainer.with_selection(trimming.selection()?),
                None => trainer,
            })
        };
        let trainers: Vec<NestedTrainer> =
            (0..settings.members).map(trainer).collect::<Result<_, Error>>()?;
        let mut shared = Self {
            layers,
            all_rows: settings.all_rows,
            columns,
            weights,
            scales,
            gradient: vec![0.0; parameters.len()],
            optimizer: OptimizerState::new(plan.optimizer, parameters.len()),
            gradient_limit: plan.gradient_limit,
            parameters,
            trainers,
            whole: None,
            counted: Vec::new(),
        };
        if plan.batch_size == 0 {
            shared.whole = Some(shared.meet(rows.values));
        }
        shared.refresh();
        Ok(shared)
    }

    /// Writes the effective weights of every member.
    fn refresh(&mut self) {
        let mut trainers = std::mem::take(&mut self.trainers);
        trainers.par_iter_mut().enumerate().for_each(|(member, trainer)| {
            let mut effective = &mut trainer.network_mut().parameters_mut()[..];
            for layer in &self.layers {
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

    /// Takes the gradients of the members' effective weights, each times its share, back to the shared ones: layer by
    /// layer, the members in turn.
    fn gather_gradients(&mut self, shares: &[f32]) {
        let mut gradient = std::mem::take(&mut self.gradient);
        gradient.fill(0.0);
        let (mut weights, members) = gradient.split_at_mut(self.weights);
        let mut scales: Vec<&mut [f32]> = members.chunks_exact_mut(self.scales).collect();
        let mut effective: Vec<&[f32]> = self.trainers.iter().map(NestedTrainer::gradient).collect();
        let of_layers: Vec<_> = self
            .layers
            .iter()
            .map(|layer| {
                let length = layer.inputs * layer.outputs;
                let of_weight = weights.split_off_mut(..length).expect("a weight of every layer");
                let of_members: Vec<_> = scales
                    .iter_mut()
                    .zip(&mut effective)
                    .map(|(scales, effective)| {
                        let own = scales.split_off_mut(..layer.inputs + 2 * layer.outputs);
                        let from = effective.split_off(..length + layer.outputs);
                        (own.expect("scales of every layer"), from.expect("a gradient of every layer"))
                    })
                    .collect();
                (layer, of_weight, of_members)
            })
            .collect();
        of_layers.into_par_iter().for_each(|(layer, of_weight, of_members)| {
            for (member, (own, from)) in of_members.into_iter().enumerate() {
                let (weight, scales) = self.of_layer(layer, member);
                layer.add_gradient((weight, scales), (from, shares[member]), (of_weight, own));
            }
        });
        self.gradient = gradient;
    }

    /// Draws together how much each of so many rows counted for the members.
    fn count(&mut self, rows: usize, meeting: &Meeting) {
        let Self { counted, trainers, .. } = self;
        counted.clear();
        counted.resize(rows, 0.0);
        let share = 1.0 / trainers.len() as f32;
        for (member, trainer) in trainers.iter().enumerate() {
            let Some(selected) = trainer.selected() else { return counted.clear() };
            match meeting {
                Meeting::All => {
                    counted.iter_mut().zip(selected.weights).for_each(|(sum, weight)| *sum += share * weight)
                }
                Meeting::Dealt(parts) => {
                    parts[member]
                        .1
                        .iter()
                        .zip(selected.weights)
                        .for_each(|(&row, &weight)| counted[row] = weight);
                }
            }
        }
    }

    /// Which rows each member meets.
    fn meet(&self, rows: &[f32]) -> Meeting {
        if self.all_rows {
            return Meeting::All;
        }
        let rows = Rows { values: rows, columns: self.columns };
        let part = |met: Vec<usize>| (gather(rows, &met), met);
        Meeting::Dealt(met_by(rows, self.trainers.len()).into_iter().map(part).collect())
    }
}

impl Meeting {
    /// The rows of a batch that a member meets.
    fn rows<'a>(&'a self, member: usize, batch: &'a [f32]) -> &'a [f32] {
        match self {
            Self::All => batch,
            Self::Dealt(parts) => &parts[member].0,
        }
    }
}

impl SharedLayer {
    /// Adds what follows from the gradient G of a member's effective weight and bias, times its share, to that of the
    /// shared weight and to that of the member's r, s and b.
    fn add_gradient(
        &self,
        (weight, scales): (&[f32], &[f32]),
        (effective, share): (&[f32], f32),
        (of_weight, of_scales): (&mut [f32], &mut [f32]),
    ) {
        let (r, rest) = scales.split_at(self.inputs);
        let (of_r, rest_of) = of_scales.split_at_mut(self.inputs);
        let (of_s, of_b) = rest_of.split_at_mut(self.outputs);
        let (g, g_of_b) = effective.split_at(weight.len());
        let lines = g.chunks_exact(self.inputs).zip(weight.chunks_exact(self.inputs));
        let targets = of_weight.chunks_exact_mut(self.inputs).zip(of_s);
        for (((g, w), (of_w, of_s)), &s) in lines.zip(targets).zip(rest) {
            let s = share * s;
            for ((of_w, of_r), ((&g, &w), &r)) in of_w.iter_mut().zip(&mut *of_r).zip(g.iter().zip(w).zip(r))
            {
                *of_w += s * g * r;
                *of_r += s * g * w;
            }
            *of_s += share * sum_of_products(g, w, r);
        }
        of_b.iter_mut().zip(g_of_b).for_each(|(sum, g)| *sum += share * g);
    }
}

/// `sum over i of a_i b_i c_i`, in lanes that the compiler takes for vectors.
fn sum_of_products(a: &[f32], b: &[f32], c: &[f32]) -> f32 {
    const LANES: usize = 8;
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let (c, c_rest) = c.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane] * c[lane];
        }
    }
    let rest = a_rest.iter().zip(b_rest).zip(c_rest).map(|((a, b), c)| a * b * c);
    sums.into_iter().chain(rest).sum()
}

impl TrainStep for SharedWeights {
    type Kept = Members;

    fn advance(&mut self, rows: &[f32], _: Step, probe: &[usize]) -> Result<f64, Error> {
        let kept = self.whole.take();
        let is_whole = kept.is_some();
        let meeting = kept.unwrap_or_else(|| self.meet(rows));
        let (members, columns) = (self.trainers.len(), self.columns);
        let share = |member: usize| match &meeting {
            Meeting::All => 1.0 / members as f64,
            Meeting::Dealt(parts) => parts[member].1.len() as f64 / (rows.len() / columns) as f64,
        };
        let probe = if self.all_rows { probe } else { &[] };
        let pass = |(member, trainer): (usize, &mut NestedTrainer)| match meeting.rows(member, rows) {
            [] => Ok(0.0),
            part => Ok(share(member) * trainer.pass(part, probe)?),
        };
        let losses = self.trainers.par_iter_mut().enumerate().map(pass);
        let losses: Vec<f64> = losses.collect::<Result<_, Error>>()?;
        // A member that met no row has no share, whatever its gradient was the last time.
        let shares: Vec<f32> = (0..members).map(|member| share(member) as f32).collect();
        self.gather_gradients(&shares);
        self.count(rows.len() / columns, &meeting);
        self.whole = is_whole.then_some(meeting);
        OptimizerState::shorten(&mut self.gradient, self.gradient_limit);
        self.optimizer.step(&mut self.parameters, &self.gradient);
        self.refresh();
        Ok(losses.into_iter().sum())
    }

    fn gradients(&mut self) -> Vec<RowGradients<'_>> {
        self.trainers.iter_mut().map(NestedTrainer::row_gradients).collect()
    }

    fn shows_gradients(&self) -> bool {
        self.all_rows
    }

    fn selected(&self) -> Option<Chosen<'_>> {
        let thresholds: Vec<f32> =
            self.trainers.iter().filter_map(|trainer| trainer.selected()?.threshold).collect();
        (!self.counted.is_empty() && !thresholds.is_empty()).then(|| Chosen {
            rows: ChosenRows::Here(&self.counted),
            threshold: thresholds.iter().map(|&threshold| f64::from(threshold)).sum::<f64>()
                / thresholds.len() as f64,
        })
    }

    /// As the members would, on the way forward of the next step.
    fn score_into(&mut self, rows: &[f32], scores: &mut [f32]) -> Result<(), Error> {
        let Some(meeting) = &self.whole else {
            return self.keep().score_into(Rows { values: rows, columns: self.columns }, scores);
        };
        let score = |(member, trainer): (usize, &mut NestedTrainer)| {
            let part = meeting.rows(member, rows);
            let mut losses = vec![0.0; part.len() / self.columns];
            trainer.losses_into(part, &mut losses)?;
            Ok(losses)
        };
        let losses = self.trainers.par_iter_mut().enumerate().map(score);
        let losses: Vec<Vec<f32>> = losses.collect::<Result<_, Error>>()?;
        match meeting {
            Meeting::All => Members::average(&losses, scores),
            Meeting::Dealt(parts) => {
                for ((_, met), losses) in parts.iter().zip(&losses) {
                    met.iter().zip(losses).for_each(|(&row, &loss)| scores[row] = loss);
                }
            }
        }
        Ok(())
    }

    fn keep(&self) -> Members {
        let networks = self.trainers.iter().map(|trainer| trainer.network().clone()).collect();
        Members { networks, all_rows: self.all_rows }
    }

    fn state(&self) -> Vec<NamedTensor> {
        let parameters = NamedTensor::f32("parameters", &[self.parameters.len()], self.parameters.clone());
        let selections = self.trainers.iter().enumerate().filter_map(|(member, trainer)| {
            Some(selection_tensor(trainer.selection()?, &format!("selection.{member}")))
        });
        std::iter::once(parameters).chain(optimizer_tensors(&self.optimizer)).chain(selections).collect()
    }

    fn restore(&mut self, state: &Tensors<'_>) -> Result<(), ModelFileError> {
        copy_f32(state, "parameters", &mut self.parameters)?;
        restore_optimizer(&mut self.optimizer, state)?;
        for (member, trainer) in self.trainers.iter_mut().enumerate() {
            if let Some(selection) = trainer.selection_mut() {
                restore_selection(selection, state, &format!("selection.{member}"))?;
            }
        }
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
    use crate::deep::settings::{ActivationName, TrainingSettings, TrimSetting};
    use crate::method::Algorithm;
    use crate::method::preset::Preset;

    /// Loss and gradient of the shared weights, by the passes that train them.
    fn loss_and_gradient(shared: &mut SharedWeights, rows: &[f32]) -> f64 {
        shared.refresh();
        let share = 1.0 / shared.trainers.len() as f64;
        let losses = shared.trainers.iter_mut().map(|trainer| trainer.pass(rows, &[]).expect("the rows fit"));
        let total = losses.sum::<f64>();
        shared.gather_gradients(&vec![share as f32; shared.trainers.len()]);
        share * total
    }

    #[test]
    fn gradients_of_effective_weights_arrive_at_the_shared_ones() {
        let key = Key::new(5, Purpose::Shuffle, &[]);
        let values: Vec<f32> = (0..20 * 6).map(|at| key.normal(at) as f32).collect();
        // Smooth, so that finite differences in 32 bits say something.
        let settings =
            Robod { activation: ActivationName::Tanh, members: 2, ..Robod::preset(Preset::Default) };
        // All rows count, so that the loss is that of the gradient.
        let training = TrainingSettings { trim: TrimSetting::Share(0.0), ..settings.training.clone() };
        let settings = Robod { training, ..settings };
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
