//! What is kept of the probe rows while a pass goes by: the small factors of their gradients, which
//! `row_gradients` has the formulas for.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use crate::architecture::Layer;
use crate::covariance::{Covariance, column_means, correlation_from, correlation_of};
use crate::layers::batch_norm::Statistics;
use crate::memory::Slab;
use crate::network::Network;
use crate::vectorised::vectorised;

/// What is kept of the probe rows during a pass: the small factors of their gradients.
#[derive(Debug)]
pub(crate) struct Capture {
    /// Positions of the probe rows in what passes by, rising.
    pub(crate) probe: Vec<usize>,
    /// Whether the pass under way is the one that they are taken from.
    taking: bool,
    /// Factors of each layer that has parameters.
    pub(crate) factors: Vec<Option<Factors>>,
    pub(crate) parameters: usize,
    /// Room for summed gradients, so that no epoch asks for it anew.
    room: Mutex<Vec<f32>>,
}

/// Matrices of shape (probe rows x width); where rows come by in parts, of those of all probe rows.
#[derive(Debug)]
pub(crate) enum Factors {
    /// A dense layer whose rows are independent.
    Dense(DenseFactors),
    /// A batch-norm: e and zh.
    BatchNorm { width: usize, error: Vec<f32>, standard: Vec<f32> },
    /// A dense layer below a batch-norm.
    Coupled(Coupled),
}

/// A dense layer whose rows are independent: its input and the error at its output.
#[derive(Debug)]
pub(crate) struct DenseFactors {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) bias: bool,
    /// How often each probe row comes by, every time with a part of its gradient: 2 where it has a partner.
    pub(crate) parts: usize,
    /// 1 for a weight that is there and 0 for one that is not, (outputs x inputs); empty if all are.
    pub(crate) connections: Vec<f32>,
    pub(crate) input: Vec<f32>,
    pub(crate) error: Vec<f32>,
}

/// The dense layer under a batch-norm: the centred inputs and c; A and zh come from the batch-norm.
#[derive(Debug, Default)]
pub(crate) struct Coupled {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) bias: bool,
    /// x_i - xbar, (probe rows x inputs).
    pub(crate) centred: Vec<f32>,
    /// gamma / deviation, (outputs).
    pub(crate) gain: Vec<f32>,
    /// c transposed, (inputs x outputs): the hidden layer is mostly the wider one, and loops run along it.
    pub(crate) correlation: Vec<f32>,
    /// |c_o|^2, (outputs).
    pub(crate) lengths: Vec<f32>,
}

/// e and zh at the batch-norm above a coupled layer, (probe rows x outputs).
#[derive(Clone, Copy)]
pub(crate) struct AtNorm<'a> {
    pub(crate) error: &'a [f32],
    pub(crate) standard: &'a [f32],
}

impl Capture {
    /// With how often each row comes by at each layer.
    pub(crate) fn new(network: &Network, parts: impl Fn(usize) -> usize) -> Self {
        let architecture = network.architecture();
        let layers = architecture.layers();
        let factors = (0..layers.len()).map(|index| {
            let (inputs, outputs) = (architecture.input_width(index), architecture.output_width(index));
            let below_norm = matches!(layers.get(index + 1), Some(Layer::BatchNorm(_)));
            match layers[index] {
                Layer::Dense { bias, .. } if below_norm => {
                    Some(Factors::Coupled(Coupled { inputs, outputs, bias, ..Coupled::default() }))
                }
                Layer::Dense { bias, .. } => {
                    let weight = network.parameter_range(index).start..;
                    let connections = network.connections.get(weight).unwrap_or_default();
                    Some(Factors::Dense(DenseFactors {
                        inputs,
                        outputs,
                        bias,
                        parts: parts(index),
                        connections: connections.iter().take(inputs * outputs).copied().collect(),
                        input: Vec::new(),
                        error: Vec::new(),
                    }))
                }
                Layer::BatchNorm(_) => {
                    Some(Factors::BatchNorm { width: outputs, error: Vec::new(), standard: Vec::new() })
                }
                Layer::Activation(_) | Layer::Dropout { .. } | Layer::Sample(_) => None,
            }
        });
        Self {
            probe: Vec::new(),
            taking: false,
            factors: factors.collect(),
            parameters: network.parameters().len(),
            room: Mutex::default(),
        }
    }

