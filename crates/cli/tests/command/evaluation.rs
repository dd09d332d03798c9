//! `evaluate` against values worked out by hand.

use serde_json::Value;

use crate::workplace::Workplace;

#[test]
fn known_values() {
    let place = Workplace::new();
    place.write("scores.csv", "score,truth\n0.9,outlier\n0.8,inlier\n0.7,outlier\n");
    assert_eq!(
        place.done("evaluate scores.csv --label truth"),
        "AUC 0.5000, average precision 0.8333, precision at 2 0.5000\n"
    );
    let json: Value = serde_json::from_str(&place.done("evaluate scores.csv --label truth --json")).unwrap();
    assert_eq!(json["auc"], 0.5);
    assert!((json["average_precision"].as_f64().unwrap() - 5.0 / 6.0).abs() < 1e-12);
    assert_eq!(json["precision_at_n"], 0.5);
    assert_eq!(json["labelled_outliers"], 2);
}

#[test]
fn ties_count_half() {
    let place = Workplace::new();
    place.write("scores.csv", "s,label\n0.1,0\n0.4,0\n0.4,1\n0.9,1\n");
    let json = place.done("evaluate scores.csv --label label --score s --json");
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["auc"], 0.875);
}

#[test]
fn labels_may_be_in_another_table_and_text_beside_the_scores() {
    let place = Workplace::with_table();
    place.write("named.csv", place.read("table.csv").replace("x,y,z,label", "x,y,z,truth"));
    let out = place.done("detect named.csv --label truth --epochs 10 --json --append --output appended.csv");
    let summary: Value = serde_json::from_str(&out).unwrap();
    place.done("detect named.csv --label truth --epochs 10 --output plain.csv");
    for words in ["evaluate appended.csv --label truth", "evaluate plain.csv --label truth --from named.csv"]
    {
        let judged: Value = serde_json::from_str(&place.done(&format!("{words} --json"))).unwrap();
        for key in ["auc", "average_precision", "precision_at_n"] {
            assert_eq!(judged[key], summary[key], "{words}: {key}");
        }
    }
}

#[test]
fn one_class_only_is_nothing_to_judge() {
    let place = Workplace::new();
    place.write("scores.csv", "score,label\n0.9,0\n0.8,0\n");
    assert_eq!(
        place.done("evaluate scores.csv --label label"),
        "nothing to judge: 0 rows are labelled outliers\n"
    );
    let json: Value = serde_json::from_str(&place.done("evaluate scores.csv --label label --json")).unwrap();
    assert!(json["auc"].is_null());
}
