//! What a fit left out of account because it told no rows apart, watched in new rows.

use serde::Serialize;

use crate::cells::{Cells, Kind, usable};
use crate::column::{Column, LeftOut};
use crate::encoding::{Encoding, Seen};
use crate::rule::{Rule, Watch};
use crate::steps::{Apart, Held, Made, NEW, compared};

/// What held of a watched column in every fitted row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Watched {
    /// The column.
    pub column: String,
    /// What held, in words that follow "in every fitted row it was".
    pub fitted: String,
}

/// Where a column that was left out has its equal: position and output of that one.
pub(crate) type Source = Option<(usize, usize)>;

impl Watch {
    /// Watches a column of which nothing is kept, if something held of it that new rows can break. `sources` has an entry for
    /// each column that is made of it.
    pub(crate) fn fit(column: &Column, cells: &Cells, sources: &[Source]) -> Option<Self> {
        let width = column.encoding.width();
        let is_watched =
            |left_out: &Option<LeftOut>| left_out.as_ref().is_some_and(|why| *why != LeftOut::Ordered);
        if !column.left_out[..width].iter().all(is_watched)
            || matches!(column.encoding, Encoding::Names { .. })
        {
            return None;
        }
        let rule = |output: usize| match (&column.left_out[output], &column.encoding) {
            // As frequent as one another are words that are nearly all different: new ones are no news.
            (_, Encoding::Rarity { different, .. }) if *different > 1 => None,
            (Some(LeftOut::SameAs(_)), _) => {
                let (position, output_there) = sources[output]?;
                let scale = deviation(&column.output(cells, output));
                Some(Rule::SameAs { position, output: output_there, scale })
            }
            _ => {
                let see = column.encoding.see(cells);
                let first = (0..cells.len()).map(see).find(|&seen| seen != Seen::Missing)?;
                let value = compared_value(column, first, output);
                let size = if column.kind == Kind::Numbers { value.abs() } else { 1.0 };
                Some(Rule::Value { value, scale: if size > 0.0 { size } else { 1.0 } })
            }
        };
        Some(Self { rules: (0..width).map(rule).collect::<Option<_>>()? })
    }

    /// How far every row departs; 0 where nothing can be compared because a cell is missing.
    pub(crate) fn departures(&self, at: usize, columns: &[Column], cells: &[Cells]) -> Vec<f32> {
        let (column, own) = (&columns[at], &cells[at]);
        if self.rules.is_empty() {
            return (0..own.len()).map(|row| f32::from(u8::from(has_value(own, row)))).collect();
        }
        let see = column.encoding.see(own);
        let mut departures = vec![0.0_f64; own.len()];
        for (output, rule) in self.rules.iter().enumerate() {
            match *rule {
                Rule::Value { value, scale } => {
                    for (row, departure) in departures.iter_mut().enumerate() {
                        let seen = see(row);
                        if seen != Seen::Missing {
                            let there = compared_value(column, seen, output);
                            *departure = departure.max(distance(there, value) / scale);
                        }
                    }
                }
                Rule::SameAs { position, output: output_there, scale } => {
                    let other = &columns[position];
                    let see_other = other.encoding.see(&cells[position]);
                    for (row, departure) in departures.iter_mut().enumerate() {
                        let (seen, there) = (see(row), see_other(row));
                        if seen != Seen::Missing && there != Seen::Missing {
                            let apart = distance(
                                compared_number(column, seen, output),
                                compared_number(other, there, output_there),
                            );
                            *departure = departure.max(apart / scale);
                        }
                    }
                }
            }
        }
        departures.into_iter().map(|departure| departure.min(f64::from(f32::MAX)) as f32).collect()
    }

