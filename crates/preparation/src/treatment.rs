//! What was done to a column, in words.

use std::fmt;

use chrono::DateTime;
use serde::Serialize;

use crate::column::{Column, LeftOut};
use crate::encoding::Encoding;
use crate::options::{Missing, Options};
use crate::origin::Origin;

/// What was done to a column, in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Treatment {
    /// The column.
    pub column: String,
    /// What was done to it.
    pub what: String,
}

impl fmt::Display for Treatment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.column, self.what)
    }
}

impl Treatment {
    /// Nothing for a column of numbers that is taken as it is.
    pub(crate) fn of(column: &Column, options: &Options) -> Option<Self> {
        let mut parts: Vec<String> = Vec::new();
        if column.kept().next().is_none() {
            parts.push(why_left_out(column));
        } else {
            parts.extend(encoded(&column.encoding));
            parts.extend(filled(column, options));
            parts.extend(partly_left_out(column));
        }
        parts.extend(like_numbers(&column.encoding));
        (!parts.is_empty()).then(|| Self { column: column.name.clone(), what: parts.join("; ") })
    }
}

fn encoded(encoding: &Encoding) -> Option<String> {
    match encoding {
        Encoding::Nothing | Encoding::Names { .. } | Encoding::Numbers => None,
        Encoding::Relative(Origin { origin, unit, .. }) => {
            let from =
                if *origin == 0.0 { String::new() } else { format!(" relative to {}", exactly(*origin)) };
            let in_units = if *unit == 1.0 { String::new() } else { format!(" in units of {unit:e}") };
            Some(format!("taken{from}{in_units}, as 32 bits would run its values together"))
        }
        Encoding::Parts { parts } => {
            let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
            Some(format!(
                "dates go on from row to row, so sine and cosine of {} stand for them",
                names.join(", ")
            ))
        }
        Encoding::Booleans => Some("true becomes 1, false 0".into()),
        Encoding::Dates { first_day } => {
            let day = first_day.checked_mul(86_400).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            let day = day.map_or(format!("day {first_day} of 1970"), |day| day.date_naive().to_string());
            Some(format!("dates become days since {day}, UTC"))
        }
        Encoding::OneHot { levels, others: false, .. } => {
            Some(format!("text becomes a column of 0 and 1 for each of {}", counted(levels.len(), "level")))
        }
        Encoding::OneHot { levels, different, .. } => Some(format!(
            "text becomes a column of 0 and 1 for each of the {} most frequent of {}, and one for the others",
            levels.len(),
            counted(*different, "level")
        )),
        Encoding::Rarity { different, .. } => Some(format!(
            "text of {} becomes how much rarer than usual each was",
            counted(*different, "level")
        )),
    }
}

/// Text that people read as numbers or dates, which says nothing of their size once it is encoded.
fn like_numbers(encoding: &Encoding) -> Option<String> {
    let levels: Vec<&String> = match encoding {
        Encoding::OneHot { levels, .. } => levels.iter().collect(),
        Encoding::Rarity { levels, .. } => levels.keys().collect(),
        _ => return None,
    };
    let alike = levels.iter().filter(|level| is_like_a_number(level)).count();
    let example = levels.iter().find(|level| is_like_a_number(level))?;
    (10 * alike >= 9 * levels.len()).then(|| {
        format!(
            "its words look like numbers or dates, as {example:?}: written as 1234.5 or 2024-02-29 their size would count"
        )
    })
}

/// Whether it is made of digits and what stands between and beside them: `1,234.50`, `12 %`, `EUR 5`, `31.12.2024`, `14:30`.
fn is_like_a_number(word: &str) -> bool {
    const BESIDE: &str = ".,'’_:/+-%()$€£¥";
    let digits = |part: &str| part.chars().any(|letter| letter.is_ascii_digit());
    let part = |part: &str| match digits(part) {
        true => part.chars().all(|letter| letter.is_ascii_digit() || BESIDE.contains(letter)),
        false => part.chars().count() <= 3,
    };
    digits(word) && word.split_whitespace().all(part)
}

