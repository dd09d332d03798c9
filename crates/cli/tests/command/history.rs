//! Histories are complete, whatever rule decides.

use serde_json::Value;

use crate::workplace::Workplace;

const FIELDS: [&str; 11] = [
    "epoch",
    "loss",
    "cohesion_last",
    "cohesion_top",
    "gap",
    "smoothed_gap",
    "divergence",
    "smoothed_divergence",
    "entropy",
    "skewness",
    "decision",
];

#[test]
fn csv_has_every_figure_in_every_epoch() {
    let place = Workplace::with_table();
    for rule in ["auto", "gradstop", "entropystop", "none"] {
        place.done(&format!("detect table.csv --label label --epochs 6 --stop {rule} --history h.csv"));
        let text = place.read("h.csv");
        assert_eq!(text.lines().next().unwrap(), FIELDS.join(","));
        assert_eq!(text.lines().count(), 7);
        for (epoch, line) in text.lines().skip(1).enumerate() {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells[0], epoch.to_string());
            assert_eq!(cells.len(), FIELDS.len());
            assert!(cells.iter().all(|cell| !cell.is_empty()), "{rule}: {line}");
        }
    }
}

#[test]
fn json_has_every_figure_in_every_epoch() {
    let place = Workplace::with_table();
    for rule in ["auto", "gradstop", "entropystop", "none"] {
        place.done(&format!(
            "fit table.csv --label label --epochs 6 --stop {rule} --history h.json --model m.gs"
        ));
        let history: Vec<Value> = serde_json::from_str(&place.read("h.json")).unwrap();
        assert_eq!(history.len(), 6);
        for record in history {
            assert!(FIELDS.iter().all(|field| !record[field].is_null()), "{rule}: {record}");
        }
    }
}

#[test]
fn looking_on_changes_no_score() {
    let place = Workplace::with_table();
    for rule in ["auto", "gradstop", "entropystop", "none"] {
        let words = format!("detect table.csv --label label --epochs 30 --stop {rule} --output -");
        assert_eq!(place.done(&words), place.done(&format!("{words} --history h.csv")), "{rule}");
    }
}
