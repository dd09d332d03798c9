//! What the columns of a table of text hold, told by all of their cells.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use gradstop_preparation::{DateOrder, Field, Kind, Numerals, Spelling};

use crate::error::UnlikeCell;
use crate::note::Note;
use crate::options::ReadOptions;
use crate::text::date::{self, ORDERS};
use crate::text::spelling::{boolean, is_missing_in, is_word};
use crate::text::{number, numerals};

/// One cell in this many that is unlike all others is a slip of the pen, and the column is still of its kind.
const SLIPS: usize = 20;

/// Columns of at most so many different numbers, beside words, are categories.
const CATEGORIES: usize = 10;

/// Different words beside the numbers or dates of a column that can stand for missing cells, if each repeats.
const WORDS: usize = 5;

/// Different words that are counted, one more than can matter.
const COUNTED: usize = WORDS + 1;

/// How many cells of a column are of which kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    present: usize,
    /// Numbers as programs write them.
    plain: usize,
    /// Numbers with a decimal point, the plain ones too, and those that cannot have a decimal comma.
    point: usize,
    only_point: usize,
    /// Numbers with a decimal comma, and those that cannot have a decimal point.
    comma: usize,
    only_comma: usize,
    /// Numbers that are the same with either mark.
    same: usize,
    /// The first number that no program writes, and the first plain one whose point may separate thousands.
    written: Option<String>,
    pointed: Option<String>,
    different: HashSet<u64>,
    booleans: usize,
    dates: [usize; ORDERS.len()],
    first_date: Option<String>,
    /// Cells that are not numbers, not booleans, and not dates, as long as there are few different ones.
    words: HashMap<String, usize>,
    /// The first cell that is not a number, not a boolean, not a date.
    others: [Option<Place>; 3],
}

/// Where a cell is, and what it says.
#[derive(Debug, Clone)]
struct Place {
    row: usize,
    line: Option<u64>,
    text: String,
}

/// What is known of a file beside its columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Habits {
    /// Whether commas do not separate cells, so that they may be decimal commas.
    pub(crate) comma_is_free: bool,
    /// Whether a comma is the decimal mark, if that was asked for.
    pub(crate) decimal_comma: Option<bool>,
    /// Whether the day stands before the month, if that was asked for.
    pub(crate) day_first: Option<bool>,
    /// What stands for missing cells in every column.
    pub(crate) missing: Spelling,
}

impl Habits {
    /// Those that were asked for.
    pub(crate) fn of(options: &ReadOptions, comma_is_free: bool) -> Self {
        let ReadOptions { decimal_comma, day_first, .. } = *options;
        Self { comma_is_free, decimal_comma, day_first, missing: options.missing.clone() }
    }
}

/// What the columns hold, and what was decided on the way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Survey {
    pub(crate) fields: Vec<Field>,
    pub(crate) notes: Vec<Note>,
    pub(crate) unlike: Vec<UnlikeCell>,
}

fn text(cell: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(cell.trim_ascii())
}

impl Tally {
    /// Counts a cell that stands in so many rows, the first of which is given.
    pub(crate) fn see(
        &mut self,
        cell: &[u8],
        times: usize,
        (row, line): (usize, Option<u64>),
        common: &Spelling,
    ) {
        let plain = number::parse(cell);
        if plain.is_some_and(f64::is_nan)
            || (plain.is_none() && is_missing_in(cell, common))
            || (!common.missing.is_empty() && is_word(cell, &common.missing))
        {
            return;
        }
        self.present += times;
        let place = || Some(Place { row, line, text: text(cell).into_owned() });
        // Neither numbers nor dates are written without a digit.
        let has_digit = cell.iter().any(u8::is_ascii_digit);
        let number = plain.or_else(|| if has_digit { self.see_written(cell, times) } else { None });
        if plain.is_some() {
            self.see_plain(cell, times);
        }
        match number {
            Some(value) if self.different.len() <= CATEGORIES => drop(self.different.insert(value.to_bits())),
            Some(_) => {}
            None => {
                self.others[0] = self.others[0].take().or_else(place);
            }
        }
        let truth = number.is_none() && boolean(cell).is_some();
        match truth {
            true => self.booleans += times,
            false => self.others[1] = self.others[1].take().or_else(place),
        }
        // What a program takes for a number is not a date.
        let dated = plain.is_none() && has_digit && self.see_date(cell, times);
        if !dated {
            self.others[2] = self.others[2].take().or_else(place);
        }
        if number.is_none() && !truth && !dated && self.words.len() <= COUNTED {
            *self.words.entry(text(cell).into_owned()).or_default() += times;
        }
    }

