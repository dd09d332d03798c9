//! Text tables: CSV and its relatives.

mod dialect;
pub(crate) mod number;
pub(crate) mod spelling;

use std::io::{BufRead, BufReader, Cursor, Read};

use gradstop_preparation::Kind;

use crate::error::TableError;
use crate::hint::{Advice, Hint};
use crate::label;
use crate::options::{Features, ReadOptions};
use crate::selection::{MAX_COLUMNS, Role, Selection, unnamed};
use crate::source::{Chunk, RowSource};

use self::dialect::{RecordReader, detect_delimiter, looks_numeric};
use self::spelling::{Odd, Tally};

/// How much of the file the detection of the delimiter sees.
const SAMPLE_BYTES: u64 = 1 << 16;
const BUFFER_BYTES: usize = 1 << 18;
/// Where lines that stand before a table show, as rows that have more cells than these.
const FIRST_ROWS: usize = 16;

struct DelimitedSource {
    file: String,
    records: RecordReader<Box<dyn BufRead + Send>>,
    delimiter: u8,
    selection: Selection,
    features: Destination,
    keep_cells: bool,
    /// A record was read and is still to be delivered.
    pending: bool,
    /// Rows before it whose only cell is missing.
    blank_rows: u64,
    next_row: usize,
}

/// What becomes of the features.
enum Destination {
    /// They are numbers.
    Matrix,
    /// They are counted by kind; the names are those of columns that are text.
    Survey { tallies: Vec<Tally>, text: Vec<String> },
    /// They go to columns of these kinds.
    Columns(Vec<Kind>),
}

pub(crate) fn open(
    file: &str,
    mut stream: Box<dyn Read + Send>,
    suggests_tabs: bool,
    options: &ReadOptions,
) -> Result<Box<dyn RowSource>, TableError> {
    let reading = |cause| TableError::reading(file, cause);
    let mut sample = Vec::new();
    stream.by_ref().take(SAMPLE_BYTES).read_to_end(&mut sample).map_err(reading)?;
    check_is_text(file, &sample)?;
    if sample.starts_with(b"\xef\xbb\xbf") {
        sample.drain(..3);
    }
    let complete = (sample.len() as u64) < SAMPLE_BYTES - 3;
    let delimiter = options.delimiter.unwrap_or_else(|| detect_delimiter(&sample, complete, suggests_tabs));

    let input: Box<dyn BufRead + Send> =
        Box::new(Cursor::new(sample).chain(BufReader::with_capacity(BUFFER_BYTES, stream)));
    let mut records = RecordReader::new(input, delimiter);
    if !records.read().map_err(reading)? {
        return Err(TableError::Empty { file: file.into() });
    }
    if records.len() > MAX_COLUMNS {
        return Err(too_wide(file, records.line()));
    }
    let is_name = |cell: &[u8]| !cell.trim_ascii().is_empty() && !looks_numeric(cell, delimiter);
    let header =
        options.header.unwrap_or_else(|| (0..records.len()).any(|index| is_name(records.cell(index))));
    let columns = if header { names(file, &records)? } else { unnamed(records.len()) };
    let selection = Selection::new(file, columns, options)?;
    let features = match &options.features {
        Features::Numbers | Features::Nothing => Destination::Matrix,
        Features::Any(text) => Destination::Survey {
            tallies: vec![Tally::default(); selection.features.len()],
            text: text.clone(),
        },
        Features::Kinds(_) => {
            Destination::Columns(options.features.kinds_of(&selection.features).unwrap_or_default())
        }
    };
    let mut source = DelimitedSource {
        file: file.into(),
        records,
        delimiter,
        selection,
        features,
        keep_cells: options.keep_cells,
        // If it is no header.
        pending: !header,
        blank_rows: 0,
        next_row: 0,
    };
    source.count_blank_rows();
    Ok(Box::new(source))
}

/// Refuses what is certainly no text, before it makes a puzzling message about some cell.
fn check_is_text(file: &str, sample: &[u8]) -> Result<(), TableError> {
    let detail = match sample {
        [] => return Err(TableError::Empty { file: file.into() }),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "text in UTF-16",
        _ if sample.contains(&0) => "bytes that are neither text nor of a known format",
        _ => return Ok(()),
    };
    Err(TableError::UnknownFormat { file: file.into(), detail: detail.into() })
}

