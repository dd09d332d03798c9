//! The variational auto-encoder (Kingma and Welling, 2014): an auto-encoder whose code is a distribution.

use std::sync::Arc;

use gradstop_engine::{Architecture, Initialization, Layer, Network, Objective, Sample};
use gradstop_rules::{EarlyStopping, GradStopSettings, RuleSettings};
use serde::{Deserialize, Serialize};

use crate::deep::networks::{hidden_layer, load_network};
use crate::deep::recipe::{Goal, OneNetwork};
use crate::deep::score::{NetworkModel, Score};
use crate::deep::settings::{ActivationName, TrainingSettings, TrimSetting};
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
use crate::model::average::load_epochs;
use crate::model::tensors::Tensors;
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

/// How squared errors of a row become its loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reduction {
    /// Their sum over the columns.
    Sum,
    /// Their mean over the columns.
    Mean,
}

settings! {
    /// Settings of the variational auto-encoder. The score of a row is the distance from its reconstruction, after
    /// standardisation; larger is more abnormal.
    pub struct Vae {
        /// Widths of the encoder's hidden layers; the decoder's are the same in reverse.
        pub hidden: Vec<usize> = vec![128, 64, 32] => Range::Widths,
        /// Dimensions of the code.
        pub latent_dim: usize = 2 => Range::whole(1, 1 << 15),
        /// Activation of the hidden layers.
        pub activation: ActivationName = ActivationName::Relu => ActivationName::RANGE,
        /// Activation of the output.
        pub output_activation: ActivationName = ActivationName::Identity => ActivationName::RANGE,
        /// Share of hidden values set to 0 while training.
        pub dropout: f64 = 0.2 => Range::BelowOne,
        /// Weight of the divergence of codes from the standard normal distribution.
        pub beta: f64 = 1.0 => Range::NotNegative,
        /// Whether a row's loss is the sum or the mean of its squared errors.
        pub reduction: Reduction = Reduction::Sum => Range::Words(&["sum", "mean"]),
        /// Whether scoring draws codes too, by the row's values, or takes their means.
        pub draws_in_scoring: bool = false => Range::Switch,
        ..
        /// How it is trained.
        pub training: TrainingSettings = TrainingSettings {
            trim: TrimSetting::Share(0.2),
            early_stopping: EarlyStopping::None,
            learning_rate: 0.005,
            batch_size: 256,
            epochs: 30,
            ..trained()
        },
    }
}

/// The training that the paper evaluated.
fn trained() -> TrainingSettings {
    let gradstop = GradStopSettings {
        set_size: 10,
        patience: 20,
        gap_low: 0.01,
        gap_high: 0.5,
        divergence_limit: f64::INFINITY,
        ..GradStopSettings::default()
    };
    let rules = RuleSettings { gradstop, ..RuleSettings::default() };
    TrainingSettings { learning_rate: 0.01, weight_decay: 1e-5, rules, ..TrainingSettings::default() }
}

impl Vae {
    fn architecture(&self, columns: usize) -> Result<Architecture, Error> {
        let mut layers = Vec::new();
        let hidden = |layers: &mut Vec<Layer>, outputs| {
            hidden_layer(layers, outputs, true, self.activation, self.dropout);
        };
        self.hidden.iter().for_each(|&outputs| hidden(&mut layers, outputs));
        // Both heads as one layer: means, then logarithms of variances.
        layers.push(Layer::Dense { outputs: 2 * self.latent_dim, bias: true });
        layers.push(Layer::Sample(Sample {
            divergence_weight: self.beta as f32,
            draws_in_scoring: self.draws_in_scoring,
        }));
        self.hidden.iter().rev().for_each(|&outputs| hidden(&mut layers, outputs));
        hidden_layer(&mut layers, columns, true, self.output_activation, 0.0);
        Ok(Architecture::new(columns, layers)?)
    }

    fn training_of(&self, columns: usize) -> Result<OneNetwork, Error> {
        let objective = match self.reduction {
            Reduction::Sum => Objective::SquaredError,
            Reduction::Mean => Objective::MeanSquaredError,
        };
        let goal = Goal::Reconstruction { objective, score: Score::Error };
        Ok(OneNetwork { training: self.training.clone(), network: self.network(columns)?, goal })
    }

    fn network(&self, columns: usize) -> Result<Network, Error> {
        let architecture = self.architecture(columns)?;
        let sample = |layer: &Layer| matches!(layer, Layer::Sample(_));
        let heads = architecture.layers().iter().position(sample).map(|sample| sample - 1);
        let mut network = Network::new(architecture, Initialization::HeUniform, self.training.seed);
        if let Some(heads) = heads {
            network.initialize(heads, Initialization::Uniform, self.training.seed);
        }
        Ok(network)
    }
}

impl Algorithm for Vae {
    const NAME: &'static str = "vae";
    const CLASS: &'static str = "VAE";
    const ABOUT: &'static str = "an auto-encoder with random codes; abnormal is what it reproduces badly";
    const ASSUMES: &'static str = "inliers lie near a smooth surface of few dimensions";
    const SCORE: &'static str = "reconstruction error of the standardised row";
    const COST: &'static str =
        "fit: epochs x n x weights, as two matrix products a layer forward and backward; score: n x weights";

    fn paper() -> Self {
        Self {
            output_activation: ActivationName::Sigmoid,
            beta: 0.0,
            reduction: Reduction::Mean,
            draws_in_scoring: true,
            training: trained(),
            ..Self::default()
        }
    }

    fn training_mut(&mut self) -> Option<&mut TrainingSettings> {
        Some(&mut self.training)
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        self.training_of(rows.columns)?.learn(rows, callback)
    }

    fn one_network(&self, columns: usize) -> Result<Option<OneNetwork>, Error> {
        self.training_of(columns).map(Some)
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        load_epochs(tensors, |tensors| {
            let network = load_network(|| self.architecture(columns), &tensors.under("network."))?;
            Ok(Arc::new(NetworkModel { network, score: Score::Error }))
        })
    }
}
