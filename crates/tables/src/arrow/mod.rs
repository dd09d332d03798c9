//! Parquet and Arrow: tables that come in record batches, column by column.

mod untrusted;

use std::any::Any;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use gradstop_preparation::{Cells, Kind, Spelling};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use crate::error::TableError;
use crate::hint::{Advice, Hint};
use crate::label::Place;
use crate::note::Note;
use crate::options::{Features, ReadOptions};
use crate::selection::{MAX_COLUMNS, Role, Selection};
use crate::shared_file::SharedFile;
use crate::source::{Chunk, RowSource};
use crate::text::tally::Survey;
use crate::text::{is_index_name, number, spelling};

use self::untrusted::arrow_lengths::{self, CheckedStream};
use self::untrusted::parquet_lengths::CheckedFile;

/// How large a batch of Parquet rows may get, in cells. Arrow files have the batches they were written with.
const BATCH_CELLS: usize = 1 << 19;
const BUFFER_BYTES: usize = 1 << 18;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

struct BatchSource {
    file: String,
    batches: Batches,
    selection: Selection,
    /// The kind of each feature; nothing if they are numbers that go to the matrix.
    kinds: Option<Vec<Kind>>,
    /// How each feature is written where it is text.
    spellings: Vec<Spelling>,
    /// Columns that are said to be categories.
    categories: Vec<String>,
    /// The position in the file's columns of every column of a batch.
    read: Vec<usize>,
    keep_cells: bool,
    batch: RecordBatch,
    /// The columns of the batch, decimals and dictionaries of numbers as plain numbers.
    columns: Vec<ArrayRef>,
    /// The next row of the batch, and of the table.
    next_in_batch: usize,
    next_row: usize,
}

pub(crate) fn open_parquet(
    file: &str,
    shared: SharedFile,
    options: &ReadOptions,
) -> Result<Box<dyn RowSource>, TableError> {
    let checked = CheckedFile::new(shared).map_err(|cause| TableError::reading(file, cause))?;
    let builder = guarded(file, || ParquetRecordBatchReaderBuilder::try_new(checked))?;
    let selected = select(file, builder.schema(), options)?;
    let selection = &selected.0;
    let read: Vec<usize> = (0..selection.all_columns.len())
        .filter(|&index| {
            options.keep_cells || selection.roles[index] != Role::Ignored || selection.id == Some(index)
        })
        .collect();
    let batches = guarded(file, || {
        let projection = ProjectionMask::roots(builder.parquet_schema(), read.iter().copied());
        let batch_rows = (BATCH_CELLS / read.len().max(1)).clamp(1, 1 << 13);
        builder.with_projection(projection).with_batch_size(batch_rows).build()
    })?;
    Ok(BatchSource::boxed(file, Box::new(batches), selected, read, options))
}

pub(crate) fn open_arrow_file(
    file: &str,
    shared: SharedFile,
    options: &ReadOptions,
) -> Result<Box<dyn RowSource>, TableError> {
    arrow_lengths::check_file(&shared).map_err(|cause| TableError::reading(file, cause))?;
    let input = BufReader::with_capacity(BUFFER_BYTES, shared);
    let batches = guarded(file, || FileReader::try_new(input, None))?;
    let selected = select(file, &batches.schema(), options)?;
    let read = (0..selected.0.all_columns.len()).collect();
    Ok(BatchSource::boxed(file, Box::new(batches), selected, read, options))
}

pub(crate) fn open_arrow_stream(
    file: &str,
    stream: Box<dyn Read + Send>,
    has_checksum: bool,
    options: &ReadOptions,
) -> Result<Box<dyn RowSource>, TableError> {
    let input = CheckedStream::new(BufReader::with_capacity(BUFFER_BYTES, stream));
    let reader = guarded(file, || StreamReader::try_new(input, None))?;
    let batches = ToTheEnd { reader, has_checksum };
    let selected = select(file, &batches.reader.schema(), options)?;
    let read = (0..selected.0.all_columns.len()).collect();
    Ok(BatchSource::boxed(file, Box::new(batches), selected, read, options))
}

