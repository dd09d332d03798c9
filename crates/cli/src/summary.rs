//! What a fit comes to, in words and as JSON.

use std::io::{self, Write};

use gradstop::{FittedDetector, Preset, Training};
use serde_json::{Map, Value, json};

use crate::measures::{auc, average_precision, precision_at_n};

/// Rows that the summary names.
const SHOWN: usize = 10;

/// What the labels say of a ranking; `None` where they say nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quality {
    pub(crate) outliers: usize,
    pub(crate) auc: Option<f64>,
    pub(crate) average_precision: Option<f64>,
    pub(crate) precision_at_n: Option<f64>,
}

impl Quality {
    pub(crate) fn judge(scores: &[f32], labels: &[bool]) -> Self {
        Self {
            outliers: labels.iter().filter(|&&label| label).count(),
            auc: auc(scores, labels),
            average_precision: average_precision(scores, labels),
            precision_at_n: precision_at_n(scores, labels),
        }
    }

    pub(crate) fn to_json(self) -> Map<String, Value> {
        let values = [
            ("labelled_outliers", json!(self.outliers)),
            ("auc", json!(self.auc)),
            ("average_precision", json!(self.average_precision)),
            ("precision_at_n", json!(self.precision_at_n)),
        ];
        values.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
    }

    pub(crate) fn in_words(self) -> String {
        match (self.auc, self.average_precision, self.precision_at_n) {
            (Some(auc), Some(average), Some(at_n)) => format!(
                "AUC {auc:.4}, average precision {average:.4}, precision at {} {at_n:.4}",
                self.outliers
            ),
            _ => format!("nothing to judge: {} rows are labelled outliers", self.outliers),
        }
    }
}

/// A fit as the summary sees it.
pub(crate) struct Summary<'a> {
    pub(crate) source: &'a str,
    pub(crate) fitted: &'a FittedDetector,
    pub(crate) seconds: f64,
    pub(crate) quality: Option<Quality>,
}

