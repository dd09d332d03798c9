//! OpenDocument spreadsheets (`.ods`), read as a stream: a few bytes of one can stand for millions of cells.

use std::io::{BufReader, Read};

use quick_xml::events::{BytesStart, Event};

use crate::container::archive::Archive;
use crate::container::workbook::bounded::Bounded;
use crate::container::workbook::grid::{Grid, MAX_COLUMNS, MAX_ROWS, Workbook, number};
use crate::error::TableError;

const SPREADSHEET: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
const CONTENT: &str = "content.xml";
const MANIFEST: &str = "META-INF/manifest.xml";
const BUFFER_BYTES: usize = 1 << 16;
/// A manifest lists a few files.
const MOST_MANIFEST: u64 = 1 << 20;
/// Spaces in a row that a cell keeps.
const MOST_SPACES: u64 = 100;
const SECONDS_PER_DAY: f64 = 86_400.0;

type Xml = quick_xml::Reader<BufReader<Bounded<Box<dyn Read + Send>>>>;

pub(crate) struct Ods {
    file: String,
    archive: Archive,
    sheets: Vec<String>,
}

impl Ods {
    pub(crate) fn open(file: &str, archive: Archive) -> Result<Self, TableError> {
        let start = |member: &str| {
            let mut bytes = Vec::new();
            let read = archive.bytes(member, member)?.take(MOST_MANIFEST).read_to_end(&mut bytes);
            read.map(|_| bytes).map_err(|cause| TableError::reading(file, cause))
        };
        if !start("mimetype")?.starts_with(SPREADSHEET) {
            return Err(TableError::Foreign {
                file: file.into(),
                found: "an OpenDocument file that is not a spreadsheet".into(),
                advice: "save its table as CSV",
            });
        }
        let manifest = start(MANIFEST)?;
        if String::from_utf8_lossy(&manifest).contains("encryption-data") {
            return Err(TableError::Foreign {
                file: file.into(),
                found: "an OpenDocument spreadsheet, encrypted".into(),
                advice: "save it without a password",
            });
        }
        let mut ods = Ods { file: file.into(), archive, sheets: Vec::new() };
        let mut sheets = Vec::new();
        let (mut xml, mut buffer) = (ods.content()?, Vec::new());
        loop {
            match ods.event(&mut xml, &mut buffer)? {
                Event::Start(start) if start.name().as_ref() == "table:table" => {
                    sheets.extend(attribute(&start, "table:name"));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        ods.sheets = sheets;
        Ok(ods)
    }

    fn content(&self) -> Result<Xml, TableError> {
        let bytes = Bounded::new(self.archive.bytes(CONTENT, CONTENT)?, u64::MAX);
        let mut xml = quick_xml::Reader::from_reader(BufReader::with_capacity(BUFFER_BYTES, bytes));
        xml.config_mut().expand_empty_elements = true;
        Ok(xml)
    }

    fn event<'a>(&self, xml: &mut Xml, buffer: &'a mut Vec<u8>) -> Result<Event<'a>, TableError> {
        buffer.clear();
        xml.read_event_into(buffer).map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: quick_xml::Error) -> TableError {
        match error {
            quick_xml::Error::Io(cause) => {
                let cause = std::io::Error::new(cause.kind(), cause.to_string());
                TableError::reading(&self.file, cause)
            }
            other => TableError::Damaged {
                file: self.file.clone(),
                detail: format!("the workbook cannot be read: {other}"),
            },
        }
    }

    fn damaged(&self, detail: &str) -> TableError {
        TableError::Damaged {
            file: self.file.clone(),
            detail: format!("the workbook cannot be read: {detail}"),
        }
    }

    /// Reads the cell that starts so, up to its end.
    fn cell(&self, start: &BytesStart<'_>, xml: &mut Xml) -> Result<Cell, TableError> {
        let covered = start.name().as_ref() == "table:covered-table-cell";
        let of = |name| attribute(start, name);
        let repeat = repeated(start, "table:number-columns-repeated");
        let kind = of("office:value-type").unwrap_or_default();
        let value = match kind.as_str() {
            "float" | "percentage" | "currency" => of("office:value"),
            "date" => of("office:date-value").map(|date| date.replacen('T', " ", 1)),
            "boolean" => of("office:boolean-value").map(|value| value.to_ascii_uppercase()),
            "time" => of("office:time-value").map(|time| time_text(&time)),
            _ => of("office:string-value"),
        };
        let is_error = of("calcext:value-type").is_some_and(|kind| kind == "error");
        let (mut text, mut paragraphs, mut depth) = (String::new(), 0, 0_usize);
        let mut buffer = Vec::new();
        loop {
            match self.event(xml, &mut buffer)? {
                Event::Start(inner) if inner.name().as_ref().starts_with("text:") => {
                    depth += 1;
                    match inner.name().as_ref() {
                        "text:p" => {
                            if paragraphs > 0 {
                                text.push(' ');
                            }
                            paragraphs += 1;
                        }
                        "text:s" => {
                            let count = attribute(&inner, "text:c").and_then(|count| count.parse().ok());
                            (0..count.unwrap_or(1_u64).min(MOST_SPACES)).for_each(|_| text.push(' '));
                        }
                        "text:tab" | "text:line-break" => text.push(' '),
                        _ => {}
                    }
                }
                // A comment, or a picture.
                Event::Start(other) => {
                    let name = other.to_end().into_owned();
                    let mut skipped = Vec::new();
                    xml.read_to_end_into(name.name(), &mut skipped)
                        .map_err(|error| self.unreadable(error))?;
                }
                Event::Text(piece) if depth > 0 => text.push_str(&piece.xml10_content()),
                Event::CData(piece) if depth > 0 => text.push_str(&piece.xml10_content()),
                Event::GeneralRef(name) if depth > 0 => {
                    let character = name.resolve_char_ref().ok().flatten();
                    match (character, quick_xml::escape::resolve_predefined_entity(name.as_ref())) {
                        (Some(character), _) => text.push(character),
                        (None, Some(known)) => text.push_str(known),
                        (None, None) => return Err(self.damaged("it has a character that nothing defines")),
                    }
                }
                Event::End(_) if depth > 0 => depth -= 1,
                Event::End(_) => break,
                Event::Eof => return Err(self.damaged("it ends in a cell")),
                _ => {}
            }
        }
        let text = if covered || is_error { String::new() } else { value.unwrap_or(text) };
        Ok(Cell { repeat, text, is_error })
    }
}

struct Cell {
    repeat: u64,
    text: String,
    is_error: bool,
}

impl Workbook for Ods {
    fn sheets(&self) -> Vec<(String, bool)> {
        self.sheets.iter().map(|name| (name.clone(), true)).collect()
    }

