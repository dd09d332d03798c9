//! Random distance prediction (Wang et al., 2020): a network learns to predict a random one, and finds
//! abnormal where it fails.

use std::sync::Arc;

use gradstop_engine::random::{Key, Purpose};
use gradstop_engine::{Activation, Architecture, Initialization, Layer, Network, Objective};
use gradstop_rules::{EarlyStopping, GradStopSettings, RuleSettings};

use crate::deep::learning::learn;
use crate::deep::networks::load_network;
use crate::deep::score::{NetworkModel, RandomDistances, Score};
use crate::deep::settings::{OptimizerName, TrainingSettings, TrimSetting};
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
use crate::model::average::load_epochs;
use crate::model::tensors::Tensors;
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

/// Slopes of the two leaky ReLUs.
const TARGET_SLOPE: f32 = 0.25;
const SLOPE: f32 = 0.2;

settings! {
    /// Settings of random distance prediction. The score of a row is how far the network is from the random target,
    /// in the row itself and in its likeness to some reference rows; larger is more abnormal.
    pub struct Rdp {
        /// Outputs of the random target.
        pub width: usize = 50 => Range::whole(1, 1 << 16),
        /// Share of outputs set to 0 while training.
        pub dropout: f64 = 0.1 => Range::BelowOne,
        /// Fitted rows that every scored row is compared with.
        pub references: usize = 16 => Range::whole(1, 1 << 16),
        ..
        /// How it is trained.
        // On the ADBench tables with odd numbers its GradStop lost 0.010 and the average gained 0.004.
        pub training: TrainingSettings = TrainingSettings {
            trim: TrimSetting::Share(0.3),
            early_stopping: EarlyStopping::Auto,
            ..trained()
        },
    }
}

/// The training that the paper evaluated.
fn trained() -> TrainingSettings {
    let gradstop = GradStopSettings {
        set_size: 20,
        patience: 50,
        gap_low: 0.0,
        gap_high: 0.5,
        divergence_limit: f64::INFINITY,
        ..GradStopSettings::default()
    };
    TrainingSettings {
        optimizer: OptimizerName::Sgd,
        learning_rate: 0.5,
        momentum: 0.9,
        gradient_clip: 0.1,
        rules: RuleSettings { gradstop, ..RuleSettings::default() },
        ..TrainingSettings::default()
    }
}

impl Rdp {
    fn architecture(&self, columns: usize) -> Result<Architecture, Error> {
        let mut layers = vec![
            Layer::Dense { outputs: self.width, bias: true },
            Layer::Activation(Activation::LeakyRelu { slope: SLOPE }),
        ];
        if self.dropout > 0.0 {
            layers.push(Layer::Dropout { rate: self.dropout as f32 });
        }
        Ok(Architecture::new(columns, layers)?)
    }

    fn target_architecture(&self, columns: usize) -> Result<Architecture, Error> {
        let activation = Layer::Activation(Activation::LeakyRelu { slope: TARGET_SLOPE });
        Ok(Architecture::new(columns, vec![Layer::Dense { outputs: self.width, bias: true }, activation])?)
    }
}

impl Algorithm for Rdp {
    const NAME: &'static str = "rdp";
    const CLASS: &'static str = "RDP";
    const ABOUT: &'static str = "a network learns to predict a random one; abnormal is where it fails";
    const ASSUMES: &'static str =
        "what is common is learned first, so that the error of rare rows stays large";
    const SCORE: &'static str = "error against the random network";
    const COST: &'static str =
        "fit: epochs x n x columns x width, four matrix products; score: n x columns x width";

    fn paper() -> Self {
        Self { dropout: 0.2, training: trained(), ..Self::default() }
    }

    fn training_mut(&mut self) -> Option<&mut TrainingSettings> {
        Some(&mut self.training)
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        let seed = self.training.seed;
        let network = Network::new(self.architecture(rows.columns)?, Initialization::HeNormal, seed);
        // Another seed: drawn alike, the target would be the network's own start.
        let target_seed = Key::new(seed, Purpose::Members, &[1]).bits(0);
        let target = self.target_architecture(rows.columns)?;
        let target = Network::new(target, Initialization::HeNormal, target_seed);
        let chosen = Key::new(seed, Purpose::Partners, &[]).sample(rows.count(), self.references);
        let row = |row: usize| &rows.values[row * rows.columns..][..rows.columns];
        let references = chosen.into_iter().flat_map(row).copied().collect();
        let objective = Objective::RandomDistances { target: Box::new(target.clone()) };
        let score = Score::RandomDistances(Box::new(RandomDistances { target, references }));
        learn(&self.training, network, objective, score, rows, callback)
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        load_epochs(tensors, |tensors| {
            let network = load_network(|| self.architecture(columns), &tensors.under("network."))?;
            let target = load_network(|| self.target_architecture(columns), &tensors.under("target."))?;
            let count = match *tensors.shape("references")? {
                [count, _] if count > 0 => count,
                ref other => {
                    return Err(tensors.wrong("references", format!("shape {other:?}"), "at least 1 row"));
                }
            };
            let references = tensors.f32("references", &[count, columns])?.to_vec();
            let score = Score::RandomDistances(Box::new(RandomDistances { target, references }));
            Ok(Arc::new(NetworkModel { network, score }))
        })
    }
}
