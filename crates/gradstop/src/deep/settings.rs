//! What every network's training can be told, whatever it is trained for.

use gradstop_engine::{Activation, Optimizer, Trimming};
use gradstop_rules::{EarlyStopping, RuleError, RuleSettings, Setting};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::method::parameter::{Parameter, Range};
use crate::training::plan::Plan;
use crate::training::rules::Rules;

/// A function applied to every value of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationName {
    /// `max(z, 0)`.
    Relu,
    /// `z`, or `0.01 z` if negative.
    LeakyRelu,
    /// `1 / (1 + exp(-z))`.
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `z`.
    Identity,
}

/// How parameters follow their gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerName {
    /// Adam.
    Adam,
    /// Gradient descent with momentum.
    Sgd,
    /// RMSprop.
    Rmsprop,
}

/// Which rows no step is learned from: those with the largest losses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TrimSetting {
    /// This share of them, in `[0, 1)`; 0 for none.
    Share(f64),
    /// As many as the losses say.
    Named(TrimName),
}

/// A way to find out which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrimName {
    /// Those whose loss is far over the usual one.
    Auto,
}

impl TrimSetting {
    /// As many as the losses say.
    pub const AUTO: Self = Self::Named(TrimName::Auto);

    /// What is left out, if anything is.
    pub fn trimming(self) -> Option<Trimming> {
        match self {
            Self::Share(0.0) => None,
            Self::Share(share) => Some(Trimming::Share(share)),
            Self::Named(TrimName::Auto) => Some(Trimming::Adaptive),
        }
    }
}

/// What is measured during a fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Watch {
    /// What the rule needs.
    Rule,
    /// What any rule would need: the history is complete, an epoch takes longer, nothing else changes.
    All,
}

/// How a network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingSettings {
    /// Seed of every random number: the same seed gives the same scores.
    pub seed: u64,
    /// The optimizer.
    pub optimizer: OptimizerName,
    /// Step size, positive.
    pub learning_rate: f64,
    /// Decay of the velocity (SGD only), in `[0, 1)`.
    pub momentum: f64,
    /// Multiple of each parameter added to its gradient, at least 0.
    pub weight_decay: f64,
    /// Length that longer gradients are shortened to before a step; 0 for never.
    pub gradient_clip: f64,
    /// Rows a batch; 0 for the whole table at once.
    pub batch_size: usize,
    /// Which rows of a batch a step is not learned from.
    pub trim: TrimSetting,
    /// Epochs at most, at least 1.
    pub epochs: usize,
    /// Rows whose gradients are looked at, at least 2; all rows if there are fewer.
    pub probe_size: usize,
    /// The rule that decides which epoch to keep.
    pub early_stopping: EarlyStopping,
    /// What is measured during the fit.
    pub watch: Watch,
    /// Settings of every rule, each under the rule's name.
    #[serde(flatten)]
    pub rules: RuleSettings,
}

impl Default for TrainingSettings {
    /// 100 epochs of Adam at 0.005 over the whole table, stopped by GradStop with the settings that the
    /// paper gives the auto-encoder.
    fn default() -> Self {
        Self {
            seed: 0,
            optimizer: OptimizerName::Adam,
            learning_rate: 0.005,
            momentum: 0.9,
            weight_decay: 0.0,
            gradient_clip: 0.0,
            batch_size: 0,
            trim: TrimSetting::Share(0.0),
            epochs: 100,
            probe_size: 400,
            early_stopping: EarlyStopping::Gradstop,
            watch: Watch::Rule,
            rules: RuleSettings::default(),
        }
    }
}

