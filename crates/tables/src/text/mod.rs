//! Text tables: CSV and its relatives.

mod date;
mod dialect;
mod layout;
pub(crate) mod number;
mod numerals;
pub(crate) mod settle;
pub(crate) mod spelling;
pub(crate) mod tally;

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use gradstop_preparation::{Field, Kind};

use crate::error::TableError;
use crate::hint::{Advice, Hint};
use crate::label::Place;
use crate::note::Note;
use crate::options::{Features, ReadOptions};
use crate::selection::{MAX_COLUMNS, Role, Selection, unnamed};
use crate::source::{Chunk, RowSource};

use self::dialect::{RecordReader, detect_delimiter};
use self::layout::Layout;
pub(crate) use self::layout::is_index_name;
use self::settle::unlike;
use self::tally::{Habits, Survey, Tally};

/// How much of the file the detection of its layout sees.
const SAMPLE_BYTES: u64 = 1 << 16;
/// How far it goes where so few lines end in that.
const MOST_SAMPLED: usize = 1 << 26;
const WHOLE_LINES: usize = 3;
const BUFFER_BYTES: usize = 1 << 18;
/// Where lines that stand before a table show, as rows that have more cells than these.
const FIRST_ROWS: usize = 16;
/// Lines behind a table at most.
const MOST_REMARKS: usize = 20;

struct DelimitedSource {
    file: String,
    records: RecordReader<Box<dyn BufRead + Send>>,
    delimiter: u8,
    selection: Selection,
    features: Destination,
    habits: Habits,
    keep_cells: bool,
    /// Whether every row ends in a delimiter.
    trailing: bool,
    /// Whether rows may be shorter, as numbers for a matrix may not.
    tolerant: bool,
    /// A record was read and is still to be delivered.
    pending: bool,
    /// Rows before it whose only cell is missing.
    blank_rows: u64,
    /// Rows before it of one cell, which would be remarks if the file ended with them.
    remarks: VecDeque<Remark>,
    short: Uneven,
    long: Uneven,
    notes: Vec<Note>,
    next_row: usize,
}

/// A line of one cell, where rows have several.
struct Remark {
    line: u64,
    text: Vec<u8>,
}

/// Rows that are shorter or longer than the others.
#[derive(Debug, Default)]
struct Uneven {
    rows: usize,
    line: u64,
    cells: usize,
}

impl Uneven {
    fn see(&mut self, line: u64, cells: usize) {
        if self.rows == 0 {
            (self.line, self.cells) = (line, cells);
        }
        self.rows += 1;
    }
}

/// What becomes of the features.
enum Destination {
    /// They are numbers.
    Matrix,
    /// They are counted by kind; the names are those of columns that are text.
    Survey { tallies: Vec<Tally>, text: Vec<String> },
    /// They go to columns of these kinds.
    Columns { fields: Vec<Field>, kinds: Vec<Kind> },
}

pub(crate) fn open(
    file: &str,
    mut stream: Box<dyn Read + Send>,
    suggests_tabs: bool,
    options: &ReadOptions,
) -> Result<Box<dyn RowSource>, TableError> {
    let reading = |cause| TableError::reading(file, cause);
    let skipped = options.skip_lines.unwrap_or(0);
    if skipped > 0 {
        let mut lines = BufReader::with_capacity(BUFFER_BYTES, stream);
        skip_lines(&mut lines, skipped).map_err(reading)?;
        stream = Box::new(lines);
    }
    let mut sample = Vec::new();
    stream.by_ref().take(SAMPLE_BYTES).read_to_end(&mut sample).map_err(reading)?;
    check_is_text(file, &sample)?;
    if sample.starts_with(b"\xef\xbb\xbf") {
        sample.drain(..3);
    }
    let mut complete = (sample.len() as u64) < SAMPLE_BYTES - 3;
    // A wide table has its names and its first rows later.
    while !complete
        && sample.iter().filter(|&&byte| byte == b'\n').count() < WHOLE_LINES
        && sample.len() < MOST_SAMPLED
    {
        let wanted = sample.len();
        complete = stream.by_ref().take(wanted as u64).read_to_end(&mut sample).map_err(reading)? < wanted;
    }
    let delimiter = options
        .delimiter
        .unwrap_or_else(|| detect_delimiter(&sample, complete, suggests_tabs, options.comment));
    let layout = Layout::of(&sample, complete, delimiter, options);

    let input: Box<dyn BufRead + Send> =
        Box::new(Cursor::new(sample).chain(BufReader::with_capacity(BUFFER_BYTES, stream)));
    let mut records = RecordReader::new(input, delimiter, options.comment);
    records.skip_lines(skipped);
    let Layout { before, header, width, units, trailing, index, notes } = layout;
    for _ in 0..before {
        records.read().map_err(reading)?;
    }
    let has_record = records.read().map_err(reading)?;
    if !has_record {
        return Err(TableError::Empty { file: file.into() });
    }
    if records.len() > MAX_COLUMNS {
        return Err(too_wide(file, records.line()));
    }
    let has_header = header.is_some();
    let columns = match header {
        Some(header) => header.names(texts(file, &records)?.into_iter()),
        None => unnamed(width.max(1)),
    };
    if units {
        records.read().map_err(reading)?;
    }
    let selection = Selection::new(file, columns, index, options)?;
    let features = match &options.features {
        Features::Numbers | Features::Nothing => Destination::Matrix,
        Features::Any(text) => Destination::Survey {
            tallies: vec![Tally::default(); selection.features.len()],
            text: text.clone(),
        },
        Features::Fields(_) => {
            let fields = options.features.fields_of(&selection.features).unwrap_or_default();
            let kinds = fields.iter().map(|field| field.kind).collect();
            Destination::Columns { fields, kinds }
        }
    };
    let mut source = DelimitedSource {
        file: file.into(),
        records,
        delimiter,
        selection,
        features,
        habits: Habits::of(options, delimiter != b','),
        keep_cells: options.keep_cells,
        trailing,
        tolerant: options.features != Features::Numbers,
        // If it is no header.
        pending: !has_header,
        blank_rows: 0,
        remarks: VecDeque::new(),
        short: Uneven::default(),
        long: Uneven::default(),
        notes,
        next_row: 0,
    };
    if source.pending {
        source.check_shape()?;
    }
    source.count_blank_rows();
    Ok(Box::new(source))
}

