//! How a text file is laid out: what stands before the table, which line names the columns, how rows end.

use std::collections::{HashMap, HashSet};

use gradstop_preparation::{Field, Numerals};

use crate::note::Note;
use crate::options::{Features, ReadOptions};
use crate::selection::MAX_COLUMNS;
use crate::text::date::{self, ORDERS};
use crate::text::dialect::RecordReader;
use crate::text::spelling::is_missing;
use crate::text::{number, numerals};

/// Records that are looked at.
const SAMPLE_RECORDS: usize = 200;
/// Columns that are looked at.
const SEEN_COLUMNS: usize = 1 << 10;
/// Lines that may stand before a table.
const MOST_TITLES: usize = 40;
/// What begins a comment.
const COMMENT: u8 = b'#';

/// How a text file is laid out.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Records before the one that names the columns, or before the first row.
    pub(crate) before: usize,
    /// The record that names the columns, if one does.
    pub(crate) header: Option<Header>,
    /// How many columns there are.
    pub(crate) width: usize,
    /// Whether a record below the names says in which units the columns are.
    pub(crate) units: bool,
    /// Whether every row ends in a delimiter.
    pub(crate) trailing: bool,
    /// A column that only counts or names the rows.
    pub(crate) index: Option<usize>,
    pub(crate) notes: Vec<Note>,
}

/// A record that names the columns.
#[derive(Debug, Default)]
pub(crate) struct Header {
    /// Whether it is a comment.
    is_comment: bool,
    /// Whether the first column, the names of the rows, has none.
    lacks_first: bool,
    /// Whether it ends in a delimiter.
    trailing: bool,
}

impl Header {
    /// The names in the cells of the record.
    pub(crate) fn names<'a>(&self, cells: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut names: Vec<String> = cells.map(|name| name.trim().to_owned()).collect();
        if self.is_comment {
            names = without_mark(names);
        }
        if self.lacks_first {
            names.insert(0, String::new());
        }
        if self.trailing {
            names.pop();
        }
        let named = |(at, name): (usize, String)| if name.is_empty() { format!("x{at}") } else { name };
        names.into_iter().enumerate().map(named).collect()
    }
}

/// A record of the beginning.
struct Record {
    line: u64,
    /// How many cells it has.
    len: usize,
    /// The first of these.
    cells: Vec<String>,
    ends_empty: bool,
}

/// What a cell is at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Empty,
    Missing,
    Number,
    Word,
}

impl Look {
    fn of(cell: &str) -> Self {
        let bytes = cell.as_bytes();
        if cell.trim().is_empty() {
            return Self::Empty;
        }
        if number::parse(bytes).is_some_and(|value| !value.is_nan()) {
            return Self::Number;
        }
        if is_missing(bytes) {
            return Self::Missing;
        }
        let written = [Numerals::DecimalPoint, Numerals::DecimalComma];
        let is_number = written.iter().any(|&numerals| numerals::parse(bytes, numerals).is_some())
            || ORDERS.iter().any(|&order| date::parse(bytes, order).is_some());
        if is_number { Self::Number } else { Self::Word }
    }
}

impl Layout {
    /// Of a file of which this is the beginning, whole or not.
    pub(crate) fn of(sample: &[u8], complete: bool, delimiter: u8, options: &ReadOptions) -> Self {
        let records = records(sample, complete, delimiter, options.comment);
        let Some(width) = usual_width(&records) else {
            return Self::default();
        };
        let start = match options.skip_lines {
            Some(_) => 0,
            None => start(&records, width),
        };
        let (before, table) = records.split_at(start);
        let mut layout = Self { before: start, width, ..Self::default() };
        let (first, below) = table.split_first().expect("the start is a record");
        let rows = if layout.is_header(first, below, options) {
            layout.set_header(first, below);
            below
        } else {
            // A header may be written as the last comment.
            let last =
                before.last().filter(|record| options.header.is_none() && is_named_in_comment(record, width));
            if let Some(record) = last {
                layout.before -= 1;
                layout.header = Some(Header { is_comment: true, ..Header::default() });
                layout.notes.push(Note::HeaderInComment { line: record.line });
            }
            table
        };
        let last_name_is_empty = layout.before == start && first.ends_empty;
        layout.set_units(rows);
        let rows = &rows[usize::from(layout.units)..];
        layout.set_trailing(rows, last_name_is_empty);
        layout.set_index(&first.cells, rows, options);
        let skipped = &before[..layout.before];
        if let Some(first) = skipped.first() {
            let lines = skipped.iter().map(|record| record.line).collect();
            layout.notes.insert(0, Note::LinesBefore { lines, text: first.cells.join(" ") });
        }
        layout
    }

