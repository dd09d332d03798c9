//! All columns of a table together.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use serde::{Deserialize, Serialize};

use crate::cells::{Cells, Kind};
use crate::column::{Column, LeftOut, first_missing};
use crate::encoding::{Encoding, Seen};
use crate::error::PreparationError;
use crate::filled::Filled;
use crate::options::{Missing, Options, Ordered};
use crate::order::is_in_order;
use crate::origin::FarGroup;
use crate::parts::SAME;
use crate::rule::Watch;
use crate::spelling::Field;
use crate::steps::ColumnSteps;
use crate::treatment::Treatment;
use crate::watch::{Source, Watched};

/// What was decided of every column of a table; it makes the same numbers of the same cells ever after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    options: Options,
    columns: Vec<Column>,
}

/// Cells of a column that the fitted rows gave no reason to expect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnexpectedCells {
    /// The column.
    pub column: String,
    /// Missing cells, where the fitted column had none.
    pub missing: usize,
    /// Words that the fitted column did not have.
    pub unseen: usize,
}

impl Preparation {
    /// Decides what becomes of the columns, each with its name, of a whole table.
    ///
    /// # Errors
    /// [`PreparationError::Cell`] names the first missing cell unless such cells are filled;
    /// [`PreparationError::Text`] if text is not to be encoded; [`PreparationError::NothingLeft`] if no column is left;
    /// [`PreparationError::Shape`] if the columns are of different lengths or without a row.
    pub fn fit(names: &[String], columns: &[Cells], options: &Options) -> Result<Self, PreparationError> {
        let rows = check_shape(names.len(), columns)?;
        if rows == 0 {
            return Err(PreparationError::Shape { got: "no row".into(), wanted: "at least 1".into() });
        }
        match Self::fit_columns(names, columns, options) {
            // Better than none is a column that only says where a row stands.
            Err(PreparationError::NothingLeft { .. }) if options.ordered != Ordered::Keep => {
                let keeping = Options { ordered: Ordered::Keep, ..*options };
                let kept = Self::fit_columns(names, columns, &keeping)?;
                Ok(Self { options: *options, ..kept })
            }
            done => done,
        }
    }

    fn fit_columns(names: &[String], columns: &[Cells], options: &Options) -> Result<Self, PreparationError> {
        let fitted = names.iter().zip(columns);
        let fitted: Vec<Column> = fitted
            .clone()
            .map(|(name, cells)| Column::fit(name, cells, options))
            .collect::<Result<_, _>>()?;
        let mut preparation = Self { options: *options, columns: fitted };
        if options.missing == Missing::Error {
            preparation.refuse_missing(columns)?;
        }
        let sources = preparation.leave_out(columns);
        for ((column, cells), sources) in preparation.columns.iter_mut().zip(columns).zip(&sources) {
            column.watch = Watch::fit(column, cells, sources);
        }
        match preparation.columns.iter().any(|column| column.kept().next().is_some()) {
            true => Ok(preparation),
            false => Err(PreparationError::NothingLeft { columns: names.len() }),
        }
    }

    /// Columns of numbers that are taken as they are, by name; none of their cells may be missing.
    pub fn of_numbers(names: &[String]) -> Self {
        let columns = names.iter().map(|name| Column::of_numbers(name)).collect();
        Self { options: Options { missing: Missing::Error, ..Options::default() }, columns }
    }

