//! What may be chosen of a preparation.

use serde::{Deserialize, Serialize};

/// What becomes of cells that are missing, infinite or too large for 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// They take the median of every column that is made of theirs, the mean where that is one of 0 and 1. Where at least one cell
    /// in a hundred is missing, a further column of 0 and 1 says where.
    #[default]
    Auto,
    /// They are an error that names the first one.
    Error,
    /// They take the mean of every column that is made of theirs.
    Mean,
    /// They take the median of every column that is made of theirs.
    Median,
    /// They take the mean, and a further column of 0 and 1 says where cells were missing.
    Indicator,
}

/// What becomes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Text {
    /// One-hot up to the limit of levels; beyond it how rare a level is, and nothing of text that names its rows.
    #[default]
    Auto,
    /// A column of 0 and 1 for each of the most frequent levels, and one for all others.
    OneHot,
    /// How much rarer than usual a cell's level was among the fitted rows.
    Frequency,
    /// Text is an error.
    Error,
}

/// What becomes of dates and counters that only say where in the table a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ordered {
    /// They are left out.
    #[default]
    Ignore,
    /// Counters are left out; of dates the hour, the weekday and the season are made, as far as the fitted moments went round
    /// a day, a week and a year.
    Parts,
    /// They count as any other column.
    Keep,
}

/// How columns are brought to one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// By mean and standard deviation.
    #[default]
    Standard,
    /// By median and interquartile range, on which a few extreme cells have no say.
    Robust,
    /// Numbers and dates become normal scores: the deviation that a normal distribution has at a cell's rank.
    Quantile,
}

/// What may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// What becomes of missing cells.
    pub missing: Missing,
    /// What becomes of text.
    pub text: Text,
    /// How many levels get a column of their own, at least 1.
    pub levels: usize,
    /// How columns are brought to one scale.
    pub scale: Scale,
    /// What becomes of dates and counters that only say where in the table a row stands.
    #[serde(default)]
    pub ordered: Ordered,
}

impl Options {
    /// Levels that get a column of their own unless it is said otherwise.
    pub const LEVELS: usize = 10;

    /// Whether complete numbers need no preparation but an origin.
    pub fn takes_numbers_as_they_are(&self) -> bool {
        matches!(self.missing, Missing::Auto | Missing::Error) && self.scale == Scale::Standard
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            missing: Missing::default(),
            text: Text::default(),
            levels: Self::LEVELS,
            scale: Scale::default(),
            ordered: Ordered::default(),
        }
    }
}