    /// Whether the first record names the columns: its cells are unlike those below.
    fn is_header(&mut self, first: &Record, below: &[Record], options: &ReadOptions) -> bool {
        if let Some(header) = options.header {
            return header;
        }
        let looks: Vec<Look> = first.cells.iter().map(|cell| Look::of(cell)).collect();
        if names_asked_for(options).any(|name| first.cells.iter().any(|cell| cell.trim() == name)) {
            return true;
        }
        let has_word = looks.contains(&Look::Word);
        if below.is_empty() {
            return has_word;
        }
        let (mut names, mut rows) = (0, 0);
        let counts = counts_up(first, below, &looks);
        for (at, (cell, look)) in first.cells.iter().zip(&looks).enumerate() {
            let column = Column::of(below, at);
            let (of_names, of_rows) = match look {
                Look::Word if column.is_numeric => (2, 0),
                Look::Word if column.words.contains_key(cell.trim()) => (0, 2),
                Look::Word => (usize::from(column.repeats), 0),
                Look::Number if counts => (2, 0),
                Look::Number => (0, 2 * usize::from(column.is_numeric)),
                Look::Missing if column.is_numeric => (0, 1),
                Look::Missing => (0, 2 * usize::from(column.words.contains_key(cell.trim()))),
                Look::Empty => (0, usize::from(at > 0 && at + 1 < first.cells.len())),
            };
            names += of_names;
            rows += of_rows;
        }
        let words: Vec<&str> = first
            .cells
            .iter()
            .zip(&looks)
            .filter(|(_, look)| **look == Look::Word)
            .map(|(cell, _)| cell.trim())
            .collect();
        rows += words.len() - words.iter().collect::<HashSet<_>>().len();
        let header = names > rows || (names == rows && has_word);
        if names > 0
            && rows > 0
            && (2 * names < 3 * rows || 2 * rows < 3 * names)
            && names.min(rows) * 4 > names.max(rows)
        {
            let cells = first.cells.iter().take(6).map(|cell| cell.trim().to_owned()).collect();
            self.notes.push(Note::HeaderInDoubt { names: header, cells });
        }
        header
    }

    fn set_header(&mut self, names: &Record, below: &[Record]) {
        let one_more = |row: &Record| row.len == names.len + 1 && !row.ends_empty;
        // As R writes tables: the names of the rows have no name.
        let lacks_first = !below.is_empty() && below.iter().all(one_more);
        self.width = names.len + usize::from(lacks_first);
        self.header = Some(Header { lacks_first, ..Header::default() });
    }

    /// A second line of names says in which units numbers are.
    fn set_units(&mut self, rows: &[Record]) {
        let Some((first, below)) = rows.split_first().filter(|_| self.header.is_some()) else { return };
        if below.len() < 2 || first.len != self.width {
            return;
        }
        let columns: Vec<Column> = (0..first.cells.len()).map(|at| Column::of(below, at)).collect();
        let is_unit = |(cell, column): (&String, &Column)| match Look::of(cell) {
            Look::Word => !column.words.contains_key(cell.trim()),
            Look::Empty => true,
            _ => false,
        };
        let over_numbers = first.cells.iter().zip(&columns).filter(|(_, column)| column.is_numeric);
        let words = over_numbers.clone().filter(|(cell, _)| Look::of(cell) == Look::Word).count();
        let all = first.cells.iter().zip(&columns).all(is_unit);
        if all && words >= 2 && 2 * words > over_numbers.count() {
            self.units = true;
            self.notes.push(Note::Units { line: first.line, cells: first.cells.clone() });
        }
    }

    /// Every row ends in a delimiter, and nothing stands behind it.
    fn set_trailing(&mut self, rows: &[Record], last_name_is_empty: bool) {
        let all_end_empty = |len: usize| rows.iter().all(|row| row.len == len && row.ends_empty);
        if !rows.is_empty() && all_end_empty(self.width + 1) {
            self.trailing = true;
        } else if let Some(header) = &mut self.header
            && last_name_is_empty
            && self.width > 1
            && all_end_empty(self.width)
        {
            header.trailing = true;
            self.width -= 1;
            self.trailing = true;
        }
        if self.trailing {
            self.notes.push(Note::TrailingDelimiter);
        }
    }

