//! Tables with labels.

use std::path::{Path, PathBuf};

use gradstop::engine::random::{Key, Stream};
use gradstop_tables::{Input, ReadOptions, TableError, TableReader};

use crate::failure::Failure;

/// A table whose outliers are known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Labelled {
    pub(crate) columns: Vec<String>,
    /// Values of shape (rows x columns).
    pub(crate) values: Vec<f32>,
    /// One a row, `true` for an outlier.
    pub(crate) labels: Vec<bool>,
}

impl Labelled {
    pub(crate) fn rows(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn outliers(&self) -> usize {
        self.labels.iter().filter(|&&label| label).count()
    }

    /// The rows of these numbers, in this order.
    pub(crate) fn pick(&self, rows: &[usize]) -> Self {
        let width = self.columns.len();
        let values = rows.iter().flat_map(|&row| &self.values[row * width..][..width]).copied().collect();
        let labels = rows.iter().map(|&row| self.labels[row]).collect();
        Self { columns: self.columns.clone(), values, labels }
    }

    /// Changes with any value and any label.
    pub(crate) fn checksum(&self) -> String {
        let labels = Key::new(self.columns.len() as u64, Stream::Tables, &[]);
        let labels = self.labels.iter().fold(labels, |key, &label| key.at(u64::from(label)));
        format!("{:016x}", Key::of_values(&self.values).at(labels.bits(0)).bits(0))
    }
}

/// Changes with any bit of any score.
pub(crate) fn checksum_of_scores(scores: &[f32]) -> String {
    format!("{:016x}", Key::of_values(scores).bits(0))
}

/// Endings of the files that are taken for tables.
const ENDINGS: [&str; 7] = [".npz", ".csv", ".csv.gz", ".tsv", ".parquet", ".arrow", ".feather"];

/// The tables of a folder by name: files of a known ending, sorted by name as bytes.
pub(crate) fn in_folder(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let failure = |problem| Failure::Folder { path: folder.into(), problem };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let ending = ENDINGS.iter().find(|&ending| file.to_ascii_lowercase().ends_with(ending));
        if let Some(ending) = ending.filter(|_| path.is_file() && !file.starts_with('.')) {
            found.push((file[..file.len() - ending.len()].to_string(), path));
        }
    }
    found.sort();
    if let Some(twice) = found.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Failure::SameTable { first: twice[0].1.clone(), second: twice[1].1.clone() });
    }
    Ok(found)
}

/// Reads a table with its label: the column `label`, and for NPZ the array `y`, unless named.
pub(crate) fn read(path: &Path, label: Option<&str>) -> Result<Labelled, TableError> {
    let archive = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz"));
    let label = label.unwrap_or(if archive { "y" } else { "label" });
    let options = ReadOptions { label: Some(label.into()), ..ReadOptions::default() };
    let table = TableReader::open(&Input::path(path), &options)?.read_all()?;
    let labels = table.labels.unwrap_or_default();
    Ok(Labelled { columns: table.columns, values: table.values, labels })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_sees_every_value_and_label() {
        let table = |values: [f32; 4], labels: [bool; 2]| Labelled {
            columns: vec!["a".into(), "b".into()],
            values: values.to_vec(),
            labels: labels.to_vec(),
        };
        let one = table([1.0, 2.0, 3.0, 4.0], [false, true]).checksum();
        assert_eq!(one, table([1.0, 2.0, 3.0, 4.0], [false, true]).checksum());
        assert_ne!(one, table([1.0, 2.0, 3.0, 4.5], [false, true]).checksum());
        assert_ne!(one, table([1.0, 2.0, 3.0, 4.0], [true, false]).checksum());
    }
}