    /// Room for summed gradients, with whatever was left there.
    pub(crate) fn room(&self) -> MutexGuard<'_, Vec<f32>> {
        self.room.lock().expect("no sum panicked")
    }

    /// Makes room for the probe rows of a pass; without any, what was kept before stays.
    pub(crate) fn begin(&mut self, probe: &[usize]) {
        self.taking = !probe.is_empty();
        if !self.taking {
            return;
        }
        self.probe.clear();
        self.probe.extend_from_slice(probe);
        let count = probe.len();
        for factors in self.factors.iter_mut().flatten() {
            match factors {
                Factors::Dense(dense) => {
                    dense.input.resize(count * dense.parts * dense.inputs, 0.0);
                    dense.error.resize(count * dense.parts * dense.outputs, 0.0);
                }
                Factors::BatchNorm { width, error, standard } => {
                    error.resize(count * *width, 0.0);
                    standard.resize(count * *width, 0.0);
                }
                Factors::Coupled(_) => {}
            }
        }
    }

    /// Keeps input and error of probe rows at a dense layer: for each the place of the part, and its row in what is
    /// shown.
    pub(crate) fn dense(
        &mut self,
        layer: usize,
        parts: impl Iterator<Item = (usize, usize)>,
        from: &[f32],
        error_from: &[f32],
    ) {
        let Some(Factors::Dense(dense)) = &mut self.factors[layer] else {
            return; // coupled: the batch-norm above it and the table say all
        };
        for (at, row) in parts {
            copy_row(&mut dense.input, at, from, row, dense.inputs);
            copy_row(&mut dense.error, at, error_from, row, dense.outputs);
        }
    }

    /// Completes the factors around batch-norms, which depend on the whole batch, once its pass is over.
    pub(crate) fn finish(
        &mut self,
        network: &Network,
        segments: &[Range<usize>],
        (norms, slabs): (&[Statistics], &[Slab]),
        rows: &[f32],
        covariance: Option<&Covariance>,
    ) {
        if !self.taking || norms.is_empty() {
            return;
        }
        for (at, (segment, norm)) in segments[1..].iter().zip(norms).enumerate() {
            self.keep_norm(segment.start, norm, slabs, at);
        }
        let Some(Factors::Coupled(coupled)) = &mut self.factors[0] else {
            return;
        };
        let columns = coupled.inputs;
        coupled.gain.clear();
        coupled.gain.extend_from_slice(norms[0].gain());
        let means;
        let mean = match covariance {
            Some(covariance) => &covariance.mean,
            None => {
                means = column_means(rows, columns);
                &means
            }
        };
        coupled.correlation.resize(coupled.outputs * columns, 0.0);
        match covariance {
            Some(covariance) => correlation_from(covariance, network, &norms[0], &mut coupled.correlation),
            None => correlation_of(rows, network, &norms[0], &mut coupled.correlation),
        }
        coupled.centred.resize(self.probe.len() * columns, 0.0);
        coupled.lengths.resize(coupled.outputs, 0.0);
        coupled.lengths.fill(0.0);
        let Coupled { centred, correlation, lengths, outputs, .. } = coupled;
        vectorised(
            #[inline(always)]
            || {
                for (&row, centred) in self.probe.iter().zip(centred.chunks_exact_mut(columns)) {
                    let values = row_of(rows, row, columns);
                    for ((centred, &x), &mean) in centred.iter_mut().zip(values).zip(mean) {
                        *centred = x - mean;
                    }
                }
                for c in correlation.chunks_exact(*outputs) {
                    for (length, &c) in lengths.iter_mut().zip(c) {
                        *length += c * c;
                    }
                }
            },
        );
    }

    /// Keeps e and zh of the probe rows at the batch-norm `layer`, from what crossed this boundary.
    fn keep_norm(&mut self, layer: usize, norm: &Statistics, slabs: &[Slab], boundary: usize) {
        let Some(Factors::BatchNorm { width, error, standard }) = &mut self.factors[layer] else {
            unreachable!("a batch-norm keeps a batch-norm's factors");
        };
        let (width, slab_rows) = (*width, slabs[0].rows.len());
        let factors = error.chunks_exact_mut(width).zip(standard.chunks_exact_mut(width));
        vectorised(
            #[inline(always)]
            || {
                for (&row, (error, standard)) in self.probe.iter().zip(factors) {
                    let crossed = &slabs[row / slab_rows].boundaries[boundary];
                    let row = row % slab_rows;
                    error.copy_from_slice(row_of(&crossed.error, row, width));
                    norm.standardise_row(row_of(&crossed.input, row, width), standard);
                }
            },
        );
    }

    /// The first layer, if it stands under a batch-norm.
    pub(crate) fn coupled(&self) -> Option<&Coupled> {
        match &self.factors[0] {
            Some(Factors::Coupled(coupled)) => Some(coupled),
            _ => None,
        }
    }

    /// e and zh of the probe rows at the batch-norm above the first layer.
    pub(crate) fn at_norm(&self) -> AtNorm<'_> {
        match self.factors.get(1) {
            Some(Some(Factors::BatchNorm { error, standard, .. })) => AtNorm { error, standard },
            _ => unreachable!("a coupled layer stands under a batch-norm"),
        }
    }
}

fn copy_row(target: &mut [f32], at: usize, source: &[f32], row: usize, width: usize) {
    target[at * width..][..width].copy_from_slice(&source[row * width..][..width]);
}

/// Row `row` of a row-major matrix.
pub(crate) fn row_of(values: &[f32], row: usize, width: usize) -> &[f32] {
    &values[row * width..][..width]
}
