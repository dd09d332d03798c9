//! `gradstop dynamics`: a training, followed with labels that only look on.

use std::io::Write;
use std::path::Path;

use gradstop::rules::EarlyStopping;
use gradstop_pages::{DynamicsEpoch, DynamicsPage};
use gradstop_tables::Note;
use serde_json::{Value, json};

use crate::arguments::{Dynamics as Arguments, FitArguments};
use crate::commands::{named, read_options, use_threads};
use crate::config;
use crate::dynamics::Dynamics;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, all_differ, history_file};
use crate::prepared::FitTable;
use crate::progress::Progress;
use crate::summary::{counted, label_json, noted};
use crate::terminal::{message, plain};

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Html,
    Svg,
    Csv,
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = read_options(&arguments.table, &interrupt);
    if options.label.is_none() {
        let hint = "name the column with the truth, as in --label label";
        return Err(Failure::Missing { what: "--label", hint });
    }
    let inputs = arguments.table.inputs()?;
    let mut places = named(&inputs);
    places.extend([
        ("--config", arguments.fit.config.as_deref()),
        ("--history", arguments.fit.history.as_deref()),
    ]);
    places.extend(arguments.output.iter().map(|path| ("--output", Some(path.as_path()))));
    all_differ(&places)?;
    let outputs = arguments
        .output
        .iter()
        .map(|path| Ok((format(path)?, Output::open(path)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let stdout_taken = outputs.iter().any(|(_, output)| output.is_stdout());
    let history = arguments.fit.history.as_deref().map(Output::open).transpose()?;
    let detector = config::detector(&arguments.fit, true)?;
    let no_gradients = |hint| Failure::NoGradients { detector: detector.name().into(), hint };
    match detector.trainings() {
        0 => {
            return Err(no_gradients(
                "a detector that is trained epoch by epoch has them, see `gradstop list`",
            ));
        }
        1 => {}
        _ => {
            return Err(no_gradients(
                "a single network has them: leave --ensemble out, take another detector",
            ));
        }
    }
    let stop = arguments.fit.early_stopping.unwrap_or(EarlyStopping::None);
    let detector =
        config::detector(&FitArguments { early_stopping: Some(stop), ..arguments.fit.clone() }, true)?;
    use_threads(arguments.fit.threads);

    let mut table = FitTable::read(&inputs, &options, &arguments.fit.prepare, None)?;
    let (source, labels) = (table.source.clone(), table.labels.take().unwrap_or_default());
    let notes = std::mem::take(&mut table.notes);
    let outliers = labels.iter().filter(|&&label| label).count();
    let rows = [labels.len() - outliers, outliers];
    if rows.contains(&0) {
        return Err(Failure::OneClass { input: source, inliers: rows[0], outliers: rows[1] });
    }
    let mut dynamics = Dynamics::new(Progress::new(detector.epochs(), &interrupt), &labels);
    let watched = dynamics.watched();
    let columns = table.columns();
    let fitted = table.fit(&detector, &mut dynamics)?;
    let epochs = dynamics.finish().ok_or_else(|| {
        no_gradients(
            "the whole table has to be one batch (batch_size = 0), and every row must meet every network",
        )
    })?;
    for warning in fitted.warnings_in_words() {
        message(&format!("warning: {warning}"));
    }
    if let (Some(history), Some(path)) = (history, &arguments.fit.history) {
        history.write_whole(&history_file(path, fitted.trainings()))?;
    }
    let training = &fitted.trainings()[0];
    // Where no rule stops the training, what GradStop would have kept is worth a mark.
    let onlooker =
        training.others.iter().find(|other| stop == EarlyStopping::None && other.rule == "gradstop");
    let stopped = onlooker.unwrap_or(&training.stop);
    let page = DynamicsPage {
        source: &source,
        detector: fitted.detector(),
        rows,
        watched,
        kept: (stopped.best_epoch, &stopped.rule),
        epochs: &epochs,
    };
    for (format, output) in outputs {
        output.write_whole(&written(&page, format))?;
    }
    let text = match arguments.fit.json {
        true => {
            let mut object = as_json(&page, false);
            if let Some(label) = notes.iter().find_map(label_json) {
                object["label"] = label;
            }
            format!("{object}\n")
        }
        false => in_words(&page, columns, &notes),
    };
    if stdout_taken {
        // As with messages: nobody may be there to read it.
        let _ = std::io::stderr().write_all(text.as_bytes());
        return Ok(());
    }
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::Stdout)
}

fn format(path: &Path) -> Result<Format, Failure> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => Ok(Format::Html),
        Some("svg") => Ok(Format::Svg),
        Some("csv") => Ok(Format::Csv),
        Some("json") => Ok(Format::Json),
        None if path == Path::new("-") => Ok(Format::Csv),
        _ => Err(Failure::Ending { path: path.into(), wanted: ".html, .svg, .csv or .json" }),
    }
}

