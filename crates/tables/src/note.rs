//! What was decided while a table was read.

use std::fmt;

use chrono::DateTime;
use gradstop_preparation::{DateOrder, Kind, Numerals};

/// How many columns, lines or words a note names.
const NAMED: usize = 6;
/// How many words of a label are shown.
const SHOWN_WORDS: usize = 6;
/// How much of each.
const SHOWN_CHARACTERS: usize = 40;

/// What was decided, or left out, while a table was read. Its display is a few words for people, which name no option.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// The first line names the columns or is a row, and the lines below do not settle which.
    HeaderInDoubt {
        /// Whether it was taken for names.
        names: bool,
        /// What it says.
        cells: Vec<String>,
    },
    /// The columns are named in a comment.
    HeaderInComment {
        /// Its line, counted from 1.
        line: u64,
    },
    /// Lines that stand before the table.
    LinesBefore {
        /// Which, counted from 1.
        lines: Vec<u64>,
        /// What the first says.
        text: String,
    },
    /// Short lines that stand behind the table.
    LinesBehind {
        /// Which, counted from 1.
        lines: Vec<u64>,
        /// What the first says.
        text: String,
    },
    /// A second line below the names, which says in which units the columns are.
    Units {
        /// Which, counted from 1.
        line: u64,
        /// What it says.
        cells: Vec<String>,
    },
    /// Every row ends in a delimiter, with nothing behind it.
    TrailingDelimiter,
    /// Rows that have fewer cells than there are columns.
    ShortRows {
        /// How many.
        rows: usize,
        /// The line of the first, counted from 1.
        line: u64,
        /// How many cells this one has.
        cells: usize,
    },
    /// Rows that have more cells than there are columns, the further ones empty.
    LongRows {
        /// How many.
        rows: usize,
        /// The line of the first, counted from 1.
        line: u64,
    },
    /// Rows without a single value.
    BlankRows {
        /// How many.
        rows: usize,
        /// The first ones, counted from 0.
        first: Vec<usize>,
    },
    /// A column that counts the rows or names them, as pandas and R write it.
    IndexColumn {
        /// Its name.
        name: String,
    },
    /// Numbers that are not written as programs write them.
    Numerals {
        /// How they are written.
        numerals: Numerals,
        /// The columns that hold them.
        columns: Vec<String>,
        /// One of them.
        example: String,
        /// What it was taken for.
        value: f64,
        /// Whether they may be read with another decimal mark.
        in_doubt: bool,
    },
    /// Dates that are not written as programs write them.
    Dates {
        /// The order of their parts.
        order: DateOrder,
        /// The columns that hold them.
        columns: Vec<String>,
        /// One of them.
        example: String,
        /// What it was taken for, in seconds since 1970.
        seconds: f64,
        /// Whether day and month may change places.
        in_doubt: bool,
    },
    /// Words beside the numbers or dates of a column, which count as missing cells.
    Words {
        /// The column.
        column: String,
        /// What its other cells are.
        kind: Kind,
        /// The words, with how many cells hold each.
        words: Vec<(String, usize)>,
    },
    /// Which words of the label mark outliers, as far as it was read.
    Labels {
        /// The column.
        column: String,
        /// Rows that are outliers.
        outlier_rows: usize,
        /// Their words with the number of rows, the most frequent first; of very many different words not all.
        outliers: Vec<(String, usize)>,
        /// Rows that are not.
        inlier_rows: usize,
        /// Their words.
        inliers: Vec<(String, usize)>,
        /// Words that were named and are in no row.
        absent: Vec<String>,
    },
    /// An archive holds one table.
    Member {
        /// Name of the archive.
        archive: String,
        /// Name of the table in it.
        member: String,
    },
    /// A sheet of a workbook was read.
    Sheet {
        /// Its name.
        sheet: String,
        /// How many sheets there are.
        sheets: usize,
    },
    /// Cells of a workbook whose formula failed, as `#DIV/0!`, count as missing.
    CellErrors {
        /// How many.
        cells: u64,
    },
    /// Objects in the rows of a JSON text became columns of their own, as `a.b`.
    Flattened {
        /// Their keys.
        keys: Vec<String>,
    },
    /// The text is not in UTF-8.
    Encoding {
        /// What it is in.
        encoding: String,
        /// Whether nothing but its not being UTF-8 tells so.
        guessed: bool,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderInDoubt { names, cells } => {
                let taken = if *names { "names of the columns" } else { "a row" };
                write!(out, "the first line is taken for {taken}: {}", cells.join(", "))
            }
            Self::HeaderInComment { line } => write!(out, "the comment in line {line} names the columns"),
            Self::LinesBefore { lines, text } => {
                write!(out, "{} before the table left out: {}", Lines(lines), Short(text))
            }
            Self::LinesBehind { lines, text } => {
                write!(out, "{} behind the table left out: {}", Lines(lines), Short(text))
            }
            Self::Units { line, cells } => {
                write!(out, "line {line} left out, it names units: {}", Short(&cells.join(", ")))
            }
            Self::TrailingDelimiter => write!(out, "the delimiter at the end of every row starts no column"),
            Self::ShortRows { rows, line, cells } => {
                let (rows, have) =
                    if *rows == 1 { ("1 row".into(), "has") } else { (format!("{rows} rows"), "have") };
                write!(
                    out,
                    "{rows} {have} fewer cells than columns, the rest count as missing (the first is line {line}, with {cells})"
                )
            }
            Self::LongRows { rows, line } => {
                let (rows, have) =
                    if *rows == 1 { ("1 row".into(), "has") } else { (format!("{rows} rows"), "have") };
                write!(out, "{rows} {have} more cells than columns, all empty (the first is line {line})")
            }
            Self::BlankRows { rows, first } => {
                let first: Vec<String> = first.iter().map(usize::to_string).collect();
                match (rows, &first[..]) {
                    (1, _) => write!(out, "row {} is blank, no column has a value", first.join("")),
                    (rows, first) if *rows == first.len() => {
                        write!(out, "{rows} rows are blank, no column has a value: {}", first.join(", "))
                    }
                    (rows, first) => {
                        write!(
                            out,
                            "{rows} rows are blank, no column has a value: {} and more",
                            first.join(", ")
                        )
                    }
                }
            }
            Self::IndexColumn { name } => write!(out, "{name} left out, it is an index of the rows"),
            Self::Numerals { numerals, columns, example, value, in_doubt } => {
                let mark = if *numerals == Numerals::DecimalComma { "comma" } else { "point" };
                write!(out, "numbers of {} have a decimal {mark}, {example:?} is {value}", Named(columns))?;
                write!(
                    out,
                    "{}",
                    if *in_doubt { "; the file does not tell which mark is the decimal one" } else { "" }
                )
            }
            Self::Dates { order, columns, example, seconds, in_doubt } => {
                let order = match order {
                    DateOrder::Iso | DateOrder::YearFirst => "with the year first",
                    DateOrder::YearMonth => "of a year and a month",
                    DateOrder::DayFirst => "with the day first",
                    DateOrder::MonthFirst => "with the month first",
                };
                write!(out, "dates of {} {order}", Named(columns))?;
                if let Some(moment) = DateTime::from_timestamp(*seconds as i64, 0) {
                    write!(out, ", {example:?} is {}", moment.date_naive())?;
                }
                write!(out, "{}", if *in_doubt { "; no date tells day from month" } else { "" })
            }
            Self::Words { column, kind, words } => {
                let words: Vec<String> =
                    words.iter().map(|(word, count)| format!("{word:?} ({count} times)")).collect();
                write!(out, "{column} holds {kind}, so {} counts as missing", words.join(", "))
            }
            Self::Member { archive, member } => write!(out, "{archive} holds {member}"),
            Self::Sheet { sheet, sheets: 1 } => write!(out, "the sheet {sheet:?}"),
            Self::Sheet { sheet, sheets } => write!(out, "the sheet {sheet:?}, one of {sheets}"),
            Self::CellErrors { cells: 1 } => {
                write!(out, "1 cell with an error such as #DIV/0! counts as missing")
            }
            Self::CellErrors { cells } => {
                write!(out, "{cells} cells with errors such as #DIV/0! count as missing")
            }
            Self::Flattened { keys } => {
                let keys = keys.join(", ");
                write!(out, "objects in the rows became columns, named as in a.b: {keys}")
            }
            Self::Encoding { encoding, guessed: false } => write!(out, "the text is in {encoding}"),
            Self::Encoding { encoding, guessed: true } => write!(out, "not UTF-8: read as {encoding}"),
            Self::Labels { column, outlier_rows, outliers, inlier_rows, inliers, absent } => {
                let are = if *outlier_rows == 1 { "row is an outlier" } else { "rows are outliers" };
                let not = if *inlier_rows == 1 { "is" } else { "are" };
                let (outliers, inliers) = (LabelWords(outliers), LabelWords(inliers));
                write!(out, "{column}: {outlier_rows} {are}{outliers}, {inlier_rows} {not} not{inliers}")?;
                match &absent[..] {
                    [] => Ok(()),
                    absent => write!(out, "; no row has {}", absent.join(", ")),
                }
            }
        }
    }
}