    fn write(&mut self, sheet: &str, grid: &mut Grid) -> Result<u64, TableError> {
        let (mut xml, mut buffer) = (self.content()?, Vec::new());
        let (mut inside, mut errors) = (false, 0);
        let (mut row, mut rows, mut column) = (0, 1, 0);
        // Where cells begin, how often they are there, and what they say.
        let mut cells: Vec<(u64, Cell)> = Vec::new();
        loop {
            match self.event(&mut xml, &mut buffer)? {
                Event::Start(start) if start.name().as_ref() == "table:table" => {
                    inside = attribute(&start, "table:name").is_some_and(|name| name == sheet);
                }
                Event::Start(start) if inside => match start.name().as_ref() {
                    "table:table-row" => (rows, column) = (repeated(&start, "table:number-rows-repeated"), 0),
                    "table:table-cell" | "table:covered-table-cell" => {
                        let start = start.into_owned();
                        let cell = self.cell(&start, &mut xml)?;
                        let next = column + cell.repeat;
                        errors += if cell.is_error { cell.repeat * rows } else { 0 };
                        if !cell.text.is_empty() {
                            cells.push((column, cell));
                        }
                        column = next;
                    }
                    _ => {}
                },
                Event::End(end) if inside && end.name().as_ref() == "table:table-row" => {
                    if !cells.is_empty() && (row + rows > MAX_ROWS || column > 2 * MAX_COLUMNS) {
                        return Err(self.damaged("it has more cells than a sheet"));
                    }
                    let filled = if cells.is_empty() { 0 } else { rows };
                    for at in row..row + filled {
                        for (first, cell) in &cells {
                            for column in *first..first + cell.repeat {
                                grid.push(at, column, &cell.text)
                                    .map_err(|cause| TableError::reading(&self.file, cause))?;
                            }
                        }
                    }
                    row += rows;
                    cells.clear();
                }
                Event::End(end) if inside && end.name().as_ref() == "table:table" => return Ok(errors),
                Event::Eof => return Err(self.damaged("it ends in a sheet")),
                _ => {}
            }
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok()??;
    attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok().map(|value| value.into_owned())
}

/// How often a row or cell is there; more often than a sheet has place for is not needed.
fn repeated(start: &BytesStart<'_>, name: &str) -> u64 {
    let count: Option<u64> = attribute(start, name).and_then(|count| count.parse().ok());
    count.unwrap_or(1).min(MAX_ROWS)
}

/// `PT14H30M05S` as a time of day, and as a number of days if it is longer than one.
fn time_text(duration: &str) -> String {
    let mut seconds = 0.0;
    let mut digits = String::new();
    for character in duration.trim_start_matches("PT").chars() {
        let unit = match character {
            '0'..='9' | '.' => {
                digits.push(character);
                continue;
            }
            'H' => 3600.0,
            'M' => 60.0,
            'S' => 1.0,
            _ => return duration.to_owned(),
        };
        seconds += unit * digits.parse::<f64>().unwrap_or_default();
        digits.clear();
    }
    if seconds >= SECONDS_PER_DAY {
        return number(seconds / SECONDS_PER_DAY);
    }
    let whole = seconds as u64;
    let fraction = ((seconds - whole as f64) * 1000.0).round() as u64;
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:03}") };
    format!("{:02}:{:02}:{:02}{fraction}", whole / 3600, whole / 60 % 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_told_from_durations() {
        for (duration, text) in [
            ("PT14H30M05S", "14:30:05"),
            ("PT00H00M01.5S", "00:00:01.500"),
            ("PT36H00M00S", "1.5"),
            ("odd", "odd"),
        ] {
            assert_eq!(time_text(duration), text);
        }
    }
}
