//! A killed fit goes on where it was.
#![cfg(unix)]

use std::fs;
use std::time::{Duration, Instant};

use crate::workplace::Workplace;

const FIT: &str = "fit table.csv --label label --model m.gs --checkpoint c.state --checkpoint-every 0";

/// Starts the fit, and kills it so long after its checkpoint was there, or was another than before: however slow the machine is, it
/// gets on. False if it was done before.
fn killed(place: &Workplace, words: &str, after: Duration) -> bool {
    let state = || fs::read(place.path("c.state")).ok();
    let before = state();
    let mut child = place.command(words).spawn().unwrap();
    let started = Instant::now();
    while state() == before && child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(60), "no checkpoint came");
        std::thread::yield_now();
    }
    std::thread::sleep(after);
    let running = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    running
}

#[test]
fn a_fit_that_is_killed_again_and_again_ends_with_the_same_model() {
    for settings in [
        "--epochs 400 --early-stopping auto",
        "--epochs 200 --early-stopping none --ensemble 3",
        "--epochs 60 --detector randnet --early-stopping auto",
        "--epochs 60 --detector robod",
    ] {
        let place = Workplace::with_table();
        place.done(&format!("fit table.csv --label label --model whole.gs {settings}"));
        let words = format!("{FIT} {settings}");
        // Moments that have nothing to do with where an epoch ends.
        let moments = (0u64..6).map(|turn| Duration::from_micros(700 + turn * turn * 2900 % 17_001));
        let kills = moments.take_while(|&after| killed(&place, &words, after)).count();
        // However often it was killed, before its first epoch or behind its last: once it is let run, it is done.
        let state = fs::read(place.path("c.state")).unwrap_or_default();
        let has_epochs = state.windows(5).any(|word| word == b"\"loss");
        let ended = place.run(&words);
        assert_eq!(ended.code, 0, "{settings}: {}", ended.err);
        let said = ended.err.contains("gradstop: went on from the checkpoint, which had ");
        assert_eq!(said, has_epochs, "{settings}: {}", ended.err);
        assert!(kills > 0, "{settings}: it was never killed");
        let read = |name: &str| fs::read(place.path(name)).unwrap();
        assert!(read("m.gs") == read("whole.gs"), "{settings}: other bits after {kills} kills");
        assert!(!place.exists("c.state"), "{settings}: the checkpoint outlived its model");
    }
}

#[test]
fn a_checkpoint_of_another_fit_is_named_and_kept() {
    let place = Workplace::with_table();
    assert!(killed(
        &place,
        &format!("{FIT} --early-stopping none --epochs 1000000"),
        Duration::from_millis(50)
    ));
    let ended = place.run(&format!("{FIT} --early-stopping none --epochs 3"));
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert_eq!(
        ended.err,
        "gradstop: c.state: got the checkpoint of another fit, setting epochs: got 1000000, wanted 3 (hint: repeat \
         the command that made it, or remove it and start the fit anew)\n"
    );
    assert!(place.exists("c.state") && !place.exists("m.gs"));
    place.write("c.state", "no checkpoint at all, but text");
    let ended = place.run(&format!("{FIT} --early-stopping none --epochs 3"));
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("wanted a checkpoint as gradstop writes it (hint: "), "{}", ended.err);
    assert_eq!(place.read("c.state"), "no checkpoint at all, but text");
}

#[test]
fn what_has_no_epochs_has_no_checkpoint() {
    let place = Workplace::with_table();
    let ended = place.run(&format!("{FIT} --detector ecod"));
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (
            2,
            "gradstop: --checkpoint: got the detector ecod, wanted one that is trained epoch by epoch (hint: leave \
             --checkpoint out)\n"
        )
    );
    let ended = place.run("fit table.csv --label label --model m.gs --checkpoint m.gs");
    assert!(ended.err.contains("wanted one file each"), "{}", ended.err);
    assert_eq!(place.names(), ["table.csv"]);
}