    /// A first column without a name, or with the one that pandas gives it, counts the rows or names them.
    fn set_index(&mut self, first: &[String], rows: &[Record], options: &ReadOptions) {
        let name = match &self.header {
            Some(Header { lacks_first: true, .. }) => "",
            Some(Header { is_comment: false, .. }) => first.first().map_or("", |name| name.trim()),
            _ => return,
        };
        let is_index = name.is_empty() || is_index_name(name);
        let shown = if name.is_empty() { "x0" } else { name };
        let cells: Vec<&str> =
            rows.iter().filter_map(|row| row.cells.first()).map(|cell| cell.trim()).collect();
        let different: HashSet<&str> = cells.iter().copied().collect();
        // Whole numbers or words, as no measure is.
        let counts = cells.iter().all(|cell| cell.parse::<i64>().is_ok())
            || cells.iter().all(|cell| Look::of(cell) == Look::Word);
        let asked_for = names_asked_for(options).any(|asked| asked == shown);
        if is_index
            && !asked_for
            && self.width > 1
            && cells.len() > 2
            && different.len() == cells.len()
            && counts
        {
            self.index = Some(0);
            self.notes.push(Note::IndexColumn { name: shown.into() });
        }
    }
}

/// Whether pandas names the index of a frame so, where it writes one.
pub(crate) fn is_index_name(name: &str) -> bool {
    name == "Unnamed: 0" || name.starts_with("Unnamed: 0.") || name.starts_with("__index_level_")
}

/// Names of columns that were asked for: a line that has one of them names the columns.
fn names_asked_for(options: &ReadOptions) -> impl Iterator<Item = &str> {
    let (text, known): (&[String], &[Field]) = match &options.features {
        Features::Any(text) => (text, &[]),
        Features::Fields(fields) => (&[], fields),
        _ => (&[], &[]),
    };
    let asked = options.label.iter().chain(&options.only).chain(&options.ignore).chain(text);
    asked.chain(known.iter().map(|field| &field.name)).map(String::as_str)
}

/// The first records, without one that the end of the sample tears.
fn records(sample: &[u8], complete: bool, delimiter: u8, comment: Option<u8>) -> Vec<Record> {
    let mut reader = RecordReader::new(sample, delimiter, comment);
    let mut records = Vec::new();
    while records.len() < SAMPLE_RECORDS && reader.read().unwrap_or(false) {
        if !complete && !records.is_empty() && reader.is_at_end() {
            break;
        }
        let len = reader.len();
        let cells =
            (0..len.min(SEEN_COLUMNS)).map(|at| String::from_utf8_lossy(reader.cell(at)).into_owned());
        let ends_empty = reader.cell(len - 1).trim_ascii().is_empty();
        records.push(Record { line: reader.line(), len, cells: cells.collect(), ends_empty });
    }
    records
}

/// How many cells most records have; of several such numbers the largest.
fn usual_width(records: &[Record]) -> Option<usize> {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let tables = records.iter().filter(|record| record.len <= MAX_COLUMNS);
    tables.for_each(|record| *counts.entry(record.len).or_default() += 1);
    counts.into_iter().max_by_key(|&(width, count)| (count, width)).map(|(width, _)| width)
}

/// Where the table begins: behind comments, titles and other lines that are shorter than its rows.
fn start(records: &[Record], width: usize) -> usize {
    let is_comment = |record: &Record| record.cells[0].as_bytes().first() == Some(&COMMENT);
    let before = |(at, record): (usize, &Record)| {
        let last = at + 1 == records.len();
        !last
            && ((is_comment(record) && !is_comment_a_name(record, records))
                || is_title(record, records.get(at + 1), width))
    };
    let most = records.len().min(MOST_TITLES);
    records.iter().enumerate().take(most).find(|&(at, record)| !before((at, record))).map_or(0, |(at, _)| at)
}

/// A mark may be the first letter of a name or a cell: then other rows below the first lines begin with it as well.
fn is_comment_a_name(record: &Record, records: &[Record]) -> bool {
    let marked = records.iter().filter(|other| other.cells[0].as_bytes().first() == Some(&COMMENT)).count();
    2 * marked > records.len() && record.len > 1
}

