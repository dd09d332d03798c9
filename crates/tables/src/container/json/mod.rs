//! JSON Lines, and a JSON array of rows, made into CSV while they are read.
//!
//! A first pass finds the columns (every key of every object, in the order in which they appear), a second one writes the
//! rows. So memory holds the names and one row.

mod row;
mod values;

use std::collections::{HashMap, HashSet};
use std::io::{self, BufReader, Cursor, Read};

use serde::de::IgnoredAny;

use crate::container::csv;
use crate::container::lines::{LineReader, Lines};
use crate::error::{TableError, damaged};
use crate::hint::Hint;
use crate::note::Note;

use self::row::{Fields, Value};
use self::values::Values;

/// Columns that objects may have. Every row has a cell for each of them, whatever it says itself.
const MAX_KEYS: usize = 1 << 16;
const BUFFER_BYTES: usize = 1 << 18;

/// Bytes that can be read again.
pub(crate) type Reopen = Box<dyn Fn() -> Box<dyn Read + Send>>;

/// A JSON text as CSV.
pub(crate) struct Json {
    pub(crate) text: Box<dyn Read + Send>,
    /// Whether the first line names the columns, which those of arrays do not say.
    pub(crate) has_names: bool,
    pub(crate) notes: Vec<Note>,
}

/// Whether a text that begins so is JSON, not CSV.
pub(crate) fn begins(sample: &[u8]) -> bool {
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample).trim_ascii_start();
    let second = text.get(1..).unwrap_or_default().trim_ascii_start();
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    let first = values.next();
    let rest = text.get(values.byte_offset()..).unwrap_or_default();
    let alone =
        || rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')).is_none_or(|byte| *byte == b'\n');
    let cut = matches!(&first, Some(Err(error)) if error.is_eof());
    match (text.first(), second.first()) {
        // Broken JSON is JSON too.
        (Some(b'{'), Some(b'"')) => is_key(second),
        (Some(b'{'), Some(b'}')) => matches!(first, Some(Ok(_))) && alone(),
        (Some(b'['), Some(b'{')) => true,
        (Some(b'['), Some(_)) => {
            (matches!(first, Some(Ok(_))) && alone()) || (cut && second.starts_with(b"["))
        }
        _ => false,
    }
}

/// Whether a quoted word is followed by a colon.
fn is_key(text: &[u8]) -> bool {
    let mut escaped = false;
    let end = text[1..].iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.is_some_and(|end| text[end + 2..].trim_ascii_start().first().is_none_or(|byte| *byte == b':'))
}

/// Finds the columns, and gives the rows as text. Of those that are ignored values may be anything.
pub(crate) fn open(file: &str, reopen: &Reopen, ignore: &[String]) -> Result<Json, TableError> {
    let columns = Columns::find(file, values(reopen), ignore)?;
    let notes = match columns.order.is_empty() {
        true => Vec::new(),
        false => vec![Note::Flattened { keys: columns.order.clone() }],
    };
    let mut header = Vec::new();
    let has_names = !columns.names.is_empty();
    if has_names {
        csv::push_row(columns.names.iter().map(String::as_str), &mut header);
    }
    let rows = LineReader::new(Rows { values: values(reopen), columns });
    Ok(Json { text: Box::new(Cursor::new(header).chain(rows)), has_names, notes })
}

fn values(reopen: &Reopen) -> Values<BufReader<Box<dyn Read + Send>>> {
    Values::new(BufReader::with_capacity(BUFFER_BYTES, reopen()))
}

/// The columns of all objects; none if the rows are arrays.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// Whether a cell of the column has a value.
    valued: Vec<bool>,
    /// Keys of which the values are objects, in order, and the same to look up.
    parents: HashSet<String>,
    order: Vec<String>,
    /// Keys whose values are not looked into.
    ignored: HashSet<String>,
}

