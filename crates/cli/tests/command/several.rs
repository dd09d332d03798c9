//! Several inputs, patterns and partitioned folders.

use std::fs;
use std::ops::Range;

use crate::workplace::{Workplace, table};

/// `table.csv`, and the same in three parts below `parts/`, by the folders of two years.
fn parted() -> Workplace {
    let place = Workplace::with_table();
    fs::create_dir_all(place.path("parts/year=2023")).unwrap();
    fs::create_dir_all(place.path("parts/year=2024")).unwrap();
    let text = table();
    let lines: Vec<&str> = text.lines().collect();
    let part = |rows: Range<usize>| [&lines[..1], &lines[1..][rows]].concat().join("\n") + "\n";
    place.write("parts/year=2023/part-0.csv", part(0..30));
    place.write("parts/year=2023/part-1.csv", part(30..31));
    place.write("parts/year=2024/part-0.csv", part(31..80));
    place.done("fit table.csv --ignore label --epochs 5 --model m.gs");
    place
}

#[test]
fn parts_of_a_table_are_scored_as_the_table() {
    let place = parted();
    let wanted = place.done("score m.gs table.csv --ignore label");
    assert_eq!(wanted.lines().count(), 81);
    for words in [
        "parts",
        "parts/year=2023 parts/year=2024/part-0.csv",
        "parts/year=2023/part-0.csv parts/year=2023/part-1.csv parts/year=2024/part-0.csv",
        "parts/*/*.csv",
        "parts/**/part-?.csv",
    ] {
        assert_eq!(place.done(&format!("score m.gs {words} --ignore label")), wanted, "{words}");
        let words = format!("detect {words} --label label --epochs 5 --output");
        place.done(&format!("{words} parts.csv"));
        assert_eq!(place.read("parts.csv"), wanted, "{words}");
    }
    let first = fs::read(place.path("parts/year=2023/part-0.csv")).unwrap();
    let rest = "parts/year=2023/part-1.csv parts/year=2024/part-0.csv";
    let ended = place.run_with_input(&format!("score m.gs - {rest} --ignore label"), &first);
    assert_eq!((ended.code, ended.out), (0, wanted.clone()));
    let appended = place.done("score m.gs parts --ignore label --append");
    for (line, score) in appended.lines().skip(1).zip(wanted.lines().skip(1)) {
        assert!(line.ends_with(score), "{line}");
    }
}

#[test]
fn a_bad_input_is_named_before_anything_is_written() {
    let place = parted();
    place.write("parts/year=2024/part-9.csv", "x,y,label\n1,2,0\n");
    let ended = place.run("score m.gs parts --ignore label --output -");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains(
        "part-9.csv: its columns are not those of parts/year=2023/part-0.csv: got others (missing \"z\""
    ));
    place.write("parts/year=2024/part-9.csv", "x,y,z,label\n1,2,3,0\n1,2,oops,0\n");
    let ended = place.run("score m.gs parts --ignore label --output scores.csv");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("part-9.csv: row 1 (line 3), column \"z\": got \"oops\""), "{}", ended.err);
    assert!(!place.exists("scores.csv"));
    let ended = place.run("score m.gs parts/*.parquet");
    assert!(ended.code == 2 && ended.err.contains("parts/*.parquet: got no file"), "{}", ended.err);
    let ended = place.run("score m.gs table.csv parts --ignore label --output parts/year=2023/part-1.csv");
    assert!(ended.code == 2 && ended.err.contains("as both input and --output"), "{}", ended.err);
}

#[test]
fn the_folders_columns_are_features_where_they_are_asked_for() {
    let place = parted();
    place.done("fit parts --label label --partition year --epochs 5 --model y.gs");
    let inspected: serde_json::Value = serde_json::from_str(&place.done("inspect y.gs --json")).unwrap();
    assert_eq!(inspected["columns"], serde_json::json!(["x", "y", "z", "year"]));
    // The model says that it has them; a file of that year alone is enough.
    let scores = place.done("score y.gs parts --ignore label");
    let alone = place.done("score y.gs parts/year=2024 --ignore label");
    let score = |line: &str| line.split(',').nth(1).map(str::to_owned);
    assert_eq!(alone.lines().nth(1).and_then(score), scores.lines().nth(32).and_then(score));
    let ended = place.run("score y.gs table.csv --ignore label");
    assert!(ended.code == 2 && ended.err.contains("missing year"), "{}", ended.err);
    let ended = place.run("fit parts --label label --partition month --model z.gs");
    assert!(ended.code == 2 && ended.err.contains("column \"month\" of the folders' names"), "{}", ended.err);
}

