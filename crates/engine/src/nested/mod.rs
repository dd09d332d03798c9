//! An auto-encoder that reconstructs from every depth of its encoder at once.
//!
//! With the encoder's layers E_1 ... E_D and the decoder's D_D ... D_1, depth d takes a row through E_1 ... E_d and
//! back through D_d ... D_1. The depths share these layers, and the codes on the way there:
//!
//! ```text
//! J(x) = sum over d of |x - D_1(... D_d(E_d(... E_1(x))))|^2 / columns
//! ```
//!
//! The network is that of the deepest one: dense layers, each with an activation behind it or none.

pub(crate) mod trainer;

use rayon::prelude::*;

use crate::batch::tiling::TILE_ROWS;
use crate::error::{EngineError, check, check_length};
use crate::network::Network;
use crate::network::architecture::{Activation, Architecture, Layer};
use crate::network::objective::{row_squared_errors, squared_error};
use crate::selection::weigh_rows;
use crate::simd::gemm::{Matrix, multiply};

/// Where the layers of each depth are.
#[derive(Debug, Clone)]
struct Depths {
    /// Widths of the input and of each code: one more than there are depths.
    widths: Vec<usize>,
    /// Every dense layer's place, and the activation behind it.
    layers: Vec<(usize, Activation)>,
}

impl Depths {
    fn of(architecture: &Architecture) -> Result<Self, EngineError> {
        let mut layers = Vec::new();
        let mut known = true;
        for (at, layer) in architecture.layers().iter().enumerate() {
            match (layer, layers.last_mut()) {
                (Layer::Dense { bias: true, .. }, _) => layers.push((at, Activation::Identity)),
                (Layer::Activation(activation), Some((dense, behind))) if *dense + 1 == at => {
                    *behind = *activation
                }
                _ => known = false,
            }
        }
        // Of the input and of what every dense layer makes.
        let mut widths: Vec<usize> = layers.iter().map(|&(at, _)| architecture.input_width(at)).collect();
        widths.push(architecture.outputs());
        let returns = layers.len().is_multiple_of(2) && widths.iter().eq(widths.iter().rev());
        let wanted =
            "dense layers with a bias, an activation at most behind each, whose widths go back as they came";
        let nested = known && returns && !layers.is_empty();
        check(nested, "layers of a nested auto-encoder", format!("{:?}", architecture.layers()), wanted)?;
        widths.truncate(layers.len() / 2 + 1);
        Ok(Self { widths, layers })
    }

    fn count(&self) -> usize {
        self.widths.len() - 1
    }

    fn columns(&self) -> usize {
        self.widths[0]
    }

    /// E_d, for d from 1: where it stands, and its activation.
    fn encoder(&self, depth: usize) -> (usize, Activation) {
        self.layers[depth - 1]
    }

    /// D_d.
    fn decoder(&self, depth: usize) -> (usize, Activation) {
        self.layers[self.layers.len() - depth]
    }

    /// How many errors pass a layer on their way: at D_d those of the depths from d on; at the encoder they have come
    /// together.
    fn parts(&self, layer: usize) -> usize {
        let decoder = (1..=self.count()).find(|&depth| self.decoder(depth).0 == layer);
        decoder.map_or(1, |depth| self.count() + 1 - depth)
    }
}

impl Network {
    /// The plain auto-encoders of all depths of a nested one, the shallowest first.
    ///
    /// # Errors
    /// [`EngineError::Setting`] if the network is no nested auto-encoder.
    pub fn of_each_depth(&self) -> Result<Vec<Self>, EngineError> {
        let depths = Depths::of(self.architecture())?;
        (1..=depths.count()).map(|depth| self.of_depth(&depths, depth)).collect()
    }

    fn of_depth(&self, depths: &Depths, depth: usize) -> Result<Self, EngineError> {
        let (way_there, (way_back, _)) = (depths.layers[depth].0, depths.decoder(depth));
        let layers = (0..way_there).chain(way_back..self.architecture().layers().len());
        let kinds = layers.clone().map(|layer| self.architecture().layers()[layer]).collect();
        let mut network = Self::zeros(Architecture::new(depths.columns(), kinds)?);
        let parameters = layers.flat_map(|layer| &self.parameters[self.parameter_range(layer)]);
        network.parameters.iter_mut().zip(parameters).for_each(|(to, from)| *to = *from);
        Ok(network)
    }

