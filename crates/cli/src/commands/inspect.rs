//! `gradstop inspect`: what a saved detector is.

use std::io::Write;

use gradstop::FittedDetector;
use gradstop::algorithm::NamedTensor;
use gradstop::history::Training;
use serde_json::{Value, json};

use crate::arguments::Inspect;
use crate::failure::Failure;
use crate::summary::{counted, kept_epochs, prepared, short};
use crate::terminal::number;

pub(crate) fn run(arguments: &Inspect) -> Result<(), Failure> {
    let detector = FittedDetector::load(&arguments.model)?;
    let mut text = if arguments.json { as_json(&detector) } else { in_words(&detector) };
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::Stdout)
}

fn as_json(detector: &FittedDetector) -> String {
    let tensors = detector.tensors();
    let shapes: serde_json::Map<_, _> = tensors.iter().map(|t| (t.name.clone(), json!(t.shape))).collect();
    let mut object = json!({
        "detector": detector.detector(),
        "preset": detector.preset(),
        "settings": detector.settings(),
        "columns": detector.table_columns(),
        "rows": detector.rows(),
        "threshold": number(detector.threshold()),
        "warnings": detector.warnings(),
        "numbers": numbers(&tensors),
        "tensors": shapes,
    });
    if let Some(preparation) = detector.preparation() {
        object["features"] = json!(detector.columns());
        object["prepared"] = json!(preparation.treatments());
        object["preparation"] = json!(preparation.options());
    }
    match detector.trainings() {
        [] => {}
        [Training { stop, history, .. }] => {
            object["stop"] = json!(stop);
            object["history"] = json!(history);
        }
        several => object["trainings"] = json!(several),
    }
    serde_json::to_string_pretty(&object).expect("a detector is plain data")
}

/// How many numbers were learned.
fn numbers(tensors: &[NamedTensor]) -> usize {
    tensors.iter().map(|tensor| tensor.shape.iter().product::<usize>()).sum()
}

fn in_words(detector: &FittedDetector) -> String {
    let (settings, columns) = (detector.settings(), detector.table_columns());
    let shown = columns.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if columns.len() > 8 { ", ..." } else { "" };
    let tensors = detector.tensors();
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
        format!(
            "learned    {} in {}",
            counted(numbers(&tensors), "number"),
            counted(tensors.len(), "tensor")
        ),
    ];
    lines.extend(prepared(detector).into_iter().map(|(name, line)| format!("{name:<11}{line}")));
    lines.extend(about_training(detector.trainings(), &settings));
    lines.push(format!(
        "threshold  {} (contamination {}); a higher score is an outlier",
        short(detector.threshold()),
        settings["contamination"]
    ));
    lines.extend(detector.warnings_in_words().map(|warning| format!("warning    {warning}")));
    lines.join("\n")
}

fn about_training(trainings: &[Training], settings: &Value) -> Vec<String> {
    match trainings {
        [] => Vec::new(),
        [Training { stop, history, .. }] => {
            let loss = |record: Option<&gradstop::history::EpochRecord>| {
                record.map_or(f64::NAN, |record| record.loss)
            };
            vec![
                format!(
                    "training   {} of at most {} epochs, seed {}, loss {:.4} at first and {:.4} at last",
                    stop.epochs_run,
                    settings["epochs"],
                    settings["seed"],
                    loss(history.first()),
                    loss(history.last())
                ),
                format!("stopping   {}, kept {} (counted from 0)", stop.rule, stop.kept()),
                format!("because    {}", stop.explanation),
            ]
        }
        several => vec![
            format!(
                "training   {} networks of at most {} epochs each, seed {}",
                several.len(),
                settings["epochs"],
                settings["seed"]
            ),
            format!("stopping   {}, kept {} (counted from 0)", several[0].stop.rule, kept_epochs(several)),
        ],
    }
}
