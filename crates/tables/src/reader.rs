//! The reader that all formats share: chunks, whole tables and cancelling.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow_array::RecordBatchReader;
use gradstop_preparation::{Cells, Field, Kind, Rounding};

use crate::arrow;
use crate::chain;
use crate::error::TableError;
use crate::input::Input;
use crate::label::Truth;
use crate::note::Note;
use crate::options::ReadOptions;
use crate::selection::Selection;
use crate::source::{Chunk, RowSource};
use crate::text::spelling::{is_number, missing_numbers};

/// How many rows are read between two looks at [`ReadOptions::cancelled`].
const ROWS_PER_STEP: usize = 4096;
/// Rows behind a label that is refused that are looked at for their labels.
const LOOKED_AT: usize = 1 << 20;

/// A whole table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The name of the input, for messages.
    pub source: String,
    /// The names of the features, in file order.
    pub columns: Vec<String>,
    /// The number of rows, at least 1.
    pub rows: usize,
    /// The features: `rows` times the number of columns, row by row; every value is finite.
    pub values: Vec<f32>,
    /// One label per row, true for an outlier, if a label column was asked for.
    pub labels: Option<Vec<bool>>,
    /// Whether rounding to 32 bits made many different values of a column equal, or is likely to have done so: a first look, for
    /// which [columns](TableReader::read_columns) of numbers have the answer.
    pub runs_together: bool,
    /// What was decided while it was read.
    pub notes: Vec<Note>,
}

/// A whole table whose columns may be of any kind.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnTable {
    /// The name of the input, for messages.
    pub source: String,
    /// The names of the features, in file order.
    pub names: Vec<String>,
    /// The number of rows, at least 1.
    pub rows: usize,
    /// The features, column by column.
    pub columns: Vec<Cells>,
    /// One label per row, true for an outlier, if a label column was asked for.
    pub labels: Option<Vec<bool>>,
    /// What was decided while it was read.
    pub notes: Vec<Note>,
}

/// Reads one table, chunk by chunk or all at once.
///
/// ```
/// use gradstop_tables::{Chunk, Input, ReadOptions, TableReader};
///
/// let path = std::env::temp_dir().join("gradstop-tables-reader-example.csv");
/// std::fs::write(&path, "1,2,outlier\n3,4,normal\n5,6,normal\n")?;
///
/// let options = ReadOptions { label: Some("x2".into()), ..ReadOptions::default() };
/// let mut reader = TableReader::open(&Input::path(&path), &options)?;
/// assert_eq!(reader.columns(), ["x0", "x1"]);
///
/// let mut chunk = Chunk::default();
/// assert_eq!(reader.read_chunk(2, &mut chunk)?, 2);
/// assert_eq!((chunk.first_row, &chunk.values[..], &chunk.labels[..]), (0, &[1.0, 2.0, 3.0, 4.0][..], &[true, false][..]));
/// assert_eq!(reader.read_chunk(2, &mut chunk)?, 1);
/// assert_eq!((chunk.first_row, &chunk.values[..]), (2, &[5.0, 6.0][..]));
/// assert_eq!(reader.read_chunk(2, &mut chunk)?, 0);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TableReader {
    file: String,
    source: Box<dyn RowSource>,
    next_row: usize,
    /// Numbers that stand for missing cells, by feature; empty if there are none.
    missing: Vec<Vec<f64>>,
    cancelled: Option<Arc<AtomicBool>>,
    truth: Option<Truth>,
    /// Whether rows behind a label that is refused may be looked at: they are there, and there is an end to them.
    goes_on: bool,
    rows_read: Option<Arc<AtomicUsize>>,
}

impl TableReader {
    /// Opens the input, recognises its format, reads its header and settles which columns are features.
    ///
    /// # Errors
    ///
    /// Whatever is wrong before the first row: no such file, an unknown format, a damaged header, a label or
    /// ignored column that is not there, a feature column of Parquet or Arrow that holds no numbers.
    pub fn open(input: &Input, options: &ReadOptions) -> Result<Self, TableError> {
        Self::open_all(std::slice::from_ref(input), options)
    }