    /// As [`of_numbers`](Self::of_numbers) for a whole table of complete numbers, a column each, of which 32 bits would run some
    /// together: these are taken relative to one of their own values. Columns that only say where in the table a row stands are
    /// left out as of [`without_ordered`](Self::without_ordered). `None` if no column is run together.
    ///
    /// ```
    /// use gradstop_preparation::{Cells, Ordered, Preparation};
    /// let columns = [Cells::Numbers(vec![1e9 + 1.0, 1e9 + 2.0, 1e9 + 4.0]), Cells::Numbers(vec![0.1, 0.2, 0.3])];
    /// let names = ["east", "x"].map(String::from);
    /// let preparation = Preparation::of_far_numbers(&names, &columns, Ordered::Keep).unwrap();
    /// let mut values = Vec::new();
    /// preparation.apply(&columns, &mut values)?;
    /// assert_eq!(values, [-1.0, 0.1, 0.0, 0.2, 2.0, 0.3]);
    /// assert_eq!(preparation.treatments()[0].to_string(), "east: taken relative to 1000000002, as 32 bits would run its values together");
    /// # Ok::<(), gradstop_preparation::PreparationError>(())
    /// ```
    pub fn of_far_numbers(names: &[String], columns: &[Cells], ordered: Ordered) -> Option<Self> {
        let mut fitted: Vec<Column> =
            names.iter().zip(columns).map(|(name, cells)| Column::of_cells(name, cells)).collect();
        let is_far = |column: &Column| column.encoding != Encoding::Numbers || !column.far.is_empty();
        if !fitted.iter().any(is_far) {
            return None;
        }
        let in_order: Vec<bool> = fitted
            .iter()
            .zip(columns)
            .map(|(column, cells)| ordered != Ordered::Keep && column.encoding.is_in_order(cells))
            .collect();
        // Better than none is a column that only says where a row stands.
        if in_order.contains(&false) {
            let left_out = fitted.iter_mut().zip(columns).zip(&in_order).filter(|(_, in_order)| **in_order);
            left_out.for_each(|((column, cells), _)| column.leave_out_ordered(cells));
        }
        let options = Options { missing: Missing::Error, ordered, ..Options::default() };
        Some(Self { options, columns: fitted })
    }

    /// The columns some of whose values are equal in 32 bits because they lie too far from the others, with these groups.
    pub fn far_groups(&self) -> impl Iterator<Item = (&str, &[FarGroup])> {
        let far = self.columns.iter().filter(|column| !column.far.is_empty());
        far.map(|column| (&*column.name, &*column.far))
    }

    /// Takes the columns that only say where in the table a row stands out of a row-major matrix of numbers; all others are taken
    /// as they are. `None`, and nothing is done, where there are no such columns, or no others.
    ///
    /// ```
    /// use gradstop_preparation::{Ordered, Preparation};
    /// let names = ["row", "size"].map(String::from);
    /// let mut values: Vec<f32> = (0..20).flat_map(|row| [row as f32, (row * 7 % 5) as f32]).collect();
    /// let preparation = Preparation::without_ordered(&names, &mut values, Ordered::Ignore).expect("a counter");
    /// assert_eq!((preparation.outputs(), preparation.ordered()), (vec!["size".into()], vec!["row".into()]));
    /// assert_eq!(values[..4], [0.0, 2.0, 4.0, 1.0]);
    /// ```
    pub fn without_ordered(names: &[String], values: &mut Vec<f32>, ordered: Ordered) -> Option<Self> {
        let width = names.len();
        if ordered == Ordered::Keep || width < 2 {
            return None;
        }
        let of_column = |at: usize| {
            Cells::Numbers(values.iter().skip(at).step_by(width).map(|&value| f64::from(value)).collect())
        };
        let left_out: Vec<bool> =
            (0..width).map(|at| may_count(values, width, at) && is_in_order(&of_column(at))).collect();
        if left_out.iter().all(|&ordered| ordered) || !left_out.contains(&true) {
            return None;
        }
        let mut preparation = Self::of_numbers(names);
        preparation.options.ordered = ordered;
        for (at, column) in preparation.columns.iter_mut().enumerate().filter(|(at, _)| left_out[*at]) {
            column.leave_out_ordered(&of_column(at));
        }
        let mut at = 0;
        values.retain(|_| {
            at += 1;
            !left_out[(at - 1) % width]
        });
        Some(preparation)
    }

    /// The columns that were left out because they only say where in the table a row stands.
    pub fn ordered(&self) -> Vec<String> {
        self.columns.iter().filter(|column| column.is_ordered()).map(|column| column.name.clone()).collect()
    }