impl TrainingSettings {
    /// Every setting with its range.
    pub fn parameters() -> Vec<Parameter> {
        let parameter = |name, range, about| Parameter { name, range, about };
        let whole = |least| Range::Whole { least, most: u64::MAX };
        let own = [
            parameter("seed", whole(0), "seed of every random number"),
            parameter(
                "optimizer",
                Range::Words(&["adam", "sgd", "rmsprop"]),
                "how weights follow their gradient",
            ),
            parameter("learning_rate", Range::Positive, "step size"),
            parameter("momentum", Range::BelowOne, "decay of the velocity (sgd only)"),
            parameter("weight_decay", Range::NotNegative, "multiple of each weight added to its gradient"),
            parameter(
                "gradient_clip",
                Range::NotNegative,
                "length that longer gradients are shortened to; 0 for never",
            ),
            parameter("batch_size", whole(0), "rows a batch; 0 for the whole table at once"),
            parameter(
                "trim",
                Range::BelowOneOrAuto,
                "share of the rows, those with the largest losses, that no step is learned from; auto for as many as \
                 have losses far over the usual one",
            ),
            parameter("epochs", whole(1), "epochs at most"),
            parameter("probe_size", whole(2), "rows whose gradients are looked at; all if there are fewer"),
            parameter(
                "early_stopping",
                Range::Words(EarlyStopping::NAMES),
                "the rule that decides which epoch to keep",
            ),
            parameter(
                "watch",
                Range::Words(&["rule", "all"]),
                "measure what the rule needs, or what any rule would",
            ),
        ];
        let of_rule = |setting: &Setting| parameter(setting.name, setting.range.into(), setting.about);
        own.into_iter().chain(RuleSettings::all().map(of_rule)).collect()
    }

    /// What the ranges of single settings do not say.
    ///
    /// # Errors
    /// The error names the setting.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.rules.check().map_err(|(rule, error)| match error {
            RuleError::Setting { parameter, got, wanted } => {
                Error::Setting { parameter: format!("{rule}.{parameter}"), got, wanted }
            }
            other => other.into(),
        })?;
        // As 32-bit floats the constants may leave their ranges.
        Ok(self.optimizer().check()?)
    }

    /// The plan of a training.
    pub(crate) fn plan(&self) -> Plan {
        Plan {
            seed: self.seed,
            optimizer: self.optimizer(),
            gradient_limit: self.gradient_clip as f32,
            batch_size: self.batch_size,
            trim: self.trim.trimming(),
            epochs: self.epochs,
            probe_size: self.probe_size,
        }
    }

    fn optimizer(&self) -> Optimizer {
        let (learning_rate, weight_decay) = (self.learning_rate as f32, self.weight_decay as f32);
        match self.optimizer {
            OptimizerName::Adam => {
                Optimizer::Adam { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay }
            }
            OptimizerName::Sgd => {
                Optimizer::Sgd { learning_rate, momentum: self.momentum as f32, weight_decay }
            }
            OptimizerName::Rmsprop => {
                Optimizer::RmsProp { learning_rate, decay: 0.99, epsilon: 1e-8, weight_decay }
            }
        }
    }

    /// The rule that decides, and those that only look on.
    pub(crate) fn rules(&self) -> Result<Rules, Error> {
        let all = EarlyStopping::ALL.iter().filter(|_| self.watch == Watch::All);
        let others = all.filter(|&&name| name != self.early_stopping && name != EarlyStopping::None);
        let onlookers =
            others.map(|&name| self.rules.rule(name, self.epochs)).collect::<Result<_, RuleError>>()?;
        Ok(Rules { deciding: self.rules.rule(self.early_stopping, self.epochs)?, onlookers })
    }
}

impl ActivationName {
    /// The words for it.
    pub(crate) const RANGE: Range = Range::Words(&["relu", "leaky-relu", "sigmoid", "tanh", "identity"]);
}

impl From<ActivationName> for Activation {
    fn from(name: ActivationName) -> Self {
        match name {
            ActivationName::Relu => Self::Relu,
            ActivationName::LeakyRelu => Self::LeakyRelu { slope: 0.01 },
            ActivationName::Sigmoid => Self::Sigmoid,
            ActivationName::Tanh => Self::Tanh,
            ActivationName::Identity => Self::Identity,
        }
    }
}
