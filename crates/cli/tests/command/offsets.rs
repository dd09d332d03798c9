//! Numbers whose differences are small beside their size: read with 64 bits until their offset is gone.

use serde_json::Value;

use crate::workplace::Workplace;

/// Two columns around the offsets, the row in the middle far off in both, as a CSV.
fn table(rows: usize, offsets: [f64; 2]) -> (String, Vec<[f64; 2]>) {
    let cell = |row: usize, column: usize| {
        let step = ((row * (37 + 16 * column) + 11 * column) % 128) as f64 / 64.0;
        offsets[column] + if row == rows / 2 { 9.0 + step } else { step }
    };
    let rows: Vec<[f64; 2]> = (0..rows).map(|row| [cell(row, 0), cell(row, 1)]).collect();
    let lines = rows.iter().map(|[x, y]| format!("{x},{y}\n"));
    (std::iter::once("x,y\n".to_string()).chain(lines).collect(), rows)
}

/// The same as an NPY file of doubles.
fn npy(rows: &[[f64; 2]]) -> Vec<u8> {
    let bytes = rows.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
    npy_of("<f8", rows.len(), bytes)
}

fn npy_of(kind: &str, rows: usize, bytes: Vec<u8>) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, 2), }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    file
}

fn scores(text: &str) -> Vec<f32> {
    let mut lines = text.lines();
    let place = lines.next().unwrap().split(',').position(|name| name == "score").unwrap();
    lines.map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect()
}

fn most_abnormal(scores: &[f32]) -> usize {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap()
}

#[test]
fn a_table_far_from_zero_has_the_scores_of_the_same_table_at_zero() {
    let place = Workplace::new();
    let (near, _) = table(101, [0.0, 0.0]);
    place.write("near.csv", near);
    for offsets in [[1e9, 1e9], [-1e9, 5_334_000.0], [1e12, 690_999.0], [1.7e12, 1.7e9]] {
        let (text, rows) = table(101, offsets);
        place.write("far.csv", text);
        place.write("far.npy", npy(&rows));
        for detector in ["knn", "lof", "ecod", "iforest"] {
            let wanted = scores(&place.done(&format!("detect near.csv --detector {detector} --output -")));
            let ended = place.run(&format!("detect far.csv --detector {detector} --output -"));
            let got = scores(&ended.out);
            assert!(!ended.err.contains("one value only"), "{}", ended.err);
            assert_eq!(most_abnormal(&got), 50, "{detector} {offsets:?}");
            for (row, (got, wanted)) in got.iter().zip(&wanted).enumerate() {
                let close = (got - wanted).abs() <= 2e-5 * wanted.abs().max(1.0);
                assert!(close, "{detector} {offsets:?} row {row}: {got}, near zero {wanted}");
            }
            let of_npy = scores(&place.done(&format!("detect far.npy --detector {detector} --output -")));
            assert_eq!(of_npy, got, "{detector} {offsets:?}");
        }
    }
}

#[test]
fn the_origin_is_in_the_model_and_new_rows_are_taken_relative_to_it() {
    let place = Workplace::new();
    let (text, rows) = table(80, [1e9, 1.7e12]);
    // As arrays name their columns.
    place.write("t.csv", text.replace("x,y", "x0,x1"));
    place.write("t.npy", npy(&rows));
    place.done("fit t.csv --detector knn --model m.gs");
    place.done("detect t.csv --detector knn --output train.csv");
    // New rows are not their own neighbors, so scores of a second file tell whether the values are the same.
    let of_csv = place.done("score m.gs t.csv");
    assert_eq!(of_csv, place.done("score m.gs t.npy"));
    let mut different = scores(&of_csv);
    different.sort_by(f32::total_cmp);
    different.dedup();
    assert!(different.len() > 10, "{}", different.len());
    let inspected: Value = serde_json::from_str(&place.done("inspect m.gs --json")).unwrap();
    let words = inspected["prepared"].to_string();
    assert!(words.contains("taken relative to 100000000"), "{inspected}");
}

#[test]
fn every_scale_tells_rows_far_from_zero_apart() {
    let place = Workplace::new();
    place.write("t.csv", table(100, [1e9, 5_334_000_000.0]).0);
    for scale in ["standard", "robust", "quantile"] {
        let found = scores(&place.done(&format!("detect t.csv --detector ecod --scale {scale} --output -")));
        assert_eq!(most_abnormal(&found), 50, "{scale}");
    }
}

#[test]
fn tiny_values_are_no_zeros() {
    let place = Workplace::new();
    let cell = |row: usize| ((row * 37 % 128) as f64 + if row == 30 { 900.0 } else { 0.0 }) * 1e-100;
    let text: String = (0..60).map(|row| format!("{:e},{row}\n", cell(row))).collect();
    place.write("t.csv", format!("x,y\n{text}"));
    let ended = place.run("detect t.csv --detector knn --output s.csv");
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(!ended.err.contains("one value"), "{}", ended.err);
    assert_eq!(most_abnormal(&scores(&place.read("s.csv"))), 30);
}

