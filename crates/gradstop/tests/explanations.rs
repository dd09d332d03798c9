//! Why rows score as they do: contributions add up where they are said to, and name what is wrong.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::*;
use gradstop::algorithm::*;
use gradstop::engine::random::{Key, Purpose};
use gradstop::*;
use proptest::prelude::*;
use serde_json::json;

/// Every detector in both presets, and ensembles of both kinds, with few epochs where there are any.
fn every() -> Vec<Detector> {
    let mut all = Vec::new();
    for entry in detectors() {
        for preset in [Preset::Default, Preset::Paper] {
            let mut settings = vec![json!({})];
            if entry.is_seeded() {
                settings.push(json!({ "ensemble": 3 }));
                settings.push(json!({ "ensemble": 3, "combine": "rank" }));
            }
            if entry.is_trained() {
                settings.push(json!({ "early_stopping": "auto" }));
            }
            if entry.name == "knn" {
                settings.push(json!({ "method": "mean", "n_neighbors": 4 }));
                settings.push(json!({ "method": "median", "n_neighbors": 4 }));
            }
            if entry.name == "gmm" {
                settings.push(json!({ "n_components": 3 }));
            }
            for mut changes in settings {
                if entry.is_trained() {
                    changes["epochs"] = json!(6);
                }
                all.push(Detector::named(entry.name, preset, &changes).unwrap());
            }
        }
    }
    all
}

/// How far base and contributions are from a score, against the sum of their sizes.
fn difference(explanation: &Explanation, row: usize, score: f32) -> f64 {
    let base = f64::from(explanation.method.base);
    let terms = || explanation.row(row).iter().map(|&value| f64::from(value));
    let size = base.abs() + terms().map(f64::abs).sum::<f64>();
    (base + terms().sum::<f64>() - f64::from(score)).abs() / size.max(f64::MIN_POSITIVE)
}

