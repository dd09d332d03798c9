//! One column of a table, and what was decided of it.

use serde::{Deserialize, Serialize};

use crate::cells::{Cells, Kind, usable};
use crate::encoding::{Encoding, Seen};
use crate::error::PreparationError;
use crate::options::{Missing, Options, Ordered, Scale, Text};
use crate::origin::{FarGroup, Origin};
use crate::quantiles::{Quantiles, quantile};
use crate::rule::Watch;
use crate::spelling::Spelling;

/// One cell in so many that are missing is a column's habit, which a further column tells of.
const MANY: usize = 100;

const WANTED: &str = "a finite number that fits into 32 bits";

/// One column, and what was decided of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// How its cells are written, where they are text.
    #[serde(default, skip_serializing_if = "Spelling::is_plain")]
    pub(crate) spelling: Spelling,
    #[serde(flatten)]
    pub(crate) encoding: Encoding,
    /// Normal scores of numbers and dates, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantiles: Option<Quantiles>,
    /// Fitted cells that had no value, those that are infinite or too large among them.
    pub(crate) missing: usize,
    pub(crate) unusable: usize,
    /// What a missing cell becomes in each column that the encoding makes; empty where it is an error.
    pub(crate) fill: Vec<f64>,
    /// Whether a further column says where cells were missing.
    pub(crate) indicator: bool,
    /// For every column that is made of this one, why it was left out, if it was.
    pub(crate) left_out: Vec<Option<LeftOut>>,
    /// Groups of values that no origin keeps apart from their neighbors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) far: Vec<FarGroup>,
    /// How new rows are watched, if all that the encoding makes was left out because nothing told fitted rows apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) watch: Option<Watch>,
    /// Whether it was left out because it names or counts the rows, and all of its cells are different.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unique: bool,
}

/// Why a column was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LeftOut {
    /// All of its cells are equal.
    Constant,
    /// All of its cells are equal in 32 bits, as which they are kept, though not in 64.
    ConstantInShort,
    /// It is equal to this one.
    SameAs(String),
    /// It only says where in the table a row stands.
    Ordered,
}

impl Column {
    /// Decides everything but what is left out.
    pub(crate) fn fit(name: &str, cells: &Cells, options: &Options) -> Result<Self, PreparationError> {
        if cells.kind() == Kind::Text && options.text == Text::Error {
            return Err(PreparationError::Text { column: name.into() });
        }
        let (encoding, far) = with_origin(Encoding::fit(cells, options), cells);
        let seen: Vec<Seen> = {
            let see = encoding.see(cells);
            (0..cells.len()).map(see).filter(|&seen| seen != Seen::Missing).collect()
        };
        let scaled = encoding.is_scaled();
        let quantiles = (options.scale == Scale::Quantile && scaled)
            .then(|| Quantiles::fit(seen.iter().map(|&seen| encoding.value(seen, 0)).collect()));
        let missing = cells.len() - seen.len();
        let mut column = Self {
            name: name.into(),
            kind: cells.kind(),
            spelling: Spelling::default(),
            quantiles,
            missing,
            unusable: cells.numbers().map_or(0, |values| {
                values.iter().filter(|value| !value.is_nan() && !usable(**value)).count()
            }),
            fill: Vec::new(),
            indicator: missing > 0
                && match options.missing {
                    Missing::Auto => MANY * missing >= cells.len(),
                    how => how == Missing::Indicator,
                },
            left_out: Vec::new(),
            far,
            watch: None,
            unique: is_name(&encoding, cells),
            encoding,
        };
        if options.missing != Missing::Error {
            let of_output = |output| {
                let values: Vec<f64> = seen.iter().map(|&seen| column.value(seen, output)).collect();
                match options.missing {
                    // Of truths and levels the mean is between all of them.
                    Missing::Auto if column.encoding.is_share() => mean(&values),
                    Missing::Auto | Missing::Median => median(values),
                    _ => mean(&values),
                }
            };
            column.fill = (0..column.encoding.width()).map(of_output).collect();
        }
        column.left_out = vec![None; column.width()];
        if options.ordered != Ordered::Keep && scaled && column.encoding.is_in_order(cells) {
            column.leave_out_ordered(cells);
        }
        Ok(column)
    }

    /// Leaves it out, as it only says where in the table a row stands.
    pub(crate) fn leave_out_ordered(&mut self, cells: &Cells) {
        self.unique = rises_or_falls(cells);
        let width = self.encoding.width();
        self.left_out[..width].fill(Some(LeftOut::Ordered));
        self.far.clear();
    }

    /// Whether it only says where in the table a row stands.
    pub(crate) fn is_ordered(&self) -> bool {
        self.left_out.first() == Some(&Some(LeftOut::Ordered))
    }

