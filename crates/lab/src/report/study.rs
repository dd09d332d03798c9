//! Results, gathered: one entry a way to detect, with a mean over the seeds for each table.

use std::collections::{BTreeMap, BTreeSet};

use gradstop::{Preset, detector_named};

use crate::report::row::Row;
use crate::report::statistics::{mean, ranks};

/// A way to detect: a detector with its settings and the rule that stops it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Way {
    pub(crate) detector: String,
    pub(crate) preset: String,
    pub(crate) settings: String,
    pub(crate) cap: String,
    pub(crate) stop: String,
}

/// How a way did.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) way: Way,
    /// By table.
    pub(crate) tables: BTreeMap<String, OnTable>,
}

/// Means over the seeds on one table.
#[derive(Debug, Clone, Default)]
pub(crate) struct OnTable {
    pub(crate) auc: f64,
    pub(crate) average_precision: f64,
    pub(crate) precision_at_n: f64,
    pub(crate) epoch_kept: Option<f64>,
    pub(crate) oracle_auc: Option<f64>,
    pub(crate) fit_seconds: f64,
    pub(crate) score_seconds: f64,
    /// The largest of any seed.
    pub(crate) peak_memory: Option<u64>,
    /// AUC of each seed.
    pub(crate) seeds: BTreeMap<Option<u64>, f64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Study {
    /// In the order in which they were asked for.
    pub(crate) entries: Vec<Entry>,
    /// Every table that any entry has.
    pub(crate) tables: BTreeSet<String>,
}

impl Study {
    pub(crate) fn of(rows: &[Row]) -> Self {
        let mut ways: Vec<(Way, BTreeMap<String, Vec<&Row>>)> = Vec::new();
        for row in rows {
            let way = Way {
                detector: row.detector.clone(),
                preset: row.preset.clone(),
                settings: row.settings.clone(),
                cap: row.cap.clone(),
                stop: row.stop.clone(),
            };
            let at = ways.iter().position(|(other, _)| *other == way).unwrap_or_else(|| {
                ways.push((way, BTreeMap::new()));
                ways.len() - 1
            });
            ways[at].1.entry(row.table.clone()).or_default().push(row);
        }
        let of_way = |(way, tables): (Way, BTreeMap<String, Vec<&Row>>)| {
            let tables = tables.into_iter().map(|(name, rows)| (name, OnTable::of(&rows))).collect();
            Entry { way, tables }
        };
        let entries: Vec<Entry> = ways.into_iter().map(of_way).collect();
        let tables = rows.iter().map(|row| row.table.clone()).collect();
        Self { entries, tables }
    }

    /// Entries that have every table, which alone can be ranked against each other.
    pub(crate) fn complete(&self) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.tables.len() == self.tables.len()).collect()
    }

    /// The same detector and settings without stopping.
    pub(crate) fn unstopped(&self, of: &Way) -> Option<&Entry> {
        let way = Way { stop: "none".into(), ..of.clone() };
        self.entries.iter().find(|entry| entry.way == way)
    }
}

/// Mean rank of each entry over the tables; all must have the same tables.
pub(crate) fn mean_ranks(entries: &[&Entry]) -> Vec<f64> {
    let Some(first) = entries.first() else { return Vec::new() };
    let mut sums = vec![0.0; entries.len()];
    for table in first.tables.keys() {
        let aucs: Vec<f64> = entries.iter().map(|entry| entry.tables[table].auc).collect();
        sums.iter_mut().zip(ranks(&aucs)).for_each(|(sum, rank)| *sum += rank);
    }
    sums.iter().map(|sum| sum / first.tables.len() as f64).collect()
}

impl Entry {
    pub(crate) fn aucs(&self) -> Vec<f64> {
        self.tables.values().map(|table| table.auc).collect()
    }

    /// Mean over the tables of each seed that has all of them.
    pub(crate) fn seed_means(&self) -> Vec<f64> {
        let seeds: BTreeSet<Option<u64>> =
            self.tables.values().flat_map(|table| table.seeds.keys().copied()).collect();
        let of_seed = |seed: &Option<u64>| {
            let aucs: Option<Vec<f64>> =
                self.tables.values().map(|table| table.seeds.get(seed).copied()).collect();
            aucs.map(|aucs| mean(&aucs))
        };
        seeds.iter().filter_map(of_seed).collect()
    }

    /// Mean over the tables of something that every one of them has.
    pub(crate) fn mean_of(&self, of: impl Fn(&OnTable) -> Option<f64>) -> Option<f64> {
        let values: Option<Vec<f64>> = self.tables.values().map(of).collect();
        values.map(|values| mean(&values))
    }

    /// AUC minus that of another entry, table by table, for the tables that both have.
    pub(crate) fn gains(&self, over: &Entry) -> Vec<(String, f64, f64)> {
        let both = self.tables.iter().filter_map(|(name, mine)| {
            over.tables.get(name).map(|other| (name.clone(), other.auc, mine.auc))
        });
        both.collect()
    }
}

impl OnTable {
    fn of(rows: &[&Row]) -> Self {
        let mean_of = |of: &dyn Fn(&Row) -> f64| mean(&rows.iter().map(|row| of(row)).collect::<Vec<_>>());
        let maybe = |of: &dyn Fn(&Row) -> Option<f64>| {
            let values: Option<Vec<f64>> = rows.iter().map(|row| of(row)).collect();
            values.map(|values| mean(&values))
        };
        Self {
            auc: mean_of(&|row| row.auc),
            average_precision: mean_of(&|row| row.average_precision),
            precision_at_n: mean_of(&|row| row.precision_at_n),
            epoch_kept: maybe(&|row| row.epoch_kept),
            oracle_auc: maybe(&|row| row.oracle_auc),
            fit_seconds: mean_of(&|row| row.fit_seconds),
            score_seconds: mean_of(&|row| row.score_seconds),
            peak_memory: rows.iter().filter_map(|row| row.peak_memory).max(),
            seeds: rows.iter().map(|row| (row.seed, row.auc)).collect(),
        }
    }
}

impl Way {
    /// As it is read in a table.
    pub(crate) fn title(&self) -> String {
        let mut title = format!("{} · {}", self.detector, self.preset);
        if self.settings != "{}" {
            title += &format!(" {}", self.settings);
        }
        title
    }

    pub(crate) fn is_trained(&self) -> bool {
        detector_named(&self.detector).is_ok_and(|entry| entry.is_trained())
    }

    /// The rule, of detectors that have one.
    pub(crate) fn rule(&self) -> &str {
        if self.is_trained() { &self.stop } else { "" }
    }

    /// Whether this is what `gradstop detect --detector NAME` does.
    pub(crate) fn is_as_shipped(&self) -> bool {
        let Ok(entry) = detector_named(&self.detector) else { return false };
        let own = entry.preset(Preset::Default);
        let stop = own.get("early_stopping").and_then(|stop| stop.as_str()).unwrap_or("none");
        self.preset == "default" && self.settings == "{}" && self.stop == stop
    }
}
