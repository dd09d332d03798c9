//! What can be set of a rule: each setting is declared once, with its default, its range and what it means.

use std::fmt;

use crate::RuleError;

/// A setting of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Its name, behind that of its rule: `gradstop.patience`.
    pub name: &'static str,
    /// Values that it can take.
    pub range: SettingRange,
    /// What it means, in a few words.
    pub about: &'static str,
}

/// Values that a setting can take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingRange {
    /// A whole number of at least this.
    Whole(u64),
    /// A finite number of at least 0.
    NotNegative,
    /// A number between two others, both included.
    Between(f64, f64),
    /// A number of at least 0, or infinity for no limit.
    Limit,
}

impl SettingRange {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::Whole(least) => value >= least as f64,
            Self::NotNegative => value >= 0.0 && value.is_finite(),
            Self::Between(least, most) => (least..=most).contains(&value),
            Self::Limit => value >= 0.0,
        }
    }
}

/// The range in words: "at least 1".
impl fmt::Display for SettingRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(least) => write!(f, "at least {least}"),
            Self::NotNegative => write!(f, "a finite number of at least 0"),
            Self::Between(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Limit => write!(f, "a number of at least 0, or infinity"),
        }
    }
}

/// A number that can be set.
pub(crate) trait Figure: Copy + ToString {
    fn number(self) -> f64;
}

impl Figure for usize {
    fn number(self) -> f64 {
        self as f64
    }
}

impl Figure for f64 {
    fn number(self) -> f64 {
        self
    }
}

/// The error that names the setting, if the value is outside its range.
pub(crate) fn check(
    parameter: &'static str,
    value: impl Figure,
    range: SettingRange,
) -> Result<(), RuleError> {
    if range.holds(value.number()) {
        return Ok(());
    }
    Err(RuleError::Setting { parameter, got: value.to_string(), wanted: range.to_string() })
}

/// Declares the settings of a rule: `name: type = default, range, what it means`. The first word is the rule's.
macro_rules! settings {
    (
        $rule:literal
        $(#[$about:meta])*
        pub struct $settings:ident {
            $($(#[$field:meta])* $name:ident: $type:ty = $default:expr, $range:expr, $meaning:literal;)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $settings {
            $($(#[$field])* pub $name: $type,)*
        }

        impl Default for $settings {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl $settings {
            /// Every setting with its range, in order.
            pub const SETTINGS: &'static [crate::Setting] = &[$(crate::Setting {
                name: concat!($rule, ".", stringify!($name)),
                range: $range,
                about: $meaning,
            },)*];

            /// Checks every range.
            ///
            /// # Errors
            /// [`RuleError::Setting`](crate::RuleError::Setting) with the setting that is outside its range.
            pub fn check(&self) -> Result<(), crate::RuleError> {
                $(crate::settings::check(stringify!($name), self.$name, $range)?;)*
                Ok(())
            }
        }
    };
}

pub(crate) use settings;