fn written(page: &DynamicsPage<'_>, format: Format) -> Vec<u8> {
    match format {
        Format::Html => page.html().into_bytes(),
        Format::Svg => page.svg().into_bytes(),
        Format::Json => format!("{}\n", as_json(page, true)).into_bytes(),
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(Vec::new());
            page.epochs.iter().for_each(|epoch| csv.serialize(epoch).expect("memory can be written"));
            csv.into_inner().expect("memory can be written")
        }
    }
}

fn as_json(page: &DynamicsPage<'_>, with_epochs: bool) -> Value {
    let [[both, held], [grew, neither]] = page.confusion();
    let mut object = json!({
        "input": page.source,
        "detector": page.detector,
        "inliers": page.rows[0],
        "outliers": page.rows[1],
        "watched_inliers": page.watched[0],
        "watched_outliers": page.watched[1],
        "rule": page.kept.1,
        "best_epoch": page.kept.0,
        "proportion": page.proportion(),
        "epochs": page.epochs.len(),
        "held_and_strengthened": both,
        "held_only": held,
        "strengthened_only": grew,
        "neither": neither,
    });
    if with_epochs {
        object["epochs"] = json!(page.epochs);
    }
    object
}

fn in_words(page: &DynamicsPage<'_>, columns: usize, notes: &[Note]) -> String {
    let noted: String =
        noted(notes).iter().map(|(name, line)| format!("{name:<10}{}\n", plain(line))).collect();
    let auc = |epoch: Option<&DynamicsEpoch>| epoch.and_then(|epoch| epoch.auc).unwrap_or(f64::NAN);
    let better =
        |a: &&DynamicsEpoch, b: &&DynamicsEpoch| a.auc.unwrap_or(0.0).total_cmp(&b.auc.unwrap_or(0.0));
    let (first, last) = (page.epochs.first(), page.epochs.last());
    let best = page.epochs.iter().max_by(better);
    let kept = page.epochs.get(page.kept.0);
    let [[both, held], [grew, neither]] = page.confusion();
    let loss = |epoch: Option<&DynamicsEpoch>, of: fn(&DynamicsEpoch) -> f64| epoch.map_or(f64::NAN, of);
    format!(
        "table     {}: {}, {}, {} of the rows outliers by the label, which the fit never saw\n\
         {noted}\
         training  {} of {}; {} would keep epoch {} (counted from 0)\n\
         AUC       {:.4} at first, {:.4} at last, {:.4} kept, at best {:.4} in epoch {}\n\
         losses    inliers {:.4} to {:.4}, outliers {:.4} to {:.4}\n\
         theorem   R = {:.2}; whether the bound held, and whether the loss gap grew:\n\
         {:>31}{:>12}\n          bound held     {both:>6}{held:>12}\n          did not hold   {grew:>6}{neither:>12}\n",
        page.source,
        counted(page.rows[0] + page.rows[1], "row"),
        counted(columns, "column"),
        page.rows[1],
        page.detector,
        counted(page.epochs.len(), "epoch"),
        page.kept.1,
        page.kept.0,
        auc(first),
        auc(last),
        auc(kept),
        auc(best),
        best.map_or(0, |best| best.epoch),
        loss(first, |at| at.inlier_loss),
        loss(last, |at| at.inlier_loss),
        loss(first, |at| at.outlier_loss),
        loss(last, |at| at.outlier_loss),
        page.proportion(),
        "grew",
        "shrank",
    )
}
