//! Several inputs read as one table, one after another.

use std::collections::{HashSet, VecDeque};

use gradstop_preparation::Kind;

use crate::error::TableError;
use crate::input::Input;
use crate::note::Note;
use crate::options::{Features, ReadOptions};
use crate::partition;
use crate::selection::Selection;
use crate::source::{Chunk, RowSource};
use crate::text::settle::unlike;
use crate::text::tally::{Survey, Tally};

/// An input that is still to be read: opened again when its turn comes, or, where bytes come once, open.
enum Waiting {
    File(Input),
    Open(Box<dyn RowSource>),
}

struct Chain {
    selection: Selection,
    /// The kinds of the features, if all inputs say of which they are.
    kinds: Option<Vec<Kind>>,
    /// What a survey of the inputs that are read has told, and what from.
    surveyed: Vec<Survey>,
    tallies: Option<Vec<Tally>>,
    /// What was decided of these.
    notes: Vec<Note>,
    current: Box<dyn RowSource>,
    waiting: VecDeque<Waiting>,
    first: String,
    options: ReadOptions,
}

/// Opens several inputs as one table. The columns of all of them are looked at now, so that a last file that does
/// not fit shows before the first row is read; files are closed again, so that there may be any number of them.
pub(crate) fn open(inputs: &[Input], options: &ReadOptions) -> Result<Box<dyn RowSource>, TableError> {
    let [first, others @ ..] = inputs else {
        return Err(TableError::NoFiles { place: "the inputs".into(), pattern: false });
    };
    let current = partition::open(first, options)?;
    if others.is_empty() {
        return Ok(current);
    }
    let selection = current.selection().clone();
    let mut kinds = current.kinds().map(<[Kind]>::to_vec);
    let mut waiting = VecDeque::with_capacity(others.len());
    for input in others {
        let source = partition::open(input, options)?;
        check(source.selection(), &selection, input.name(), first.name(), options.keep_cells)?;
        kinds = kinds.zip(source.kinds()).map(|(mut kinds, others)| {
            join(&mut kinds, others);
            kinds
        });
        let again = input.is_rereadable();
        waiting.push_back(if again { Waiting::File(input.clone()) } else { Waiting::Open(source) });
    }
    let (first, options) = (first.name().into(), options.clone());
    Ok(Box::new(Chain {
        selection,
        kinds,
        surveyed: Vec::new(),
        tallies: None,
        notes: Vec::new(),
        current,
        waiting,
        first,
        options,
    }))
}

/// The same features in the same order; with cells kept, the same columns altogether.
fn check(
    got: &Selection,
    wanted: &Selection,
    file: &str,
    first: &str,
    keep_cells: bool,
) -> Result<(), TableError> {
    let (got, wanted) = match keep_cells {
        true => (&got.all_columns, &wanted.all_columns),
        false => (&got.features, &wanted.features),
    };
    if got == wanted {
        return Ok(());
    }
    let without = |these: &[String], others: &[String]| -> Vec<String> {
        let others: HashSet<&String> = others.iter().collect();
        these.iter().filter(|name| !others.contains(name)).cloned().collect()
    };
    Err(TableError::OtherColumns {
        file: file.into(),
        first: first.into(),
        missing: without(wanted, got),
        extra: without(got, wanted),
    })
}

/// What both of two inputs can be read as.
fn join(kinds: &mut [Kind], others: &[Kind]) {
    kinds
        .iter_mut()
        .zip(others)
        .filter(|(kind, other)| kind != other)
        .for_each(|(kind, _)| *kind = Kind::Text);
}

/// The same of several files is said once.
fn join_notes(notes: &mut Vec<Note>, others: Vec<Note>) {
    others.into_iter().for_each(|note| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    });
}

impl Chain {
    /// Keeps what the current input tells of its columns.
    fn take_survey(&mut self) -> Result<(), TableError> {
        match (self.current.tallies(), &mut self.tallies) {
            (Some((found, _)), Some(tallies)) => {
                tallies.iter_mut().zip(found).for_each(|(own, other)| own.join(other));
            }
            (Some((found, _)), tallies) if self.surveyed.is_empty() => *tallies = Some(found.to_vec()),
            // Not every input is of text, so each tells on its own.
            (_, tallies) => *tallies = None,
        }
        let survey = if self.tallies.is_some() { Survey::default() } else { self.current.surveyed()? };
        self.surveyed.push(survey);
        Ok(())
    }
}

impl RowSource for Chain {
    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn kinds(&self) -> Option<&[Kind]> {
        self.kinds.as_deref()
    }

    /// Of text files all cells count together; a column that is of different kinds in two other inputs is text.
    fn surveyed(&self) -> Result<Survey, TableError> {
        if let (Some(tallies), Some((last, habits)), Features::Any(text)) =
            (&self.tallies, self.current.tallies(), &self.options.features)
        {
            let mut tallies = tallies.clone();
            tallies.iter_mut().zip(last).for_each(|(own, other)| own.join(other));
            let survey = Survey::of(&self.selection.features, &tallies, text, habits);
            return if survey.unlike.is_empty() { Ok(survey) } else { Err(unlike(&self.first, survey)) };
        }
        let mut survey = self.current.surveyed()?;
        for others in &self.surveyed {
            let fields = survey.fields.iter_mut().zip(&others.fields);
            fields
                .filter(|(field, other)| field.kind != other.kind)
                .for_each(|(field, _)| field.kind = Kind::Text);
        }
        Ok(survey)
    }

    fn categories(&self) -> Vec<String> {
        self.current.categories()
    }

    fn notes(&self) -> Vec<Note> {
        let mut notes = self.notes.clone();
        join_notes(&mut notes, self.current.notes());
        notes
    }

    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        loop {
            let rows = self.current.append(max_rows, chunk)?;
            if rows > 0 {
                return Ok(rows);
            }
            let next = self.waiting.pop_front();
            if next.is_some() && self.options.features.are_unknown() {
                self.take_survey()?;
            }
            if next.is_some() {
                join_notes(&mut self.notes, self.current.notes());
            }
            match next {
                None => return Ok(0),
                Some(Waiting::Open(source)) => self.current = source,
                Some(Waiting::File(input)) => {
                    let source = partition::open(&input, &self.options)?;
                    // It may have been replaced in the meantime.
                    let keep_cells = self.options.keep_cells;
                    check(source.selection(), &self.selection, input.name(), &self.first, keep_cells)?;
                    self.current = source;
                }
            }
        }
    }
}
