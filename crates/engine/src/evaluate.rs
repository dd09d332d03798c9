//! Scoring: rows through the network in evaluation mode.

use rayon::prelude::*;

use crate::architecture::Layer;
use crate::layers::batch_norm::Statistics;
use crate::network::Network;
use crate::slab::TILE_ROWS;
use crate::{EngineError, reconstruction};

impl Network {
    /// J(x) of each row of a matrix of shape (rows x inputs), in evaluation mode: running statistics, no
    /// dropout. Larger is more abnormal. A row scores the same bits alone as in any batch.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if `rows` holds no whole number of rows, or the output is not as wide as the
    /// input.
    pub fn reconstruction_errors(&self, rows: &[f32]) -> Result<Vec<f32>, EngineError> {
        let mut losses = vec![0.0; rows.len() / self.architecture().inputs()];
        self.reconstruction_errors_into(rows, &mut losses)?;
        Ok(losses)
    }

    /// As [`reconstruction_errors`](Self::reconstruction_errors), into a buffer of one value a row.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if the lengths do not fit.
    pub fn reconstruction_errors_into(&self, rows: &[f32], losses: &mut [f32]) -> Result<(), EngineError> {
        let inputs = self.architecture().inputs();
        if rows.len() != losses.len() * inputs {
            let wanted = format!("{} rows of {inputs} values", losses.len());
            return Err(EngineError::Shape { what: "rows to score", got: rows.len(), wanted });
        }
        self.architecture().check_reconstruction()?;
        let norms: Vec<Option<Statistics>> =
            (0..self.architecture().layers().len()).map(|layer| self.running_statistics(layer)).collect();
        let tiles = losses.par_chunks_mut(TILE_ROWS).zip(rows.par_chunks(TILE_ROWS * inputs));
        tiles
            .with_min_len(4)
            .for_each_init(|| Tile::new(self), |tile, (losses, rows)| tile.score(self, &norms, rows, losses));
        Ok(())
    }

    fn running_statistics(&self, layer: usize) -> Option<Statistics> {
        match self.architecture().layers()[layer] {
            Layer::BatchNorm(norm) => {
                Some(Statistics::running(norm, self.gamma_and_beta(layer), self.running(layer)))
            }
            _ => None,
        }
    }
}

/// Work memory for one tile. Products always run over a whole tile, the last one padded with zeros:
/// the kernels choose their arithmetic by shape, and so a row's bits never depend on its neighbours.
struct Tile {
    padded: Vec<f32>,
    output: Vec<f32>,
    next: Vec<f32>,
}

impl Tile {
    fn new(network: &Network) -> Self {
        let architecture = network.architecture();
        let values = |width: usize| vec![0.0; TILE_ROWS * width];
        let widest = architecture.widest();
        Self { padded: values(architecture.inputs()), output: values(widest), next: values(widest) }
    }

    fn score(&mut self, network: &Network, norms: &[Option<Statistics>], rows: &[f32], losses: &mut [f32]) {
        let architecture = network.architecture();
        let inputs = architecture.inputs();
        let full = if rows.len() == TILE_ROWS * inputs {
            rows
        } else {
            self.padded[..rows.len()].copy_from_slice(rows);
            self.padded[rows.len()..].fill(0.0);
            &self.padded
        };
        let mut first = true;
        for (index, layer) in architecture.layers().iter().enumerate() {
            let input = match first {
                true => full,
                false => &self.output[..TILE_ROWS * architecture.input_width(index)],
            };
            let output = &mut self.next[..TILE_ROWS * architecture.output_width(index)];
            match layer {
                Layer::Dense { .. } => network.dense(index).forward(input, output),
                Layer::BatchNorm(_) => {
                    norms[index].as_ref().expect("a batch-norm has statistics").forward(input, output);
                }
                Layer::Activation(activation) => activation.forward(input, output),
                Layer::Dropout { .. } => continue,
            }
            std::mem::swap(&mut self.output, &mut self.next);
            first = false;
        }
        let output = if first { full } else { &self.output[..rows.len()] };
        reconstruction::row_losses(&output[..rows.len()], rows, inputs, losses);
    }
}
