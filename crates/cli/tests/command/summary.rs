//! What `detect` and `fit` say of a fit.

use serde_json::Value;

use crate::workplace::Workplace;

const KEYS: [&str; 8] =
    ["rows", "columns", "detector", "stop", "epochs_run", "best_epoch", "stop_reason", "seconds"];

#[test]
fn json_is_one_object_with_every_promised_key() {
    let place = Workplace::with_table();
    for words in ["detect table.csv --json", "fit table.csv --json --model m.gs"] {
        let ended = place.run(&format!("{words} --label label --epochs 20"));
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        assert_eq!(ended.out.lines().count(), 1);
        let object: Value = serde_json::from_str(&ended.out).unwrap();
        for key in KEYS.into_iter().chain(["auc", "average_precision"]) {
            assert!(!object[key].is_null(), "{key} in {object}");
        }
        assert_eq!(object["rows"], 80);
        assert_eq!(object["columns"], 3);
        assert_eq!(object["detector"], "autoencoder");
        assert_eq!(object["stop"], "none");
        assert_eq!(object["trim"], "auto");
        assert!((0.0..0.5).contains(&object["trimmed"].as_f64().unwrap()), "{object}");
        assert!(object["best_epoch"].as_u64() < object["epochs_run"].as_u64());
        assert!(object["epochs_run"].as_u64() <= Some(20));
    }
}

#[test]
fn json_has_no_measure_without_a_label() {
    let out = Workplace::with_table().done("detect table.csv --ignore label --epochs 3 --json");
    let object: Value = serde_json::from_str(&out).unwrap();
    assert!(KEYS.iter().all(|key| !object[key].is_null()));
    assert!(object.get("auc").is_none() && object.get("average_precision").is_none());
}

#[test]
fn every_rule_is_named_with_its_reason() {
    let place = Workplace::with_table();
    for rule in ["auto", "gradstop", "entropystop", "none"] {
        let words = format!("detect table.csv --label label --epochs 4 --json --early-stopping {rule}");
        let object: Value = serde_json::from_str(&place.done(&words)).unwrap();
        assert_eq!(object["stop"], rule);
        assert_eq!(object["epochs_run"], 4);
        assert_eq!(object["stop_reason"], "epochs_used_up");
    }
    let none = place.done("detect table.csv --label label --epochs 4 --json --early-stopping none");
    assert_eq!(serde_json::from_str::<Value>(&none).unwrap()["best_epoch"], 3);
    let auto = place.done("detect table.csv --label label --epochs 20 --json --early-stopping auto");
    assert!(serde_json::from_str::<Value>(&auto).unwrap()["averaged"].as_array().unwrap().len() > 1);
}

#[test]
fn words_tell_rows_columns_epochs_and_the_ten_most_abnormal_rows() {
    let place = Workplace::with_table();
    let ended = place.run("detect table.csv --label label --epochs 20 --output scores.csv");
    assert_eq!(ended.err, "", "nothing but data when nobody watches");
    assert!(ended.out.starts_with("table     table.csv: 80 rows, 3 columns\n"), "{}", ended.out);
    for part in
        ["training  ", "of at most 20 epochs in ", "trimmed   ", "kept      epoch 19 ", "because   ", "AUC "]
    {
        assert!(ended.out.contains(part), "{part:?} in {}", ended.out);
    }
    let named: Vec<usize> = ended
        .out
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("row "))
        .skip(1)
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect();
    let scores = place.read("scores.csv");
    let mut ranked: Vec<(f64, usize)> = scores
        .lines()
        .skip(1)
        .enumerate()
        .map(|(row, line)| (line.split(',').nth(1).unwrap().parse().unwrap(), row))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let wanted: Vec<usize> = ranked.into_iter().take(10).map(|(_, row)| row).collect();
    assert_eq!(named, wanted);
}

#[test]
fn json_and_scores_file_write_a_score_with_the_same_digits() {
    let place = Workplace::with_table();
    let out = place.done("detect table.csv --label label --epochs 5 --json --output scores.csv");
    let first = &serde_json::from_str::<Value>(&out).unwrap()["most_abnormal"][0];
    let start = format!("{},{},", first["row"], first["score"]);
    assert!(place.read("scores.csv").lines().any(|line| line.starts_with(&start)), "{start}");
}

#[test]
fn one_row_is_scored_with_warnings() {
    let place = Workplace::new();
    place.write("one.csv", "a,b\n1,2\n");
    let ended = place.run("detect one.csv --epochs 3");
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.starts_with("table     one.csv: 1 row, 2 columns\n"), "{}", ended.out);
    assert!(ended.err.lines().all(|line| line.starts_with("gradstop: warning: ")), "{}", ended.err);
    assert!(!ended.err.is_empty());
}

#[test]
fn what_a_fit_cannot_see_is_said() {
    let place = Workplace::new();
    let line = |row: usize| format!("{},{},{}\n", 1_700_000_000 + row, row % 7, row % 5);
    place.write("moments.csv", "moment,b,b\n".to_owned() + &(0..100).map(line).collect::<String>());
    let ended = place.run("detect moments.csv --detector knn --set n_neighbors=500");
    assert_eq!(ended.code, 0, "{}", ended.err);
    for words in ["several columns have the same name: b ", "500 neighbours are more than a row of 100 has"] {
        assert!(ended.err.contains(words), "{words} is not in {}", ended.err);
    }
    place.write("one.csv", "a,b\n1,2\n");
    let ended = place.run("detect one.csv --detector knn");
    assert!(!ended.err.contains("stopping rule"), "{}", ended.err);
}

#[test]
fn no_name_of_a_column_commands_the_terminal() {
    let place = Workplace::new();
    let rows: String = (0..50).map(|row| format!("{row},{}\n", row % 7)).collect();
    place.write("names.csv", format!("\"a\u{1b}[31mred\",\"b\nb\"\n{rows}"));
    let out = place.done("detect names.csv --explain 2 --epochs 5");
    assert!(out.contains("a\\u{1b}[31mred") && out.contains("b\\nb"), "{out}");
    assert!(!out.contains('\u{1b}'), "{out}");
}

#[test]
fn rows_that_no_step_was_learned_from_are_said_and_counted() {
    let place = Workplace::with_table();
    let words = "detect table.csv --label label --epochs 5 --set trim=0.25";
    let said = "trimmed   25 % of the rows, those with the largest losses, were left out of the last step; all are scored\n";
    assert!(place.done(words).contains(said));
    assert!(place.done(&format!("{words} --ensemble 2")).contains(said));
    for members in ["", "--ensemble 2"] {
        place.done(&format!("{words} {members} --report r.html"));
        assert!(place.read("r.html").contains("The last step left out 25 % of the rows"), "{members}");
    }
    let object: Value = serde_json::from_str(&place.done(&format!("{words} --json"))).unwrap();
    assert_eq!((&object["trim"], &object["trimmed"]), (&0.25.into(), &0.25.into()));
    let all = "detect table.csv --label label --epochs 5 --set trim=0";
    assert!(!place.done(all).contains("trimmed"));
    assert!(!place.done(&format!("{all} --json")).contains("trimmed"));
}
