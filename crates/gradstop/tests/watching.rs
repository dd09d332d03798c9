//! Whoever looks on at a fit sees it as it is, and changes nothing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::*;
use gradstop::rules::RowGradients;
use gradstop::*;
use serde_json::json;

/// Watches two sets of rows: the even ones, and some odd ones.
struct Watcher {
    rows: Vec<usize>,
    seen: Vec<[f64; 4]>,
    norms: Vec<f64>,
}

impl Watcher {
    fn new(rows: Vec<usize>) -> Self {
        Self { rows, seen: Vec::new(), norms: Vec::new() }
    }
}

impl Callback for Watcher {
    fn watched_rows(&self) -> Vec<usize> {
        self.rows.clone()
    }

    fn gradients(&mut self, epoch: usize, gradients: &dyn RowGradients) {
        assert_eq!((epoch, gradients.rows()), (self.seen.len(), self.rows.len()));
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let (even, odd): (Vec<usize>, Vec<usize>) =
            all.iter().partition(|&&at| self.rows[at].is_multiple_of(2));
        let products = gradients.products_of_sums(&[&even, &odd, &all]);
        self.seen.push([products[0], products[4], products[1], products[8]]);
        self.norms = gradients.norms(&all);
    }
}

fn trained(changes: &serde_json::Value) -> Vec<Detector> {
    let entries = detectors().iter().filter(|entry| entry.is_trained() && entry.name != "randnet");
    entries.map(|entry| Detector::named(entry.name, Preset::Default, changes).unwrap()).collect()
}

#[test]
fn watching_any_rows_changes_no_bit_of_a_fit() {
    for stop in ["gradstop", "entropystop", "none"] {
        for detector in trained(&json!({ "epochs": 25, "early_stopping": stop, "probe_size": 50 })) {
            let alone = detector.fit(table(200, 5)).unwrap();
            for rows in [(0..200).collect(), vec![3, 77, 150], (0..200).step_by(3).collect::<Vec<_>>()] {
                let mut watcher = Watcher::new(rows);
                let fit = || detector.fit_with(table(200, 5), &mut watcher).unwrap();
                let watched = in_pool(2, fit);
                assert_eq!(watcher.seen.len(), watched.trainings()[0].stop.epochs_run);
                assert_eq!(
                    bits(watched.training_scores()),
                    bits(alone.training_scores()),
                    "{}",
                    detector.name()
                );
                assert_eq!(watched.trainings(), alone.trainings(), "{}", detector.name());
                assert!(watched.to_bytes() == alone.to_bytes(), "{} {stop}", detector.name());
            }
        }
    }
}

#[test]
fn sums_over_sets_add_up_to_the_sum_over_all() {
    for detector in trained(&json!({ "epochs": 5, "early_stopping": "none" })) {
        let mut watcher = Watcher::new((0..120).collect());
        detector.fit_with(table(120, 4), &mut watcher).unwrap();
        for [even, odd, across, all] in &watcher.seen {
            let sum = even + odd + 2.0 * across;
            assert!((sum - all).abs() <= 1e-4 * (even + odd), "{}: {sum} and {all}", detector.name());
        }
        assert_eq!(watcher.norms.len(), 120);
        assert!(watcher.norms.iter().any(|&norm| norm > 0.0), "{}", detector.name());
    }
}

#[test]
fn nothing_is_shown_of_mini_batches_nor_of_rows_that_meet_one_member_only() {
    let batches = Detector::named("autoencoder", Preset::Default, &json!({ "epochs": 3, "batch_size": 50 }));
    let one_member = Detector::named("robod", Preset::Paper, &json!({ "epochs": 3 }));
    for detector in [batches.unwrap(), one_member.unwrap()] {
        let mut watcher = Watcher::new((0..120).collect());
        detector.fit_with(table(120, 4), &mut watcher).unwrap();
        assert!(watcher.seen.is_empty());
    }
}
