//! What can be set, and in which range: the one table that lists, checks and explains a detector's settings.

use std::fmt;

use gradstop_rules::SettingRange;
use serde_json::{Value, json};

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
    /// A whole number of at least this.
    pub const fn at_least(least: u64) -> Self {
        Self::Whole { least, most: u64::MAX }
    }

    /// A whole number between two others, both included.
    pub const fn whole(least: u64, most: u64) -> Self {
        Self::Whole { least, most }
    }

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

    /// The range as a JSON Schema, for programs.
    ///
    /// ```
    /// let words = gradstop::algorithm::Range::Words(&["rank", "standard"]);
    /// assert_eq!(words.schema(), serde_json::json!({ "enum": ["rank", "standard"] }));
    /// ```
    pub fn schema(&self) -> Value {
        match *self {
            Self::Whole { least, most: u64::MAX } => json!({ "type": "integer", "minimum": least }),
            Self::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Self::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
            Self::NotNegative => json!({ "type": "number", "minimum": 0 }),
            Self::Between { least, most } => json!({ "type": "number", "minimum": least, "maximum": most }),
            Self::BelowOne => json!({ "type": "number", "minimum": 0, "exclusiveMaximum": 1 }),
            Self::BelowOneOrAuto => json!({ "anyOf": [Self::BelowOne.schema(), { "const": "auto" }] }),
            Self::ShareUpTo(most) => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": most }),
            Self::Limit => json!({ "anyOf": [Self::NotNegative.schema(), { "const": "off" }] }),
            Self::Words(words) => json!({ "enum": words }),
            Self::Widths => json!({
                "type": "array",
                "items": { "type": "integer", "minimum": 1, "maximum": 1 << 16 },
                "maxItems": 64,
            }),
            Self::Switch => json!({ "type": "boolean" }),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a value is valid by the keywords that [`Range::schema`] uses.
    fn valid(schema: &Value, value: &Value) -> bool {
        let rules = schema.as_object().expect("a schema is an object");
        rules.iter().all(|(keyword, rule)| {
            let number = |test: fn(f64, f64) -> bool| {
                value.as_f64().zip(rule.as_f64()).is_none_or(|(value, rule)| test(value, rule))
            };
            let mut items = value.as_array().into_iter().flatten();
            match keyword.as_str() {
                "type" => match rule.as_str() {
                    Some("integer") => value.is_u64() || value.is_i64(),
                    Some("number") => value.is_number(),
                    Some("boolean") => value.is_boolean(),
                    Some("array") => value.is_array(),
                    other => panic!("type {other:?}"),
                },
                "minimum" => number(|value, rule| value >= rule),
                "exclusiveMinimum" => number(|value, rule| value > rule),
                "maximum" => number(|value, rule| value <= rule),
                "exclusiveMaximum" => number(|value, rule| value < rule),
                "anyOf" => rule.as_array().is_some_and(|any| any.iter().any(|schema| valid(schema, value))),
                "const" => rule == value,
                "enum" => rule.as_array().is_some_and(|words| words.contains(value)),
                "items" => items.all(|item| valid(rule, item)),
                "maxItems" => (items.count() as u64) <= rule.as_u64().unwrap_or(0),
                other => panic!("keyword {other}"),
            }
        })
    }

    #[test]
    fn a_schema_accepts_the_values_of_its_range_and_no_others() {
        let ranges = [
            Range::Whole { least: 2, most: 10 },
            Range::Whole { least: 1, most: u64::MAX },
            Range::Positive,
            Range::NotNegative,
            Range::Between { least: 0.5, most: 2.0 },
            Range::BelowOne,
            Range::BelowOneOrAuto,
            Range::ShareUpTo(0.5),
            Range::Limit,
            Range::Words(&["rank", "auto"]),
            Range::Widths,
            Range::Switch,
        ];
        let mut values =
            vec![json!(true), json!("auto"), json!("off"), json!("rank"), json!(null), json!(u64::MAX)];
        values.extend([-1, 0, 1, 2, 10, 11].map(|whole| json!(whole)));
        values.extend([-0.5, 0.0, 1e-9, 0.5, 0.75, 1.0, 2.0, 2.5].map(|number| json!(number)));
        values.extend([
            json!([]),
            json!([1, 1 << 16]),
            json!([0]),
            json!([65537]),
            json!(["a"]),
            json!([1.5]),
        ]);
        values.extend([json!(vec![1; 64]), json!(vec![1; 65])]);
        for range in ranges {
            let schema = range.schema();
            for value in &values {
                assert_eq!(valid(&schema, value), range.holds(value), "{range}: {value}");
            }
        }
    }
}
