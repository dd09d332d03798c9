//! What holds for every detector of the registry, in both presets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::*;
use gradstop::algorithm::Standardization;
use gradstop::history::*;
use gradstop::*;
use serde_json::{Value, json};

const PRESETS: [Preset; 2] = [Preset::Default, Preset::Paper];

/// Every detector in both presets, with few epochs where there are any, and averaging them.
fn every() -> Vec<Detector> {
    let few = |entry: &DetectorEntry| if entry.is_trained() { json!({ "epochs": 12 }) } else { json!({}) };
    let both = |entry| PRESETS.map(|preset| changed(entry, preset, &few(entry)));
    let trained = detectors().iter().filter(|entry| entry.is_trained());
    let averaging =
        |entry| changed(entry, Preset::Default, &json!({ "epochs": 12, "early_stopping": "auto" }));
    detectors().iter().flat_map(both).chain(trained.map(averaging)).collect()
}

fn changed(entry: &DetectorEntry, preset: Preset, changes: &Value) -> Detector {
    Detector::named(entry.name, preset, changes).unwrap()
}

fn describe(detector: &Detector) -> String {
    format!("{} {:?}", detector.name(), detector.preset())
}

#[test]
fn names_differ_and_every_setting_is_listed_with_its_range() {
    for (at, entry) in detectors().iter().enumerate() {
        assert!(detectors()[..at].iter().all(|other| other.name != entry.name));
        assert!(!entry.about.is_empty() && !entry.assumes.is_empty() && !entry.cost.is_empty());
        for preset in PRESETS {
            let detector = changed(entry, preset, &json!({}));
            let mut listed: Vec<&str> =
                detector.parameters().iter().map(|parameter| parameter.name).collect();
            let mut there = leaves(&detector.settings(), "");
            listed.sort_unstable();
            there.sort_unstable();
            assert_eq!(listed, there, "{}", entry.name);
        }
    }
}

/// Names of the values in a tree, joined by dots.
fn leaves(tree: &Value, path: &str) -> Vec<String> {
    let Value::Object(tree) = tree else { return vec![path.into()] };
    let below = |(name, value): (&String, &Value)| match path {
        "" => leaves(value, name),
        path => leaves(value, &format!("{path}.{name}")),
    };
    tree.iter().flat_map(below).collect()
}

