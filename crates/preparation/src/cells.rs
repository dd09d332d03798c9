//! Columns as they were read, each of one kind, any cell of which may be missing.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Numbers.
    Numbers,
    /// True or false.
    Booleans,
    /// Days or moments.
    Dates,
    /// Words.
    Text,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::Numbers => "numbers",
            Kind::Booleans => "booleans",
            Kind::Dates => "dates",
            Kind::Text => "text",
        })
    }
}

/// Some consecutive cells of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Numbers; NaN is missing.
    Numbers(Vec<f64>),
    /// Numbers too, of which integers have more digits than 64-bit floats, as nanoseconds since 1970 do.
    Long(LongNumbers),
    /// Booleans; `None` is missing.
    Booleans(Vec<Option<bool>>),
    /// Seconds since the beginning of 1970, UTC; NaN is missing.
    Dates(Vec<f64>),
    /// Words.
    Text(Words),
}

impl Cells {
    /// No cells yet, of a kind.
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Numbers => Cells::Numbers(Vec::new()),
            Kind::Booleans => Cells::Booleans(Vec::new()),
            Kind::Dates => Cells::Dates(Vec::new()),
            Kind::Text => Cells::Text(Words::default()),
        }
    }

    /// What they are.
    pub fn kind(&self) -> Kind {
        match self {
            Cells::Numbers(_) | Cells::Long(_) => Kind::Numbers,
            Cells::Booleans(_) => Kind::Booleans,
            Cells::Dates(_) => Kind::Dates,
            Cells::Text(_) => Kind::Text,
        }
    }

    /// How many there are, the missing ones too.
    pub fn len(&self) -> usize {
        match self {
            Cells::Numbers(values) | Cells::Dates(values) => values.len(),
            Cells::Long(numbers) => numbers.values.len(),
            Cells::Booleans(values) => values.len(),
            Cells::Text(words) => words.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a cell is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Cells::Numbers(values) | Cells::Dates(values) => values[row].is_nan(),
            Cells::Long(numbers) => numbers.values[row].is_nan(),
            Cells::Booleans(values) => values[row].is_none(),
            Cells::Text(words) => words.level(row).is_none(),
        }
    }

    /// Makes cells of numbers missing, from one on.
    ///
    /// ```
    /// use gradstop_preparation::Cells;
    /// let mut cells = Cells::Numbers(vec![-999.0, 5.0, -999.0]);
    /// cells.make_missing(1, |value| value == -999.0);
    /// assert!(!cells.is_missing(0) && cells.is_missing(2));
    /// ```
    pub fn make_missing(&mut self, from: usize, is_missing: impl Fn(f64) -> bool) {
        if let Cells::Numbers(values) | Cells::Long(LongNumbers { values, .. }) = self {
            values[from..].iter_mut().filter(|value| is_missing(**value)).for_each(|value| *value = f64::NAN);
        }
    }

    /// Another one that is missing.
    pub fn push_missing(&mut self) {
        match self {
            Cells::Numbers(values) | Cells::Dates(values) => values.push(f64::NAN),
            Cells::Long(numbers) => numbers.push(f64::NAN, 0.0),
            Cells::Booleans(values) => values.push(None),
            Cells::Text(words) => words.push_missing(),
        }
    }

    /// The numbers, rounded to 64 bits, if they are some.
    pub fn numbers(&self) -> Option<&[f64]> {
        match self {
            Cells::Numbers(values) => Some(values),
            Cells::Long(numbers) => Some(&numbers.values),
            _ => None,
        }
    }

    /// What rounding the numbers to 64 bits left over of each, if it did of any.
    pub(crate) fn rests(&self) -> Option<&[f64]> {
        match self {
            Cells::Long(numbers) => Some(&numbers.rests),
            _ => None,
        }
    }

    /// Another number.
    ///
    /// # Panics
    /// If they are none.
    pub fn push_number(&mut self, value: f64) {
        match self {
            Cells::Numbers(values) => values.push(value),
            Cells::Long(numbers) => numbers.push(value, 0.0),
            other => panic!("got a number, wanted a cell of {}", other.kind()),
        }
    }

    /// Another number, an integer, of which no digit is lost.
    ///
    /// ```
    /// use gradstop_preparation::Cells;
    /// let nanoseconds = |first: i128| {
    ///     let mut cells = Cells::Numbers(vec![]);
    ///     (0..3).for_each(|row| cells.push_integer(first + row));
    ///     cells
    /// };
    /// assert_eq!(nanoseconds(5), Cells::Numbers(vec![5.0, 6.0, 7.0]));
    /// assert_ne!(nanoseconds(1_700_000_000_000_000_000), nanoseconds(1_700_000_000_000_000_001));
    /// ```
    ///
    /// # Panics
    /// If they are no numbers.
    pub fn push_integer(&mut self, integer: i128) {
        if integer.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS {
            return self.push_number(integer as i64 as f64);
        }
        let value = integer as f64;
        let rest = integer.saturating_sub(value as i128) as f64;
        if rest == 0.0 {
            return self.push_number(value);
        }
        self.lengthen();
        match self {
            Cells::Long(numbers) => numbers.push(value, rest),
            other => panic!("got a number, wanted a cell of {}", other.kind()),
        }
    }

    /// Makes room for more digits.
    fn lengthen(&mut self) {
        if let Cells::Numbers(values) = self {
            let values = std::mem::take(values);
            *self = Cells::Long(LongNumbers { rests: vec![0.0; values.len()], values });
        }
    }

    /// Puts a cell of others of the same kind in the place of the `at`-th one, or behind the last.
    ///
    /// ```
    /// use gradstop_preparation::Cells;
    /// let (mut sizes, others) = (Cells::Numbers(vec![1.0]), Cells::Numbers(vec![5.0, 6.0]));
    /// sizes.put(1, &others, 0);
    /// sizes.put(0, &others, 1);
    /// assert_eq!(sizes, Cells::Numbers(vec![6.0, 5.0]));
    /// ```
    ///
    /// # Panics
    /// If the kinds differ, or there are fewer than `at` cells.
    pub fn put(&mut self, at: usize, others: &Cells, row: usize) {
        match (self, others) {
            (Cells::Numbers(own), Cells::Numbers(others)) => put(own, at, others[row]),
            (Cells::Long(own), others @ (Cells::Numbers(_) | Cells::Long(_))) => {
                put(&mut own.values, at, others.numbers().map_or(f64::NAN, |numbers| numbers[row]));
                put(&mut own.rests, at, others.rests().map_or(0.0, |rests| rests[row]));
            }
            (own @ Cells::Numbers(_), Cells::Long(_)) => {
                own.lengthen();
                own.put(at, others, row);
            }
            (Cells::Booleans(own), Cells::Booleans(others)) => put(own, at, others[row]),
            (Cells::Dates(own), Cells::Dates(others)) => put(own, at, others[row]),
            (Cells::Text(own), Cells::Text(others)) => {
                let code = others.word(row).map_or(Words::MISSING, |word| own.code(word));
                put(&mut own.codes, at, code);
            }
            (own, others) => panic!("got a cell of {}, wanted {}", others.kind(), own.kind()),
        }
    }

    /// Takes all cells out; the kind stays.
    pub fn clear(&mut self) {
        *self = Cells::new(self.kind());
    }
}

