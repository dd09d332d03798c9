//! How missing cells, booleans and dates are spelled, and what a column of a text file holds.

use std::borrow::Cow;

use arrow_cast::parse::string_to_datetime;
use chrono::Utc;
use gradstop_preparation::{Cells, Kind};

use crate::hint::{Advice, Hint};
use crate::text::number;

/// Spellings of a missing cell beside an empty one, in any mixture of upper and lower case.
const MISSING: [&str; 8] = ["na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?"];

/// One cell in this many that is not like all others is a slip of the pen, not another kind of column.
const SLIPS: usize = 20;

/// Whether a cell says that there is no value.
pub(crate) fn is_missing(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.is_empty()
        || (cell.len() <= 4 && MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word.as_bytes())))
}

fn boolean(cell: &[u8]) -> Option<bool> {
    let cell = cell.trim_ascii();
    let is = |word: &str| cell.eq_ignore_ascii_case(word.as_bytes());
    match () {
        () if is("true") || is("yes") => Some(true),
        () if is("false") || is("no") => Some(false),
        () => None,
    }
}

/// Seconds since 1970, UTC, of a day or moment as ISO 8601 and RFC 3339 write them: `2024-02-29`,
/// `2024-02-29 12:30`, `2024-02-29T12:30:15+01:00`. Without a zone it is UTC.
fn date(cell: &[u8]) -> Option<f64> {
    let cell = cell.trim_ascii();
    // What certainly is none is told without the parser.
    if cell.len() < 10 || cell[4] != b'-' || cell[7] != b'-' || !cell.is_ascii() {
        return None;
    }
    let text = std::str::from_utf8(cell).ok()?;
    // The parser wants seconds where there are hours.
    let whole =
        if text.len() == "2024-02-29 12:30".len() { Cow::from(format!("{text}:00")) } else { text.into() };
    let moment = string_to_datetime(&Utc, &whole).ok()?;
    Some(moment.timestamp_micros() as f64 / 1e6)
}

/// Puts a cell, written as in a text file, behind others; false if it is not of their kind. Empty cells and `NA`, `N/A`,
/// `NaN`, `null`, `None`, `<NA>`, `#N/A` and `?`, in upper or lower case, are missing.
///
/// ```
/// use gradstop_tables::{Cells, Kind, push_cell};
/// let mut cells = Cells::new(Kind::Dates);
/// assert!(push_cell("1970-01-02T00:00:00.5Z", &mut cells));
/// assert!(!push_cell("yesterday", &mut cells));
/// assert_eq!(cells, Cells::Dates(vec![86_400.5]));
/// ```
pub fn push_cell(cell: &str, cells: &mut Cells) -> bool {
    push(cell.as_bytes(), cells)
}

/// Whether a cell, written as in a text file, stands for a missing value.
///
/// ```
/// use gradstop_tables::is_missing_cell;
/// assert!(is_missing_cell(" NA ") && is_missing_cell("") && !is_missing_cell("0"));
/// ```
pub fn is_missing_cell(cell: &str) -> bool {
    is_missing(cell.as_bytes())
}

/// Puts the bytes of a cell behind others; false if they are not of their kind.
pub(crate) fn push(cell: &[u8], cells: &mut Cells) -> bool {
    match cells {
        // Most cells are numbers, and none is spelled as a missing one but NaN, which is.
        Cells::Numbers(_) | Cells::Long(_) => match number::parse(cell) {
            Some(value) => match number::long_integer(cell, value) {
                Some(integer) => cells.push_integer(integer),
                None => cells.push_number(value),
            },
            None if is_missing(cell) => cells.push_missing(),
            None => return false,
        },
        _ if is_missing(cell) => cells.push_missing(),
        Cells::Text(words) => match std::str::from_utf8(cell.trim_ascii()) {
            Ok(word) => words.push(word),
            // Other bytes would all become the same character, and different words one level.
            Err(_) => return false,
        },
        Cells::Booleans(values) => match boolean(cell) {
            Some(truth) => values.push(Some(truth)),
            None => return false,
        },
        Cells::Dates(values) => match date(cell) {
            Some(seconds) => values.push(seconds),
            None => return false,
        },
    }
    true
}

/// What errors about cells ask for.
pub(crate) fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Numbers => number::WANTED,
        Kind::Booleans => "true or false, yes or no",
        Kind::Dates => "a date as 2024-02-29, or a moment as 2024-02-29T12:30:15Z",
        Kind::Text => "text in UTF-8",
    }
}

fn text(cell: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(cell.trim_ascii())
}

/// A cell that is not like the others of its column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Odd {
    pub(crate) row: usize,
    pub(crate) line: u64,
    pub(crate) text: String,
    /// What most others are.
    pub(crate) kind: Kind,
    /// What helps.
    pub(crate) hint: Hint,
}

/// How many cells of a column are of which kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    present: usize,
    of: [Count; 3],
    /// Cells that would be numbers if their comma were a decimal point, and the first of them.
    commas: usize,
    first_comma: Option<(usize, u64, String)>,
}

/// The cells of one kind, and the first that is of another.
#[derive(Debug, Clone, Default)]
struct Count {
    cells: usize,
    first_other: Option<(usize, u64, String)>,
}

const KINDS: [Kind; 3] = [Kind::Numbers, Kind::Booleans, Kind::Dates];

