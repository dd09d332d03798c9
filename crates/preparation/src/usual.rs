//! What the cells of a column usually were in the fit, for people who are told that a cell is not.

use chrono::DateTime;

use crate::column::Column;
use crate::encoding::Encoding;
use crate::parts::DAY;
use crate::preparation::Preparation;
use crate::quantiles::quantile;
use crate::treatment::exactly;

/// What the cells of a column usually were in the fit.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Usual {
    /// Nothing is known, or nothing was usual.
    Unknown,
    /// Four numbers in five lie between these, one in ten below and one in ten above.
    Numbers {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// The same of dates, in seconds since the beginning of 1970, UTC.
    Dates {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// These words, the most frequent first, each with the share of the rows that had it.
    Words(Vec<(String, f64)>),
    /// One and the same in every row: in words.
    Always(String),
}

/// Whether the fit has met a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Familiarity {
    /// As often as others.
    Usual,
    /// Rarely.
    Rare,
    /// Never.
    New,
}

/// Words that are listed as usual: as many as it takes to name so large a share of the rows, but only so many.
const NAMED_SHARE: f64 = 0.8;
const MOST_NAMED: usize = 3;

impl Usual {
    /// The words that are listed as usual.
    pub fn named(&self) -> Vec<&str> {
        let Self::Words(words) = self else { return Vec::new() };
        let (mut named, mut share) = (Vec::new(), 0.0);
        for (word, of_word) in words.iter().take(MOST_NAMED) {
            if share >= NAMED_SHARE {
                break;
            }
            share += of_word;
            named.push(&**word);
        }
        named
    }

    /// As words that stand in brackets behind a cell; `None` where nothing is known. Numbers have the digits that tell their ends
    /// apart.
    ///
    /// ```
    /// use gradstop_preparation::Usual;
    /// let said = |usual: Usual| usual.in_words().unwrap_or_default();
    /// assert_eq!(said(Usual::Numbers { low: 49.871, high: 61.03 }), "usually 50 to 61");
    /// assert_eq!(said(Usual::Numbers { low: 0.1234, high: 0.1278 }), "usually 0.1234 to 0.1278");
    /// assert_eq!(said(Usual::Dates { low: 0.0, high: 31.0 * 86_400.0 }), "usually 1970-01-01 to 1970-02-01");
    /// assert_eq!(said(Usual::Words(vec![("Ulm".into(), 0.6), ("Bonn".into(), 0.3), ("Kiel".into(), 0.1)])), "usually Ulm, Bonn");
    /// assert_eq!(said(Usual::Always("5".into())), "in the fit always 5");
    /// ```
    pub fn in_words(&self) -> Option<String> {
        match self {
            Self::Unknown => None,
            Self::Numbers { low, high } if !(low.is_finite() && high.is_finite()) => None,
            Self::Numbers { low, high } if low == high => Some(format!("usually {}", exactly(*low))),
            Self::Numbers { low, high } => {
                let spread = high - low;
                Some(format!("usually {} to {}", rounded(*low, spread), rounded(*high, spread)))
            }
            Self::Dates { low, high } => {
                let [first, last] = [moment(*low, high - low)?, moment(*high, high - low)?];
                Some(if first == last {
                    format!("usually {first}")
                } else {
                    format!("usually {first} to {last}")
                })
            }
            Self::Words(_) => {
                let named = self.named();
                (!named.is_empty()).then(|| format!("usually {}", named.join(", ")))
            }
            Self::Always(what) => Some(format!("in the fit always {what}")),
        }
    }
}

/// A number with so many digits that the spread is 5 to 50 steps of the last.
fn rounded(value: f64, spread: f64) -> String {
    let step = (spread / 5.0).log10().floor();
    match value.abs().max(spread) {
        size if !(1e-5..1e15).contains(&size) => format!("{value:.2e}"),
        _ if step >= 0.0 => {
            let unit = 10f64.powf(step);
            // Zero has one sign for people.
            ((value / unit).round() * unit + 0.0).round().to_string()
        }
        _ => {
            let text = format!("{value:.places$}", places = (-step).min(15.0) as usize);
            let text = text.trim_end_matches('0').trim_end_matches('.');
            if text == "-0" { "0".into() } else { text.into() }
        }
    }
}

