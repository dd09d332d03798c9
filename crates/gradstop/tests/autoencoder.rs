//! The auto-encoder from table to scores.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;

use gradstop::engine::random::{Key, Stream};
use gradstop::*;

/// Rows near a plane, the last tenth of them off it.
fn table(rows: usize, columns: usize) -> Table {
    let key = Key::new(1, Stream::Shuffle, &[]);
    let normal = |at: usize| key.normal(at as u64);
    let mut values = Vec::new();
    for row in 0..rows {
        let (a, b) = (normal(row * 1000), normal(row * 1000 + 1));
        let off = if row >= rows - rows / 10 { 3.0 } else { 0.1 };
        for column in 0..columns {
            let slope = column as f64 / columns as f64;
            values.push((a * slope + b * (1.0 - slope) + off * normal(row * 1000 + 2 + column)) as f32 + 5.0);
        }
    }
    Table::new(values, (0..columns).map(|column| format!("c{column}")).collect()).unwrap()
}

fn fit(table: Table, change: impl Fn(&mut AutoEncoderSettings)) -> Result<FittedDetector, Error> {
    let mut settings = AutoEncoderSettings::preset(Preset::Paper);
    change(&mut settings);
    AutoEncoder::new(Preset::Paper, settings)?.fit(table)
}

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

#[test]
fn rows_off_the_plane_score_highest() {
    let fitted = fit(table(400, 6), |settings| settings.stop = StopName::None).unwrap();
    let scores = fitted.training_scores();
    let mut order: Vec<usize> = (0..400).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let found = order[..40].iter().filter(|&&row| row >= 360).count();
    assert!(found >= 34, "{found} of 40");
    let flagged = scores.iter().filter(|&&score| score > fitted.threshold()).count();
    assert_eq!(flagged, 40);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for batch_rows in [0, 700] {
        let run = |threads| {
            let change = |settings: &mut AutoEncoderSettings| {
                settings.epochs = 15;
                settings.batch_rows = batch_rows;
                settings.watch = Watch::All;
            };
            let fitted = in_pool(threads, || fit(table(3000, 20), change)).unwrap();
            (bits(fitted.training_scores()), fitted.history().clone(), fitted.stop().clone())
        };
        let alone = run(1);
        for threads in [2, 3, 8] {
            assert!(run(threads) == alone, "{threads} threads, batches of {batch_rows}");
        }
    }
}

#[test]
fn the_kept_epoch_is_restored_exactly() {
    // A fit that is cut off at the kept epoch ends with the parameters that the longer fit went back to.
    let stopped = fit(table(300, 5), |settings| settings.gradstop.window = 8).unwrap();
    let kept = stopped.stop().best_epoch;
    assert!(kept + 1 < stopped.stop().epochs_run, "kept {kept} of {}", stopped.stop().epochs_run);
    let cut = fit(table(300, 5), |settings| {
        settings.stop = StopName::None;
        settings.epochs = kept + 1;
    });
    assert_eq!(bits(cut.unwrap().training_scores()), bits(stopped.training_scores()));
}

#[test]
fn a_divergence_over_the_limit_keeps_the_first_epoch() {
    let stopped = fit(table(300, 5), |settings| settings.gradstop.divergence_limit = 0.0).unwrap();
    assert_eq!((stopped.stop().best_epoch, stopped.stop().epochs_run), (0, 10));
    assert_eq!(stopped.stop().reason, "diverged");
    let first = fit(table(300, 5), |settings| {
        settings.stop = StopName::None;
        settings.epochs = 1;
    });
    assert_eq!(bits(first.unwrap().training_scores()), bits(stopped.training_scores()));
}

#[test]
fn looking_on_changes_no_score() {
    let watched = |watch| fit(table(300, 5), |settings| settings.watch = watch).unwrap();
    let (rule, all) = (watched(Watch::Rule), watched(Watch::All));
    assert_eq!(bits(rule.training_scores()), bits(all.training_scores()));
    assert!(rule.history().iter().all(|record| record.entropy.is_none()));
    let complete = |record: &EpochRecord| record.entropy.is_some() && record.smoothed_gap.is_some();
    assert!(all.history().iter().all(complete));
}

#[test]
fn mini_batches_find_the_same_outliers_and_feed_the_rule() {
    let fitted = fit(table(1000, 6), |settings| {
        settings.batch_rows = 250;
        settings.epochs = 20;
    })
    .unwrap();
    let scores = fitted.training_scores();
    let mean = |rows: std::ops::Range<usize>| scores[rows.clone()].iter().sum::<f32>() / rows.len() as f32;
    assert!(mean(900..1000) > 3.0 * mean(0..900));
    assert!(fitted.history().iter().all(|record| record.gap.is_some()));
}

#[test]
fn a_row_alone_scores_the_bits_of_its_batch() {
    let fitted = fit(table(300, 5), |settings| settings.epochs = 5).unwrap();
    let rows = table(300, 5);
    for (row, want) in rows.values().chunks(5).zip(fitted.training_scores()) {
        assert_eq!(fitted.score(row).unwrap()[0].to_bits(), want.to_bits());
    }
}

