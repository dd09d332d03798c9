//! Which layers a network has, checked once, so that nothing later has to ask.

use std::ops::Range;

use crate::error::{EngineError, check};

/// A function applied to every value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// `max(z, 0)`.
    Relu,
    /// `z` if positive, else `slope * z`; the slope lies in `(0, 1)`.
    LeakyRelu {
        /// Slope for negative values.
        slope: f32,
    },
    /// `1 / (1 + exp(-z))`.
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `z`.
    Identity,
}

/// Constants of a batch-norm layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm {
    /// Added to the variance before the root; positive.
    pub epsilon: f32,
    /// Weight of the newest batch in the running statistics, in `(0, 1]`.
    pub momentum: f32,
}

impl Default for BatchNorm {
    /// `epsilon` 1e-5, `momentum` 0.1, as everywhere else.
    fn default() -> Self {
        Self { epsilon: 1e-5, momentum: 0.1 }
    }
}

/// One layer. Its input is as wide as the output of the layer before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Layer {
    /// `z = W a + b`, with W of shape (outputs x inputs).
    Dense {
        /// Width of the output, at least 1.
        outputs: usize,
        /// Whether there is a `b`.
        bias: bool,
    },
    /// `u = gamma (z - mean) / sqrt(variance + epsilon) + beta`: over the batch while training, with
    /// running statistics (unbiased variance) while scoring.
    BatchNorm(BatchNorm),
    /// A function applied to every value.
    Activation(Activation),
    /// While training, sets each value to 0 with probability `rate` and scales the others by
    /// `1 / (1 - rate)`.
    Dropout {
        /// Share of values set to 0, in `[0, 1)`.
        rate: f32,
    },
    /// Takes the first half of its input for means and the second for logarithms of variances, and draws
    /// from these normal distributions (Kingma and Welling, 2014); half as wide as its input. While
    /// training every row's loss also has the divergence of its distributions from the standard one.
    Sample(Sample),
}

/// Constants of a sampling layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Weight of the Kullback-Leibler divergence in the loss, at least 0.
    pub divergence_weight: f32,
    /// Whether scoring draws as well, with numbers that follow from the row's values alone; else it takes
    /// the means.
    pub draws_in_scoring: bool,
}

/// Weights that a network has at most: half a GiB. While it is trained there are up to forty times as many numbers, and as
/// many again for each epoch that is kept.
const MOST_WEIGHTS: usize = 1 << 27;

/// A checked stack of layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    inputs: usize,
    layers: Vec<Layer>,
    widths: Vec<usize>,
}

impl Architecture {
    /// Checks a stack of layers over `inputs` columns.
    ///
    /// # Errors
    /// [`EngineError::Setting`] for 0 inputs or a constant outside its range;
    /// [`EngineError::Architecture`] if there is no layer, a dense layer has no output, a batch-norm
    /// follows another one directly, or a sampling layer cannot halve its input; [`EngineError::TooLarge`] for more than
    /// 2^27 weights, half a GiB.
    pub fn new(inputs: usize, layers: Vec<Layer>) -> Result<Self, EngineError> {
        check(inputs > 0, "inputs", inputs, "at least 1 column")?;
        if layers.is_empty() {
            let (got, wanted) = ("nothing".into(), "at least one layer");
            return Err(EngineError::Architecture { layer: 0, got, wanted });
        }
        let mut widths = Vec::with_capacity(layers.len());
        for (index, layer) in layers.iter().enumerate() {
            let width = widths.last().copied().unwrap_or(inputs);
            layer.check(index, index.checked_sub(1).map(|before| &layers[before]))?;
            widths.push(match *layer {
                Layer::Dense { outputs, .. } => outputs,
                Layer::Sample(_) if width % 2 == 1 => {
                    let got = format!("a sampling layer over {width} values");
                    let wanted = "an even number: means, then logarithms of variances";
                    return Err(EngineError::Architecture { layer: index, got, wanted });
                }
                Layer::Sample(_) => width / 2,
                _ => width,
            });
        }
        let architecture = Self { inputs, layers, widths };
        let (weights, most) = (architecture.weights(), MOST_WEIGHTS as u128);
        if weights > most {
            return Err(EngineError::TooLarge { weights, most });
        }
        Ok(architecture)
    }

