//! Where settings start from.

use serde::{Deserialize, Serialize};

/// A named set of settings to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// What we would use on a table that we know nothing about.
    Default,
    /// What the paper evaluated, quirks and all.
    Paper,
}
