//! A fit to a table in shards is the fit to the table.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop::algorithm::Standardization;
use gradstop::engine::random::{Key, Purpose};
use gradstop::history::*;
use gradstop::shards::*;
use gradstop::*;
use serde_json::{Value, json};

/// Shards in this process, some of which are lost now and then.
struct Here {
    parts: Vec<Vec<f32>>,
    columns: usize,
    shards: Vec<TableShard>,
    asked: usize,
    loses: bool,
}

impl Here {
    fn new(values: &[f32], columns: usize, cuts: &[usize], loses: bool) -> Self {
        let ends = cuts.iter().copied().chain([values.len() / columns]);
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let parts: Vec<Vec<f32>> =
            starts.zip(ends).map(|(start, end)| values[start * columns..end * columns].to_vec()).collect();
        let mut here = Self { parts, columns, shards: Vec::new(), asked: 0, loses };
        here.shards = (0..here.parts.len()).map(|shard| here.fresh(shard)).collect();
        here
    }

    fn fresh(&self, shard: usize) -> TableShard {
        TableShard::new(self.parts[shard].clone(), self.columns, shard).unwrap()
    }
}

impl Workers for Here {
    fn ask(&mut self, message: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        self.asked += 1;
        if self.loses {
            let lost = self.asked % self.parts.len();
            self.shards[lost] = self.fresh(lost);
        }
        self.shards.iter_mut().map(|shard| shard.answer(message)).collect()
    }
}

const COLUMNS: usize = 5;

/// 900 rows near a plane, 20 of them off it, with a constant column.
fn values() -> Vec<f32> {
    let key = Key::new(11, Purpose::Tables, &[]);
    let row = |row: u64| {
        let [a, b] = [0, 1].map(|i| key.normal(10 * row + i) as f32);
        let off = if row.is_multiple_of(45) { 4.0 } else { 0.1 } * key.normal(10 * row + 2) as f32;
        [3.0 * a + 100.0, a - b + off, 2.0 * b, 7.0, a + b]
    };
    (0..900).flat_map(row).collect()
}

fn names() -> Vec<String> {
    ["a", "b", "c", "d", "e"].map(String::from).to_vec()
}

fn detector(name: &str, changes: Value) -> Detector {
    Detector::named(name, Preset::Default, &changes).unwrap()
}

fn in_shards(detector: &Detector, cuts: &[usize], loses: bool) -> FittedDetector {
    let mut here = Here::new(&values(), COLUMNS, cuts, loses);
    detector.fit(Source::Shards { columns: names(), workers: &mut here }).unwrap()
}

/// Scores near 0 are differences of larger values: how well they agree in proportion depends on the machine's vectors.
fn close(one: &[f32], other: &[f32], tolerance: f32) {
    assert_eq!(one.len(), other.len());
    let usual = one.iter().map(|score| score.abs()).sum::<f32>() / one.len() as f32;
    for (at, (a, b)) in one.iter().zip(other).enumerate() {
        assert!((a - b).abs() <= tolerance * (a.abs() + b.abs()).max(usual), "row {at}: {a} and {b}");
    }
}

#[test]
fn the_same_epoch_is_kept_and_scores_agree_for_every_rule() {
    let table = Table::new(values(), names()).unwrap();
    for name in ["autoencoder", "deepsvdd", "vae"] {
        for stop in ["auto", "gradstop", "entropystop", "none"] {
            let changes =
                json!({ "early_stopping": stop, "trim": 0.0, "epochs": 40, "seed": 3, "batch_size": 0 });
            let detector = detector(name, changes);
            let whole = detector.fit(table.clone()).unwrap();
            for cuts in [&[][..], &[450], &[1, 1, 200, 777]] {
                let parts = in_shards(&detector, cuts, false);
                let [one, other] = [&whole, &parts].map(|fitted| &fitted.trainings()[0].stop);
                assert_eq!(one.best_epoch, other.best_epoch, "{name} {stop} {cuts:?}");
                assert_eq!((one.epochs_run, &one.reason), (other.epochs_run, &other.reason), "{name} {stop}");
                let averaged = |stop: &StopSummary| stop.averaged.iter().map(|e| e.epoch).collect::<Vec<_>>();
                assert_eq!(averaged(one), averaged(other), "{name} {stop}");
                close(whole.training_scores(), parts.training_scores(), 1e-4);
                assert_eq!(whole.warnings(), parts.warnings(), "{name} {stop}");
                assert_eq!(parts.rows(), 900);
                // The model in the file is what the shards scored with.
                let loaded = FittedDetector::from_bytes(&parts.to_bytes()).unwrap();
                assert_eq!(loaded.score(&values()).unwrap(), parts.training_scores());
            }
        }
    }
}

