//! Tables whose columns may be of any kind: for a fit, and for a detector that is fitted.

use gradstop::preparation::{Missing, Ordered, Preparation, PreparationError, Text, UnexpectedCells};
use gradstop::{Callback, Departure, Detector, FittedDetector, Source, Table};
use gradstop_tables::{
    Advice, Chunk, ColumnSample, ColumnTable, Features, Field, Hint, Input, Kind, Note, ReadOptions, Sample,
    TableError, TableReader, settle,
};

use crate::arguments::PrepareArguments;
use crate::failure::Failure;
use crate::summary::counted;

/// A table to fit to: numbers as they were read, or what was made of columns of other kinds.
pub(crate) struct FitTable {
    pub(crate) source: String,
    pub(crate) labels: Option<Vec<bool>>,
    /// What was decided while it was read.
    pub(crate) notes: Vec<Note>,
    pub(crate) table: Table,
    preparation: Option<Preparation>,
}

/// A uniform sample in place of a table: so many rows, drawn with a seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampling {
    pub(crate) count: usize,
    pub(crate) seed: u64,
}

impl Sampling {
    /// The name of the table that it was drawn from, and how many rows of how many.
    fn source(source: String, rows: usize, table_rows: u64) -> String {
        match (rows as u64) < table_rows {
            true => format!("{source} (a uniform sample of {table_rows} rows)"),
            false => source,
        }
    }
}

impl FitTable {
    /// Reads a table of complete numbers straight into a matrix, and any other one column by column; all of it, or a
    /// sample in the memory of the sample.
    pub(crate) fn read(
        inputs: &[Input],
        options: &ReadOptions,
        chosen: &PrepareArguments,
        sampling: Option<Sampling>,
    ) -> Result<Self, Failure> {
        let plain = chosen.is_plain() && options.missing.missing.is_empty();
        // A pipe that is sampled may be longer than any disk: it is copied to one only if that is asked for.
        let once = sampling.is_some() && inputs.iter().any(Input::comes_once);
        if plain && once {
            return Ok(Self::of_numbers(inputs, options, chosen.ordered, sampling)?.0);
        }
        // Only the last row of a text file settles what its columns hold, so it may be read once more.
        let inputs: Vec<Input> = inputs.iter().cloned().map(Input::rereadable).collect::<Result<_, _>>()?;
        let refused = match plain.then(|| Self::of_numbers(&inputs, options, chosen.ordered, sampling)) {
            None => None,
            Some(Ok((read, false))) => return Ok(read),
            Some(Ok((read, true))) => {
                let names = match &read.preparation {
                    Some(preparation) => preparation.inputs().into_iter().map(|(name, _)| name).collect(),
                    None => read.table.columns().to_vec(),
                };
                // Two such tables at a time are more than the memory has to hold.
                drop(read);
                return Self::of_far_numbers(&inputs, options, chosen.ordered, sampling, names);
            }
            Some(Err(Failure::Table(
                problem @ (TableError::Cell { .. }
                | TableError::Unsuitable { .. }
                | TableError::Ragged { .. }),
            ))) if chosen.text != Text::Error
                || (chosen.missing != Missing::Error && is_missing(&problem)) =>
            {
                Some(problem)
            }
            Some(Err(problem)) => return Err(problem),
        };
        let any = ReadOptions { features: Features::Any(chosen.categorical.clone()), ..options.clone() };
        let reader = TableReader::open_all(&inputs, &any)?;
        let names = reader.columns().to_vec();
        for name in chosen.categorical.iter().filter(|name| !names.contains(name)) {
            // The reader's own error for a column that is not there lists those that are.
            let absent = ReadOptions { ignore: vec![name.clone()], ..ReadOptions::default() };
            TableReader::open_all(&inputs, &absent)?;
        }
        let is_typed = reader.kinds().is_some();
        let categories = [&chosen.categorical[..], &reader.categories()].concat();
        let (mut fields, mut notes) = reader.survey()?;
        let plain_number = |field: &Field| field.kind == Kind::Numbers && field.spelling.is_plain();
        match refused {
            // Nothing but numbers, so what was refused is a cell that no encoding helps.
            Some(problem @ (TableError::Cell { .. } | TableError::Unsuitable { .. }))
                if chosen.missing == Missing::Error && fields.iter().all(plain_number) =>
            {
                return Err(problem.into());
            }
            _ => {}
        }
        let mut table = columns(&inputs, options, fields.clone(), sampling)?;
        if is_typed {
            // Their text may be numbers or dates all the same.
            (fields, notes) = settle(&table.source, &names, &mut table.columns, &categories, options)?;
        }
        table.notes.extend(notes);
        let of_file = |problem| Failure::Preparation { file: table.source.clone(), problem };
        let preparation =
            Preparation::fit(&table.names, &table.columns, &chosen.options()).map_err(of_file)?;
        let preparation = preparation.with_spelling(&fields);
        Self::prepared(table, preparation)
    }