    fn see_plain(&mut self, cell: &[u8], times: usize) {
        self.plain += times;
        self.point += times;
        if !cell.contains(&b'.') {
            self.comma += times;
            self.same += times;
        } else if numerals::parse(cell, Numerals::DecimalComma).is_some() {
            self.comma += times;
            self.pointed.get_or_insert_with(|| text(cell).into_owned());
        } else {
            self.only_point += times;
        }
    }

    /// A number that only people write, if it is one.
    fn see_written(&mut self, cell: &[u8], times: usize) -> Option<f64> {
        let point = numerals::parse(cell, Numerals::DecimalPoint);
        let comma = numerals::parse(cell, Numerals::DecimalComma);
        self.point += times * usize::from(point.is_some());
        self.comma += times * usize::from(comma.is_some());
        self.only_point += times * usize::from(comma.is_none() && point.is_some());
        self.only_comma += times * usize::from(point.is_none() && comma.is_some());
        self.same += times * usize::from(point.is_some() && point == comma);
        let number = point.or(comma)?;
        self.written.get_or_insert_with(|| text(cell).into_owned());
        Some(number)
    }

    /// Counts a date by every order that it may have; false if it is not one.
    fn see_date(&mut self, cell: &[u8], times: usize) -> bool {
        let mut dated = false;
        for (count, order) in self.dates.iter_mut().zip(ORDERS) {
            if date::parse(cell, order).is_some() {
                *count += times;
                dated = true;
            }
        }
        if dated {
            self.first_date.get_or_insert_with(|| text(cell).into_owned());
        }
        dated
    }

    /// How its numbers are written and how many cells that makes numbers of; also whether another way is as likely.
    fn numerals(&self, habits: &Habits, others: Option<Numerals>) -> (Numerals, usize, bool) {
        let commas = others == Some(Numerals::DecimalComma);
        let written = if self.plain == self.point { Numerals::Plain } else { Numerals::DecimalPoint };
        match habits.decimal_comma {
            Some(true) if self.comma > 0 => return (Numerals::DecimalComma, self.comma, false),
            Some(false) => return (written, self.point, false),
            _ => {}
        }
        if self.only_comma > 0 && self.comma >= self.point {
            return (Numerals::DecimalComma, self.comma, false);
        }
        if self.only_point > 0 {
            return (written, self.point, false);
        }
        // Every number may be either: 1,234 or 1.234.
        let in_doubt = self.comma > 0 && (self.plain < self.point || (commas && self.pointed.is_some()));
        let likely = commas || (others.is_none() && habits.comma_is_free && self.same == 0);
        match in_doubt && likely {
            true => (Numerals::DecimalComma, self.comma, others.is_none()),
            false => (written, self.point, in_doubt && others.is_none() && self.is_in_doubt()),
        }
    }

    /// Whether the first number that people write is another one with a decimal comma.
    fn is_in_doubt(&self) -> bool {
        let Some(written) = &self.written else { return false };
        let with = |numerals| numerals::parse(written.as_bytes(), numerals);
        let (point, comma) = (with(Numerals::DecimalPoint), with(Numerals::DecimalComma));
        comma.is_some() && point != comma
    }

    /// The order that most dates have, and how many; also whether another order has as many.
    fn order(&self, habits: &Habits) -> (DateOrder, usize, bool) {
        let most = self.dates.iter().copied().max().unwrap_or(0);
        let fits = |order: DateOrder| {
            ORDERS.iter().zip(self.dates).any(|(&known, count)| known == order && count == most)
        };
        let first = ORDERS.into_iter().find(|&order| fits(order)).unwrap_or_default();
        let in_doubt = fits(DateOrder::DayFirst) && fits(DateOrder::MonthFirst);
        if !in_doubt || first != DateOrder::DayFirst {
            return (first, most, false);
        }
        // Slashes are usual where the month comes first; dashes, points and names where the day does.
        let slashes = self.first_date.as_ref().is_some_and(|date| date.contains('/'));
        let day_first = habits.day_first.unwrap_or(!slashes);
        let order = if day_first { DateOrder::DayFirst } else { DateOrder::MonthFirst };
        (order, most, habits.day_first.is_none())
    }