/// The batches of a stream of messages, which says itself where it ends. What compresses it has its checksum behind that.
struct ToTheEnd<R> {
    reader: StreamReader<CheckedStream<R>>,
    has_checksum: bool,
}

impl<R: Read> Iterator for ToTheEnd<R> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next();
        match batch.is_none() && self.has_checksum {
            true => self.reader.get_mut().finish().err().map(|problem| Err(problem.into())),
            false => batch,
        }
    }
}

pub(crate) fn of_batches(
    name: &str,
    batches: impl RecordBatchReader + Send + 'static,
    options: &ReadOptions,
) -> Result<Box<dyn RowSource>, TableError> {
    let selected = select(name, &batches.schema(), options)?;
    let read = (0..selected.0.all_columns.len()).collect();
    Ok(BatchSource::boxed(name, Box::new(batches), selected, read, options))
}

/// The columns, the kind of each feature unless they are numbers that go to the matrix, and which are said to be categories.
type Selected = (Selection, Option<Vec<Kind>>, Vec<String>);

/// Settles the columns with their kinds, and refuses features that do not hold what they should before any row is read.
fn select(file: &str, schema: &Schema, options: &ReadOptions) -> Result<Selected, TableError> {
    if schema.fields().len() > MAX_COLUMNS {
        return Err(TableError::TooWide {
            file: file.into(),
            subject: "the schema".into(),
            most: MAX_COLUMNS,
        });
    }
    let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let index = columns.iter().position(|name: &String| is_index_name(name)).filter(|_| columns.len() > 1);
    let selection = Selection::new(file, columns, index, options)?;
    let features = || {
        let fields = schema.fields().iter().zip(&selection.roles);
        fields.filter(|(_, role)| **role == Role::Feature).map(|(field, _)| field)
    };
    let unsuitable = |name: &str, kind: &DataType, wanted| TableError::Unsuitable {
        file: file.into(),
        subject: format!("column {name:?}"),
        got: format!("type {kind}"),
        wanted,
        hint: Box::new(Hint::Ignore { column: name.into() }),
    };
    let kinds = match &options.features {
        Features::Numbers | Features::Nothing => {
            return match features().find(|field| !is_number(field.data_type())) {
                Some(field) => Err(unsuitable(field.name(), field.data_type(), "numbers or booleans")),
                None => Ok((selection, None, Vec::new())),
            };
        }
        Features::Any(text) => {
            let kind = |name: &String, kind: &DataType| match kind_of(kind) {
                Some(_) if text.contains(name) => Ok(Kind::Text),
                Some(kind) => Ok(kind),
                None => Err(unsuitable(name, kind, "numbers, booleans, dates or text")),
            };
            features().map(|field| kind(field.name(), field.data_type())).collect::<Result<Vec<_>, _>>()?
        }
        Features::Fields(_) => options.features.kinds_of(&selection.features).unwrap_or_default(),
    };
    let mut others = features().zip(&kinds).filter(|(field, kind)| !can_be(field.data_type(), **kind));
    let of_another_kind = |(field, wanted): (&std::sync::Arc<arrow_schema::Field>, &Kind)| {
        format!("column {:?}: got type {}, wanted {wanted}", field.name(), field.data_type())
    };
    match others.next() {
        None => {
            drop(others);
            let dictionaries =
                schema.fields().iter().filter(|field| matches!(field.data_type(), DataType::Dictionary(..)));
            let categories = dictionaries.map(|field| field.name().clone()).collect();
            Ok((selection, Some(kinds), categories))
        }
        Some(first) => {
            let problems: Vec<String> = std::iter::once(first).chain(others).map(of_another_kind).collect();
            Err(TableError::Kinds { file: file.into(), problems: problems.join("; ") })
        }
    }
}

/// Whether all columns of record batches are numbers or booleans, so that they can be read as
/// [`Features::Numbers`].
pub fn holds_numbers(schema: &Schema) -> bool {
    schema.fields().iter().all(|field| is_number(field.data_type()))
}

