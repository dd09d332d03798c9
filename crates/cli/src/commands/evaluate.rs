//! `gradstop evaluate`: scores judged by labels.

use std::io::Write;
use std::path::Path;

use gradstop_tables::{Input, ReadOptions, TableError, TableReader};

use crate::arguments::Evaluate;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::summary::Quality;

pub(crate) fn run(arguments: &Evaluate) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let inside = arguments.from.is_none().then_some(arguments.label.as_str());
    let (scores, own_labels) = column(&arguments.scores, &arguments.score, inside, &interrupt)?;
    let labels = match (&arguments.from, own_labels) {
        (Some(table), _) => {
            let options = options(Some(&arguments.label), vec![], &interrupt);
            let table = TableReader::open(&Input::parse(&table.to_string_lossy()), &options)?.read_all()?;
            table.labels.unwrap_or_default()
        }
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
    let header =
        TableReader::open(&input, &options(label, vec![], interrupt)).map_err(|problem| match problem {
            problem @ TableError::UnknownColumn { .. } => Failure::LabelElsewhere { problem },
            other => other.into(),
        })?;
    let ignore: Vec<String> = header.columns().iter().filter(|column| *column != name).cloned().collect();
    if ignore.len() == header.columns().len() {
        // The reader's own error for a column that is not there lists those that are.
        TableReader::open(&input, &options(Some(name), vec![], interrupt))?;
    }
    let table = TableReader::open(&input, &options(label, ignore, interrupt))?.read_all()?;
    Ok((table.values, table.labels))
}

fn options(label: Option<&str>, ignore: Vec<String>, interrupt: &Interrupt) -> ReadOptions {
    ReadOptions {
        label: label.map(Into::into),
        ignore,
        cancelled: Some(interrupt.flag()),
        ..ReadOptions::default()
    }
}