    /// Appends the rows of some cells, a column each in the fitted order, to a row-major matrix of
    /// [`outputs`](Self::outputs) columns. A row becomes the same alone as among others.
    ///
    /// # Errors
    /// [`PreparationError::Cell`] names the first missing cell unless such cells are filled;
    /// [`PreparationError::Shape`] and [`PreparationError::Kind`] for columns that are not the fitted ones.
    pub fn apply(
        &self,
        columns: &[Cells],
        values: &mut Vec<f32>,
    ) -> Result<Vec<UnexpectedCells>, PreparationError> {
        let rows = check_shape(self.columns.len(), columns)?;
        if let Some((column, cells)) =
            self.columns.iter().zip(columns).find(|(column, cells)| column.kind != cells.kind())
        {
            let (column, wanted) = (column.name.clone(), column.kind);
            return Err(PreparationError::Kind { column, got: cells.kind(), wanted });
        }
        if self.options.missing == Missing::Error {
            self.refuse_missing(columns)?;
        }
        let width = self.width();
        let start = values.len();
        values.resize(start + rows * width, 0.0);
        let (mut place, mut unexpected) = (start, Vec::new());
        for (column, cells) in self.columns.iter().zip(columns) {
            let kept: Vec<usize> = column.kept().collect();
            // Words are compared with the fitted ones though they may all be alike.
            let knows_words = matches!(column.encoding, Encoding::Rarity { .. });
            if kept.is_empty() && column.watch.is_none() && !knows_words {
                continue;
            }
            let see = column.encoding.see(cells);
            let (mut missing, mut unseen) = (0, 0);
            for row in 0..rows {
                let seen = see(row);
                missing += usize::from(seen == Seen::Missing);
                unseen += usize::from(seen.is_new());
                let target = &mut values[place + row * width..][..kept.len()];
                for (target, &output) in target.iter_mut().zip(&kept) {
                    *target = column.value(seen, output) as f32;
                }
            }
            missing *= usize::from(column.missing == 0);
            // Such a word is a departure.
            unseen *= usize::from(column.watch.is_none());
            if missing + unseen > 0 {
                unexpected.push(UnexpectedCells { column: column.name.clone(), missing, unseen });
            }
            place += kept.len();
        }
        for (at, column) in self.columns.iter().enumerate() {
            if let Some(watch) = &column.watch {
                let departures = watch.departures(at, &self.columns, columns);
                let targets = values[place..].iter_mut().step_by(width);
                targets.zip(departures).for_each(|(target, departure)| *target = departure);
                place += 1;
            }
        }
        Ok(unexpected)
    }

    /// The names of the columns that it makes, in order: those that rows are told apart by, and behind them one for each column
    /// that is [watched](Self::watched), by the column's own name.
    pub fn outputs(&self) -> Vec<String> {
        let of_column = |column: &Column| {
            let names = column.outputs();
            column.kept().map(|output| names[output].clone()).collect::<Vec<_>>()
        };
        let watched = self.columns.iter().filter(|column| column.watch.is_some());
        self.columns.iter().flat_map(of_column).chain(watched.map(|column| column.name.clone())).collect()
    }

    /// For each of [`outputs`](Self::outputs) what has to be added to its values to have the table's own, where they are relative to
    /// an origin, and the unit that they are multiplied by before; 0 and 1 where they are not.
    ///
    /// ```
    /// use gradstop_preparation::{Cells, Ordered, Preparation};
    /// let columns = [Cells::Numbers(vec![1e9 + 1.0, 1e9 + 2.0, 1e9 + 4.0]), Cells::Numbers(vec![0.1, 0.2, 0.3])];
    /// let names = ["east", "x"].map(String::from);
    /// let preparation = Preparation::of_far_numbers(&names, &columns, Ordered::Keep).unwrap();
    /// assert_eq!(preparation.origins(), [(1e9 + 2.0, 1.0), (0.0, 1.0)]);
    /// ```
    pub fn origins(&self) -> Vec<(f64, f64)> {
        let of_column = |column: &Column| {
            let origin = column.encoding.origin().filter(|_| column.quantiles.is_none());
            let origin = origin.map_or((0.0, 1.0), |origin| (origin.origin, origin.unit));
            // The column that says where cells were missing has none.
            let of_output = |output| if output < column.encoding.width() { origin } else { (0.0, 1.0) };
            column.kept().map(of_output).collect::<Vec<_>>()
        };
        let watched = self.columns.iter().filter(|column| column.watch.is_some());
        self.columns.iter().flat_map(of_column).chain(watched.map(|_| (0.0, 1.0))).collect()
    }

    /// How many columns it makes, those that are watched included.
    pub fn width(&self) -> usize {
        self.columns.iter().map(|column| column.kept().count() + usize::from(column.watch.is_some())).sum()
    }