#[test]
fn rows_off_the_plane_score_higher() {
    // In the preset default alone: what the paper evaluated collapses, or reconstructs with a sigmoid.
    for entry in detectors() {
        let changes = if entry.is_trained() { json!({ "early_stopping": "none" }) } else { json!({}) };
        let fitted = changed(entry, Preset::Default, &changes).fit(table(400, 6)).unwrap();
        let scores = fitted.training_scores();
        let ranks = |row: usize| scores.iter().filter(|&&other| other < scores[row]).count();
        let mean = (360..400).map(ranks).sum::<usize>() as f64 / 40.0 / 400.0;
        assert!(mean > 0.75, "{}: mean rank {mean}", entry.name);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for detector in every() {
        let run = |threads| {
            let fitted = in_pool(threads, || detector.fit(table(1500, 12))).unwrap();
            let new = in_pool(threads, || fitted.score(table(300, 12).values())).unwrap();
            (bits(fitted.training_scores()), bits(&new), fitted.trainings().to_vec())
        };
        let alone = run(1);
        for threads in [2, 3, 8] {
            assert!(run(threads) == alone, "{} with {threads} threads", describe(&detector));
        }
    }
}

#[test]
fn a_row_alone_scores_the_bits_of_its_batch_and_so_does_a_loaded_model() {
    for detector in every() {
        let fitted = detector.fit(table(200, 5)).unwrap();
        let rows = table(333, 5);
        let together = fitted.score(rows.values()).unwrap();
        let loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
        assert_eq!(bits(&loaded.score(rows.values()).unwrap()), bits(&together), "{}", describe(&detector));
        assert_eq!(loaded.to_bytes(), fitted.to_bytes());
        for (row, want) in rows.values().chunks(5).zip(&together) {
            assert_eq!(fitted.score(row).unwrap()[0].to_bits(), want.to_bits(), "{}", describe(&detector));
        }
        // Scoring again changes nothing: no score is drawn anew.
        assert_eq!(bits(&fitted.score(rows.values()).unwrap()), bits(&together));
    }
}

#[test]
fn tables_of_odd_shapes_are_fitted_and_scored() {
    for detector in every() {
        for (rows, columns) in [(1, 1), (1, 5), (2, 3), (3, 1), (5, 40), (39, 4), (200, 1)] {
            let fitted = detector.fit(table(rows, columns)).unwrap();
            let new = fitted.score(table(7, columns).values()).unwrap();
            assert_eq!(fitted.training_scores().len(), rows);
            let scores = fitted.training_scores().iter().chain(&new);
            assert!(
                scores.into_iter().all(|score| score.is_finite()),
                "{} {rows} x {columns}",
                describe(&detector)
            );
        }
    }
}

#[test]
fn equal_rows_constant_columns_and_huge_values_have_finite_scores() {
    let names = || vec!["a".to_string(), "b".to_string()];
    let equal = [3.0, 4.0].repeat(60);
    let mut doubled: Vec<f32> = (0..30).flat_map(|row| [(row % 5) as f32, 1.0]).collect();
    doubled.extend(doubled.clone());
    let mut huge: Vec<f32> = (0..60).flat_map(|row| [(row % 7) as f32, (row % 11) as f32]).collect();
    huge[40] = 1e30;
    for detector in every() {
        for values in [&equal, &doubled, &huge] {
            let fitted = detector.fit(Table::new(values.clone(), names()).unwrap());
            let fitted = fitted.unwrap_or_else(|error| panic!("{}: {error}", describe(&detector)));
            let new = fitted.score(&[f32::MAX, f32::MIN, 0.0, 0.0, 3.0, 4.0]).unwrap();
            let mut scores = fitted.training_scores().iter().chain(&new);
            assert!(scores.all(|score| score.is_finite()), "{}", describe(&detector));
            let loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
            assert_eq!(loaded.warnings(), fitted.warnings());
        }
        let fitted = detector.fit(Table::new(equal.clone(), names()).unwrap()).unwrap();
        assert!(fitted.warnings().contains(&Warning::OneScore), "{}", describe(&detector));
    }
}

#[test]
fn ensembles_rank_by_all_members_and_survive_saving() {
    for entry in detectors().iter().filter(|entry| entry.is_seeded()) {
        for combine in ["rank", "standard"] {
            let mut changes = json!({ "ensemble": 3, "combine": combine });
            if entry.is_trained() {
                changes["epochs"] = json!(8);
            }
            let detector = changed(entry, Preset::Default, &changes);
            let run = |threads| in_pool(threads, || detector.fit(table(300, 5))).unwrap();
            let fitted = run(1);
            for threads in [2, 3, 8] {
                assert_eq!(
                    bits(run(threads).training_scores()),
                    bits(fitted.training_scores()),
                    "{}",
                    entry.name
                );
            }
            let loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
            let rows = table(50, 5);
            let new = fitted.score(rows.values()).unwrap();
            assert_eq!(bits(&loaded.score(rows.values()).unwrap()), bits(&new));
            for (row, want) in rows.values().chunks(5).zip(&new) {
                assert_eq!(fitted.score(row).unwrap()[0].to_bits(), want.to_bits());
            }
            if combine == "rank" {
                assert!(fitted.training_scores().iter().all(|score| (0.0..=1.0).contains(score)));
            }
            // The members differ, or there would be no point in them.
            let one = changed(entry, Preset::Default, &json!({})).fit(table(300, 5)).unwrap();
            assert_ne!(one.training_scores(), fitted.training_scores());
        }
    }
}

#[test]
fn an_ensemble_of_equal_members_is_refused() {
    for entry in detectors().iter().filter(|entry| !entry.is_seeded()) {
        let error = Detector::named(entry.name, Preset::Default, &json!({ "ensemble": 3 })).unwrap_err();
        assert!(error.to_string().starts_with("setting ensemble: got 3, wanted 1"), "{error}");
    }
}

#[test]
fn every_rule_stops_every_network() {
    for entry in detectors().iter().filter(|entry| entry.is_trained()) {
        for stop in ["none", "gradstop", "entropystop", "auto"] {
            let detector = changed(
                entry,
                Preset::Default,
                &json!({ "early_stopping": stop, "watch": "all", "epochs": 15 }),
            );
            let fitted = detector.fit(table(300, 5)).unwrap();
            assert!(!fitted.trainings().is_empty());
            for training in fitted.trainings() {
                assert_eq!(training.stop.rule, stop);
                let complete =
                    |record: &EpochRecord| record.signals.gap.is_some() && record.signals.entropy.is_some();
                assert!(training.history.iter().all(complete), "{}", entry.name);
            }
        }
    }
}

#[test]
fn a_cancelled_fit_ends_with_an_error() {
    struct Gone;
    impl Callback for Gone {
        fn epoch(&mut self, _: &EpochRecord, _: usize) -> std::ops::ControlFlow<()> {
            std::ops::ControlFlow::Break(())
        }
        fn cancelled(&self) -> bool {
            true
        }
    }
    for detector in every() {
        let error = detector.fit_with(table(300, 5), &mut Gone).unwrap_err();
        assert!(matches!(error, Error::Cancelled { .. }), "{}: {error}", describe(&detector));
    }
}

#[test]
fn a_collapsed_network_is_a_warning() {
    let zero = json!({ "early_stopping": "none", "epochs": 300, "learning_rate": 0.01 });
    let fitted =
        changed(detector_named("deepsvdd").unwrap(), Preset::Paper, &zero).fit(table(300, 5)).unwrap();
    let collapsed = |warning: &Warning| matches!(warning, Warning::CollapsedRepresentation { .. });
    assert!(fitted.warnings().iter().any(collapsed), "{:?}", fitted.warnings());
    let repeated = |warning: &Warning| matches!(warning, Warning::FewScores { .. } | Warning::OneScore);
    assert!(fitted.warnings().iter().any(repeated), "{:?}", fitted.warnings());
    let sound = changed(detector_named("deepsvdd").unwrap(), Preset::Default, &json!({}));
    assert_eq!(sound.fit(table(300, 5)).unwrap().warnings(), []);
}

#[test]
fn equal_rows_have_equal_scores_and_a_tie_at_the_threshold_is_said() {
    let rows = table(80, 4);
    // Each row twice, and one of them thirty times more.
    let twice = [rows.values(), rows.values(), &rows.values()[..4].repeat(30)].concat();
    let rows = Table::new(twice, rows.columns().to_vec()).unwrap();
    for detector in every() {
        let fitted = detector.fit(rows.clone()).unwrap();
        let scores = fitted.training_scores();
        assert_eq!(scores[..80], scores[80..160], "{}", describe(&detector));
        assert!(scores[160..].iter().all(|score| *score == scores[0]), "{}", describe(&detector));
    }
    // Most rows in one place, where ten of a hundred are to be flagged and five are elsewhere.
    let values = (0..100).map(|row| if row < 95 { 0.0 } else { (row - 90) as f32 }).collect();
    let table = Table::new(values, vec!["x".into()]).unwrap();
    let fitted = Detector::named("knn", Preset::Default, &json!({})).unwrap().fit(table).unwrap();
    let said = fitted.warnings().iter().find_map(|warning| match warning {
        Warning::TiedThreshold { tied, flagged, wanted, rows, .. } => Some((*tied, *flagged, *wanted, *rows)),
        _ => None,
    });
    assert_eq!(said, Some((95, 5, 10, 100)), "{:?}", fitted.warnings());
}

#[test]
fn a_sample_is_standardized_as_the_table_that_it_is_drawn_from() {
    let whole = table(300, 5);
    let of_whole = Standardization::fit(whole.values(), 5);
    let sample = Table::new(whole.values()[..100 * 5].to_vec(), whole.columns().to_vec()).unwrap();
    let detector = Detector::named("knn", Preset::Default, &json!({})).unwrap();
    let fit_sample =
        |standardization| detector.fit(Source::Sample { table: sample.clone(), standardization });

    let fitted = fit_sample(of_whole.clone()).unwrap();
    assert_eq!(fitted.standardization(), &of_whole);
    let by_itself = detector.fit(sample.clone()).unwrap();
    assert_ne!(fitted.training_scores(), by_itself.training_scores());
    let again = fit_sample(by_itself.standardization().clone()).unwrap();
    assert_eq!(again.training_scores(), by_itself.training_scores());

    let narrow = Standardization::fit(&[1.0, 2.0], 1);
    let error = fit_sample(narrow).unwrap_err();
    assert_eq!(error.to_string(), "standardization: got 1 columns, wanted 5");
}
