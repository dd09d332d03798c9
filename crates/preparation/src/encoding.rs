//! How the cells of one column become numbers, before they are scaled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cells::{Cells, Words};
use crate::options::{Options, Text};
use crate::origin::Origin;

/// Levels whose frequency is kept at most. Beyond it they are so many that the rare ones are all alike.
const MOST_LEVELS: usize = 1 << 16;

/// Seconds of a day.
pub(crate) const DAY: f64 = 86_400.0;

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
    /// The share of the fitted cells with a value that had this level; 0 for any other level.
    Frequency { shares: BTreeMap<String, f64>, different: usize },
}

/// What a cell is to its encoding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Seen {
    Missing,
    Value(f64),
    /// One of the levels of a one-hot encoding, or a place behind them for the others.
    Level(usize),
    /// A level that the fit has not met.
    Unseen,
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
        let total: usize = levels.iter().map(|(_, count)| count).sum();
        // Equally frequent levels are kept all or none.
        let least = levels.get(MOST_LEVELS).map_or(0, |(_, count)| *count);
        let shares = levels
            .into_iter()
            .filter(|(_, count)| *count > least)
            .map(|(level, count)| (level.to_owned(), count as f64 / total as f64));
        Encoding::Frequency { shares: shares.collect(), different }
    }

    /// What numbers are taken relative to, if they are.
    pub(crate) fn origin(&self) -> Option<Origin> {
        match *self {
            Encoding::Relative(origin) => Some(origin),
            _ => None,
        }
    }

    /// How many columns it makes of one.
    pub(crate) fn width(&self) -> usize {
        match self {
            Encoding::Nothing => 0,
            Encoding::OneHot { levels, others, .. } => levels.len() + usize::from(*others),
            _ => 1,
        }
    }

    /// The names of these columns.
    pub(crate) fn outputs(&self, name: &str) -> Vec<String> {
        match self {
            Encoding::Nothing => Vec::new(),
            Encoding::OneHot { levels, others, .. } => {
                let others = others.then(|| format!("{name} other"));
                levels.iter().map(|level| format!("{name}={level}")).chain(others).collect()
            }
            Encoding::Frequency { .. } => vec![format!("{name} frequency")],
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
                    None => Seen::Unseen,
                }
            }
            Encoding::Frequency { shares, different } => match shares.get(level) {
                Some(&share) => Seen::Value(share),
                None if shares.len() < *different => Seen::Value(0.0),
                None => Seen::Unseen,
            },
            _ => Seen::Missing,
        }
    }

    /// What a cell with a value becomes in one of the columns.
    pub(crate) fn value(seen: Seen, output: usize) -> f64 {
        match seen {
            Seen::Value(value) => value,
            Seen::Level(level) => f64::from(u8::from(level == output)),
            Seen::Missing | Seen::Unseen => 0.0,
        }
    }
}

/// Whether a number has a place in a matrix of 32 bits.
pub(crate) fn usable(value: f64) -> bool {
    value.abs() <= f64::from(f32::MAX)
}
