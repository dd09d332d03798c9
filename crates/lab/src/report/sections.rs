//! A study as titled grids of text.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::experiment::results::{Record, Run};
use crate::report::printed;
use crate::report::row::{FailedCell, Row};
use crate::report::statistics::{deviation, holm, interval, mean, median, wilcoxon};
use crate::report::study::{Entry, Study, mean_ranks};

/// A change of the AUC this small counts as none.
const SAME: f64 = 0.001;
/// Of less than this that could be gained a share says nothing.
const WORTH_A_SHARE: f64 = 0.01;

#[derive(Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) notes: Vec<String>,
    pub(crate) grids: Vec<Grid>,
    pub(crate) list: Vec<String>,
}

/// Rows of text under a head; the first columns that are names stand left, the numbers right.
pub(crate) struct Grid {
    pub(crate) caption: String,
    pub(crate) names: usize,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

pub(crate) fn sections(
    study: &Study,
    rows: &[Row],
    records: &[&Record],
    failed: &[FailedCell],
) -> Vec<Section> {
    let mut sections = vec![about(study, rows, records)];
    if !failed.is_empty() {
        sections.push(failures(failed));
    }
    sections.push(means(study));
    sections.extend(improvement(study));
    sections.extend(ranking(study));
    sections.extend(tables(study));
    sections.push(times(study));
    sections
}

fn about(study: &Study, rows: &[Row], records: &[&Record]) -> Section {
    let seeds: BTreeSet<u64> = rows.iter().filter_map(|row| row.seed).collect();
    let caps: BTreeSet<&str> = rows.iter().map(|row| row.cap.as_str()).collect();
    let mut notes = vec![
        format!(
            "{} tables, {} seeds, {} results. The table that is fitted is the table that is scored; no fit sees \
             a label.",
            study.tables.len(),
            seeds.len().max(1),
            rows.len()
        ),
        "AUC: probability that an outlier scores higher than an inlier, ties half. Oracle: the best epoch of the \
         same training, chosen with the labels; no rule can do better."
            .into(),
    ];
    notes.extend(caps.iter().filter_map(|&cap| match cap {
        "by-class" => Some(
            "Tables of over 10,000 rows are resampled with replacement by class (cap by-class), as the paper's \
             code does. That uses the labels: it is a way to compare, not to work."
                .into(),
        ),
        "uniform" => Some(
            "Tables of over 10,000 rows are sampled without replacement, blind to the labels (cap uniform).".into(),
        ),
        _ => None,
    }));
    // With the time of its last cell.
    let mut runs: Vec<(&Run, DateTime<Utc>)> = Vec::new();
    for record in records {
        match runs.iter_mut().find(|(run, _)| **run == record.run) {
            Some((_, last)) => *last = record.finished.max(*last),
            None => runs.push((&record.run, record.finished)),
        }
    }
    runs.sort_by_key(|(run, _)| run.started);
    let of_run = |(run, last): &(&Run, DateTime<Utc>)| {
        let minutes = (*last - run.started).as_seconds_f64() / 60.0;
        let started = run.started.format("%F %T").to_string();
        let Run { suite, command, version, revision, machine, .. } = (*run).clone();
        vec![started, suite, command, version, revision, machine, format!("{minutes:.1}")]
    };
    let grid = Grid {
        caption: "Runs that finished a cell".into(),
        names: 7,
        head: ["started (UTC)", "suite", "command", "version", "revision", "machine", "minutes"]
            .map(String::from)
            .to_vec(),
        rows: runs.iter().map(of_run).collect(),
    };
    Section { title: "What was measured".into(), notes, grids: vec![grid], ..Section::default() }
}

fn failures(failed: &[FailedCell]) -> Section {
    let grid = Grid {
        caption: String::new(),
        names: 3,
        head: ["cell", "what", "why"].map(String::from).to_vec(),
        rows: failed
            .iter()
            .map(|cell| vec![cell.cell.to_string(), cell.title.clone(), cell.error.clone()])
            .collect(),
    };
    let notes = vec![format!("{} cells have no result and are missing below.", failed.len())];
    Section { title: "Failed".into(), notes, grids: vec![grid], ..Section::default() }
}

/// What Table II says: means and mean ranks.
fn means(study: &Study) -> Section {
    let complete = study.complete();
    let ranks = mean_ranks(&complete);
    let rank = |entry: &Entry| complete.iter().position(|other| other.way == entry.way).map(|at| ranks[at]);
    let row = |entry: &Entry| {
        let aucs = entry.aucs();
        let seeds = entry.seed_means();
        let kept: Vec<f64> = entry.tables.values().filter_map(|table| table.epoch_kept).collect();
        let printed = match entry.way.preset.as_str() {
            "paper" => printed::mean(&entry.way.detector, &entry.way.stop),
            _ => None,
        };
        vec![
            entry.way.title(),
            entry.way.rule().to_string(),
            entry.tables.len().to_string(),
            three(mean(&aucs)),
            between(interval(&aucs)),
            maybe(deviation(&seeds)),
            rank(entry).map_or_else(String::new, |rank| format!("{rank:.1}")),
            maybe(printed),
            maybe(entry.mean_of(|table| table.oracle_auc)),
            share(study, entry),
            maybe(entry.mean_of(|table| Some(table.average_precision))),
            maybe(entry.mean_of(|table| Some(table.precision_at_n))),
            median(&kept).map_or_else(String::new, |epoch| format!("{epoch:.0}")),
        ]
    };
    let head = [
        "detector · preset",
        "rule",
        "tables",
        "AUC",
        "95 % interval",
        "± seeds",
        "rank",
        "printed",
        "oracle",
        "of the gain",
        "AP",
        "P@n",
        "epoch kept",
    ];
    let grid = Grid {
        caption: String::new(),
        names: 2,
        head: head.map(String::from).to_vec(),
        rows: study.entries.iter().map(row).collect(),
    };
    let notes = vec![
        "As Table II of the paper. The interval is over tables (bootstrap), ± seeds the standard deviation of \
         the mean over tables between seeds, rank the mean rank over tables among the ways that have every \
         table. Printed: the paper's mean over its 47 tables. Of the gain: the share of what the oracle gains \
         over not stopping that the rule gains."
            .into(),
    ];
    Section { title: "Means".into(), notes, grids: vec![grid], ..Section::default() }
}

/// (AUC - AUC without stopping) / (oracle - AUC without stopping), of the means.
fn share(study: &Study, entry: &Entry) -> String {
    let of = || {
        let unstopped = mean(&study.unstopped(&entry.way)?.aucs());
        let possible = entry.mean_of(|table| table.oracle_auc)? - unstopped;
        (entry.way.stop != "none" && possible > WORTH_A_SHARE)
            .then(|| (mean(&entry.aucs()) - unstopped) / possible)
    };
    of().map_or_else(String::new, |share| format!("{:.0} %", 100.0 * share))
}

/// What Table III says: what stopping changes.
fn improvement(study: &Study) -> Option<Section> {
    let row = |entry: &Entry| {
        let over = study.unstopped(&entry.way).filter(|_| entry.way.stop != "none")?;
        let gains = entry.gains(over);
        let changes: Vec<f64> = gains.iter().map(|(_, without, with)| with - without).collect();
        let count =
            |of: &dyn Fn(f64) -> bool| changes.iter().filter(|&&change| of(change)).count().to_string();
        let worst = gains.iter().min_by(|a, b| (a.2 - a.1).total_cmp(&(b.2 - b.1)))?;
        Some(vec![
            entry.way.title(),
            entry.way.stop.clone(),
            signed(mean(&changes)),
            between_signed(interval(&changes)),
            format!("{:.3}", wilcoxon(&changes)),
            count(&|change| change > SAME),
            count(&|change| change.abs() <= SAME),
            count(&|change| change < -SAME),
            format!("{} ({})", signed(worst.2 - worst.1), worst.0),
        ])
    };
    let rows: Vec<Vec<String>> = study.entries.iter().filter_map(row).collect();
    let head = [
        "detector · preset",
        "rule",
        "change of AUC",
        "95 % interval",
        "p",
        "better",
        "same",
        "worse",
        "worst table",
    ];
    let grid = Grid { caption: String::new(), names: 2, head: head.map(String::from).to_vec(), rows };
    let notes = vec![format!(
        "As Table III of the paper: each rule against not stopping the same training. Same: within {SAME}. p: \
         Wilcoxon's signed-rank test over tables, two-sided, exact, not corrected for the number of rows."
    )];
    (!grid.rows.is_empty()).then(|| Section {
        title: "What stopping changes".into(),
        notes,
        grids: vec![grid],
        ..Section::default()
    })
}

fn ranking(study: &Study) -> Option<Section> {
    let complete = study.complete();
    let shipped: Vec<&Entry> = complete.iter().copied().filter(|entry| entry.way.is_as_shipped()).collect();
    let (entries, which) = match shipped.len() {
        0..2 => (complete, "every way that has all tables"),
        _ => (shipped, "every detector as it ships: preset default and the rule that this preset has"),
    };
    if entries.len() < 2 || study.tables.len() < 2 {
        return None;
    }
    let notes = vec![format!(
        "Mean ranks over tables of {which}; 1 is best. Ways that cannot be told apart: Wilcoxon's signed-rank test \
         for every pair, 5 % for all of them together (Holm)."
    )];
    let ranks = mean_ranks(&entries);
    let mut ranked: Vec<(f64, &Entry)> = ranks.into_iter().zip(entries).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let names: Vec<String> = ranked.iter().map(|(_, entry)| name(entry)).collect();
    let line = |((rank, _), name): (&(f64, &Entry), &String)| format!("{rank:.2} {name}");
    let mut list: Vec<String> = ranked.iter().zip(&names).map(line).collect();
    let sorted: Vec<&Entry> = ranked.iter().map(|&(_, entry)| entry).collect();
    let together =
        |(first, last): (usize, usize)| format!("cannot be told apart: {} to {}", names[first], names[last]);
    list.extend(groups(&sorted).into_iter().map(together));
    Some(Section { title: "Who differs from whom".into(), notes, list, ..Section::default() })
}

fn name(entry: &Entry) -> String {
    let way = &entry.way;
    let parts = [way.detector.as_str(), if way.preset == "default" { "" } else { &way.preset }, way.rule()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Runs of entries (first and last, in the order of their ranks) of which no two differ, the longest ones only.
fn groups(entries: &[&Entry]) -> Vec<(usize, usize)> {
    let pairs: Vec<(usize, usize)> =
        (0..entries.len()).flat_map(|a| (a + 1..entries.len()).map(move |b| (a, b))).collect();
    let p: Vec<f64> = pairs
        .iter()
        .map(|&(a, b)| {
            let gains = entries[a].gains(entries[b]);
            wilcoxon(&gains.iter().map(|(_, other, mine)| mine - other).collect::<Vec<_>>())
        })
        .collect();
    let differ = holm(&p);
    let together = |first: usize, last: usize| {
        pairs.iter().zip(&differ).all(|(&(a, b), &differ)| !differ || a < first || b > last)
    };
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for first in 0..entries.len() {
        let last = (first..entries.len()).rev().find(|&last| together(first, last)).unwrap_or(first);
        if last > first && groups.last().is_none_or(|&(_, before)| last > before) {
            groups.push((first, last));
        }
    }
    groups
}

/// What Tables V and VI say: table by table.
fn tables(study: &Study) -> Option<Section> {
    let grid = |entry: &Entry| {
        let over = study.unstopped(&entry.way).filter(|_| entry.way.stop == "gradstop")?;
        let printed = |stop: &str, table: &str| match entry.way.preset.as_str() {
            "paper" => printed::on_table(&entry.way.detector, stop, table),
            _ => None,
        };
        let mut gains = entry.gains(over);
        gains.sort_by(|a, b| (b.2 - b.1).total_cmp(&(a.2 - a.1)));
        let is_printed = gains.iter().any(|(table, ..)| printed("none", table).is_some());
        let row = |(table, without, with): &(String, f64, f64)| {
            let mut row = vec![table.clone(), three(*without), three(*with), signed(with - without)];
            row.push(maybe(entry.tables[table].oracle_auc));
            if is_printed {
                row.extend([maybe(printed("none", table)), maybe(printed("gradstop", table))]);
            }
            row
        };
        let mut head = vec!["table", "none", "gradstop", "change", "oracle"];
        if is_printed {
            head.extend(["printed none", "printed gradstop"]);
        }
        Some(Grid {
            caption: entry.way.title(),
            names: 1,
            head: head.into_iter().map(String::from).collect(),
            rows: gains.iter().map(row).collect(),
        })
    };
    let grids: Vec<Grid> = study.entries.iter().filter_map(grid).collect();
    let notes = vec![
        "As Tables V (auto-encoder) and VI (DeepSVDD) of the paper, and the same for the others; sorted by the \
         change. The paper prints Table VI with its names in numeric order and its values in the order of the \
         sorted file names; here each value stands beside the table that it belongs to. Table V is labelled \
         correctly; its values are not at hand."
            .into(),
    ];
    (!grids.is_empty()).then(|| Section {
        title: "Table by table".into(),
        notes,
        grids,
        ..Section::default()
    })
}

fn times(study: &Study) -> Section {
    let row = |entry: &Entry| {
        let sum = |of: fn(&crate::report::study::OnTable) -> f64| entry.tables.values().map(of).sum::<f64>();
        let peak = entry.tables.values().filter_map(|table| table.peak_memory).max();
        vec![
            entry.way.title(),
            entry.way.rule().to_string(),
            format!("{:.2}", sum(|table| table.fit_seconds)),
            format!("{:.2}", sum(|table| table.score_seconds)),
            peak.map_or_else(String::new, |bytes| format!("{:.0}", bytes as f64 / f64::from(1 << 20))),
        ]
    };
    let head = ["detector · preset", "rule", "fit, s", "score, s", "peak memory, MiB"];
    let grid = Grid {
        caption: String::new(),
        names: 2,
        head: head.map(String::from).to_vec(),
        rows: study.entries.iter().map(row).collect(),
    };
    let notes = vec![
        "Seconds on one thread, mean over seeds, summed over the tables. Where one training serves several \
         rules, a rule's time is that of the training up to the epoch where it stopped, with what all rules \
         looked at and without the scoring that the oracle needs. Peak memory is that of the process, with \
         every rule of the cell."
            .into(),
    ];
    Section { title: "Times".into(), notes, grids: vec![grid], ..Section::default() }
}

/// The means in numbers.
pub(crate) fn as_json(study: &Study) -> Value {
    let entry = |entry: &Entry| {
        let aucs = entry.aucs();
        let tables: Value = entry
            .tables
            .iter()
            .map(|(name, table)| (name.clone(), json!(table.auc)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let over = study.unstopped(&entry.way).filter(|_| entry.way.stop != "none");
        let changes = over.map(|over| entry.gains(over).iter().map(|(_, a, b)| b - a).collect::<Vec<f64>>());
        json!({
            "detector": entry.way.detector,
            "preset": entry.way.preset,
            "settings": serde_json::from_str::<Value>(&entry.way.settings).unwrap_or_default(),
            "cap": entry.way.cap,
            "stop": entry.way.stop,
            "auc": mean(&aucs),
            "interval": interval(&aucs),
            "seed_means": entry.seed_means(),
            "oracle_auc": entry.mean_of(|table| table.oracle_auc),
            "average_precision": entry.mean_of(|table| Some(table.average_precision)),
            "precision_at_n": entry.mean_of(|table| Some(table.precision_at_n)),
            "change": changes.as_deref().map(mean),
            "change_interval": changes.as_deref().map(interval),
            "change_p": changes.as_deref().map(wilcoxon),
            "auc_by_table": tables,
        })
    };
    study.entries.iter().map(entry).collect()
}

fn three(value: f64) -> String {
    format!("{value:.3}")
}

fn maybe(value: Option<f64>) -> String {
    value.map_or_else(String::new, three)
}

fn signed(value: f64) -> String {
    format!("{value:+.3}")
}

fn between((low, high): (f64, f64)) -> String {
    format!("{low:.3} to {high:.3}")
}

fn between_signed((low, high): (f64, f64)) -> String {
    format!("{low:+.3} to {high:+.3}")
}
