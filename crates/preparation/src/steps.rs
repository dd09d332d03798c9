//! What becomes of each column, as data: for those who write a preparation down for another program.

use crate::cells::Kind;
use crate::column::Column;
use crate::encoding::Encoding;
use crate::origin::Origin;
use crate::parts::{DAY, Part, Wave};
use crate::quantiles::Quantiles;

/// What becomes of one column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSteps {
    /// Its name.
    pub name: String,
    /// What its cells are.
    pub kind: Kind,
    /// The columns that are made of it and not left out, in order.
    pub made: Vec<Made>,
    /// Where it is [watched](crate::Preparation::watched), what a row is compared with: its departure is the largest of these. Empty
    /// where it is not.
    pub watched: Vec<Apart>,
}

/// How far a cell is from what held in every fitted row: the distance of both numbers, rounded to 32 bits, in units of `scale`;
/// 0 where either cell is missing, unless that is what is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Apart {
    /// What the cell becomes.
    pub own: Made,
    /// What it should be.
    pub from: Held,
    /// The unit.
    pub scale: f64,
}

/// What held in every fitted row.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// One value.
    Value(f64),
    /// What a column before it becomes.
    Made {
        /// The position of that column.
        position: usize,
        /// What its cell becomes.
        made: Made,
    },
}

/// How a cell becomes a number, which is rounded to 32 bits in the end.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// `value / unit - origin` in 64 bits, of a number, a date in seconds, or a boolean as 0 or 1; where there are quantiles
    /// the normal score of that. A cell counts as missing too if this does not fit into 32 bits.
    Number {
        /// What a value is divided by.
        unit: f64,
        /// What is taken from it.
        origin: f64,
        /// The quantiles that scores are made by.
        quantiles: Option<Quantiles>,
        /// What a missing cell becomes; `None` where it is an error.
        missing: Option<f64>,
    },
    /// What stands beside a word; no word is there twice.
    Words {
        /// Words and what they become.
        known: Vec<(String, f64)>,
        /// What any other word becomes.
        other: f64,
        /// What a missing cell becomes; `None` where it is an error.
        missing: Option<f64>,
    },
    /// `sin(2 pi (value / period + shift))` in 64 bits, of a date in seconds. A cell counts as missing too if its day does not fit into
    /// 32 bits.
    Wave {
        /// In seconds.
        period: f64,
        /// In periods.
        shift: f64,
        /// What a missing cell becomes; `None` where it is an error.
        missing: Option<f64>,
    },
    /// 1 where the cell is missing, 0 elsewhere.
    IsMissing,
}

impl ColumnSteps {
    pub(crate) fn of(at: usize, columns: &[Column]) -> Self {
        let column = &columns[at];
        let watched = column.watch.as_ref().map(|watch| watch.steps(column, columns)).unwrap_or_default();
        let made = column.kept().map(|output| made(column, output)).collect();
        Self { name: column.name.clone(), kind: column.kind, made, watched }
    }
}

pub(crate) fn made(column: &Column, output: usize) -> Made {
    if output == column.encoding.width() {
        return Made::IsMissing;
    }
    let missing = column.fill.get(output).copied();
    let number = |unit, origin| Made::Number { unit, origin, quantiles: column.quantiles.clone(), missing };
    match &column.encoding {
        Encoding::Dates { first_day } => number(DAY, *first_day as f64),
        Encoding::Parts { parts } => {
            let Wave { period, shift } = Part::wave(parts, output);
            Made::Wave { period: period * DAY, shift, missing }
        }
        Encoding::OneHot { levels, others, .. } => match levels.get(output) {
            // Without a column for the others any other word is the rarest.
            Some(level) if !others && output + 1 == levels.len() => {
                let known = levels.iter().map(|known| (known.clone(), f64::from(u8::from(known == level))));
                Made::Words { known: known.collect(), other: 1.0, missing }
            }
            Some(level) => Made::Words { known: vec![(level.clone(), 1.0)], other: 0.0, missing },
            None => {
                let known = levels.iter().map(|level| (level.clone(), 0.0)).collect();
                Made::Words { known, other: 1.0, missing }
            }
        },
        Encoding::Rarity { levels, rarest, .. } => {
            let known = levels.iter().map(|(level, rarity)| (level.clone(), *rarity)).collect();
            Made::Words { known, other: *rarest, missing }
        }
        Encoding::Nothing | Encoding::Names { .. } | Encoding::Numbers | Encoding::Booleans => {
            number(1.0, 0.0)
        }
        Encoding::Relative(Origin { origin, unit, .. }) => number(*unit, origin / unit),
    }
}

/// The same where rows are compared with the fitted ones: a word that these did not have is none of theirs.
pub(crate) fn compared(column: &Column, output: usize) -> Made {
    match (made(column, output), &column.encoding) {
        (Made::Words { known, missing, .. }, Encoding::OneHot { others: false, .. }) => {
            Made::Words { known, other: 0.0, missing }
        }
        (Made::Words { known, missing, .. }, Encoding::Rarity { levels, rarest, different })
            if levels.len() == *different =>
        {
            Made::Words { known, other: rarest + NEW, missing }
        }
        (made, _) => made,
    }
}

/// How much rarer than the rarest a new word is where it is compared.
pub(crate) const NEW: f64 = 1.0;