    /// The same numbers once more, of which 32 bits seem to run some together: with more bits, until their offset is gone.
    fn of_far_numbers(
        inputs: &[Input],
        options: &ReadOptions,
        ordered: Ordered,
        sampling: Option<Sampling>,
        names: Vec<String>,
    ) -> Result<Self, Failure> {
        let fields = names.into_iter().map(|name| Field::new(name, Kind::Numbers)).collect();
        let table = columns(inputs, options, fields, sampling)?;
        match Preparation::of_far_numbers(&table.names, &table.columns, ordered) {
            Some(preparation) => Self::prepared(table, preparation),
            None => {
                let mut values = Vec::with_capacity(table.rows * table.names.len());
                let of_file = |problem| Failure::Preparation { file: table.source.clone(), problem };
                Preparation::of_numbers(&table.names).apply(&table.columns, &mut values).map_err(of_file)?;
                let read = Self::without_ordered(table.source, table.labels, values, table.names, ordered)?;
                Ok(Self { notes: table.notes, ..read })
            }
        }
    }

    fn prepared(table: ColumnTable, preparation: Preparation) -> Result<Self, Failure> {
        let mut values = Vec::with_capacity(table.rows * preparation.width());
        let of_file = |problem| Failure::Preparation { file: table.source.clone(), problem };
        preparation.apply(&table.columns, &mut values).map_err(of_file)?;
        Ok(Self {
            table: Table::new(values, preparation.outputs())?,
            source: table.source,
            labels: table.labels,
            notes: table.notes,
            preparation: Some(preparation),
        })
    }

    /// Also whether 32 bits seem to run some of the numbers together.
    fn of_numbers(
        inputs: &[Input],
        options: &ReadOptions,
        ordered: Ordered,
        sampling: Option<Sampling>,
    ) -> Result<(Self, bool), Failure> {
        let reader = TableReader::open_all(inputs, options)?;
        let (source, table) = match sampling {
            None => {
                let table = reader.read_all()?;
                (table.source.clone(), table)
            }
            Some(Sampling { count, seed }) => {
                let Sample { table, table_rows } = reader.read_sample(count, seed)?;
                (Sampling::source(table.source.clone(), table.rows, table_rows), table)
            }
        };
        let runs_together = table.runs_together;
        let read = Self::without_ordered(source, table.labels, table.values, table.columns, ordered)?;
        Ok((Self { notes: table.notes, ..read }, runs_together))
    }

    /// Numbers as they are, but for columns that only say where in the table a row stands.
    fn without_ordered(
        source: String,
        labels: Option<Vec<bool>>,
        mut values: Vec<f32>,
        names: Vec<String>,
        ordered: Ordered,
    ) -> Result<Self, Failure> {
        let preparation = Preparation::without_ordered(&names, &mut values, ordered);
        let columns = match &preparation {
            Some(preparation) => preparation.outputs(),
            None => names,
        };
        Ok(Self { source, labels, notes: Vec::new(), table: Table::new(values, columns)?, preparation })
    }

    /// How many columns the table has, whatever was made of them.
    pub(crate) fn columns(&self) -> usize {
        match &self.preparation {
            Some(preparation) => preparation.inputs().len(),
            None => self.table.columns().len(),
        }
    }

    pub(crate) fn fit(
        self,
        detector: &Detector,
        callback: &mut dyn Callback,
    ) -> Result<FittedDetector, gradstop::Error> {
        let source = match self.preparation {
            Some(preparation) => Source::Prepared { table: self.table, preparation },
            None => Source::Table(self.table),
        };
        detector.fit_with(source, callback)
    }
}

/// Whether the cell that was refused is one that counts as missing.
fn is_missing(problem: &TableError) -> bool {
    matches!(problem.hint(), Some(Hint::FillMissing { .. } | Hint::Advice(Advice::Rescale)))
}

