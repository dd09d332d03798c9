//! Scoring: rows through the network in evaluation mode.

use rayon::prelude::*;

use crate::error::{EngineError, check_length, shape};
use crate::network::Network;
use crate::network::architecture::Layer;
use crate::network::layers::batch_norm::Statistics;
use crate::network::layers::sample;
use crate::network::objective::{row_distances, row_squared_errors};
use crate::random::Key;

/// Rows of a tile. A product costs something to begin, so more than while training, where several tiles of every layer have to
/// stay in the cache.
pub(crate) const SCORED_ROWS: usize = 256;

impl Network {
    /// What the network makes of each row of a matrix of shape (rows x inputs), in evaluation mode: running
    /// statistics, no dropout. Of shape (rows x outputs). A row's bits do not depend on the others.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if `rows` holds no whole number of rows.
    pub fn outputs(&self, rows: &[f32]) -> Result<Vec<f32>, EngineError> {
        let width = self.architecture().outputs();
        let mut outputs = vec![0.0; rows.len() / self.architecture().inputs() * width];
        self.evaluate_into(rows, width, &mut outputs, |_, output, target| target.copy_from_slice(output))?;
        Ok(outputs)
    }

    /// Squared reconstruction error of each row of a matrix of shape (rows x inputs), summed over the
    /// columns, in evaluation mode. A row's bits do not depend on the others.
    ///
    /// # Errors
    /// As [`reconstruction_errors_into`](Self::reconstruction_errors_into).
    pub fn reconstruction_errors(&self, rows: &[f32]) -> Result<Vec<f32>, EngineError> {
        let mut errors = vec![0.0; rows.len() / self.architecture().inputs()];
        self.reconstruction_errors_into(rows, &mut errors)?;
        Ok(errors)
    }

    /// As [`reconstruction_errors`](Self::reconstruction_errors), into a buffer of one value a row.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if the lengths do not fit, or the output is not as wide as the input.
    pub fn reconstruction_errors_into(&self, rows: &[f32], errors: &mut [f32]) -> Result<(), EngineError> {
        let inputs = self.architecture().inputs();
        check_length("columns of a reconstruction", self.architecture().outputs(), inputs)?;
        self.evaluate_into(rows, 1, errors, |rows, output, errors| {
            row_squared_errors(output, rows, inputs, errors);
        })
    }

    /// Squared distance of each row's output from a center, in evaluation mode, into a buffer of one value
    /// a row. A row's bits do not depend on the others.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if the lengths do not fit.
    pub fn distances_into(
        &self,
        rows: &[f32],
        center: &[f32],
        distances: &mut [f32],
    ) -> Result<(), EngineError> {
        check_length("center", center.len(), self.architecture().outputs())?;
        self.evaluate_into(rows, 1, distances, |_, output, distances| {
            row_distances(output, center, distances);
        })
    }

    /// Calls `work` for tiles of rows with their inputs, their outputs and their part of `target`, which
    /// has `width` values a row.
    fn evaluate_into(
        &self,
        rows: &[f32],
        width: usize,
        target: &mut [f32],
        work: impl Fn(&[f32], &[f32], &mut [f32]) + Sync,
    ) -> Result<(), EngineError> {
        let inputs = self.architecture().inputs();
        let count = target.len() / width;
        if rows.len() != count * inputs {
            return Err(shape("rows to score", rows.len(), format!("{count} rows of {inputs} values")));
        }
        let norms = running_statistics(self);
        let tiles = target.par_chunks_mut(SCORED_ROWS * width).zip(rows.par_chunks(SCORED_ROWS * inputs));
        tiles.with_min_len(2).for_each_init(
            || Tile::new(self),
            |tile, (target, rows)| work(rows, tile.run(self, &norms, rows), target),
        );
        Ok(())
    }
}

/// The statistics that each batch-norm scores with, by layer.
pub(crate) fn running_statistics(network: &Network) -> Vec<Option<Statistics>> {
    let layers = network.architecture().layers().iter().enumerate();
    layers
        .map(|(layer, kind)| match kind {
            Layer::BatchNorm(norm) => {
                let (affine, running) = (network.gamma_and_beta(layer), network.running(layer));
                Some(Statistics::running(*norm, affine, running))
            }
            _ => None,
        })
        .collect()
}

/// Work memory for one tile. Products always run over a whole tile, the last one padded with zeros:
/// the kernels choose their arithmetic by shape, and so a row's bits never depend on its neighbors.
#[derive(Debug)]
pub(crate) struct Tile {
    padded: Vec<f32>,
    output: Vec<f32>,
    next: Vec<f32>,
    noise: Vec<f32>,
}

impl Tile {
    pub(crate) fn new(network: &Network) -> Self {
        let architecture = network.architecture();
        let values = |width: usize| vec![0.0; SCORED_ROWS * width];
        let widest = architecture.widest();
        Self {
            padded: values(architecture.inputs()),
            output: values(widest),
            next: values(widest),
            noise: Vec::new(),
        }
    }

    /// (rows x inputs) -> (rows x outputs), for at most a tile of rows.
    pub(crate) fn run<'a>(
        &'a mut self,
        network: &Network,
        norms: &[Option<Statistics>],
        rows: &'a [f32],
    ) -> &'a [f32] {
        let architecture = network.architecture();
        let inputs = architecture.inputs();
        let whole = rows.len() == self.padded.len();
        if !whole {
            self.padded[..rows.len()].copy_from_slice(rows);
            self.padded[rows.len()..].fill(0.0);
        }
        let table = if whole { rows } else { &self.padded };
        let mut first = true;
        for (index, layer) in architecture.layers().iter().enumerate() {
            let (width, next_width) = (architecture.input_width(index), architecture.output_width(index));
            let input = match first {
                true => table,
                false => &self.output[..SCORED_ROWS * width],
            };
            let output = &mut self.next[..SCORED_ROWS * next_width];
            match layer {
                Layer::Dense { .. } => network.dense(index).forward(input, output),
                Layer::BatchNorm(_) => {
                    norms[index].as_ref().expect("a batch-norm has statistics").forward(input, output);
                }
                Layer::Activation(activation) => activation.forward(input, output),
                Layer::Sample(constants) if constants.draws_in_scoring => {
                    self.noise.resize(SCORED_ROWS * next_width, 0.0);
                    let row_of = |row: usize| &table[row * inputs..][..inputs];
                    let key_of = |row| Key::of_values(row_of(row)).at(index as u64);
                    sample::forward(next_width, key_of, input, &mut self.noise, output);
                }
                Layer::Sample(_) => sample::means(next_width, input, output),
                Layer::Dropout { .. } => continue,
            }
            std::mem::swap(&mut self.output, &mut self.next);
            first = false;
        }
        let output = if first { table } else { &self.output };
        &output[..rows.len() / inputs * architecture.outputs()]
    }
}