/// What columns of a type hold; nothing if there is no use for it.
fn kind_of(kind: &DataType) -> Option<Kind> {
    match kind {
        DataType::Boolean => Some(Kind::Booleans),
        DataType::Null => Some(Kind::Numbers),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Some(Kind::Dates),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(Kind::Text),
        DataType::Dictionary(_, value) if !is_number(kind) => {
            kind_of(value).filter(|&kind| kind == Kind::Text)
        }
        _ => is_number(kind).then_some(Kind::Numbers),
    }
}

/// Whether the cells of a column can be read as such.
fn can_be(kind: &DataType, wanted: Kind) -> bool {
    match (kind_of(kind), wanted) {
        (None, _) => false,
        // Anything can be written down, and what was written down can be read.
        (Some(_), Kind::Text) => true,
        (Some(Kind::Text), _) => true,
        (Some(Kind::Booleans), Kind::Numbers) => true,
        (Some(found), wanted) => found == wanted || *kind == DataType::Null,
    }
}

fn is_number(kind: &DataType) -> bool {
    *kind == DataType::Boolean || kind.is_integer() || kind.is_floating() || plain_type(kind).is_some()
}

/// The type that the numbers of a decimal or dictionary column are converted to; nothing if they can be used
/// as they are, or are no numbers.
fn plain_type(kind: &DataType) -> Option<DataType> {
    match kind {
        _ if kind.is_decimal() => Some(DataType::Float64),
        DataType::Dictionary(_, value) if value.is_integer() || value.is_floating() => {
            Some((**value).clone())
        }
        _ => None,
    }
}

impl BatchSource {
    fn boxed(
        file: &str,
        batches: Batches,
        (selection, kinds, categories): Selected,
        read: Vec<usize>,
        options: &ReadOptions,
    ) -> Box<dyn RowSource> {
        let spellings = match options.features.fields_of(&selection.features) {
            Some(fields) => fields.into_iter().map(|field| field.spelling).collect(),
            None => vec![options.missing.clone(); selection.features.len()],
        };
        Box::new(BatchSource {
            file: file.into(),
            batches,
            selection,
            kinds,
            spellings,
            categories,
            read,
            keep_cells: options.keep_cells,
            batch: RecordBatch::new_empty(Schema::empty().into()),
            columns: Vec::new(),
            next_in_batch: 0,
            next_row: 0,
        })
    }

    /// Loads the next batch that has rows; false at the end.
    fn load(&mut self) -> Result<bool, TableError> {
        // Let go of the old batch first: two at a time is twice the memory.
        self.columns.clear();
        self.batch = RecordBatch::new_empty(Schema::empty().into());
        self.next_in_batch = 0;
        while self.batch.num_rows() == 0 {
            let Some(batch) = guarded(&self.file, || self.batches.next().transpose())? else {
                return Ok(false);
            };
            self.batch = batch;
        }
        let plain = |column: &ArrayRef| match plain_type(column.data_type()) {
            Some(kind) => arrow_cast::cast(column, &kind),
            None => Ok(column.clone()),
        };
        self.columns =
            guarded(&self.file, || self.batch.columns().iter().map(plain).collect::<Result<_, _>>())?;
        Ok(true)
    }

    /// The features with their positions among all columns.
    fn features(&self) -> impl Iterator<Item = (usize, &ArrayRef)> {
        let read = self.read.iter().copied().zip(&self.columns);
        read.filter(|(index, _)| self.role(*index) == Role::Feature)
    }

    fn append_features(&self, rows: Range<usize>, values: &mut Vec<f32>) -> Result<(), TableError> {
        let width = self.selection.features.len();
        let start = values.len();
        values.resize(start + rows.len() * width, 0.0);
        // Columns are converted one after another, but the first bad cell is the first one in reading order.
        let mut bad: Option<(usize, usize, &ArrayRef)> = None;
        for (feature, (index, column)) in self.features().enumerate() {
            let cells = values[start + feature..].iter_mut().step_by(width);
            if let Some(row) = convert(column, rows.clone(), cells)
                && bad.is_none_or(|(first, _, _)| row < first)
            {
                bad = Some((row, index, column));
            }
        }
        match bad {
            None => Ok(()),
            Some((row, index, column)) => {
                let text = self.texts(column, row..row + 1)?.remove(0);
                let name = &self.selection.all_columns[index];
                let hint = match text.as_deref() {
                    None => Hint::FillMissing { column: name.as_str().into() },
                    Some(text) => number::hint(number::parse(text.as_bytes()), name),
                };
                Err(self.bad_cell(index, row, text, number::WANTED, hint))
            }
        }
    }