/// `line 3`, `lines 1 to 4`.
struct Lines<'a>(&'a [u64]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [first, .., last] => write!(out, "lines {first} to {last}"),
            lines => write!(out, "line {}", lines.first().unwrap_or(&0)),
        }
    }
}

/// The beginning of a text, in quotes.
struct Short<'a>(&'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.trim();
        match text.char_indices().nth(60) {
            None => write!(out, "{text:?}"),
            Some((end, _)) => write!(out, "{:?}...", &text[..end]),
        }
    }
}

/// A few names, and how many more there are.
struct Named<'a>(&'a [String]);

impl fmt::Display for Named<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0[..self.0.len().min(NAMED)].join(", "))?;
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(out, " and {more} more"),
        }
    }
}

/// ` (smurf., neptune. and 3 more words)`.
struct LabelWords<'a>(&'a [(String, usize)]);

impl fmt::Display for LabelWords<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let shown = |(word, _): &(String, usize)| match word.char_indices().nth(SHOWN_CHARACTERS) {
            Some((end, _)) => format!("{}...", &word[..end]),
            None => word.clone(),
        };
        let words: Vec<String> = self.0.iter().take(SHOWN_WORDS).map(shown).collect();
        write!(out, " ({}", words.join(", "))?;
        match self.0.len().saturating_sub(SHOWN_WORDS) {
            0 => out.write_str(")"),
            1 => out.write_str(" and 1 more word)"),
            more => write!(out, " and {more} more words)"),
        }
    }
}
