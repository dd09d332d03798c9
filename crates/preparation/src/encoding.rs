//! How the cells of one column become numbers, before they are scaled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cells::{Cells, Words, usable};
use crate::options::{Options, Ordered, Text};
use crate::order::is_in_order;
use crate::origin::Origin;
use crate::parts::{DAY, Part};
use crate::rarity::{Rarities, is_name};

/// How the cells of one column become numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub(crate) enum Encoding {
    /// No fitted cell had a value, so nothing is made of them.
    Nothing,
    /// As they are.
    Numbers,
    /// Relative to an origin, in a unit, as 32 bits would run them together as they are.
    Relative(Origin),
    /// True becomes 1, false 0.
    Booleans,
    /// Days since the day that is `first_day` days after the beginning of 1970, UTC.
    Dates { first_day: i64 },
    /// A column of 0 and 1 for each of these levels, and one for all others if the fit met others. `different` is how
    /// many levels it met.
    OneHot { levels: Vec<String>, others: bool, different: usize },
    /// Two columns for each of these parts of a moment.
    Parts { parts: Vec<Part> },
    /// How much rarer than usual a level is; `rarest` for any other. `different` is how many levels the fit met.
    Rarity { levels: BTreeMap<String, f64>, rarest: f64, different: usize },
    /// Nothing is made of text that names its rows. `different` is how many levels the fit met.
    Names { different: usize },
}

/// What a cell is to its encoding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Seen {
    Missing,
    Value(f64),
    /// One of the levels of a one-hot encoding, or a place behind them for the others.
    Level(usize),
    /// A level that the fit has not met, which counts as the rarest that it has: the one at this place.
    NewLevel(usize),
    /// The same of one that becomes this number.
    NewValue(f64),
}

impl Seen {
    /// Whether it is a level that the fit has not met.
    pub(crate) fn is_new(self) -> bool {
        matches!(self, Seen::NewLevel(_) | Seen::NewValue(_))
    }
}

impl Encoding {
    pub(crate) fn fit(cells: &Cells, options: &Options) -> Self {
        match cells {
            Cells::Numbers(_) | Cells::Long(_)
                if cells.numbers().unwrap_or_default().iter().any(|&value| usable(value)) =>
            {
                Encoding::Numbers
            }
            Cells::Booleans(values) if values.iter().any(Option::is_some) => Encoding::Booleans,
            Cells::Dates(values) => {
                let parts = Part::of(values);
                if options.ordered == Ordered::Parts && !parts.is_empty() && is_in_order(cells) {
                    return Encoding::Parts { parts };
                }
                let first = values.iter().copied().filter(|&value| usable(value)).reduce(f64::min);
                first.map_or(Encoding::Nothing, |first| Encoding::Dates {
                    first_day: (first / DAY).floor() as i64,
                })
            }
            Cells::Text(words) => Self::of_text(words, options),
            _ => Encoding::Nothing,
        }
    }

    fn of_text(words: &Words, options: &Options) -> Self {
        let mut counts = vec![0_usize; words.levels().len()];
        let rows = (0..words.len()).filter_map(|row| words.level(row));
        rows.for_each(|level| counts[level] += 1);
        let mut levels: Vec<(&str, usize)> =
            words.levels().iter().map(|level| &**level).zip(counts).filter(|(_, count)| *count > 0).collect();
        // Of equally frequent levels the first by name, so that the order of the rows does not matter.
        levels.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let different = levels.len();
        if different == 0 {
            return Encoding::Nothing;
        }
        let limit = options.levels.max(1);
        if options.text != Text::Frequency && (options.text == Text::OneHot || different <= limit) {
            let others = different > limit;
            levels.truncate(limit);
            let levels = levels.into_iter().map(|(level, _)| level.to_owned()).collect();
            return Encoding::OneHot { levels, others, different };
        }
        if options.text == Text::Auto && is_name(&levels) {
            return Encoding::Names { different };
        }
        let Rarities { levels, rarest } = Rarities::of(levels);
        Encoding::Rarity { levels, rarest, different }
    }

    /// What numbers are taken relative to, if they are.
    pub(crate) fn origin(&self) -> Option<Origin> {
        match *self {
            Encoding::Relative(origin) => Some(origin),
            _ => None,
        }
    }

    /// Whether cells of numbers or dates only say where in the table a row stands.
    pub(crate) fn is_in_order(&self, cells: &Cells) -> bool {
        match (self.origin(), cells.numbers()) {
            // Beside an offset a trend looks like a line.
            (Some(origin), Some(values)) => {
                let rest = |row: usize| cells.rests().map_or(0.0, |rests| rests[row]);
                let relative =
                    values.iter().enumerate().map(|(row, &value)| origin.relative(value, rest(row)));
                is_in_order(&Cells::Numbers(relative.collect()))
            }
            _ => is_in_order(cells),
        }
    }

