//! A fit to a table in a stream is the fit in mini-batches, and finds the same threshold.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;
use std::time::Duration;

use gradstop::engine::random::{Key, Purpose};
use gradstop::history::*;
use gradstop::*;
use serde_json::{Value, json};

/// A table in memory that comes in pieces of so many rows.
struct Pieces {
    values: Vec<f32>,
    rows: usize,
    next: usize,
    passes: usize,
    /// From which pass on the last row is missing.
    cut_from: usize,
}

impl Pieces {
    fn of(values: Vec<f32>, rows: usize) -> Self {
        Self { values, rows, next: 0, passes: 0, cut_from: usize::MAX }
    }
}

impl RowStream for Pieces {
    fn rewind(&mut self) -> Result<(), Error> {
        self.next = 0;
        self.passes += 1;
        Ok(())
    }

    fn read(&mut self, rows: &mut Vec<f32>) -> Result<(), Error> {
        let cut = if self.passes >= self.cut_from { COLUMNS } else { 0 };
        let end = (self.values.len() - cut).min(self.next + self.rows * COLUMNS);
        rows.clear();
        rows.extend_from_slice(&self.values[self.next..end]);
        self.next = end;
        Ok(())
    }
}

const COLUMNS: usize = 5;

/// Rows near a plane, some of them off it, with a constant column.
fn values(rows: u64) -> Vec<f32> {
    let key = Key::new(11, Purpose::Tables, &[]);
    let row = |row: u64| {
        let [a, b] = [0, 1].map(|i| key.normal(10 * row + i) as f32);
        let off = if row.is_multiple_of(45) { 4.0 } else { 0.1 } * key.normal(10 * row + 2) as f32;
        [3.0 * a + 100.0, a - b + off, 2.0 * b, 7.0, a + b]
    };
    (0..rows).flat_map(row).collect()
}

fn names() -> Vec<String> {
    ["a", "b", "c", "d", "e"].map(String::from).to_vec()
}

fn streamed(stream: &mut Pieces) -> Source<'_> {
    Source::Stream { columns: names(), stream }
}

fn detector(name: &str, changes: Value) -> Detector {
    Detector::named(name, Preset::Default, &changes).unwrap()
}

#[test]
fn a_table_that_is_one_block_is_fitted_with_the_same_bits_whatever_comes_together() {
    let ten = |fitted: &FittedDetector| {
        let scores = fitted.training_scores();
        let mut rows: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
        rows.sort_by(|a, b| b.1.total_cmp(&a.1));
        rows.truncate(10);
        rows
    };
    for (name, stop, rows, batch_size) in [
        ("autoencoder", "auto", 20_000, 4000),
        ("autoencoder", "gradstop", 3000, 256),
        ("autoencoder", "entropystop", 3000, 1 << 20),
        ("autoencoder", "gradstop", 3000, 3000),
        ("deepsvdd", "gradstop", 3000, 500),
        ("vae", "auto", 3000, 700),
    ] {
        let values = values(rows);
        let settings = json!({ "early_stopping": stop, "batch_size": batch_size, "epochs": 8, "seed": 3, "watch": "all", "trim": 0.0 });
        let detector = detector(name, settings);
        let wanted = detector.fit(Table::new(values.clone(), names()).unwrap()).unwrap();
        for piece in [77, 16_384] {
            let mut stream = Pieces::of(values.clone(), piece);
            let fitted = detector.fit(streamed(&mut stream)).unwrap();
            let StreamedScores { flagged, most_abnormal, scored_rows } =
                fitted.streamed_scores().unwrap().clone();
            let what = format!("{name}, {stop}, {rows}, {batch_size}, {piece}");
            assert_eq!(fitted.to_bytes(), wanted.to_bytes(), "{what}");
            assert_eq!(fitted.trainings(), wanted.trainings(), "{what}");
            assert_eq!(fitted.warnings(), wanted.warnings(), "{what}");
            let threshold = wanted.threshold();
            let above = wanted.training_scores().iter().filter(|&&score| score > threshold).count();
            assert_eq!(wanted.streamed_scores(), None);
            assert_eq!((flagged, scored_rows), (above as u64, rows as usize), "{what}");
            assert_eq!(most_abnormal, ten(&wanted), "{what}");
        }
    }
}

/// Which rows an epoch left out is not known of a stream; all else of a history is that of the table.
fn without_overlap(trainings: &[Training]) -> Vec<Training> {
    let mut trainings = trainings.to_vec();
    let records = trainings.iter_mut().flat_map(|training| &mut training.history);
    records.for_each(|record| record.trim_overlap = None);
    trainings
}

#[test]
fn a_trimmed_stream_learns_from_the_rows_that_the_table_would() {
    for (name, trim, batch_size) in
        [("autoencoder", json!("auto"), 700), ("vae", json!(0.2), 256), ("autoencoder", json!(0.3), 3000)]
    {
        let values = values(3000);
        let detector = detector(name, json!({ "batch_size": batch_size, "epochs": 8, "trim": trim }));
        let wanted = detector.fit(Table::new(values.clone(), names()).unwrap()).unwrap();
        let mut stream = Pieces::of(values.clone(), 77);
        let fitted = detector.fit(streamed(&mut stream)).unwrap();
        assert_eq!(
            without_overlap(fitted.trainings()),
            without_overlap(wanted.trainings()),
            "{name}, {trim}"
        );
        assert_eq!(fitted.score(&values).unwrap(), wanted.training_scores(), "{name}, {trim}");
        assert_eq!(fitted.threshold(), wanted.threshold(), "{name}, {trim}");
        assert!(fitted.trainings()[0].history[3].trimmed.is_some());
    }
}

