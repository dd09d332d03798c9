//! How the cells of a column are written, where they are text.

use serde::{Deserialize, Serialize};

use crate::cells::Kind;

/// A column of a table: its name, what it holds, and how its cells are written where they are text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// How its cells are written.
    #[serde(default, skip_serializing_if = "Spelling::is_plain")]
    pub spelling: Spelling,
}

impl Field {
    /// A column whose cells are written as programs write them.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, spelling: Spelling::default() }
    }
}

/// How the cells of a column are written, where they are text. The default is how programs write them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spelling {
    /// How numbers are written.
    #[serde(skip_serializing_if = "Numerals::is_plain")]
    pub numbers: Numerals,
    /// How dates are written.
    #[serde(skip_serializing_if = "DateOrder::is_iso")]
    pub dates: DateOrder,
    /// Words that stand for a missing cell in this column, beside those that do in every one. A number stands for any cell with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Whether beside these only empty cells are missing: then `NA` is a word.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_these_missing: bool,
}

impl Spelling {
    /// Whether it is the default.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numerals {
    /// As programs write them: `1234.5`, `-2e3`.
    #[default]
    Plain,
    /// As people write them, with a decimal point: `1,234.5`, `$1,316`, `12 %`, `94.05K`, `(1,234)`.
    DecimalPoint,
    /// As people write them, with a decimal comma: `1.234,5`, `12,5 %`.
    DecimalComma,
}

impl Numerals {
    /// Whether programs write them so.
    pub fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// In which order the parts of a date are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// As ISO 8601: `2024-02-29`, `2024-02-29T12:30:15Z`.
    #[default]
    Iso,
    /// Year first, in any other form: `2024/2/29`, `2024.02.29 12:30`.
    YearFirst,
    /// Year and month: `2024-02`.
    YearMonth,
    /// Day first: `29.02.2024`, `29-02-24 12:30`, `29 Feb 2024`.
    DayFirst,
    /// Month first: `2/29/2024`, `2/29/24 1:30 PM`, `Feb 29, 2024`.
    MonthFirst,
}

impl DateOrder {
    /// Whether it is that of ISO 8601.
    pub fn is_iso(&self) -> bool {
        *self == Self::Iso
    }
}
