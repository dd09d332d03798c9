//! The auto-encoder: a network that learns to reproduce rows, and finds abnormal what it reproduces badly.

use std::sync::Arc;

use gradstop_engine::{Architecture, BatchNorm, Initialization, Layer, Network, Objective};
use gradstop_rules::{EarlyStopping, GradStopSettings, RuleSettings};
use serde::{Deserialize, Serialize};

use crate::deep::networks::load_network;
use crate::deep::recipe::{Goal, OneNetwork};
use crate::deep::score::{NetworkModel, Score};
use crate::deep::settings::{ActivationName, TrainingSettings, TrimSetting};
use crate::error::{Error, ModelFileError};
use crate::method::parameter::{Parameter, Range};
use crate::method::preset::Preset;
use crate::method::{FitOutput, Method};
use crate::model::average::load_epochs;
use crate::model::tensors::Tensors;
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

/// Which hidden layers have a batch-norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchNormPlaces {
    /// None.
    None,
    /// The first.
    First,
    /// All. With more than one hidden layer GradStop has no closed form for its gradients and is refused.
    All,
}

/// Settings of the auto-encoder. The score of a row is its squared reconstruction error after
/// standardisation, summed over the columns; larger is more abnormal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AutoEncoder {
    /// Widths of the hidden layers in order, each at least 1; may be empty.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: ActivationName,
    /// Which hidden layers have a batch-norm before their activation.
    pub batch_norm: BatchNormPlaces,
    /// Share of hidden values set to 0 while training, in `[0, 1)`.
    pub dropout: f64,
    /// Activation of the output.
    pub output_activation: ActivationName,
    /// Standard deviation of the initial weights and biases, at least 0.
    pub init_std: f64,
    /// How it is trained.
    #[serde(flatten)]
    pub training: TrainingSettings,
}

impl Default for AutoEncoder {
    fn default() -> Self {
        Self::preset(Preset::Default)
    }
}

impl AutoEncoder {
    /// The network for a table of `columns` columns.
    ///
    /// # Errors
    /// [`Error::Engine`] if a layer is outside its range.
    pub fn architecture(&self, columns: usize) -> Result<Architecture, Error> {
        let mut layers = Vec::new();
        for (index, &outputs) in self.hidden.iter().enumerate() {
            layers.push(Layer::Dense { outputs, bias: true });
            let normed = match self.batch_norm {
                BatchNormPlaces::None => false,
                BatchNormPlaces::First => index == 0,
                BatchNormPlaces::All => true,
            };
            if normed {
                layers.push(Layer::BatchNorm(BatchNorm::default()));
            }
            layers.push(Layer::Activation(self.activation.into()));
            if self.dropout > 0.0 {
                layers.push(Layer::Dropout { rate: self.dropout as f32 });
            }
        }
        layers.push(Layer::Dense { outputs: columns, bias: true });
        if self.output_activation != ActivationName::Identity {
            layers.push(Layer::Activation(self.output_activation.into()));
        }
        Ok(Architecture::new(columns, layers)?)
    }

    fn training_of(&self, columns: usize) -> Result<OneNetwork, Error> {
        let start = Initialization::Normal { deviation: self.init_std as f32 };
        let network = Network::new(self.architecture(columns)?, start, self.training.seed);
        let goal = Goal::Reconstruction { objective: Objective::SquaredError, score: Score::SquaredError };
        Ok(OneNetwork { training: self.training.clone(), network, goal })
    }
}

impl Method for AutoEncoder {
    const NAME: &'static str = "autoencoder";
    const CLASS: &'static str = "AutoEncoder";
    const ABOUT: &'static str = "a network learns to reproduce rows; abnormal is what it reproduces badly";
    const ASSUMES: &'static str =
        "inliers lie near a surface of few dimensions that a small network can learn";
    const SCORE: &'static str = "squared reconstruction error of the standardised row";
    const COST: &'static str = "fit: epochs x n x weights, five matrix products an epoch; score: n x weights";

    fn parameters() -> Vec<Parameter> {
        let parameter = |name, range, about| Parameter { name, range, about };
        let mut parameters = vec![
            parameter("hidden", Range::Widths, "widths of the hidden layers"),
            parameter("activation", ActivationName::RANGE, "activation of the hidden layers"),
            parameter(
                "batch_norm",
                Range::Words(&["none", "first", "all"]),
                "which hidden layers have a batch-norm",
            ),
            parameter("dropout", Range::BelowOne, "share of hidden values set to 0 while training"),
            parameter("output_activation", ActivationName::RANGE, "activation of the output"),
            parameter("init_std", Range::NotNegative, "standard deviation of the initial weights and biases"),
        ];
        parameters.extend(TrainingSettings::parameters());
        parameters
    }

    fn preset(preset: Preset) -> Self {
        let paper = Self {
            hidden: vec![64],
            activation: ActivationName::Relu,
            batch_norm: BatchNormPlaces::First,
            dropout: 0.2,
            output_activation: ActivationName::Identity,
            init_std: 0.02,
            training: TrainingSettings::default(),
        };
        match preset {
            Preset::Paper => paper,
            Preset::Default => {
                let gradstop =
                    GradStopSettings { divergence_limit: f64::INFINITY, ..GradStopSettings::default() };
                let training = TrainingSettings {
                    trim: TrimSetting::AUTO,
                    early_stopping: EarlyStopping::None,
                    rules: RuleSettings { gradstop, ..RuleSettings::default() },
                    ..paper.training.clone()
                };
                // A row's own values weigh less, so what is left to learn are relations between columns.
                Self { dropout: 0.4, training, ..paper }
            }
        }
    }

    fn check(&self) -> Result<(), Error> {
        self.training.check()
    }

    fn trainings(&self) -> usize {
        1
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
            Ok(Arc::new(NetworkModel { network, score: Score::SquaredError }))
        })
    }
}
