//! A fitted detector as an ONNX model: preparation, standardisation, networks and score in one graph.
//!
//! The model has one input, `rows`, float (N x columns), and two outputs: `score`, float (N), larger is more abnormal,
//! and `outlier`, bool (N), whether the score is above the threshold. Where the table was prepared `rows` are double and
//! those columns that are not text, which is a second input, `words`, string (N x columns). docs/onnx.md says the rest.
//!
//! ```
//! use gradstop::{Detector, Preset, Table};
//! let table = Table::new(vec![1.0, 2.0, 9.0], vec!["x".into()])?;
//! let settings = serde_json::json!({ "epochs": 2 });
//! let fitted = Detector::named("deepsvdd", Preset::Default, &settings)?.fit(table)?;
//! let bytes = gradstop_onnx::to_bytes(&fitted)?;
//! // The first field of an ONNX model is the version of its format.
//! assert_eq!(bytes[..2], [1 << 3, 8]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod graph;
mod network;
mod prepared;
mod protobuf;
mod score;

use gradstop::FittedDetector;
use gradstop::algorithm::Standardization;
use gradstop::preparation::Kind;

use crate::graph::{Attribute, Graph, LEARNING, Type, Value, declared};
use crate::prepared::{Prepared, prepared};
use crate::protobuf::Message;

/// Version of the operators that a model uses.
pub const OPSET: i64 = 17;

/// Version of the operators of `ai.onnx.ml`, which stand in a model that reads words.
pub const LEARNING_OPSET: i64 = 3;

/// Version of the format, that which came with the operators.
const FORMAT: i64 = 8;

/// What protobuf can hold in one message.
const LARGEST: usize = i32::MAX as usize;

/// Why a detector is not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Its scores are no graph.
    #[error(transparent)]
    Detector(#[from] gradstop::Error),
    /// The model is larger than ONNX files can be.
    #[error(
        "{detector} as ONNX: got {bytes} bytes, wanted at most 2147483647, all that the format holds (hint: fit fewer or narrower networks)"
    )]
    TooLarge {
        /// Name of the detector.
        detector: &'static str,
        /// Size of the model.
        bytes: usize,
    },
}

/// The bytes of an ONNX file.
///
/// # Errors
/// [`gradstop::Error::NoGraph`] for a method without a network, and for scores that hang on a hash of the row's values;
/// [`ExportError::TooLarge`].
pub fn to_bytes(fitted: &FittedDetector) -> Result<Vec<u8>, ExportError> {
    let scores = fitted.graph()?;
    let mut graph = Graph::default();
    let Prepared { inputs, values } = match fitted.preparation() {
        Some(preparation) => prepared(&mut graph, preparation),
        None => Prepared {
            inputs: vec![declared("rows", Type::Float, Some(fitted.columns().len()))],
            values: Value::input("rows"),
        },
    };
    let standard = standardized(&mut graph, fitted, &values);
    let score = score::score(&mut graph, &scores, &standard).map_err(gradstop::Error::from)?;
    let score = departed(&mut graph, fitted, &values, score);
    let columns = graph.ints(&[1]);
    let score = graph.output("score", "Squeeze", &[&score, &columns]);
    let threshold = graph.floats(&[1], &[fitted.threshold()]);
    graph.output("outlier", "Greater", &[&score, &threshold]);

    let learning = graph.uses_learning();
    let outputs = vec![declared("score", Type::Float, None), declared("outlier", Type::Bool, None)];
    let model = model(fitted, graph.finish(fitted.detector(), inputs, outputs), learning).into_bytes();
    match model.len() {
        bytes if bytes > LARGEST => Err(ExportError::TooLarge { detector: fitted.detector(), bytes }),
        _ => Ok(model),
    }
}

/// As the library does it: in doubles, at most so many deviations away, rounded to floats at the end.
fn standardized(graph: &mut Graph, fitted: &FittedDetector, rows: &Value) -> Value {
    let (standardization, columns) = (fitted.standardization(), fitted.features());
    // A column that was constant becomes 0 for any value: a float over the largest double rounds to it.
    let divisor = |&deviation: &f64| if deviation > 0.0 { deviation } else { f64::MAX };
    let divisors: Vec<f64> = standardization.deviation()[..columns].iter().map(divisor).collect();
    let means = graph.doubles(&[columns], &standardization.mean()[..columns]);
    let divisors = graph.doubles(&[columns], &divisors);
    let learned: Vec<i64> = (0..columns as i64).collect();
    let rows = match columns == fitted.columns().len() {
        true => rows.clone(),
        false => {
            let learned = graph.ints(&learned);
            graph.node("Gather", &[rows, &learned], &[Attribute::Int("axis", 1)])
        }
    };
    let rows = graph.cast(&rows, Type::Double);
    let centered = graph.node("Sub", &[&rows, &means], &[]);
    let standard = graph.node("Div", &[&centered, &divisors], &[]);
    let (least, most) =
        (graph.doubles(&[], &[-Standardization::FARTHEST]), graph.doubles(&[], &[Standardization::FARTHEST]));
    let clipped = graph.node("Clip", &[&standard, &least, &most], &[]);
    if standardization.bent_columns().is_empty() {
        return graph.cast(&clipped, Type::Float);
    }
    // Of bent columns the logarithm counts beyond some deviations.
    let is_bent = |column: usize| f64::from(u8::from(standardization.bent_columns().contains(&column)));
    let bent: Vec<f64> = (0..columns).map(is_bent).collect();
    let bent = graph.doubles(&[columns], &bent);
    let straight = graph.doubles(&[1], &[Standardization::STRAIGHT]);
    let size = graph.node("Abs", &[&standard], &[]);
    let size = graph.node("Max", &[&size, &straight], &[]);
    let ratio = graph.node("Div", &[&size, &straight], &[]);
    let logarithm = graph.node("Log", &[&ratio], &[]);
    let size = graph.node("Add", &[&straight, &logarithm], &[]);
    let sign = graph.node("Sign", &[&standard], &[]);
    let bending = graph.node("Mul", &[&size, &sign], &[]);
    // Where a column is bent and a value lies so far off.
    let reach = graph.node("Abs", &[&standard], &[]);
    let reach = graph.node("Mul", &[&reach, &bent], &[]);
    let is_far = graph.node("Greater", &[&reach, &straight], &[]);
    let standard = graph.node("Where", &[&is_far, &bending, &clipped], &[]);
    graph.cast(&standard, Type::Float)
}

