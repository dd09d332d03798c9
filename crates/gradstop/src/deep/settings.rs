//! What every network's training can be told, whatever it is trained for.

use gradstop_engine::{Activation, Optimizer, Trimming};
use gradstop_rules::{EarlyStopping, RuleError, RuleSettings, Setting};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::method::parameter::{Parameter, Range};
use crate::method::settings::{Settings, settings};
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

settings! {
    /// How a network is trained: by default 100 epochs of Adam over the whole table, stopped by GradStop with the settings
    /// that the paper gives the auto-encoder.
    pub struct TrainingSettings {
        /// Seed of every random number.
        pub seed: u64 = 0 => Range::at_least(0),
        /// How weights follow their gradient.
        pub optimizer: OptimizerName = OptimizerName::Adam => Range::Words(&["adam", "sgd", "rmsprop"]),
        /// Step size.
        pub learning_rate: f64 = 0.005 => Range::Positive,
        /// Decay of the velocity (sgd only).
        pub momentum: f64 = 0.9 => Range::BelowOne,
        /// Multiple of each weight added to its gradient.
        pub weight_decay: f64 = 0.0 => Range::NotNegative,
        /// Length that longer gradients are shortened to; 0 for never.
        pub gradient_clip: f64 = 0.0 => Range::NotNegative,
        /// Rows a batch; 0 for the whole table at once.
        pub batch_size: usize = 0 => Range::at_least(0),
        /// Share of the rows, those with the largest losses, that no step is learned from; auto for as many as have losses
        /// far over the usual one.
        pub trim: TrimSetting = TrimSetting::Share(0.0) => Range::BelowOneOrAuto,
        /// Epochs at most.
        pub epochs: usize = 100 => Range::at_least(1),
        /// Rows whose gradients are looked at; all if there are fewer.
        pub probe_size: usize = 400 => Range::at_least(2),
        /// The rule that decides which epoch to keep.
        pub early_stopping: EarlyStopping = EarlyStopping::Gradstop => Range::Words(EarlyStopping::NAMES),
        /// Measure what the rule needs, or what any rule would.
        pub watch: Watch = Watch::Rule => Range::Words(&["rule", "all"]),
        ..
        /// Settings of every rule, each under the rule's name.
        pub rules: RuleSettings = RuleSettings::default(),
    }
}

impl Settings for RuleSettings {
    fn parameters() -> Vec<Parameter> {
        let of_rule = |setting: &Setting| {
            let (name, range, about) = (setting.name, setting.range.into(), setting.about);
            Parameter { name, range, about }
        };
        RuleSettings::all().map(of_rule).collect()
    }
}

impl TrainingSettings {
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
