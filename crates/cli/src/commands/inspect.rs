//! `gradstop inspect`: what a saved detector is.

use std::io::Write;

use gradstop::FittedDetector;
use serde_json::json;

use crate::arguments::Inspect;
use crate::failure::Failure;
use crate::summary::{counted, number, short};

pub(crate) fn run(arguments: &Inspect) -> Result<(), Failure> {
    let detector = FittedDetector::load(&arguments.model)?;
    let mut text = if arguments.json { as_json(&detector) } else { in_words(&detector) };
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::Stdout)
}

fn as_json(detector: &FittedDetector) -> String {
    let tensors = detector.network().tensors().iter();
    let shapes: serde_json::Map<_, _> = tensors.map(|t| (t.name.clone(), json!(t.shape))).collect();
    let object = json!({
        "detector": detector.detector(),
        "preset": detector.preset(),
        "settings": detector.settings(),
        "columns": detector.columns(),
        "rows": detector.rows(),
        "threshold": number(detector.threshold()),
        "stop": detector.stop(),
        "warnings": detector.warnings(),
        "parameters": detector.network().parameters().len(),
        "tensors": shapes,
        "history": detector.history(),
    });
    serde_json::to_string_pretty(&object).expect("a detector is plain data")
}

fn in_words(detector: &FittedDetector) -> String {
    let (settings, stop) = (detector.settings(), detector.stop());
    let loss = |record: Option<&gradstop::EpochRecord>| record.map_or(f64::NAN, |record| record.loss);
    let history = detector.history();
    let columns = detector.columns();
    let shown = columns.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if columns.len() > 8 { ", ..." } else { "" };
    let widths: Vec<String> = std::iter::once(columns.len())
        .chain(settings.hidden.iter().copied())
        .chain([columns.len()])
        .map(|width| width.to_string())
        .collect();
    let mut lines = vec![
        format!(
            "detector   {} (preset {})",
            detector.detector(),
            json!(detector.preset()).as_str().unwrap_or("")
        ),
        format!(
            "fitted to  {}, {}: {shown}{more}",
            counted(detector.rows(), "row"),
            counted(columns.len(), "column")
        ),
        format!("network    {}, {} parameters", widths.join("-"), detector.network().parameters().len()),
        format!(
            "training   {} of at most {} epochs, seed {}, loss {:.4} at first and {:.4} at last",
            stop.epochs_run,
            settings.epochs,
            settings.seed,
            loss(history.first()),
            loss(history.last())
        ),
        format!("stopping   {}, kept epoch {} (counted from 0)", stop.rule, stop.best_epoch),
        format!("because    {}", stop.explanation),
        format!(
            "threshold  {} (contamination {}); a higher score is an outlier",
            short(detector.threshold()),
            settings.contamination
        ),
    ];
    lines.extend(detector.warnings().iter().map(|warning| format!("warning    {warning}")));
    lines.join("\n")
}