    /// Opens several inputs as one table, in this order: rows count on from one to the next, errors name the
    /// input and the row in it. They must have the same columns in the same order, which is checked for all of
    /// them now.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), [`TableError::OtherColumns`] for an input whose columns differ from the first
    /// one's, and [`TableError::NoFiles`] without any input.
    pub fn open_all(inputs: &[Input], options: &ReadOptions) -> Result<Self, TableError> {
        let source = chain::open(inputs, options)?;
        let file: String = match inputs {
            [first, _, ..] => format!("{} and {} more", first.name(), inputs.len() - 1),
            _ => inputs.iter().map(Input::name).collect(),
        };
        Ok(TableReader {
            truth: Truth::new(&file, options)?,
            goes_on: !inputs.iter().any(Input::comes_once),
            missing: missing_by_feature(source.selection(), options),
            file,
            source,
            next_row: 0,
            cancelled: options.cancelled.clone(),
            rows_read: options.rows_read.clone(),
        })
    }

    /// Reads record batches that are in memory already, or that another program hands over; `name` stands
    /// for them in errors.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Float64Array, RecordBatch, RecordBatchIterator};
    /// use arrow_schema::{DataType, Field, Schema};
    /// use gradstop_tables::{ReadOptions, TableReader};
    ///
    /// let schema = Arc::new(Schema::new(vec![Field::new("width", DataType::Float64, false)]));
    /// let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(Float64Array::from(vec![1.5, 2.0]))])?;
    /// let batches = RecordBatchIterator::new([Ok(batch)], schema);
    /// let table = TableReader::of_batches("widths", batches, &ReadOptions::default())?.read_all()?;
    /// assert_eq!((&table.columns[..], &table.values[..]), (&["width".into()][..], &[1.5, 2.0][..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn of_batches(
        name: &str,
        batches: impl RecordBatchReader + Send + 'static,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let source = arrow::of_batches(name, batches, options)?;
        Ok(TableReader {
            truth: Truth::new(name, options)?,
            goes_on: false,
            file: name.into(),
            missing: missing_by_feature(source.selection(), options),
            source,
            next_row: 0,
            cancelled: options.cancelled.clone(),
            rows_read: options.rows_read.clone(),
        })
    }

    /// The name of the input, for messages; of several the first one's and how many more there are.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The names of the features, in file order.
    pub fn columns(&self) -> &[String] {
        &self.source.selection().features
    }

    /// The names of all columns in file order, as in [`Chunk::cells`]. The label array of an NPZ file comes
    /// last.
    pub fn all_columns(&self) -> &[String] {
        &self.source.selection().all_columns
    }

    /// Whether a label column was asked for (and found, or opening would have failed).
    pub fn has_labels(&self) -> bool {
        self.source.selection().has_label()
    }

    /// What was decided while the rows so far were read.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = self.source.notes();
        notes.extend(self.truth.as_ref().and_then(Truth::note));
        notes
    }

    /// Columns that the file says are categories, as dictionaries of Arrow are: their text stays text, whatever it looks like.
    pub fn categories(&self) -> Vec<String> {
        self.source.categories()
    }

    /// The kind of each feature, if they may be of any; nothing where they are numbers alone, or where only a
    /// [survey](Self::survey) can tell.
    pub fn kinds(&self) -> Option<&[Kind]> {
        self.source.kinds()
    }

    /// What each feature holds and how it is written, for features that may be of any kind: what the file says, or, of a text file,
    /// what all of its rows say. A column whose cells are all numbers, all booleans or all dates, missing ones aside, is of that
    /// kind, and so is one with a few words that repeat beside its numbers or dates; any other is text. Also what was decided on the
    /// way.
    ///
    /// # Errors
    ///
    /// As [`read_chunk`](Self::read_chunk), [`TableError::Empty`] if there is no row, and [`TableError::UnlikeCells`] for
    /// columns of which more than 19 cells in 20 are of one kind and some of another: it names the first of each.
    pub fn survey(mut self) -> Result<(Vec<Field>, Vec<Note>), TableError> {
        if let Some(kinds) = self.source.kinds() {
            let survey = self.source.selection().survey_of(Some(kinds));
            return Ok((survey.fields, survey.notes));
        }
        let mut chunk = Chunk::default();
        while self.step(usize::MAX, &mut chunk)? > 0 {
            chunk = Chunk::default();
        }
        if self.next_row == 0 {
            return Err(TableError::Empty { file: self.file });
        }
        let survey = self.source.surveyed()?;
        Ok((survey.fields, survey.notes))
    }

    /// Replaces what is in `chunk` by the next rows, at most `max_rows` (0 counts as 1), and returns how many
    /// they are: fewer than `max_rows` only at the end of the table, 0 when there is no row left.
    ///
    /// # Errors
    ///
    /// The first thing wrong with these rows, in reading order. The rows before it are lost, and the reader
    /// is of no further use.
    pub fn read_chunk(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        chunk.first_row = self.next_row;
        chunk.rows = 0;
        chunk.values.clear();
        chunk.columns.clear();
        chunk.labels.clear();
        chunk.cells.clear();
        chunk.ids.clear();
        let max_rows = max_rows.max(1);
        while chunk.rows < max_rows && self.step(max_rows - chunk.rows, chunk)? > 0 {}
        Ok(chunk.rows)
    }

    /// Reads all rows that are left.
    ///
    /// # Errors
    ///
    /// As [`read_chunk`](Self::read_chunk), and [`TableError::Empty`] if there is no row.
    pub fn read_all(mut self) -> Result<Table, TableError> {
        let mut chunk = self.rest(Some(Rounding::default()))?;
        chunk.values.shrink_to_fit();
        let runs_together = chunk.rounding.is_some_and(|rounding| rounding.runs_together());
        let labels = self.has_labels().then_some(chunk.labels);
        let (columns, notes) = (self.columns().to_vec(), self.notes());
        Ok(Table {
            source: self.file,
            columns,
            rows: chunk.rows,
            values: chunk.values,
            labels,
            runs_together,
            notes,
        })
    }

    /// Reads all rows that are left of a table whose features may be of any kind, column by column.
    ///
    /// ```
    /// use gradstop_tables::{Cells, Features, Input, ReadOptions, TableReader};
    ///
    /// let path = std::env::temp_dir().join("gradstop-tables-columns-example.csv");
    /// std::fs::write(&path, "age,member\n31,yes\nNA,no\n")?;
    ///
    /// let any = ReadOptions { features: Features::Any(vec![]), ..ReadOptions::default() };
    /// let reader = TableReader::open(&Input::path(&path), &any)?;
    /// let (fields, _) = reader.survey()?;
    /// let options = ReadOptions { features: Features::Fields(fields), ..ReadOptions::default() };
    /// let table = TableReader::open(&Input::path(&path), &options)?.read_columns()?;
    /// assert_eq!(table.columns[1], Cells::Booleans(vec![Some(true), Some(false)]));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read_all`](Self::read_all).
    pub fn read_columns(mut self) -> Result<ColumnTable, TableError> {
        let chunk = self.rest(None)?;
        let labels = self.has_labels().then_some(chunk.labels);
        let names = self.columns().to_vec();
        let mut notes = self.notes();
        notes.extend(blank_rows(&chunk.columns));
        Ok(ColumnTable { source: self.file, names, rows: chunk.rows, columns: chunk.columns, labels, notes })
    }

    /// All rows that are left, at least one.
    fn rest(&mut self, rounding: Option<Rounding>) -> Result<Chunk, TableError> {
        // One growing matrix and nothing beside it: large allocations grow in place (the allocator moves
        // pages, not bytes), and what was reserved but never written is no memory.
        let mut chunk = Chunk { rounding, ..Chunk::default() };
        while self.step(usize::MAX, &mut chunk)? > 0 {
            chunk.cells.clear();
            chunk.ids.clear();
        }
        if chunk.rows == 0 {
            return Err(TableError::Empty { file: std::mem::take(&mut self.file) });
        }
        self.check_absent()?;
        chunk.labels.shrink_to_fit();
        Ok(chunk)
    }

    /// Behind the last row: words of the label that were named have to be there.
    pub(crate) fn check_absent(&self) -> Result<(), TableError> {
        self.truth.as_ref().and_then(|truth| truth.absent_error(&self.file)).map_or(Ok(()), Err)
    }

    fn step(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        if self.cancelled.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(TableError::Cancelled);
        }
        if chunk.columns.is_empty() {
            chunk.columns = self.empty_columns();
        }
        chunk.truth = self.truth.take();
        let rows = self.source.append(max_rows.min(ROWS_PER_STEP), chunk);
        self.truth = chunk.truth.take();
        if let Some(problem) = self.refused_label(&rows) {
            return Err(problem);
        }
        let rows = rows?;
        for (cells, missing) in chunk.columns.iter_mut().zip(&self.missing) {
            cells.make_missing(chunk.rows, |value| missing.iter().any(|&number| is_number(value, number)));
        }
        chunk.rows += rows;
        self.next_row += rows;
        if let Some(rows_read) = &self.rows_read {
            rows_read.store(self.next_row, Ordering::Relaxed);
        }
        Ok(rows)
    }

    /// Columns of the features' kinds; none where they go to a matrix, or where only a survey can tell.
    fn empty_columns(&self) -> Vec<Cells> {
        self.source.kinds().unwrap_or_default().iter().map(|&kind| Cells::new(kind)).collect()
    }

    /// What is wrong with a label, if anything is. The rows behind it are looked at for more of the same and for the words
    /// that there are: whoever names them wants to do it once.
    fn refused_label(&mut self, read: &Result<usize, TableError>) -> Option<TableError> {
        self.truth.as_ref().filter(|truth| truth.is_refused())?;
        let mut rows = if self.goes_on { read.as_ref().copied().unwrap_or(0) } else { 0 };
        let mut looked_at = 0;
        while rows > 0 && looked_at < LOOKED_AT {
            if self.cancelled.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
                return Some(TableError::Cancelled);
            }
            let mut chunk =
                Chunk { columns: self.empty_columns(), truth: self.truth.take(), ..Chunk::default() };
            // Whatever is wrong behind it waits until the label is right.
            rows = self.source.append(ROWS_PER_STEP, &mut chunk).unwrap_or(0);
            self.truth = chunk.truth.take();
            looked_at += rows;
        }
        self.truth.as_ref().and_then(Truth::error)
    }
}