/// Reads columns of these kinds, all rows or a sample.
fn columns(
    inputs: &[Input],
    options: &ReadOptions,
    fields: Vec<Field>,
    sampling: Option<Sampling>,
) -> Result<ColumnTable, Failure> {
    let options = ReadOptions { features: Features::Fields(fields), ..options.clone() };
    let reader = TableReader::open_all(inputs, &options)?;
    Ok(match sampling {
        None => reader.read_columns()?,
        Some(Sampling { count, seed }) => {
            let ColumnSample { table, table_rows } = reader.read_column_sample(count, seed)?;
            ColumnTable { source: Sampling::source(table.source, table.rows, table_rows), ..table }
        }
    })
}

/// Opens inputs as one table of new rows, which must have the columns of the fitted one; those of its columns that stand
/// in the names of folders are taken from there.
pub(crate) fn open_rows<'a>(
    inputs: &[Input],
    options: &ReadOptions,
    detector: &'a FittedDetector,
) -> Result<(TableReader, PrepareRows<'a>), Failure> {
    let columns = detector.table_columns();
    let in_folders = |column: &&String| inputs.first().is_some_and(|input| input.partition(column).is_some());
    let mut partitions = options.partitions.clone();
    partitions.extend(
        columns.iter().filter(in_folders).filter(|column| !options.partitions.contains(column)).cloned(),
    );
    let features = match detector.preparation() {
        Some(preparation) => {
            let mut fields = preparation.fields();
            let words = &options.missing.missing;
            fields.iter_mut().for_each(|field| field.spelling.missing.extend_from_slice(words));
            Features::Fields(fields)
        }
        None if !options.missing.missing.is_empty() => return Err(Failure::FillsNothing),
        None => Features::Numbers,
    };
    // A column that the model knows, and leaves out, is no other for being the id as well.
    let own_id = options.id.as_ref().filter(|id| columns.contains(id));
    let ignore = options.ignore.iter().filter(|name| Some(*name) != own_id).cloned().collect();
    let options = ReadOptions { features, partitions, ignore, ..options.clone() };
    let reader = TableReader::open_all(inputs, &options)?;
    let file = reader.file().to_string();
    detector
        .check_columns(reader.columns())
        .map_err(|problem| Failure::Columns { file: file.clone(), problem })?;
    Ok((reader, PrepareRows { detector, file, surprises: Vec::new(), departures: Vec::new() }))
}

/// Makes what a fitted detector scores of new rows, and counts what the fit gave no reason to expect.
pub(crate) struct PrepareRows<'a> {
    detector: &'a FittedDetector,
    file: String,
    surprises: Vec<UnexpectedCells>,
    departures: Vec<Departure>,
}

impl PrepareRows<'_> {
    /// Fills the values of a chunk whose columns were read.
    pub(crate) fn chunk(&mut self, chunk: &mut Chunk) -> Result<(), Failure> {
        if self.detector.preparation().is_some() {
            let prepared = self.detector.prepare(&chunk.columns);
            let (values, surprises) = prepared.map_err(|problem| self.failure(problem, chunk.first_row))?;
            chunk.values = values;
            surprises.into_iter().for_each(|surprise| self.count(surprise));
        }
        for new in self.detector.departures(&chunk.values) {
            match self.departures.iter_mut().find(|known| known.column == new.column) {
                Some(known) => known.rows += new.rows,
                None => self.departures.push(new),
            }
        }
        Ok(())
    }

    /// What the fit gave no reason to expect of the rows so far, a line for each column.
    pub(crate) fn surprises(&self) -> impl Iterator<Item = String> {
        let departures = self.departures.iter().map(Departure::to_string);
        let surprises = self.surprises.iter().map(|UnexpectedCells { column, missing, unseen }| {
            let missing = (*missing > 0)
                .then(|| format!("{}, and the fitted column had none", counted(*missing, "missing cell")));
            let unseen = (*unseen > 0)
                .then(|| format!("{} that the fitted column did not have", counted(*unseen, "word")));
            let parts: Vec<String> = missing.into_iter().chain(unseen).collect();
            format!("column {column:?}: {}", parts.join("; "))
        });
        surprises.chain(departures)
    }

    fn count(&mut self, new: UnexpectedCells) {
        match self.surprises.iter_mut().find(|known| known.column == new.column) {
            Some(known) => {
                known.missing += new.missing;
                known.unseen += new.unseen;
            }
            None => self.surprises.push(new),
        }
    }

    fn failure(&self, problem: gradstop::Error, first_row: usize) -> Failure {
        match problem {
            gradstop::Error::Preparation(problem) => {
                let problem: PreparationError = problem.behind(first_row);
                Failure::Preparation { file: self.file.clone(), problem }
            }
            other => other.into(),
        }
    }
}
