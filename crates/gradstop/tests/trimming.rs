//! A network that leaves the rows with the largest losses out of every step does not learn them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop::engine::random::{Key, Purpose};
use gradstop::*;
use serde_json::{Value, json};

const COLUMNS: usize = 8;
const ROWS: usize = 600;

/// Rows near a plane through the middle; every twelfth lies far away, in the same direction as the others of its kind, where a
/// network soon learns to reproduce them.
fn table() -> Table {
    let key = Key::new(4, Purpose::Tables, &[]);
    let row = |row: usize| {
        let number = move |at: usize| key.normal((100 * row + at) as u64) as f32;
        let [a, b] = [number(0), number(1)];
        (0..COLUMNS).map(move |column| {
            let turn = column as f32;
            let plane = a * turn.sin() + b * (1.7 * turn).cos() + 0.3 * number(2 + column);
            if is_outlier(row) { plane + 4.0 * (2.3 * turn + 1.0).sin() } else { plane }
        })
    };
    let names = (0..COLUMNS).map(|column| format!("x{column}")).collect();
    Table::new((0..ROWS).flat_map(row).collect(), names).unwrap()
}

fn is_outlier(row: usize) -> bool {
    row % 12 == 5
}

fn fit(name: &str, changes: Value) -> FittedDetector {
    Detector::named(name, Preset::Default, &changes).unwrap().fit(table()).unwrap()
}

/// How often an outlier scores over an inlier.
fn auc(scores: &[f32]) -> f64 {
    let (outliers, inliers): (Vec<usize>, Vec<usize>) = (0..ROWS).partition(|&row| is_outlier(row));
    let above =
        outliers.iter().map(|&row| inliers.iter().filter(|&&other| scores[other] < scores[row]).count());
    above.sum::<usize>() as f64 / (outliers.len() * inliers.len()) as f64
}

#[test]
fn a_trimmed_auto_encoder_still_finds_at_the_end_what_a_plain_one_has_learned() {
    let of = |trim: f64| {
        auc(fit("autoencoder", json!({ "trim": trim, "early_stopping": "none", "epochs": 200 }))
            .training_scores())
    };
    let (plain, trimmed) = (of(0.0), of(0.2));
    assert!(trimmed > 0.99 && plain < 0.97, "{plain} without, {trimmed} with");
}

#[test]
fn every_network_says_in_its_history_what_it_left_out() {
    let cases = [
        ("autoencoder", json!({ "epochs": 20 })),
        ("autoencoder", json!({ "epochs": 20, "batch_size": 100 })),
        ("deepsvdd", json!({ "epochs": 20 })),
        ("deepsvdd", json!({ "epochs": 20, "boundary": "soft", "batch_size": 0 })),
        ("vae", json!({ "epochs": 20 })),
        ("rdp", json!({ "epochs": 20 })),
        ("randnet", json!({ "epochs": 20, "members": 2 })),
        ("robod", json!({ "epochs": 20, "members": 2 })),
        ("robod", json!({ "epochs": 20, "members": 2, "all_rows": false })),
    ];
    for (name, changes) in cases {
        let mut changes = changes;
        changes["early_stopping"] = json!("none");
        changes["trim"] = json!(0.0);
        let plain = fit(name, changes.clone());
        let seen = plain.trainings().iter().flat_map(|training| &training.history);
        assert!(
            seen.into_iter().all(|record| record.trimmed.is_none() && record.trim_overlap.is_none()),
            "{name}"
        );
        changes["trim"] = json!(0.25);
        let trimmed = fit(name, changes.clone());
        assert_ne!(plain.training_scores(), trimmed.training_scores(), "{name} {changes}");
        for training in trimmed.trainings() {
            for record in &training.history {
                // Members that meet a part of the rows each leave out whole rows of theirs.
                let share = record.trimmed.unwrap();
                assert!((share - 0.25).abs() < 0.005, "{name} {changes}: {share}");
                assert!(record.trim_threshold.unwrap() >= 0.0, "{name}");
                let overlap = record.trim_overlap;
                assert_eq!(overlap.is_none(), record.epoch == 0, "{name} {changes}");
                assert!(overlap.is_none_or(|overlap| (0.0..=1.0).contains(&overlap)), "{name}");
            }
        }
    }
}

#[test]
fn every_rule_judges_a_trimmed_training_and_sees_the_gradients_of_all_probe_rows() {
    for stop in ["auto", "gradstop", "entropystop", "none"] {
        let fitted =
            fit("autoencoder", json!({ "trim": 0.2, "early_stopping": stop, "watch": "all", "epochs": 30 }));
        let record = &fitted.trainings()[0].history[0];
        assert!(
            record.signals.cohesion_small.is_some()
                && record.signals.entropy.is_some()
                && record.signals.skewness.is_some(),
            "{stop}"
        );
        assert!(record.trimmed.is_some(), "{stop}");
    }
    // In the first epoch nothing has been trimmed yet: the figures are those of a plain training.
    let first = |trim: f64| {
        let fitted = fit("autoencoder", json!({ "trim": trim, "early_stopping": "gradstop", "epochs": 5 }));
        fitted.trainings()[0].history[0].clone()
    };
    let (plain, trimmed) = (first(0.0), first(0.2));
    assert_eq!(
        (plain.signals.gap, plain.signals.divergence),
        (trimmed.signals.gap, trimmed.signals.divergence)
    );
}

#[test]
fn any_share_of_any_table_leaves_a_row_to_learn_from() {
    for rows in [1, 2, 3, 7] {
        let values = table().values()[..rows * COLUMNS].to_vec();
        let names: Vec<String> = table().columns().to_vec();
        let table = Table::new(values, names).unwrap();
        for name in ["autoencoder", "deepsvdd", "vae", "rdp", "randnet", "robod"] {
            let detector =
                Detector::named(name, Preset::Default, &json!({ "trim": 0.99, "epochs": 3 })).unwrap();
            let fitted = detector.fit(table.clone()).unwrap();
            assert!(fitted.training_scores().iter().all(|score| score.is_finite()), "{name}, {rows} rows");
        }
    }
    for trim in [json!(1.0), json!(-0.1), json!("much")] {
        assert!(Detector::named("autoencoder", Preset::Default, &json!({ "trim": trim })).is_err());
    }
}