/// Seconds since the beginning of 1970 as ISO 8601 writes them; `None` beyond the years that there are.
///
/// ```
/// use gradstop_preparation::iso_moment;
/// assert_eq!(iso_moment(86_461.0).as_deref(), Some("1970-01-02T00:01:01Z"));
/// ```
pub fn iso_moment(seconds: f64) -> Option<String> {
    let moment = DateTime::from_timestamp(seconds.round() as i64, 0)?;
    Some(format!("{}T{}Z", moment.date_naive(), moment.time()))
}

/// A day, or a moment where days would not tell the ends apart.
fn moment(seconds: f64, spread: f64) -> Option<String> {
    // A float in whole seconds; those beyond the years that there are become the last of them and are refused.
    let moment = DateTime::from_timestamp(seconds.round() as i64, 0)?;
    Some(match spread >= 2.0 * DAY {
        true => moment.date_naive().to_string(),
        false => format!("{} {}", moment.date_naive(), moment.time()),
    })
}

impl Preparation {
    /// What the cells of each column usually were, of its [inputs](Self::inputs) in order. It is given the values of the columns
    /// that it [makes](Self::outputs) between which four of the fitted rows in five lie, their means, and how many rows these were.
    ///
    /// ```
    /// use gradstop_preparation::{Cells, Options, Preparation, Usual};
    /// let columns = [Cells::Dates(vec![86_400.0, 259_200.0, 172_800.0])];
    /// let preparation = Preparation::fit(&["day".into()], &columns, &Options::default())?;
    /// assert_eq!(preparation.usual(&[0.0], &[2.0], &[1.0], 3), [Usual::Dates { low: 86_400.0, high: 259_200.0 }]);
    /// # Ok::<(), gradstop_preparation::PreparationError>(())
    /// ```
    ///
    /// # Panics
    /// If there are fewer values than columns that it makes.
    pub fn usual(&self, low: &[f32], high: &[f32], mean: &[f64], rows: usize) -> Vec<Usual> {
        let mut place = 0;
        let of_column = |column: &Column| {
            let kept = column.kept().count();
            let made = place..place + kept;
            place += kept;
            // The share of the rows that have a word is the mean without what missing cells took.
            let missing = column.missing as f64 / rows.max(1) as f64;
            let filled = |output: usize| column.fill.get(output).map_or(0.0, |fill| fill * missing);
            let shares = column.kept().zip(&mean[made.clone()]).map(|(output, mean)| mean - filled(output));
            of_column(column, &low[made.clone()], &high[made], &shares.collect::<Vec<_>>(), missing)
        };
        self.columns().iter().map(of_column).collect()
    }

    /// Whether the fit has met a word in the column at this position of the [inputs](Self::inputs); `None` for columns that are
    /// not told apart by their words.
    pub fn familiarity(&self, column: usize, word: &str) -> Option<Familiarity> {
        match &self.columns().get(column)?.encoding {
            Encoding::OneHot { levels, others, .. } => Some(match levels.iter().any(|level| level == word) {
                true => Familiarity::Usual,
                false if *others => Familiarity::Rare,
                false => Familiarity::New,
            }),
            Encoding::Rarity { levels, different, .. } => Some(match levels.get(word) {
                Some(&rarity) if rarity > 0.0 => Familiarity::Rare,
                Some(_) => Familiarity::Usual,
                None if levels.len() < *different => Familiarity::Rare,
                None => Familiarity::New,
            }),
            _ => None,
        }
    }