    /// What the column holds: what all of its cells are, or text. A column whose cells are all alike but for a few is more likely
    /// to have a slip in it than to be text.
    fn decide(&self, name: &str, habits: &Habits, others: Option<Numerals>, survey: &mut Survey) -> Field {
        let (numerals, numbers, numbers_in_doubt) = self.numerals(habits, others);
        let (order, dates, dates_in_doubt) = self.order(habits);
        let mut field = Field { spelling: habits.missing.clone(), ..Field::new(name, Kind::Numbers) };
        let counts = [(Kind::Numbers, numbers), (Kind::Booleans, self.booleans), (Kind::Dates, dates)];
        let whole = counts.iter().find(|(_, count)| *count == self.present);
        let kind = match whole {
            Some((kind, _)) => *kind,
            None => match self.with_words(&counts) {
                Some((kind, missing)) => {
                    survey.notes.push(Note::Words { column: name.into(), kind, words: missing.clone() });
                    field.spelling.missing.extend(missing.into_iter().map(|(word, _)| word));
                    kind
                }
                None => {
                    survey.unlike.extend(self.slip(name, &counts));
                    Kind::Text
                }
            },
        };
        field.kind = kind;
        match kind {
            Kind::Numbers if numerals != Numerals::Plain => {
                field.spelling.numbers = numerals;
                let example = self.written.as_ref().or(self.pointed.as_ref()).cloned().unwrap_or_default();
                let value = numerals::parse(example.as_bytes(), numerals).unwrap_or(f64::NAN);
                let (columns, in_doubt) = (vec![name.into()], numbers_in_doubt);
                survey.note(Note::Numerals { numerals, columns, example, value, in_doubt });
            }
            Kind::Dates if order != DateOrder::Iso => {
                field.spelling.dates = order;
                let example = self.first_date.clone().unwrap_or_default();
                let seconds = date::parse(example.as_bytes(), order).unwrap_or(f64::NAN);
                let (columns, in_doubt) = (vec![name.into()], dates_in_doubt);
                survey.note(Note::Dates { order, columns, example, seconds, in_doubt });
            }
            _ => {}
        }
        field
    }

    /// Numbers or dates beside a few words that repeat: the words stand for missing cells. Few different numbers, and booleans,
    /// are categories with such words.
    fn with_words(&self, counts: &[(Kind, usize); 3]) -> Option<(Kind, Vec<(String, usize)>)> {
        let words: usize = self.words.values().sum();
        let (kind, _) = counts.iter().find(|(kind, count)| {
            *kind != Kind::Booleans && *count + words == self.present && 2 * count > self.present
        })?;
        let repeat = self.words.len() <= WORDS && self.words.values().all(|&count| count > 1);
        let many = *kind == Kind::Dates || self.different.len() > CATEGORIES;
        let mut missing: Vec<(String, usize)> =
            self.words.iter().map(|(word, &count)| (word.clone(), count)).collect();
        missing.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        (repeat && many).then_some((*kind, missing))
    }

    /// The first of a few cells that are unlike all others, unless the words among them repeat: then they are levels.
    fn slip(&self, name: &str, counts: &[(Kind, usize); 3]) -> Option<UnlikeCell> {
        let at = counts.iter().position(|(_, count)| SLIPS * (self.present - count) < self.present)?;
        let (kind, alike) = counts[at];
        let words: usize = self.words.values().sum();
        let levels = self.words.len() <= WORDS && self.words.values().all(|&count| count > 1);
        if levels && words > 0 && alike + words == self.present {
            return None;
        }
        let Place { row, line, text } = self.others[at].clone()?;
        let (column, got) = (name.into(), text.into());
        Some(UnlikeCell { column, row, line, got, kind, alike, cells: self.present })
    }
}

