//! The paper's protocol on a folder of ADBench tables: mean AUC of a detector without stopping, with
//! GradStop and with EntropyStop, per table and over all.
//!
//! `cargo run --release -p gradstop-cli --example paper_tables -- DIR SEEDS DETECTOR PRESET [SETTING=VALUE ...]`
//!
//! The protocol is transductive. Tables of over 10,000 rows are resampled with replacement by class, as
//! the authors' code does: that uses labels, so it happens here and never in a fit. A detector without
//! training has one column, one without random numbers one seed.
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use gradstop::engine::random::{Key, Stream};
use gradstop::{Detector, Preset, Table, detector_named};
use gradstop_cli::measures::auc;
use gradstop_tables::{Input, ReadOptions, TableReader};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

const CAP: usize = 10_000;
const STOPS: [&str; 3] = ["none", "gradstop", "entropystop"];

struct Labelled {
    name: String,
    columns: Vec<String>,
    values: Vec<f32>,
    labels: Vec<bool>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seeds, name, preset, changes @ ..] = &arguments[..] else {
        return Err("usage: paper_tables DIR SEEDS DETECTOR PRESET [SETTING=VALUE ...]".into());
    };
    let entry = detector_named(name)?;
    let preset: Preset = serde_json::from_value(json!(preset))?;
    let changes = changes.iter().map(|change| parse(change)).collect::<Result<Vec<_>, _>>()?;
    let seeds: u64 = if entry.is_seeded() { seeds.parse()? } else { 1 };
    // With a rule among the settings there is one column, too.
    let ruled = changes.iter().any(|(name, _)| name == "stop");
    let stops = if entry.is_trained() && !ruled { &STOPS[..] } else { &STOPS[..1] };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(Path::new(folder))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "npz"));
    paths.sort();
    let tables: Vec<Labelled> = paths.iter().map(|path| read(path)).collect::<Result<_, _>>()?;

    let start = Instant::now();
    // Parallel over fits, one thread each: the tables are small.
    let cells: Vec<(usize, u64, usize)> = (0..tables.len())
        .flat_map(|table| {
            (0..seeds).flat_map(move |seed| (0..stops.len()).map(move |stop| (table, seed, stop)))
        })
        .collect();
    let results: Vec<Result<f64, String>> = cells
        .par_iter()
        .with_max_len(1)
        .map(|&(table, seed, stop)| {
            let mut settings = Map::new();
            if entry.is_trained() {
                settings.insert("stop".into(), json!(stops[stop]));
            }
            if entry.is_seeded() {
                settings.insert("seed".into(), json!(seed));
            }
            changes.iter().for_each(|(name, value)| put(&mut settings, name, value));
            fit(&tables[table], name, preset, settings)
                .map_err(|error| format!("{}: {error}", tables[table].name))
        })
        .collect();
    println!("table,rows,outliers,{}", stops.join(","));
    let mut totals = vec![vec![0.0; stops.len()]; seeds as usize];
    for (index, table) in tables.iter().enumerate() {
        let mut means = vec![0.0; stops.len()];
        for (&(of, seed, stop), result) in cells.iter().zip(&results) {
            if of == index {
                let auc = result.clone()?;
                means[stop] += auc / seeds as f64;
                totals[seed as usize][stop] += auc / tables.len() as f64;
            }
        }
        let outliers = table.labels.iter().filter(|&&label| label).count();
        println!("{},{},{outliers},{}", table.name, table.labels.len(), joined(&means));
    }
    for (seed, totals) in totals.iter().enumerate() {
        println!("seed {seed},,,{}", joined(totals));
    }
    let mean = |stop: usize| totals.iter().map(|totals| totals[stop]).sum::<f64>() / seeds as f64;
    println!("mean,,,{}", joined(&(0..stops.len()).map(mean).collect::<Vec<_>>()));
    println!("# {} fits in {:.1} s", cells.len(), start.elapsed().as_secs_f64());
    Ok(())
}

fn joined(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(",")
}

/// `name=value`, the value as JSON or else a word.
fn parse(change: &str) -> Result<(String, Value), String> {
    let (name, value) = change.split_once('=').ok_or(format!("{change}: wanted SETTING=VALUE"))?;
    Ok((name.into(), serde_json::from_str(value).unwrap_or(json!(value))))
}

/// Sets `a.b` in a tree.
fn put(tree: &mut Map<String, Value>, name: &str, value: &Value) {
    match name.split_once('.') {
        Some((group, rest)) => {
            if let Value::Object(group) = tree.entry(group).or_insert(json!({})) {
                put(group, rest, value);
            }
        }
        None => drop(tree.insert(name.into(), value.clone())),
    }
}

fn read(path: &Path) -> Result<Labelled, Box<dyn Error>> {
    let options = ReadOptions { label: Some("y".into()), ..ReadOptions::default() };
    let table = TableReader::open(&Input::path(path), &options)?.read_all()?;
    let labels = table.labels.ok_or("no labels")?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let columns = table.columns;
    let (values, labels) = cap(table.values, labels, columns.len());
    Ok(Labelled { name, columns, values, labels })
}

/// The paper's cap: rows drawn with replacement, by class, in the classes' shares.
fn cap(values: Vec<f32>, labels: Vec<bool>, columns: usize) -> (Vec<f32>, Vec<bool>) {
    if labels.len() <= CAP {
        return (values, labels);
    }
    let key = Key::new(0, Stream::Shuffle, &[]);
    let mut rows = Vec::new();
    for class in [false, true] {
        let of_class: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == class).collect();
        let share = of_class.len() as f64 / labels.len() as f64;
        let count = (share * CAP as f64) as u64;
        let pick = |at: u64| of_class[key.at(u64::from(class)).below(at, of_class.len() as u64) as usize];
        rows.extend((0..count).map(pick));
    }
    let picked = rows.iter().flat_map(|&row| &values[row * columns..][..columns]).copied().collect();
    (picked, rows.into_iter().map(|row| labels[row]).collect())
}

fn fit(
    table: &Labelled,
    name: &str,
    preset: Preset,
    settings: Map<String, Value>,
) -> Result<f64, Box<dyn Error>> {
    let rows = Table::new(table.values.clone(), table.columns.clone())?;
    let fitted = Detector::named(name, preset, &Value::Object(settings))?.fit(rows)?;
    Ok(auc(fitted.training_scores(), &table.labels).ok_or("one class only")?)
}
