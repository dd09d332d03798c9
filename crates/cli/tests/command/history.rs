//! Histories are complete, whatever rule decides.

use serde_json::Value;

use crate::workplace::Workplace;

/// Figures of the rows that an epoch was not learned from: there are none where all are learned from, and the first epoch has
/// none to compare its own with.
const OF_TRIMMING: [&str; 3] = ["trimmed", "trim_threshold", "trim_overlap"];

const FIELDS: [&str; 14] = [
    "epoch",
    "loss",
    "cohesion_small",
    "cohesion_large",
    "gap",
    "smoothed_gap",
    "divergence",
    "smoothed_divergence",
    "entropy",
    "skewness",
    "trimmed",
    "trim_threshold",
    "trim_overlap",
    "decision",
];

#[test]
fn csv_has_every_figure_in_every_epoch() {
    let place = Workplace::with_table();
    for (rule, trim) in [("auto", 0.0), ("gradstop", 0.2), ("entropystop", 0.1), ("none", 0.0), ("none", 0.3)]
    {
        let words = format!("--epochs 6 --early-stopping {rule} --set trim={trim} --history h.csv");
        place.done(&format!("detect table.csv --label label {words}"));
        let text = place.read("h.csv");
        assert_eq!(text.lines().next().unwrap(), FIELDS.join(","));
        assert_eq!(text.lines().count(), 7);
        for (epoch, line) in text.lines().skip(1).enumerate() {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells[0], epoch.to_string());
            assert_eq!(cells.len(), FIELDS.len());
            for (field, cell) in FIELDS.iter().zip(&cells) {
                let there =
                    !OF_TRIMMING.contains(field) || trim > 0.0 && (*field != "trim_overlap" || epoch > 0);
                assert_eq!(!cell.is_empty(), there, "{rule}, trim {trim}: {field} in {line}");
            }
        }
    }
}

#[test]
fn json_has_every_figure_in_every_epoch() {
    let place = Workplace::with_table();
    for rule in ["auto", "gradstop", "entropystop", "none"] {
        place.done(&format!(
            "fit table.csv --label label --epochs 6 --early-stopping {rule} --history h.json --model m.gs"
        ));
        let history: Vec<Value> = serde_json::from_str(&place.read("h.json")).unwrap();
        assert_eq!(history.len(), 6);
        for record in history {
            let measured = FIELDS.iter().filter(|field| !OF_TRIMMING.contains(field));
            assert!(measured.into_iter().all(|field| !record[field].is_null()), "{rule}: {record}");
        }
    }
}

#[test]
fn looking_on_changes_no_score() {
    let place = Workplace::with_table();
    for rule in ["auto", "gradstop", "entropystop", "none"] {
        let words = format!("detect table.csv --label label --epochs 30 --early-stopping {rule} --output -");
        assert_eq!(place.done(&words), place.done(&format!("{words} --history h.csv")), "{rule}");
    }
}