    /// The columns that told no fitted rows apart and are watched in new ones: all cells were equal, or equal to those of an
    /// earlier column. The last columns that it makes hold, in the same order, how far a row departs from that: 0 in all fitted
    /// rows, else a number of deviations of the earlier column, or for a single value of its own size (of 1 for 0, for a
    /// boolean, for a word and for a day).
    ///
    /// ```
    /// use gradstop_preparation::{Cells, Options, Preparation};
    /// let names = ["valve", "temperature"].map(String::from);
    /// let fitted = [Cells::Numbers(vec![5.0, 5.0]), Cells::Numbers(vec![60.0, 61.0])];
    /// let preparation = Preparation::fit(&names, &fitted, &Options::default())?;
    /// assert_eq!(preparation.outputs(), ["temperature", "valve"]);
    /// assert_eq!(preparation.watched()[0].fitted, "5");
    /// let mut values = Vec::new();
    /// preparation.apply(&[Cells::Numbers(vec![5.0, 500.0]), fitted[1].clone()], &mut values)?;
    /// assert_eq!(values, [60.0, 0.0, 61.0, 99.0]);
    /// # Ok::<(), gradstop_preparation::PreparationError>(())
    /// ```
    pub fn watched(&self) -> Vec<Watched> {
        let of_column = |column: &Column| {
            let fitted = column.watch.as_ref()?.in_words(column);
            Some(Watched { column: column.name.clone(), fitted })
        };
        self.columns.iter().filter_map(of_column).collect()
    }

    /// The names and kinds of the columns that it was fitted to, in order.
    pub fn inputs(&self) -> Vec<(String, Kind)> {
        self.columns.iter().map(|column| (column.name.clone(), column.kind)).collect()
    }

    /// The columns that it was fitted to, in order, with how their cells are written where they are text.
    pub fn fields(&self) -> Vec<Field> {
        let field = |column: &Column| Field {
            name: column.name.clone(),
            kind: column.kind,
            spelling: column.spelling.clone(),
        };
        self.columns.iter().map(field).collect()
    }

    /// Keeps how the cells of the columns are written, so that new rows are read as the fitted ones were.
    ///
    /// ```
    /// use gradstop_preparation::{Cells, Field, Kind, Numerals, Options, Preparation, Spelling};
    /// let columns = [Cells::Numbers(vec![1316.0, 950.0])];
    /// let spelling = Spelling { numbers: Numerals::DecimalPoint, ..Spelling::default() };
    /// let price = Field { spelling, ..Field::new("price", Kind::Numbers) };
    /// let preparation = Preparation::fit(&["price".into()], &columns, &Options::default())?.with_spelling(&[price.clone()]);
    /// assert_eq!(preparation.fields(), [price]);
    /// # Ok::<(), gradstop_preparation::PreparationError>(())
    /// ```
    pub fn with_spelling(mut self, fields: &[Field]) -> Self {
        for (column, field) in self.columns.iter_mut().zip(fields) {
            column.spelling = field.spelling.clone();
        }
        self
    }

    /// What becomes of each column, as data, in order.
    ///
    /// ```
    /// use gradstop_preparation::{Cells, Made, Options, Preparation};
    /// let columns = [Cells::Booleans(vec![Some(true), Some(false)])];
    /// let preparation = Preparation::fit(&["paid".into()], &columns, &Options::default())?;
    /// let [column] = &preparation.steps()[..] else { unreachable!() };
    /// let number = Made::Number { unit: 1.0, origin: 0.0, quantiles: None, missing: Some(0.5) };
    /// assert_eq!((&*column.name, &column.made[..]), ("paid", &[number][..]));
    /// # Ok::<(), gradstop_preparation::PreparationError>(())
    /// ```
    pub fn steps(&self) -> Vec<ColumnSteps> {
        (0..self.columns.len()).map(|at| ColumnSteps::of(at, &self.columns)).collect()
    }

    /// Its columns.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What was chosen.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What was done to each column to which anything was done.
    pub fn treatments(&self) -> Vec<Treatment> {
        self.columns.iter().filter_map(|column| Treatment::of(column, &self.options)).collect()
    }

    /// Which fitted cells were missing and what they became; nothing if none was.
    pub fn filled(&self) -> Option<Filled> {
        Filled::of(&self.columns, self.options.missing)
    }

