//! What held in every fitted row of a column that is watched, as data.

use serde::{Deserialize, Serialize};

/// A column that is watched: no column of the model tells its rows apart, so one more says how far each departs from what held
/// in all fitted rows. It is 0 in these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// One rule for each column that the encoding makes; none for an encoding that makes none, of which any value departs.
    pub(crate) rules: Vec<Rule>,
}

/// What held in every fitted row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub(crate) enum Rule {
    /// It was this value; a departure is measured in units of `scale`.
    Value { value: f64, scale: f64 },
    /// It was what the column at that position became in its column `output`.
    SameAs { position: usize, output: usize, scale: f64 },
}
