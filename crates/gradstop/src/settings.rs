//! Every setting of the auto-encoder, its presets, and how a file or command line changes them.

use gradstop_engine::{Activation, Architecture, BatchNorm, EngineError, Layer, Optimizer};
use gradstop_rules::{
    EntropyStop, EntropyStopSettings, FixedEpochs, GradStop, GradStopSettings, RuleError, StoppingRule,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

/// A named set of settings to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// What we would use on a table that we know nothing about: the paper's network, with GradStop's
    /// early divergence test off.
    Default,
    /// What the paper evaluated.
    Paper,
}

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

/// The rule that decides which epoch to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StopName {
    /// Gradient cohesion of probe rows.
    Gradstop,
    /// Entropy of the scores.
    Entropystop,
    /// No rule: all epochs, the last is kept.
    None,
}

impl StopName {
    /// The name as written in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gradstop => "gradstop",
            Self::Entropystop => "entropystop",
            Self::None => "none",
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

/// Every setting of the auto-encoder. The default is [`Preset::Default`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoEncoderSettings {
    /// Seed of every random number: the same seed gives the same scores.
    pub seed: u64,
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
    pub initial_deviation: f64,
    /// The optimizer.
    pub optimizer: OptimizerName,
    /// Step size, positive.
    pub learning_rate: f64,
    /// Decay of the velocity (SGD only), in `[0, 1)`.
    pub momentum: f64,
    /// Multiple of each parameter added to its gradient, at least 0.
    pub weight_decay: f64,
    /// Rows a batch; 0 for the whole table at once.
    pub batch_rows: usize,
    /// Epochs at most, at least 1.
    pub epochs: usize,
    /// Rows whose gradients are looked at, at least 2; all rows if there are fewer.
    pub probe_rows: usize,
    /// Share of the rows that counts as outliers when the threshold is set, in `(0, 0.5]`.
    pub contamination: f64,
    /// The rule that decides which epoch to keep.
    pub stop: StopName,
    /// What is measured during the fit.
    pub watch: Watch,
    /// Settings of GradStop.
    pub gradstop: GradStopSettings,
    /// Settings of EntropyStop.
    pub entropystop: EntropyStopSettings,
}

impl Default for AutoEncoderSettings {
    fn default() -> Self {
        Self::preset(Preset::Default)
    }
}

impl AutoEncoderSettings {
    /// The settings of a preset.
    pub fn preset(preset: Preset) -> Self {
        let paper = Self {
            seed: 0,
            hidden: vec![64],
            activation: ActivationName::Relu,
            batch_norm: BatchNormPlaces::First,
            dropout: 0.2,
            output_activation: ActivationName::Identity,
            initial_deviation: 0.02,
            optimizer: OptimizerName::Adam,
            learning_rate: 0.005,
            momentum: 0.9,
            weight_decay: 0.0,
            batch_rows: 0,
            epochs: 100,
            probe_rows: 400,
            contamination: 0.1,
            stop: StopName::Gradstop,
            watch: Watch::Rule,
            gradstop: GradStopSettings::default(),
            entropystop: EntropyStopSettings::default(),
        };
        match preset {
            Preset::Paper => paper,
            Preset::Default => Self {
                gradstop: GradStopSettings { divergence_limit: f64::INFINITY, ..paper.gradstop.clone() },
                ..paper
            },
        }
    }

    /// A preset with some settings changed, given as a tree of names and values.
    ///
    /// ```
    /// use gradstop::{AutoEncoderSettings, Preset};
    /// let changes = serde_json::json!({ "epochs": 50, "gradstop": { "window": 10 } });
    /// let settings = AutoEncoderSettings::changed(Preset::Paper, &changes)?;
    /// assert_eq!((settings.epochs, settings.gradstop.window, settings.gradstop.set_size), (50, 10, 20));
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for a name that does not exist or a value of the wrong kind or range.
    pub fn changed(preset: Preset, changes: &Value) -> Result<Self, Error> {
        let mut tree = serde_json::to_value(Self::preset(preset)).expect("settings are plain data");
        merge(&mut tree, changes, "")?;
        let settings: Self =
            serde_json::from_value(tree).map_err(|error| unknown_word(preset, changes, &error))?;
        settings.check()?;
        Ok(settings)
    }

