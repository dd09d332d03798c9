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
    let input = Input::parse(&path.to_string_lossy()).rereadable()?;
    // Every column but these two is ignored, whatever it holds; which there are is known once it is open.
    let any = |label| anything(options(label, vec![], interrupt));
    let header = TableReader::open(&input, &any(label)).map_err(|problem| match problem {
        problem @ TableError::UnknownColumn { .. } => Failure::LabelElsewhere { problem },
        other => other.into(),
    })?;
    let ignore: Vec<String> = header.columns().iter().filter(|column| *column != name).cloned().collect();
    if ignore.len() == header.columns().len() {
        // The reader's own error for a column that is not there lists those that are.
        TableReader::open(&input, &any(Some(name)))?;
    }
    let table = TableReader::open(&input, &options(label, ignore, interrupt))?.read_all()?;
    Ok((table.values, table.labels))
}

/// The labels of a table, whatever its other columns hold.
fn labels_of(input: &Input, label: &str, interrupt: &Interrupt) -> Result<Vec<bool>, Failure> {
    let mut reader = TableReader::open(input, &anything(options(Some(label), vec![], interrupt)))?;
    let (mut labels, mut chunk) = (Vec::new(), Chunk::default());
    while reader.read_chunk(CHUNK_ROWS, &mut chunk)? > 0 {
        labels.append(&mut chunk.labels);
    }
    Ok(labels)
}

fn anything(options: ReadOptions) -> ReadOptions {
    ReadOptions { features: Features::Any(Vec::new()), ..options }
}

fn options(label: Option<&str>, ignore: Vec<String>, interrupt: &Interrupt) -> ReadOptions {
    ReadOptions {
        label: label.map(Into::into),
        ignore,
        cancelled: Some(interrupt.flag()),
        ..ReadOptions::default()
    }
}
