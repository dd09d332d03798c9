//! What can be set, and in which range: the one table that lists, checks and explains a detector's settings.

use std::fmt;

use gradstop_rules::SettingRange;
use serde_json::Value;

use crate::error::Error;

/// A setting of a detector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its name in files and in `--set`; a dot leads into a group, as in `gradstop.patience`.
    pub name: &'static str,
    /// Values that it can take.
    pub range: Range,
    /// What it means.
    pub about: &'static str,
}

/// Values that a setting can take.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Range {
    /// A whole number, both ends included.
    Whole {
        /// The smallest.
        least: u64,
        /// The largest; `u64::MAX` for none.
        most: u64,
    },
    /// A finite number over 0.
    Positive,
    /// A finite number of at least 0.
    NotNegative,
    /// A number between two others, both included.
    Between {
        /// The smallest.
        least: f64,
        /// The largest.
        most: f64,
    },
    /// A number of at least 0 and below 1.
    BelowOne,
    /// A number of at least 0 and below 1, or `auto`.
    BelowOneOrAuto,
    /// A number over 0 and at most this.
    ShareUpTo(f64),
    /// A finite number of at least 0, or `off`.
    Limit,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list of widths, each from 1 to 65536, at most 64 of them.
    Widths,
    /// True or false.
    Switch,
}

impl Parameter {
    /// Checks the value that stands for this parameter in a tree of settings.
    ///
    /// # Errors
    /// [`Error::Setting`] with what was given and the range.
    pub fn check(&self, settings: &Value) -> Result<(), Error> {
        let value = self.name.split('.').try_fold(settings, |value, name| value.get(name));
        match value {
            Some(value) if self.range.holds(value) => Ok(()),
            _ => Err(Error::Setting {
                parameter: self.name.into(),
                got: value.map_or("nothing".into(), Value::to_string),
                wanted: self.range.to_string(),
            }),
        }
    }
}

impl Range {
    /// Whether a value lies in the range.
    pub fn holds(&self, value: &Value) -> bool {
        let number = value.as_f64().filter(|number| number.is_finite());
        let number_that = |test: &dyn Fn(f64) -> bool| number.is_some_and(test);
        match *self {
            Self::Whole { least, most } => {
                value.as_u64().is_some_and(|whole| (least..=most).contains(&whole))
            }
            Self::Positive => number_that(&|number| number > 0.0),
            Self::NotNegative => number_that(&|number| number >= 0.0),
            Self::Between { least, most } => number_that(&|number| (least..=most).contains(&number)),
            Self::BelowOne => number_that(&|number| (0.0..1.0).contains(&number)),
            Self::BelowOneOrAuto => value == "auto" || Self::BelowOne.holds(value),
            Self::ShareUpTo(most) => number_that(&|number| number > 0.0 && number <= most),
            Self::Limit => value == "off" || number_that(&|number| number >= 0.0),
            Self::Words(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Widths => value.as_array().is_some_and(|widths| {
                let fits = |width: &Value| width.as_u64().is_some_and(|width| (1..=1 << 16).contains(&width));
                widths.len() <= 64 && widths.iter().all(fits)
            }),
            Self::Switch => value.is_boolean(),
        }
    }
}

impl From<SettingRange> for Range {
    fn from(range: SettingRange) -> Self {
        match range {
            SettingRange::Whole(least) => Self::Whole { least, most: u64::MAX },
            SettingRange::NotNegative => Self::NotNegative,
            SettingRange::Between(least, most) => Self::Between { least, most },
            SettingRange::Limit => Self::Limit,
        }
    }
}

/// The range in words, as in an error or a list: "a whole number of at least 1".
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { least, most: u64::MAX } => write!(f, "a whole number of at least {least}"),
            Self::Whole { least, most } => write!(f, "a whole number from {least} to {most}"),
            Self::Positive => write!(f, "a positive number"),
            Self::NotNegative => write!(f, "a number of at least 0"),
            Self::Between { least, most } => write!(f, "a number from {least} to {most}"),
            Self::BelowOne => write!(f, "a number in [0, 1)"),
            Self::BelowOneOrAuto => write!(f, "a number in [0, 1), or \"auto\""),
            Self::ShareUpTo(most) => write!(f, "a share in (0, {most}]"),
            Self::Limit => write!(f, "a number of at least 0, or \"off\""),
            Self::Words(words) => write!(f, "one of {}", words.join(", ")),
            Self::Widths => write!(f, "a list of at most 64 widths from 1 to 65536, as [128, 64]"),
            Self::Switch => write!(f, "true or false"),
        }
    }
}