fn names<R: BufRead>(file: &str, records: &RecordReader<R>) -> Result<Vec<String>, TableError> {
    (0..records.len())
        .map(|index| match std::str::from_utf8(records.cell(index)) {
            Ok(name) if name.trim().is_empty() => Ok(format!("x{index}")),
            Ok(name) => Ok(name.trim().to_owned()),
            Err(_) => Err(not_utf8(file, records.line())),
        })
        .collect()
}

fn too_wide(file: &str, line: u64) -> TableError {
    TableError::TooWide { file: file.into(), subject: format!("line {line}"), most: MAX_COLUMNS }
}

fn not_utf8(file: &str, line: u64) -> TableError {
    TableError::Unsuitable {
        file: file.into(),
        subject: format!("line {line}"),
        got: "bytes that are no UTF-8".into(),
        wanted: "text in UTF-8",
        hint: Advice::Encoding.into(),
    }
}

impl RowSource for DelimitedSource {
    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn kinds(&self) -> Option<&[Kind]> {
        match &self.features {
            Destination::Columns(kinds) => Some(kinds),
            _ => None,
        }
    }

    fn surveyed(&self) -> Result<Vec<Kind>, TableError> {
        let Destination::Survey { tallies, text } = &self.features else { return Ok(Vec::new()) };
        let kind = |(name, tally): (&String, &Tally)| match text.contains(name) {
            true => Ok(Kind::Text),
            false => tally.kind(name).map_err(|odd| self.odd(name, odd)),
        };
        self.selection.features.iter().zip(tallies).map(kind).collect()
    }

    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        for row in 0..max_rows {
            if !self.pending {
                if !self.records.read().map_err(|cause| TableError::reading(&self.file, cause))? {
                    return Ok(row);
                }
                self.check_shape()?;
                self.pending = true;
                self.count_blank_rows();
            }
            if self.blank_rows > 0 {
                self.append_blank(chunk)?;
                self.blank_rows -= 1;
            } else {
                self.append_record(chunk)?;
                self.pending = false;
            }
            self.next_row += 1;
        }
        Ok(max_rows)
    }
}

impl DelimitedSource {
    fn check_shape(&self) -> Result<(), TableError> {
        let wanted = self.selection.all_columns.len();
        let got = self.records.len();
        if got > MAX_COLUMNS {
            return Err(too_wide(&self.file, self.records.line()));
        }
        if got != wanted {
            let hint = if got > wanted && self.next_row < FIRST_ROWS && wanted == 1 {
                Hint::Title
            } else if got == wanted + 1 && self.records.cell(wanted).trim_ascii().is_empty() {
                Hint::Advice(Advice::TrailingDelimiter)
            } else if got > wanted {
                Hint::Delimiter
            } else {
                Hint::Advice(Advice::AllCells)
            };
            return Err(TableError::Ragged {
                file: self.file.clone(),
                row: self.next_row,
                line: self.records.line(),
                got,
                wanted,
                hint: Box::new(hint),
            });
        }
        Ok(())
    }

    /// With several columns a blank line is a blank line. With one it is how many programs write a missing value, and
    /// skipping it would move all later rows up.
    fn count_blank_rows(&mut self) {
        let one = self.pending && self.selection.all_columns.len() == 1;
        self.blank_rows = if one { self.records.blank_lines() } else { 0 };
    }

    fn append_blank(&mut self, chunk: &mut Chunk) -> Result<(), TableError> {
        match &mut self.features {
            Destination::Matrix if self.selection.features.is_empty() => {}
            Destination::Matrix => {
                let line = self.records.line() - self.blank_rows;
                return Err(self.bad_cell(0, line, b"", number::WANTED, self.missing_hint(0)));
            }
            Destination::Survey { .. } => {}
            Destination::Columns(_) => {
                spelling::push(b"", &mut chunk.columns[0]);
            }
        }
        if self.selection.id.is_some() {
            chunk.ids.push(String::new());
        }
        if self.keep_cells && !chunk.skips_cells {
            chunk.cells.push(vec![String::new()]);
        }
        Ok(())
    }

