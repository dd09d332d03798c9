//! The auto-encoder from table to scores.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::ops::ControlFlow;

use common::*;
use gradstop::algorithm::*;
use gradstop::history::*;
use gradstop::rules::EarlyStopping;
use gradstop::settings::*;
use gradstop::*;

fn fit(table: Table, change: impl Fn(&mut AutoEncoder)) -> Result<FittedDetector, Error> {
    let mut settings = AutoEncoder::preset(Preset::Paper);
    change(&mut settings);
    Detector::new(Preset::Paper, settings)?.fit(table)
}

/// How the one network was trained.
fn history(fitted: &FittedDetector) -> &History {
    &fitted.trainings()[0].history
}

fn stop(fitted: &FittedDetector) -> &StopSummary {
    &fitted.trainings()[0].stop
}

#[test]
fn rows_off_the_plane_score_highest() {
    let fitted =
        fit(table(400, 6), |settings| settings.training.early_stopping = EarlyStopping::None).unwrap();
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
    for batch_size in [0, 700] {
        let run = |threads| {
            let change = |settings: &mut AutoEncoder| {
                settings.training.epochs = 15;
                settings.training.batch_size = batch_size;
                settings.training.watch = Watch::All;
            };
            let fitted = in_pool(threads, || fit(table(3000, 20), change)).unwrap();
            (bits(fitted.training_scores()), history(&fitted).clone(), stop(&fitted).clone())
        };
        let alone = run(1);
        for threads in [2, 3, 8] {
            assert!(run(threads) == alone, "{threads} threads, batches of {batch_size}");
        }
    }
}

#[test]
fn the_kept_epoch_is_restored_exactly() {
    // A fit that is cut off at the kept epoch ends with the parameters that the longer fit went back to.
    let stopped = fit(table(300, 5), |settings| settings.training.rules.gradstop.patience = 8).unwrap();
    let kept = stop(&stopped).best_epoch;
    assert!(kept + 1 < stop(&stopped).epochs_run, "kept {kept} of {}", stop(&stopped).epochs_run);
    let cut = fit(table(300, 5), |settings| {
        settings.training.early_stopping = EarlyStopping::None;
        settings.training.epochs = kept + 1;
    });
    assert_eq!(bits(cut.unwrap().training_scores()), bits(stopped.training_scores()));
}

#[test]
fn an_average_of_epochs_is_the_sum_of_fits_cut_off_at_them() {
    let averaged =
        fit(table(300, 5), |settings| settings.training.early_stopping = EarlyStopping::Auto).unwrap();
    let epochs = &stop(&averaged).averaged;
    assert!(epochs.len() > 5, "{epochs:?}");
    assert!((epochs.iter().map(|epoch| epoch.share).sum::<f64>() - 1.0).abs() < 1e-12);
    let most = epochs.iter().max_by(|a, b| a.share.total_cmp(&b.share)).unwrap();
    assert_eq!(stop(&averaged).best_epoch, most.epoch);
    let (mut total, mut scores) = (vec![0.0; 300], vec![0.0; 300]);
    for epoch in epochs {
        let cut = fit(table(300, 5), |settings| {
            settings.training.early_stopping = EarlyStopping::None;
            settings.training.epochs = epoch.epoch + 1;
        });
        epoch.add(cut.unwrap().training_scores(), &mut total);
    }
    AveragedEpoch::finish(&total, &mut scores);
    assert_eq!(bits(&scores), bits(averaged.training_scores()));
    let scored = averaged.score(table(300, 5).values()).unwrap();
    assert_eq!(bits(&scored), bits(averaged.training_scores()));
}

#[test]
fn a_divergence_over_the_limit_keeps_the_first_epoch() {
    let stopped =
        fit(table(300, 5), |settings| settings.training.rules.gradstop.divergence_limit = 0.0).unwrap();
    assert_eq!((stop(&stopped).best_epoch, stop(&stopped).epochs_run), (0, 10));
    assert_eq!(stop(&stopped).reason, "diverged");
    let first = fit(table(300, 5), |settings| {
        settings.training.early_stopping = EarlyStopping::None;
        settings.training.epochs = 1;
    });
    assert_eq!(bits(first.unwrap().training_scores()), bits(stopped.training_scores()));
}

#[test]
fn looking_on_changes_no_score() {
    let watched = |watch| fit(table(300, 5), |settings| settings.training.watch = watch).unwrap();
    let (rule, all) = (watched(Watch::Rule), watched(Watch::All));
    assert_eq!(bits(rule.training_scores()), bits(all.training_scores()));
    assert!(history(&rule).iter().all(|record| record.signals.entropy.is_none()));
    let complete =
        |record: &EpochRecord| record.signals.entropy.is_some() && record.signals.smoothed_gap.is_some();
    assert!(history(&all).iter().all(complete));
}