#[test]
fn tables_of_odd_shapes_are_fitted_and_scored() {
    for (rows, columns) in [(1, 1), (1, 5), (2, 3), (3, 1), (5, 40), (39, 4), (200, 1)] {
        for stop in [StopName::Gradstop, StopName::Entropystop, StopName::None] {
            for batch_rows in [0, 2, 1000] {
                let fitted = fit(table(rows, columns), |settings| {
                    settings.stop = stop;
                    settings.batch_rows = batch_rows;
                    settings.epochs = 12;
                })
                .unwrap();
                let scores = fitted.training_scores();
                assert_eq!(scores.len(), rows);
                assert!(scores.iter().all(|score| score.is_finite() && *score >= 0.0));
                assert_eq!(
                    fitted.warnings().contains(&Warning::TooFewRows { rows }),
                    rows == 1,
                    "{rows} x {columns}"
                );
            }
        }
    }
}

#[test]
fn a_table_that_says_nothing_is_a_warning() {
    let names = || vec!["a".to_string(), "b".to_string()];
    let fitted = fit(Table::new([3.0, 4.0].repeat(50), names()).unwrap(), |_| {}).unwrap();
    assert!(fitted.warnings().contains(&Warning::OneScore));
    assert!(fitted.warnings().contains(&Warning::ConstantColumns { columns: names() }));
    let fitted = fit(table(50, 3), |settings| settings.learning_rate = 1e-30).unwrap();
    assert!(fitted.warnings().contains(&Warning::UnmovedParameters));
}

#[test]
fn a_training_that_diverges_names_the_epoch() {
    let diverging = fit(table(100, 3), |settings| {
        settings.optimizer = OptimizerName::Sgd;
        settings.learning_rate = 1e6;
    });
    let error = diverging.unwrap_err();
    assert!(matches!(error, Error::Diverged { epoch: 1..20, .. }), "{error}");
    assert!(error.to_string().contains("lower learning_rate, now 1000000"), "{error}");
}

#[test]
fn values_far_beyond_the_training_score_high_and_finite() {
    let fitted = fit(table(100, 3), |_| {}).unwrap();
    let scores = fitted.score(&[f32::MAX, f32::MIN, 0.0, 1e30, 5.0, 5.0]).unwrap();
    assert!(scores.iter().all(|score| score.is_finite() && *score > fitted.threshold()), "{scores:?}");
}

#[test]
fn deep_networks_with_every_option_are_fitted() {
    for activation in [ActivationName::Sigmoid, ActivationName::Tanh, ActivationName::LeakyRelu] {
        let fitted = fit(table(120, 6), |settings| {
            settings.hidden = vec![16, 4, 16];
            settings.activation = activation;
            settings.optimizer = OptimizerName::Rmsprop;
            settings.weight_decay = 1e-4;
            settings.epochs = 10;
        });
        assert_eq!(fitted.unwrap().history().len(), 10);
    }
    let none = fit(table(120, 6), |settings| settings.hidden = vec![]).unwrap();
    assert!(none.training_scores().iter().all(|score| score.is_finite()));
}

#[test]
fn gradients_without_a_closed_form_are_refused_before_the_training() {
    let deep = |stop| {
        fit(table(50, 3), |settings| {
            settings.hidden = vec![8, 4];
            settings.batch_norm = BatchNormPlaces::All;
            settings.stop = stop;
        })
    };
    let error = deep(StopName::Gradstop).unwrap_err().to_string();
    assert!(error.contains("batch-norm after the first hidden layer only"), "{error}");
    deep(StopName::Entropystop).unwrap();
}

#[test]
fn a_spectator_that_breaks_cancels_the_fit() {
    struct Impatient(usize);
    impl Spectator for Impatient {
        fn epoch(&mut self, record: &EpochRecord, _epochs: usize) -> ControlFlow<()> {
            if record.epoch == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    let detector = AutoEncoder::preset(Preset::Paper);
    let error = detector.fit_watched(table(50, 3), &mut Impatient(3)).unwrap_err();
    assert!(matches!(error, Error::Cancelled { epoch: 3 }));
}

#[test]
fn settings_out_of_range_are_named() {
    let wrong = [
        (serde_json::json!({ "epochs": 0 }), "setting epochs: got 0, wanted at least 1"),
        (serde_json::json!({ "dropout": 1.0 }), "setting dropout: got 1, wanted a number in [0, 1)"),
        (serde_json::json!({ "epochs": -1 }), "setting epochs: got -1, wanted a whole number of at least 0"),
        (
            serde_json::json!({ "hidden": "wide" }),
            "setting hidden: got \"wide\", wanted a list of whole numbers, as [128, 64]",
        ),
        (
            serde_json::json!({ "gradstop": { "window": 0 } }),
            "setting gradstop.window: got 0, wanted at least 1",
        ),
        (
            serde_json::json!({ "optimizer": "adagrad" }),
            "setting optimizer: got \"adagrad\", wanted one of adam, sgd, rmsprop",
        ),
    ];
    for (changes, want) in wrong {
        assert_eq!(AutoEncoderSettings::changed(Preset::Paper, &changes).unwrap_err().to_string(), want);
    }
    let unknown = AutoEncoderSettings::changed(Preset::Paper, &serde_json::json!({ "gradstop": { "k": 1 } }));
    let text = unknown.unwrap_err().to_string();
    assert!(text.starts_with("setting gradstop.k: got no setting of that name, wanted one of "), "{text}");
}

#[test]
fn the_presets_differ_in_the_early_test_alone() {
    let mut paper = AutoEncoderSettings::preset(Preset::Paper);
    assert_eq!(paper.gradstop.divergence_limit, 1.57);
    paper.gradstop.divergence_limit = f64::INFINITY;
    assert_eq!(paper, AutoEncoderSettings::preset(Preset::Default));
}