#[test]
fn a_trimmed_training_leaves_the_same_rows_out_in_shards() {
    let table = Table::new(values(), names()).unwrap();
    for name in ["autoencoder", "deepsvdd", "vae"] {
        for stop in ["gradstop", "none"] {
            let changes =
                json!({ "early_stopping": stop, "trim": 0.15, "epochs": 40, "seed": 3, "batch_size": 0 });
            let detector = detector(name, changes);
            let whole = detector.fit(table.clone()).unwrap();
            let parts = in_shards(&detector, &[1, 200, 777], false);
            close(whole.training_scores(), parts.training_scores(), 1e-3);
            let history = |fitted: &FittedDetector| fitted.trainings()[0].history.clone();
            for (one, other) in history(&whole).iter().zip(&history(&parts)) {
                assert_eq!((one.trimmed, other.trim_overlap), (other.trimmed, None), "{name} {stop}");
                let [one, other] = [one.trim_threshold.unwrap(), other.trim_threshold.unwrap()];
                assert!((one - other).abs() <= 1e-4 * one, "{name} {stop}: {one} and {other}");
            }
            assert_eq!(
                parts.to_bytes(),
                in_shards(&detector, &[1, 200, 777], true).to_bytes(),
                "{name} {stop}"
            );
        }
    }
}

#[test]
fn a_single_shard_without_probe_rows_gives_the_bits_of_the_whole_table() {
    let detector = detector("autoencoder", json!({ "epochs": 20, "trim": 0.0 }));
    let whole = detector.fit(Table::new(values(), names()).unwrap()).unwrap();
    let shard = in_shards(&detector, &[], false);
    // Only whoever holds the table knows what its cells usually were, so the files differ in that.
    let bits = |scores: &[f32]| scores.iter().map(|score| score.to_bits()).collect::<Vec<u32>>();
    assert_eq!(bits(whole.training_scores()), bits(shard.training_scores()));
    assert_eq!(bits(&whole.score(&values()).unwrap()), bits(&shard.score(&values()).unwrap()));
    assert_eq!(whole.threshold().to_bits(), shard.threshold().to_bits());
    assert_eq!(whole.trainings()[0].history, shard.trainings()[0].history);
}

#[test]
fn lost_shards_change_no_bit() {
    for stop in ["auto", "gradstop"] {
        let detector = detector("autoencoder", json!({ "early_stopping": stop, "epochs": 15 }));
        let calm = in_shards(&detector, &[100, 600], false);
        let lost = in_shards(&detector, &[100, 600], true);
        assert_eq!(calm.to_bytes(), lost.to_bytes());
        assert_eq!(calm.training_scores(), lost.training_scores());
    }
}

#[test]
fn what_cannot_be_spread_is_refused_by_name() {
    let mut here = Here::new(&values(), COLUMNS, &[300], false);
    let cases = [
        ("iforest", json!({}), "autoencoder, deepsvdd or vae"),
        ("rdp", json!({}), "autoencoder, deepsvdd or vae"),
        ("autoencoder", json!({ "batch_size": 64 }), "batch_size: got 64, wanted 0"),
        ("autoencoder", json!({ "ensemble": 2 }), "ensemble: got 2, wanted 1"),
        ("deepsvdd", json!({ "boundary": "soft" }), "soft boundary"),
    ];
    for (name, changes, wanted) in cases {
        let detector = detector(name, changes);
        let problem =
            detector.fit(Source::Shards { columns: names(), workers: &mut here }).unwrap_err().to_string();
        assert!(problem.contains(wanted), "{problem}");
    }
}

