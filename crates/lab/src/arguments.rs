//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::datasets::make::Kind;
use crate::report::Format;

/// More jobs than any machine runs well; asking for more is a slip of the finger.
const MOST_JOBS: usize = 1024;

/// Repeats the experiment that judges gradstop's detectors and stopping rules, by tables whose outliers are known.
///
/// Exit codes: 0 done; 1 failed on the way; 2 bad usage or input.
#[derive(Debug, Parser)]
#[command(version, name = "gradstop-lab", max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run an experiment on a folder of tables with labels; report on it; repeat a part of it.
    Bench(Bench),
    /// List, look at, make and fetch tables whose outliers are known.
    #[command(subcommand)]
    Datasets(Datasets),
    /// A worker of bench.
    #[command(hide = true)]
    Worker,
}

/// Cells that are done are not done again: the same command goes on where it was stopped, and several may
/// share the work on one file.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Bench {
    #[command(subcommand)]
    pub(crate) what: Option<BenchCommand>,
    #[command(flatten)]
    pub(crate) run: BenchRun,
}

#[derive(Debug, Args)]
pub(crate) struct BenchRun {
    /// Folder with the tables; the label is the column `label`, or in NPZ the array `y`.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// What to run: paper, smoke (made tables, needs no folder) or a TOML file.
    #[arg(long, value_name = "SUITE", default_value = "paper")]
    pub(crate) suite: String,
    /// The file of results, a line of JSON for each cell; made if it is not there.
    #[arg(long, value_name = "FILE", default_value = "results.jsonl")]
    pub(crate) results: PathBuf,
    /// Only a part of the cells: the i-th of n, from 1, as in 2/4.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(crate) shard: Option<Shard>,
    /// Cells at once, each on one thread; 0 for as many as the machine has processors.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = jobs)]
    pub(crate) jobs: usize,
    /// Try cells that failed again.
    #[arg(long)]
    pub(crate) retry_failed: bool,
}

/// The `part`-th of `parts`, from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shard {
    pub(crate) part: usize,
    pub(crate) parts: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Write what the results say.
    Report {
        /// A file of results.
        results: PathBuf,
        /// How to write it.
        #[arg(long, value_name = "FORMAT", default_value = "md")]
        format: Format,
        /// Where to; - for standard output.
        #[arg(long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
    },
    /// Measure a cell again and compare, to the last bit.
    Repeat {
        /// A file of results.
        results: PathBuf,
        /// The cell's line in the file, as in the CSV report.
        #[arg(long, value_name = "LINE")]
        cell: usize,
        /// Folder with the tables, if it is not where it was.
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Datasets {
    /// List the tables of a folder, or the collections that can be fetched and the kinds that can be made.
    List {
        /// A folder with tables.
        folder: Option<PathBuf>,
    },
    /// Rows, columns and outliers of every table of a folder.
    Info {
        /// A folder with tables.
        folder: PathBuf,
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Make a table with outliers of a kind.
    Make {
        /// What sets the outliers apart.
        kind: Kind,
        /// Number of rows.
        #[arg(long, value_name = "N", default_value_t = 1000)]
        rows: usize,
        /// Number of columns.
        #[arg(long, value_name = "N", default_value_t = 10)]
        columns: usize,
        /// Share of outliers, over 0 and at most 0.5.
        #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
        contamination: f64,
        /// The same seed makes the same table.
        #[arg(long, value_name = "N", default_value_t = 0)]
        seed: u64,
        /// Where to write it, as CSV with a column label; - for standard output.
        #[arg(long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
    },
    /// Download a collection, resuming where it was stopped; every file is checked.
    Fetch {
        /// The collection.
        #[arg(value_parser = ["adbench"])]
        name: String,
        /// Where to put it [default: the user's cache folder]
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
        /// A mirror: an address with the same listing and files.
        #[arg(long, value_name = "URL")]
        mirror: Option<String>,
    },
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(jobs) if jobs <= MOST_JOBS => Ok(jobs),
        _ => Err(format!("a number of 0 to {MOST_JOBS} is wanted")),
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts =
        text.split_once('/').and_then(|(part, parts)| Some((part.parse().ok()?, parts.parse().ok()?)));
    match parts {
        Some((part @ 1.., parts)) if part <= parts => Ok(Shard { part: part - 1, parts }),
        _ => {
            Err("two whole numbers are wanted, the first at least 1 and at most the second, as in 2/4".into())
        }
    }
}
