//! What a fit comes to, in words and as JSON.

use std::io::{self, Write};

use gradstop::history::{StopSummary, Training};
use gradstop::preparation::Scale;
use gradstop::{FittedDetector, Preset, StreamedScores};
use gradstop_tables::Note;
use serde_json::{Map, Value, json};

use crate::measures::{auc, average_precision, precision_at_n};
use crate::reason_words::{Words, cell};
use crate::reasons::Reasons;
use crate::terminal::{arrow, histogram, number, plain, sparkline};
use crate::written::Shown;

/// Rows that the summary names.
const SHOWN: usize = 10;
/// Letters that a picture is wide.
const PICTURE: usize = 50;

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
    /// What was decided while the table was read.
    pub(crate) notes: &'a [Note],
    pub(crate) fitted: &'a FittedDetector,
    pub(crate) ranked: &'a Ranked,
    pub(crate) seconds: f64,
    pub(crate) quality: Option<Quality>,
    /// Reasons for the scores of the most abnormal rows.
    pub(crate) reasons: Option<&'a [Reasons]>,
    /// The values of all rows, row by row, where there are reasons.
    pub(crate) values: &'a [f32],
    /// The most abnormal rows as they are written, if anything of them is shown.
    pub(crate) shown: Option<&'a Shown>,
    /// Whether it goes to a terminal, where pictures made of letters are a help.
    pub(crate) pictures: bool,
}

/// What a summary says of the scores of the fitted rows.
pub(crate) struct Ranked {
    /// Rows that score above the threshold.
    pub(crate) flagged: u64,
    /// Rows with the highest scores, highest first; equal scores in row order.
    pub(crate) most_abnormal: Vec<(usize, f32)>,
    /// Of a streamed fit, the number of rows of which the rules saw the scores.
    pub(crate) scored_rows: Option<usize>,
}

impl Ranked {
    pub(crate) fn of(fitted: &FittedDetector) -> Self {
        if let Some(StreamedScores { flagged, most_abnormal, scored_rows }) = fitted.streamed_scores() {
            let most_abnormal = most_abnormal.clone();
            return Self { flagged: *flagged, most_abnormal, scored_rows: Some(*scored_rows) };
        }
        let (scores, threshold) = (fitted.training_scores(), fitted.threshold());
        let flagged = scores.iter().filter(|&&score| score > threshold).count() as u64;
        Self { flagged, most_abnormal: most_abnormal(scores), scored_rows: None }
    }
}

/// Rows with the highest scores, highest first; equal scores in row order.
pub(crate) fn most_abnormal(scores: &[f32]) -> Vec<(usize, f32)> {
    let falling = |&a: &usize, &b: &usize| scores[b].total_cmp(&scores[a]).then(a.cmp(&b));
    let mut rows: Vec<usize> = (0..scores.len()).collect();
    if rows.len() > SHOWN {
        rows.select_nth_unstable_by(SHOWN - 1, falling);
        rows.truncate(SHOWN);
    }
    rows.sort_unstable_by(falling);
    rows.into_iter().map(|row| (row, scores[row])).collect()
}

/// What was decided while a table was read, a line each, with the name of the line.
pub(crate) fn noted(notes: &[Note]) -> Vec<(&'static str, String)> {
    let (labels, others): (Vec<&Note>, Vec<&Note>) =
        notes.iter().partition(|note| matches!(note, Note::Labels { .. }));
    let name = |at: usize, name: &'static str| if at == 0 { name } else { "" };
    let read = others.iter().enumerate().map(|(at, note)| (name(at, "read"), note.to_string()));
    read.chain(labels.iter().enumerate().map(|(at, note)| (name(at, "label"), note.to_string()))).collect()
}

/// What the label was taken for, if the note is about that, as a message on its own.
pub(crate) fn of_label(note: &Note) -> Option<String> {
    match note {
        Note::Labels { absent, .. } => {
            Some(format!("{}label {note}", if absent.is_empty() { "" } else { "warning: " }))
        }
        _ => None,
    }
}