#[test]
fn contributions_sum_to_the_score_where_they_are_said_to_be_exact() {
    let mut exact = std::collections::BTreeSet::new();
    for detector in every() {
        let table = table(120, 6);
        let fitted = detector.fit(table.clone()).unwrap();
        let rows = common::table(40, 6);
        let explanation = fitted.explain(rows.values()).unwrap();
        assert!(explanation.contributions.iter().all(|value| value.is_finite()), "{}", detector.name());
        if explanation.method.exactness == Exactness::Estimate {
            continue;
        }
        exact.insert(detector.name());
        for (row, score) in fitted.score(rows.values()).unwrap().into_iter().enumerate() {
            let off = difference(&explanation, row, score);
            assert!(off < 1e-5, "{} row {row}: {off:e}", detector.name());
        }
        // What a fitted row scored is explained as well, also where a new row would meet itself.
        let positions = [0, 17, 60, 119];
        let values: Vec<f32> =
            positions.iter().flat_map(|&row| table.values()[row * 6..][..6].to_vec()).collect();
        let explanation = fitted.explain_fitted(&values, &positions).unwrap();
        for (row, position) in positions.into_iter().enumerate() {
            let off = difference(&explanation, row, fitted.training_scores()[position]);
            assert!(off < 1e-5, "{} fitted row {position}: {off:e}", detector.name());
        }
    }
    let wanted = ["autoencoder", "cblof", "ecod", "gmm", "knn", "randnet", "robod", "vae"];
    assert_eq!(exact.into_iter().collect::<Vec<_>>(), wanted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_row_of_an_auto_encoder_and_of_ecod_is_its_columns(
        rows in proptest::collection::vec(proptest::array::uniform4(-1e4f32..1e4), 1..20),
        name in prop_oneof!["autoencoder", "vae", "ecod", "randnet", "robod"],
    ) {
        let changes = if name == "ecod" { json!({}) } else { json!({ "epochs": 3 }) };
        let fitted = Detector::named(&name, Preset::Default, &changes).unwrap().fit(table(60, 4)).unwrap();
        let values = rows.concat();
        let explanation = fitted.explain(&values).unwrap();
        for (row, score) in fitted.score(&values).unwrap().into_iter().enumerate() {
            let sum: f64 = explanation.row(row).iter().map(|&value| f64::from(value)).sum();
            prop_assert!(explanation.row(row).iter().all(|&value| value >= 0.0));
            prop_assert!((sum - f64::from(score)).abs() <= 1e-5 * f64::from(score), "{name}: {sum} and {score}");
        }
    }
}

#[test]
fn a_row_alone_is_explained_by_the_bits_of_its_batch_on_any_number_of_threads() {
    for detector in every() {
        let fitted = detector.fit(table(80, 5)).unwrap();
        let rows = table(9, 5);
        let explain = |threads| in_pool(threads, || fitted.explain(rows.values())).unwrap();
        let together = explain(1);
        assert_eq!(bits(&together.contributions), bits(&explain(3).contributions), "{}", detector.name());
        let loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
        assert_eq!(loaded.explain(rows.values()).unwrap(), together, "{}", detector.name());
        for (row, values) in rows.values().chunks(5).enumerate() {
            let alone = fitted.explain(values).unwrap();
            assert_eq!(bits(alone.row(0)), bits(together.row(row)), "{}", detector.name());
        }
    }
}

#[test]
fn odd_tables_and_huge_values_are_explained_by_finite_numbers() {
    for detector in every() {
        for (rows, columns) in [(1, 1), (2, 3), (30, 1)] {
            let table = table(rows, columns);
            let fitted = detector.fit(table.clone()).unwrap();
            let mut values = table.values().to_vec();
            values[0] = f32::MAX;
            for explanation in [
                fitted.explain(&values).unwrap(),
                fitted.explain_fitted(table.values(), &(0..rows).collect::<Vec<_>>()).unwrap(),
            ] {
                assert_eq!(explanation.contributions.len(), rows * columns);
                let finite = explanation.contributions.iter().all(|value| value.is_finite());
                assert!(finite, "{} {rows} x {columns}", detector.name());
            }
        }
    }
    let fitted = every()[0].fit(table(20, 3)).unwrap();
    assert!(matches!(fitted.explain(&[1.0; 4]), Err(Error::Shape { .. })));
    assert!(matches!(fitted.explain_fitted(&[1.0; 3], &[20]), Err(Error::Shape { .. })));
    assert!(matches!(fitted.explain_fitted(&[1.0; 3], &[]), Err(Error::Shape { .. })));
}

const COLUMNS: usize = 20;

/// Rows near a plane of two dimensions, the last twentieth of them with one column changed; the column of
/// each such row.
fn corrupted(seed: u64) -> (Table, Vec<usize>) {
    const ROWS: usize = 1000;
    let key = Key::new(seed, Purpose::Shuffle, &[7]);
    let slopes: Vec<f64> = (0..2 * COLUMNS as u64).map(|at| key.at(0).normal(at)).collect();
    let mut values = Vec::new();
    for row in 0..ROWS as u64 {
        let key = key.at(1).at(row);
        let causes = [key.normal(0), key.normal(1)];
        for column in 0..COLUMNS {
            let plane = causes[0] * slopes[2 * column] + causes[1] * slopes[2 * column + 1];
            values.push((plane + 0.1 * key.normal(2 + column as u64)) as f32);
        }
    }
    let columns: Vec<usize> =
        (ROWS - ROWS / 20..ROWS).map(|row| key.at(2).below(row as u64, COLUMNS as u64) as usize).collect();
    for (row, &column) in (ROWS - ROWS / 20..ROWS).zip(&columns) {
        let sign = if key.at(3).uniform(row as u64) < 0.5 { -1.0 } else { 1.0 };
        values[row * COLUMNS + column] += sign * 8.0;
    }
    (Table::new(values, (0..COLUMNS).map(|at| format!("c{at}")).collect()).unwrap(), columns)
}

/// Of the corrupted rows that are flagged, the share whose corrupted column is named first; and how many are.
fn named_first(detector: &Detector, seed: u64) -> (f64, usize) {
    let (table, corrupted) = corrupted(seed);
    let fitted = detector.fit(table.clone()).unwrap();
    let first = table.rows() - corrupted.len();
    let positions: Vec<usize> =
        (first..table.rows()).filter(|&row| fitted.training_scores()[row] > fitted.threshold()).collect();
    let values: Vec<f32> =
        positions.iter().flat_map(|&row| table.values()[row * COLUMNS..][..COLUMNS].to_vec()).collect();
    let explanation = fitted.explain_fitted(&values, &positions).unwrap();
    let right = |&(at, &position): &(usize, &usize)| {
        explanation.strongest(at, 1).first().map(|found| found.0) == Some(corrupted[position - first])
    };
    let found = positions.iter().enumerate().filter(right).count();
    (found as f64 / positions.len() as f64, positions.len())
}

#[test]
fn the_one_corrupted_feature_of_an_outlier_ranks_first() {
    let changes = json!({ "early_stopping": "gradstop" });
    let detector = Detector::named("autoencoder", Preset::Default, &changes).unwrap();
    let (mut right, mut detected) = (0.0, 0);
    for seed in 0..5 {
        let (share, count) = named_first(&detector, seed);
        right += share * count as f64;
        detected += count;
    }
    assert!(detected >= 200, "only {detected} detected");
    assert!(right / detected as f64 >= 0.9, "{right} of {detected}");
}

#[test]
fn every_detector_names_the_corrupted_feature_far_more_often_than_chance() {
    for entry in detectors() {
        let (share, detected) =
            named_first(&Detector::named(entry.name, Preset::Default, &json!({})).unwrap(), 0);
        assert!(share > 0.3 && detected > 5, "{}: {share} of {detected}", entry.name);
    }
}
