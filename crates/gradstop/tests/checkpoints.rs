//! A fit that was broken off goes on from its checkpoint and ends with the bits of one that was not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use gradstop::history::*;
use gradstop::*;
use serde_json::{Value, json};

/// Breaks the fit off after so many epochs of all trainings together.
struct Impatient {
    checkpoint: Checkpoint,
    epochs: usize,
    seen: usize,
}

impl Callback for Impatient {
    fn epoch(&mut self, _: &EpochRecord, _: usize) -> ControlFlow<()> {
        self.seen += 1;
        if self.seen >= self.epochs { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn checkpoint(&self) -> Option<Checkpoint> {
        Some(self.checkpoint.clone())
    }
}

fn table() -> Table {
    let values =
        (0..90).flat_map(|row| [row as f32, (row * 7 % 13) as f32, (row % 5) as f32 - 0.1 * row as f32]);
    Table::new(values.collect(), vec!["a".into(), "b".into(), "c".into()]).unwrap()
}

fn detector(name: &str, changes: &Value) -> Detector {
    Detector::named(name, Preset::Default, changes).unwrap()
}

/// A fit that goes on from the file, if there is one, for so many epochs.
fn go_on(detector: &Detector, path: &Path, epochs: usize) -> (Result<FittedDetector, Error>, usize) {
    let checkpoint = Checkpoint::new(path, Duration::ZERO);
    let mut callback = Impatient { checkpoint: checkpoint.clone(), epochs, seen: 0 };
    let fitted = detector.fit_with(table(), &mut callback);
    (fitted, checkpoint.resumed_epochs())
}

fn check(name: &str, changes: Value) {
    let detector = detector(name, &changes);
    let whole = detector.fit(table()).unwrap().to_bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    // Again and again: what was gone on from can be gone on from.
    let mut broken_off = 0;
    for more in [3, 9, 16, 21, 40, 70, 1000] {
        match go_on(&detector, &path, more) {
            (Err(Error::Cancelled { .. }), resumed) => {
                assert!(resumed > 0 || broken_off == 0, "{name} {changes}: it began anew");
                broken_off += 1;
            }
            (Ok(fitted), resumed) => {
                assert!(resumed > 0, "{name} {changes}: it began anew");
                assert!(fitted.to_bytes() == whole, "{name} {changes}: other bits after {broken_off} breaks");
                break;
            }
            (Err(error), _) => panic!("{name} {changes}: {error}"),
        }
    }
    assert!(broken_off >= 3, "{name} {changes}: {broken_off}");
    // A finished fit whose model was lost needs no epoch.
    let (fitted, resumed) = go_on(&detector, &path, 1000);
    assert!(fitted.unwrap().to_bytes() == whole && resumed > 20, "{name} {changes}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn every_rule_goes_on_to_the_same_bits() {
    for stop in ["auto", "gradstop", "entropystop", "none"] {
        check(
            "autoencoder",
            json!({ "epochs": 30, "early_stopping": stop, "hidden": [6], "gradstop": { "patience": 25 } }),
        );
        check(
            "autoencoder",
            json!({ "epochs": 30, "early_stopping": stop, "hidden": [6], "watch": "all", "entropystop": { "patience": 25 }, "gradstop": { "patience": 25 } }),
        );
    }
}

#[test]
fn every_optimizer_and_mini_batches_go_on_to_the_same_bits() {
    for optimizer in ["adam", "sgd", "rmsprop"] {
        check(
            "autoencoder",
            json!({ "epochs": 26, "optimizer": optimizer, "batch_size": 20, "hidden": [5, 3], "batch_norm": "all" }),
        );
    }
}

#[test]
fn every_network_goes_on_to_the_same_bits() {
    check(
        "deepsvdd",
        json!({ "epochs": 26, "early_stopping": "none", "boundary": "soft", "hidden": [6, 3] }),
    );
    check("vae", json!({ "epochs": 26, "early_stopping": "auto" }));
    check("rdp", json!({ "epochs": 26, "width": 8 }));
    check("robod", json!({ "epochs": 26, "members": 2, "depths": 2, "early_stopping": "auto" }));
    check("robod", json!({ "epochs": 26, "members": 2, "depths": 2, "all_rows": false }));
}

#[test]
fn a_trimmed_training_goes_on_to_the_same_bits_and_history() {
    for batch_size in [0, 20] {
        check(
            "autoencoder",
            json!({ "epochs": 30, "trim": 0.2, "early_stopping": "none", "batch_size": batch_size, "hidden": [6] }),
        );
    }
    check("rdp", json!({ "epochs": 26, "width": 8, "trim": 0.2 }));
    check("robod", json!({ "epochs": 26, "members": 2, "depths": 2, "trim": 0.2, "early_stopping": "none" }));
    check(
        "randnet",
        json!({ "epochs": 26, "members": 3, "hidden": [5], "trim": 0.2, "early_stopping": "none" }),
    );
}

#[test]
fn several_networks_keep_what_each_has_done() {
    check("randnet", json!({ "epochs": 26, "members": 3, "hidden": [5], "early_stopping": "auto" }));
    check("autoencoder", json!({ "epochs": 26, "ensemble": 3, "hidden": [5], "early_stopping": "auto" }));
    check(
        "randnet",
        json!({ "epochs": 26, "members": 2, "ensemble": 2, "hidden": [4], "early_stopping": "none" }),
    );
}

/// What is said of a checkpoint; that of another fit has its hint as data, any other in its words.
fn said(result: Result<FittedDetector, Error>, path: &Path) -> String {
    let error = result.unwrap_err();
    let said = error.to_string().replace(&format!("{}: ", path.display()), "");
    let of_another = said.starts_with("got the checkpoint of another fit");
    assert_eq!(error.hint(), of_another.then_some(Hint::Checkpoint));
    assert_eq!(!of_another, said.contains("(hint: "), "{said}");
    said
}

#[test]
fn the_checkpoint_of_another_fit_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let changes = json!({ "epochs": 30, "gradstop": { "patience": 7 } });
    assert!(go_on(&detector("autoencoder", &changes), &path, 5).0.is_err());
    let before = std::fs::read(&path).unwrap();
    for (name, changes, wanted) in [
        ("deepsvdd", json!({ "epochs": 30 }), "detector: got autoencoder, wanted deepsvdd"),
        (
            "autoencoder",
            json!({ "epochs": 31, "gradstop": { "patience": 7 } }),
            "setting epochs: got 30, wanted 31",
        ),
        ("autoencoder", json!({ "epochs": 30 }), "setting gradstop.patience: got 7, wanted 20"),
    ] {
        let said = said(go_on(&detector(name, &changes), &path, 5).0, &path);
        assert_eq!(said, format!("got the checkpoint of another fit, {wanted}"));
    }
    let mut callback = Impatient { checkpoint: Checkpoint::new(&path, Duration::ZERO), epochs: 9, seen: 0 };
    let mut values = table().values().to_vec();
    values[5] += 1.0;
    let other = Table::new(values, table().columns().to_vec()).unwrap();
    let said = said(detector("autoencoder", &changes).fit_with(other, &mut callback), &path);
    assert!(said.starts_with("got the checkpoint of another fit, table: got values of checksum "), "{said}");
    assert!(before == std::fs::read(&path).unwrap(), "what was refused is left as it was");
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let detector = detector("autoencoder", &json!({ "epochs": 30, "hidden": [4] }));
    assert!(go_on(&detector, &path, 5).0.is_err());
    let whole = std::fs::read(&path).unwrap();
    let step = (whole.len() / 60).max(1);
    for at in (0..whole.len()).step_by(step) {
        for damaged in [whole[..at].to_vec(), [&whole[..at], &[whole[at] ^ 0x41], &whole[at + 1..]].concat()]
        {
            std::fs::write(&path, &damaged).unwrap();
            let (result, resumed) = go_on(&detector, &path, 1000);
            match result {
                Err(error) => {
                    let said = error.to_string();
                    assert!(said.contains("(hint: ") && said.contains("wanted "), "{said}");
                }
                // Spaces that pad the header carry nothing.
                Ok(_) => assert_eq!(resumed, 5, "byte {at}"),
            }
        }
    }
    let model = detector.fit(table()).unwrap().to_bytes();
    std::fs::write(&path, model).unwrap();
    let said = said(go_on(&detector, &path, 5).0, &path);
    assert!(said.starts_with("got a file of another kind, wanted a checkpoint"), "{said}");
}

#[test]
fn a_folder_that_is_not_there_shows_before_the_first_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no").join("checkpoint");
    let (result, _) = go_on(&detector("autoencoder", &json!({})), &path, 1);
    assert!(said(result, &path).starts_with("the checkpoint cannot be read or written: "));
}
