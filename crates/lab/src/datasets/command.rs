//! `gradstop-lab datasets`: tables whose outliers are known.

use std::path::Path;

use serde_json::{Value, json};

use crate::arguments::Datasets;
use crate::datasets::fetch;
use crate::datasets::labelled::{Labelled, in_folder, read};
use crate::datasets::make::Recipe;
use crate::failure::Failure;
use crate::output::{message, print, write};

pub(crate) fn run(arguments: &Datasets) -> Result<(), Failure> {
    match arguments {
        Datasets::List { folder: Some(folder) } => {
            let tables = in_folder(folder)?;
            print(tables.iter().map(|(name, _)| format!("{name}\n")).collect::<String>().as_bytes())
        }
        Datasets::List { folder: None } => print(
            b"to fetch:\n  adbench     the 47 classical tables of ADBench\n\
             to make:\n  local       outliers near a cluster of inliers, but not as near as they are\n  \
             global      outliers anywhere\n  clustered   outliers in clusters of their own\n  \
             dependency  outliers that no column shows alone\n  \
             embedding   outliers of other classes, in the embedding of a network\n",
        ),
        Datasets::Info { folder, json } => info(folder, *json),
        Datasets::Make { kind, rows, columns, contamination, seed, output } => {
            let recipe = Recipe {
                kind: *kind,
                rows: *rows,
                columns: *columns,
                contamination: *contamination,
                seed: *seed,
            };
            recipe.check().map_err(Failure::Recipe)?;
            write(output, as_csv(&recipe.make()).as_bytes())
        }
        Datasets::Fetch { name: _, folder, mirror } => fetch::adbench(folder.as_deref(), mirror.as_deref()),
    }
}

fn info(folder: &Path, as_json: bool) -> Result<(), Failure> {
    let mut tables = Vec::new();
    for (name, path) in in_folder(folder)? {
        match read(&path, None) {
            Ok(table) => tables.push((name, table)),
            // One table that is none should not hide the others.
            Err(problem) => message(&format!("warning: {problem}")),
        }
    }
    if as_json {
        let object = |(name, table): &(String, Labelled)| json!({ "name": name, "rows": table.rows(), "columns": table.columns.len(), "outliers": table.outliers() });
        return print(format!("{}\n", tables.iter().map(object).collect::<Value>()).as_bytes());
    }
    let width = tables.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(5);
    let mut text =
        format!("{:width$} {:>8} {:>8} {:>9} {:>8}\n", "table", "rows", "columns", "outliers", "share");
    for (name, table) in &tables {
        let share = 100.0 * table.outliers() as f64 / table.rows() as f64;
        let (rows, columns, outliers) = (table.rows(), table.columns.len(), table.outliers());
        text += &format!("{name:width$} {rows:>8} {columns:>8} {outliers:>9} {share:>6.2} %\n");
    }
    print(text.as_bytes())
}

fn as_csv(table: &Labelled) -> String {
    let mut text = table.columns.join(",") + ",label\n";
    for (values, &label) in table.values.chunks_exact(table.columns.len()).zip(&table.labels) {
        values.iter().for_each(|value| text += &format!("{value},"));
        text += if label { "1\n" } else { "0\n" };
    }
    text
}
