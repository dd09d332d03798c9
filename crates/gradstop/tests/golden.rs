//! Model files that were written once must be read for as long as their format is: tests/golden has one of every family.
//!
//! They were made by `cargo test --release -p gradstop --test golden -- --ignored`, which makes those that are not there, for a new
//! detector. Only a new format is a reason to remove the others before.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gradstop::preparation::{Cells, Missing, Options, Preparation};
use gradstop::*;
use serde_json::{Value, json};

/// Detectors with few weights, by the names of their files.
fn detectors_by_file() -> Vec<(&'static str, &'static str, Value)> {
    let network =
        |stop: &str| json!({ "hidden": [3, 2], "epochs": 6, "early_stopping": stop, "probe_size": 20 });
    vec![
        ("autoencoder", "autoencoder", network("none")),
        ("autoencoder-gradstop", "autoencoder", network("gradstop")),
        ("autoencoder-entropystop", "autoencoder", network("entropystop")),
        ("autoencoder-auto", "autoencoder", network("auto")),
        ("vae", "vae", json!({ "hidden": [3], "latent_dim": 2, "epochs": 4, "early_stopping": "none" })),
        ("deepsvdd", "deepsvdd", json!({ "hidden": [3, 2], "epochs": 4, "early_stopping": "none" })),
        ("rdp", "rdp", json!({ "width": 3, "epochs": 4, "early_stopping": "none" })),
        ("randnet", "randnet", json!({ "hidden": [3], "members": 3, "epochs": 4, "early_stopping": "none" })),
        ("robod", "robod", json!({ "members": 2, "depths": 2, "epochs": 4, "early_stopping": "none" })),
        ("iforest", "iforest", json!({ "n_estimators": 5 })),
        ("ecod", "ecod", json!({})),
        ("knn", "knn", json!({})),
        ("lof", "lof", json!({})),
        ("cblof", "cblof", json!({ "n_clusters": 3 })),
        ("gmm", "gmm", json!({ "n_components": 2 })),
        (
            "ensemble",
            "autoencoder",
            json!({ "hidden": [2], "epochs": 3, "early_stopping": "auto", "ensemble": 3 }),
        ),
        ("ensemble-rank", "iforest", json!({ "n_estimators": 2, "ensemble": 3, "combine": "rank" })),
    ]
}

/// The file of a table with columns of every kind.
const PREPARED: &str = "prepared";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Three columns that go together, but for the last rows.
fn table() -> Table {
    let row = |row: usize| {
        let (at, noise) = (row as f32 / 4.0, (row * 7919 % 101) as f32 / 100.0);
        if row < 36 { [at, 10.0 - at + noise, 5.0 + noise] } else { [at, 20.0 + noise, -5.0 * noise] }
    };
    Table::new((0..40).flat_map(row).collect(), ["a", "b", "c"].map(String::from).to_vec()).unwrap()
}

/// Rows that no fit saw.
const ROWS: [f32; 12] = [5.0, 5.0, 5.0, 4.5, 5.25, 6.0, 5.5, 3.0, 9.0, -100.0, 5.0, 40.0];

fn messy(rows: usize) -> Vec<Cells> {
    let numbers = (0..rows).map(|row| if row % 7 == 3 { f64::NAN } else { (row * row % 11) as f64 });
    let mut words = Cells::new(gradstop::preparation::Kind::Text);
    (0..rows).for_each(|row| match row % 9 {
        8 => words.push_missing(),
        _ => {
            if let Cells::Text(words) = &mut words {
                words.push(["red", "green", "blue"][row * row % 3]);
            }
        }
    });
    let dates = (0..rows).map(|row| 1.7e9 + 86_400.0 * (row % 13) as f64).collect();
    let truths = (0..rows).map(|row| Some(row % 4 == 1)).collect();
    vec![Cells::Numbers(numbers.collect()), words, Cells::Dates(dates), Cells::Booleans(truths)]
}

fn fit_messy() -> FittedDetector {
    let (columns, options) = (messy(30), Options { missing: Missing::Indicator, ..Options::default() });
    let names = ["size", "colour", "since", "member"].map(String::from);
    let preparation = Preparation::fit(&names, &columns, &options).unwrap();
    let mut values = Vec::new();
    preparation.apply(&columns, &mut values).unwrap();
    let table = Table::new(values, preparation.outputs()).unwrap();
    let settings = json!({ "hidden": [3], "epochs": 4, "early_stopping": "none" });
    let detector = Detector::named("autoencoder", Preset::Default, &settings).unwrap();
    detector.fit(Source::Prepared { table, preparation }).unwrap()
}