/// The words of the label with the number of their rows.
pub(crate) fn label_json(note: &Note) -> Option<Value> {
    let Note::Labels { column, outlier_rows, outliers, inlier_rows, inliers, absent } = note else {
        return None;
    };
    let words = |words: &[(String, usize)]| -> Map<String, Value> {
        words.iter().map(|(word, rows)| (word.clone(), json!(rows))).collect()
    };
    Some(json!({
        "column": column,
        "outlier_rows": outlier_rows,
        "outlier_words": words(outliers),
        "inlier_rows": inlier_rows,
        "inlier_words": words(inliers),
        "absent_words": absent,
    }))
}

impl Summary<'_> {
    fn preset(&self) -> &'static str {
        match self.fitted.preset() {
            Preset::Default => "default",
            Preset::Paper => "paper",
        }
    }

    /// One JSON object.
    pub(crate) fn to_json(&self) -> Value {
        let (fitted, settings) = (self.fitted, self.fitted.settings());
        let reasons = self.reasons_in_words();
        let abnormal = self.ranked.most_abnormal.iter().copied().enumerate();
        let abnormal: Vec<Value> = abnormal
            .map(|(at, (row, score))| {
                let mut object = json!({ "row": row, "score": number(score) });
                if let Some(id) = self.shown.and_then(|shown| shown.id(row)) {
                    object["id"] = id.into();
                }
                if let Some((reasons, words)) = &reasons {
                    let reason = |&(column, share): &(usize, f32)| {
                        words.reason_as_json(row, column, share, self.row_of_values(row))
                    };
                    object["because"] = reasons[at].iter().map(reason).collect();
                }
                object
            })
            .collect();
        let mut object = json!({
            "input": self.source,
            "rows": fitted.rows(),
            "columns": fitted.table_columns().len(),
            "detector": fitted.detector(),
            "preset": self.preset(),
            "seconds": self.seconds,
            "contamination": settings["contamination"],
            "threshold": number(fitted.threshold()),
            "outliers": self.ranked.flagged,
            "most_abnormal": abnormal,
            "warnings": fitted.warnings(),
        });
        if !self.notes.is_empty() {
            object["read"] = self.notes.iter().map(|note| json!(note.to_string())).collect();
        }
        if let Some(label) = self.notes.iter().find_map(label_json) {
            object["label"] = label;
        }
        if let Some(id) = self.shown.and_then(|shown| shown.id.as_ref()) {
            object["id"] = json!({ "column": id.column, "found": id.found });
        }
        if let Some(rows) = self.ranked.scored_rows {
            object["streaming"] = json!({ "batch_size": settings["batch_size"], "scored_rows": rows });
        }
        if let Some(preparation) = fitted.preparation() {
            object["features"] = json!(fitted.features());
            object["prepared"] = json!(preparation.treatments());
            if let Some(filled) = preparation.filled() {
                object["missing"] = json!(filled);
            }
            object["scale"] = json!(preparation.options().scale);
        }
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
        if let Some(share) = fitted.trimmed() {
            object["trim"] = settings["trim"].clone();
            object["trimmed"] = json!(share);
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
            "table     {}: {}, {}{}",
            plain(self.source),
            counted(fitted.rows(), "row"),
            counted(fitted.table_columns().len(), "column"),
            if self.lacks_header() { " (without a header)" } else { "" }
        )?;
        for (name, line) in noted(self.notes) {
            writeln!(target, "{name:<10}{}", plain(&line))?;
        }
        if let Some(id) = self.shown.and_then(|shown| shown.id.as_ref()) {
            writeln!(target, "id        {}", plain(&id.in_words()))?;
        }
        for (name, line) in prepared(fitted) {
            writeln!(target, "{name:<10}{}", plain(&line))?;
        }
        if let Some(rows) = self.ranked.scored_rows {
            let saw =
                if rows < fitted.rows() { format!(" of a uniform sample of {rows}") } else { String::new() };
            let batch = settings["batch_size"].as_u64().unwrap_or_default() as usize;
            let (batch, scores) = (counted(batch, "row"), format!("rules see the scores{saw}"));
            writeln!(target, "streamed  read anew for every epoch, in batches of {batch}; {scores}")?;
        }
        self.write_training(target)?;
        writeln!(
            target,
            "flagged   {} of {}, those that score above {} (contamination {})",
            self.ranked.flagged,
            counted(fitted.rows(), "row"),
            short(fitted.threshold()),
            settings["contamination"]
        )?;
        if let Some(quality) = self.quality {
            writeln!(target, "judged    by the label, which the fit never saw: {}", quality.in_words())?;
        }
        if self.pictures {
            self.write_pictures(target)?;
        }
        let abnormal = &self.ranked.most_abnormal;
        if !abnormal.is_empty() {
            writeln!(
                target,
                "\nThe most abnormal rows (rows count from 0; a higher score is more abnormal):"
            )?;
            let because = if self.reasons.is_some() { "  because of" } else { "" };
            let name = self.shown.and_then(|shown| Some(cell(&shown.id.as_ref()?.column)));
            let ids: Vec<String> = abnormal.iter().map(|&(row, _)| self.id(row)).collect();
            let width = name.iter().chain(&ids).map(|text| text.chars().count()).max().unwrap_or(0);
            let beside = |text: &str| match name {
                Some(_) => format!("  {text:<width$}"),
                None => String::new(),
            };
            writeln!(
                target,
                "{:>10}{}  {:>12}{because}",
                "row",
                beside(name.as_deref().unwrap_or_default()),
                "score"
            )?;
            let reasons = self.reasons_in_words();
            for (at, (&(row, score), id)) in abnormal.iter().zip(&ids).enumerate() {
                let because = reasons
                    .as_ref()
                    .map_or(String::new(), |(reasons, words)| words.because(row, &reasons[at]));
                writeln!(target, "{row:>10}{}  {:>12}{because}", beside(id), short(score))?;
            }
        }
        Ok(())
    }

    /// Whether a file that may have a header was taken to have none: whoever knows better must be told.
    fn lacks_header(&self) -> bool {
        let is_given = |name: &String| name.strip_prefix('x').is_some_and(|at| at.parse::<usize>().is_ok());
        let arrays = [".npy", ".npz"].iter().any(|end| self.source.contains(end));
        !arrays && self.fitted.table_columns().iter().all(is_given)
    }

    /// The reasons, and what it takes to word them, where there are some.
    fn reasons_in_words(&self) -> Option<(&[Reasons], Words<'_>)> {
        self.reasons.map(|reasons| (reasons, Words::of(self.fitted, self.shown)))
    }

    /// What the column of ids says of a row, for a line.
    fn id(&self, row: usize) -> String {
        self.shown.and_then(|shown| shown.id(row)).map(cell).unwrap_or_default()
    }

    /// The values that the detector saw of a row, where they were kept.
    fn row_of_values(&self, row: usize) -> Option<&[f32]> {
        let columns = self.fitted.columns().len();
        self.values.get(row * columns..(row + 1) * columns)
    }

    /// The gap by epoch, where a rule looked at it, and how the scores are spread.
    fn write_pictures(&self, target: &mut dyn Write) -> io::Result<()> {
        writeln!(target)?;
        if let [Training { stop, history, .. }] = self.fitted.trainings() {
            let gaps: Vec<f64> =
                history.iter().map(|record| record.signals.smoothed_gap.unwrap_or(f64::NAN)).collect();
            let ends = gaps.iter().filter(|gap| gap.is_finite());
            let low = ends.clone().copied().fold(f64::INFINITY, f64::min);
            let high = ends.copied().fold(f64::NEG_INFINITY, f64::max);
            if low <= high {
                writeln!(
                    target,
                    "gap       {}  {low:+.3} to {high:+.3} by epoch",
                    sparkline(&gaps, PICTURE)
                )?;
                let what = if stop.averaged.is_empty() { "kept" } else { "counts most" };
                writeln!(target, "          {} {what}", arrow(stop.best_epoch, gaps.len(), PICTURE))?;
            }
        }
        if self.fitted.training_scores().is_empty() {
            return Ok(());
        }
        let scores: Vec<f64> = self.fitted.training_scores().iter().map(|&score| f64::from(score)).collect();
        let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // Skewed scores are easier to read by orders of magnitude.
        let threshold = f64::from(self.fitted.threshold());
        let by_magnitude = least > 0.0 && most > 20.0 * least;
        let scale = |value: f64| if by_magnitude { value.ln() } else { value };
        let share = match scale(most) - scale(least) {
            length if length > 0.0 => ((scale(threshold) - scale(least)) / length).clamp(0.0, 1.0),
            _ => 0.0,
        };
        let picture = histogram(&scores.iter().map(|&score| scale(score)).collect::<Vec<_>>(), PICTURE);
        let how = if by_magnitude { ", by magnitude" } else { "" };
        let (least, most) = (short(least as f32), short(most as f32));
        writeln!(target, "scores    {picture}  {least} to {most}{how}")?;
        let at = ((share * PICTURE as f64) as usize).min(PICTURE - 1);
        writeln!(target, "          {} threshold", arrow(at, PICTURE, PICTURE))
    }

    /// How many rows the network did not learn from.
    fn write_trimmed(&self, target: &mut dyn Write) -> io::Result<()> {
        let Some(share) = self.fitted.trimmed() else { return Ok(()) };
        let share = 100.0 * share;
        writeln!(
            target,
            "trimmed   {share:.0} % of the rows, those with the largest losses, were left out of the last step; all are scored"
        )
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
                writeln!(target, "detector  {name} (preset {preset}{seed}){}", stopped_by(stop))?;
                writeln!(
                    target,
                    "training  {run} of at most {} epochs in {:.2} seconds",
                    settings["epochs"], self.seconds
                )?;
                self.write_trimmed(target)?;
                writeln!(target, "kept      {} (counted from 0)", stop.kept())?;
                writeln!(target, "because   {}", stop.explanation)
            }
            several => {
                writeln!(target, "detector  {name} (preset {preset}{seed}){}", stopped_by(&several[0].stop))?;
                writeln!(
                    target,
                    "training  {} networks, {run} epochs of at most {} each, in {:.2} seconds",
                    several.len(),
                    settings["epochs"],
                    self.seconds
                )?;
                self.write_trimmed(target)?;
                writeln!(target, "kept      {} (counted from 0)", kept_epochs(several))
            }
        }
    }
}

/// The rule that stopped a training, if there was one.
fn stopped_by(stop: &StopSummary) -> String {
    stop.stopped_by().map_or(String::new(), |rule| format!(", stopped by {rule}"))
}

/// What was done to the columns, a line each; the first of them has a name.
pub(crate) fn prepared(fitted: &FittedDetector) -> Vec<(&'static str, String)> {
    let Some(preparation) = fitted.preparation() else { return Vec::new() };
    let filled = preparation.filled().map(|filled| ("missing", filled.to_string()));
    let mut lines: Vec<(&str, String)> =
        preparation.treatments().iter().map(|treatment| ("", treatment.to_string())).collect();
    if fitted.features() != fitted.table_columns().len() {
        lines.insert(0, ("", format!("{} in all", counted(fitted.features(), "feature"))));
    }
    if let Some(first) = lines.first_mut() {
        first.0 = "prepared";
    }
    if let Some(filled) = filled {
        lines.insert(0, filled);
    }
    match preparation.options().scale {
        Scale::Standard => {}
        Scale::Robust => lines.push(("scaled", "by median and interquartile range".into())),
        Scale::Quantile => lines.push(("scaled", "numbers and dates are normal scores".into())),
    }
    lines
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
