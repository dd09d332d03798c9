//! The paper's protocol on a folder of ADBench tables: mean AUC of the auto-encoder without stopping,
//! with GradStop and with EntropyStop, per table and over all.
//!
//! `cargo run --release -p gradstop-cli --example paper_tables -- DIR [SEEDS] [SETTING=VALUE ...]`
//!
//! The protocol is transductive. Tables of over 10,000 rows are resampled with replacement by class, as
//! the authors' code does: that uses labels, so it happens here and never in a fit.
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use gradstop::engine::random::{Key, Stream};
use gradstop::{AutoEncoder, AutoEncoderSettings, Preset, StopName, Table};
use gradstop_cli::measures::auc;
use gradstop_tables::{Input, ReadOptions, TableReader};
use rayon::prelude::*;

const CAP: usize = 10_000;
const STOPS: [StopName; 3] = [StopName::None, StopName::Gradstop, StopName::Entropystop];

struct Labelled {
    name: String,
    columns: Vec<String>,
    values: Vec<f32>,
    labels: Vec<bool>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: paper_tables DIR [SEEDS] [PRESET]")?);
    let seeds: u64 = arguments.next().map_or(Ok(3), |seeds| seeds.parse())?;
    let preset = match arguments.next().as_deref() {
        Some("default") => Preset::Default,
        _ => Preset::Paper,
    };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "npz"));
    paths.sort();
    let tables: Vec<Labelled> = paths.iter().map(|path| read(path)).collect::<Result<_, _>>()?;

    let start = Instant::now();
    // Parallel over fits, one thread each: the tables are small.
    let cells: Vec<(usize, u64, usize)> = (0..tables.len())
        .flat_map(|table| {
            (0..seeds).flat_map(move |seed| (0..STOPS.len()).map(move |stop| (table, seed, stop)))
        })
        .collect();
    let results: Vec<Result<f64, String>> = cells
        .par_iter()
        .with_max_len(1)
        .map(|&(table, seed, stop)| {
            fit(&tables[table], preset, seed, STOPS[stop])
                .map_err(|error| format!("{}: {error}", tables[table].name))
        })
        .collect();
    println!("table,rows,outliers,none,gradstop,entropystop");
    let mut totals = [0.0; 3];
    for (index, table) in tables.iter().enumerate() {
        let mut means = [0.0; 3];
        for (&(of, _, stop), result) in cells.iter().zip(&results) {
            if of == index {
                means[stop] += result.clone()? / seeds as f64;
            }
        }
        let outliers = table.labels.iter().filter(|&&label| label).count();
        let [none, gradstop, entropystop] = means;
        println!("{},{},{outliers},{none:.4},{gradstop:.4},{entropystop:.4}", table.name, table.labels.len());
        totals.iter_mut().zip(means).for_each(|(total, mean)| *total += mean / tables.len() as f64);
    }
    let [none, gradstop, entropystop] = totals;
    println!("mean,,,{none:.4},{gradstop:.4},{entropystop:.4}");
    println!("# {} fits in {:.1} s", cells.len(), start.elapsed().as_secs_f64());
    Ok(())
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

fn fit(table: &Labelled, preset: Preset, seed: u64, stop: StopName) -> Result<f64, Box<dyn Error>> {
    let settings = AutoEncoderSettings { seed, stop, ..AutoEncoderSettings::preset(preset) };
    let rows = Table::new(table.values.clone(), table.columns.clone())?;
    let fitted = AutoEncoder::new(preset, settings)?.fit(rows)?;
    Ok(auc(fitted.training_scores(), &table.labels).ok_or("one class only")?)
}