impl Tally {
    pub(crate) fn see(&mut self, cell: &[u8], row: usize, line: u64, comma_is_free: bool) {
        let kind = match number::parse(cell) {
            Some(value) if value.is_nan() => return,
            Some(_) => Some(Kind::Numbers),
            None if is_missing(cell) => return,
            None if boolean(cell).is_some() => Some(Kind::Booleans),
            None if date(cell).is_some() => Some(Kind::Dates),
            None => None,
        };
        self.present += 1;
        for (count, of) in self.of.iter_mut().zip(KINDS) {
            if kind == Some(of) {
                count.cells += 1;
            } else if count.first_other.is_none() {
                count.first_other = Some((row, line, text(cell).into_owned()));
            }
        }
        if kind.is_none() && comma_is_free && number::has_decimal_comma(cell) {
            self.commas += 1;
            self.first_comma.get_or_insert_with(|| (row, line, text(cell).into_owned()));
        }
    }

    /// What the column holds: what all of its cells are, or text. A column whose cells are all alike but for a few is
    /// more likely to have a slip in it than to be text.
    pub(crate) fn kind(&self, column: &str) -> Result<Kind, Odd> {
        if self.present == 0 {
            return Ok(Kind::Numbers);
        }
        if let (Some((row, line, text)), true) =
            (&self.first_comma, self.of[0].cells + self.commas == self.present)
        {
            let hint = Hint::Advice(Advice::DecimalComma);
            return Err(Odd { row: *row, line: *line, text: text.clone(), kind: Kind::Numbers, hint });
        }
        for (count, kind) in self.of.iter().zip(KINDS) {
            match &count.first_other {
                None => return Ok(kind),
                Some((row, line, text)) if SLIPS * (self.present - count.cells) < self.present => {
                    let hint =
                        Hint::Unlike { column: column.into(), kind, alike: count.cells, cells: self.present };
                    return Err(Odd { row: *row, line: *line, text: text.clone(), kind, hint });
                }
                Some(_) => {}
            }
        }
        Ok(Kind::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(cells: &[&str]) -> Result<Kind, Odd> {
        let mut tally = Tally::default();
        cells
            .iter()
            .enumerate()
            .for_each(|(row, cell)| tally.see(cell.as_bytes(), row, row as u64 + 2, true));
        tally.kind("a")
    }

    #[test]
    fn missing_cells_have_their_spellings() {
        for cell in ["", " ", "NA", "n/a", "NaN", "NULL", "None", "?", "<NA>", "#N/A", " na "] {
            assert!(is_missing(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["0", "-", "no", "missing", "nana", "??"] {
            assert!(!is_missing(cell.as_bytes()), "{cell:?}");
        }
    }

    #[test]
    fn dates_are_read_with_and_without_time_and_zone() {
        for (cell, seconds) in [
            ("1970-01-02", 86_400.0),
            ("1970-01-01T00:01", 60.0),
            ("1970-01-01 00:00:01.5", 1.5),
            ("1970-01-01T00:00:00Z", 0.0),
            ("1970-01-01T02:00:00+02:00", 0.0),
            (" 1969-12-31 ", -86_400.0),
            ("9999-12-31", 253_402_214_400.0),
        ] {
            assert_eq!(date(cell.as_bytes()), Some(seconds), "{cell:?}");
        }
        for cell in
            ["1970-13-01", "1970-01-32", "01/02/1970", "1970-01", "19700102", "1970-01-02é", "2024-é1-01"]
        {
            assert_eq!(date(cell.as_bytes()), None, "{cell:?}");
        }
    }

    #[test]
    fn the_kind_of_a_column_is_what_all_of_its_cells_are() {
        assert_eq!(kind(&["1", "2.5", "", "-inf"]), Ok(Kind::Numbers));
        assert_eq!(kind(&["yes", "NO", "na", "True"]), Ok(Kind::Booleans));
        assert_eq!(kind(&["2024-01-01", "", "2024-01-01T12:00:00Z"]), Ok(Kind::Dates));
        assert_eq!(kind(&["red", "", "1"]), Ok(Kind::Text));
        assert_eq!(kind(&["yes", "1"]), Ok(Kind::Text));
        assert_eq!(kind(&["", "NA", "nan"]), Ok(Kind::Numbers));
        assert_eq!(kind(&[]), Ok(Kind::Numbers));
    }

    #[test]
    fn a_slip_among_many_cells_of_one_kind_is_named() {
        let mut cells = vec!["7"; 30];
        cells[12] = "seven";
        let odd = kind(&cells).unwrap_err();
        assert_eq!((odd.row, odd.line, odd.text.as_str(), odd.kind), (12, 14, "seven", Kind::Numbers));
        let (column, wanted) = ("a".into(), Kind::Numbers);
        assert_eq!(odd.hint, Hint::Unlike { column, kind: wanted, alike: 29, cells: 30 });
        // One in twenty may be meant.
        cells[13] = "eight";
        assert_eq!(kind(&cells), Ok(Kind::Text));
    }

    #[test]
    fn decimal_commas_are_no_text() {
        let odd = kind(&["1", "2,5", "3"]).unwrap_err();
        assert_eq!((odd.row, odd.text.as_str()), (1, "2,5"));
        assert_eq!(odd.hint, Hint::Advice(Advice::DecimalComma));
        assert_eq!(kind(&["a", "2,5"]), Ok(Kind::Text));
    }
}