/// Reads over lines, however long they are.
fn skip_lines(input: &mut impl BufRead, lines: u64) -> io::Result<()> {
    let mut left = lines;
    while left > 0 {
        let bytes = input.fill_buf()?;
        let (read, ends) = match bytes.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (bytes.len(), false),
        };
        if read == 0 {
            return Ok(());
        }
        input.consume(read);
        left -= u64::from(ends);
    }
    Ok(())
}

/// Refuses what is certainly no text, before it makes a puzzling message about some cell.
fn check_is_text(file: &str, sample: &[u8]) -> Result<(), TableError> {
    let detail = match sample {
        [] => return Err(TableError::Empty { file: file.into() }),
        _ if sample.contains(&0) => "bytes that are neither text nor of a known format",
        _ => return Ok(()),
    };
    Err(TableError::UnknownFormat { file: file.into(), detail: detail.into() })
}

/// The cells of a record as text.
fn texts<'a, R: BufRead>(file: &str, records: &'a RecordReader<R>) -> Result<Vec<&'a str>, TableError> {
    let cells = (0..records.len()).map(|index| std::str::from_utf8(records.cell(index)));
    cells.collect::<Result<_, _>>().map_err(|_| not_utf8(file, records.line()))
}

/// A cell of the record, or of the remark that stands for one; those behind its end are empty.
fn cell<'a, R: BufRead>(records: &'a RecordReader<R>, remark: Option<&'a Remark>, index: usize) -> &'a [u8] {
    match remark {
        None => records.cell_or_empty(index),
        Some(remark) if index == 0 => &remark.text,
        Some(_) => b"",
    }
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
            Destination::Columns { kinds, .. } => Some(kinds),
            _ => None,
        }
    }

    fn tallies(&self) -> Option<(&[Tally], &Habits)> {
        match &self.features {
            Destination::Survey { tallies, .. } => Some((tallies, &self.habits)),
            _ => None,
        }
    }

    fn surveyed(&self) -> Result<Survey, TableError> {
        let Destination::Survey { tallies, text } = &self.features else { return Ok(Survey::default()) };
        let survey = Survey::of(&self.selection.features, tallies, text, &self.habits);
        if survey.unlike.is_empty() { Ok(survey) } else { Err(unlike(&self.file, survey)) }
    }

    fn notes(&self) -> Vec<Note> {
        let mut notes = self.notes.clone();
        let Uneven { rows, line, cells } = self.short;
        if rows > 0 {
            notes.push(Note::ShortRows { rows, line, cells });
        }
        let Uneven { rows, line, .. } = self.long;
        if rows > 0 {
            notes.push(Note::LongRows { rows, line });
        }
        notes
    }

    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        for row in 0..max_rows {
            if !self.pending && !self.next_record()? {
                return Ok(row);
            }
            if self.blank_rows > 0 {
                self.append_blank(chunk)?;
                self.blank_rows -= 1;
            } else if let Some(remark) = self.remarks.pop_front() {
                self.short.see(remark.line, 1);
                self.append_record(chunk, Some(&remark))?;
            } else {
                self.append_record(chunk, None)?;
                self.pending = false;
            }
            self.next_row += 1;
        }
        Ok(max_rows)
    }
}

impl DelimitedSource {
    /// Reads on to the next record that is a row; false at the end of the table.
    fn next_record(&mut self) -> Result<bool, TableError> {
        loop {
            if !self.records.read().map_err(|cause| TableError::reading(&self.file, cause))? {
                self.leave_out_remarks();
                return Ok(false);
            }
            self.pending = true;
            if self.records.len() != self.selection.all_columns.len() {
                if self.is_remark() {
                    let remark = Remark { line: self.records.line(), text: self.records.cell(0).to_vec() };
                    self.remarks.push_back(remark);
                    self.pending = false;
                    continue;
                }
                self.check_shape()?;
            }
            self.count_blank_rows();
            return Ok(true);
        }
    }

