//! How missing cells and booleans are spelled, and cells that are read by their column's spelling.

use gradstop_preparation::{Cells, Kind, Spelling};

use crate::text::{date, number, numerals};

/// Spellings of a missing cell beside an empty one. Nan is a name, and none may be a level.
const MISSING: [&str; 15] = [
    "NA", "na", "N/A", "n/a", "#N/A", "#n/a", "#NA", "<NA>", "NaN", "nan", "NAN", "NULL", "null", "None", "?",
];

/// Whether a cell says that there is no value.
pub(crate) fn is_missing(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.is_empty() || (cell.len() <= 4 && MISSING.iter().any(|word| cell == word.as_bytes()))
}

/// Whether a cell says so in a column that is written in this way.
pub(crate) fn is_missing_in(cell: &[u8], spelling: &Spelling) -> bool {
    match spelling.only_these_missing {
        true => cell.trim_ascii().is_empty(),
        false => is_missing(cell),
    }
}

/// The numbers among the words that stand for missing cells.
pub(crate) fn missing_numbers(spelling: &Spelling) -> Vec<f64> {
    spelling.missing.iter().filter_map(|word| number::parse(word.as_bytes())).collect()
}

/// Whether a cell says yes or no.
pub(crate) fn boolean(cell: &[u8]) -> Option<bool> {
    let cell = cell.trim_ascii();
    let is = |word: &str| cell.eq_ignore_ascii_case(word.as_bytes());
    match () {
        () if is("true") || is("yes") => Some(true),
        () if is("false") || is("no") => Some(false),
        () => None,
    }
}

/// Puts a cell, written as in a text file, behind others; false if it is not of their kind. Empty cells and `NA`, `N/A`,
/// `NaN`, `NULL`, `None`, `<NA>`, `#N/A` and `?`, most of them in lower case as well, are missing unless the spelling says that
/// they are words.
///
/// ```
/// use gradstop_tables::{Cells, Kind, Spelling, push_cell};
/// let mut cells = Cells::new(Kind::Dates);
/// assert!(push_cell("1970-01-02T00:00:00.5Z", &mut cells, &Spelling::default()));
/// assert!(!push_cell("yesterday", &mut cells, &Spelling::default()));
/// assert_eq!(cells, Cells::Dates(vec![86_400.5]));
/// ```
pub fn push_cell(cell: &str, cells: &mut Cells, spelling: &Spelling) -> bool {
    push(cell.as_bytes(), cells, spelling)
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

/// The same of bytes.
pub(crate) fn push(cell: &[u8], cells: &mut Cells, spelling: &Spelling) -> bool {
    if !spelling.missing.is_empty() && is_word(cell, &spelling.missing) {
        cells.push_missing();
        return true;
    }
    let is_missing = || is_missing_in(cell, spelling);
    match cells {
        // Most cells are numbers, and none is spelled as a missing one but NaN, which is.
        Cells::Numbers(_) | Cells::Long(_) => match numerals::parse(cell, spelling.numbers) {
            Some(value) => match number::long_integer(cell, value) {
                Some(integer) => cells.push_integer(integer),
                None => cells.push_number(value),
            },
            None if is_missing() => cells.push_missing(),
            None => return false,
        },
        _ if is_missing() => cells.push_missing(),
        Cells::Text(words) => match std::str::from_utf8(cell.trim_ascii()) {
            Ok(word) => words.push(word),
            // Other bytes would all become the same character, and different words one level.
            Err(_) => return false,
        },
        Cells::Booleans(values) => match boolean(cell) {
            Some(truth) => values.push(Some(truth)),
            None => return false,
        },
        Cells::Dates(values) => match date::parse(cell, spelling.dates) {
            Some(seconds) => values.push(seconds),
            None => return false,
        },
    }
    true
}

/// Whether a cell is one of these words, or the same number as one.
pub(crate) fn is_word(cell: &[u8], words: &[String]) -> bool {
    let cell = cell.trim_ascii();
    let value = number::parse(cell);
    let same = |word: &String| {
        let number = || value.zip(number::parse(word.as_bytes()));
        word.as_bytes() == cell || number().is_some_and(|(value, number)| is_number(value, number))
    };
    words.iter().any(same)
}

/// Whether a cell with a value is the number that was named: to the last digit, or, of fractions and of numbers with more
/// digits than anyone writes, in 32 bits. So 9.96921e36 is 9.9692099683868690e36, whatever the file keeps of it.
pub(crate) fn is_number(value: f64, named: f64) -> bool {
    let is_whole = named.fract() == 0.0 && named.abs() < (1u64 << f64::MANTISSA_DIGITS) as f64;
    value == named || (!is_whole && named.is_finite() && value as f32 == named as f32)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_cells_have_their_spellings() {
        for cell in ["", " ", "NA", "n/a", "NaN", "NULL", "None", "?", "<NA>", "#N/A", " na "] {
            assert!(is_missing(cell.as_bytes()), "{cell:?}");
        }
        for cell in ["0", "-", "no", "missing", "nana", "??", "Nan", "none"] {
            assert!(!is_missing(cell.as_bytes()), "{cell:?}");
        }
    }

    #[test]
    fn a_named_number_is_the_same_in_32_and_in_64_bits() {
        assert!(is_number(9.969_209_968_386_869e36, 9.96921e36) && is_number(f64::from(-999.9_f32), -999.9));
        assert!(!is_number(-999.000_01, -999.0) && !is_number(f64::INFINITY, 9.96921e36));
        assert!(!is_number(1_700_000_001.0, 1_700_000_000.0) && !is_number(f64::NAN, -999.9));
    }

    #[test]
    fn words_for_missing_cells_can_be_added_and_the_usual_ones_taken_for_words() {
        let mut spelling = Spelling { missing: vec!["***".into(), "-999".into()], ..Spelling::default() };
        let mut numbers = Cells::new(Kind::Numbers);
        for cell in ["***", "-999.0", "NA", "5"] {
            assert!(push(cell.as_bytes(), &mut numbers, &spelling), "{cell}");
        }
        assert!((0..3).all(|row| numbers.is_missing(row)) && !numbers.is_missing(3));
        spelling.only_these_missing = true;
        assert!(!push(b"NA", &mut numbers, &spelling));
        let mut countries = Cells::new(Kind::Text);
        ["NA", "", "***"].iter().for_each(|cell| assert!(push(cell.as_bytes(), &mut countries, &spelling)));
        assert_eq!([0, 1, 2].map(|row| countries.is_missing(row)), [false, true, true]);
    }
}