    /// The same as data.
    pub(crate) fn steps(&self, column: &Column, columns: &[Column]) -> Vec<Apart> {
        if self.rules.is_empty() {
            return vec![Apart { own: Made::IsMissing, from: Held::Value(1.0), scale: 1.0 }];
        }
        let step = |(output, rule): (usize, &Rule)| match (*rule, compared(column, output)) {
            (Rule::Value { value, scale }, Made::Number { unit, origin, missing, .. }) => {
                let own = Made::Number { unit, origin, quantiles: None, missing };
                Apart { own, from: Held::Value(value), scale }
            }
            (Rule::Value { value, scale }, own) => Apart { own, from: Held::Value(value), scale },
            (Rule::SameAs { position, output, scale }, own) => {
                let made = compared(&columns[position], output);
                Apart { own, from: Held::Made { position, made }, scale }
            }
        };
        self.rules.iter().enumerate().map(step).collect()
    }

    /// What held, in words.
    pub(crate) fn in_words(&self, column: &Column) -> String {
        match (self.rules.first(), column.left_out.first(), &column.encoding) {
            (None, ..) => "without a value".into(),
            (_, Some(Some(LeftOut::SameAs(other))), _) => format!("the same as {other:?}"),
            (_, _, Encoding::OneHot { levels, .. }) => match levels.first() {
                Some(level) => format!("{level:?}"),
                None => "one word".into(),
            },
            (_, _, Encoding::Rarity { levels, .. }) => match levels.keys().next() {
                Some(level) => format!("{level:?}"),
                None => "one word".into(),
            },
            (Some(Rule::Value { value, .. }), _, Encoding::Booleans) => format!("{}", *value > 0.0),
            (Some(Rule::Value { .. }), _, Encoding::Dates { .. }) => "one moment".into(),
            (Some(Rule::Value { value, .. }), ..) => format!("{value}"),
            (Some(Rule::SameAs { .. }), ..) => "the same as another column".into(),
        }
    }

    /// Whether it could have been fitted to this column, the one at that position; if not, what is wrong.
    pub(crate) fn check(&self, at: usize, columns: &[Column]) -> Result<(), String> {
        if self.rules.len() != columns[at].encoding.width() {
            return Err(format!("{} rules of what is watched", self.rules.len()));
        }
        let sound = |rule: &Rule| match *rule {
            Rule::Value { value, scale } => value.is_finite() && scale > 0.0 && scale.is_finite(),
            Rule::SameAs { position, output, scale } => {
                position < at && output < columns[position].width() && scale > 0.0 && scale.is_finite()
            }
        };
        match self.rules.iter().all(sound) {
            true => Ok(()),
            false => Err("a rule of what is watched that cannot be".into()),
        }
    }
}

/// What a cell becomes, without quantiles. A new word is none of the fitted ones, even where it counts as the rarest of them.
fn compared_value(column: &Column, seen: Seen, output: usize) -> f64 {
    match seen {
        Seen::NewLevel(_) => 0.0,
        Seen::NewValue(rarest) => rarest + NEW,
        _ => column.encoding.value(seen, output),
    }
}

/// The same with quantiles.
fn compared_number(column: &Column, seen: Seen, output: usize) -> f64 {
    if seen.is_new() { compared_value(column, seen, output) } else { column.value(seen, output) }
}

/// As the values are kept, in 32 bits: what does not differ there did not differ in the fit either.
fn distance(one: f64, other: f64) -> f64 {
    (f64::from(one as f32) - f64::from(other as f32)).abs()
}

/// Standard deviation; 1 if there is none.
fn deviation(values: &[f32]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let square = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
    if square > 0.0 { square.sqrt() } else { 1.0 }
}

fn has_value(cells: &Cells, row: usize) -> bool {
    match cells {
        Cells::Numbers(values) | Cells::Dates(values) => usable(values[row]),
        Cells::Long(_) => cells.numbers().is_some_and(|values| usable(values[row])),
        Cells::Booleans(values) => values[row].is_some(),
        Cells::Text(words) => words.level(row).is_some(),
    }
}
