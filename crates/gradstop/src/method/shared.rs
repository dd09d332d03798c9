//! Settings that every detector has, whatever its method.

use gradstop_engine::random::{Key, Purpose};
use serde::{Deserialize, Serialize};

use crate::method::parameter::Range;
use crate::method::settings::settings;

settings! {
    /// Settings that every detector has.
    pub struct Common {
        /// Share of the rows to flag as outliers.
        pub contamination: f64 = 0.1 => Range::ShareUpTo(0.5),
        /// How many are fitted, each with a seed of its own; 1 for no ensemble.
        pub ensemble: usize = 1 => Range::Whole { least: 1, most: 1000 },
        /// Whether an ensemble averages ranks or standardised scores.
        pub combine: Combination = Combination::Standard => Range::Words(&["rank", "standard"]),
    }
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

/// The seed of a member: the first keeps that of the settings.
pub(crate) fn member_seed(seed: u64, member: usize) -> u64 {
    match member {
        0 => seed,
        _ => Key::new(seed, Purpose::Members, &[0]).bits(member as u64),
    }
}
