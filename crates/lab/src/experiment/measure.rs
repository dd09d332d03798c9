//! From a cell to what came of it. One fit serves every rule that can watch it: it trains to the end while
//! all of them look on, and the ranking is judged after every epoch.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use gradstop::algorithm::Standardization;
use gradstop::history::{AveragedEpoch, EpochRecord, StopSummary, Training};
use gradstop::settings::Watch;
use gradstop::{Callback, Detector, FittedDetector, Table};
use gradstop_cli::measures::Measures;
use gradstop_tables::TableError;
use serde_json::{Map, Value, json};

use crate::datasets::cap::Cap;
use crate::datasets::labelled::{self, Labelled, checksum_of_scores};
use crate::experiment::cell::{Cell, Measured, RuleResult, Source};

/// The table that cells are measured on, kept from one cell to the next.
#[derive(Default)]
pub(crate) struct Tables(Option<Kept>);

struct Kept {
    source: Source,
    cap: Cap,
    capped: Capped,
    checksum: String,
}

impl Tables {
    fn get(&mut self, cell: &Cell, folder: Option<&Path>) -> Result<(&Capped, &str), String> {
        let known = |kept: &Kept| (&kept.source, kept.cap) == (&cell.table, cell.cap);
        if !self.0.as_ref().is_some_and(known) {
            self.0 = None;
            let capped = match &cell.table {
                Source::File { file, label, .. } => {
                    let folder = folder.ok_or("the folder of the tables is not known")?;
                    Capped::read(&folder.join(file), label.as_deref(), cell.cap)
                        .map_err(|error| error.to_string())?
                }
                Source::Made(recipe) => Capped::made(recipe.make(), cell.cap),
            };
            let checksum = capped.table.checksum();
            self.0 = Some(Kept { source: cell.table.clone(), cap: cell.cap, capped, checksum });
        }
        let kept = self.0.as_ref().expect("it was just put there");
        Ok((&kept.capped, &kept.checksum))
    }
}

/// A table as a cell cuts it, with what its columns are standardised by.
struct Capped {
    table: Labelled,
    standardization: Standardization,
}

impl Capped {
    /// The paper standardises the whole table and draws its sample then; without labels one has the sample alone.
    fn read(path: &Path, label: Option<&str>, cap: Cap) -> Result<Self, TableError> {
        if cap == Cap::ByClass {
            let (table, standardization) = labelled::read_standardized(path, label)?;
            return Ok(Self { table: cap.apply(table), standardization });
        }
        Ok(Self::made(labelled::read(path, label)?, cap))
    }

    /// The same of a table that was made in 32 bits.
    fn made(table: Labelled, cap: Cap) -> Self {
        let measure = |table: &Labelled| Standardization::fit(&table.values, table.columns.len());
        let of_all = (cap == Cap::ByClass).then(|| measure(&table));
        let table = cap.apply(table);
        let standardization = of_all.unwrap_or_else(|| measure(&table));
        Self { table, standardization }
    }
}

/// Measures a cell on one thread.
pub(crate) fn measure(cell: &Cell, folder: Option<&Path>, tables: &mut Tables) -> Result<Measured, String> {
    let (capped, checksum) = tables.get(cell, folder)?;
    let table = &capped.table;
    reset_peak_memory();
    let started = Instant::now();
    let mut measured = Measured {
        rows: table.rows(),
        columns: table.columns.len(),
        outliers: table.outliers(),
        table_checksum: checksum.to_string(),
        seconds: 0.0,
        peak_memory: None,
        auc_by_epoch: Vec::new(),
        warnings: Vec::new(),
        results: Vec::new(),
    };
    fits(cell, capped, &mut measured).map_err(|error| error.to_string())?;
    measured.seconds = started.elapsed().as_secs_f64();
    measured.peak_memory = peak_memory();
    Ok(measured)
}