/// Whether a record is a title or the like, and neither a row nor the names of columns.
fn is_title(record: &Record, next: Option<&Record>, width: usize) -> bool {
    let filled = |look: Look| look != Look::Empty;
    let looks: Vec<Look> = record.cells.iter().map(|cell| Look::of(cell)).collect();
    if width > 1 && !looks.iter().any(|&look| filled(look)) {
        return true;
    }
    let alone = filled(looks[0]) && !looks[1..].iter().any(|&look| filled(look));
    if width < 2 || !looks.contains(&Look::Word) {
        return false;
    }
    if record.len == width {
        return width > 2 && alone && looks[0] == Look::Word;
    }
    // Names, one fewer or one more than there are cells in a row.
    let names = looks.iter().all(|look| *look == Look::Word) && looks.len() > 1;
    let ends_empty = record.len == width + 1 && record.ends_empty;
    let one_fewer = record.len + 1 == width && names && next.is_some_and(|next| next.len == width);
    !(one_fewer || ends_empty)
}

/// Whether a comment has a name for each column.
fn is_named_in_comment(record: &Record, width: usize) -> bool {
    let marked = record.cells[0].starts_with(char::from(COMMENT));
    let names = without_mark(record.cells.iter().map(|name| name.trim().to_owned()).collect());
    let is_name = |name: &String| Look::of(name) == Look::Word && !name.contains(' ');
    marked && names.len() == width.min(SEEN_COLUMNS) && names.iter().all(is_name)
}

/// Names of which the first has the mark of a comment, or is that alone.
fn without_mark(mut names: Vec<String>) -> Vec<String> {
    let Some(first) = names.first_mut() else { return names };
    *first = first.trim_start_matches(char::from(COMMENT)).trim().to_owned();
    if first.is_empty() {
        names.remove(0);
    }
    names
}

/// Numbers of a first record that go up by one name the columns, as years and positions do, if they are unlike those below.
fn counts_up(first: &Record, below: &[Record], looks: &[Look]) -> bool {
    let whole = |cell: &String| cell.trim().parse::<i64>().ok();
    let numbers: Vec<usize> = (0..looks.len()).filter(|&at| looks[at] == Look::Number).collect();
    let Some(values) = numbers.iter().map(|&at| whole(&first.cells[at])).collect::<Option<Vec<i64>>>() else {
        return false;
    };
    let [start, _, ..] = values[..] else { return false };
    let rising = values.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let years = (1800..=2200).contains(&start);
    let fractions = |at: &usize| {
        below.iter().any(|row| {
            row.cells.get(*at).is_some_and(|cell| whole(cell).is_none() && Look::of(cell) == Look::Number)
        })
    };
    let unlike = numbers.iter().filter(|at| fractions(at)).count() * 2 > numbers.len();
    let far = |at: &usize| {
        let values =
            below.iter().filter_map(|row| row.cells.get(*at).and_then(|cell| number::parse(cell.as_bytes())));
        values.clone().count() > 0 && values.clone().all(|value| !(1800.0..=2200.0).contains(&value))
    };
    rising
        && ((unlike && (years || start == 0 || values.len() >= 5))
            || (years && numbers.iter().all(far))
            || (values.len() >= 5 && start <= 1 && !continues(below, &numbers)))
}

/// Whether the rows below count up as well.
fn continues(below: &[Record], numbers: &[usize]) -> bool {
    below.iter().take(3).any(|row| {
        let values: Option<Vec<f64>> = numbers
            .iter()
            .map(|&at| row.cells.get(at).and_then(|cell| number::parse(cell.as_bytes())))
            .collect();
        values.is_some_and(|values| values.windows(2).all(|pair| pair[1] == pair[0] + 1.0))
    })
}

/// A column below the first record.
struct Column<'a> {
    /// Whether most of its cells are numbers or dates.
    is_numeric: bool,
    /// Its words, and how often each is there.
    words: HashMap<&'a str, usize>,
    /// Whether its words repeat.
    repeats: bool,
}

impl<'a> Column<'a> {
    fn of(rows: &'a [Record], at: usize) -> Self {
        let (mut numbers, mut present, mut words) = (0, 0, HashMap::new());
        for cell in rows.iter().filter_map(|row| row.cells.get(at)) {
            let look = Look::of(cell);
            if look == Look::Number {
                numbers += 1;
            } else if look != Look::Empty {
                *words.entry(cell.trim()).or_default() += 1;
            }
            present += usize::from(matches!(look, Look::Number | Look::Word));
        }
        let cells: usize = words.values().sum();
        Self {
            is_numeric: present > 0 && 5 * numbers >= 4 * present,
            repeats: 2 * words.len() <= cells,
            words,
        }
    }
}