    /// J of each row of a matrix of shape (rows x columns), as a nested auto-encoder. A row's bits do not depend on the
    /// others.
    ///
    /// # Errors
    /// [`EngineError::Setting`] if it is none, [`EngineError::Shape`] if the lengths do not fit.
    pub fn nested_losses_into(&self, rows: &[f32], losses: &mut [f32]) -> Result<(), EngineError> {
        let depths = Depths::of(self.architecture())?;
        let columns = depths.columns();
        check_length("rows to score", rows.len(), losses.len() * columns)?;
        let layers = Layers { network: self, depths: &depths };
        let tiles = losses.par_chunks_mut(TILE_ROWS).zip(rows.par_chunks(TILE_ROWS * columns));
        // As in scoring elsewhere, whole tiles alone go through the products.
        let room = || {
            (
                vec![0.0; TILE_ROWS * columns],
                [0.0; TILE_ROWS],
                Outputs::new(&depths, TILE_ROWS),
                layers.room(TILE_ROWS),
            )
        };
        tiles.with_min_len(4).for_each_init(room, |(padded, all, outputs, sums), (losses, rows)| {
            padded[..rows.len()].copy_from_slice(rows);
            padded[rows.len()..].fill(0.0);
            all.fill(0.0);
            layers.forward(padded, outputs, sums, all);
            losses.copy_from_slice(&all[..losses.len()]);
        });
        Ok(())
    }
}

/// What a tile of rows becomes on its way forward.
#[derive(Debug)]
struct Outputs {
    /// What E_d makes, at d - 1: (rows x its width).
    codes: Vec<Vec<f32>>,
    /// What D_k makes on the way from depth d, at d - 1 and k - 1.
    decoded: Vec<Vec<Vec<f32>>>,
}

impl Outputs {
    fn new(depths: &Depths, rows: usize) -> Self {
        let values = |&width: &usize| vec![0.0; rows * width];
        let way_back = |depth: usize| depths.widths[..depth].iter().map(values).collect();
        Self {
            codes: depths.widths[1..].iter().map(values).collect(),
            decoded: (1..=depths.count()).map(way_back).collect(),
        }
    }

    /// How many values there are for each row.
    fn values(depths: &Depths) -> usize {
        let way_back = |depth: usize| depths.widths[..depth].iter().sum::<usize>();
        depths.widths[1..].iter().sum::<usize>() + (1..=depths.count()).map(way_back).sum::<usize>()
    }
}

/// The errors of a tile on their way back, (rows x widest), and those that arrive at each code.
#[derive(Debug)]
struct Errors {
    error: Vec<f32>,
    /// Before the activation.
    at_sum: Vec<f32>,
    of_codes: Vec<Vec<f32>>,
}

impl Errors {
    fn new(depths: &Depths, rows: usize, widest: usize) -> Self {
        let codes = depths.widths[1..].iter();
        Self {
            error: vec![0.0; rows * widest],
            at_sum: vec![0.0; rows * widest],
            of_codes: codes.map(|&width| vec![0.0; rows * width]).collect(),
        }
    }
}

/// A dense layer on the way of the errors, with what it was given and the error at what it made, before the activation.
struct Passed<'a> {
    layer: usize,
    /// Which of the errors that pass here this is.
    part: usize,
    input: &'a [f32],
    error: &'a [f32],
}

/// The layers of a network, by depth.
#[derive(Clone, Copy)]
struct Layers<'a> {
    network: &'a Network,
    depths: &'a Depths,
}

impl<'a> Layers<'a> {
    /// Room for what goes into an activation.
    fn room(self, rows: usize) -> Vec<f32> {
        vec![0.0; rows * self.network.architecture().widest()]
    }