    /// For each of [`outputs`](Self::outputs) the position of the column that it is made of among the [inputs](Self::inputs).
    ///
    /// ```
    /// use gradstop_preparation::{Cells, Missing, Options, Preparation};
    /// let columns = [Cells::Numbers(vec![20.0, f64::NAN, 40.0]), Cells::Numbers(vec![1.0, 5.0, 2.0])];
    /// let options = Options { missing: Missing::Indicator, ..Options::default() };
    /// let preparation = Preparation::fit(&["age", "size"].map(String::from), &columns, &options)?;
    /// assert_eq!(preparation.outputs(), ["age", "age missing", "size"]);
    /// assert_eq!(preparation.sources(), [0, 0, 1]);
    /// # Ok::<(), gradstop_preparation::PreparationError>(())
    /// ```
    pub fn sources(&self) -> Vec<usize> {
        let columns = || self.columns().iter().enumerate();
        let kept = columns().flat_map(|(at, column)| column.kept().map(move |_| at));
        kept.chain(columns().filter(|(_, column)| column.watch.is_some()).map(|(at, _)| at)).collect()
    }

    /// The column that says which row is which: of those that were left out because they name or count the rows, one whose cells
    /// are all different. Names go before dates and dates before counters.
    ///
    /// ```
    /// use gradstop_preparation::{Cells, Options, Preparation, Words};
    /// let mut names = Words::default();
    /// (0..30).for_each(|row| names.push(&format!("C{row}")));
    /// let columns = [Cells::Text(names), Cells::Numbers((0..30).map(|row| f64::from(row * 7 % 11)).collect())];
    /// let preparation = Preparation::fit(&["customer", "spent"].map(String::from), &columns, &Options::default())?;
    /// assert_eq!(preparation.key(), Some("customer"));
    /// # Ok::<(), gradstop_preparation::PreparationError>(())
    /// ```
    pub fn key(&self) -> Option<&str> {
        let rank = |column: &&Column| match column.encoding {
            Encoding::Names { .. } => 0,
            Encoding::Dates { .. } => 1,
            _ => 2,
        };
        let key = self.columns().iter().filter(|column| column.unique).min_by_key(rank)?;
        Some(&key.name)
    }
}

/// `low`, `high` and `shares` are those of the columns that are kept of it; `missing` is a share too.
fn of_column(column: &Column, low: &[f32], high: &[f32], shares: &[f64], missing: f64) -> Usual {
    let Some(first) = column.kept().next().filter(|&output| output < column.encoding.width()) else {
        return match column.watch.as_ref() {
            Some(watch) => Usual::Always(watch.in_words(column)),
            None => Usual::Unknown,
        };
    };
    let ends = match &column.quantiles {
        Some(quantiles) => [0.1, 0.9].map(|share| quantile(quantiles.grid(), share)),
        // As many digits as 32 bits have, and not those of the nearest number of 64.
        None => [low[0], high[0]].map(|end| end.to_string().parse().unwrap_or(f64::from(end))),
    };
    match &column.encoding {
        Encoding::Numbers => Usual::Numbers { low: ends[0], high: ends[1] },
        Encoding::Relative(origin) => {
            let [low, high] = ends.map(|end| origin.absolute(end));
            Usual::Numbers { low, high }
        }
        Encoding::Dates { first_day } => {
            let [low, high] = ends.map(|end| (end + *first_day as f64) * DAY);
            Usual::Dates { low, high }
        }
        Encoding::Booleans => {
            let mut words =
                vec![("true".to_string(), shares[0]), ("false".into(), 1.0 - missing - shares[0])];
            words.sort_by(|a, b| b.1.total_cmp(&a.1));
            Usual::Words(words)
        }
        Encoding::OneHot { levels, .. } if first < levels.len() => {
            let kept = column.kept().zip(shares).filter_map(|(output, &share)| {
                let level = levels.get(output)?;
                Some((level.clone(), share))
            });
            let mut words: Vec<(String, f64)> = kept.collect();
            words.sort_by(|a, b| b.1.total_cmp(&a.1));
            Usual::Words(words)
        }
        _ => Usual::Unknown,
    }
}
