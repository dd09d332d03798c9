//! Columns of words that are numbers, dates or booleans after all, as tables of other programs have them.

use gradstop_preparation::{Cells, Field, Kind};

use crate::error::TableError;
use crate::hint::Hint;
use crate::note::Note;
use crate::options::ReadOptions;
use crate::text::spelling::push;
use crate::text::tally::{Habits, Survey, Tally};

/// Turns columns of words into what all of their cells are, as columns of a text file are read; those of `categorical` stay words.
/// Returns what each column holds and how it was written, and what was decided.
///
/// ```
/// use gradstop_tables::{Cells, Kind, ReadOptions, Words, settle};
/// let mut words = Words::default();
/// ["$1,316", "$950", "$1,020"].iter().for_each(|word| words.push(word));
/// let mut columns = [Cells::Text(words)];
/// let (fields, notes) = settle("the table", &["price".into()], &mut columns, &[], &ReadOptions::default())?;
/// assert_eq!(columns, [Cells::Numbers(vec![1316.0, 950.0, 1020.0])]);
/// assert_eq!((fields[0].kind, notes.len()), (Kind::Numbers, 1));
/// # Ok::<(), gradstop_tables::TableError>(())
/// ```
///
/// # Errors
/// [`TableError::UnlikeCells`] for columns whose cells are all of one kind but for a few.
pub fn settle(
    file: &str,
    names: &[String],
    columns: &mut [Cells],
    categorical: &[String],
    options: &ReadOptions,
) -> Result<(Vec<Field>, Vec<Note>), TableError> {
    let field = |(name, cells): (&String, &Cells)| Field {
        spelling: options.missing.clone(),
        ..Field::new(name.clone(), cells.kind())
    };
    let mut fields: Vec<Field> = names.iter().zip(&*columns).map(field).collect();
    let of_words: Vec<usize> = (0..columns.len()).filter(|&at| columns[at].kind() == Kind::Text).collect();
    let tallies: Vec<Tally> = of_words.iter().map(|&at| tally(&columns[at], options)).collect();
    let of_names: Vec<String> = of_words.iter().map(|&at| names[at].clone()).collect();
    let survey = Survey::of(&of_names, &tallies, categorical, &Habits::of(options, false));
    if !survey.unlike.is_empty() {
        return Err(unlike(file, survey));
    }
    for (at, field) in of_words.into_iter().zip(survey.fields) {
        // Words that are all missing tell nothing.
        let told = matches!(&columns[at], Cells::Text(words) if !words.levels().is_empty());
        if (field.kind != Kind::Text || !field.spelling.missing.is_empty()) && told {
            columns[at] = read(&columns[at], &field);
            fields[at] = field;
        }
    }
    Ok((fields, survey.notes))
}

/// The error that names the odd cells of all columns.
pub(crate) fn unlike(file: &str, survey: Survey) -> TableError {
    let hint = Hint::Unlike {
        columns: survey.unlike.iter().map(|cell| cell.column.clone()).collect(),
        words: survey.unlike.iter().map(|cell| cell.got.clone()).collect(),
    };
    TableError::UnlikeCells { file: file.into(), cells: survey.unlike, hint: Box::new(hint) }
}

/// Each different word once, with how many cells hold it.
fn tally(cells: &Cells, options: &ReadOptions) -> Tally {
    let mut tally = Tally::default();
    let Cells::Text(words) = cells else { return tally };
    let mut seen = vec![(0, 0); words.levels().len()];
    for row in 0..words.len() {
        if let Some(level) = words.level(row) {
            let (times, first) = &mut seen[level];
            *first = if *times == 0 { row } else { *first };
            *times += 1;
        }
    }
    for (word, (times, first)) in words.levels().iter().zip(seen) {
        if times > 0 {
            tally.see(word.as_bytes(), times, (first, None), &options.missing);
        }
    }
    tally
}

/// The cells as those of the field; every one can be read so.
fn read(cells: &Cells, field: &Field) -> Cells {
    let mut others = Cells::new(field.kind);
    if let Cells::Text(words) = cells {
        for row in 0..words.len() {
            if !push(words.word(row).unwrap_or_default().as_bytes(), &mut others, &field.spelling) {
                others.push_missing();
            }
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradstop_preparation::Words;

    fn words(cells: &[&str]) -> Cells {
        let mut words = Words::default();
        cells.iter().for_each(|word| words.push(word));
        Cells::Text(words)
    }

    #[test]
    fn words_become_what_all_of_them_are() {
        let names = ["day", "paid", "city", "size"].map(String::from);
        let mut columns = [
            words(&["31-03-2024", "30-03-2024", ""]),
            words(&["yes", "no", "yes"]),
            words(&["Ulm", "Bonn", "Ulm"]),
            words(&["12 %", "13 %", "9 %"]),
        ];
        let (fields, notes) =
            settle("the table", &names, &mut columns, &[], &ReadOptions::default()).unwrap();
        assert_eq!(
            fields.iter().map(|field| field.kind).collect::<Vec<_>>(),
            [Kind::Dates, Kind::Booleans, Kind::Text, Kind::Numbers]
        );
        assert_eq!(columns[3], Cells::Numbers(vec![12.0, 13.0, 9.0]));
        assert_eq!(notes.len(), 2);
        let mut columns = [words(&["1", "2", "3"])];
        settle("the table", &names[..1], &mut columns, &names[..1], &ReadOptions::default()).unwrap();
        assert_eq!(columns[0].kind(), Kind::Text);
    }

    #[test]
    fn a_slip_is_an_error_that_names_its_row() {
        let mut cells = vec!["7.5"; 30];
        cells[12] = "seven";
        let error = settle("the table", &["a".into()], &mut [words(&cells)], &[], &ReadOptions::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("row 12, column \"a\": got \"seven\"") && error.contains("29 of its 30 cells"),
            "{error}"
        );
    }
}
