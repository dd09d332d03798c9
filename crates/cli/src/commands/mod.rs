//! One file a subcommand.

pub(crate) mod completions;
pub(crate) mod detect;
pub(crate) mod dynamics;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod fit;
pub(crate) mod inspect;
pub(crate) mod list;
pub(crate) mod report;
pub(crate) mod score;
pub(crate) mod threshold;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use gradstop::{Checkpoint, Detector, FittedDetector, Source, Warning};
use gradstop_pages::{FitPage, Judged, table_rows};
use gradstop_tables::{Features, Input, Note, ReadOptions, Spelling, TableReader};

use crate::arguments::{FitArguments, TableArguments};
use crate::config;
use crate::failure::Failure;
use crate::follower::Follower;
use crate::interrupt::Interrupt;
use crate::measures::{precision_recall, roc};
use crate::output::{INPUT, Output, history_file};
use crate::prepared::{FitTable, Sampling};
use crate::progress::{Progress, Reading};
use crate::read_ahead::{ReadAhead, chunk_rows};
use crate::reasons::Reasons;
use crate::summary::{Quality, Ranked, Summary};
use crate::table_stream::{TableStream, failure};
use crate::terminal::{message, plain};
use crate::written::{Id, Shown};

/// A fit, with what was measured around it.
struct Fitting {
    source: String,
    /// What was decided while the table was read.
    notes: Vec<Note>,
    fitted: FittedDetector,
    ranked: Ranked,
    seconds: f64,
    quality: Option<Quality>,
    labels: Option<Vec<bool>>,
    /// The table's values as they were read, or prepared, if they were to be kept.
    values: Vec<f32>,
    /// AUC that each epoch would have had, if it was followed.
    auc_by_epoch: Vec<(usize, f64)>,
    /// Reasons for the scores of the most abnormal rows, if they are to be named.
    reasons: Option<Vec<Reasons>>,
    /// The rows that are to be shown, as they are written, if anything of them is shown beside numbers.
    shown: Option<Shown>,
}

/// What is wanted of a fit beside the detector.
#[derive(Default)]
struct Wanted {
    /// The values of the table, which the fit would use up.
    values: bool,
    /// What any rule looks at, and with a label the AUC of every epoch.
    every_epoch: bool,
    /// A uniform sample of so many rows in place of the table.
    sample: Option<usize>,
    /// Where the state of the training goes and comes from.
    checkpoint: Option<Checkpoint>,
}

/// Reads the table, fits the detector to it, writes the history, and judges the fit if there is a label.
fn fit(
    inputs: &[Input],
    options: &ReadOptions,
    arguments: &FitArguments,
    interrupt: &Interrupt,
    wanted: Wanted,
) -> Result<Fitting, Failure> {
    // Ids are read for the rows that are shown, after the fit.
    let options = &ReadOptions { id: None, ..options.clone() };
    let detector = config::detector(arguments, wanted.every_epoch)?;
    if wanted.checkpoint.is_some() && detector.epochs().is_none() {
        return Err(Failure::NoCheckpoint { detector: detector.name().into() });
    }
    let history = arguments.history.as_deref().map(Output::open).transpose()?;
    use_threads(arguments.threads);
    let sampling = wanted.sample.map(|count| Sampling { count, seed: seed_of(&detector) });
    let reading = Reading::start(options);
    let mut table = FitTable::read(inputs, options, &arguments.prepare, sampling)?;
    drop(reading);
    let (source, labels) = (table.source.clone(), table.labels.take());
    let notes = std::mem::take(&mut table.notes);
    let values = if wanted.values { table.table.values().to_vec() } else { Vec::new() };

    let start = Instant::now();
    let progress = Progress::new(detector.epochs(), interrupt);
    let mut follower = Follower::new(progress, labels.as_deref().filter(|_| wanted.every_epoch));
    follower.checkpoint = wanted.checkpoint.clone();
    let fitted = table.fit(&detector, &mut follower)?;
    let auc_by_epoch = follower.finish();
    let seconds = start.elapsed().as_secs_f64();
    say(&fitted, wanted.checkpoint, history, arguments)?;
    let quality = labels.as_ref().map(|labels| Quality::judge(fitted.training_scores(), labels));
    let ranked = Ranked::of(&fitted);
    Ok(Fitting {
        source,
        notes,
        fitted,
        ranked,
        seconds,
        quality,
        labels,
        values,
        auc_by_epoch,
        reasons: None,
        shown: None,
    })
}

