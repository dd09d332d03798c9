//! `gradstop list`: the detectors there are, and what can be set.

use std::io::Write;

use gradstop::{Common, DetectorEntry, Parameter, Preset, detector_named, detectors};
use serde_json::{Value, json};

use crate::arguments::List;
use crate::failure::Failure;

pub(crate) fn run(arguments: &List) -> Result<(), Failure> {
    let entries = match &arguments.detector {
        Some(name) => std::slice::from_ref(detector_named(name)?),
        None => detectors(),
    };
    let mut text = match (&arguments.detector, arguments.json) {
        (_, true) => as_json(entries),
        (Some(_), false) => entries.iter().map(settings_in_words).collect(),
        (None, false) if arguments.names => {
            entries.iter().map(|entry| entry.name).collect::<Vec<_>>().join("\n")
        }
        (None, false) => entries.iter().map(in_words).collect::<Vec<_>>().join("\n\n"),
    };
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::Stdout)
}

fn in_words(entry: &DetectorEntry) -> String {
    let names: Vec<&str> = entry.parameters().iter().map(|parameter| group(parameter.name)).collect();
    let mut settings: Vec<&str> = Vec::new();
    names.into_iter().for_each(|name| {
        if !settings.contains(&name) {
            settings.push(name);
        }
    });
    let settings = if settings.is_empty() { "none of its own".into() } else { settings.join(", ") };
    format!(
        "{}: {}\n  assumes   {}\n  cost      {}\n  settings  {settings}",
        entry.name, entry.about, entry.assumes, entry.cost
    )
}

/// `gradstop` for `gradstop.patience`.
fn group(name: &'static str) -> &'static str {
    name.split_once('.').map_or(name, |(group, _)| group)
}

fn settings_in_words(entry: &DetectorEntry) -> String {
    let mut lines = vec![in_words(entry), String::new()];
    for Setting { parameter, default, paper } in settings(entry) {
        let presets = match default == paper {
            true => format!("default {default}"),
            false => format!("default {default}, preset paper {paper}"),
        };
        lines.push(format!("{}\n  {}\n  {}; {presets}", parameter.name, parameter.about, parameter.range));
    }
    lines.join("\n")
}

/// A setting with its value in both presets.
struct Setting {
    parameter: Parameter,
    default: Value,
    paper: Value,
}

fn settings(entry: &DetectorEntry) -> Vec<Setting> {
    let common = serde_json::to_value(Common::default()).expect("settings are plain data");
    let (default, paper) = (entry.preset(Preset::Default), entry.preset(Preset::Paper));
    let value = |tree: &Value, name: &str| {
        let found = |tree: &Value| name.split('.').try_fold(tree, |tree, name| tree.get(name)).cloned();
        found(tree).or_else(|| found(&common)).unwrap_or(Value::Null)
    };
    let parameters = entry.parameters().into_iter().chain(Common::parameters());
    parameters
        .map(|parameter| Setting {
            parameter,
            default: value(&default, parameter.name),
            paper: value(&paper, parameter.name),
        })
        .collect()
}

fn as_json(entries: &[DetectorEntry]) -> String {
    let of_setting = |Setting { parameter, default, paper }: Setting| {
        json!({
            "name": parameter.name,
            "about": parameter.about,
            "range": parameter.range.to_string(),
            "default": default,
            "paper": paper,
        })
    };
    let of_entry = |entry: &DetectorEntry| {
        json!({
            "name": entry.name,
            "about": entry.about,
            "assumes": entry.assumes,
            "cost": entry.cost,
            "settings": settings(entry).into_iter().map(of_setting).collect::<Vec<_>>(),
        })
    };
    let entries: Vec<Value> = entries.iter().map(of_entry).collect();
    serde_json::to_string_pretty(&entries).expect("a list is plain data")
}
