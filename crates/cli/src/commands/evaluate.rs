//! `gradstop evaluate`: scores judged by labels.

use std::io::Write;
use std::path::Path;

use gradstop_tables::{Chunk, Features, Input, Note, ReadOptions, TableError, TableReader};

use crate::arguments::Evaluate;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::CHUNK_ROWS;
use crate::summary::{Quality, of_label};
use crate::terminal::{message, plain};

pub(crate) fn run(arguments: &Evaluate) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let labelled = ReadOptions {
        label: Some(arguments.label.clone()),
        outlier: arguments.words.outlier.clone(),
        inlier: arguments.words.inlier.clone(),
        ..options(&interrupt)
    };
    let alone = options(&interrupt);
    let own = if arguments.from.is_none() { &labelled } else { &alone };
    let (scores, own_labels) = column(&arguments.scores, &arguments.score, own)?;
    let (labels, notes) = match &arguments.from {
        Some(table) => labels_of(&Input::parse(&table.to_string_lossy()), &labelled)?,
        None => own_labels,
    };
    if scores.len() != labels.len() {
        return Err(Failure::Lengths { scores: scores.len(), labels: labels.len() });
    }
    notes.iter().filter_map(of_label).for_each(|line| message(&plain(&line)));
    let quality = Quality::judge(&scores, &labels);
    let text = match arguments.json {
        true => serde_json::Value::Object(quality.to_json()).to_string(),
        false => quality.in_words(),
    };
    writeln!(std::io::stdout(), "{text}").map_err(Failure::Stdout)
}

/// Labels, and what was decided while they were read.
type Labels = (Vec<bool>, Vec<Note>);

/// One column of a table as numbers, and the label beside it if one is named.
fn column(path: &Path, name: &str, options: &ReadOptions) -> Result<(Vec<f32>, Labels), Failure> {
    let only = ReadOptions { only: Some(name.into()), ..options.clone() };
    let reader = TableReader::open(&Input::parse(&path.to_string_lossy()), &only);
    let table = reader.and_then(TableReader::read_all).map_err(|problem| match problem {
        TableError::UnknownColumn { file, name, .. } if Some(&name) == options.label.as_ref() => {
            Failure::LabelElsewhere { file, name }
        }
        other => other.into(),
    })?;
    Ok((table.values, (table.labels.unwrap_or_default(), table.notes)))
}

/// The labels of a table, whatever its other columns hold.
fn labels_of(input: &Input, options: &ReadOptions) -> Result<Labels, Failure> {
    let anything = Features::Any(Vec::new());
    let options = ReadOptions { features: anything, ..options.clone() };
    let mut reader = TableReader::open(input, &options)?;
    let (mut labels, mut chunk) = (Vec::new(), Chunk::default());
    while reader.read_chunk(CHUNK_ROWS, &mut chunk)? > 0 {
        labels.append(&mut chunk.labels);
    }
    Ok((labels, reader.notes()))
}

fn options(interrupt: &Interrupt) -> ReadOptions {
    ReadOptions { cancelled: Some(interrupt.flag()), ..ReadOptions::default() }
}
