//! One file a subcommand.

pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod datasets;
pub(crate) mod detect;
pub(crate) mod evaluate;
pub(crate) mod fit;
pub(crate) mod inspect;
pub(crate) mod list;
pub(crate) mod score;

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use gradstop::{FittedDetector, Table};
use gradstop_tables::{Input, ReadOptions, TableReader};

use crate::arguments::{FitArguments, Header, TableArguments};
use crate::config;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, history_file};
use crate::progress::Progress;
use crate::summary::{Quality, Summary};

/// A fit, with what was measured around it.
struct Fitting {
    source: String,
    fitted: FittedDetector,
    seconds: f64,
    quality: Option<Quality>,
}

/// Reads the table, fits the detector to it, writes the history, and judges the fit if there is a label.
fn fit(
    input: &Input,
    options: &ReadOptions,
    arguments: &FitArguments,
    interrupt: &Interrupt,
) -> Result<Fitting, Failure> {
    let detector = config::detector(arguments)?;
    let history = arguments.history.as_deref().map(Output::open).transpose()?;
    use_threads(arguments.threads);
    let table = TableReader::open(input, options)?.read_all()?;
    let (source, labels) = (table.source, table.labels);
    let table = Table::new(table.values, table.columns)?;

    let start = Instant::now();
    let mut progress = Progress::new(detector.epochs(), interrupt);
    let fitted = detector.fit_watched(table, &mut progress)?;
    progress.finish();
    let seconds = start.elapsed().as_secs_f64();
    for warning in fitted.warnings() {
        message(&format!("warning: {warning}"));
    }
    if let (Some(output), Some(path)) = (history, &arguments.history) {
        output.write_whole(&history_file(path, fitted.trainings()))?;
    }
    let quality = labels.map(|labels| Quality::judge(fitted.training_scores(), &labels));
    Ok(Fitting { source, fitted, seconds, quality })
}

impl Fitting {
    /// Prints the summary, on standard error if standard output holds something else.
    fn conclude(self, arguments: &FitArguments, stdout_taken: bool) -> Result<(), Failure> {
        let summary = Summary {
            source: &self.source,
            fitted: &self.fitted,
            seconds: self.seconds,
            quality: self.quality,
        };
        let mut text = Vec::new();
        if arguments.json {
            serde_json::to_writer(&mut text, &summary.to_json()).expect("a summary is plain data");
            text.push(b'\n');
        } else {
            summary.write(&mut text).expect("memory can be written");
        }
        if stdout_taken || arguments.history.as_deref() == Some(Path::new("-")) {
            // As with messages: nobody may be there to read it.
            let _ = std::io::stderr().write_all(&text);
            return Ok(());
        }
        std::io::stdout().write_all(&text).map_err(Failure::Stdout)
    }
}

fn read_options(arguments: &TableArguments, interrupt: &Interrupt) -> ReadOptions {
    ReadOptions {
        label: arguments.label.clone(),
        ignore: arguments.ignore.clone(),
        delimiter: arguments.delimiter,
        header: match arguments.header {
            Header::Auto => None,
            Header::Yes => Some(true),
            Header::No => Some(false),
        },
        keep_cells: false,
        cancelled: Some(interrupt.flag()),
    }
}

/// Sets the number of threads for the rest of the process.
pub(crate) fn use_threads(threads: usize) {
    // It fails only if the pool is there already, and nothing has used it yet.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
}

/// A line on standard error.
pub(crate) fn message(text: &str) {
    // A message that nobody can read is no reason to fail.
    let _ = writeln!(std::io::stderr(), "gradstop: {text}");
}