    /// Weights of the dense layers. Those of other layers are far fewer, and need not be counted.
    fn weights(&self) -> u128 {
        let of_layer = |(index, layer): (usize, &Layer)| match layer {
            Layer::Dense { outputs, .. } => self.input_width(index) as u128 * *outputs as u128,
            _ => 0,
        };
        self.layers.iter().enumerate().map(of_layer).sum()
    }

    /// Columns of the table.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The layers in order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Width of the last layer.
    pub fn outputs(&self) -> usize {
        self.output_width(self.layers.len() - 1)
    }

    /// Width of what enters layer `layer`.
    pub fn input_width(&self, layer: usize) -> usize {
        if layer == 0 { self.inputs } else { self.widths[layer - 1] }
    }

    /// Width of what leaves layer `layer`.
    pub fn output_width(&self, layer: usize) -> usize {
        self.widths[layer]
    }

    /// The widest that a row gets.
    pub(crate) fn widest(&self) -> usize {
        self.widths.iter().copied().fold(self.inputs, usize::max)
    }

    /// Batch-norm needs all rows before any row can go on, so it cuts the stack: each segment but the
    /// first starts with a batch-norm, and no other layer of it is one.
    pub(crate) fn segments(&self) -> Vec<Range<usize>> {
        let norms = self.layers.iter().enumerate().filter(|(_, layer)| matches!(layer, Layer::BatchNorm(_)));
        let mut cuts: Vec<usize> = norms.map(|(index, _)| index).collect();
        cuts.insert(0, 0);
        cuts.push(self.layers.len());
        cuts.windows(2).map(|pair| pair[0]..pair[1]).collect()
    }

    /// Whether the gradients of single rows have a closed form in this stack: any depth without
    /// batch-norm; or one batch-norm that stands first, or directly behind a dense layer that stands
    /// first, with any depth above it.
    ///
    /// Through a second batch-norm, or below a deeper one, a row's loss reaches every weight by way of
    /// every other row, and no product of two small factors is left.
    ///
    /// # Errors
    /// [`EngineError::RowGradients`] with the layer that stands in the way.
    pub(crate) fn check_row_gradients(&self) -> Result<(), EngineError> {
        let refuse = |layer, got| {
            let wanted = "at most one batch-norm, directly after the first dense layer or before it";
            let hint = "put batch-norm after the first hidden layer only, or stop without gradients";
            Err(EngineError::RowGradients { layer, got, wanted, hint })
        };
        let mut norms =
            (0..self.layers.len()).filter(|&index| matches!(self.layers[index], Layer::BatchNorm(_)));
        let first = norms.next();
        if let Some(second) = norms.next() {
            return refuse(second, "a second batch-norm");
        }
        match first {
            None | Some(0) => Ok(()),
            Some(1) if matches!(self.layers[0], Layer::Dense { .. }) => Ok(()),
            Some(layer) => refuse(layer, "a batch-norm behind more than one layer"),
        }
    }
}

impl Layer {
    fn check(&self, index: usize, before: Option<&Layer>) -> Result<(), EngineError> {
        let refuse =
            |got: &str, wanted| Err(EngineError::Architecture { layer: index, got: got.to_string(), wanted });
        match *self {
            Layer::Dense { outputs: 0, .. } => refuse("a dense layer without outputs", "at least 1 output"),
            Layer::Dense { .. } => Ok(()),
            Layer::BatchNorm(_) if matches!(before, Some(Layer::BatchNorm(_))) => {
                refuse("a batch-norm after a batch-norm", "another layer between them")
            }
            Layer::BatchNorm(BatchNorm { epsilon, momentum }) => {
                check(
                    epsilon > 0.0 && epsilon.is_finite(),
                    "batch-norm epsilon",
                    epsilon,
                    "a positive number",
                )?;
                check(
                    momentum > 0.0 && momentum <= 1.0,
                    "batch-norm momentum",
                    momentum,
                    "a number in (0, 1]",
                )
            }
            Layer::Activation(Activation::LeakyRelu { slope }) => {
                check(slope > 0.0 && slope < 1.0, "leaky ReLU slope", slope, "a number in (0, 1)")
            }
            Layer::Activation(_) => Ok(()),
            Layer::Dropout { rate } => {
                check((0.0..1.0).contains(&rate), "dropout", rate, "a number in [0, 1)")
            }
            Layer::Sample(Sample { divergence_weight: weight, .. }) => check(
                weight >= 0.0 && weight.is_finite(),
                "divergence weight",
                weight,
                "a number of at least 0",
            ),
        }
    }
}
