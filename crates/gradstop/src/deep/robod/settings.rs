//! What ROBOD can be set to, and the auto-encoder that follows from it.

use gradstop_engine::Architecture;
use gradstop_rules::{EarlyStopping, GradStopSettings, RuleSettings};

use crate::deep::networks::hidden_layer;
use crate::deep::settings::{ActivationName, TrainingSettings, TrimSetting};
use crate::error::Error;
use crate::method::parameter::Range;
use crate::method::settings::settings;

settings! {
    /// Settings of ROBOD. The score of a row is the mean squared error of its reconstructions, summed over
    /// the depths and averaged over the members that see it; larger is more abnormal.
    pub struct Robod {
        /// Members.
        pub members: usize = 4 => Range::whole(1, 1000),
        /// Encoders of 1, 2, ... layers.
        pub depths: usize = 3 => Range::whole(1, 32),
        /// Factor by which each layer is narrower than the one before.
        // With every row and a linear output the published widths reproduce outliers as well.
        pub width_decay: f64 = 2.5 => Range::Between { least: 1.0, most: 1000.0 },
        /// Width of the first hidden layer at most; 0 for no limit.
        pub max_width: usize = 64 => Range::at_least(0),
        /// Activation of the hidden layers.
        pub activation: ActivationName = ActivationName::Relu => ActivationName::RANGE,
        /// Activation of the output.
        pub output_activation: ActivationName = ActivationName::Identity => ActivationName::RANGE,
        /// Whether every member sees every row, or each row one member.
        pub all_rows: bool = true => Range::Switch,
        ..
        /// How they are trained.
        pub training: TrainingSettings = trained(TrimSetting::Share(0.2)),
    }
}

/// The training that the paper evaluated, with another trim.
pub(super) fn trained(trim: TrimSetting) -> TrainingSettings {
    let gradstop = GradStopSettings { divergence_limit: f64::INFINITY, ..GradStopSettings::default() };
    TrainingSettings {
        trim,
        early_stopping: EarlyStopping::None,
        rules: RuleSettings { gradstop, ..RuleSettings::default() },
        ..TrainingSettings::default()
    }
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
