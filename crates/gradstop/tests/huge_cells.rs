//! A few cells that are far off leave the scores of all other rows apart, and are said.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;

use gradstop::*;
use serde_json::json;

const ROWS: usize = 100;
/// A row that is off by fourteen deviations in every column.
const OFF: usize = 40;

/// Three columns of noise; each has one cell of the size given, in another row.
fn table(huge: f32) -> Table {
    let noise = |row: usize, column: usize| -> f32 {
        // Twelve uniform draws are nearly a normal one.
        let draw = |at: usize| {
            let mixed = (((row * 12 + at) * 3 + column + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (mixed >> 40) as f32 / (1 << 24) as f32
        };
        (0..12).map(draw).sum::<f32>() - 6.0
    };
    let cell = |row: usize, column: usize| match row {
        row if row == 3 + column => huge,
        OFF => 50.0 + 14.0,
        _ => 50.0 + noise(row, column),
    };
    let values = (0..ROWS).flat_map(|row| (0..3).map(move |column| cell(row, column))).collect();
    Table::new(values, ["temperature", "acid", "flow"].map(String::from).to_vec()).unwrap()
}

#[test]
fn a_row_that_is_off_in_every_column_stands_right_behind_the_huge_cells_for_every_detector() {
    for huge in [9.96921e36, 1e11, -1e20] {
        for entry in detectors() {
            let changes = if entry.is_trained() { json!({ "epochs": 30 }) } else { json!({}) };
            let detector = Detector::named(entry.name, Preset::Default, &changes).unwrap();
            let fitted = detector.fit(table(huge)).unwrap();
            let scores = fitted.training_scores();
            let mut order: Vec<usize> = (0..ROWS).collect();
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            let place = order.iter().position(|&row| row == OFF).unwrap();
            assert!(place <= 3, "{} with {huge}: place {place}", entry.name);
            assert!(scores[OFF] > fitted.threshold(), "{} with {huge}", entry.name);
            if ["ecod", "iforest"].contains(&entry.name) {
                let different: HashSet<u32> = scores.iter().map(|score| score.to_bits()).collect();
                assert!(
                    different.len() >= ROWS - ROWS / 10,
                    "{} with {huge}: {} scores",
                    entry.name,
                    different.len()
                );
            }
            let loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
            let rows = table(huge);
            let (one, other) = (fitted.score(rows.values()).unwrap(), loaded.score(rows.values()).unwrap());
            assert_eq!(one, other, "{}", entry.name);
        }
    }
}

#[test]
fn what_was_bent_and_what_may_stand_for_missing_cells_is_said() {
    let detector = Detector::named("ecod", Preset::Default, &json!({})).unwrap();
    let fitted = detector.fit(table(9.96921e36)).unwrap();
    let said: Vec<String> = fitted.warnings_in_words().collect();
    assert!(
        said.iter().any(|said| said.contains("temperature (2 cells), acid (2 cells), flow (2 cells)")),
        "{said:?}"
    );
    assert!(said.iter().any(|said| said.contains("may stand for missing ones")), "{said:?}");
    // A value that nobody writes for a missing one, and a table without any.
    let said: Vec<String> = detector.fit(table(1e11)).unwrap().warnings_in_words().collect();
    assert!(said.iter().all(|said| !said.contains("may stand for missing ones")), "{said:?}");
    assert_eq!(detector.fit(table(50.0)).unwrap().warnings(), []);
}
