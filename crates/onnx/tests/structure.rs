//! What is written can be read back: every message, the shapes, the names, and nothing that refers to nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{HashMap, HashSet};

use gradstop::preparation::{Cells, Missing, Options, Preparation, Scale, Words};
use gradstop::{Detector, FittedDetector, Hint, Preset, Source, Table};
use gradstop_onnx::{ExportError, LEARNING_OPSET, OPSET, to_bytes};
use serde_json::{Value, json};

/// A protobuf message: numbers, and bytes that may be messages, by field.
#[derive(Debug, Default)]
struct Read {
    numbers: HashMap<u64, Vec<i64>>,
    bytes: HashMap<u64, Vec<Vec<u8>>>,
}

impl Read {
    fn new(mut bytes: &[u8]) -> Self {
        let mut read = Self::default();
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            match key & 7 {
                0 => read.numbers.entry(key >> 3).or_default().push(varint(&mut bytes) as i64),
                2 => {
                    let length = varint(&mut bytes) as usize;
                    let (content, rest) = bytes.split_at(length);
                    read.bytes.entry(key >> 3).or_default().push(content.to_vec());
                    bytes = rest;
                }
                5 => bytes = &bytes[4..],
                other => panic!("wire type {other}"),
            }
        }
        read
    }

    fn all(&self, field: u64) -> Vec<Read> {
        self.texts(field).iter().map(|bytes| Self::new(bytes)).collect()
    }

    fn one(&self, field: u64) -> Read {
        let mut all = self.all(field);
        assert_eq!(all.len(), 1, "field {field}");
        all.remove(0)
    }

    fn texts(&self, field: u64) -> Vec<Vec<u8>> {
        self.bytes.get(&field).cloned().unwrap_or_default()
    }

    fn strings(&self, field: u64) -> Vec<String> {
        self.texts(field).into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect()
    }

    fn string(&self, field: u64) -> String {
        self.strings(field).remove(0)
    }

    fn ints(&self, field: u64) -> Vec<i64> {
        self.numbers.get(&field).cloned().unwrap_or_default()
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for at in 0.. {
        let (byte, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn fitted(name: &str, preset: Preset, changes: &Value) -> FittedDetector {
    let values = (0..60u8).flat_map(|row| [f32::from(row), f32::from(row % 7), f32::from(row * row % 11)]);
    let columns = ["a", "b", "\"c\", ü"].map(String::from).to_vec();
    let table = Table::new(values.collect(), columns).unwrap();
    Detector::named(name, preset, changes).unwrap().fit(table).unwrap()
}

/// A fit to columns of every kind, with cells missing.
fn prepared(scale: Scale) -> FittedDetector {
    let mut colours = Words::default();
    (0..60).for_each(|row| {
        if row % 9 == 0 { colours.push_missing() } else { colours.push(["red", "blue"][row % 2]) }
    });
    let missing = |row: u32, value: f64| if row.is_multiple_of(7) { f64::NAN } else { value };
    let columns = [
        Cells::Numbers((0..60).map(|row| missing(row, f64::from(row * row % 11))).collect()),
        Cells::Text(colours),
        Cells::Booleans((0..60).map(|row| (row % 5 > 0).then_some(row % 3 == 0)).collect()),
        Cells::Dates((0..60).map(|row| missing(row, 86_400.0 * f64::from(row))).collect()),
    ];
    let names = ["size", "colour", "paid", "since"].map(String::from);
    let options = Options { missing: Missing::Indicator, scale, ..Options::default() };
    let preparation = Preparation::fit(&names, &columns, &options).unwrap();
    let mut values = Vec::new();
    preparation.apply(&columns, &mut values).unwrap();
    let table = Table::new(values, preparation.outputs()).unwrap();
    let detector = Detector::named("deepsvdd", Preset::Default, &json!({ "epochs": 5 })).unwrap();
    detector.fit(Source::Prepared { table, preparation }).unwrap()
}

/// Every kind of score, by its detector and what changes of the preset.
fn kinds() -> Vec<(&'static str, Value)> {
    vec![
        ("autoencoder", json!({ "epochs": 5 })),
        ("autoencoder", json!({ "epochs": 5, "early_stopping": "none", "ensemble": 2 })),
        ("autoencoder", json!({ "epochs": 5, "ensemble": 2, "combine": "rank" })),
        ("deepsvdd", json!({ "epochs": 5 })),
        ("vae", json!({ "epochs": 5 })),
        ("rdp", json!({ "epochs": 5 })),
        ("randnet", json!({ "epochs": 5, "members": 4 })),
        ("robod", json!({ "epochs": 5 })),
    ]
}

/// (name, element type, lengths or names of the dimensions) of a ValueInfoProto.
fn declared(info: &Read) -> (String, i64, Vec<String>) {
    let tensor = info.one(2).one(1);
    let dimension = |dimension: &Read| match dimension.ints(1)[..] {
        [length] => length.to_string(),
        _ => dimension.string(2),
    };
    (info.string(1), tensor.ints(1)[0], tensor.one(2).all(1).iter().map(dimension).collect())
}

#[test]
fn inputs_outputs_and_metadata_are_as_promised() {
    for (name, changes) in kinds() {
        let detector = fitted(name, Preset::Default, &changes);
        let model = Read::new(&to_bytes(&detector).unwrap());
        assert_eq!(model.one(8).ints(2), [OPSET]);
        let graph = model.one(7);
        let (inputs, outputs) = (graph.all(11), graph.all(12));
        assert_eq!(inputs.len(), 1);
        assert_eq!(declared(&inputs[0]), ("rows".into(), 1, vec!["N".into(), "3".into()]));
        assert_eq!(declared(&outputs[0]), ("score".into(), 1, vec!["N".into()]));
        assert_eq!(declared(&outputs[1]), ("outlier".into(), 9, vec!["N".into()]));
        let properties: HashMap<_, _> =
            model.all(14).iter().map(|entry| (entry.string(1), entry.string(2))).collect();
        assert_eq!(properties["detector"], name);
        assert_eq!(properties["preset"], "default");
        assert_eq!(properties["gradstop_version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(properties["threshold"].parse(), Ok(detector.threshold()));
        let columns: Vec<String> = serde_json::from_str(&properties["columns"]).unwrap();
        assert_eq!(columns, detector.columns());
    }
}

#[test]
fn a_prepared_table_has_two_inputs_and_says_what_its_columns_are() {
    let model = Read::new(&to_bytes(&prepared(Scale::Quantile)).unwrap());
    let inputs: Vec<_> = model.one(7).all(11).iter().map(declared).collect();
    let shape = |columns: &str| vec!["N".to_string(), columns.into()];
    assert_eq!(inputs, [("rows".to_string(), 11, shape("3")), ("words".to_string(), 8, shape("1"))]);
    let operators: Vec<_> = model.all(8).iter().map(|set| (set.strings(1), set.ints(2))).collect();
    assert_eq!(operators, [(vec![], vec![OPSET]), (vec!["ai.onnx.ml".to_string()], vec![LEARNING_OPSET])]);
    let properties: HashMap<_, _> =
        model.all(14).iter().map(|entry| (entry.string(1), entry.string(2))).collect();
    assert_eq!(properties["columns"], r#"["size","colour","paid","since"]"#);
    assert_eq!(properties["kinds"], r#"["numbers","text","booleans","dates"]"#);
}

#[test]
fn every_name_is_made_once_and_before_it_is_used() {
    let plain = kinds().into_iter().map(|(name, changes)| (name, fitted(name, Preset::Default, &changes)));
    let prepared = [Scale::Robust, Scale::Quantile].map(|scale| ("prepared", prepared(scale)));
    for (name, detector) in plain.chain(prepared) {
        let graph = Read::new(&to_bytes(&detector).unwrap()).one(7);
        let mut made: HashSet<String> = graph.all(11).iter().map(|input| input.string(1)).collect();
        for constant in graph.all(5) {
            let bytes = match constant.ints(2)[..] {
                [1] => 4,
                [7 | 11] => 8,
                ref other => panic!("{name}: type {other:?}"),
            };
            let length = constant.ints(1).iter().product::<i64>() as usize * bytes;
            assert_eq!(constant.texts(9)[0].len(), length, "{name}");
            assert!(made.insert(constant.string(8)), "{name}");
        }
        for node in graph.all(1) {
            for input in node.strings(1) {
                assert!(made.contains(&input), "{name}: {} wants {input}", node.string(4));
            }
            node.strings(2).into_iter().for_each(|output| assert!(made.insert(output), "{name}"));
        }
        assert!(made.contains("score") && made.contains("outlier"), "{name}");
        let used: HashSet<String> = graph.all(1).iter().flat_map(|node| node.strings(1)).collect();
        made.retain(|value| !used.contains(value) && !value.ends_with("_places"));
        assert_eq!(made, HashSet::from(["outlier".to_string()]), "{name}: nothing else is in vain");
    }
}

#[test]
fn what_epochs_share_is_written_once() {
    let detector = fitted("rdp", Preset::Default, &json!({ "epochs": 30, "width": 7 }));
    let epochs = detector.trainings()[0].stop.averaged.len();
    assert!(epochs > 1, "{epochs}");
    let graph = Read::new(&to_bytes(&detector).unwrap()).one(7);
    let weights = graph.all(5).iter().filter(|constant| constant.ints(1) == [7, 3]).count();
    assert_eq!(weights, epochs + 1);
}

#[test]
fn the_same_detector_is_written_with_the_same_bytes() {
    let detector = fitted("vae", Preset::Default, &json!({ "epochs": 3 }));
    let loaded = FittedDetector::from_bytes(&detector.to_bytes()).unwrap();
    assert_eq!(to_bytes(&detector).unwrap(), to_bytes(&loaded).unwrap());
}

#[test]
fn what_is_no_graph_is_refused_with_what_to_do() {
    let refused = |name, preset, changes: Value| match to_bytes(&fitted(name, preset, &changes)).unwrap_err()
    {
        ExportError::Detector(error) => (error.to_string(), error.hint().unwrap()),
        other => panic!("{other}"),
    };
    assert_eq!(
        refused("vae", Preset::Paper, json!({ "epochs": 2 })),
        (
            "vae: got codes that are drawn by a hash of the row's values (draws_in_scoring = true), wanted a score that a \
             graph can compute"
                .into(),
            Hint::Setting { name: "draws_in_scoring", value: false }
        )
    );
    assert_eq!(
        refused("robod", Preset::Paper, json!({ "epochs": 2, "ensemble": 2 })),
        (
            "robod: got a member that is chosen by a hash of the row's values (all_rows = false), wanted a score that a \
             graph can compute"
                .into(),
            Hint::Setting { name: "all_rows", value: true }
        )
    );
    for entry in gradstop::detectors().iter().filter(|entry| !entry.is_trained()) {
        let name = entry.name;
        assert_eq!(
            refused(name, Preset::Default, json!({})),
            (
                format!("{name}: got a method without a network, wanted a score that a graph can compute"),
                Hint::OtherDetector
            )
        );
    }
}
