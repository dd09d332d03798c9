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
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
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

settings! {
    /// Settings of the auto-encoder. The score of a row is its squared reconstruction error after
    /// standardisation, summed over the columns; larger is more abnormal.
    pub struct AutoEncoder {
        /// Widths of the hidden layers.
        pub hidden: Vec<usize> = vec![64] => Range::Widths,
        /// Activation of the hidden layers.
        pub activation: ActivationName = ActivationName::Relu => ActivationName::RANGE,
        /// Which hidden layers have a batch-norm.
        pub batch_norm: BatchNormPlaces = BatchNormPlaces::First => Range::Words(&["none", "first", "all"]),
        /// Share of hidden values set to 0 while training.
        // A row's own values weigh less, so what is left to learn are relations between columns.
        pub dropout: f64 = 0.4 => Range::BelowOne,
        /// Activation of the output.
        pub output_activation: ActivationName = ActivationName::Identity => ActivationName::RANGE,
        /// Standard deviation of the initial weights and biases.
        pub init_std: f64 = 0.02 => Range::NotNegative,
        ..
        /// How it is trained.
        pub training: TrainingSettings = TrainingSettings {
            trim: TrimSetting::AUTO,
            early_stopping: EarlyStopping::None,
            rules: RuleSettings {
                gradstop: GradStopSettings { divergence_limit: f64::INFINITY, ..GradStopSettings::default() },
                ..RuleSettings::default()
            },
            ..TrainingSettings::default()
        },
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

impl Algorithm for AutoEncoder {
    const NAME: &'static str = "autoencoder";
    const CLASS: &'static str = "AutoEncoder";
    const ABOUT: &'static str = "a network learns to reproduce rows; abnormal is what it reproduces badly";
    const ASSUMES: &'static str =
        "inliers lie near a surface of few dimensions that a small network can learn";
    const SCORE: &'static str = "squared reconstruction error of the standardised row";
    const COST: &'static str = "fit: epochs x n x weights, five matrix products an epoch; score: n x weights";

    fn paper() -> Self {
        Self { dropout: 0.2, training: TrainingSettings::default(), ..Self::default() }
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
            Ok(Arc::new(NetworkModel { network, score: Score::SquaredError }))
        })
    }
}