#[test]
fn one_zero_among_seconds_leaves_the_scores_of_the_others_apart() {
    let place = Workplace::new();
    let text: String =
        (0..280).map(|row| format!("{}\n", if row == 9 { 0 } else { 1_700_000_000 + row * row })).collect();
    place.write("t.csv", format!("seconds\n{text}"));
    let mut found = scores(&place.done("detect t.csv --detector knn --output -"));
    found.sort_by(f32::total_cmp);
    found.dedup();
    assert!(found.len() > 100, "{} different scores", found.len());
}

#[test]
fn groups_around_several_offsets_are_named_with_their_counts() {
    let place = Workplace::new();
    let text: String =
        (0..200).map(|row| format!("{},{row}\n", [0i64, 4_000_000_000_000][row % 2] + row as i64)).collect();
    place.write("t.csv", format!("stamp,y\n{text}"));
    let ended = place.run("detect t.csv --detector knn --output s.csv");
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(
        ended.err.contains("different values of column \"stamp\" are too far from its others"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("100 around "), "{}", ended.err);
}

#[test]
fn a_well_scaled_table_is_not_prepared() {
    let place = Workplace::new();
    place.write("t.csv", table(100, [0.1, 1000.0]).0);
    let fitted: Value =
        serde_json::from_str(&place.done("fit t.csv --detector knn --model m.gs --json")).unwrap();
    assert!(fitted.get("prepared").is_none_or(Value::is_null), "{fitted}");
}

#[test]
fn nanoseconds_are_told_apart_one_by_one() {
    let place = Workplace::new();
    let step = |row: i64| if row == 40 { 5000 } else { row * 37 % 128 };
    let near: String = (0..90).map(|row| format!("{}\n", step(row))).collect();
    let far: String = (0..90).map(|row| format!("{}\n", 1_700_000_000_000_000_000 + step(row))).collect();
    place.write("near.csv", format!("t\n{near}"));
    place.write("far.csv", format!("t\n{far}"));
    for detector in ["knn", "ecod"] {
        let wanted = scores(&place.done(&format!("detect near.csv --detector {detector} --output -")));
        let got = scores(&place.done(&format!("detect far.csv --detector {detector} --output -")));
        let close = |(got, wanted): (&f32, &f32)| (got - wanted).abs() <= 2e-5 * wanted.abs().max(1.0);
        assert!(got.iter().zip(&wanted).all(close), "{detector}");
    }
    place.done("fit far.csv --detector ecod --model m.gs");
    let mut different = scores(&place.done("score m.gs far.csv"));
    different.sort_by(f32::total_cmp);
    different.dedup();
    assert!(different.len() > 10, "{}", different.len());
}

#[test]
fn a_report_shows_the_values_of_the_table() {
    let place = Workplace::new();
    place.write("t.csv", table(101, [1e9, 5_334_000.0]).0);
    place.done("detect t.csv --detector knn --report page.html");
    let page = place.read("page.html");
    // The row in the middle, far off.
    assert!(page.contains(">1000000010") || page.contains(">1000000009"), "no value of the column");
    assert!(page.contains("taken relative to 100000000"));
}

#[test]
fn new_rows_that_leave_the_fitted_range_are_said_in_the_values_of_the_table() {
    let place = Workplace::new();
    place.write("t.csv", table(100, [1e9, 0.0]).0);
    place.write("new.csv", table(100, [1e9 + 500.0, 0.0]).0);
    place.done("fit t.csv --detector knn --model m.gs");
    let ended = place.run("score m.gs new.csv --output s.csv");
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("of the fitted range, 1000000000.00 to 10000000"), "{}", ended.err);
}

#[test]
fn where_nothing_but_32_bits_is_there_or_rows_come_once_a_warning_says_so() {
    let place = Workplace::new();
    let seconds = |row: usize| 1_700_000_000 + row * 37 % 200;
    let lines: String = (0..100).map(|row| format!("{},{}\n", seconds(row), row * 31 % 97)).collect();
    place.write("seconds.csv", format!("moment,y\n{lines}"));
    for words in [
        "fit seconds.csv --streaming --epochs 2 --model m.gs",
        "fit - --sample 90 --detector knn --model m.gs",
    ] {
        let ended = place.run_with_input(words, place.read("seconds.csv").as_bytes());
        assert_eq!(ended.code, 0, "{words}: {}", ended.err);
        assert!(ended.err.contains("moment (in steps of 128)"), "{words}: {}", ended.err);
    }
    let single: Vec<u8> = (0..100)
        .flat_map(|row| [seconds(row) as f32, (row * 31 % 97) as f32])
        .flat_map(f32::to_le_bytes)
        .collect();
    place.write("single.npy", npy_of("<f4", 100, single));
    let ended = place.run("detect single.npy --detector knn");
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("x0 (in steps of 128)"), "{}", ended.err);
}