#[test]
fn several_blocks_and_a_sample_of_the_scores_have_the_same_bits_on_any_number_of_threads() {
    // Two blocks of 838,860 rows and a rest, of which 65,536 are looked at.
    let values = values(1_700_000);
    let settings = json!({ "batch_size": 100_000, "epochs": 2, "hidden": [4] });
    let detector = detector("autoencoder", settings);
    let fit = |threads: usize, piece: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut stream = Pieces::of(values.clone(), piece);
        let fit = pool.install(|| detector.fit(streamed(&mut stream)).unwrap());
        // Two to measure, two epochs, two for the threshold.
        assert_eq!(stream.passes, 6);
        fit
    };
    let (one, other) = (fit(1, 32_768), fit(3, 50_001));
    assert_eq!(one.to_bytes(), other.to_bytes());
    assert_eq!(one.streamed_scores(), other.streamed_scores());
    let StreamedScores { flagged, most_abnormal, scored_rows } = one.streamed_scores().unwrap();
    assert_eq!((*flagged, *scored_rows), (170_000, 65_536));
    let scores = one.score(&values).unwrap();
    let threshold = one.threshold();
    assert_eq!(scores.iter().filter(|&&score| score > threshold).count(), 170_000);
    assert_eq!(scores[most_abnormal[0].0], most_abnormal[0].1);
    assert!(scores.iter().all(|&score| score <= most_abnormal[0].1));
}

#[test]
fn what_cannot_be_streamed_is_refused_by_name() {
    let fit = |name: &str, settings: Value, values: Vec<f32>| {
        detector(name, settings).fit(streamed(&mut Pieces::of(values, 100)))
    };
    let refused = |name: &str, settings: Value, parameter: &str| {
        let error = fit(name, settings, values(100)).unwrap_err();
        assert!(matches!(&error, Error::Setting { parameter: of, .. } if of == parameter), "{error}");
        error.to_string()
    };
    assert!(
        refused("knn", json!({}), "detector")
            .contains("autoencoder, deepsvdd or vae where rows are streamed")
    );
    refused("rdp", json!({ "batch_size": 10 }), "detector");
    refused("autoencoder", json!({}), "batch_size");
    refused("autoencoder", json!({ "batch_size": 10, "ensemble": 2 }), "ensemble");
    let batches = json!({ "batch_size": 10 });
    assert!(matches!(fit("vae", batches.clone(), vec![]), Err(Error::Shape { .. })));
    assert!(matches!(fit("vae", batches.clone(), vec![1.0; 7]), Err(Error::Shape { .. })));
    let mut odd = values(300);
    odd[250 * COLUMNS + 2] = f32::INFINITY;
    assert!(matches!(
        fit("vae", batches, odd),
        Err(Error::NotFinite { row: 250, column, .. }) if column == "c"
    ));
}

#[test]
fn a_table_that_changes_while_it_is_fitted_to_is_noticed() {
    let detector = detector("deepsvdd", json!({ "batch_size": 100, "epochs": 3, "early_stopping": "none" }));
    // Two passes to measure, one for the center, three epochs, two for the threshold.
    for cut_from in 2..=8 {
        let mut stream = Pieces { cut_from, ..Pieces::of(values(1000), 64) };
        let error = detector.fit(streamed(&mut stream)).unwrap_err();
        assert!(matches!(error, Error::StreamChanged { got: 999, wanted: 1000 }), "pass {cut_from}: {error}");
    }
    let mut stream = Pieces { cut_from: 9, ..Pieces::of(values(1000), 64) };
    detector.fit(streamed(&mut stream)).unwrap();
}

/// Stops after some epochs.
struct Impatient(Checkpoint, usize);

impl Callback for Impatient {
    fn epoch(&mut self, record: &EpochRecord, _: usize) -> ControlFlow<()> {
        if record.epoch == self.1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn checkpoint(&self) -> Option<Checkpoint> {
        Some(self.0.clone())
    }
}

#[test]
fn a_streamed_fit_goes_on_from_its_checkpoint_and_from_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let detector = detector("autoencoder", json!({ "batch_size": 100, "epochs": 9 }));
    let table = || Pieces::of(values(1000), 64);
    let wanted = detector.fit(streamed(&mut table())).unwrap();
    let checkpoint = || Checkpoint::new(&path, Duration::ZERO);
    assert!(detector.fit_with(streamed(&mut table()), &mut Impatient(checkpoint(), 4)).is_err());

    let at_hand = Table::new(values(1000), names()).unwrap();
    let other = detector.fit_with(at_hand, &mut Impatient(checkpoint(), 99)).unwrap_err();
    assert!(other.to_string().contains("in a stream"), "{other}");
    let going_on = checkpoint();
    let fit = detector.fit_with(streamed(&mut table()), &mut Impatient(going_on.clone(), 99)).unwrap();
    assert_eq!(going_on.resumed_epochs(), 5);
    assert_eq!(fit.to_bytes(), wanted.to_bytes());
}