    /// Whether the record may be a remark behind the table.
    fn is_remark(&self) -> bool {
        let width = self.selection.all_columns.len();
        let len = self.records.len();
        let alone = (1..len).all(|index| self.records.cell(index).trim_ascii().is_empty());
        self.tolerant && width > 1 && alone && len < width && self.remarks.len() < MOST_REMARKS && {
            let cell = self.records.cell(0);
            number::parse(cell).is_none() && !spelling::is_missing(cell)
        }
    }

    fn leave_out_remarks(&mut self) {
        let Some(first) = self.remarks.front() else { return };
        let text = String::from_utf8_lossy(&first.text).into_owned();
        let lines = self.remarks.iter().map(|remark| remark.line).collect();
        self.remarks.clear();
        self.notes.push(Note::LinesBehind { lines, text });
    }

    /// A record of another length than there are columns: missing cells are filled up where they may be missing, and empty ones
    /// behind the last column are left out.
    fn check_shape(&mut self) -> Result<(), TableError> {
        let wanted = self.selection.all_columns.len();
        let got = self.records.len();
        if got == wanted {
            return Ok(());
        }
        if got > MAX_COLUMNS {
            return Err(too_wide(&self.file, self.records.line()));
        }
        let rest_is_empty = (wanted..got).all(|index| self.records.cell(index).trim_ascii().is_empty());
        if got > wanted && rest_is_empty && (self.trailing || self.tolerant) {
            if got > wanted + usize::from(self.trailing) {
                self.long.see(self.records.line(), got);
            }
            return Ok(());
        }
        if got < wanted && self.tolerant {
            self.short.see(self.records.line(), got);
            return Ok(());
        }
        let hint = if got > wanted && self.next_row < FIRST_ROWS && wanted == 1 {
            Hint::Title
        } else if got == wanted + 1 && rest_is_empty {
            Hint::Advice(Advice::TrailingDelimiter)
        } else if got > wanted {
            Hint::Delimiter
        } else {
            Hint::Advice(Advice::AllCells)
        };
        Err(TableError::Ragged {
            file: self.file.clone(),
            row: self.next_row,
            line: self.records.line(),
            got,
            wanted,
            hint: Box::new(hint),
        })
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
            Destination::Columns { .. } => chunk.columns[0].push_missing(),
        }
        if self.selection.id.is_some() {
            chunk.ids.push(String::new());
        }
        if self.keep_cells && !chunk.skips_cells {
            chunk.cells.push(vec![String::new()]);
        }
        Ok(())
    }

    /// Appends the record, or the remark that turned out to be a row.
    fn append_record(&mut self, chunk: &mut Chunk, remark: Option<&Remark>) -> Result<(), TableError> {
        let mut feature = 0;
        let Chunk { values, columns, labels, rounding, truth, .. } = chunk;
        let mut rounding = rounding.as_mut().and_then(|rounding| rounding.takes_row().then_some(rounding));
        let line = remark.map_or(self.records.line(), |remark| remark.line);
        for (index, role) in self.selection.roles.iter().enumerate() {
            let cell = cell(&self.records, remark, index);
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
                            tallies[feature].see(cell, 1, (self.next_row, Some(line)), &self.habits.missing);
                        }
                        Destination::Columns { fields, .. } => {
                            if !spelling::push(cell, &mut columns[feature], &fields[feature].spelling) {
                                let kind = columns[feature].kind();
                                return Err(self.of_another_kind(index, kind, cell, line));
                            }
                        }
                    }
                    feature += 1;
                }
                Role::Label => {
                    let place = || Place { file: self.file.clone(), row: self.next_row, line: Some(line) };
                    let text = String::from_utf8_lossy(cell);
                    labels.extend(truth.as_mut().map(|truth| truth.see(&text, place)));
                }
                Role::Ignored => {}
            }
        }
        if let Some(id) = self.selection.id {
            chunk.ids.push(String::from_utf8_lossy(cell(&self.records, remark, id)).into_owned());
        }
        if self.keep_cells && !chunk.skips_cells {
            let text = |index| {
                let cell = std::str::from_utf8(cell(&self.records, remark, index));
                cell.map(str::to_owned).map_err(|_| not_utf8(&self.file, line))
            };
            chunk.cells.push((0..self.selection.all_columns.len()).map(text).collect::<Result<_, _>>()?);
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
    fn of_another_kind(&self, index: usize, kind: Kind, cell: &[u8], line: u64) -> TableError {
        if kind == Kind::Numbers {
            let hint = number::hint(number::parse(cell), &self.selection.all_columns[index]);
            return self.bad_cell(index, line, cell, number::WANTED, hint);
        }
        let advice = match kind {
            Kind::Text => Advice::Encoding,
            _ => Advice::CorrectCell(kind),
        };
        self.bad_cell(index, line, cell, spelling::wanted(kind), Hint::Advice(advice))
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
