//! `gradstop list`: the detectors there are, and what can be set.

use std::io::Write;

use gradstop::internals::ListedSetting;
use gradstop::{DetectorEntry, detector_named, detectors};
use serde_json::Value;

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
        "{}: {}\n  assumes   {}\n  score     {}\n  cost      {}\n  settings  {settings}",
        entry.name, entry.about, entry.assumes, entry.score, entry.cost
    )
}

/// `gradstop` for `gradstop.patience`.
fn group(name: &'static str) -> &'static str {
    name.split_once('.').map_or(name, |(group, _)| group)
}

fn settings_in_words(entry: &DetectorEntry) -> String {
    let mut lines = vec![in_words(entry), String::new()];
    for ListedSetting { parameter, default, paper } in entry.settings() {
        let presets = match default == paper {
            true => format!("default {default}"),
            false => format!("default {default}, preset paper {paper}"),
        };
        lines.push(format!("{}\n  {}\n  {}; {presets}", parameter.name, parameter.about, parameter.range));
    }
    lines.join("\n")
}

fn as_json(entries: &[DetectorEntry]) -> String {
    let entries: Vec<Value> = entries.iter().map(DetectorEntry::describe).collect();
    serde_json::to_string_pretty(&entries).expect("a list is plain data")
}