    /// Numbers that are taken as they are.
    pub(crate) fn of_numbers(name: &str) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Numbers,
            spelling: Spelling::default(),
            encoding: Encoding::Numbers,
            far: Vec::new(),
            quantiles: None,
            missing: 0,
            unusable: 0,
            fill: Vec::new(),
            indicator: false,
            left_out: vec![None],
            watch: None,
            unique: false,
        }
    }

    /// Complete numbers that are taken as they are, or relative to an origin if 32 bits would run them together.
    pub(crate) fn of_cells(name: &str, cells: &Cells) -> Self {
        let (encoding, far) = with_origin(Encoding::Numbers, cells);
        Self { encoding, far, ..Self::of_numbers(name) }
    }

    /// How many columns are made of this one, those that are left out too.
    pub(crate) fn width(&self) -> usize {
        self.encoding.width() + usize::from(self.indicator)
    }

    /// The names of these columns.
    pub(crate) fn outputs(&self) -> Vec<String> {
        let indicator = self.indicator.then(|| format!("{} missing", self.name));
        self.encoding.outputs(&self.name).into_iter().chain(indicator).collect()
    }

    /// The positions of the columns that are not left out.
    pub(crate) fn kept(&self) -> impl Iterator<Item = usize> {
        self.left_out.iter().enumerate().filter(|(_, left_out)| left_out.is_none()).map(|(output, _)| output)
    }

    /// Whether a missing cell is no error.
    pub(crate) fn fills(&self) -> bool {
        !self.fill.is_empty() || self.encoding.width() == 0
    }

    /// What a cell becomes in one of the columns.
    pub(crate) fn value(&self, seen: Seen, output: usize) -> f64 {
        if output == self.encoding.width() {
            return f64::from(u8::from(seen == Seen::Missing));
        }
        match (seen, &self.quantiles) {
            (Seen::Missing, _) => self.fill.get(output).copied().unwrap_or(0.0),
            (Seen::Value(value), Some(quantiles)) => quantiles.score(value),
            _ => self.encoding.value(seen, output),
        }
    }

    /// One of the columns, whole.
    pub(crate) fn output(&self, cells: &Cells, output: usize) -> Vec<f32> {
        let see = self.encoding.see(cells);
        (0..cells.len()).map(|row| self.value(see(row), output) as f32).collect()
    }

    /// Whether it could have been fitted; if not, the error says what is wrong.
    pub(crate) fn check(&self) -> Result<(), PreparationError> {
        let wrong =
            |got: String, wanted| Err(PreparationError::Content { column: self.name.clone(), got, wanted });
        let suits = match self.encoding {
            Encoding::Nothing => true,
            Encoding::Numbers | Encoding::Relative(_) => self.kind == Kind::Numbers,
            Encoding::Booleans => self.kind == Kind::Booleans,
            Encoding::Dates { .. } | Encoding::Parts { .. } => self.kind == Kind::Dates,
            Encoding::OneHot { .. } | Encoding::Rarity { .. } | Encoding::Names { .. } => {
                self.kind == Kind::Text
            }
        };
        if !suits {
            return wrong(format!("the kind {}", self.kind), "the kind of its encoding");
        }
        if let Encoding::Relative(origin) = &self.encoding
            && !origin.is_sound()
        {
            return wrong(format!("{origin:?}"), "a finite origin, and a unit that is a power of two");
        }
        let filled = [0, self.encoding.width()].contains(&self.fill.len());
        if !filled || self.fill.iter().any(|&value| !usable(value)) {
            return wrong(format!("the fill {:?}", self.fill), "a finite number for each of its columns");
        }
        if self.left_out.len() != self.width() {
            let got = format!("{} entries of what is left out", self.left_out.len());
            return wrong(got, "one for each of its columns");
        }
        if let Encoding::Rarity { levels, rarest, .. } = &self.encoding
            && levels.values().chain([rarest]).any(|&rarity| !(rarity >= 0.0 && usable(rarity)))
        {
            return wrong("a rarity out of range".into(), "finite numbers of at least 0");
        }
        if !self.encoding.is_scaled() && self.quantiles.is_some() {
            return wrong("quantiles".into(), "none but of numbers and dates");
        }
        match &self.quantiles {
            Some(quantiles) => quantiles.check().or_else(|got| wrong(got, "rising finite numbers")),
            None => Ok(()),
        }
    }
}

/// How numbers are encoded that 32 bits would run together, and the groups that this does not serve.
fn with_origin(encoding: Encoding, cells: &Cells) -> (Encoding, Vec<FarGroup>) {
    match (encoding, cells) {
        (Encoding::Numbers, Cells::Numbers(_) | Cells::Long(_)) => {
            let (origin, far) = Origin::fit(cells.numbers().unwrap_or_default(), cells.rests());
            (origin.map_or(Encoding::Numbers, Encoding::Relative), far)
        }
        (encoding, _) => (encoding, Vec::new()),
    }
}

/// Words of more letters are no names.
const LONGEST_NAME: usize = 64;

/// Whether text names its rows, each by another word.
fn is_name(encoding: &Encoding, cells: &Cells) -> bool {
    match (encoding, cells) {
        (Encoding::Names { different }, Cells::Text(words)) => {
            *different == words.len()
                && words.levels().iter().all(|level| level.chars().count() <= LONGEST_NAME)
        }
        _ => false,
    }
}

/// Whether every number or date is larger than the one before it, or every one is smaller.
fn rises_or_falls(cells: &Cells) -> bool {
    let values = match cells {
        Cells::Dates(values) => values,
        _ => cells.numbers().unwrap_or_default(),
    };
    let all = |follows: fn(&f64, &f64) -> bool| values.windows(2).all(|pair| follows(&pair[0], &pair[1]));
    !values.is_empty() && (all(f64::lt) || all(f64::gt))
}

/// The first cell that has no value, and what stands there.
pub(crate) fn first_missing(name: &str, cells: &Cells) -> Option<PreparationError> {
    let row = match cells {
        Cells::Numbers(values) | Cells::Dates(values) => values.iter().position(|&value| !usable(value)),
        Cells::Long(_) => cells.numbers()?.iter().position(|&value| !usable(value)),
        Cells::Booleans(values) => values.iter().position(Option::is_none),
        Cells::Text(words) => (0..words.len()).find(|&row| words.level(row).is_none()),
    }?;
    let got = match cells {
        Cells::Numbers(values) => Some(values[row]).filter(|value| !value.is_nan()),
        _ => None,
    };
    let wanted = if cells.kind() == Kind::Numbers { WANTED } else { "a value" };
    Some(PreparationError::Cell { row, column: name.into(), got, wanted })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    quantile(&values, 0.5)
}
