//! Columns of any kind, on their way from a table of Python to a preparation.

use gradstop::preparation::Rounding;
use gradstop_tables::{Cells, Field, Kind, Note, ReadOptions, Spelling, push_cell, settle};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::of_table;

/// What the messages call a table of Python.
pub(crate) const TABLE: &str = "the table";

/// Columns of any kind.
#[pyclass(module = "gradstop._gradstop", frozen)]
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) names: Vec<String>,
    pub(crate) cells: Vec<Cells>,
    /// How their cells were written where they were text.
    pub(crate) fields: Vec<Field>,
    /// What was decided on the way.
    notes: Vec<Note>,
}

/// A column: its name, its kind (`category` for text that stays what it is), its numbers (seconds for dates; positions among the words for text, -1 where one is
/// missing; NaN is missing), and the words of text.
type Given<'py> = (String, String, Numbers<'py>, Option<Vec<String>>);

/// Numbers of a column. Integers of 64 bits come as they are, as floats have fewer digits.
#[derive(FromPyObject)]
enum Numbers<'py> {
    Floats(PyReadonlyArray1<'py, f64>),
    Integers(PyReadonlyArray1<'py, i64>),
    Unsigned(PyReadonlyArray1<'py, u64>),
}

#[pymethods]
impl Columns {
    /// Columns of arrays, each with its name and kind; `kinds` are those that are wanted, where they are known.
    #[staticmethod]
    #[pyo3(signature = (given, kinds=None))]
    fn of_arrays(given: Vec<Given<'_>>, kinds: Option<Vec<(String, String)>>) -> PyResult<Self> {
        let (mut columns, mut categories) = (Self::default(), Vec::new());
        for (name, found, numbers, words) in given {
            let mut cells = match &*found {
                "category" => {
                    categories.push(name.clone());
                    Cells::new(Kind::Text)
                }
                found => Cells::new(kind(found)?),
            };
            match (&numbers, cells.kind()) {
                (Numbers::Floats(numbers), _) => of_floats(&mut cells, numbers, &words.unwrap_or_default()),
                (Numbers::Integers(numbers), Kind::Numbers) => {
                    numbers.as_array().iter().for_each(|&number| cells.push_integer(number.into()));
                }
                (Numbers::Unsigned(numbers), Kind::Numbers) => {
                    numbers.as_array().iter().for_each(|&number| cells.push_integer(number.into()));
                }
                (_, kind) => return Err(PyValueError::new_err(format!("got integers, wanted {kind}"))),
            }
            columns.names.push(name);
            columns.cells.push(cells);
        }
        match kinds {
            Some(kinds) => columns.of_kinds(&kinds),
            None => columns.settled(&categories),
        }
    }

    /// What was decided of text that is numbers or dates.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.notes.iter().map(Note::to_string).collect()
    }

    /// Names of the columns.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Number of columns.
    fn __len__(&self) -> usize {
        self.names.len()
    }
}

impl Columns {
    /// Columns as they were read.
    pub(crate) fn new(names: Vec<String>, cells: Vec<Cells>) -> Self {
        Self { names, cells, ..Self::default() }
    }

    /// The same, text that is numbers or dates as such, but for categories.
    pub(crate) fn settled(mut self, categories: &[String]) -> PyResult<Self> {
        let settled = settle(TABLE, &self.names, &mut self.cells, categories, &ReadOptions::default());
        (self.fields, self.notes) = settled.map_err(of_table)?;
        Ok(self)
    }

    /// The same as columns of other kinds, as far as their cells can be read as such.
    fn of_kinds(mut self, kinds: &[(String, String)]) -> PyResult<Self> {
        if kinds.len() != self.cells.len() {
            // Whoever compares the columns with the fitted ones says so better.
            return Ok(self);
        }
        let mut problems = Vec::new();
        for ((cells, (wanted, spelling)), name) in self.cells.iter_mut().zip(kinds).zip(&self.names) {
            let wanted = kind(wanted)?;
            match converted(cells, wanted, &self::spelling(spelling)?) {
                Some(None) => {}
                Some(Some(other)) => *cells = other,
                None => problems.push(format!("column {name:?}: got {}, wanted {wanted}", cells.kind())),
            }
        }
        match problems.is_empty() {
            true => Ok(self),
            false => Err(PyValueError::new_err(problems.join("; "))),
        }
    }
}

/// Fills cells of their kind.
fn of_floats(cells: &mut Cells, numbers: &PyReadonlyArray1<'_, f64>, words: &[String]) {
    let numbers = numbers.as_array();
    match cells {
        Cells::Numbers(values) | Cells::Dates(values) => values.extend(numbers.iter()),
        Cells::Long(_) => numbers.iter().for_each(|&number| cells.push_number(number)),
        Cells::Booleans(values) => {
            values.extend(numbers.iter().map(|value| (!value.is_nan()).then_some(*value != 0.0)));
        }
        Cells::Text(_) => {
            for &code in numbers {
                match words.get(code as usize).filter(|_| code >= 0.0) {
                    Some(word) => drop(push_cell(word, cells, &Spelling::default())),
                    None => cells.push_missing(),
                }
            }
        }
    }
}

/// Cells as those of another kind; nothing new if they are of it.
fn converted(cells: &Cells, wanted: Kind, spelling: &Spelling) -> Option<Option<Cells>> {
    let mut other = Cells::new(wanted);
    match (cells, &mut other) {
        _ if cells.kind() == wanted => return Some(None),
        (Cells::Booleans(truths), Cells::Numbers(values)) => {
            let number = |truth: &Option<bool>| truth.map_or(f64::NAN, |truth| f64::from(u8::from(truth)));
            values.extend(truths.iter().map(number));
        }
        // A column without a value may be of any kind.
        (Cells::Numbers(values), _) if values.iter().all(|value| value.is_nan()) => {
            values.iter().for_each(|_| other.push_missing());
        }
        (Cells::Numbers(_) | Cells::Long(_), Cells::Text(_)) => {
            let values = cells.numbers().unwrap_or_default();
            values.iter().all(|value| push_cell(&value.to_string(), &mut other, spelling));
        }
        (Cells::Booleans(truths), Cells::Text(_)) => {
            let text = |truth: &Option<bool>| truth.map_or(String::new(), |truth| truth.to_string());
            truths.iter().all(|truth| push_cell(&text(truth), &mut other, spelling));
        }
        (Cells::Text(words), _) => {
            for row in 0..words.len() {
                if !push_cell(words.word(row).unwrap_or_default(), &mut other, spelling) {
                    return None;
                }
            }
        }
        _ => return None,
    }
    Some(Some(other))
}

/// Whether rounding to 32 bits would run some of these numbers together, or is likely to.
#[pyfunction]
pub(crate) fn runs_together(py: Python<'_>, rows: PyReadonlyArray2<'_, f64>) -> bool {
    let rows = rows.as_array();
    py.detach(|| {
        let mut rounding = Rounding::default();
        for row in rows.rows() {
            if rounding.takes_row() {
                row.iter().for_each(|&value| rounding.see(value));
            }
        }
        rounding.runs_together()
    })
}

fn kind(name: &str) -> PyResult<Kind> {
    serde_json::from_value(name.into()).map_err(|_| PyValueError::new_err(format!("got the kind {name:?}")))
}

fn spelling(json: &str) -> PyResult<Spelling> {
    serde_json::from_str(json).map_err(|_| PyValueError::new_err(format!("got the spelling {json:?}")))
}