    /// Whether it could have been fitted: for one that was read from a file, which may be anyone's.
    ///
    /// # Errors
    /// [`PreparationError::Content`] says what contradicts itself.
    pub fn check(&self) -> Result<(), PreparationError> {
        for (at, column) in self.columns.iter().enumerate() {
            column.check()?;
            if let Some(watch) = &column.watch {
                watch.check(at, &self.columns).map_err(|got| PreparationError::Content {
                    column: column.name.clone(),
                    got,
                    wanted: "one for each of its columns, of a column before it",
                })?;
            }
            if self.options.missing != Missing::Error && !column.fills() {
                let (column, got) = (column.name.clone(), "no fill".into());
                return Err(PreparationError::Content {
                    column,
                    got,
                    wanted: "one, as cells may be missing",
                });
            }
        }
        Ok(())
    }

    /// The first missing cell in reading order is an error.
    fn refuse_missing(&self, columns: &[Cells]) -> Result<(), PreparationError> {
        let missing =
            self.columns.iter().zip(columns).filter_map(|(column, cells)| first_missing(&column.name, cells));
        let row = |problem: &PreparationError| match problem {
            PreparationError::Cell { row, .. } => *row,
            _ => 0,
        };
        // Of equal rows the first column.
        missing.min_by_key(row).map_or(Ok(()), Err)
    }

    /// Leaves out what is constant or the same as an earlier one; returns for each column that is made where that one is.
    fn leave_out(&mut self, columns: &[Cells]) -> Vec<Vec<Source>> {
        let mut sources: Vec<Vec<Source>> =
            self.columns.iter().map(|column| vec![None; column.width()]).collect();
        let mut known: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
        for (at, sources) in sources.iter_mut().enumerate() {
            for (output, source) in sources.iter_mut().enumerate() {
                if self.columns[at].left_out[output].is_some() {
                    continue;
                }
                let values = self.columns[at].output(&columns[at], output);
                let least =
                    if matches!(self.columns[at].encoding, Encoding::Parts { .. }) { SAME } else { 0.0 };
                if values.iter().all(|value| f64::from((value - values[0]).abs()) <= least) {
                    let differ = output == 0 && numbers_differ(&columns[at]);
                    let why = if differ { LeftOut::ConstantInShort } else { LeftOut::Constant };
                    self.columns[at].left_out[output] = Some(why);
                    continue;
                }
                let alike = known.entry(hash(&values)).or_default();
                let same = alike
                    .iter()
                    .filter(|(other, _)| {
                        self.columns[*other].encoding.origin() == self.columns[at].encoding.origin()
                    })
                    .find(|(other, output)| self.columns[*other].output(&columns[*other], *output) == values);
                match same {
                    Some(&(other, of_other)) => {
                        let name = self.columns[other].outputs()[of_other].clone();
                        self.columns[at].left_out[output] = Some(LeftOut::SameAs(name));
                        *source = Some((other, of_other));
                    }
                    None => alike.push((at, output)),
                }
            }
        }
        sources
    }
}

/// The number of rows, if there are so many columns and all have as many.
fn check_shape(wanted: usize, columns: &[Cells]) -> Result<usize, PreparationError> {
    if columns.len() != wanted || columns.is_empty() {
        let (got, wanted) = (format!("{} columns", columns.len()), format!("{} and at least 1", wanted));
        return Err(PreparationError::Shape { got, wanted });
    }
    let rows = columns[0].len();
    match columns.iter().find(|cells| cells.len() != rows) {
        None => Ok(rows),
        Some(other) => Err(PreparationError::Shape {
            got: format!("columns of {rows} and of {} rows", other.len()),
            wanted: "as many rows in each".into(),
        }),
    }
}

/// Whether there are numbers or dates that are not all the same.
fn numbers_differ(cells: &Cells) -> bool {
    let values = match cells {
        Cells::Dates(values) => values,
        _ => cells.numbers().unwrap_or_default(),
    };
    let mut present = values.iter().filter(|value| value.is_finite());
    present.next().is_some_and(|first| present.any(|value| value != first))
}

/// Whether the first rows of a column do not rule out that it counts.
fn may_count(values: &[f32], width: usize, at: usize) -> bool {
    let mut first = values.iter().skip(at).step_by(width).take(8);
    let (Some(&one), Some(&two)) = (first.next(), first.next()) else { return false };
    let rises = |least: f32, next: f32| if one <= two { least <= next } else { least >= next };
    let in_order = first.try_fold(two, |before, &next| rises(before, next).then_some(next));
    // Where groups have a number the first one may be a long one.
    in_order.is_some()
}

fn hash(values: &[f32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Zero has two signs and is one value.
    values.iter().for_each(|value| hasher.write_u32((value + 0.0).to_bits()));
    hasher.finish()
}
