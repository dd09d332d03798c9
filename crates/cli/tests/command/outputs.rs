//! Scores files: their form, and that an old file is replaced only by a whole new one.

use crate::archives::npz;
use crate::workplace::{Workplace, labels, rows};

#[test]
fn scores_are_row_score_outlier_in_input_order() {
    let place = Workplace::with_table();
    place.done("detect table.csv --label label --epochs 10 --contamination 0.05 --output scores.csv");
    let scores = place.read("scores.csv");
    let mut lines = scores.lines();
    assert_eq!(lines.next(), Some("row,score,outlier"));
    let mut flagged = 0;
    for (row, line) in lines.by_ref().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells[0], row.to_string());
        assert!(cells[1].parse::<f32>().unwrap() >= 0.0);
        flagged += cells[2].parse::<usize>().unwrap();
    }
    assert_eq!(scores.lines().count(), 81);
    assert_eq!(flagged, 4, "5 percent of 80 rows");
}

#[test]
fn append_keeps_the_columns_of_a_csv_file() {
    let place = Workplace::new();
    place.write("named.csv", "name,a,b,label\n\"Ada, L.\",1,2,0\nBob,2,4.50,0\nEve,9,-1,1\n");
    place.done("detect named.csv --ignore name --label label --epochs 3 --append --output scores.csv");
    place.done("fit named.csv --ignore name --label label --epochs 3 --model m.gs");
    place.done("score m.gs named.csv --ignore name,label --append --output again.csv");
    let scores = place.read("scores.csv");
    let lines: Vec<&str> = scores.lines().collect();
    assert_eq!(lines[0], "name,a,b,label,row,score,outlier");
    assert!(lines[1].starts_with("\"Ada, L.\",1,2,0,0,"), "{}", lines[1]);
    assert!(lines[2].starts_with("Bob,2,4.50,0,1,"), "cells as they were written: {}", lines[2]);
    assert_eq!(scores, place.read("again.csv"));
}

#[test]
fn append_keeps_the_columns_of_an_npz_file() {
    let place = Workplace::new();
    place.write("table.npz", npz(&rows(), &labels()));
    place.done("detect table.npz --label y --epochs 3 --append --output appended.csv");
    place.done("detect table.npz --label y --epochs 3 --output plain.csv");
    let (appended, plain) = (place.read("appended.csv"), place.read("plain.csv"));
    let (appended, plain): (Vec<&str>, Vec<&str>) = (appended.lines().collect(), plain.lines().collect());
    assert!(appended[0].starts_with("x0,x1,x2"), "{}", appended[0]);
    assert!(appended[0].ends_with(",row,score,outlier"), "{}", appended[0]);
    assert_eq!(appended.len(), 81);
    for (long, short) in appended.iter().zip(plain) {
        assert!(long.ends_with(short), "{long} ends with {short}");
    }
}

#[test]
fn append_from_standard_input_reads_it_once() {
    let place = Workplace::new();
    let table = crate::workplace::table();
    let words = "detect - --label label --epochs 3 --append --output -";
    let ended = place.run_with_input(words, table.as_bytes());
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(ended.out.lines().count(), 81);
    assert!(ended.out.starts_with("x,y,z,label,row,score,outlier\n0,"));
}

#[test]
fn data_goes_to_standard_output_and_the_summary_beside_it() {
    let place = Workplace::with_table();
    let ended = place.run("detect table.csv --label label --epochs 3 --json --output -");
    assert!(ended.out.starts_with("row,score,outlier\n"));
    assert_eq!(ended.out.lines().count(), 81);
    assert!(serde_json::from_str::<serde_json::Value>(&ended.err).is_ok(), "{}", ended.err);
}

#[test]
fn a_failed_fit_leaves_old_files_as_they_were() {
    let place = Workplace::with_table();
    for name in ["scores.csv", "m.gs", "history.csv"] {
        place.write(name, "old");
    }
    let files = "--output scores.csv --model m.gs --history history.csv";
    let ended = place.run(&format!("detect table.csv --label label --set learning_rate=1e30 {files}"));
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(ended.err.starts_with("gradstop: the training diverged in epoch "), "{}", ended.err);
    assert_eq!(ended.out, "");
    for name in ["scores.csv", "m.gs", "history.csv"] {
        assert_eq!(place.read(name), "old");
    }
    assert_eq!(place.names(), ["history.csv", "m.gs", "scores.csv", "table.csv"]);
}

#[test]
fn a_table_that_turns_bad_in_the_middle_leaves_the_old_scores() {
    let place = Workplace::with_table();
    place.done("fit table.csv --ignore label --epochs 2 --model m.gs");
    let good = "1,2,3\n".repeat(40_000);
    place.write("long.csv", format!("x,y,z\n{good}1,oops,3\n"));
    place.write("scores.csv", "old");
    let ended = place.run("score m.gs long.csv --output scores.csv");
    assert_eq!(ended.code, 2);
    assert!(ended.err.starts_with("gradstop: long.csv: row 40000 (line 40002), column \"y\": got \"oops\""));
    assert_eq!(place.read("scores.csv"), "old");
    assert_eq!(place.names(), ["long.csv", "m.gs", "scores.csv", "table.csv"]);
}

#[test]
fn no_result_overwrites_the_input_or_another_result() {
    let place = Workplace::with_table();
    let before = place.read("table.csv");
    for words in [
        "detect table.csv --output ./table.csv",
        "detect table.csv --label label --append --output table.csv",
        "detect table.csv --output new.csv --model new.csv",
        "detect table.csv --output - --history -",
        "fit table.csv --model table.csv",
    ] {
        let ended = place.run(words);
        assert_eq!(ended.code, 2, "{words}");
        assert!(ended.err.contains("wanted one file each"), "{words}: {}", ended.err);
    }
    assert_eq!(place.read("table.csv"), before);
    assert_eq!(place.names(), ["table.csv"]);
}

#[test]
fn a_reader_that_has_had_enough_is_no_failure_and_costs_no_file() {
    let place = Workplace::with_table();
    let words = "detect table.csv --label label --epochs 3 --output - --history h.csv --model m.gs";
    let mut child = place.command(words).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(place.exists("h.csv") && place.exists("m.gs"));
}