#[test]
fn messages_that_are_none_are_errors() {
    let mut shard = TableShard::new(values(), COLUMNS, 0).unwrap();
    for message in [&[][..], &[255; 40], b"no message at all"] {
        let problem = shard.answer(message).unwrap_err().to_string();
        assert!(problem.contains("wanted"), "{problem}");
    }

    struct Garbled;
    impl Workers for Garbled {
        fn ask(&mut self, _message: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
            Ok(vec![vec![9, 9, 9]])
        }
    }
    let problem = detector("vae", json!({ "batch_size": 0 }))
        .fit(Source::Shards { columns: names(), workers: &mut Garbled })
        .unwrap_err();
    assert!(problem.to_string().contains("of a shard"), "{problem}");
    assert!(TableShard::new(vec![1.0, f32::NAN], 2, 0).is_err());
    assert!(TableShard::new(vec![1.0; 3], 2, 0).is_err());
}

#[test]
fn members_fitted_elsewhere_are_the_ensemble_to_the_last_bit() {
    let table = Table::new(values(), names()).unwrap();
    for (name, changes) in [
        ("autoencoder", json!({ "ensemble": 3, "epochs": 10 })),
        ("iforest", json!({ "ensemble": 4, "combine": "rank", "seed": 5 })),
    ] {
        let detector = detector(name, changes);
        let standardization = Standardization::fit(table.values(), COLUMNS);
        let count = detector.settings()["ensemble"].as_u64().unwrap() as usize;
        let member = |member| {
            let sample = Source::Sample { table: table.clone(), standardization: standardization.clone() };
            let fitted = detector.member(member).unwrap().fit(sample).unwrap();
            let scores = fitted.training_scores().to_vec();
            FittedDetector::from_bytes(&fitted.to_bytes()).unwrap().with_training_scores(scores).unwrap()
        };
        let members = (0..count).map(member).collect();
        let ensemble = detector.assemble(members, table.clone()).unwrap();
        let whole = detector.fit(table.clone()).unwrap();
        assert_eq!(whole.to_bytes(), ensemble.to_bytes(), "{name}");
        assert_eq!(whole.training_scores(), ensemble.training_scores(), "{name}");
        assert!(detector.assemble(vec![member(0)], table.clone()).is_err());
        assert!(detector.member(count).is_err());
    }
}

/// Of 900 rows 600 are equal, so that the median of their scores is a tie of as many.
fn with_equal_rows() -> Vec<f32> {
    let mut values = values();
    for row in (0..900).filter(|row| row % 3 != 0) {
        values[row * COLUMNS..][..COLUMNS].copy_from_slice(&[100.0, 0.5, 1.0, 7.0, 0.25]);
    }
    values
}

fn tied(fitted: &FittedDetector) -> Option<(usize, usize)> {
    fitted.warnings().iter().find_map(|warning| match warning {
        Warning::TiedThreshold { tied, wanted, .. } => Some((*tied, *wanted)),
        _ => None,
    })
}

#[test]
fn a_threshold_that_many_rows_have_is_warned_of_over_shards() {
    let detector = detector("autoencoder", json!({ "epochs": 5, "contamination": 0.5 }));
    let mut here = Here::new(&with_equal_rows(), COLUMNS, &[200, 700], false);
    let fitted = detector.fit(Source::Shards { columns: names(), workers: &mut here }).unwrap();
    assert_eq!(tied(&fitted), Some((600, 450)), "{:?}", fitted.warnings());
    assert_eq!(tied(&in_shards(&detector, &[200, 700], false)), None);
}

#[test]
fn a_threshold_that_many_rows_have_is_warned_of_in_an_assembled_ensemble() {
    let detector = detector("iforest", json!({ "ensemble": 2, "contamination": 0.5 }));
    let table = Table::new(with_equal_rows(), names()).unwrap();
    let standardization = Standardization::fit(table.values(), COLUMNS);
    let member = |member| {
        let sample = Source::Sample { table: table.clone(), standardization: standardization.clone() };
        detector.member(member).unwrap().fit(sample).unwrap()
    };
    let ensemble = detector.assemble(vec![member(0), member(1)], table.clone()).unwrap();
    assert_eq!(tied(&ensemble), Some((600, 450)), "{:?}", ensemble.warnings());
    assert_eq!(ensemble.warnings(), detector.fit(table).unwrap().warnings());
}