fn fits(cell: &Cell, capped: &Capped, measured: &mut Measured) -> Result<(), Box<dyn std::error::Error>> {
    let table = &capped.table;
    let detector = detector(cell, &[])?;
    if detector.trainings() != 1 {
        // Of several networks a rule stops each at an epoch of its own, so each rule takes a fit.
        let stops: Vec<Option<&str>> = match detector.trainings() {
            0 => vec![None],
            _ => cell.stops.iter().map(|stop| Some(stop.as_str())).collect(),
        };
        for stop in stops {
            let changes: Vec<(&str, Value)> =
                stop.map(|stop| ("early_stopping", json!(stop))).into_iter().collect();
            let (fitted, seconds) = fit(cell, &changes, capped, &mut gradstop::NoCallback)?;
            measured.note(&fitted);
            measured.results.push(judged(stop.unwrap_or("none"), table, &fitted, seconds)?);
        }
        return Ok(());
    }
    let mut watcher = Watcher::new(&table.labels, cell.stops.iter().any(|stop| stop == "auto"));
    let watch = if cell.stops == ["none"] { Watch::Rule } else { Watch::All };
    let to_the_end = [("early_stopping", json!("none")), ("watch", json!(watch))];
    let (fitted, _) = fit(cell, &to_the_end, capped, &mut watcher)?;
    measured.note(&fitted);
    measured.auc_by_epoch = watcher.epochs.iter().filter_map(|epoch| epoch.measures.auc).collect();
    let of_training = |training: &Training| {
        let stop = std::iter::once(training.stop.clone());
        stop.chain(training.others.iter().cloned()).collect::<Vec<_>>()
    };
    let stops: Vec<StopSummary> = fitted.trainings().iter().flat_map(of_training).collect();
    for wanted in &cell.stops {
        let stop = stops.iter().find(|stop| &stop.rule == wanted);
        let stop = stop.ok_or_else(|| format!("the rule {wanted} cannot watch {}", cell.detector))?;
        measured.results.push(watcher.judge(stop)?);
    }
    Ok(())
}

/// The detector of a cell, with these settings changed.
fn detector(cell: &Cell, changes: &[(&str, Value)]) -> Result<Detector, gradstop::Error> {
    let mut settings: Map<String, Value> = cell.settings.clone();
    settings.extend(cell.seed.map(|seed| ("seed".to_string(), json!(seed))));
    settings.extend(changes.iter().map(|(name, value)| (name.to_string(), value.clone())));
    Detector::named(&cell.detector, cell.preset, &Value::Object(settings))
}

fn fit(
    cell: &Cell,
    changes: &[(&str, Value)],
    Capped { table, standardization }: &Capped,
    callback: &mut dyn Callback,
) -> Result<(FittedDetector, f64), gradstop::Error> {
    let detector = detector(cell, changes)?;
    let rows = Table::new(table.values.clone(), table.columns.clone())?;
    let started = Instant::now();
    let sample = gradstop::Source::Sample { table: rows, standardization: standardization.clone() };
    let fitted = detector.fit_with(sample, callback)?;
    Ok((fitted, started.elapsed().as_secs_f64()))
}

/// The result of a fit that served one rule.
fn judged(
    stop: &str,
    table: &Labelled,
    fitted: &FittedDetector,
    fit_seconds: f64,
) -> Result<RuleResult, Box<dyn std::error::Error>> {
    let started = Instant::now();
    fitted.score(&table.values)?;
    let score_seconds = started.elapsed().as_secs_f64();
    let trainings = fitted.trainings();
    let mean = |of: fn(&Training) -> usize| {
        let sum = trainings.iter().map(|training| of(training) as f64).sum::<f64>();
        (!trainings.is_empty()).then(|| sum / trainings.len() as f64)
    };
    let stop = StopFigures {
        stop: stop.into(),
        epoch_kept: mean(|training| training.stop.best_epoch),
        epochs_run: mean(|training| training.stop.epochs_run),
        reason: match trainings {
            [Training { stop, .. }] => Some(stop.reason.clone()),
            _ => None,
        },
    };
    let measures = Measures::of(fitted.training_scores(), &table.labels);
    result(stop, &measures, checksum_of_scores(fitted.training_scores()), (fit_seconds, score_seconds))
}

struct StopFigures {
    stop: String,
    epoch_kept: Option<f64>,
    epochs_run: Option<f64>,
    reason: Option<String>,
}

