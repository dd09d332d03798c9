//! Labels in words: which are outliers, and what is said of them.

use serde_json::{Value, json};

use crate::workplace::{Workplace, rows};

/// The usual rows, labelled `normal.`, and by turns `smurf.` and `neptune.` for those far off.
fn place() -> Workplace {
    let place = Workplace::new();
    let word = |row: usize| match row {
        0..76 => "normal.",
        _ if row.is_multiple_of(2) => "smurf.",
        _ => "neptune.",
    };
    let lines = rows().into_iter().enumerate().map(|(row, [x, y, z])| format!("{x},{y},{z},{}\n", word(row)));
    place.write("kdd.csv", std::iter::once("x,y,z,class\n".to_string()).chain(lines).collect::<String>());
    place
}

const SAID: &str = "class: 4 rows are outliers (smurf., neptune.), 76 are not (normal.)";

#[test]
fn words_of_outliers_or_of_inliers_judge_alike_and_are_said_once() {
    let place = place();
    for named in ["--outlier smurf.,neptune.", "--outlier smurf. --outlier neptune.", "--inlier normal."] {
        let out = place.done(&format!("detect kdd.csv --detector ecod --label class {named}"));
        assert_eq!(out.matches(&format!("\nlabel     {SAID}\n")).count(), 1, "{named}: {out}");
        let judged = out.lines().find(|line| line.starts_with("judged ")).unwrap().to_string();
        assert!(judged.contains(": AUC 0.9") && judged.contains("precision at 4"), "{named}: {judged}");
    }
    let out = place.done("detect kdd.csv --detector ecod --label class --inlier normal. --json");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["read"], json!([SAID]));
    assert_eq!(json["label"]["outlier_words"], json!({ "smurf.": 2, "neptune.": 2 }));
    assert_eq!((&json["label"]["inlier_rows"], &json["labelled_outliers"]), (&json!(76), &json!(4)));
}

#[test]
fn every_command_with_a_label_takes_the_words_and_says_them() {
    let place = place();
    let label = "--label class --inlier normal.";
    place.done("fit kdd.csv --detector ecod --ignore class --model m");
    let score = place.run(&format!("score m kdd.csv {label} --output scores.csv"));
    assert!(score.err.contains(&format!("gradstop: label {SAID}\n")), "{}", score.err);
    let judged = place.run(&format!("evaluate scores.csv --from kdd.csv {label}"));
    assert!(judged.err.contains(SAID) && judged.out.starts_with("AUC 0.9"), "{}", judged.err);
    let report = place.run(&format!("report m kdd.csv {label}"));
    assert!(report.code == 0 && report.err.contains(SAID), "{}", report.err);
    let followed = place.done(&format!("dynamics kdd.csv {label} --epochs 2"));
    assert!(followed.contains(&format!("\nlabel     {SAID}\n")), "{followed}");
    let streamed = place.done(&format!("fit kdd.csv {label} --streaming --epochs 2 --model m"));
    assert!(streamed.contains(&format!("\nlabel     {SAID}\n")), "{streamed}");
}

#[test]
fn what_nobody_can_tell_is_refused_with_the_option_to_add() {
    let place = place();
    let refused = place.run("detect kdd.csv --label class");
    assert_eq!(refused.code, 2);
    let said = "the column holds \"normal.\" (76 rows), \"smurf.\" (2 rows), \"neptune.\" (2 rows) (hint: say which words \
                are outliers, as in --outlier smurf.,neptune., or which are not, as in --inlier normal.)\n";
    assert!(refused.err.ends_with(said), "{}", refused.err);

    place.write("sklearn.csv", "x,y\n1,1\n2,1\n3,1\n9,-1\n");
    let refused = place.run("detect sklearn.csv --detector ecod --label y");
    assert!(refused.err.ends_with("say --outlier -1 or --outlier 1)\n"), "{}", refused.err);
    for (named, outliers) in [("--outlier -1", 1), ("--outlier=-1.0", 1), ("--inlier -1", 3)] {
        let out = place.done(&format!("detect sklearn.csv --detector ecod --label y {named} --json"));
        let json: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["labelled_outliers"], outliers, "{named}");
    }
    let useless = place.run("detect kdd.csv --outlier smurf.");
    assert!(useless.code == 2 && useless.err.contains("--label"), "{}", useless.err);
}

/// A word in a list may well not be among the rows of one day.
#[test]
fn a_named_word_that_is_not_there_ends_a_fit_and_warns_where_rows_are_scored() {
    let place = place();
    let refused = place.run("detect kdd.csv --detector ecod --label class --outlier smurf.,neptun.");
    assert!(refused.code == 2 && refused.err.contains("got no row with \"neptun.\""), "{}", refused.err);
    place.done("fit kdd.csv --detector ecod --ignore class --model m");
    let scored = place.run("score m kdd.csv --label class --outlier smurf.,neptun. --output s.csv");
    assert!(scored.code == 0 && scored.err.contains("warning: label class: 2 rows"), "{}", scored.err);
    assert!(scored.err.contains("; no row has neptun."), "{}", scored.err);
}

#[test]
fn rows_without_a_label_are_counted() {
    let place = place();
    let holes = place.read("kdd.csv").replacen("normal.", "", 2).replacen("normal.", "NA", 1);
    place.write("holes.csv", holes);
    for named in ["", "--inlier normal."] {
        let refused = place.run(&format!("detect holes.csv --label class {named}"));
        let said = "row 0 (line 2), column \"class\": got no label in 3 of 80 rows, wanted one in every row";
        assert!(refused.code == 2 && refused.err.contains(said), "{}", refused.err);
    }
}
