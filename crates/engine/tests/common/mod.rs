//! A network in naive f64: slow, plain, and independent of the engine's kernels.
#![allow(dead_code)]

use gradstop_engine::random::{Key, Purpose, dropout_threshold};
use gradstop_engine::*;

/// Address of the dropout masks of a pass.
#[derive(Clone, Copy)]
pub(crate) struct Masks {
    pub(crate) seed: u64,
    pub(crate) step: Step,
}

/// Test rows: standard normal, with a few rows far out.
pub(crate) fn rows(count: usize, columns: usize, seed: u64) -> Vec<f32> {
    let key = Key::new(seed, Purpose::Shuffle, &[99]);
    let scale = |row: usize| if row.is_multiple_of(7) { 3.0 } else { 1.0 };
    (0..count * columns).map(|i| (key.normal(i as u64) * scale(i / columns)) as f32).collect()
}

/// J of every row; training mode if there are masks, else evaluation mode. A soft boundary has radius 0.
pub(crate) fn losses(
    network: &Network,
    objective: &Objective,
    parameters: &[f64],
    rows: &[f32],
    masks: Option<Masks>,
) -> Vec<f64> {
    let (outputs, divergences) = outputs(network, parameters, rows, masks);
    let columns = network.architecture().inputs();
    let table: Vec<Vec<f64>> = rows.chunks_exact(columns).map(f64s).collect();
    let squared = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let pairs = outputs.iter().zip(&table);
    let losses: Vec<f64> = match objective {
        Objective::SquaredError => pairs.map(|(output, row)| squared(output, row)).collect(),
        Objective::MeanSquaredError => {
            pairs.map(|(output, row)| squared(output, row) / columns as f64).collect()
        }
        Objective::Distance { center } => {
            outputs.iter().map(|output| squared(output, &f64s(center))).collect()
        }
        Objective::SoftBoundary { center, nu } => {
            outputs.iter().map(|output| squared(output, &f64s(center)) / f64::from(*nu)).collect()
        }
        Objective::RandomDistances { target } => {
            let (targets, _) = self::outputs(target, &f64s(target.parameters()), rows, None);
            let Masks { seed, step } = masks.unwrap();
            let mut partners: Vec<usize> = (0..outputs.len()).collect();
            Key::new(seed, Purpose::Partners, &[step.epoch, step.batch]).shuffle(&mut partners);
            let likeness = |seen: &[Vec<f64>], row: usize, other: usize| {
                let length = |row: usize| seen[row].iter().map(|value| value.abs()).sum::<f64>();
                let product: f64 = seen[row].iter().zip(&seen[other]).map(|(a, b)| a * b).sum();
                product / (length(row) * length(other))
            };
            let one = |row: usize| {
                let mean = squared(&outputs[row], &targets[row]) / targets[row].len() as f64;
                let other = partners[row];
                mean + (likeness(&targets, row, other) - likeness(&outputs, row, other)).powi(2)
            };
            (0..outputs.len()).map(one).collect()
        }
    };
    losses.iter().zip(divergences).map(|(loss, divergence)| loss + divergence).collect()
}

