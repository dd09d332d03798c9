//! The rules by name: a line for each, of which its name, its settings and how it is made follow everywhere.

use serde::{Deserialize, Serialize};

use crate::{
    EntropyStop, EntropyStopSettings, EpochAverage, EpochAverageSettings, FixedEpochs, FixedEpochsSettings,
    GradStop, GradStopSettings, RuleError, Setting, StoppingRule,
};

/// Declares the table: `Name: word, settings => how a rule is made of them for a training of so many epochs`.
macro_rules! rules {
    ($(
        $(#[$about:meta])*
        $name:ident: $word:ident, $settings:ident $(($($how:meta),*))? => $make:expr;
    )*) => {
        /// The rule that decides which epoch to keep.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum EarlyStopping {
            $($(#[$about])* $name,)*
        }

        impl EarlyStopping {
            /// Every rule, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Their names as written in files and on the command line, in order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($word),)*];

            /// The name as written in files and on the command line.
            pub fn name(self) -> &'static str {
                Self::NAMES[self as usize]
            }
        }

        /// The settings of every rule.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct RuleSettings {
            $(
                #[doc = concat!("Settings of `", stringify!($word), "`.")]
                $($(#[$how])*)?
                pub $word: $settings,
            )*
        }

        impl RuleSettings {
            /// Every setting of every rule with its range, in order.
            pub fn all() -> impl Iterator<Item = &'static Setting> {
                [$($settings::SETTINGS,)*].into_iter().flatten()
            }

            /// Checks every range.
            ///
            /// # Errors
            /// The name of the rule, and [`RuleError::Setting`] with its setting that is outside its range.
            pub fn check(&self) -> Result<(), (&'static str, RuleError)> {
                $(self.$word.check().map_err(|error| (stringify!($word), error))?;)*
                Ok(())
            }

            /// A fresh rule for a training of `epochs` epochs.
            ///
            /// # Errors
            /// [`RuleError::Setting`] if a setting is outside its range.
            pub fn rule(&self, name: EarlyStopping, epochs: usize) -> Result<Box<dyn StoppingRule>, RuleError> {
                Ok(match name {
                    $(EarlyStopping::$name => {
                        let make: fn($settings, usize) -> Result<_, RuleError> = $make;
                        Box::new(make(self.$word.clone(), epochs)?)
                    })*
                })
            }
        }
    };
}

rules! {
    /// An average of epochs, weighted by what their scores look like.
    Auto: auto, EpochAverageSettings => EpochAverage::new;
    /// Gradient cohesion of probe rows.
    Gradstop: gradstop, GradStopSettings => |settings, _| GradStop::new(settings);
    /// Entropy of the scores.
    Entropystop: entropystop, EntropyStopSettings => |settings, _| EntropyStop::new(settings);
    /// No rule: all epochs, the last is kept.
    None: none, FixedEpochsSettings (serde(skip)) => |_, epochs| FixedEpochs::new(epochs);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_the_name_of_its_line() {
        for &name in EarlyStopping::ALL {
            let rule = RuleSettings::default().rule(name, 10).unwrap();
            assert_eq!(rule.name(), name.name());
            assert_eq!(serde_json::to_value(name).unwrap(), name.name());
        }
        assert_eq!(EarlyStopping::ALL.len(), EarlyStopping::NAMES.len());
    }

    #[test]
    fn every_setting_stands_in_a_file_under_its_name_and_nothing_else_does() {
        let tree = serde_json::to_value(RuleSettings::default()).unwrap();
        let groups = tree.as_object().unwrap().iter();
        let mut found: Vec<String> = groups
            .flat_map(|(rule, group)| {
                group.as_object().unwrap().keys().map(move |name| format!("{rule}.{name}"))
            })
            .collect();
        let mut wanted: Vec<&str> = RuleSettings::all().map(|setting| setting.name).collect();
        found.sort();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
    }
}