/// What rows that depart from what held in every fitted row add to their scores: none where every column varied in the fit. Columns
/// that are only watched hold their departures and are constantly 0.
fn departed(graph: &mut Graph, fitted: &FittedDetector, rows: &Value, score: Value) -> Value {
    let (standardization, unit) = (fitted.standardization(), fitted.departure_unit());
    let constant = standardization.constant_columns();
    if constant.is_empty() || unit == 0.0 {
        return score;
    }
    let held: Vec<f64> =
        constant.iter().map(|&column| f64::from(standardization.mean()[column] as f32)).collect();
    let scales: Vec<f64> =
        held.iter().map(|&value| if value == 0.0 { 1.0 } else { f64::abs(value) }).collect();
    let places: Vec<i64> = constant.iter().map(|&column| column as i64).collect();
    let places = graph.ints(&places);
    let (held, scales) = (graph.doubles(&[held.len()], &held), graph.doubles(&[scales.len()], &scales));
    let rows = graph.node("Gather", &[rows, &places], &[Attribute::Int("axis", 1)]);
    let rows = graph.cast(&rows, Type::Double);
    let apart = graph.node("Sub", &[&rows, &held], &[]);
    let apart = graph.node("Abs", &[&apart], &[]);
    let units = graph.node("Div", &[&apart, &scales], &[]);
    let (least, most) = (graph.doubles(&[], &[0.0]), graph.doubles(&[], &[Standardization::FARTHEST]));
    let units = graph.node("Clip", &[&units, &least, &most], &[]);
    let units = graph.row_sums(&units);
    let unit = graph.doubles(&[1], &[unit]);
    let amount = graph.node("Mul", &[&units, &unit], &[]);
    let score = graph.cast(&score, Type::Double);
    let score = graph.node("Add", &[&score, &amount], &[]);
    let (least, most) =
        (graph.doubles(&[], &[f64::from(f32::MIN)]), graph.doubles(&[], &[f64::from(f32::MAX)]));
    let score = graph.node("Clip", &[&score, &least, &most], &[]);
    graph.cast(&score, Type::Float)
}

/// ModelProto: ir_version 1, producer_name 2, producer_version 3, doc_string 6, graph 7, opset_import 8,
/// metadata_props 14.
fn model(fitted: &FittedDetector, graph: Message, uses_learning: bool) -> Message {
    let version = env!("CARGO_PKG_VERSION");
    let mut properties = vec![
        ("detector", fitted.detector().to_string()),
        ("preset", serde_json::json!(fitted.preset()).as_str().unwrap_or_default().to_string()),
        ("columns", serde_json::json!(fitted.table_columns()).to_string()),
        ("threshold", fitted.threshold().to_string()),
        ("gradstop_version", version.to_string()),
    ];
    if let Some(preparation) = fitted.preparation() {
        let kinds: Vec<Kind> = preparation.inputs().into_iter().map(|(_, kind)| kind).collect();
        properties.push(("kinds", serde_json::json!(kinds).to_string()));
    }
    // StringStringEntryProto: key 1, value 2.
    let property = |(key, value): (&str, String)| Message::default().bytes(1, key).bytes(2, value);
    // OperatorSetIdProto: domain 1, left out for ONNX's own, version 2.
    let own = Message::default().int(2, OPSET);
    let learning = uses_learning.then(|| Message::default().bytes(1, LEARNING).int(2, LEARNING_OPSET));
    Message::default()
        .int(1, FORMAT)
        .bytes(2, "gradstop")
        .bytes(3, version)
        .bytes(6, "score: larger is more abnormal; outlier: score > threshold")
        .message(7, graph)
        .each(std::iter::once(own).chain(learning), |model, operators| model.message(8, operators))
        .each(properties.into_iter().map(property), |model, property| model.message(14, property))
}