/// The numbers that stand for missing cells; those of text were seen where it was read.
fn missing_by_feature(selection: &Selection, options: &ReadOptions) -> Vec<Vec<f64>> {
    let of_fields = options.features.fields_of(&selection.features);
    let spellings = match of_fields {
        Some(fields) => fields.into_iter().map(|field| field.spelling).collect(),
        None => vec![options.missing.clone(); selection.features.len()],
    };
    let missing: Vec<Vec<f64>> = spellings.iter().map(missing_numbers).collect();
    if missing.iter().all(Vec::is_empty) { Vec::new() } else { missing }
}

/// How many blank rows are named.
const NAMED: usize = 6;

/// Rows without a value in any column, if there are some.
fn blank_rows(columns: &[Cells]) -> Option<Note> {
    let (first, others) = columns.split_first().filter(|(_, others)| !others.is_empty())?;
    let blank = (0..first.len())
        .filter(|&row| first.is_missing(row) && others.iter().all(|cells| cells.is_missing(row)));
    let blank: Vec<usize> = blank.collect();
    (!blank.is_empty())
        .then(|| Note::BlankRows { rows: blank.len(), first: blank.into_iter().take(NAMED).collect() })
}

impl std::fmt::Debug for TableReader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TableReader")
            .field("file", &self.file)
            .field("columns", &self.columns())
            .field("next_row", &self.next_row)
            .finish_non_exhaustive()
    }
}
