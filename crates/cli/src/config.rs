//! Settings from a preset, a file and the command line; the later wins.

use std::path::Path;

use gradstop::rules::EarlyStopping;
use gradstop::settings::{Combination, Watch};
use gradstop::{Detector, Preset, detector_named};
use serde_json::{Map, Value, json};

use crate::arguments::FitArguments;
use crate::failure::Failure;

/// Dots of a setting's name, and some more: no error about a name is deeper than this, and no tree.
const DEEPEST: usize = 8;

/// What is fitted where nothing else is asked for.
const DEFAULT: &str = "autoencoder";

/// Rows of a batch of a streamed fit, unless a setting says otherwise.
const STREAMED_BATCH: usize = 8192;

/// A detector whose settings come, in this order, from its preset, --config, --set and the other options. With
/// `watched` it measures what any rule would look at, if it is trained at all.
pub(crate) fn detector(arguments: &FitArguments, watched: bool) -> Result<Detector, Failure> {
    detector_of(arguments, watched, None)
}

/// The same for a streamed fit, which has batches.
pub(crate) fn streamed_detector(arguments: &FitArguments) -> Result<Detector, Failure> {
    detector_of(arguments, false, Some(STREAMED_BATCH))
}

/// The same with rows of a batch where no one says how many.
fn detector_of(
    arguments: &FitArguments,
    watched: bool,
    batch_size: Option<usize>,
) -> Result<Detector, Failure> {
    let mut changes = match &arguments.config {
        Some(path) => read(path, arguments.detector.as_deref())?,
        None => Map::new(),
    };
    for given in &arguments.set {
        let (key, value) = given
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Failure::Set { given: shorten(given), got: "no setting and value" })?;
        if key.split('.').count() > DEEPEST {
            return Err(Failure::Set { given: shorten(given), got: "more dots than any name has" });
        }
        put(&mut changes, key, parse(value));
    }
    let names = take_names(&mut changes)?;
    let preset = arguments.preset.or(names.preset).unwrap_or(Preset::Default);
    let name = arguments.detector.clone().or(names.detector).unwrap_or(DEFAULT.into());
    let trained = detector_named(&name)?.is_trained();
    if arguments.history.is_some() && !trained {
        return Err(Failure::NoHistory { detector: name });
    }
    let watch = (arguments.history.is_some() || watched && trained).then_some(Watch::All);
    let options: [(&str, Option<Value>); 7] = [
        ("early_stopping", arguments.early_stopping.map(|rule: EarlyStopping| json!(rule))),
        ("epochs", arguments.epochs.map(|epochs| json!(epochs))),
        ("seed", arguments.seed.map(|seed| json!(seed))),
        ("contamination", arguments.contamination.map(|share| json!(share))),
        ("ensemble", arguments.ensemble.map(|members| json!(members))),
        ("combine", arguments.combine.map(|combine: Combination| json!(combine))),
        ("watch", watch.map(|watch| json!(watch))),
    ];
    for (key, value) in options {
        if let Some(value) = value {
            changes.insert(key.into(), value);
        }
    }
    if let Some(rows) = batch_size.filter(|_| trained) {
        changes.entry("batch_size").or_insert(json!(rows));
    }
    Ok(Detector::named(&name, preset, &Value::Object(changes))?)
}

/// As much of what was given as a message has room for.
fn shorten(given: &str) -> String {
    match given.char_indices().nth(60) {
        None => given.into(),
        Some((end, _)) => format!("{}...", &given[..end]),
    }
}

/// Two names among the settings that are no settings.
struct Names {
    detector: Option<String>,
    preset: Option<Preset>,
}

/// Takes out the names of a detector and of a preset.
fn take_names(changes: &mut Map<String, Value>) -> Result<Names, gradstop::Error> {
    let detector = changes.remove("detector").map(|named| match &named {
        Value::String(name) => Ok(detector_named(name)?.name.to_string()),
        _ => Err(wrong("detector", &named, "the name of a detector, as in \"autoencoder\"")),
    });
    let preset = changes.remove("preset").map(|named| {
        serde_json::from_value(named.clone()).map_err(|_| wrong("preset", &named, "default or paper"))
    });
    Ok(Names { detector: detector.transpose()?, preset: preset.transpose()? })
}

/// A configuration file, checked on its own, so that an error can name the file; for `detector` unless it
/// names one itself.
fn read(path: &Path, detector: Option<&str>) -> Result<Map<String, Value>, Failure> {
    let config = |problem: String, hint| Failure::Config { path: path.into(), problem, hint };
    let text = std::fs::read_to_string(path).map_err(|error| {
        config(format!("got {error}, wanted a TOML file"), "--config names a file of settings")
    })?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        let problem =
            format!("line {line}: got bad TOML ({}), wanted key = value, a line each", error.message());
        config(problem, "as in epochs = 50; words stand in quotes")
    })?;
    let changes: Map<String, Value> = table.into_iter().map(|(key, value)| (key, plain(value))).collect();
    let mut settings = changes.clone();
    take_names(&mut settings)
        .and_then(|names| {
            let name = detector.map(str::to_string).or(names.detector).unwrap_or(DEFAULT.into());
            Detector::named(&name, names.preset.unwrap_or(Preset::Default), &Value::Object(settings))
        })
        .map_err(|problem| Failure::ConfigSetting { path: path.into(), problem })?;
    Ok(changes)
}

/// JSON has no infinity and no NaN, so these become words, which an error can show.
fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::Float(number) if !number.is_finite() => Value::String(number.to_string()),
        toml::Value::Array(items) => items.into_iter().map(plain).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => json!(other),
    }
}

/// A value as TOML reads it, a list with commas, or else a word.
fn parse(text: &str) -> Value {
    let toml = |text: &str| {
        let mut table: toml::Table = toml::from_str(&format!("value = {text}")).ok()?;
        // More than one key means that the text went on behind the value.
        table.remove("value").filter(|_| table.is_empty())
    };
    let list = || text.contains(',').then(|| toml(&format!("[{text}]"))).flatten();
    toml(text).or_else(list).map_or_else(|| Value::String(text.into()), plain)
}

/// Sets `a.b.c` in a tree.
fn put(tree: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        Some((branch, rest)) => {
            let branch = tree.entry(branch).or_insert_with(|| json!({}));
            match branch {
                Value::Object(branch) => put(branch, rest, value),
                // A value where a table is wanted: the settings will name it.
                other => *other = value,
            }
        }
        None => {
            // `hidden=64` means a list of one.
            let value = if key == "hidden" && value.is_u64() { json!([value]) } else { value };
            tree.insert(key.into(), value);
        }
    }
}

fn wrong(parameter: &str, got: &Value, wanted: &str) -> gradstop::Error {
    let (parameter, got, wanted) = (parameter.into(), got.to_string(), wanted.into());
    gradstop::Error::Setting { parameter, got, wanted }
}
