//! A network: its architecture, and its parameters and running statistics as flat buffers with names.

pub(crate) mod architecture;
pub(crate) mod evaluate;
pub(crate) mod layers;
pub(crate) mod objective;
pub(crate) mod optimizer;
pub(crate) mod pairs;

use std::ops::Range;

use crate::network::architecture::{Architecture, Layer};
use crate::network::layers::dense::Dense;
use crate::random::{Key, Purpose};

/// How the parameters of dense layers start. Batch-norm always starts at gamma 1, beta 0, running mean 0
/// and variance 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initialization {
    /// Weights and biases from a normal distribution around 0.
    Normal {
        /// Its standard deviation.
        deviation: f32,
    },
    /// Weights and biases evenly from `-1 / sqrt(inputs)` to `1 / sqrt(inputs)`.
    Uniform,
    /// Weights evenly from `-sqrt(6 / inputs)` to `sqrt(6 / inputs)` (He et al., 2015), biases as in
    /// [`Uniform`](Self::Uniform).
    HeUniform,
    /// Weights from a normal distribution of standard deviation `sqrt(2 / inputs)` (He et al., 2015),
    /// biases 0.
    HeNormal,
}

impl Initialization {
    /// The value at `at` of a dense layer's weight or bias.
    fn draw(self, key: Key, at: u64, inputs: usize, is_bias: bool) -> f32 {
        let evenly = |bound: f64| (bound * (2.0 * key.uniform(at) - 1.0)) as f32;
        let inputs = inputs as f64;
        match self {
            Self::Normal { deviation } => deviation * key.normal(at) as f32,
            Self::Uniform => evenly(1.0 / inputs.sqrt()),
            Self::HeUniform if is_bias => evenly(1.0 / inputs.sqrt()),
            Self::HeUniform => evenly((6.0 / inputs).sqrt()),
            Self::HeNormal if is_bias => 0.0,
            Self::HeNormal => (2.0 / inputs).sqrt() as f32 * key.normal(at) as f32,
        }
    }
}

/// A named range of a network's buffers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name as in `2.weight`: the layer's position, then `weight`, `bias`, `running_mean` or
    /// `running_variance` (gamma and beta are a batch-norm's `weight` and `bias`).
    pub name: String,
    /// Shape: (outputs, inputs) for a dense weight, else one length.
    pub shape: Vec<usize>,
    layer: usize,
    range: Range<usize>,
    trained: bool,
}

/// Where a layer's values stand in the flat buffers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LayerRanges {
    parameters: Range<usize>,
    statistics: Range<usize>,
}

/// A network with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    architecture: Architecture,
    tensors: Vec<Tensor>,
    ranges: Vec<LayerRanges>,
    pub(crate) parameters: Vec<f32>,
    pub(crate) statistics: Vec<f32>,
    /// 1 for a parameter that is there and 0 for one that is not; empty if all are.
    pub(crate) connections: Vec<f32>,
}

impl Network {
    /// A network with freshly drawn parameters; the same seed draws the same ones.
    pub fn new(architecture: Architecture, initialization: Initialization, seed: u64) -> Self {
        let mut network = Self::zeros(architecture);
        (0..network.architecture.layers().len())
            .for_each(|layer| network.initialize(layer, initialization, seed));
        network
    }

    /// A network whose every value is 0, to be filled by [`tensor_mut`](Self::tensor_mut).
    pub fn zeros(architecture: Architecture) -> Self {
        let (tensors, ranges) = lay_out(&architecture);
        let length = |trained| tensors.iter().filter(|t| t.trained == trained).map(|t| t.range.len()).sum();
        let (parameters, statistics) = (vec![0.0; length(true)], vec![0.0; length(false)]);
        Self { architecture, tensors, ranges, parameters, statistics, connections: Vec::new() }
    }

    /// Draws the parameters of one layer.
    pub fn initialize(&mut self, layer: usize, initialization: Initialization, seed: u64) {
        let inputs = self.architecture.input_width(layer);
        let normal = matches!(self.architecture.layers()[layer], Layer::BatchNorm(_));
        for index in 0..self.tensors.len() {
            let tensor = &self.tensors[index];
            if tensor.layer != layer {
                continue;
            }
            let ones = normal && (tensor.is("weight") || tensor.is("running_variance"));
            let is_bias = tensor.is("bias");
            let key = Key::new(seed, Purpose::Parameters, &[index as u64]);
            for (at, value) in self.tensor_mut(index).iter_mut().enumerate() {
                *value = match normal {
                    true => f32::from(ones),
                    false => initialization.draw(key, at as u64, inputs, is_bias),
                };
            }
        }
    }