impl Columns {
    fn find(file: &str, mut values: Values<impl io::BufRead>, ignore: &[String]) -> Result<Self, TableError> {
        let mut columns = Columns { ignored: ignore.iter().cloned().collect(), ..Columns::default() };
        let (mut rows, mut arrays) = (0_usize, false);
        let mut first_nested = None;
        loop {
            match values.advance() {
                Ok(true) => {}
                Ok(false) => break,
                Err(cause) => return Err(TableError::reading(file, cause)),
            }
            let (value, start) = (values.value(), values.start());
            if let Some(error) = first_nested {
                return Err(error);
            }
            rows += 1;
            let is_array = value.first() == Some(&b'[');
            if rows > 1 && is_array != arrays {
                let detail = format!("line {start}: objects and arrays follow one another");
                return Err(TableError::Damaged { file: file.into(), detail });
            }
            arrays = is_array;
            let seen = if is_array { array(value).map(drop) } else { columns.see(value) };
            match seen {
                Ok(()) => {}
                Err(problem) if rows == 1 && problem.nested() => first_nested = Some(problem.of(file, start)),
                Err(problem) => return Err(problem.of(file, start)),
            }
        }
        let one = rows == 1 && !values.in_array();
        if one && (arrays || first_nested.is_some() || !columns.parents.is_empty()) {
            return Err(TableError::Foreign {
                file: file.into(),
                found: format!(
                    "a JSON document that is one {}",
                    if arrays { "array of values" } else { "object" }
                ),
                advice: "write a row a line (JSON Lines), as pandas does with to_json(orient=\"records\", lines=True)",
            });
        }
        if let Some(error) = first_nested {
            return Err(error);
        }
        if rows == 0 {
            return Err(TableError::Empty { file: file.into() });
        }
        columns.leave_out_parents(file)?;
        Ok(columns)
    }

    fn see(&mut self, value: &[u8]) -> Result<(), Problem> {
        let mut parents = Vec::new();
        let cells = cells(value, &self.ignored, &mut parents)?;
        for parent in parents {
            if self.parents.insert(parent.clone()) {
                self.order.push(parent);
            }
        }
        for (name, cell) in cells {
            let place = match self.places.get(&name) {
                Some(place) => *place,
                None if self.names.len() == MAX_KEYS => return Err(Problem::TooWide),
                None => {
                    self.names.push(name.clone());
                    self.valued.push(false);
                    self.places.insert(name, self.names.len() - 1);
                    self.names.len() - 1
                }
            };
            self.valued[place] |= cell.is_some();
        }
        Ok(())
    }

    /// A key that is null where it is not an object is not a column.
    fn leave_out_parents(&mut self, file: &str) -> Result<(), TableError> {
        let mut kept = Vec::new();
        for (name, valued) in std::mem::take(&mut self.names).into_iter().zip(&self.valued) {
            match self.parents.contains(&name) {
                true if *valued => {
                    return Err(Problem::Nested {
                        key: name,
                        got: "objects in some rows and values in others",
                    }
                    .of(file, 0));
                }
                true => {}
                false => kept.push(name),
            }
        }
        self.places = kept.iter().cloned().zip(0..).collect();
        self.names = kept;
        Ok(())
    }
}

/// What is wrong with a row.
enum Problem {
    Syntax(serde_json::Error),
    Nested { key: String, got: &'static str },
    Twice { key: String },
    TooWide,
}

impl Problem {
    fn nested(&self) -> bool {
        matches!(self, Self::Nested { .. })
    }