    fn append_record(&mut self, chunk: &mut Chunk) -> Result<(), TableError> {
        let mut feature = 0;
        let Chunk { values, columns, labels, rounding, .. } = chunk;
        let mut rounding = rounding.as_mut().and_then(|rounding| rounding.takes_row().then_some(rounding));
        for (index, role) in self.selection.roles.iter().enumerate() {
            let cell = self.records.cell(index);
            match role {
                Role::Feature => {
                    match &mut self.features {
                        Destination::Matrix => {
                            let value = number::parse(cell);
                            if let (Some(rounding), Some(value)) = (&mut rounding, value) {
                                rounding.see(value);
                            }
                            let value = value.and_then(number::narrow);
                            values.push(value.ok_or_else(|| self.bad_feature(index))?);
                        }
                        Destination::Survey { tallies, .. } => {
                            tallies[feature].see(
                                cell,
                                self.next_row,
                                self.records.line(),
                                self.delimiter != b',',
                            );
                        }
                        Destination::Columns(_) => {
                            if !spelling::push(cell, &mut columns[feature]) {
                                let kind = columns[feature].kind();
                                return Err(self.of_another_kind(index, kind));
                            }
                        }
                    }
                    feature += 1;
                }
                Role::Label => {
                    let text = String::from_utf8_lossy(cell);
                    labels.push(label::parse(&text).ok_or_else(|| {
                        self.bad_cell(index, self.records.line(), cell, label::WANTED, label::hint(&text))
                    })?);
                }
                Role::Ignored => {}
            }
        }
        if let Some(id) = self.selection.id {
            chunk.ids.push(String::from_utf8_lossy(self.records.cell(id)).into_owned());
        }
        if self.keep_cells && !chunk.skips_cells {
            let text = |index| {
                let cell = std::str::from_utf8(self.records.cell(index));
                cell.map(str::to_owned).map_err(|_| not_utf8(&self.file, self.records.line()))
            };
            chunk.cells.push((0..self.records.len()).map(text).collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    fn bad_feature(&self, index: usize) -> TableError {
        let cell = self.records.cell(index);
        let hint = if spelling::is_missing(cell) {
            self.missing_hint(index)
        } else if self.delimiter != b',' && number::has_decimal_comma(cell) {
            Hint::Advice(Advice::DecimalComma)
        } else {
            number::hint(number::parse(cell), &self.selection.all_columns[index])
        };
        self.bad_cell(index, self.records.line(), cell, number::WANTED, hint)
    }

    /// A cell that is not of the kind of its column.
    fn of_another_kind(&self, index: usize, kind: Kind) -> TableError {
        if kind == Kind::Numbers {
            return self.bad_feature(index);
        }
        let advice = match kind {
            Kind::Text => Advice::Encoding,
            _ => Advice::CorrectCell(kind),
        };
        let (line, cell) = (self.records.line(), self.records.cell(index));
        self.bad_cell(index, line, cell, spelling::wanted(kind), Hint::Advice(advice))
    }

    /// A cell that is not like the others of its column.
    fn odd(&self, column: &str, odd: Odd) -> TableError {
        TableError::Cell {
            file: self.file.clone(),
            row: odd.row,
            line: Some(odd.line),
            column: column.into(),
            got: odd.text.into(),
            wanted: spelling::wanted(odd.kind),
            hint: Box::new(odd.hint),
        }
    }

    fn missing_hint(&self, index: usize) -> Hint {
        Hint::FillMissing { column: self.selection.all_columns[index].as_str().into() }
    }

    fn bad_cell(&self, index: usize, line: u64, got: &[u8], wanted: &'static str, hint: Hint) -> TableError {
        TableError::Cell {
            file: self.file.clone(),
            row: self.next_row,
            line: Some(line),
            column: self.selection.all_columns[index].as_str().into(),
            got: String::from_utf8_lossy(got).into(),
            wanted,
            hint: Box::new(hint),
        }
    }
}
