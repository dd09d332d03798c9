//! What a label cell may say.

use crate::hint::{Advice, Hint};

/// What every label error asks for.
pub(crate) const WANTED: &str = "0 or 1 (1 = outlier), true or false, or inlier, normal, outlier or anomaly";

/// Whether the cell marks an outlier; nothing if it says neither.
///
/// `-1` and `1` are refused on purpose: scikit-learn's -1 is an outlier, other tools' -1 is the normal class.
pub(crate) fn parse(text: &str) -> Option<bool> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "inlier" | "normal" | "false" => Some(false),
        "outlier" | "anomaly" | "true" => Some(true),
        _ => match text.parse::<f64>() {
            Ok(0.0) => Some(false),
            Ok(1.0) => Some(true),
            _ => None,
        },
    }
}

/// What helps with a cell that is no label.
pub(crate) fn hint(text: &str) -> Hint {
    match text.trim().parse() {
        Ok(-1.0) => Hint::Advice(Advice::LabelSign),
        _ => Hint::Label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_booleans_and_words_are_labels() {
        for text in ["0", "0.0", " 0 ", "-0", "false", "Normal", "INLIER"] {
            assert_eq!(parse(text), Some(false), "{text}");
        }
        for text in ["1", "1.0", "1e0", "True", "Outlier", "ANOMALY"] {
            assert_eq!(parse(text), Some(true), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_label() {
        for text in ["", "-1", "2", "0.5", "nan", "yes", "outliers"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