impl Summary<'_> {
    fn preset(&self) -> &'static str {
        match self.fitted.preset() {
            Preset::Default => "default",
            Preset::Paper => "paper",
        }
    }

    fn flagged(&self) -> usize {
        let threshold = self.fitted.threshold();
        self.fitted.training_scores().iter().filter(|&&score| score > threshold).count()
    }

    /// Rows with the highest scores, highest first; equal scores in row order.
    fn most_abnormal(&self) -> Vec<(usize, f32)> {
        let scores = self.fitted.training_scores();
        let falling = |&a: &usize, &b: &usize| scores[b].total_cmp(&scores[a]).then(a.cmp(&b));
        let mut rows: Vec<usize> = (0..scores.len()).collect();
        if rows.len() > SHOWN {
            rows.select_nth_unstable_by(SHOWN - 1, falling);
            rows.truncate(SHOWN);
        }
        rows.sort_unstable_by(falling);
        rows.into_iter().map(|row| (row, scores[row])).collect()
    }

    /// One JSON object.
    pub(crate) fn to_json(&self) -> Value {
        let (fitted, settings) = (self.fitted, self.fitted.settings());
        let abnormal: Vec<Value> = self
            .most_abnormal()
            .into_iter()
            .map(|(row, score)| json!({ "row": row, "score": number(score) }))
            .collect();
        let mut object = json!({
            "input": self.source,
            "rows": fitted.rows(),
            "columns": fitted.columns().len(),
            "detector": fitted.detector(),
            "preset": self.preset(),
            "seconds": self.seconds,
            "contamination": settings["contamination"],
            "threshold": number(fitted.threshold()),
            "outliers": self.flagged(),
            "most_abnormal": abnormal,
            "warnings": fitted.warnings(),
        });
        if let Some(seed) = settings.get("seed") {
            object["seed"] = seed.clone();
        }
        match fitted.trainings() {
            [] => {}
            [Training { stop, .. }] => {
                object["stop"] = json!(stop.rule);
                object["epochs"] = settings["epochs"].clone();
                object["epochs_run"] = json!(stop.epochs_run);
                object["best_epoch"] = json!(stop.best_epoch);
                object["stop_reason"] = json!(stop.reason);
                object["stop_explanation"] = json!(stop.explanation);
                if !stop.averaged.is_empty() {
                    object["averaged"] = json!(stop.averaged);
                }
            }
            several => {
                object["stop"] = json!(several[0].stop.rule);
                object["epochs"] = settings["epochs"].clone();
                object["networks"] = several.iter().map(|training| json!(training.stop)).collect();
            }
        }
        if let (Some(quality), Value::Object(object)) = (self.quality, &mut object) {
            object.extend(quality.to_json());
        }
        object
    }

    /// A few lines for a person.
    pub(crate) fn write(&self, target: &mut dyn Write) -> io::Result<()> {
        let (fitted, settings) = (self.fitted, self.fitted.settings());
        writeln!(
            target,
            "table     {}: {}, {}",
            self.source,
            counted(fitted.rows(), "row"),
            counted(fitted.columns().len(), "column")
        )?;
        self.write_training(target)?;
        writeln!(
            target,
            "flagged   {} of {}, those that score above {} (contamination {})",
            self.flagged(),
            counted(fitted.rows(), "row"),
            short(fitted.threshold()),
            settings["contamination"]
        )?;
        if let Some(quality) = self.quality {
            writeln!(target, "judged    by the label, which the fit never saw: {}", quality.in_words())?;
        }
        let abnormal = self.most_abnormal();
        if !abnormal.is_empty() {
            writeln!(
                target,
                "\nThe most abnormal rows (rows count from 0; a higher score is more abnormal):"
            )?;
            writeln!(target, "{:>10}  {:>12}", "row", "score")?;
        }
        for (row, score) in abnormal {
            writeln!(target, "{row:>10}  {:>12}", short(score))?;
        }
        Ok(())
    }

    /// What was fitted, and how its training went if it had any.
    fn write_training(&self, target: &mut dyn Write) -> io::Result<()> {
        let (fitted, settings) = (self.fitted, self.fitted.settings());
        let (name, preset) = (fitted.detector(), self.preset());
        let seed = settings.get("seed").map_or(String::new(), |seed| format!(", seed {seed}"));
        let trainings = fitted.trainings();
        let run: usize = trainings.iter().map(|training| training.stop.epochs_run).sum();
        match trainings {
            [] => {
                let members = match settings["ensemble"].as_u64() {
                    Some(members) if members > 1 => format!("an ensemble of {members}, "),
                    _ => String::new(),
                };
                writeln!(target, "detector  {name} (preset {preset}{seed})")?;
                writeln!(target, "fitted    {members}in {:.2} seconds", self.seconds)
            }
            [Training { stop, .. }] => {
                writeln!(target, "detector  {name} (preset {preset}{seed}), stopped by {}", stop.rule)?;
                writeln!(
                    target,
                    "training  {run} of at most {} epochs in {:.2} seconds",
                    settings["epochs"], self.seconds
                )?;
                writeln!(target, "kept      {} (counted from 0)", stop.kept())?;
                writeln!(target, "because   {}", stop.explanation)
            }
            several => {
                let rule = &several[0].stop.rule;
                writeln!(target, "detector  {name} (preset {preset}{seed}), stopped by {rule}")?;
                writeln!(
                    target,
                    "training  {} networks, {run} epochs of at most {} each, in {:.2} seconds",
                    several.len(),
                    settings["epochs"],
                    self.seconds
                )?;
                writeln!(target, "kept      {} (counted from 0)", kept_epochs(several))
            }
        }
    }
}

/// `epochs 80, 97 and 99`, or a range where there are many.
pub(crate) fn kept_epochs(trainings: &[Training]) -> String {
    let epochs: Vec<usize> = trainings.iter().map(|training| training.stop.best_epoch).collect();
    if trainings.iter().any(|training| !training.stop.averaged.is_empty()) {
        return "an average of epochs of each".into();
    }
    let (least, most) = (epochs.iter().min().unwrap_or(&0), epochs.iter().max().unwrap_or(&0));
    match &epochs[..] {
        _ if least == most => format!("epoch {least} of each"),
        [first @ .., last] if epochs.len() <= 10 => {
            let first: Vec<String> = first.iter().map(usize::to_string).collect();
            format!("epochs {} and {last}", first.join(", "))
        }
        _ => format!("epochs {least} to {most}"),
    }
}

/// A score as JSON with the digits that the scores file has, not those of its neighbour among the doubles.
pub(crate) fn number(score: f32) -> Value {
    score.to_string().parse::<f64>().map_or(Value::Null, |score| json!(score))
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A score with four significant digits or more, never in a hard-to-read form if it can be helped.
pub(crate) fn short(score: f32) -> String {
    match score.abs() {
        size if size >= 1e6 || (size > 0.0 && size < 1e-3) => format!("{score:.3e}"),
        size if size >= 100.0 => format!("{score:.1}"),
        _ => format!("{score:.4}"),
    }
}