    fn append_columns(&self, rows: Range<usize>, columns: &mut [Cells]) -> Result<(), TableError> {
        for ((feature, (index, column)), cells) in self.features().enumerate().zip(columns) {
            match cells {
                Cells::Numbers(_) | Cells::Long(_) if kind_of(column.data_type()) != Some(Kind::Text) => {
                    self.append_numbers(column, rows.clone(), cells)?;
                }
                Cells::Booleans(values) if *column.data_type() == DataType::Boolean => {
                    let truths = column.as_boolean();
                    values.extend(rows.clone().map(|row| truths.is_valid(row).then(|| truths.value(row))));
                }
                Cells::Dates(values) if kind_of(column.data_type()) == Some(Kind::Dates) => {
                    append_seconds(column, rows.clone(), values);
                }
                _ => {
                    for (row, text) in rows.clone().zip(self.texts(column, rows.clone())?) {
                        let Some(text) = text else {
                            cells.push_missing();
                            continue;
                        };
                        if !spelling::push(text.as_bytes(), cells, &self.spellings[feature]) {
                            let hint = Hint::Advice(Advice::ColumnHolds(cells.kind()));
                            return Err(self.bad_cell(
                                index,
                                row,
                                Some(text),
                                spelling::wanted(cells.kind()),
                                hint,
                            ));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn append_numbers(
        &self,
        column: &ArrayRef,
        rows: Range<usize>,
        cells: &mut Cells,
    ) -> Result<(), TableError> {
        macro_rules! integers {
            ($type:ty) => {{
                let integers = column.as_primitive::<$type>();
                for row in rows {
                    match integers.is_valid(row) {
                        true => cells.push_integer(integers.value(row).into()),
                        false => cells.push_missing(),
                    }
                }
                return Ok(());
            }};
        }
        match column.data_type() {
            DataType::Null => {
                rows.for_each(|_| cells.push_missing());
                return Ok(());
            }
            DataType::Int64 => integers!(Int64Type),
            DataType::UInt64 => integers!(UInt64Type),
            _ => {}
        }
        let rows = column.slice(rows.start, rows.len());
        let wide = guarded(&self.file, || arrow_cast::cast(&rows, &DataType::Float64))?;
        let wide = wide.as_primitive::<Float64Type>();
        wide.iter().for_each(|value| cells.push_number(value.unwrap_or(f64::NAN)));
        Ok(())
    }

    fn append_labels(&self, rows: Range<usize>, chunk: &mut Chunk) -> Result<(), TableError> {
        for (&index, column) in self.read.iter().zip(&self.columns) {
            if self.role(index) != Role::Label {
                continue;
            }
            for (row, text) in rows.clone().zip(self.texts(column, rows.clone())?) {
                let row = self.next_row + row - rows.start;
                chunk.push_label(text.as_deref(), || Place { file: self.file.clone(), row, line: None });
            }
        }
        Ok(())
    }

    fn append_cells(&self, rows: Range<usize>, cells: &mut Vec<Vec<String>>) -> Result<(), TableError> {
        let columns = self.batch.columns().iter();
        let mut columns: Vec<_> = columns
            .map(|column| Ok(self.texts(column, rows.clone())?.into_iter()))
            .collect::<Result<_, _>>()?;
        for _ in rows {
            let row = columns.iter_mut().filter_map(Iterator::next);
            cells.push(row.map(Option::unwrap_or_default).collect());
        }
        Ok(())
    }

    /// The text of some rows of a column; nothing for a null.
    fn texts(&self, column: &ArrayRef, rows: Range<usize>) -> Result<Vec<Option<String>>, TableError> {
        guarded(&self.file, || {
            let options = FormatOptions::new();
            let formatter = ArrayFormatter::try_new(column, &options)?;
            rows.map(|row| column.is_valid(row).then(|| formatter.value(row).try_to_string()).transpose())
                .collect()
        })
    }

    fn role(&self, index: usize) -> Role {
        self.selection.roles[index]
    }

    fn bad_cell(
        &self,
        index: usize,
        row: usize,
        got: Option<String>,
        wanted: &'static str,
        hint: Hint,
    ) -> TableError {
        TableError::Cell {
            file: self.file.clone(),
            row: self.next_row + row - self.next_in_batch,
            line: None,
            column: self.selection.all_columns[index].as_str().into(),
            got: got.unwrap_or_else(|| "null".into()).into(),
            wanted,
            hint: Box::new(hint),
        }
    }
}

impl RowSource for BatchSource {
    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn kinds(&self) -> Option<&[Kind]> {
        self.kinds.as_deref()
    }

    fn categories(&self) -> Vec<String> {
        self.categories.clone()
    }

    fn notes(&self) -> Vec<Note> {
        let columns = self.selection.all_columns.iter().zip(&self.selection.roles);
        let index = columns.filter(|(name, role)| is_index_name(name) && **role == Role::Ignored);
        index.map(|(name, _)| Note::IndexColumn { name: name.clone() }).collect()
    }

    fn surveyed(&self) -> Result<Survey, TableError> {
        Ok(self.selection.survey_of(self.kinds.as_deref()))
    }

    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        if self.next_in_batch == self.batch.num_rows() && !self.load()? {
            return Ok(0);
        }
        let end = self.batch.num_rows().min(self.next_in_batch + max_rows);
        let rows = self.next_in_batch..end;
        match self.kinds {
            None => {
                self.append_features(rows.clone(), &mut chunk.values)?;
                for row in rows.clone() {
                    if let Some(rounding) = chunk.looks_at_row() {
                        self.features().for_each(|(_, column)| rounding.see(wide(column, row)));
                    }
                }
            }
            Some(_) => self.append_columns(rows.clone(), &mut chunk.columns)?,
        }
        self.append_labels(rows.clone(), chunk)?;
        if let Some(id) = self.selection.id
            && let Some(at) = self.read.iter().position(|&index| index == id)
        {
            let texts = self.texts(self.batch.column(at), rows.clone())?;
            chunk.ids.extend(texts.into_iter().map(Option::unwrap_or_default));
        }
        if self.keep_cells && !chunk.skips_cells {
            self.append_cells(rows.clone(), &mut chunk.cells)?;
        }
        self.next_in_batch = end;
        self.next_row += rows.len();
        Ok(rows.len())
    }
}

/// Writes the rows of a column into `cells`, and returns the first row that is no finite number.
fn convert<'a>(
    column: &dyn Array,
    rows: Range<usize>,
    cells: impl Iterator<Item = &'a mut f32>,
) -> Option<usize> {
    let mut bad = None;
    // To ask for every cell would take longer than all else that is done to it.
    let complete = column.null_count() == 0;
    let mut write = |row: usize, cell: &mut f32, value: Option<f32>| match value {
        Some(value) if complete || column.is_valid(row) => *cell = value,
        _ => bad = bad.or(Some(row)),
    };
    macro_rules! numbers {
        ($type:ty, $value:ident => $narrowed:expr) => {{
            let values = column.as_primitive::<$type>().values();
            for (row, cell) in rows.zip(cells) {
                let $value = values[row];
                write(row, cell, $narrowed);
            }
        }};
    }
    // Integers up to 64 bits are within the range of an f32; `as` rounds to the nearest one.
    match column.data_type() {
        DataType::Int8 => numbers!(Int8Type, value => Some(f32::from(value))),
        DataType::Int16 => numbers!(Int16Type, value => Some(f32::from(value))),
        DataType::Int32 => numbers!(Int32Type, value => Some(value as f32)),
        DataType::Int64 => numbers!(Int64Type, value => Some(value as f32)),
        DataType::UInt8 => numbers!(UInt8Type, value => Some(f32::from(value))),
        DataType::UInt16 => numbers!(UInt16Type, value => Some(f32::from(value))),
        DataType::UInt32 => numbers!(UInt32Type, value => Some(value as f32)),
        DataType::UInt64 => numbers!(UInt64Type, value => Some(value as f32)),
        DataType::Float16 => numbers!(Float16Type, value => value.is_finite().then(|| value.to_f32())),
        DataType::Float32 => numbers!(Float32Type, value => value.is_finite().then_some(value)),
        DataType::Float64 => numbers!(Float64Type, value => number::narrow(value)),
        DataType::Boolean => {
            let values = column.as_boolean().values();
            for (row, cell) in rows.zip(cells) {
                write(row, cell, Some(f32::from(values.value(row))));
            }
        }
        // `select` lets no other type be a feature; a batch that differs from its schema ends up here.
        _ => return Some(rows.start),
    }
    bad
}

/// A cell of numbers before it is rounded to 32 bits; of other types, which 32 bits hold, 0.
fn wide(column: &ArrayRef, row: usize) -> f64 {
    match column.data_type() {
        DataType::Int32 => f64::from(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row) as f64,
        DataType::UInt32 => f64::from(column.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row) as f64,
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row),
        _ => 0.0,
    }
}

/// Puts the rows of a column of dates behind others, as seconds since 1970.
fn append_seconds(column: &dyn Array, rows: Range<usize>, values: &mut Vec<f64>) {
    macro_rules! seconds {
        ($type:ty, $value:ident => $seconds:expr) => {{
            let units = column.as_primitive::<$type>().values();
            values.extend(rows.map(|row| {
                let $value = units[row] as f64;
                if column.is_valid(row) { $seconds } else { f64::NAN }
            }));
        }};
    }
    match column.data_type() {
        DataType::Date32 => seconds!(Date32Type, days => days * 86_400.0),
        DataType::Date64 => seconds!(Date64Type, milliseconds => milliseconds / 1e3),
        DataType::Timestamp(TimeUnit::Second, _) => seconds!(TimestampSecondType, seconds => seconds),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            seconds!(TimestampMillisecondType, milliseconds => milliseconds / 1e3);
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            seconds!(TimestampMicrosecondType, microseconds => microseconds / 1e6);
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            // Microseconds are as fine as a date gets in any format.
            let units = column.as_primitive::<TimestampNanosecondType>().values();
            values.extend(rows.map(|row| {
                let seconds = units[row].div_euclid(1000) as f64 / 1e6;
                if column.is_valid(row) { seconds } else { f64::NAN }
            }));
        }
        // `kind_of` calls no other type a date; a batch that differs from its schema ends up here.
        _ => values.extend(rows.map(|_| f64::NAN)),
    }
}

/// Runs a decoder of another crate, and turns its errors and its panics into errors of this one.
///
/// The decoders check much of what they read, but not all of it, and some damaged files make them panic.
fn guarded<T, E: Into<Failure>>(file: &str, decode: impl FnOnce() -> Result<T, E>) -> Result<T, TableError> {
    let failure = match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.into(),
        Err(panic) => Failure::Other(panic_message(&*panic)),
    };
    Err(match failure {
        Failure::Truncated(detail) => TableError::Truncated { file: file.into(), detail },
        Failure::System(cause) => TableError::reading(file, cause),
        Failure::Other(detail) => TableError::Damaged { file: file.into(), detail },
    })
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let message =
        panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    format!("the decoder stopped: {}", message.unwrap_or("no reason given"))
}

/// What decoders say, as far as it makes a difference.
enum Failure {
    Truncated(String),
    System(io::Error),
    Other(String),
}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(detail, cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                Failure::Truncated(detail)
            }
            ArrowError::IoError(_, cause) => Failure::System(cause),
            other => Failure::Other(other.to_string()),
        }
    }
}

impl From<ParquetError> for Failure {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::EOF(detail) => Failure::Truncated(detail),
            other => Failure::Other(other.to_string()),
        }
    }
}