/// Rows of a table with words and missing cells, under its header.
fn messy(rows: Range<usize>) -> String {
    let line = |row: usize| match row % 10 {
        3 => format!(",{}\n", ["red", "blue"][row % 2]),
        _ => format!("{},{}\n", row * row % 17, ["red", "blue", "green"][row % 3]),
    };
    "size,colour\n".to_string() + &rows.map(line).collect::<String>()
}

#[test]
fn parts_of_a_messy_table_are_prepared_as_the_table() {
    let place = Workplace::new();
    place.write("all.csv", messy(0..60));
    fs::create_dir_all(place.path("parts/year=2024")).unwrap();
    place.write("parts/year=2024/a.csv", messy(0..25));
    place.write("parts/year=2024/b.csv", messy(25..60));
    place.done("fit all.csv --missing mean --epochs 4 --model all.gs");
    place.done("fit parts --missing mean --epochs 4 --model parts.gs");
    let wanted = place.done("score all.gs all.csv");
    assert_eq!(wanted.lines().count(), 61);
    assert_eq!(place.done("score all.gs parts"), wanted);
    assert_eq!(place.done("score parts.gs all.csv"), wanted);
    // With the folders' column, which never varies here and so is left out of what is learned.
    place.done("fit parts --missing mean --partition year --epochs 4 --model year.gs");
    assert_eq!(place.done("score year.gs parts"), wanted);
}

#[test]
fn a_sample_is_drawn_once_and_said_in_the_summary() {
    let place = parted();
    let said = place.done("fit table.csv --label label --sample 50 --seed 3 --epochs 3 --model s.gs");
    assert!(said.contains("table.csv (a uniform sample of 80 rows): 50 rows, 3 columns"), "{said}");
    // The same rows however the table is cut, others for another seed, and all of them where there are no more.
    place.done("fit parts --label label --sample 50 --seed 3 --epochs 3 --model parts.gs");
    let bytes = |name: &str| fs::read(place.path(name)).unwrap();
    assert_eq!(bytes("parts.gs"), bytes("s.gs"));
    place.done("fit table.csv --label label --sample 50 --seed 4 --epochs 3 --model other.gs");
    assert_ne!(bytes("other.gs"), bytes("s.gs"));
    place.done("fit table.csv --label label --sample 80 --epochs 3 --model all.gs");
    place.done("fit table.csv --label label --epochs 3 --model whole.gs");
    assert_eq!(bytes("all.gs"), bytes("whole.gs"));
    assert_eq!(place.run("fit table.csv --sample 0 --model m.gs").code, 2);
}

#[test]
fn a_sample_of_a_messy_table_is_prepared_by_itself() {
    let place = Workplace::new();
    place.write("all.csv", messy(0..6000));
    fs::create_dir(place.path("parts")).unwrap();
    place.write("parts/a.csv", messy(0..4001));
    place.write("parts/b.csv", messy(4001..6000));
    let words = "--missing mean --sample 70 --seed 2 --epochs 3 --model";
    let said = place.done(&format!("fit all.csv {words} s.gs"));
    assert!(said.contains("all.csv (a uniform sample of 6000 rows): 70 rows, 2 columns"), "{said}");
    assert!(said.contains("size: ") && said.contains("missing cells take the mean"), "{said}");
    let bytes = |name: &str| fs::read(place.path(name)).unwrap();
    place.done(&format!("fit parts {words} parts.gs"));
    assert_eq!(bytes("parts.gs"), bytes("s.gs"));
    // A pipe is copied for it, as for a fit to all rows.
    let piped = place.run_with_input(&format!("fit - {words} piped.gs"), messy(0..6000).as_bytes());
    assert_eq!((piped.code, bytes("piped.gs")), (0, bytes("s.gs")), "{}", piped.err);
    // As many rows as there are make the fit to the table.
    place.done("fit all.csv --missing mean --sample 6000 --epochs 3 --model whole.gs");
    place.done("fit all.csv --missing mean --epochs 3 --model table.gs");
    assert_eq!(bytes("whole.gs"), bytes("table.gs"));
    assert_eq!(place.done("score s.gs all.csv").lines().count(), 6001);
}
