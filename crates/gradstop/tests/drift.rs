//! New rows that differ from the fitted ones as a whole are said, by column; others are not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop::*;
use serde_json::json;

const NAMES: [&str; 3] = ["flow", "meter", "walk"];

/// Rows of noise, a meter that goes on and a walk.
fn rows(from: usize, count: usize, seed: usize) -> Vec<f32> {
    let noise = |row: usize| (((row + seed * 1000) * 7919 + 13) * (row + 101) % 10_007) as f32 / 10_007.0;
    let mut values = Vec::new();
    let (mut meter, mut walk) = (0.0, 0.0);
    for row in 0..from + count {
        meter += 0.5 + noise(row);
        walk += noise(row + 7) - 0.5;
        if row >= from {
            values.extend([noise(row + 3), meter, walk]);
        }
    }
    values
}

fn fitted() -> FittedDetector {
    let table = Table::new(rows(0, 400, 0), NAMES.map(String::from).to_vec()).unwrap();
    Detector::named("ecod", Preset::Default, &json!({})).unwrap().fit(table).unwrap()
}

fn findings(detector: &FittedDetector, values: &[f32], chunk: usize) -> Vec<DriftFinding> {
    let mut drift = Drift::new(detector);
    for values in values.chunks(3 * chunk) {
        drift.see(values);
        drift.scored(&detector.score(values).unwrap());
    }
    drift.findings().unwrap()
}

#[test]
fn a_meter_that_goes_on_behind_the_fitted_rows_is_named_with_counts_and_ranges() {
    let fitted = fitted();
    let later = rows(400, 200, 0);
    let found = findings(&fitted, &later, 64);
    let DriftFinding::OutOfRange { column, outside, rows, fitted: range, found: there } = &found[0] else {
        panic!("{found:?}")
    };
    assert_eq!((&**column, *outside, *rows), ("meter", 200, 200));
    assert!(range.1 < there.0, "{found:?}");
    assert!(
        matches!(found.last(), Some(DriftFinding::FlaggedMore { columns, .. }) if columns[0].0 == "meter")
    );
    // In one chunk and from a file as well.
    assert_eq!(findings(&fitted, &later, 1000), found);
    let loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
    assert_eq!(findings(&loaded, &later, 64), found);
}

#[test]
fn rows_that_are_like_the_fitted_ones_say_nothing_and_one_cell_far_off_does() {
    let fitted = fitted();
    assert_eq!(findings(&fitted, &rows(0, 400, 0), 50), []);
    let mut again = rows(0, 200, 0);
    // Just beyond the end, as the next draw may be.
    again[0] = 1.01;
    assert_eq!(findings(&fitted, &again, 50), []);
    again[0] = 5.0;
    let found = findings(&fitted, &again, 50);
    assert!(
        matches!(&found[..], [DriftFinding::OutOfRange { column, outside: 1, .. }] if column == "flow"),
        "{found:?}"
    );
}

#[test]
fn a_threshold_that_was_moved_is_compared_with_what_it_flags_of_the_fitted_rows() {
    let mut fitted = fitted();
    let same = rows(0, 400, 0);
    fitted.set_threshold(-1.0);
    assert_eq!(findings(&fitted, &same, 100), []);
    // From a file nobody knows what another threshold flags.
    let mut loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
    assert_eq!(findings(&loaded, &same, 100), []);
    loaded.set_threshold(-2.0);
    assert_eq!(findings(&loaded, &same, 100), []);
}
