//! Settings from a preset, a file and the command line; the later wins.

use std::path::Path;

use gradstop::{AutoEncoder, AutoEncoderSettings, Preset, StopName, Watch};
use serde_json::{Map, Value, json};

use crate::arguments::FitArguments;
use crate::failure::Failure;

/// A detector with its most epochs.
pub(crate) fn detector(arguments: &FitArguments) -> Result<(AutoEncoder, usize), Failure> {
    let (preset, settings) = settings(arguments)?;
    let epochs = settings.epochs;
    Ok((AutoEncoder::new(preset, settings)?, epochs))
}

/// Preset and settings, in this order: preset, --config, --set, the other options.
fn settings(arguments: &FitArguments) -> Result<(Preset, AutoEncoderSettings), Failure> {
    let mut changes = match &arguments.config {
        Some(path) => read(path)?,
        None => Map::new(),
    };
    for given in &arguments.set {
        let (key, value) = given
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Failure::Set { given: given.clone() })?;
        put(&mut changes, key, parse(value));
    }
    let named = take_names(&mut changes)?;
    let preset = arguments.preset.or(named).unwrap_or(Preset::Default);
    let options: [(&str, Option<Value>); 5] = [
        ("stop", arguments.stop.map(|stop: StopName| json!(stop))),
        ("epochs", arguments.epochs.map(|epochs| json!(epochs))),
        ("seed", arguments.seed.map(|seed| json!(seed))),
        ("contamination", arguments.contamination.map(|share| json!(share))),
        ("watch", arguments.history.as_ref().map(|_| json!(Watch::All))),
    ];
    for (key, value) in options {
        if let Some(value) = value {
            changes.insert(key.into(), value);
        }
    }
    Ok((preset, AutoEncoderSettings::changed(preset, &Value::Object(changes))?))
}

/// Takes out the two names that are no settings: the detector, which is checked, and the preset.
fn take_names(changes: &mut Map<String, Value>) -> Result<Option<Preset>, gradstop::Error> {
    if let Some(named) = changes.remove("detector") {
        let names: Vec<&str> = gradstop::detectors().iter().map(|entry| entry.name).collect();
        if !names.iter().any(|name| named == **name) {
            return Err(wrong("detector", &named, &names.join(", ")));
        }
    }
    let preset = changes.remove("preset");
    let known = |named: Value| {
        serde_json::from_value(named.clone()).map_err(|_| wrong("preset", &named, "default or paper"))
    };
    preset.map(known).transpose()
}

/// A configuration file, checked on its own, so that an error can name the file.
fn read(path: &Path) -> Result<Map<String, Value>, Failure> {
    let config = |problem: String, hint| Failure::Config { path: path.into(), problem, hint };
    let text = std::fs::read_to_string(path)
        .map_err(|error| config(format!("cannot be read: {error}"), "--config wants a TOML file"))?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        let problem = format!("line {line}: {}", error.message());
        config(problem, "settings are written as key = value, a line each")
    })?;
    let changes: Map<String, Value> = table.into_iter().map(|(key, value)| (key, plain(value))).collect();
    let mut settings = changes.clone();
    take_names(&mut settings)
        .and_then(|preset| {
            let preset = preset.unwrap_or(Preset::Default);
            AutoEncoderSettings::changed(preset, &Value::Object(settings))
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
