//! A cell of the experiment: one fit on one table, and every stopping rule that is judged by it.

use gradstop::{FittedDetector, Preset};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::datasets::cap::Cap;
use crate::datasets::make::Recipe;

/// Everything that a cell's numbers depend on, but the version of the program and the table's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) table: Source,
    pub(crate) cap: Cap,
    pub(crate) detector: String,
    pub(crate) preset: Preset,
    /// Settings that differ from the preset.
    pub(crate) settings: Map<String, Value>,
    /// The rules, of detectors that are trained.
    pub(crate) stops: Vec<String>,
    /// For detectors that draw random numbers.
    pub(crate) seed: Option<u64>,
}

/// Where a table comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// A file of the folder, by its name there, and the label's column.
    File {
        name: String,
        file: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        label: Option<String>,
    },
    Made(Recipe),
}

impl Source {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File { name, .. } => name.clone(),
            Self::Made(recipe) => recipe.name(),
        }
    }
}

impl Cell {
    /// Its identity: equal cells have equal keys.
    pub(crate) fn key(&self) -> String {
        serde_json::to_string(self).expect("a cell is plain data")
    }

    /// As a person would name it.
    pub(crate) fn title(&self) -> String {
        let preset = serde_json::to_value(self.preset).expect("a preset is a word");
        let mut title =
            format!("{} {} on {}", self.detector, preset.as_str().unwrap_or_default(), self.table.name());
        if !self.settings.is_empty() {
            title += &format!(" with {}", Value::Object(self.settings.clone()));
        }
        if let Some(seed) = self.seed {
            title += &format!(", seed {seed}");
        }
        title
    }
}

/// What came of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) outliers: usize,
    /// Of the table as it was fitted, capped and all.
    pub(crate) table_checksum: String,
    /// Of the whole cell: fits, scores and measures.
    pub(crate) seconds: f64,
    /// Peak of the memory that the process held, in bytes; where the system tells.
    pub(crate) peak_memory: Option<u64>,
    /// AUC after every epoch, if one fit served all rules.
    pub(crate) auc_by_epoch: Vec<f64>,
    pub(crate) warnings: Vec<String>,
    /// One a rule, or one alone.
    pub(crate) results: Vec<RuleResult>,
}

/// How one rule did; detectors without training have one result with no rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleResult {
    pub(crate) stop: String,
    pub(crate) auc: f64,
    pub(crate) average_precision: f64,
    pub(crate) precision_at_n: f64,
    /// The epoch kept and the epochs run, means over the networks if there are several.
    pub(crate) epoch_kept: Option<f64>,
    pub(crate) epochs_run: Option<f64>,
    pub(crate) reason: Option<String>,
    pub(crate) fit_seconds: f64,
    pub(crate) score_seconds: f64,
    pub(crate) scores_checksum: String,
}

impl Measured {
    /// Takes down what a fit warns of.
    pub(crate) fn note(&mut self, fitted: &FittedDetector) {
        self.warnings.extend(fitted.warnings_in_words());
    }

    /// The epoch that someone with labels would have kept, and its AUC.
    pub(crate) fn oracle(&self) -> Option<(usize, f64)> {
        let by_epoch = self.auc_by_epoch.iter().copied().enumerate();
        by_epoch.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}