    /// Whether it makes a measure of a cell, which may be brought to another scale.
    pub(crate) fn is_scaled(&self) -> bool {
        matches!(self, Encoding::Numbers | Encoding::Relative(_) | Encoding::Dates { .. })
    }

    /// Whether the columns that it makes are of 0 and 1.
    pub(crate) fn is_share(&self) -> bool {
        matches!(self, Encoding::Booleans | Encoding::OneHot { .. })
    }

    /// How many columns it makes of one.
    pub(crate) fn width(&self) -> usize {
        match self {
            Encoding::Nothing | Encoding::Names { .. } => 0,
            Encoding::Parts { parts } => 2 * parts.len(),
            Encoding::OneHot { levels, others, .. } => levels.len() + usize::from(*others),
            _ => 1,
        }
    }

    /// The names of these columns.
    pub(crate) fn outputs(&self, name: &str) -> Vec<String> {
        match self {
            Encoding::Nothing | Encoding::Names { .. } => Vec::new(),
            Encoding::Parts { parts } => parts
                .iter()
                .flat_map(|part| ["sin", "cos"].map(|wave| format!("{name} {} {wave}", part.name())))
                .collect(),
            Encoding::OneHot { levels, others, .. } => {
                let others = others.then(|| format!("{name} other"));
                levels.iter().map(|level| format!("{name}={level}")).chain(others).collect()
            }
            Encoding::Rarity { .. } => vec![format!("{name} rarity")],
            _ => vec![name.to_owned()],
        }
    }

    /// What each of the cells is, one after the other.
    pub(crate) fn see<'a>(&'a self, cells: &'a Cells) -> Box<dyn Fn(usize) -> Seen + 'a> {
        let value = |value: f64| if usable(value) { Seen::Value(value) } else { Seen::Missing };
        match cells {
            Cells::Numbers(values) => match *self {
                Encoding::Relative(origin) => Box::new(move |row| value(origin.relative(values[row], 0.0))),
                _ => Box::new(move |row| value(values[row])),
            },
            Cells::Long(_) => {
                let (values, rests) =
                    (cells.numbers().unwrap_or_default(), cells.rests().unwrap_or_default());
                match *self {
                    Encoding::Relative(origin) => {
                        Box::new(move |row| value(origin.relative(values[row], rests[row])))
                    }
                    _ => Box::new(move |row| value(values[row])),
                }
            }
            Cells::Booleans(values) => Box::new(move |row| match values[row] {
                Some(truth) => Seen::Value(f64::from(u8::from(truth))),
                None => Seen::Missing,
            }),
            Cells::Dates(values) => {
                // Of parts a day counts from 1970.
                let first_day = match self {
                    Encoding::Dates { first_day } => *first_day as f64,
                    _ => 0.0,
                };
                Box::new(move |row| value(values[row] / DAY - first_day))
            }
            Cells::Text(words) => {
                let levels: Vec<Seen> = words.levels().iter().map(|level| self.see_level(level)).collect();
                Box::new(move |row| words.level(row).map_or(Seen::Missing, |level| levels[level]))
            }
        }
    }

    fn see_level(&self, level: &str) -> Seen {
        match self {
            Encoding::OneHot { levels, others, .. } => {
                match levels.iter().position(|known| known == level) {
                    Some(place) => Seen::Level(place),
                    // Which levels the others were is not kept, so an unseen one is one of them.
                    None if *others => Seen::Level(levels.len()),
                    // The last level is the rarest.
                    None => Seen::NewLevel(levels.len().saturating_sub(1)),
                }
            }
            Encoding::Rarity { levels, rarest, different } => match levels.get(level) {
                Some(&rarity) => Seen::Value(rarity),
                None if levels.len() < *different => Seen::Value(*rarest),
                None => Seen::NewValue(*rarest),
            },
            Encoding::Names { .. } => Seen::Value(0.0),
            _ => Seen::Missing,
        }
    }

    /// What a cell with a value becomes in one of the columns.
    pub(crate) fn value(&self, seen: Seen, output: usize) -> f64 {
        match (seen, self) {
            (Seen::Value(day), Encoding::Parts { parts }) => Part::wave(parts, output).at(day),
            (Seen::Value(value) | Seen::NewValue(value), _) => value,
            (Seen::Level(level) | Seen::NewLevel(level), _) => f64::from(u8::from(level == output)),
            (Seen::Missing, _) => 0.0,
        }
    }
}
