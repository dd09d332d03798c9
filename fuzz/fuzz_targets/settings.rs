//! Configuration files: TOML that becomes settings of any detector, and a fit of a few rows where they are sound.
#![no_main]

use gradstop::{Detector, Preset, Table, detectors};
use serde_json::{Value, json};

/// More would only be waited for.
const LARGEST: u64 = 64;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(table) = toml::from_str::<toml::Table>(text) else { return };
    let Ok(mut settings) = serde_json::to_value(table) else { return };
    for entry in detectors() {
        match Detector::named(entry.name, Preset::Default, &settings) {
            Ok(_) if small(&settings) => {
                if entry.is_trained() {
                    settings["epochs"] = json!(2);
                }
                let values = (0..24).map(|at| (at * 7 % 11) as f32).collect();
                let rows =
                    Table::new(values, vec!["a".into(), "b".into(), "c".into()]).expect("a sound table");
                if let Ok(fitted) =
                    Detector::named(entry.name, Preset::Default, &settings).and_then(|d| d.fit(rows))
                {
                    assert!(fitted.training_scores().iter().all(|score| score.is_finite()));
                }
            }
            Ok(_) => {}
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});

/// Whether no number in the settings makes a fit long.
fn small(settings: &Value) -> bool {
    match settings {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() <= LARGEST as f64),
        Value::Array(values) => values.len() < 8 && values.iter().all(small),
        Value::Object(values) => values.values().all(small),
        _ => true,
    }
}
