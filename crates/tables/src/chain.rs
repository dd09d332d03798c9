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
use crate::text::tally::{Habits, Survey, Tally};

/// An input that is still to be read: opened again when its turn comes, or, where bytes come once, open.
enum Waiting {
    File(Input),
    Open(Box<dyn RowSource>),
}

struct Chain {
    selection: Selection,
    /// The kinds of the features, if all inputs say of which they are.
    kinds: Option<Vec<Kind>>,
    /// What a survey of the inputs that are read has told.
    told: Told,
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
        told: Told::default(),
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

/// What a survey has told of inputs.
#[derive(Debug, Clone, Default)]
struct Told {
    /// Of those of text all cells count together.
    text: Option<(Vec<Tally>, Habits)>,
    /// The others say it themselves.
    others: Vec<Survey>,
}

impl Told {
    fn add(&mut self, source: &dyn RowSource) -> Result<(), TableError> {
        match (source.tallies(), &mut self.text) {
            (Some((found, _)), Some((tallies, _))) => {
                tallies.iter_mut().zip(found).for_each(|(own, other)| own.join(other));
            }
            (Some((found, habits)), text) => *text = Some((found.to_vec(), habits.clone())),
            (None, _) => self.others.push(source.surveyed()?),
        }
        Ok(())
    }

    /// A column that is of different kinds in two inputs is text.
    fn survey(self, names: &[String], categorical: &[String]) -> Survey {
        let text = self.text.map(|(tallies, habits)| Survey::of(names, &tallies, categorical, &habits));
        let mut surveys = text.into_iter().chain(self.others);
        let mut survey = surveys.next().unwrap_or_default();
        for others in surveys {
            let fields = survey.fields.iter_mut().zip(&others.fields);
            fields
                .filter(|(field, other)| field.kind != other.kind)
                .for_each(|(field, _)| field.kind = Kind::Text);
        }
        survey
    }
}

impl RowSource for Chain {
    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn kinds(&self) -> Option<&[Kind]> {
        self.kinds.as_deref()
    }

    fn surveyed(&self) -> Result<Survey, TableError> {
        let mut told = self.told.clone();
        told.add(&*self.current)?;
        let categorical: &[String] = match &self.options.features {
            Features::Any(text) => text,
            _ => &[],
        };
        let survey = told.survey(&self.selection.features, categorical);
        if survey.unlike.is_empty() { Ok(survey) } else { Err(unlike(&self.first, survey)) }
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
                self.told.add(&*self.current)?;
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