    /// Checks every range.
    ///
    /// # Errors
    /// The error names the setting.
    pub fn check(&self) -> Result<(), Error> {
        let check = |holds: bool, parameter: &str, got: &dyn std::fmt::Display, wanted: &str| match holds {
            true => Ok(()),
            false => Err(Error::Setting {
                parameter: parameter.into(),
                got: got.to_string(),
                wanted: wanted.into(),
            }),
        };
        let (most, widest) = (1 << 16, self.hidden.iter().copied().max().unwrap_or(1));
        check(widest <= most, "hidden", &widest, "widths of at most 65536")?;
        check(self.hidden.len() <= 64, "hidden", &self.hidden.len(), "at most 64 layers")?;
        let narrowest = self.hidden.iter().copied().min().unwrap_or(1);
        check(narrowest > 0, "hidden", &narrowest, "widths of at least 1")?;
        check((0.0..1.0).contains(&self.dropout), "dropout", &self.dropout, "a number in [0, 1)")?;
        let spread = self.initial_deviation;
        check(spread >= 0.0 && spread.is_finite(), "initial_deviation", &spread, "a number of at least 0")?;
        check(self.epochs > 0, "epochs", &self.epochs, "at least 1")?;
        check(self.probe_rows > 1, "probe_rows", &self.probe_rows, "at least 2")?;
        let share = self.contamination;
        check(share > 0.0 && share <= 0.5, "contamination", &share, "a share in (0, 0.5]")?;
        self.optimizer().check().map_err(|error| match error {
            EngineError::Setting { parameter, got, wanted } => named("", parameter, got, wanted),
            other => other.into(),
        })?;
        let of_rule = |rule: &'static str| {
            move |error| match error {
                RuleError::Setting { parameter, got, wanted } => named(rule, parameter, got, wanted),
                other => other.into(),
            }
        };
        self.gradstop.check().map_err(of_rule("gradstop."))?;
        self.entropystop.check().map_err(of_rule("entropystop."))?;
        Ok(())
    }

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

    pub(crate) fn optimizer(&self) -> Optimizer {
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

    /// The rule that decides.
    pub(crate) fn rule(&self) -> Result<Box<dyn StoppingRule>, Error> {
        self.rule_named(self.stop)
    }

    /// The rules that only look on.
    pub(crate) fn onlookers(&self) -> Result<Vec<Box<dyn StoppingRule>>, Error> {
        let all = [StopName::Gradstop, StopName::Entropystop];
        let others = all.into_iter().filter(|&name| self.watch == Watch::All && name != self.stop);
        others.map(|name| self.rule_named(name)).collect()
    }

    fn rule_named(&self, name: StopName) -> Result<Box<dyn StoppingRule>, Error> {
        Ok(match name {
            StopName::Gradstop => Box::new(GradStop::new(self.gradstop.clone())?),
            StopName::Entropystop => Box::new(EntropyStop::new(self.entropystop.clone())?),
            StopName::None => Box::new(FixedEpochs::new(self.epochs)?),
        })
    }
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

/// The error for a setting outside its range, under the name that it has in files.
fn named(prefix: &str, parameter: &str, got: String, wanted: &str) -> Error {
    Error::Setting { parameter: format!("{prefix}{parameter}"), got, wanted: wanted.into() }
}

/// The error for a word that no setting knows. Serde says which words there are, but not whose they are:
/// that is found by making one change at a time.
fn unknown_word(preset: Preset, changes: &Value, error: &serde_json::Error) -> Error {
    let fails = |name: &str, value: &Value| {
        let one = serde_json::json!({ name: value });
        let mut tree =
            serde_json::to_value(AutoEncoderSettings::preset(preset)).expect("settings are plain data");
        merge(&mut tree, &one, "").is_ok() && serde_json::from_value::<AutoEncoderSettings>(tree).is_err()
    };
    let changes = changes.as_object().into_iter().flatten();
    let culprit = changes.into_iter().find(|(name, value)| fails(name, value));
    let (parameter, got) = culprit.map(|(name, value)| (name.clone(), value.to_string())).unwrap_or_default();
    let words = error.to_string();
    let wanted = words.split_once("expected ").map_or(words.clone(), |(_, wanted)| wanted.replace('`', ""));
    Error::Setting { parameter, got, wanted }
}

/// Puts `changes` over `tree`, name by name; every name must be there already.
fn merge(tree: &mut Value, changes: &Value, path: &str) -> Result<(), Error> {
    let (Value::Object(tree), Value::Object(changes)) = (tree, changes) else {
        let (got, wanted) = (changes.to_string(), "a table of names and values".to_string());
        return Err(Error::Setting { parameter: path.into(), got, wanted });
    };
    let names: Vec<String> = tree.keys().cloned().collect();
    for (name, change) in changes {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match tree.get_mut(name) {
            Some(old @ Value::Object(_)) => merge(old, change, &path)?,
            Some(old) => check_kind(old, change, &path).map(|()| *old = change.clone())?,
            None => {
                let wanted = format!("one of {}", names.join(", "));
                return Err(Error::Setting {
                    parameter: path,
                    got: "no setting of that name".into(),
                    wanted,
                });
            }
        }
    }
    Ok(())
}

/// A value of another kind than the one it replaces is named here, where its name is known.
fn check_kind(old: &Value, new: &Value, path: &str) -> Result<(), Error> {
    let wanted = match (old, new) {
        (Value::Number(old), Value::Number(new)) if old.is_f64() || new.is_u64() => return Ok(()),
        (Value::Number(old), Value::Number(_)) if !old.is_f64() => "a whole number of at least 0",
        (Value::Array(_), Value::Array(items)) if items.iter().all(Value::is_u64) => return Ok(()),
        (Value::Array(_), _) => "a list of whole numbers, as [128, 64]",
        (Value::String(old), Value::String(new)) if old == "off" && new != "off" => "a number or \"off\"",
        (Value::String(_), Value::String(_)) => return Ok(()),
        // The divergence limit is a number or "off".
        (Value::String(old), Value::Number(_)) if old == "off" => return Ok(()),
        (Value::Number(_), Value::String(new)) if new == "off" => return Ok(()),
        (Value::String(_), _) => "a word",
        _ if path.ends_with("divergence_limit") => "a number or \"off\"",
        _ => "a number",
    };
    Err(Error::Setting { parameter: path.into(), got: new.to_string(), wanted: wanted.into() })
}
