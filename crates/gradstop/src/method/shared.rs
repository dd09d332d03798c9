//! Settings that every detector has, whatever its method.

use gradstop_engine::random::{Key, Purpose};
use serde::{Deserialize, Serialize};

use crate::method::parameter::{Parameter, Range};

/// Settings that every detector has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Common {
    /// Share of the rows that counts as outliers when the threshold is set, in `(0, 0.5]`.
    pub contamination: f64,
    /// How many are fitted, each with a seed of its own; 1 for no ensemble.
    pub ensemble: usize,
    /// How the scores of an ensemble become one.
    pub combine: Combination,
}

/// How the scores of an ensemble become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combination {
    /// Mean over the members of the share of training scores that lie below, equal ones by half.
    Rank,
    /// Mean over the members of `(score - mean) / deviation`, those of the training scores.
    Standard,
}

impl Default for Common {
    fn default() -> Self {
        Self { contamination: 0.1, ensemble: 1, combine: Combination::Standard }
    }
}

impl Common {
    /// Every setting with its range.
    pub fn parameters() -> [Parameter; 3] {
        [
            Parameter {
                name: "contamination",
                range: Range::ShareUpTo(0.5),
                about: "share of the rows to flag as outliers",
            },
            Parameter {
                name: "ensemble",
                range: Range::Whole { least: 1, most: 1000 },
                about: "how many are fitted, each with a seed of its own",
            },
            Parameter {
                name: "combine",
                range: Range::Words(&["rank", "standard"]),
                about: "whether an ensemble averages ranks or standardised scores",
            },
        ]
    }
}

/// The seed of a member: the first keeps that of the settings.
pub(crate) fn member_seed(seed: u64, member: usize) -> u64 {
    match member {
        0 => seed,
        _ => Key::new(seed, Purpose::Members, &[0]).bits(member as u64),
    }
}
