//! What ROBOD can be set to, and the auto-encoder that follows from it.

use gradstop_engine::Architecture;
use serde::{Deserialize, Serialize};

use crate::deep::networks::hidden_layer;
use crate::deep::settings::{ActivationName, TrainingSettings};
use crate::error::Error;

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
    pub width_decay: f64,
    /// Width of the first hidden layer at most; 0 for no limit.
    pub max_width: usize,
    /// Activation of the hidden layers.
    pub activation: ActivationName,
    /// Activation of the output.
    pub output_activation: ActivationName,
    /// Whether every member sees every row; else a row meets one member only, chosen by its values.
    pub all_rows: bool,
    /// How they are trained.
    #[serde(flatten)]
    pub training: TrainingSettings,
}

impl Robod {
    /// Widths of the deepest encoder, the input included.
    fn widths(&self, columns: usize) -> Vec<usize> {
        let widest = match self.max_width {
            0 => f64::INFINITY,
            widest => widest as f64,
        };
        let first = (columns as f64 / self.width_decay).min(widest);
        let hidden = |depth: usize| ((first / self.width_decay.powi(depth as i32)) as usize).max(1);
        std::iter::once(columns).chain((0..self.depths).map(hidden)).collect()
    }

    /// The deepest auto-encoder, whose layers those of all depths are.
    pub(super) fn architecture(&self, columns: usize) -> Result<Architecture, Error> {
        let widths = self.widths(columns);
        let mut layers = Vec::new();
        for &outputs in widths[1..].iter().chain(widths[1..self.depths].iter().rev()) {
            hidden_layer(&mut layers, outputs, true, self.activation, 0.0);
        }
        hidden_layer(&mut layers, columns, true, self.output_activation, 0.0);
        Ok(Architecture::new(columns, layers)?)
    }
}
