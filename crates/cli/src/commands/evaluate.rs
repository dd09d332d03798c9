//! `gradstop evaluate`: scores judged by labels.

use std::io::Write;
use std::path::Path;

use gradstop_tables::{Chunk, Features, Input, ReadOptions, TableError, TableReader};

use crate::arguments::Evaluate;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::CHUNK_ROWS;
use crate::summary::Quality;

pub(crate) fn run(arguments: &Evaluate) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let inside = arguments.from.is_none().then_some(arguments.label.as_str());
    let (scores, own_labels) = column(&arguments.scores, &arguments.score, inside, &interrupt)?;
    let labels = match (&arguments.from, own_labels) {
        (Some(table), _) => labels_of(&Input::parse(&table.to_string_lossy()), &arguments.label, &interrupt)?,
        (None, labels) => labels.unwrap_or_default(),
    };
    if scores.len() != labels.len() {
        return Err(Failure::Lengths { scores: scores.len(), labels: labels.len() });
    }
    let quality = Quality::judge(&scores, &labels);
    let text = match arguments.json {
        true => serde_json::Value::Object(quality.to_json()).to_string(),
        false => quality.in_words(),
    };
    writeln!(std::io::stdout(), "{text}").map_err(Failure::Stdout)
}

/// One column of a table as numbers, and the label beside it if one is named.
fn column(
    path: &Path,
    name: &str,
    label: Option<&str>,
    interrupt: &Interrupt,
) -> Result<(Vec<f32>, Option<Vec<bool>>), Failure> {
    let only = ReadOptions { only: Some(name.into()), ..options(label, interrupt) };
    let reader = TableReader::open(&Input::parse(&path.to_string_lossy()), &only);
    let table = reader.and_then(TableReader::read_all).map_err(|problem| match problem {
        TableError::UnknownColumn { file, name, .. } if Some(&*name) == label => {
            Failure::LabelElsewhere { file, name }
        }
        other => other.into(),
    })?;
    Ok((table.values, table.labels))
}

/// The labels of a table, whatever its other columns hold.
fn labels_of(input: &Input, label: &str, interrupt: &Interrupt) -> Result<Vec<bool>, Failure> {
    let anything = Features::Any(Vec::new());
    let options = ReadOptions { features: anything, ..options(Some(label), interrupt) };
    let mut reader = TableReader::open(input, &options)?;
    let (mut labels, mut chunk) = (Vec::new(), Chunk::default());
    while reader.read_chunk(CHUNK_ROWS, &mut chunk)? > 0 {
        labels.append(&mut chunk.labels);
    }
    Ok(labels)
}

fn options(label: Option<&str>, interrupt: &Interrupt) -> ReadOptions {
    let label = label.map(Into::into);
    ReadOptions { label, cancelled: Some(interrupt.flag()), ..ReadOptions::default() }
}