/// The same for a table that is read anew for every epoch.
fn fit_streaming(
    inputs: &[Input],
    options: &ReadOptions,
    arguments: &FitArguments,
    interrupt: &Interrupt,
    checkpoint: Option<Checkpoint>,
) -> Result<Fitting, Failure> {
    let options = &ReadOptions { id: None, ..options.clone() };
    let detector = config::streamed_detector(arguments)?;
    if !arguments.prepare.is_plain() || !options.missing.missing.is_empty() {
        return Err(Failure::StreamOfAny);
    }
    let history = arguments.history.as_deref().map(Output::open).transpose()?;
    use_threads(arguments.threads);
    let mut stream = TableStream::open(inputs, options)?;

    let start = Instant::now();
    let mut follower = Follower::new(Progress::new(detector.epochs(), interrupt), None);
    follower.checkpoint = checkpoint.clone();
    let source = Source::Stream { columns: stream.columns.clone(), stream: &mut stream };
    let fitted = detector.fit_with(source, &mut follower).map_err(failure)?;
    follower.finish();
    let seconds = start.elapsed().as_secs_f64();
    say(&fitted, checkpoint, history, arguments)?;
    let judged = stream.has_labels.then(|| judge_anew(inputs, options, &fitted)).transpose()?;
    let (quality, notes) = judged.unzip();
    Ok(Fitting {
        source: stream.source,
        notes: notes.unwrap_or_default(),
        ranked: Ranked::of(&fitted),
        fitted,
        seconds,
        quality,
        labels: None,
        values: Vec::new(),
        auc_by_epoch: Vec::new(),
        reasons: None,
        shown: None,
    })
}

/// Scores a table once more, which takes five bytes a row, and judges the scores by its labels; also what was decided while it
/// was read.
fn judge_anew(
    inputs: &[Input],
    options: &ReadOptions,
    fitted: &FittedDetector,
) -> Result<(Quality, Vec<Note>), Failure> {
    let reader = TableReader::open_all(inputs, options)?;
    let rows = chunk_rows(&reader, false);
    let (mut scores, mut labels) = (Vec::new(), Vec::new());
    let mut chunks = ReadAhead::start(reader, rows);
    for chunk in &mut chunks {
        let mut chunk = chunk?;
        scores.extend(fitted.score_in_place(&mut chunk.values)?);
        labels.extend_from_slice(&chunk.labels);
    }
    Ok((Quality::judge(&scores, &labels), chunks.notes()))
}

/// Says what there is to say of a fit beside its summary, and writes its history.
fn say(
    fitted: &FittedDetector,
    checkpoint: Option<Checkpoint>,
    history: Option<Output>,
    arguments: &FitArguments,
) -> Result<(), Failure> {
    if let Some(checkpoint) = checkpoint {
        if checkpoint.resumed_epochs() > 0 {
            message(&format!(
                "went on from the checkpoint, which had {} epochs",
                checkpoint.resumed_epochs()
            ));
        }
        if let Some(problem) = checkpoint.problem() {
            message(&format!("warning: {problem}"));
        }
    }
    for (warning, words) in fitted.warnings().iter().zip(fitted.warnings_in_words()) {
        message(&format!("warning: {}", plain(&words)));
        if let Warning::SuspectedFill { columns } = warning {
            message(&format!("such cells count as missing with {}", na(columns)));
        }
    }
    if let (Some(output), Some(path)) = (history, &arguments.history) {
        output.write_whole(&history_file(path, fitted.trainings()))?;
    }
    Ok(())
}

