//! What `--explain` promises.

use serde_json::Value;

use crate::workplace::Workplace;

/// A file of scores as its lines of cells.
fn cells(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(String::from).collect()).collect()
}

#[test]
fn every_row_names_its_strongest_columns_with_falling_shares() {
    let place = Workplace::with_table();
    place.done("detect table.csv --label label --epochs 20 --explain 2 --output scores.csv --model m.gs");
    let lines = cells(&place.read("scores.csv"));
    assert_eq!(lines[0].join(","), "row,score,outlier,feature_1,share_1,feature_2,share_2");
    assert_eq!(lines.len(), 81);
    for line in &lines[1..] {
        let share = |at: usize| line[at].parse::<f64>().unwrap();
        assert!(["x", "y", "z"].contains(&line[3].as_str()) && line[3] != line[5], "{line:?}");
        assert!(share(4) >= share(6) && share(4) + share(6) <= 1.000_001, "{line:?}");
    }
    // A saved detector says the same of the same rows, chunk by chunk, and behind their own columns.
    let scored = place.done("score m.gs table.csv --label label --explain 2");
    assert_eq!(cells(&scored), lines);
    let appended = cells(&place.done("score m.gs table.csv --label label --explain 2 --append"));
    assert_eq!(appended[0][..4], ["x", "y", "z", "label"]);
    assert!(appended.iter().zip(&lines).all(|(own, line)| own[4..] == line[..]));
}

#[test]
fn more_columns_than_there_are_means_all_and_none_means_none() {
    let place = Workplace::with_table();
    let head = |words: &str| {
        cells(&place.done(&format!("detect table.csv --ignore label --output - {words}")))[0].len()
    };
    assert_eq!(head("--epochs 2 --explain 1000000000000"), 3 + 2 * 3);
    assert_eq!(head("--epochs 2 --explain 0"), 3);
    assert_eq!(place.run("detect table.csv --explain -1").code, 2);
}

#[test]
fn the_summary_names_reasons_in_words_and_as_json() {
    let place = Workplace::with_table();
    // At the end of a trimmed training single rows of this table are nearer to the centre whichever column takes its mean.
    for detector in ["autoencoder", "knn", "iforest", "deepsvdd --set trim=0 --early-stopping gradstop"] {
        let words = format!("detect table.csv --label label --detector {detector} --explain 1");
        let text = place.done(&words);
        let rows: Vec<&str> = text.lines().skip_while(|line| !line.contains("because of")).skip(1).collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| row.ends_with('%')), "{text}");
        let object: Value = serde_json::from_str(&place.done(&format!("{words} --json"))).unwrap();
        for row in object["most_abnormal"].as_array().unwrap() {
            let because = &row["because"][0];
            assert!(because["feature"].is_string() && because["share"].as_f64().unwrap() > 0.0, "{row}");
        }
    }
}

#[test]
fn reasons_cannot_take_the_place_of_columns_that_are_there() {
    let place = Workplace::new();
    place.write("named.csv", "feature_1,b\n1,2\n3,4\n5,7\n");
    let ended = place.run("detect named.csv --epochs 2 --explain 1 --output out.csv --append");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("got a column \"feature_1\" already"), "{}", ended.err);
    place.done("detect named.csv --epochs 2 --output out.csv --append");
}
