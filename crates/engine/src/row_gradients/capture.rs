//! What is kept of the probe rows while a pass goes by: the small factors of their gradients.

use std::sync::Mutex;

use pulp::Simd;

use crate::batch::covariance::{Covariance, column_means, correlation_from, correlation_of};
use crate::batch::under_norm::UnderNorm;
use crate::network::Network;
use crate::network::architecture::Layer;
use crate::network::layers::batch_norm::Statistics;
use crate::row_gradients::factors::{AtNorm, Coupled, DenseFactors, Factors};
use crate::simd::buffer::{Buffer, zeros};
use crate::simd::columns::{Plain, Term, map_rows};

/// What is known of the whole batch beside its rows.
#[derive(Clone, Copy)]
pub(crate) enum Known<'a> {
    /// All that a layer under a batch-norm depends on.
    Layer(&'a UnderNorm),
    /// Its columns.
    Columns(&'a Covariance),
    Nothing,
}

/// What is kept of the probe rows during a pass: the small factors of their gradients.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    /// Positions of the probe rows in what passes by, rising.
    pub(crate) probe: Vec<usize>,
    /// Whether the pass under way is the one that they are taken from.
    taking: bool,
    /// Whether that pass used other threads, which are awake then.
    pub(crate) shared: bool,
    /// Factors of each layer that has parameters.
    pub(crate) factors: Vec<Option<Factors>>,
    /// Squared length of the gradient of each probe row.
    pub(crate) squares: Vec<f64>,
    pub(crate) parameters: usize,
    /// Room for summed gradients, so that no epoch asks for it anew.
    room: Mutex<Vec<f32>>,
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
                    Some(Factors::Coupled(Coupled::new(inputs, outputs, bias)))
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
                        input: zeros(0),
                        error: zeros(0),
                    }))
                }
                Layer::BatchNorm(_) => {
                    Some(Factors::BatchNorm { width: outputs, error: zeros(0), standard: zeros(0) })
                }
                Layer::Activation(_) | Layer::Dropout { .. } | Layer::Sample(_) => None,
            }
        });
        Self {
            probe: Vec::new(),
            taking: false,
            shared: false,
            factors: factors.collect(),
            squares: Vec::new(),
            parameters: network.parameters().len(),
            room: Mutex::default(),
        }
    }

    /// Room for summed gradients, with whatever was left there; to be [put back](Self::put_back).
    pub(crate) fn take_room(&self) -> Vec<f32> {
        std::mem::take(&mut *self.room.lock().expect("nobody panics with it"))
    }

    pub(crate) fn put_back(&self, room: Vec<f32>) {
        *self.room.lock().expect("nobody panics with it") = room;
    }

    /// Makes room for the probe rows of a pass that may use other threads; without any, what was kept before stays.
    pub(crate) fn begin(&mut self, probe: &[usize], shared: bool) {
        self.taking = !probe.is_empty();
        if !self.taking {
            return;
        }
        self.shared = shared;
        self.probe.clear();
        self.probe.extend_from_slice(probe);
        let count = probe.len();
        for factors in self.factors.iter_mut().flatten() {
            match factors {
                Factors::Dense(dense) => {
                    grow(&mut dense.input, count * dense.parts * dense.inputs);
                    grow(&mut dense.error, count * dense.parts * dense.outputs);
                }
                Factors::BatchNorm { width, error, standard } => {
                    grow(error, count * *width);
                    grow(standard, count * *width);
                }
                Factors::Coupled(Coupled { inputs, outputs, centered, correlation, linear, .. }) => {
                    grow(centered, count * *inputs);
                    grow(correlation, *inputs * *outputs);
                    grow(linear, *inputs * *outputs);
                }
            }
        }
    }

    /// Keeps input and error of probe rows at a dense layer: for each the place of the part, and its row in what is
    /// shown.
    pub(crate) fn dense(
        &mut self,
        layer: usize,
        parts: impl Iterator<Item = (usize, usize)> + Clone,
        from: &[f32],
        error_from: &[f32],
    ) {
        let Some(Factors::Dense(dense)) = &mut self.factors[layer] else {
            unreachable!("a dense layer whose rows are independent keeps its factors");
        };
        let parts = parts.map(|(at, row)| (row, at));
        map_rows::<Plain, 1, 0>(parts.clone(), [from], [], dense.inputs, &mut dense.input);
        map_rows::<Plain, 1, 0>(parts, [error_from], [], dense.outputs, &mut dense.error);
    }

    /// Keeps e and zh of probe rows at a batch-norm, given its input and the error at its output: for each the place
    /// of the row, and its row in what is shown.
    pub(crate) fn norm(
        &mut self,
        layer: usize,
        rows: impl Iterator<Item = (usize, usize)> + Clone,
        norm: &Statistics,
        (input, error_from): (&[f32], &[f32]),
    ) {
        let Some(Factors::BatchNorm { width, error, standard }) = &mut self.factors[layer] else {
            unreachable!("a batch-norm keeps a batch-norm's factors");
        };
        let rows = rows.map(|(at, row)| (row, at));
        map_rows::<Plain, 1, 0>(rows.clone(), [error_from], [], *width, error);
        norm.standardize_rows(rows, input, standard);
    }

    /// Completes what was kept, once the pass is over.
    pub(crate) fn finish(&mut self, network: &Network, norms: &[Statistics], rows: &[f32], known: Known<'_>) {
        if self.taking {
            self.finish_under_norm(network, norms, rows, known);
        }
        self.measure();
    }

    /// Measures the gradients, once all their factors are kept.
    pub(crate) fn measure(&mut self) {
        if !self.taking {
            return;
        }
        let mut squares = std::mem::take(&mut self.squares);
        squares.clear();
        squares.resize(self.probe.len(), 0.0);
        let norm = self.at_norm();
        self.factors.iter().flatten().for_each(|factors| factors.add_squares(norm, &mut squares));
        self.squares = squares;
    }

    /// Keeps what the layer under a batch-norm depends on of the whole batch, once its pass is over.
    fn finish_under_norm(&mut self, network: &Network, norms: &[Statistics], rows: &[f32], known: Known<'_>) {
        let Some(Factors::Coupled(coupled)) = &mut self.factors[0] else {
            return;
        };
        let columns = coupled.inputs;
        coupled.gain.copy_from_slice(norms[0].gain());
        let target = &mut coupled.correlation[..columns * coupled.outputs];
        let measured;
        let mean = match known {
            Known::Layer(layer) => {
                target.copy_from_slice(&layer.correlation);
                &layer.mean
            }
            Known::Columns(covariance) => {
                correlation_from(covariance, network, &norms[0], target);
                measured = covariance.mean();
                &measured
            }
            Known::Nothing => {
                correlation_of(rows, network, &norms[0], target);
                measured = column_means(rows, columns);
                &measured
            }
        };
        let places = self.probe.iter().copied().zip(0..);
        map_rows::<Centered, 1, 1>(places, [rows], [mean], columns, &mut coupled.centered);
        coupled.weigh();
    }

    /// The first layer, if it stands under a batch-norm.
    pub(crate) fn coupled(&self) -> Option<&Coupled> {
        match &self.factors[0] {
            Some(Factors::Coupled(coupled)) => Some(coupled),
            _ => None,
        }
    }

    /// e and zh of the probe rows at the batch-norm above the first layer, if there is one.
    pub(crate) fn at_norm(&self) -> Option<AtNorm<'_>> {
        match &self.factors[..] {
            [Some(Factors::Coupled(_)), Some(Factors::BatchNorm { error, standard, .. }), ..] => {
                Some(AtNorm { error, standard })
            }
            _ => None,
        }
    }
}

/// Makes room. What is beyond it from a pass with more rows stays: to write zeros there anew is work for nothing.
fn grow(values: &mut Buffer, length: usize) {
    if values.len() < length {
        values.resize(length, 0.0);
    }
}

/// `x - mean`.
struct Centered;

impl Term<1, 1, 1> for Centered {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [x]: [S::f32s; 1], [mean]: [S::f32s; 1]) -> [S::f32s; 1] {
        [simd.sub_f32s(x, mean)]
    }
}
