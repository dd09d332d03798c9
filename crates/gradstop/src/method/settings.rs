//! The declaration of settings: a struct whose fields have their value, range and meaning in one place.

use crate::method::parameter::Parameter;

/// Settings that can be listed.
pub trait Settings {
    /// Every setting with its range, in the order in which it is listed.
    fn parameters() -> Vec<Parameter>;
}

/// Declares settings: a line of documentation, `pub name: type = value => range`. The documentation is what lists say of the
/// setting, too. Settings that others share follow `..`; in files they stand among the rest.
///
/// The struct is plain data, its `Default` are these values, and what a file leaves out has them.
macro_rules! settings {
    (
        $(#[$about:meta])*
        pub struct $settings:ident {
            $($(#[doc = $meaning:literal])+ pub $name:ident: $type:ty = $value:expr => $range:expr,)*
            $(.. $(#[doc = $shared_meaning:literal])+ pub $shared:ident: $shared_type:ty = $shared_value:expr,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $settings {
            $(
                $(#[doc = $meaning])+
                #[doc = concat!("\n\nRange: `", stringify!($range), "`.")]
                pub $name: $type,
            )*
            $(
                $(#[doc = $shared_meaning])+
                #[serde(flatten)]
                pub $shared: $shared_type,
            )?
        }

        impl Default for $settings {
            fn default() -> Self {
                Self { $($name: $value,)* $($shared: $shared_value,)? }
            }
        }

        impl $crate::method::settings::Settings for $settings {
            fn parameters() -> Vec<$crate::method::parameter::Parameter> {
                let own = [$($crate::method::parameter::Parameter {
                    name: stringify!($name),
                    range: $range,
                    about: $crate::method::settings::meaning(concat!($($meaning),+)),
                },)*];
                let shared: &[fn() -> Vec<$crate::method::parameter::Parameter>] =
                    &[$(<$shared_type as $crate::method::settings::Settings>::parameters)?];
                own.into_iter().chain(shared.iter().flat_map(|list| list())).collect()
            }
        }
    };
}

pub(crate) use settings;

/// A line of documentation as a list has it.
pub(crate) fn meaning(documentation: &'static str) -> &'static str {
    let sentence = documentation.trim_ascii();
    sentence.strip_suffix('.').unwrap_or(sentence)
}

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "settings are declared as those of a public type")]

    use super::*;
    use crate::method::parameter::Range;

    settings! {
        /// Settings of a test.
        pub struct Shared {
            /// Steps at most.
            pub steps: usize = 7 => Range::Whole { least: 1, most: 9 },
        }
    }

    settings! {
        /// Settings of a test, with those of another.
        pub struct Own {
            /// How far a step
            /// goes.
            pub rate: f64 = 0.5 => Range::Positive,
            ..
            /// The others.
            pub shared: Shared = Shared { steps: 3 },
        }
    }

    #[test]
    fn a_declaration_gives_values_ranges_meanings_and_the_names_in_files() {
        let listed = Own::parameters();
        let wanted = [
            Parameter { name: "rate", range: Range::Positive, about: "How far a step goes" },
            Parameter { name: "steps", range: Range::Whole { least: 1, most: 9 }, about: "Steps at most" },
        ];
        assert_eq!(listed, wanted);
        let written = serde_json::to_value(Own::default()).expect("plain data");
        assert_eq!(written, serde_json::json!({ "rate": 0.5, "steps": 3 }));
        let read: Own =
            serde_json::from_value(serde_json::json!({ "rate": 0.1 })).expect("the rest has values");
        assert_eq!(read, Own { rate: 0.1, shared: Shared { steps: 7 } });
    }
}