    /// Takes a tile of rows, (rows x columns), there and back from every depth, and adds J to `losses`, one a row.
    fn forward(self, rows: &[f32], outputs: &mut Outputs, sums: &mut [f32], losses: &mut [f32]) {
        let depths = self.depths;
        let count = losses.len();
        for depth in 1..=depths.count() {
            let (before, code) = outputs.codes.split_at_mut(depth - 1);
            let input = before.last().map_or(rows, |code| code);
            self.forward_one(depths.encoder(depth), count, input, sums, &mut code[0]);
        }
        for (depth, decoded) in (1..).zip(&mut outputs.decoded) {
            for layer in (1..=depth).rev() {
                let (below, above) = decoded.split_at_mut(layer);
                let input = above.first().unwrap_or(&outputs.codes[depth - 1]);
                self.forward_one(depths.decoder(layer), count, input, sums, &mut below[layer - 1]);
            }
            row_squared_errors(&decoded[0][..rows.len()], rows, depths.columns(), &mut sums[..count]);
            let scale = 1.0 / depths.columns() as f32;
            losses.iter_mut().zip(&*sums).for_each(|(loss, error)| *loss += scale * error);
        }
    }

    fn forward_one(
        self,
        (layer, activation): (usize, Activation),
        rows: usize,
        input: &[f32],
        sums: &mut [f32],
        output: &mut [f32],
    ) {
        let dense = self.network.dense(layer);
        let values = rows * dense.outputs;
        dense.forward(&input[..rows * dense.inputs], &mut sums[..values]);
        activation.forward(&sums[..values], &mut output[..values]);
    }

    /// Back from the losses of all depths: adds the gradient of J, summed over the rows by their weights, if they do not
    /// all count the same, to `gradient`, which it overwrites if this is the `first` tile. `shown` is every dense layer on
    /// the way.
    fn backward(
        self,
        (rows, outputs): (&[f32], &Outputs),
        weights: Option<&[f32]>,
        errors: &mut Errors,
        (gradient, first): (&mut [f32], bool),
        mut shown: impl FnMut(Passed<'_>),
    ) {
        let depths = self.depths;
        let count = rows.len() / depths.columns();
        let Errors { error, at_sum, of_codes } = errors;
        let scale = 1.0 / depths.columns() as f32;
        for depth in 1..=depths.count() {
            let decoded = &outputs.decoded[depth - 1];
            squared_error(&decoded[0][..rows.len()], rows, scale, &mut error[..rows.len()]);
            for layer in 1..=depth {
                let (at, activation) = depths.decoder(layer);
                let (dense, range) = (self.network.dense(at), self.network.parameter_range(at));
                let (values, inputs) = (count * dense.outputs, count * dense.inputs);
                let input = &decoded.get(layer).unwrap_or(&outputs.codes[depth - 1])[..inputs];
                let at_sum = &mut at_sum[..values];
                activation.backward(&decoded[layer - 1][..values], &error[..values], at_sum);
                shown(Passed { layer: at, part: depth - layer, input, error: at_sum });
                let before = if layer == depth { &mut of_codes[depth - 1] } else { &mut *error };
                dense.backward(at_sum, &mut before[..inputs]);
                weights.into_iter().for_each(|weights| weigh_rows(at_sum, dense.outputs, weights));
                dense.add_gradient(input, at_sum, &mut gradient[range], first && layer == depth);
            }
        }
        for depth in (1..=depths.count()).rev() {
            let (at, activation) = depths.encoder(depth);
            let (dense, range) = (self.network.dense(at), self.network.parameter_range(at));
            let (values, inputs) = (count * dense.outputs, count * dense.inputs);
            let (before, error) = of_codes.split_at_mut(depth - 1);
            let input = &depth.checked_sub(2).map_or(rows, |below| &outputs.codes[below])[..inputs];
            let at_sum = &mut at_sum[..values];
            activation.backward(&outputs.codes[depth - 1][..values], &error[0][..values], at_sum);
            shown(Passed { layer: at, part: 0, input, error: at_sum });
            if let Some(before) = before.last_mut() {
                // It joins the error that came by the way back of this code itself.
                let weight = Matrix::new(dense.weight, dense.outputs, dense.inputs);
                multiply(&mut before[..inputs], Matrix::new(at_sum, count, dense.outputs), weight, true);
            }
            weights.into_iter().for_each(|weights| weigh_rows(at_sum, dense.outputs, weights));
            dense.add_gradient(input, at_sum, &mut gradient[range], first);
        }
    }
}