/// Numbers as sums of two.
#[derive(Debug, Clone, PartialEq)]
pub struct LongNumbers {
    /// The numbers, rounded to 64 bits; NaN is missing.
    values: Vec<f64>,
    /// What that left over.
    rests: Vec<f64>,
}

impl LongNumbers {
    fn push(&mut self, value: f64, rest: f64) {
        self.values.push(value);
        self.rests.push(rest);
    }
}

fn put<T>(own: &mut Vec<T>, at: usize, cell: T) {
    if at == own.len() {
        own.push(cell);
    } else {
        own[at] = cell;
    }
}

/// Words, each different one kept once.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The level of each cell, or [`Words::MISSING`].
    codes: Vec<u32>,
    levels: Vec<Arc<str>>,
    known: HashMap<Arc<str>, u32>,
}

impl Words {
    const MISSING: u32 = u32::MAX;

    /// Another cell.
    pub fn push(&mut self, word: &str) {
        let code = self.code(word);
        self.codes.push(code);
    }

    /// The level of a word, which may be a new one.
    fn code(&mut self, word: &str) -> u32 {
        if let Some(&code) = self.known.get(word) {
            return code;
        }
        // More than four thousand million different words do not fit into memory.
        let (code, level) = (self.levels.len() as u32, Arc::<str>::from(word));
        self.levels.push(level.clone());
        self.known.insert(level, code);
        code
    }

    /// Another cell that is missing.
    pub fn push_missing(&mut self) {
        self.codes.push(Self::MISSING);
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Every different word, in the order in which they first came.
    pub fn levels(&self) -> &[Arc<str>] {
        &self.levels
    }

    /// The position of a cell's word among the levels; `None` if it is missing.
    pub fn level(&self, row: usize) -> Option<usize> {
        let code = self.codes[row];
        (code != Self::MISSING).then_some(code as usize)
    }

    /// A cell's word; `None` if it is missing.
    pub fn word(&self, row: usize) -> Option<&str> {
        self.level(row).map(|level| &*self.levels[level])
    }
}

impl PartialEq for Words {
    /// Whether the same words stand in the same rows.
    fn eq(&self, other: &Self) -> bool {
        self.codes.len() == other.codes.len()
            && (0..self.codes.len()).all(|row| self.word(row) == other.word(row))
    }
}

/// Whether a number has a place in a matrix of 32 bits.
pub(crate) fn usable(value: f64) -> bool {
    value.abs() <= f64::from(f32::MAX)
}
