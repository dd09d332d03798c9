//! Columns that stand in the names of folders: `year=2024/month=3/part-0.parquet`.

use gradstop_preparation::{Cells, Field, Kind, Spelling};

use crate::error::TableError;
use crate::format;
use crate::hint::Hint;
use crate::input::Input;
use crate::note::Note;
use crate::options::ReadOptions;
use crate::selection::{Role, Selection};
use crate::source::{Chunk, RowSource};
use crate::text::tally::Survey;
use crate::text::{number, spelling};

/// A file's rows with the columns of its folders behind its own: the same numbers in every row.
struct Partitioned {
    rows: Box<dyn RowSource>,
    selection: Selection,
    /// The kinds of all features, if those of the file are known.
    kinds: Option<Vec<Kind>>,
    values: Vec<f32>,
    texts: Vec<String>,
}

/// Opens one input, with the columns of its folders' names that are asked for and that it has not itself.
pub(crate) fn open(input: &Input, options: &ReadOptions) -> Result<Box<dyn RowSource>, TableError> {
    let in_folders = |id: &&String| options.partitions.contains(id) && input.partition(id).is_some();
    let rows = match options.id.as_ref().filter(in_folders) {
        None => format::open(input, options)?,
        Some(id) => {
            let rows = format::open(input, &ReadOptions { id: None, ..options.clone() })?;
            match rows.selection().all_columns.contains(id) {
                true => format::open(input, options)?,
                false => rows,
            }
        }
    };
    let mut selection = rows.selection().clone();
    let (mut values, mut texts) = (Vec::new(), Vec::new());
    for name in &options.partitions {
        if selection.all_columns.contains(name) {
            continue;
        }
        let unsuitable = |got: String| TableError::Unsuitable {
            file: input.name().into(),
            subject: format!("column {name:?} of the folders' names"),
            got,
            wanted: "a number, as in year=2024",
            hint: Box::new(Hint::Partition { column: name.as_str().into() }),
        };
        let text = input.partition(name).ok_or_else(|| unsuitable("no value".into()))?;
        let value = number::parse(text.as_bytes()).and_then(number::narrow);
        values.push(value.ok_or_else(|| unsuitable(format!("{text:?}")))?);
        texts.push(text.to_owned());
        if options.id.as_ref() == Some(name) {
            selection.id = Some(selection.all_columns.len());
        }
        selection.all_columns.push(name.clone());
        selection.roles.push(Role::Feature);
        selection.features.push(name.clone());
    }
    if values.is_empty() {
        return Ok(rows);
    }
    let kinds = rows.kinds().map(|kinds| with_numbers(kinds, values.len()));
    Ok(Box::new(Partitioned { rows, selection, kinds, values, texts }))
}

fn with_numbers(kinds: &[Kind], count: usize) -> Vec<Kind> {
    kinds.iter().copied().chain(std::iter::repeat_n(Kind::Numbers, count)).collect()
}

impl RowSource for Partitioned {
    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn kinds(&self) -> Option<&[Kind]> {
        self.kinds.as_deref()
    }

    fn surveyed(&self) -> Result<Survey, TableError> {
        let mut survey = self.rows.surveyed()?;
        let own = &self.selection.features[survey.fields.len()..];
        survey.fields.extend(own.iter().map(|name| Field::new(name.clone(), Kind::Numbers)));
        Ok(survey)
    }

    fn categories(&self) -> Vec<String> {
        self.rows.categories()
    }

    fn notes(&self) -> Vec<Note> {
        self.rows.notes()
    }

    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        let (start, first_cells) = (chunk.values.len(), chunk.cells.len());
        let rows = self.rows.append(max_rows, chunk)?;
        let own = self.rows.selection().features.len();
        let all = own + self.values.len();
        if chunk.values.len() > start {
            // From the last row on, so that nothing is overwritten before it has moved.
            chunk.values.resize(start + rows * all, 0.0);
            for row in (0..rows).rev() {
                let (from, to) = (start + row * own, start + row * all);
                chunk.values.copy_within(from..from + own, to);
                chunk.values[to + own..to + all].copy_from_slice(&self.values);
            }
        }
        let own_values = self.values.iter().zip(&self.texts);
        for (cells, (&value, text)) in chunk.columns.iter_mut().skip(own).zip(own_values) {
            match cells {
                Cells::Numbers(_) | Cells::Long(_) => {
                    (0..rows).for_each(|_| cells.push_number(f64::from(value)))
                }
                // In other files it stands for something else, so here it is a word.
                _ => (0..rows).for_each(|_| {
                    spelling::push(text.as_bytes(), cells, &Spelling::default());
                }),
            }
        }
        // The id may be one of them.
        let own_columns = self.rows.selection().all_columns.len();
        if let Some(at) = self.selection.id.and_then(|id| id.checked_sub(own_columns)) {
            chunk.ids.extend(std::iter::repeat_n(self.texts[at].clone(), rows));
        }
        chunk.cells[first_cells..].iter_mut().for_each(|cells| cells.extend_from_slice(&self.texts));
        Ok(rows)
    }
}