    fn of(self, file: &str, line: u64) -> TableError {
        let file = file.to_owned();
        match self {
            Self::Syntax(error) => {
                let mut cause = error.to_string();
                // The place in the row, which is not the one in the file.
                if let Some(end) = cause.find(" at line ") {
                    cause.truncate(end);
                }
                TableError::Damaged { file, detail: format!("the JSON of line {line}: {cause}") }
            }
            Self::Twice { key } => {
                TableError::Damaged { file, detail: format!("line {line} has the key {key:?} twice") }
            }
            Self::Nested { key, got } => {
                // What is inside of an object is left out with all of it.
                let column = key.split_once('.').map_or(key.as_str(), |(parent, _)| parent).into();
                TableError::Unsuitable {
                    file,
                    subject: format!("column {key:?}"),
                    got: got.into(),
                    wanted: "a number, text, true, false or null",
                    hint: Box::new(Hint::Ignore { column }),
                }
            }
            Self::TooWide => TableError::TooWide { file, subject: format!("line {line}"), most: MAX_KEYS },
        }
    }
}

/// The cells of an object with the names of their columns. Objects in it become columns of their own; the keys of these
/// are added to `parents`.
fn cells(
    value: &[u8],
    ignored: &HashSet<String>,
    parents: &mut Vec<String>,
) -> Result<Vec<(String, Option<String>)>, Problem> {
    let Fields(fields) = serde_json::from_slice(value).map_err(Problem::Syntax)?;
    let mut cells = Vec::with_capacity(fields.len());
    for (key, raw) in fields {
        if ignored.contains(&key) {
            cells.push((key, Some(raw.get().to_owned())));
            continue;
        }
        match Value::of(raw).map_err(Problem::Syntax)? {
            Value::Null => cells.push((key, None)),
            Value::Scalar(text) => cells.push((key, Some(text))),
            Value::Array => return Err(Problem::Nested { key, got: "an array" }),
            Value::Object(Fields(inner)) => {
                for (name, raw) in inner {
                    let name = format!("{key}.{name}");
                    match Value::of(raw).map_err(Problem::Syntax)? {
                        Value::Null => cells.push((name, None)),
                        Value::Scalar(text) => cells.push((name, Some(text))),
                        Value::Array => return Err(Problem::Nested { key: name, got: "an array" }),
                        Value::Object(_) => {
                            return Err(Problem::Nested { key: name, got: "an object in an object" });
                        }
                    }
                }
                parents.push(key);
            }
        }
    }
    let mut names = HashSet::with_capacity(cells.len());
    if let Some((twice, _)) = cells.iter().find(|(name, _)| !names.insert(name)) {
        return Err(Problem::Twice { key: twice.clone() });
    }
    Ok(cells)
}

/// The cells of an array.
fn array(value: &[u8]) -> Result<Vec<String>, Problem> {
    let raws: Vec<&serde_json::value::RawValue> = serde_json::from_slice(value).map_err(Problem::Syntax)?;
    let cell = |(at, raw)| match Value::of(raw).map_err(Problem::Syntax)? {
        Value::Null => Ok(String::new()),
        Value::Scalar(text) => Ok(text),
        Value::Array => Err(Problem::Nested { key: at_key(at), got: "an array" }),
        Value::Object(_) => Err(Problem::Nested { key: at_key(at), got: "an object" }),
    };
    raws.into_iter().enumerate().map(cell).collect()
}

fn at_key(at: usize) -> String {
    format!("[{at}]")
}

/// The rows.
struct Rows<R> {
    values: Values<R>,
    columns: Columns,
}

impl<R: io::BufRead> Lines for Rows<R> {
    fn next_line(&mut self, line: &mut Vec<u8>) -> io::Result<Option<usize>> {
        if !self.values.advance()? {
            return Ok(None);
        }
        let value = self.values.value();
        // The first pass has seen them all.
        let changed = |_| damaged("it changed while it was read");
        if self.columns.names.is_empty() {
            if value.first() == Some(&b'[') {
                let cells = array(value).map_err(changed)?;
                csv::push_row(cells.iter().map(String::as_str), line);
            }
            return Ok(Some(0));
        }
        let mut row = vec![None; self.columns.names.len()];
        for (name, cell) in cells(value, &self.columns.ignored, &mut Vec::new()).map_err(changed)? {
            if let Some(&place) = self.columns.places.get(&name) {
                row[place] = cell;
            }
        }
        csv::push_row(row.iter().map(|cell: &Option<String>| cell.as_deref().unwrap_or_default()), line);
        Ok(Some(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_csv() {
        for text in [
            "{\"a\":1}\n{\"a\":2}\n",
            " \n{\"a\": 1,\n",
            "{\"a\" 1}"[..4].into(),
            "[{\"a\":1}]",
            "[1,2]\n[3,4]\n",
            "[[1,2],[3,4]]",
            "[[1,2],[3,",
            "{}\n{}\n",
        ] {
            assert!(begins(text.as_bytes()), "{text}");
        }
        for text in [
            "{a},{b}\n1,2\n",
            "{\"a\"},b\n1,2\n",
            "[1],[2]\n1,2\n",
            "[a],b\n",
            "a,b\n",
            "",
            "[",
            "[[1 2]\n [3 4]]",
        ] {
            assert!(!begins(text.as_bytes()), "{text}");
        }
    }
}
