//! A result as a line of the report.

use gradstop::detector_named;
use gradstop::settings::TrimSetting;
use serde::Serialize;
use serde_json::{Value, json};

use crate::experiment::cell::{Cell, Measured, RuleResult};
use crate::experiment::results::Record;

/// A result with everything that is needed to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    /// Its line in the file.
    pub(crate) cell: usize,
    pub(crate) table: String,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) outliers: usize,
    pub(crate) detector: String,
    pub(crate) preset: String,
    pub(crate) settings: String,
    /// Which rows were left out of every step, of detectors that are trained.
    pub(crate) trim: Option<TrimSetting>,
    pub(crate) seed: Option<u64>,
    pub(crate) cap: String,
    pub(crate) stop: String,
    pub(crate) auc: f64,
    pub(crate) average_precision: f64,
    pub(crate) precision_at_n: f64,
    pub(crate) epoch_kept: Option<f64>,
    pub(crate) epochs_run: Option<f64>,
    pub(crate) reason: Option<String>,
    pub(crate) fit_seconds: f64,
    pub(crate) score_seconds: f64,
    pub(crate) oracle_epoch: Option<usize>,
    pub(crate) oracle_auc: Option<f64>,
    /// (AUC - AUC without stopping) / (best AUC of any epoch - AUC without stopping)
    pub(crate) share_of_gain: Option<f64>,
    pub(crate) peak_memory: Option<u64>,
    pub(crate) table_checksum: String,
    pub(crate) scores_checksum: String,
    pub(crate) suite: String,
    pub(crate) version: String,
    pub(crate) revision: String,
    pub(crate) machine: String,
}

impl Row {
    pub(crate) fn new(record: &Record, measured: &Measured, result: &RuleResult) -> Self {
        let Record { cell, run, .. } = record;
        let word = |value: Value| value.as_str().unwrap_or_default().to_string();
        let oracle = measured.oracle();
        // Where next to nothing can be gained a share of it says nothing.
        let share_of_gain = oracle.zip(measured.auc_by_epoch.last()).and_then(|((_, best), &unstopped)| {
            (best - unstopped > 1e-3).then(|| (result.auc - unstopped) / (best - unstopped))
        });
        let result = result.clone();
        Self {
            cell: record.line,
            table: cell.table.name(),
            rows: measured.rows,
            columns: measured.columns,
            outliers: measured.outliers,
            detector: cell.detector.clone(),
            preset: word(json!(cell.preset)),
            settings: json!(cell.settings).to_string(),
            trim: trim(cell),
            seed: cell.seed,
            cap: word(json!(cell.cap)),
            stop: result.stop,
            auc: result.auc,
            average_precision: result.average_precision,
            precision_at_n: result.precision_at_n,
            epoch_kept: result.epoch_kept,
            epochs_run: result.epochs_run,
            reason: result.reason,
            fit_seconds: result.fit_seconds,
            score_seconds: result.score_seconds,
            oracle_epoch: oracle.map(|(epoch, _)| epoch),
            oracle_auc: oracle.map(|(_, auc)| auc),
            share_of_gain,
            peak_memory: measured.peak_memory,
            table_checksum: measured.table_checksum.clone(),
            scores_checksum: result.scores_checksum,
            suite: run.suite.clone(),
            version: run.version.clone(),
            revision: run.revision.clone(),
            machine: run.machine.clone(),
        }
    }
}

/// The trim that a cell's settings ask for, or its preset does.
fn trim(cell: &Cell) -> Option<TrimSetting> {
    let preset = detector_named(&cell.detector).ok()?.preset(cell.preset);
    serde_json::from_value(cell.settings.get("trim").or_else(|| preset.get("trim"))?.clone()).ok()
}

/// A cell that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FailedCell {
    /// Its line in the file.
    pub(crate) cell: usize,
    pub(crate) title: String,
    pub(crate) error: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_names_the_trim_of_its_training_whoever_chose_it() {
        let trim = |detector: &str, preset: &str, settings: &str| {
            let recipe = json!({ "kind": "local", "rows": 50, "columns": 3, "contamination": 0.1 });
            let settings: Value = serde_json::from_str(settings).unwrap();
            let cell = json!({ "table": { "made": recipe }, "cap": "none", "detector": detector, "preset": preset,
                "settings": settings, "stops": [], "seed": 0 });
            trim(&serde_json::from_value(cell).unwrap())
        };
        assert_eq!(trim("autoencoder", "default", "{}"), Some(TrimSetting::AUTO));
        assert_eq!(trim("autoencoder", "paper", "{}"), Some(TrimSetting::Share(0.0)));
        assert_eq!(trim("autoencoder", "default", r#"{"trim":0.2}"#), Some(TrimSetting::Share(0.2)));
        assert_eq!(trim("knn", "default", "{}"), None);
    }
}
