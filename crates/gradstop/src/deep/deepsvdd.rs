//! DeepSVDD (Ruff et al., 2018): a network learns to map rows near a centre, and finds abnormal what it
//! maps far away.

use std::sync::Arc;

use gradstop_engine::{Architecture, Initialization, Network};
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

/// Where the sphere has its centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Center {
    /// The mean output of the untrained network.
    Mean,
    /// The origin. With neither biases nor an upper bound of the activation the network can meet it
    /// by weights of 0, and does: it collapses.
    Zero,
}

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// The mean squared distance from the centre.
    OneClass,
    /// The radius of a sphere, and how far the rows outside it lie beyond it.
    Soft,
}

settings! {
    /// Settings of DeepSVDD. The score of a row is the squared distance of the network's output from the centre;
    /// larger is more abnormal.
    pub struct DeepSvdd {
        /// Widths of the layers, the last one the output.
        pub hidden: Vec<usize> = vec![64, 32] => Range::Widths,
        /// Activation of every layer but the last.
        pub activation: ActivationName = ActivationName::Relu => ActivationName::RANGE,
        /// Activation of the last layer.
        pub output_activation: ActivationName = ActivationName::Relu => ActivationName::RANGE,
        /// Whether layers have biases.
        pub bias: bool = false => Range::Switch,
        /// Share of hidden values set to 0 while training.
        pub dropout: f64 = 0.0 => Range::BelowOne,
        /// The untrained network's mean output, or the origin.
        pub center: Center = Center::Mean => Range::Words(&["mean", "zero"]),
        /// Mean distance, or a sphere that rows may leave.
        pub boundary: Boundary = Boundary::OneClass => Range::Words(&["one-class", "soft"]),
        /// Share of rows that a soft boundary leaves outside.
        pub nu: f64 = 0.1 => Range::ShareUpTo(1.0),
        ..
        /// How it is trained.
        pub training: TrainingSettings = TrainingSettings {
            trim: TrimSetting::Share(0.3),
            early_stopping: EarlyStopping::None,
            weight_decay: 5e-7,
            ..trained(f64::INFINITY)
        },
    }
}

/// The training that the paper evaluated, with a limit of GradStop's early divergence.
fn trained(divergence_limit: f64) -> TrainingSettings {
    let gradstop = GradStopSettings {
        set_size: 20,
        patience: 10,
        gap_low: 0.0,
        gap_high: 0.1,
        divergence_limit,
        ..GradStopSettings::default()
    };
    let rules = RuleSettings { gradstop, ..RuleSettings::default() };
    TrainingSettings { learning_rate: 0.001, rules, ..TrainingSettings::default() }
}

impl DeepSvdd {
    fn architecture(&self, columns: usize) -> Result<Architecture, Error> {
        let mut layers = Vec::new();
        let (last, hidden) = self.hidden.split_last().ok_or_else(|| Error::Setting {
            parameter: "hidden".into(),
            got: "[]".into(),
            wanted: "at least one width, that of the output".into(),
        })?;
        for &outputs in hidden {
            hidden_layer(&mut layers, outputs, self.bias, self.activation, self.dropout);
        }
        hidden_layer(&mut layers, *last, self.bias, self.output_activation, 0.0);
        Ok(Architecture::new(columns, layers)?)
    }

    fn training_of(&self, columns: usize) -> Result<OneNetwork, Error> {
        let network = Network::new(self.architecture(columns)?, Initialization::Uniform, self.training.seed);
        let soft = (self.boundary == Boundary::Soft).then_some(self.nu as f32);
        let goal = Goal::Center { at_origin: self.center == Center::Zero, soft };
        Ok(OneNetwork { training: self.training.clone(), network, goal })
    }
}

impl Algorithm for DeepSvdd {
    const NAME: &'static str = "deepsvdd";
    const CLASS: &'static str = "DeepSVDD";
    const ABOUT: &'static str =
        "a network learns to map rows near a centre; abnormal is what it maps far away";
    const ASSUMES: &'static str =
        "inliers are alike enough that one small region of a learned space holds them";
    const SCORE: &'static str = "squared distance of the network's output from the centre";
    const COST: &'static str =
        "fit: epochs x n x weights, as two matrix products a layer forward and backward; score: n x weights";

    fn paper() -> Self {
        let divergence_limit = GradStopSettings::default().divergence_limit;
        Self { center: Center::Zero, training: trained(divergence_limit), ..Self::default() }
    }

    fn training_mut(&mut self) -> Option<&mut TrainingSettings> {
        Some(&mut self.training)
    }

    fn check(&self) -> Result<(), Error> {
        self.architecture(1)?;
        self.training.check()
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
            let center = tensors.f32("center", &[network.architecture().outputs()])?.to_vec();
            Ok(Arc::new(NetworkModel { network, score: Score::Distance { center } }))
        })
    }
}