    /// Cuts connections of the dense layers for good: each weight stays with probability `kept`, the
    /// others become 0 and are trained no more. Biases stay.
    ///
    /// ```
    /// use gradstop_engine::{Architecture, Initialization, Layer, Network};
    /// let architecture = Architecture::new(100, vec![Layer::Dense { outputs: 100, bias: false }])?;
    /// let mut network = Network::new(architecture, Initialization::Uniform, 0);
    /// network.disconnect(0.25, 0);
    /// let left = network.parameters().iter().filter(|&&weight| weight != 0.0).count();
    /// assert!((2300..2700).contains(&left));
    /// # Ok::<(), gradstop_engine::EngineError>(())
    /// ```
    ///
    /// # Panics
    /// If `kept` is no probability.
    pub fn disconnect(&mut self, kept: f64, seed: u64) {
        assert!((0.0..=1.0).contains(&kept), "got a probability of {kept}");
        self.connections = vec![1.0; self.parameters.len()];
        for (index, tensor) in self.tensors.iter().enumerate() {
            let dense = matches!(self.architecture.layers()[tensor.layer], Layer::Dense { .. });
            if dense && tensor.is("weight") {
                let key = Key::new(seed, Purpose::Connections, &[index as u64]);
                for (at, connection) in self.connections[tensor.range.clone()].iter_mut().enumerate() {
                    *connection = f32::from(key.uniform(at as u64) < kept);
                }
            }
        }
        self.parameters.iter_mut().zip(&self.connections).for_each(|(value, &there)| *value *= there);
    }

    /// The network's architecture.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The named tensors in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Values of tensor `index`, row-major.
    pub fn tensor(&self, index: usize) -> &[f32] {
        let Tensor { range, trained, .. } = &self.tensors[index];
        if *trained { &self.parameters[range.clone()] } else { &self.statistics[range.clone()] }
    }

    /// Values of tensor `index` to be written, row-major.
    pub fn tensor_mut(&mut self, index: usize) -> &mut [f32] {
        let Tensor { range, trained, .. } = &self.tensors[index];
        if *trained { &mut self.parameters[range.clone()] } else { &mut self.statistics[range.clone()] }
    }

    /// Every trainable parameter, in the order of the tensors.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Every trainable parameter, to be written.
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        &mut self.parameters
    }

    /// Where the parameters of a layer stand.
    pub(crate) fn parameter_range(&self, layer: usize) -> Range<usize> {
        self.ranges[layer].parameters.clone()
    }

    /// The dense layer at `layer`.
    pub(crate) fn dense(&self, layer: usize) -> Dense<'_> {
        let (inputs, outputs) = (self.architecture.input_width(layer), self.architecture.output_width(layer));
        let (weight, bias) = self.parameters[self.parameter_range(layer)].split_at(inputs * outputs);
        Dense { weight, bias, inputs, outputs }
    }

    /// Gamma and beta of the batch-norm at `layer`.
    pub(crate) fn gamma_and_beta(&self, layer: usize) -> (&[f32], &[f32]) {
        self.parameters[self.parameter_range(layer)].split_at(self.architecture.output_width(layer))
    }

    /// Running mean and variance of the batch-norm at `layer`.
    pub(crate) fn running(&self, layer: usize) -> (&[f32], &[f32]) {
        self.statistics[self.ranges[layer].statistics.clone()].split_at(self.architecture.output_width(layer))
    }

    /// Where the running statistics of a layer stand.
    pub(crate) fn statistics_range(&self, layer: usize) -> Range<usize> {
        self.ranges[layer].statistics.clone()
    }
}

impl Tensor {
    fn is(&self, kind: &str) -> bool {
        self.name.ends_with(kind)
    }
}

/// Names every tensor and gives it its place.
fn lay_out(architecture: &Architecture) -> (Vec<Tensor>, Vec<LayerRanges>) {
    let (mut parameters, mut statistics) = (0, 0);
    let (mut tensors, mut ranges) = (Vec::new(), Vec::new());
    for (index, layer) in architecture.layers().iter().enumerate() {
        let (inputs, outputs) = (architecture.input_width(index), architecture.output_width(index));
        let (first_parameter, first_statistic) = (parameters, statistics);
        let mut add = |kind: &str, shape: Vec<usize>, trained: bool| {
            let end = if trained { &mut parameters } else { &mut statistics };
            let start = *end;
            *end += shape.iter().product::<usize>();
            let name = format!("{index}.{kind}");
            tensors.push(Tensor { name, shape, layer: index, range: start..*end, trained });
        };
        match layer {
            Layer::Dense { bias, .. } => {
                add("weight", vec![outputs, inputs], true);
                if *bias {
                    add("bias", vec![outputs], true);
                }
            }
            Layer::BatchNorm(_) => {
                add("weight", vec![outputs], true);
                add("bias", vec![outputs], true);
                add("running_mean", vec![outputs], false);
                add("running_variance", vec![outputs], false);
            }
            Layer::Activation(_) | Layer::Dropout { .. } | Layer::Sample(_) => {}
        }
        ranges.push(LayerRanges {
            parameters: first_parameter..parameters,
            statistics: first_statistic..statistics,
        });
    }
    (tensors, ranges)
}