/// Outputs of every row, and the weighted divergences of its sampling layers.
fn outputs(
    network: &Network,
    parameters: &[f64],
    rows: &[f32],
    masks: Option<Masks>,
) -> (Vec<Vec<f64>>, Vec<f64>) {
    let architecture = network.architecture();
    let columns = architecture.inputs();
    let mut batch: Vec<Vec<f64>> = rows.chunks_exact(columns).map(f64s).collect();
    let mut divergences = vec![0.0; batch.len()];
    let mut at = 0;
    for (index, layer) in architecture.layers().iter().enumerate() {
        let (inputs, outputs) = (architecture.input_width(index), architecture.output_width(index));
        match *layer {
            Layer::Dense { bias, .. } => {
                let weight = &parameters[at..at + inputs * outputs];
                at += inputs * outputs;
                let offset = if bias { parameters[at..at + outputs].to_vec() } else { vec![0.0; outputs] };
                at += if bias { outputs } else { 0 };
                for row in &mut batch {
                    let dense = |o: usize| {
                        let products =
                            weight[o * inputs..][..inputs].iter().zip(row.iter()).map(|(w, a)| w * a);
                        products.sum::<f64>() + offset[o]
                    };
                    *row = (0..outputs).map(dense).collect();
                }
            }
            Layer::BatchNorm(norm) => {
                let (gamma, beta) = (&parameters[at..at + outputs], &parameters[at + outputs..][..outputs]);
                at += 2 * outputs;
                for o in 0..outputs {
                    let (mean, variance) = match masks {
                        Some(_) => moments(&batch, o),
                        None => running(network, index, o),
                    };
                    let deviation = (variance + f64::from(norm.epsilon)).sqrt();
                    batch
                        .iter_mut()
                        .for_each(|row| row[o] = gamma[o] * (row[o] - mean) / deviation + beta[o]);
                }
            }
            Layer::Activation(activation) => {
                batch.iter_mut().flatten().for_each(|value| *value = activate(activation, *value));
            }
            Layer::Sample(constants) => {
                let key = masks.map(|Masks { seed, step }| {
                    Key::new(seed, Purpose::Noise, &[step.epoch, step.batch, index as u64])
                });
                for (row, values) in batch.iter_mut().enumerate() {
                    let (mean, log_variance) = values.split_at(outputs);
                    let noise = |unit: usize| key.map_or(0.0, |key| key.at(row as u64).normal(unit as u64));
                    let terms = mean.iter().zip(log_variance);
                    let divergence: f64 = terms.map(|(m, v)| v.exp() + m * m - 1.0 - v).sum();
                    divergences[row] += f64::from(constants.divergence_weight) * 0.5 * divergence;
                    *values =
                        (0..outputs).map(|u| mean[u] + (0.5 * log_variance[u]).exp() * noise(u)).collect();
                }
            }
            Layer::Dropout { rate } => {
                let Some(Masks { seed, step }) = masks else { continue };
                let key = Key::new(seed, Purpose::Dropout, &[step.epoch, step.batch, index as u64]);
                let threshold = dropout_threshold(rate);
                for (row, values) in batch.iter_mut().enumerate() {
                    for (unit, value) in values.iter_mut().enumerate() {
                        let kept = key.at(row as u64).keeps(unit, threshold);
                        *value *= if kept { 1.0 / (1.0 - f64::from(rate)) } else { 0.0 };
                    }
                }
            }
        }
    }
    (batch, divergences)
}

fn moments(batch: &[Vec<f64>], column: usize) -> (f64, f64) {
    let count = batch.len() as f64;
    let mean = batch.iter().map(|row| row[column]).sum::<f64>() / count;
    (mean, batch.iter().map(|row| (row[column] - mean).powi(2)).sum::<f64>() / count)
}

fn running(network: &Network, layer: usize, column: usize) -> (f64, f64) {
    let tensor = |kind: &str| {
        let name = format!("{layer}.{kind}");
        let index = network.tensors().iter().position(|tensor| tensor.name == name).unwrap();
        f64::from(network.tensor(index)[column])
    };
    (tensor("running_mean"), tensor("running_variance"))
}

fn activate(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Relu => z.max(0.0),
        Activation::LeakyRelu { slope } => {
            if z > 0.0 {
                z
            } else {
                f64::from(slope) * z
            }
        }
        Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
        Activation::Tanh => z.tanh(),
        Activation::Identity => z,
    }
}

/// Gradient of every row's J by central differences: one vector of parameters a row.
pub(crate) fn row_gradients(
    network: &Network,
    objective: &Objective,
    rows: &[f32],
    masks: Masks,
) -> Vec<Vec<f64>> {
    const STEP: f64 = 1e-6;
    let parameters: Vec<f64> = network.parameters().iter().map(|&p| f64::from(p)).collect();
    let count = rows.len() / network.architecture().inputs();
    let mut gradients = vec![vec![0.0; parameters.len()]; count];
    for index in 0..parameters.len() {
        let moved = |step: f64| {
            let mut parameters = parameters.clone();
            parameters[index] += step;
            losses(network, objective, &parameters, rows, Some(masks))
        };
        for (row, (up, down)) in moved(STEP).into_iter().zip(moved(-STEP)).enumerate() {
            gradients[row][index] = (up - down) / (2.0 * STEP);
        }
    }
    gradients
}

pub(crate) fn f64s(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

pub(crate) fn dense(outputs: usize) -> Layer {
    Layer::Dense { outputs, bias: true }
}

pub(crate) fn norm() -> Layer {
    Layer::BatchNorm(BatchNorm::default())
}

/// A network whose parameters are all far from 0, gamma and beta included.
pub(crate) fn network(columns: usize, layers: Vec<Layer>, seed: u64) -> Network {
    let architecture = Architecture::new(columns, layers).unwrap();
    let mut network = Network::new(architecture, Initialization::Normal { deviation: 0.5 }, seed);
    let key = Key::new(seed, Purpose::Shuffle, &[7]);
    for index in 0..network.tensors().len() {
        if network.tensors()[index].shape.len() == 1 {
            for (at, value) in network.tensor_mut(index).iter_mut().enumerate() {
                *value += 0.2 * key.uniform((index * 100 + at) as u64) as f32;
            }
        }
    }
    network
}