fn result(
    stop: StopFigures,
    measures: &Measures,
    scores_checksum: String,
    (fit_seconds, score_seconds): (f64, f64),
) -> Result<RuleResult, Box<dyn std::error::Error>> {
    const ONE_CLASS: &str = "the table has one class only, so no ranking can be judged";
    let StopFigures { stop, epoch_kept, epochs_run, reason } = stop;
    Ok(RuleResult {
        stop,
        auc: measures.auc.ok_or(ONE_CLASS)?,
        average_precision: measures.average_precision.ok_or(ONE_CLASS)?,
        precision_at_n: measures.precision_at_n.ok_or(ONE_CLASS)?,
        epoch_kept,
        epochs_run,
        reason,
        fit_seconds,
        score_seconds,
        scores_checksum,
    })
}

/// Judges the ranking after every epoch, and knows how long the training alone took.
struct Watcher<'a> {
    labels: &'a [bool],
    /// Whether a rule averages epochs.
    averages: bool,
    started: Instant,
    /// Time spent on scores and measures.
    aside: Duration,
    asked: Instant,
    epochs: Vec<Watched>,
}

struct Watched {
    /// Kept for the rules that average epochs, if there are any.
    scores: Vec<f32>,
    measures: Measures,
    checksum: String,
    /// Training up to the end of the epoch, without the scoring.
    seconds: f64,
    /// The scoring alone.
    score_seconds: f64,
}

impl<'a> Watcher<'a> {
    fn new(labels: &'a [bool], averages: bool) -> Self {
        let now = Instant::now();
        Self { labels, averages, started: now, aside: Duration::ZERO, asked: now, epochs: Vec::new() }
    }

    /// The result of a rule that looked on.
    fn judge(&self, stop: &StopSummary) -> Result<RuleResult, Box<dyn std::error::Error>> {
        let (kept, last) = (&self.epochs[stop.best_epoch], &self.epochs[stop.epochs_run - 1]);
        // A rule that looks at the scores has to pay for them.
        let scorings: f64 = match stop.rule.as_str() {
            "entropystop" => self.epochs[..stop.epochs_run].iter().map(|epoch| epoch.score_seconds).sum(),
            _ => stop.averaged.iter().map(|averaged| self.epochs[averaged.epoch].score_seconds).sum(),
        };
        let figures = StopFigures {
            stop: stop.rule.clone(),
            epoch_kept: Some(stop.best_epoch as f64),
            epochs_run: Some(stop.epochs_run as f64),
            reason: Some(stop.reason.clone()),
        };
        if stop.averaged.is_empty() {
            let seconds = (last.seconds + scorings, kept.score_seconds);
            return result(figures, &kept.measures, kept.checksum.clone(), seconds);
        }
        let (mut total, mut scores) = (vec![0.0; self.labels.len()], vec![0.0; self.labels.len()]);
        stop.averaged
            .iter()
            .for_each(|averaged| averaged.add(&self.epochs[averaged.epoch].scores, &mut total));
        AveragedEpoch::finish(&total, &mut scores);
        let (measures, checksum) = (Measures::of(&scores, self.labels), checksum_of_scores(&scores));
        result(figures, &measures, checksum, (last.seconds + scorings, scorings))
    }
}

impl Callback for Watcher<'_> {
    fn epoch(&mut self, record: &EpochRecord, _: usize) -> ControlFlow<()> {
        // Of several networks nobody is shown scores.
        if let Some(epoch) = self.epochs.get_mut(record.epoch) {
            epoch.seconds = (self.started.elapsed() - self.aside).as_secs_f64();
        }
        ControlFlow::Continue(())
    }

    fn wants_scores(&mut self, _: usize) -> bool {
        self.asked = Instant::now();
        true
    }

    fn scores(&mut self, _: usize, scores: &[f32]) {
        let score_seconds = self.asked.elapsed().as_secs_f64();
        let (measures, checksum) = (Measures::of(scores, self.labels), checksum_of_scores(scores));
        self.aside += self.asked.elapsed();
        let scores = if self.averages { scores.to_vec() } else { Vec::new() };
        self.epochs.push(Watched { scores, measures, checksum, seconds: 0.0, score_seconds });
    }
}

/// Forgets the peak of what came before, where the system can do that.
fn reset_peak_memory() {
    // Without it the peak is that of the cells before as well, which is the best that can be said then.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Peak of the memory that the process held, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}
