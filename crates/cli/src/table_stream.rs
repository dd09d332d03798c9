//! A table that a fit reads again and again, a few chunks ahead of it.

use gradstop::{Error, RowStream};
use gradstop_tables::{Input, ReadOptions, TableError, TableReader};

use crate::failure::Failure;
use crate::read_ahead::{ReadAhead, chunk_rows};

pub(crate) struct TableStream<'a> {
    inputs: &'a [Input],
    options: &'a ReadOptions,
    pub(crate) source: String,
    pub(crate) columns: Vec<String>,
    pub(crate) has_labels: bool,
    chunks: Option<ReadAhead>,
}

impl<'a> TableStream<'a> {
    /// Looks at the columns; the inputs must be files of numbers.
    pub(crate) fn open(inputs: &'a [Input], options: &'a ReadOptions) -> Result<Self, Failure> {
        if let Some(once) = inputs.iter().find(|input| input.comes_once()) {
            return Err(Failure::StreamOfPipe { input: once.name().into() });
        }
        let reader = TableReader::open_all(inputs, options)?;
        let (source, columns) = (reader.file().into(), reader.columns().to_vec());
        let has_labels = reader.has_labels();
        Ok(Self { inputs, options, source, columns, has_labels, chunks: None })
    }
}

impl RowStream for TableStream<'_> {
    fn rewind(&mut self) -> Result<(), Error> {
        let reader = TableReader::open_all(self.inputs, self.options).map_err(of_table)?;
        let rows = chunk_rows(&reader, false);
        self.chunks = Some(ReadAhead::start(reader, rows));
        Ok(())
    }

    fn read(&mut self, rows: &mut Vec<f32>) -> Result<(), Error> {
        match self.chunks.as_mut().and_then(ReadAhead::next) {
            Some(chunk) => *rows = chunk.map_err(of_table)?.values,
            None => rows.clear(),
        }
        Ok(())
    }
}

fn of_table(problem: TableError) -> Error {
    Error::Stream(Box::new(problem))
}

/// The reader's own error, where the fit passed one on.
pub(crate) fn failure(problem: Error) -> Failure {
    match problem {
        Error::Stream(cause) => match cause.downcast::<TableError>() {
            Ok(problem) => Failure::Table(*problem),
            Err(cause) => Error::Stream(cause).into(),
        },
        other => other.into(),
    }
}