#[test]
fn mini_batches_find_the_same_outliers_and_feed_the_rule() {
    let fitted = fit(table(1000, 6), |settings| {
        settings.training.batch_size = 250;
        settings.training.epochs = 20;
    })
    .unwrap();
    let scores = fitted.training_scores();
    let mean = |rows: std::ops::Range<usize>| scores[rows.clone()].iter().sum::<f32>() / rows.len() as f32;
    assert!(mean(900..1000) > 3.0 * mean(0..900));
    assert!(history(&fitted).iter().all(|record| record.signals.gap.is_some()));
}

#[test]
fn a_row_alone_scores_the_bits_of_its_batch() {
    let fitted = fit(table(300, 5), |settings| settings.training.epochs = 5).unwrap();
    let rows = table(300, 5);
    for (row, want) in rows.values().chunks(5).zip(fitted.training_scores()) {
        assert_eq!(fitted.score(row).unwrap()[0].to_bits(), want.to_bits());
    }
}

#[test]
fn tables_of_odd_shapes_are_fitted_and_scored() {
    for (rows, columns) in [(1, 1), (1, 5), (2, 3), (3, 1), (5, 40), (39, 4), (200, 1)] {
        for stop in [EarlyStopping::Gradstop, EarlyStopping::Entropystop, EarlyStopping::None] {
            for batch_size in [0, 2, 1000] {
                let fitted = fit(table(rows, columns), |settings| {
                    settings.training.early_stopping = stop;
                    settings.training.batch_size = batch_size;
                    settings.training.epochs = 12;
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
    let fitted = fit(table(50, 3), |settings| settings.training.learning_rate = 1e-30).unwrap();
    assert!(fitted.warnings().contains(&Warning::UnmovedParameters));
}

#[test]
fn a_training_that_diverges_names_the_epoch() {
    let diverging = fit(table(100, 3), |settings| {
        settings.training.optimizer = OptimizerName::Sgd;
        settings.training.learning_rate = 1e6;
    });
    let error = diverging.unwrap_err();
    assert!(matches!(error, Error::Diverged { epoch: 1..20, .. }), "{error}");
    assert!(error.to_string().contains("lower learning_rate, now 1e6"), "{error}");
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
            settings.training.optimizer = OptimizerName::Rmsprop;
            settings.training.weight_decay = 1e-4;
            settings.training.epochs = 10;
        });
        assert_eq!(history(&fitted.unwrap()).len(), 10);
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
            settings.training.early_stopping = stop;
        })
    };
    let error = deep(EarlyStopping::Gradstop).unwrap_err().to_string();
    assert!(error.contains("batch-norm after the first hidden layer only"), "{error}");
    deep(EarlyStopping::Entropystop).unwrap();
}

#[test]
fn a_spectator_that_breaks_cancels_the_fit() {
    struct Impatient(usize);
    impl Callback for Impatient {
        fn epoch(&mut self, record: &EpochRecord, _epochs: usize) -> ControlFlow<()> {
            if record.epoch == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    let detector = Detector::new(Preset::Paper, AutoEncoder::preset(Preset::Paper)).unwrap();
    let error = detector.fit_with(table(50, 3), &mut Impatient(3)).unwrap_err();
    assert!(matches!(error, Error::Cancelled { epoch: 3 }));
}

#[test]
fn settings_out_of_range_are_named() {
    let wrong = [
        (serde_json::json!({ "epochs": 0 }), "setting epochs: got 0, wanted a whole number of at least 1"),
        (serde_json::json!({ "dropout": 1.0 }), "setting dropout: got 1.0, wanted a number in [0, 1)"),
        (serde_json::json!({ "epochs": -1 }), "setting epochs: got -1, wanted a whole number of at least 1"),
        (
            serde_json::json!({ "hidden": "wide" }),
            "setting hidden: got \"wide\", wanted a list of at most 64 widths from 1 to 65536, as [128, 64]",
        ),
        (
            serde_json::json!({ "gradstop": { "patience": 0 } }),
            "setting gradstop.patience: got 0, wanted a whole number of at least 1",
        ),
        (
            serde_json::json!({ "optimizer": "adagrad" }),
            "setting optimizer: got \"adagrad\", wanted one of adam, sgd, rmsprop",
        ),
    ];
    for (changes, want) in wrong {
        let error = Detector::named("autoencoder", Preset::Paper, &changes).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint()), (want, Some(Hint::Settings)));
    }
    let unknown =
        Detector::named("autoencoder", Preset::Paper, &serde_json::json!({ "gradstop": { "k": 1 } }));
    let text = unknown.unwrap_err().to_string();
    assert!(text.starts_with("setting gradstop.k: got no setting of that name, wanted one of "), "{text}");
}

#[test]
fn the_presets_differ_in_the_trim_the_dropout_and_the_rule_alone() {
    let mut paper = AutoEncoder::preset(Preset::Paper);
    assert_eq!(paper.training.rules.gradstop.divergence_limit, 1.57);
    paper.training.rules.gradstop.divergence_limit = f64::INFINITY;
    assert_eq!(paper.training.early_stopping, EarlyStopping::Gradstop);
    paper.training.early_stopping = EarlyStopping::None;
    paper.training.trim = TrimSetting::AUTO;
    paper.dropout = 0.4;
    assert_eq!(paper, AutoEncoder::preset(Preset::Default));
}
