//! The reader that all formats share: chunks, whole tables and cancelling.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow_array::RecordBatchReader;
use gradstop_preparation::{Cells, Kind, Rounding};

use crate::arrow;
use crate::chain;
use crate::error::TableError;
use crate::input::Input;
use crate::note::Note;
use crate::options::ReadOptions;
use crate::source::{Chunk, RowSource};

/// How many rows are read between two looks at [`ReadOptions::cancelled`].
const ROWS_PER_STEP: usize = 4096;

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
/// // The first row has a cell that is no number, so it would be taken for the header.
/// let options = ReadOptions { label: Some("x2".into()), header: Some(false), ..ReadOptions::default() };
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
    cancelled: Option<Arc<AtomicBool>>,
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
        Ok(TableReader {
            file: match inputs {
                [first, _, ..] => format!("{} and {} more", first.name(), inputs.len() - 1),
                _ => inputs.iter().map(Input::name).collect(),
            },
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
        Ok(TableReader {
            file: name.into(),
            source: arrow::of_batches(name, batches, options)?,
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
        self.source.notes()
    }

    /// The kind of each feature, if they may be of any; nothing where they are numbers alone, or where only a
    /// [survey](Self::survey) can tell.
    pub fn kinds(&self) -> Option<&[Kind]> {
        self.source.kinds()
    }

    /// The kind of each feature, for features that may be of any: what the file says, or, of a text file, what all of its
    /// rows say. A column whose cells are all numbers, all booleans or all dates, missing ones aside, is of that kind; any
    /// other is text.
    ///
    /// # Errors
    ///
    /// As [`read_chunk`](Self::read_chunk), [`TableError::Empty`] if there is no row, and [`TableError::Cell`] for a
    /// column of which more than 19 cells in 20 are of one kind and some of another: it names the first of these.
    pub fn survey(mut self) -> Result<Vec<Kind>, TableError> {
        if let Some(kinds) = self.source.kinds() {
            return Ok(kinds.to_vec());
        }
        let mut chunk = Chunk::default();
        while self.step(usize::MAX, &mut chunk)? > 0 {
            chunk = Chunk::default();
        }
        if self.next_row == 0 {
            return Err(TableError::Empty { file: self.file });
        }
        self.source.surveyed()
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
        let columns = self.columns().to_vec();
        Ok(Table {
            source: self.file,
            columns,
            rows: chunk.rows,
            values: chunk.values,
            labels,
            runs_together,
            notes: self.source.notes(),
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
    /// let names = reader.columns().to_vec();
    /// let kinds = names.into_iter().zip(reader.survey()?).collect();
    /// let options = ReadOptions { features: Features::Kinds(kinds), ..ReadOptions::default() };
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
        let notes = self.notes();
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
        chunk.labels.shrink_to_fit();
        Ok(chunk)
    }

    fn step(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        if self.cancelled.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(TableError::Cancelled);
        }
        if let (Some(kinds), true) = (self.source.kinds(), chunk.columns.is_empty()) {
            chunk.columns = kinds.iter().map(|&kind| Cells::new(kind)).collect();
        }
        let rows = self.source.append(max_rows.min(ROWS_PER_STEP), chunk)?;
        chunk.rows += rows;
        self.next_row += rows;
        if let Some(rows_read) = &self.rows_read {
            rows_read.store(self.next_row, Ordering::Relaxed);
        }
        Ok(rows)
    }
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