fn scores(name: &str, detector: &FittedDetector) -> Vec<f32> {
    match name {
        PREPARED => detector.score(&detector.prepare(&messy(5)).unwrap().0).unwrap(),
        _ => detector.score(&ROWS).unwrap(),
    }
}

#[test]
#[ignore = "makes the files that tests/golden lacks"]
fn make() {
    let there = |name: &str| folder().join(format!("{name}.gradstop")).exists();
    let mut recorded = recorded();
    let mut keep = |name: &str, fitted: &FittedDetector| {
        fitted.save(&folder().join(format!("{name}.gradstop"))).unwrap();
        recorded.insert(name.into(), scores(name, fitted));
    };
    for (name, detector, settings) in detectors_by_file().into_iter().filter(|(name, ..)| !there(name)) {
        let detector = Detector::named(detector, Preset::Default, &settings).unwrap();
        keep(name, &detector.fit(table()).unwrap());
    }
    if !there(PREPARED) {
        keep(PREPARED, &fit_messy());
    }
    fs::write(folder().join("scores.json"), serde_json::to_string_pretty(&recorded).unwrap() + "\n").unwrap();
}

/// What was recorded when the files were made: the scores of some rows, by the file's name.
fn recorded() -> BTreeMap<String, Vec<f32>> {
    fs::read(folder().join("scores.json"))
        .map_or_else(|_| BTreeMap::new(), |scores| serde_json::from_slice(&scores).unwrap())
}

#[test]
fn files_that_were_written_once_score_as_they_did() {
    assert!(!recorded().is_empty());
    for (name, wanted) in recorded() {
        let loaded = FittedDetector::load(&folder().join(format!("{name}.gradstop"))).unwrap();
        let got = scores(&name, &loaded);
        assert_eq!(got.len(), wanted.len(), "{name}");
        for (got, wanted) in got.iter().zip(&wanted) {
            // Other machines add in another order.
            assert!((got - wanted).abs() <= 1e-5 * wanted.abs().max(1e-3), "{name}: {got} was {wanted}");
        }
    }
}

#[test]
fn every_detector_has_its_file() {
    let recorded = recorded();
    let files = detectors_by_file();
    let wanted: Vec<&str> = files.iter().map(|(name, ..)| *name).chain([PREPARED]).collect();
    assert!(wanted.iter().all(|name| recorded.contains_key(*name)) && wanted.len() == recorded.len());
    for entry in detectors() {
        assert!(files.iter().any(|(_, detector, _)| *detector == entry.name), "{}", entry.name);
    }
}

/// The header of a file, as docs/model-file.md says to find it.
fn header(bytes: &[u8]) -> Value {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let outer: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let (_, header) = outer["__metadata__"]["gradstop"].as_str().unwrap().split_once(' ').unwrap();
    serde_json::from_str(header).unwrap()
}

#[test]
fn the_header_of_every_file_has_the_documented_fields_and_no_other() {
    let document = include_str!("../../../docs/model-file.md");
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fields = |name: &str| -> BTreeMap<String, String> {
        let table = document.split_once(&format!("### {name}\n")).unwrap().1;
        let lines =
            table.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
        let cells = |line: &str| {
            let mut cells =
                line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_string());
            (cells.next().unwrap(), cells.next().unwrap())
        };
        lines.skip(2).map(cells).collect()
    };
    let check = |value: &Value, name: &str, file: &str| {
        let (fields, object) = (fields(name), value.as_object().unwrap());
        for (field, value) in object {
            let allowed = fields.get(field).unwrap_or_else(|| panic!("{file}: {field} in {name}"));
            let mut allowed = allowed.trim_end_matches(", optional").split(" or ");
            assert!(allowed.any(|allowed| allowed == kind(value)), "{file}: {field} in {name}");
        }
        for (field, _) in fields.iter().filter(|(_, kind)| !kind.ends_with(", optional")) {
            assert!(object.contains_key(field), "{file}: no {field} in {name}");
        }
    };
    for name in recorded().keys() {
        let header = header(&fs::read(folder().join(format!("{name}.gradstop"))).unwrap());
        check(&header, "Header", name);
        for training in header["trainings"].as_array().unwrap() {
            check(training, "Training", name);
            check(&training["stop"], "Stop", name);
            training["history"].as_array().unwrap().iter().for_each(|epoch| check(epoch, "Epoch", name));
        }
        if let Value::Object(_) = &header["preparation"] {
            check(&header["preparation"], "Preparation", name);
            for column in header["preparation"]["columns"].as_array().unwrap() {
                check(column, "Prepared column", name);
            }
        }
    }
}
