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
use crate::method::parameter::{Parameter, Range};
use crate::method::preset::Preset;
use crate::method::{FitOutput, Method};
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

/// Settings of DeepSVDD. The score of a row is the squared distance of the network's output from the centre;
/// larger is more abnormal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeepSvdd {
    /// Widths of the layers in order, the last one the output; at least one.
    pub hidden: Vec<usize>,
    /// Activation of every layer but the last.
    pub activation: ActivationName,
    /// Activation of the last layer.
    pub output_activation: ActivationName,
    /// Whether layers have biases, by which a network can always collapse.
    pub bias: bool,
    /// Share of hidden values set to 0 while training, in `[0, 1)`.
    pub dropout: f64,
    /// Where the sphere has its centre.
    pub center: Center,
    /// What is minimised.
    pub boundary: Boundary,
    /// Share of rows that a soft boundary leaves outside, in `(0, 1]`.
    pub nu: f64,
    /// How it is trained.
    #[serde(flatten)]
    pub training: TrainingSettings,
}

impl Default for DeepSvdd {
    fn default() -> Self {
        Self::preset(Preset::Default)
    }
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

impl Method for DeepSvdd {
    const NAME: &'static str = "deepsvdd";
    const CLASS: &'static str = "DeepSVDD";
    const ABOUT: &'static str =
        "a network learns to map rows near a centre; abnormal is what it maps far away";
    const ASSUMES: &'static str =
        "inliers are alike enough that one small region of a learned space holds them";
    const SCORE: &'static str = "squared distance of the network's output from the centre";
    const COST: &'static str =
        "fit: epochs x n x weights, as two matrix products a layer forward and backward; score: n x weights";

    fn parameters() -> Vec<Parameter> {
        let mut parameters = vec![
            Parameter {
                name: "hidden",
                range: Range::Widths,
                about: "widths of the layers, the last one the output",
            },
            Parameter {
                name: "activation",
                range: ActivationName::RANGE,
                about: "activation of every layer but the last",
            },
            Parameter {
                name: "output_activation",
                range: ActivationName::RANGE,
                about: "activation of the last layer",
            },
            Parameter { name: "bias", range: Range::Switch, about: "whether layers have biases" },
            Parameter {
                name: "dropout",
                range: Range::BelowOne,
                about: "share of hidden values set to 0 while training",
            },
            Parameter {
                name: "center",
                range: Range::Words(&["mean", "zero"]),
                about: "the untrained network's mean output, or the origin",
            },
            Parameter {
                name: "boundary",
                range: Range::Words(&["one-class", "soft"]),
                about: "mean distance, or a sphere that rows may leave",
            },
            Parameter {
                name: "nu",
                range: Range::ShareUpTo(1.0),
                about: "share of rows that a soft boundary leaves outside",
            },
        ];
        parameters.extend(TrainingSettings::parameters());
        parameters
    }

    fn preset(preset: Preset) -> Self {
        let gradstop = GradStopSettings {
            set_size: 20,
            patience: 10,
            gap_low: 0.0,
            gap_high: 0.1,
            ..GradStopSettings::default()
        };
        let paper = Self {
            hidden: vec![64, 32],
            activation: ActivationName::Relu,
            output_activation: ActivationName::Relu,
            bias: false,
            dropout: 0.0,
            center: Center::Zero,
            boundary: Boundary::OneClass,
            nu: 0.1,
            training: TrainingSettings {
                learning_rate: 0.001,
                rules: RuleSettings { gradstop, ..RuleSettings::default() },
                ..TrainingSettings::default()
            },
        };
        match preset {
            Preset::Paper => paper,
            Preset::Default => Self {
                center: Center::Mean,
                training: TrainingSettings {
                    trim: TrimSetting::Share(0.3),
                    early_stopping: EarlyStopping::None,
                    weight_decay: 5e-7,
                    rules: RuleSettings {
                        gradstop: GradStopSettings {
                            divergence_limit: f64::INFINITY,
                            ..paper.training.rules.gradstop.clone()
                        },
                        ..RuleSettings::default()
                    },
                    ..paper.training.clone()
                },
                ..paper
            },
        }
    }

    fn check(&self) -> Result<(), Error> {
        self.architecture(1)?;
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
            let center = tensors.f32("center", &[network.architecture().outputs()])?.to_vec();
            Ok(Arc::new(NetworkModel { network, score: Score::Distance { center } }))
        })
    }
}