impl Survey {
    /// What columns of these names hold by their tallies; those of `categorical` are text whatever they hold.
    pub(crate) fn of(names: &[String], tallies: &[Tally], categorical: &[String], habits: &Habits) -> Self {
        // One column tells of the others which mark is the decimal one.
        let commas = tallies.iter().any(|tally| tally.only_comma > 0 && tally.comma == tally.present);
        let points = tallies.iter().any(|tally| tally.only_point > 0 && tally.point == tally.present);
        let others = match (commas, points) {
            (true, false) => Some(Numerals::DecimalComma),
            (_, true) => Some(Numerals::DecimalPoint),
            (false, false) => None,
        };
        let mut survey = Self::default();
        for (name, tally) in names.iter().zip(tallies) {
            let field = match categorical.contains(name) {
                true => Field { spelling: habits.missing.clone(), ..Field::new(name.clone(), Kind::Text) },
                false => tally.decide(name, habits, others, &mut survey),
            };
            survey.fields.push(field);
        }
        survey
    }

    /// Columns that are written alike are said together.
    fn note(&mut self, new: Note) {
        let known = self.notes.iter_mut().find_map(|known| match (known, &new) {
            (
                Note::Numerals { numerals, columns, in_doubt, .. },
                Note::Numerals { numerals: other, in_doubt: doubt, .. },
            ) if numerals == other && in_doubt == doubt => Some(columns),
            (
                Note::Dates { order, columns, in_doubt, .. },
                Note::Dates { order: other, in_doubt: doubt, .. },
            ) if order == other && in_doubt == doubt => Some(columns),
            _ => None,
        });
        match (known, &new) {
            (Some(known), Note::Numerals { columns, .. } | Note::Dates { columns, .. }) => {
                known.extend_from_slice(columns);
            }
            _ => self.notes.push(new),
        }
    }
}

