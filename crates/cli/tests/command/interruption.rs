//! Ctrl-C: exit code 130, and every file as it was before.
#![cfg(unix)]

use std::io::Write;
use std::process::{Child, Command, Stdio};

use crate::workplace::{Ended, Workplace, table};

/// Waits until the command has opened its output, which it does after it began to listen.
fn wait_until_it_writes(place: &Workplace, child: &mut Child) {
    while !place.names().iter().any(|name| name.starts_with(".gradstop-")) {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::yield_now();
    }
}

fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn check(place: &Workplace, child: Child, names: &[&str]) {
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(ended.code, 130, "{}", ended.err);
    assert_eq!(ended.err, "gradstop: interrupted; no file was left half-written\n");
    assert_eq!(ended.out, "");
    assert_eq!(place.names(), names);
    assert_eq!(place.read("scores.csv"), "old");
}

#[test]
fn a_long_fit_leaves_nothing_behind() {
    let place = Workplace::with_table();
    place.write("scores.csv", "old");
    let files = "--output scores.csv --model m.gs --history h.csv";
    let words = format!("detect table.csv --label label --early-stopping none --epochs 1000000000 {files}");
    let mut child = place.command(&words).spawn().unwrap();
    wait_until_it_writes(&place, &mut child);
    interrupt(&child);
    check(&place, child, &["scores.csv", "table.csv"]);
}

#[test]
fn scoring_an_endless_table_leaves_nothing_behind() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 2 --model m.gs");
    place.write("scores.csv", "old");
    let mut child = place.command("score m.gs - --output scores.csv").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        let rows = "1,2,3\n".repeat(1000);
        let mut alive = stdin.write_all(b"x,y,z\n");
        while alive.is_ok() {
            alive = stdin.write_all(rows.as_bytes());
        }
    });
    wait_until_it_writes(&place, &mut child);
    interrupt(&child);
    check(&place, child, &["m.gs", "scores.csv", "table.csv"]);
    feeder.join().unwrap();
}

#[test]
fn waiting_for_input_that_never_comes_can_be_ended() {
    let place = Workplace::with_table();
    place.write("scores.csv", "old");
    let mut child =
        place.command("detect - --label label --output scores.csv").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(table().as_bytes()).unwrap();
    wait_until_it_writes(&place, &mut child);
    interrupt(&child);
    check(&place, child, &["scores.csv", "table.csv"]);
    drop(stdin);
}
