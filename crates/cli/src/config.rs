//! Settings from a preset, a file and the command line; the later wins.

use std::path::Path;

use gradstop::{AutoEncoder, AutoEncoderSettings, Preset, StopName, Watch};
use serde_json::{Map, Value, json};

use crate::arguments::FitArguments;
use crate::failure::Failure;

/// The detector that the arguments ask for.
pub(crate) fn detector(arguments: &FitArguments) -> Result<AutoEncoder, Failure> {
    let (preset, settings) = settings(arguments)?;
    Ok(AutoEncoder::new(preset, settings)?)
}

/// Preset and settings, in this order: preset, --config, --set, the other options.
pub(crate) fn settings(arguments: &FitArguments) -> Result<(Preset, AutoEncoderSettings), Failure> {
    let mut changes = match &arguments.config {
        Some(path) => read(path)?,
        None => Map::new(),
    };
    let mut preset = Preset::Default;
    if let Some(named) = changes.remove("preset") {
        preset = known(&named, "preset", "default or paper")?;
    }
    preset = arguments.preset.unwrap_or(preset);
    if let Some(named) = changes.remove("detector") {
        let names: Vec<&str> = gradstop::detectors().iter().map(|entry| entry.name).collect();
        if !names.iter().any(|name| named == **name) {
            return Err(wrong("detector", &named, &names.join(", ")));
        }
    }
    for given in &arguments.set {
        let (key, value) = given.split_once('=').ok_or_else(|| Failure::Set { given: given.clone() })?;
        put(&mut changes, key.trim(), parse(value.trim()));
    }
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

fn read(path: &Path) -> Result<Map<String, Value>, Failure> {
    let config = |problem: String, hint| Failure::Config { path: path.into(), problem, hint };
    let text = std::fs::read_to_string(path)
        .map_err(|error| config(error.to_string(), "--config wants a readable TOML file"))?;
    toml::from_str(&text)
        .map_err(|error| config(error.to_string(), "settings are written as key = value, a line each"))
}

/// A value as TOML reads it, a list with commas, or else a word.
fn parse(text: &str) -> Value {
    let toml = |text: &str| toml::from_str::<Map<String, Value>>(&format!("value = {text}")).ok();
    let list = || text.contains(',').then(|| toml(&format!("[{text}]"))).flatten();
    let read = toml(text).or_else(list).and_then(|mut table| table.remove("value"));
    read.unwrap_or_else(|| Value::String(text.into()))
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

fn known<T: serde::de::DeserializeOwned>(value: &Value, parameter: &str, wanted: &str) -> Result<T, Failure> {
    serde_json::from_value(value.clone()).map_err(|_| wrong(parameter, value, wanted))
}

fn wrong(parameter: &str, got: &Value, wanted: &str) -> Failure {
    let (parameter, got, wanted) = (parameter.into(), got.to_string(), wanted.into());
    Failure::Detector(gradstop::Error::Setting { parameter, got, wanted })
}