impl Tally {
    /// Counts what another one has counted of later rows.
    pub(crate) fn join(&mut self, other: &Self) {
        self.present += other.present;
        self.plain += other.plain;
        self.point += other.point;
        self.only_point += other.only_point;
        self.comma += other.comma;
        self.only_comma += other.only_comma;
        self.same += other.same;
        self.booleans += other.booleans;
        self.dates.iter_mut().zip(other.dates).for_each(|(own, other)| *own += other);
        let first = |own: &mut Option<String>, other: &Option<String>| {
            if own.is_none() {
                own.clone_from(other);
            }
        };
        first(&mut self.written, &other.written);
        first(&mut self.pointed, &other.pointed);
        first(&mut self.first_date, &other.first_date);
        self.different.extend(&other.different);
        other.words.iter().for_each(|(word, count)| *self.words.entry(word.clone()).or_default() += count);
        for (own, other) in self.others.iter_mut().zip(&other.others) {
            if own.is_none() {
                own.clone_from(other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(columns: &[&[&str]]) -> Survey {
        let tallies: Vec<Tally> = columns
            .iter()
            .map(|cells| {
                let mut tally = Tally::default();
                let cells = cells.iter().enumerate();
                cells.for_each(|(row, cell)| {
                    tally.see(cell.as_bytes(), 1, (row, Some(row as u64 + 2)), &Spelling::default())
                });
                tally
            })
            .collect();
        let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
        Survey::of(&names, &tallies, &[], &Habits { comma_is_free: true, ..Habits::default() })
    }

    fn kind(cells: &[&str]) -> Kind {
        let survey = survey(&[cells]);
        assert!(survey.unlike.is_empty(), "{:?}", survey.unlike);
        survey.fields[0].kind
    }

    fn numerals(columns: &[&[&str]]) -> Vec<Numerals> {
        survey(columns).fields.iter().map(|field| field.spelling.numbers).collect()
    }

    #[test]
    fn the_kind_of_a_column_is_what_all_of_its_cells_are() {
        assert_eq!(kind(&["1", "2.5", "", "-inf"]), Kind::Numbers);
        assert_eq!(kind(&["yes", "NO", "na", "True"]), Kind::Booleans);
        assert_eq!(kind(&["2024-01-01", "", "2024-01-01T12:00:00Z"]), Kind::Dates);
        assert_eq!(kind(&["red", "", "1"]), Kind::Text);
        assert_eq!(kind(&["yes", "1"]), Kind::Text);
        assert_eq!(kind(&["", "NA", "nan"]), Kind::Numbers);
        assert_eq!(kind(&[]), Kind::Numbers);
    }

    #[test]
    fn a_slip_among_many_cells_of_one_kind_is_named() {
        let mut cells = vec!["7"; 30];
        cells[12] = "seven";
        let found = survey(&[&cells, &cells]).unlike;
        let UnlikeCell { row, line, got, kind: of, alike, cells: all, .. } = &found[0];
        assert_eq!((*row, *line, &**got, *of, *alike, *all), (12, Some(14), "seven", Kind::Numbers, 29, 30));
        assert_eq!(found.len(), 2);
        // One in twenty may be meant.
        cells[13] = "eight";
        assert_eq!(kind(&cells), Kind::Text);
    }

    #[test]
    fn a_word_that_repeats_among_many_numbers_is_a_missing_cell_and_among_few_a_level() {
        let many: Vec<String> =
            (0..40).map(|row| if row % 20 == 3 { "***".into() } else { format!("{row}.5") }).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let found = survey(&[&many]);
        assert_eq!(
            (found.fields[0].kind, &found.fields[0].spelling.missing[..]),
            (Kind::Numbers, &["***".into()][..])
        );
        assert_eq!(found.notes[0].to_string(), "c0 holds numbers, so \"***\" (2 times) counts as missing");
        let few: Vec<&str> =
            (0..60).map(|row| if row % 29 == 3 { "unknown" } else { ["0", "1", "2"][row % 3] }).collect();
        assert_eq!(kind(&few), Kind::Text);
        let truths: Vec<&str> =
            (0..60).map(|row| if row % 29 == 3 { "unknown" } else { ["yes", "no"][row % 2] }).collect();
        assert_eq!(kind(&truths), Kind::Text);
    }

    #[test]
    fn the_decimal_mark_is_told_by_all_cells_of_a_column_and_then_by_the_others() {
        use Numerals::{DecimalComma, DecimalPoint, Plain};
        assert_eq!(numerals(&[&["1", "2,5", "3"]]), [DecimalComma]);
        assert_eq!(numerals(&[&["1", "1,571", "115"]]), [DecimalPoint]);
        assert_eq!(numerals(&[&["1,234.5", "17"]]), [DecimalPoint]);
        assert_eq!(numerals(&[&["1.234", "2.500"]]), [Plain]);
        // Another column settles it.
        assert_eq!(numerals(&[&["1.234", "2.500"], &["1,5", "2,25"]]), [DecimalComma, DecimalComma]);
        assert_eq!(numerals(&[&["1,234", "2,500"], &["0.5", "1,017.25"]]), [DecimalPoint, DecimalPoint]);
        // Unless a third one says the contrary.
        assert_eq!(
            numerals(&[&["1.234", "2.500"], &["1,5", "2,25"], &["0.5", "1"]]),
            [Plain, DecimalComma, Plain]
        );
        let in_doubt = survey(&[&["1,234", "2,500"]]);
        assert!(
            in_doubt.notes[0].to_string().ends_with("the file does not tell which mark is the decimal one")
        );
    }

    #[test]
    fn the_order_of_a_date_is_told_by_all_cells_and_doubt_is_said() {
        let order = |cells: &[&str]| {
            let found = survey(&[cells]);
            assert_eq!(found.fields[0].kind, Kind::Dates, "{cells:?}");
            (
                found.fields[0].spelling.dates,
                found.notes.iter().any(|note| note.to_string().contains("no date tells")),
            )
        };
        assert_eq!(order(&["01/02/2024", "13/02/2024"]), (DateOrder::DayFirst, false));
        assert_eq!(order(&["01/02/2024", "02/13/2024"]), (DateOrder::MonthFirst, false));
        assert_eq!(order(&["01/02/2024", "6/1/1930 22:00"]), (DateOrder::MonthFirst, true));
        assert_eq!(order(&["01-02-2024", "03-02-2024"]), (DateOrder::DayFirst, true));
        assert_eq!(order(&["1749-01", "1749-02"]), (DateOrder::YearMonth, false));
        assert_eq!(order(&["2024/01/02", "2024-01-02T10:00:00Z"]), (DateOrder::YearFirst, false));
    }

    #[test]
    fn tallies_of_parts_count_as_one_of_the_whole() {
        let tally = |cells: &[&str]| {
            let mut tally = Tally::default();
            cells.iter().for_each(|cell| tally.see(cell.as_bytes(), 1, (0, None), &Spelling::default()));
            tally
        };
        let mut joined = tally(&["01/02/2024"]);
        joined.join(&tally(&["13/02/2024", "x"]));
        let whole = tally(&["01/02/2024", "13/02/2024", "x"]);
        assert_eq!((joined.present, joined.dates, joined.words), (whole.present, whole.dates, whole.words));
    }
}