/// The option that takes numbers for missing cells.
fn na(columns: &[(String, f64, usize)]) -> String {
    let mut words: Vec<String> = Vec::new();
    for (_, value, _) in columns {
        // As the warning writes it.
        let word = if value.abs() < 1e9 { value.to_string() } else { format!("{:e}", *value as f32) };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    format!("--na {}", words.join(","))
}

/// The seed of a fit, or of its first member; 0 for a method that draws nothing.
fn seed_of(detector: &Detector) -> u64 {
    detector.settings().get("seed").and_then(serde_json::Value::as_u64).unwrap_or(0)
}

impl Fitting {
    /// Reads the rows that are to be shown once more, as they are written, if there is anything of them to show beside their
    /// numbers: an id, cells beside reasons, or on a page.
    fn show(
        &mut self,
        inputs: &[Input],
        options: &ReadOptions,
        reasons: bool,
        page: bool,
    ) -> Result<(), Failure> {
        let id = Id::of(options, &self.fitted);
        if id.is_none() && !reasons && !page {
            return Ok(());
        }
        let mut rows: Vec<usize> = self.ranked.most_abnormal.iter().map(|(row, _)| *row).collect();
        if page {
            rows.extend(table_rows(self.fitted.training_scores()));
        }
        let _reading = Reading::start(options);
        self.shown = Some(Shown::read(inputs, options, id, &rows)?);
        Ok(())
    }

    /// The report of the fit as a page.
    fn page(&self) -> Result<String, Failure> {
        let scores = self.fitted.training_scores();
        let judged = self.labels.as_deref().map(|labels| judged(scores, labels, self.auc_by_epoch.clone()));
        let written = self.shown.as_ref().map(|shown| shown.for_page(&self.fitted));
        let page = FitPage {
            source: &self.source,
            detector: &self.fitted,
            values: &self.values,
            scores,
            fitted: true,
            seconds: Some(self.seconds),
            judged,
            written: written.as_ref(),
        };
        Ok(page.html()?)
    }

    /// Prints the summary, on standard error if standard output holds something else.
    fn conclude(self, arguments: &FitArguments, stdout_taken: bool) -> Result<(), Failure> {
        let stdout_taken = stdout_taken || arguments.history.as_deref() == Some(Path::new("-"));
        let summary = Summary {
            source: &self.source,
            notes: &self.notes,
            fitted: &self.fitted,
            ranked: &self.ranked,
            seconds: self.seconds,
            quality: self.quality,
            reasons: self.reasons.as_deref(),
            values: &self.values,
            shown: self.shown.as_ref(),
            pictures: match stdout_taken {
                true => std::io::stderr().is_terminal(),
                false => std::io::stdout().is_terminal(),
            },
        };
        let mut text = Vec::new();
        if arguments.json {
            serde_json::to_writer(&mut text, &summary.to_json()).expect("a summary is plain data");
            text.push(b'\n');
        } else {
            summary.write(&mut text).expect("memory can be written");
        }
        if stdout_taken {
            // As with messages: nobody may be there to read it.
            let _ = std::io::stderr().write_all(&text);
            return Ok(());
        }
        std::io::stdout().write_all(&text).map_err(Failure::Stdout)
    }
}

/// What a page shows of labels.
fn judged<'a>(scores: &[f32], labels: &'a [bool], auc_by_epoch: Vec<(usize, f64)>) -> Judged<'a> {
    Judged {
        truth: labels,
        words: Quality::judge(scores, labels).in_words(),
        auc_by_epoch,
        roc: roc(scores, labels),
        precision_recall: precision_recall(scores, labels),
    }
}

/// The inputs with the word that messages have for them, for [`all_differ`](crate::output::all_differ).
pub(crate) fn named(inputs: &[Input]) -> Vec<(&'static str, Option<&Path>)> {
    inputs.iter().map(|input| (INPUT, input.as_path())).collect()
}

fn read_options(arguments: &TableArguments, interrupt: &Interrupt) -> ReadOptions {
    ReadOptions {
        label: arguments.label.clone(),
        outlier: arguments.words.outlier.clone(),
        inlier: arguments.words.inlier.clone(),
        // A label that is an id as well stays a label.
        ignore: arguments
            .ignore
            .iter()
            .chain(arguments.id.iter().filter(|&id| arguments.label.as_ref() != Some(id)))
            .cloned()
            .collect(),
        only: None,
        partitions: arguments.partition.clone(),
        features: Features::Numbers,
        delimiter: arguments.delimiter,
        header: arguments.header.known(),
        skip_lines: arguments.skip_lines,
        comment: arguments.comment,
        missing: Spelling {
            missing: arguments.na.clone(),
            only_these_missing: arguments.no_default_na,
            ..Spelling::default()
        },
        decimal_comma: arguments.decimal.map(|mark| mark == b','),
        day_first: arguments.day_first.known(),
        encoding: arguments.encoding,
        sheet: arguments.sheet.clone(),
        id: arguments.id.clone(),
        keep_cells: false,
        cancelled: Some(interrupt.flag()),
        rows_read: Some(Arc::default()),
    }
}

/// Sets the number of threads for the rest of the process.
pub(crate) fn use_threads(threads: usize) {
    // It fails only if the pool is there already, and nothing has used it yet.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
}