fn filled(column: &Column, options: &Options) -> Option<String> {
    // Of all columns together it is said elsewhere.
    if column.missing == 0 || options.missing == Missing::Auto {
        return None;
    }
    let (cells, verb) =
        (counted(column.missing, "missing cell"), if column.missing == 1 { "takes" } else { "take" });
    let unusable = match column.unusable {
        0 => String::new(),
        unusable => format!(" ({unusable} infinite or too large)"),
    };
    let what = if options.missing == Missing::Median { "median" } else { "mean" };
    let value = fill_in_words(column).map_or(String::new(), |value| format!(", {value}"));
    let indicator = if column.indicator { ", and a column says where" } else { "" };
    Some(format!("{cells}{unusable} {verb} the {what}{value}{indicator}"))
}

/// What a missing cell becomes, where that is one number of the column's own.
pub(crate) fn fill_in_words(column: &Column) -> Option<String> {
    match (&column.fill[..], &column.quantiles, &column.encoding) {
        ([value], None, Encoding::Relative(origin)) => Some(exactly(origin.absolute(*value))),
        ([value], None, _) => Some(shown(*value)),
        _ => None,
    }
}

/// Why a column of different numbers is none.
const ONE_IN_SHORT: &str =
    "its values differ by less than 32 bits can tell apart at their size (subtract an offset from it)";

fn why_left_out(column: &Column) -> String {
    match (&column.encoding, column.left_out.first()) {
        (Encoding::Nothing, _) => "left out, no cell has a value".into(),
        (Encoding::Names { different }, _) => {
            format!("left out, {} in so few cells name the rows", counted(*different, "level"))
        }
        (Encoding::Rarity { different, .. }, Some(Some(LeftOut::Constant))) if *different > 1 => {
            format!("left out, of {} none is rarer than usual", counted(*different, "level"))
        }
        (Encoding::Dates { .. }, Some(Some(LeftOut::Ordered))) => {
            "left out, dates that go on from row to row say nothing of new rows (set ordered to parts for hour, weekday and \
             season, or to keep for days)"
                .into()
        }
        (_, Some(Some(LeftOut::Ordered))) => {
            "left out, numbers that count the rows say nothing of new ones (set ordered to keep to take them)".into()
        }
        (_, Some(Some(LeftOut::SameAs(other)))) if column.left_out.len() == 1 => {
            format!("left out, the same as {other}")
        }
        (_, Some(Some(LeftOut::SameAs(_)))) => "left out, it says the same as columns before it".into(),
        (Encoding::Dates { .. }, Some(Some(LeftOut::ConstantInShort))) => {
            "left out, its moments differ by less than 32 bits can tell apart as days (make a column of the seconds since the \
             first of them)"
                .into()
        }
        (_, Some(Some(LeftOut::ConstantInShort))) => format!("left out, {ONE_IN_SHORT}"),
        _ => "left out, it holds one value only".into(),
    }
}

/// Of a column that is kept, the columns made of it that are not.
fn partly_left_out(column: &Column) -> Option<String> {
    let names = column.outputs();
    let left_out = names.iter().zip(&column.left_out).filter_map(|(name, why)| match why {
        Some(LeftOut::Constant) => Some(format!("{name:?} is left out, it holds one value only")),
        Some(LeftOut::ConstantInShort) => Some(format!("{name:?} is left out, {ONE_IN_SHORT}")),
        Some(LeftOut::SameAs(other)) => Some(format!("{name:?} is left out, the same as {other:?}")),
        Some(LeftOut::Ordered) => Some(format!("{name:?} is left out, it goes on from row to row")),
        None => None,
    });
    let parts: Vec<String> = left_out.collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A number in all of its digits, or as a power of ten where they were too many.
pub(crate) fn exactly(value: f64) -> String {
    match value.abs() {
        size if (1e-5..1e16).contains(&size) || size == 0.0 => value.to_string(),
        _ => format!("{value:e}"),
    }
}

/// A number in few digits.
fn shown(value: f64) -> String {
    match value.abs() {
        size if size >= 1e6 || (size > 0.0 && size < 1e-3) => format!("{value:.3e}"),
        _ => {
            let text = format!("{value:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}
