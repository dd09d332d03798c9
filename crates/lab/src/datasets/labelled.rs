//! Tables with labels.

use std::path::{Path, PathBuf};

use gradstop::algorithm::Standardization;
use gradstop::engine::random::{Key, Purpose};
use gradstop_tables::{Features, Field, Input, Kind, ReadOptions, TableError, TableReader};

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
        let labels = Key::new(self.columns.len() as u64, Purpose::Tables, &[]);
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
    let table = TableReader::open(&Input::path(path), &options(path, label))?.read_all()?;
    let labels = table.labels.unwrap_or_default();
    Ok(Labelled { columns: table.columns, values: table.values, labels })
}

fn options(path: &Path, label: Option<&str>) -> ReadOptions {
    let archive = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz"));
    let label = label.unwrap_or(if archive { "y" } else { "label" });
    ReadOptions { label: Some(label.into()), ..ReadOptions::default() }
}

/// Reads a table as the paper's code does, which standardises the numbers as the file has them, and rounds to 32 bits
/// what comes of it. With the table, what is left to do to its columns: nothing but to call the constant ones so.
pub(crate) fn read_standardized(
    path: &Path,
    label: Option<&str>,
) -> Result<(Labelled, Standardization), TableError> {
    let (input, options) = (Input::path(path), options(path, label));
    let names = TableReader::open(&input, &options)?.columns().to_vec();
    let fields = names.into_iter().map(|name| Field::new(name, Kind::Numbers)).collect();
    let exact = ReadOptions { features: Features::Fields(fields), ..options };
    let table = TableReader::open(&input, &exact)?.read_columns()?;
    let (rows, width) = (table.rows, table.names.len());
    let (mut values, mut deviations) = (vec![0.0; rows * width], vec![0.0; width]);
    for (at, cells) in table.columns.iter().enumerate() {
        let finite = cells.numbers().filter(|column| column.iter().all(|value| value.is_finite()));
        let Some(column) = finite else {
            // The plain reader has the words for it.
            let table = read(path, label)?;
            let measured = Standardization::fit(&table.values, table.columns.len());
            return Ok((table, measured));
        };
        let mean = column.iter().sum::<f64>() / rows as f64;
        let square = column.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        // The mean of equal numbers may be a last bit off, which must not pass for a deviation.
        if column.iter().any(|value| *value != column[0]) {
            let deviation = (square / rows as f64).sqrt();
            deviations[at] = 1.0;
            let places = values[at..].iter_mut().step_by(width);
            places.zip(column).for_each(|(place, value)| *place = ((value - mean) / deviation) as f32);
        }
    }
    let labels = table.labels.unwrap_or_default();
    let table = Labelled { columns: table.names, values, labels };
    Ok((table, Standardization::from_parts(vec![0.0; width], deviations)))
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

    #[test]
    fn columns_that_32_bits_do_not_hold_are_standardized_before_they_are_rounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table.csv");
        let rows: String = (0..100).map(|row| format!("{},7,{}\n", 1_000_000_000 + row, row % 2)).collect();
        std::fs::write(&path, format!("time,same,label\n{rows}")).expect("a file");
        let (table, left) = read_standardized(&path, None).expect("a table");
        let deviation = ((100.0f64 * 100.0 - 1.0) / 12.0).sqrt();
        for (row, values) in table.values.chunks_exact(2).enumerate() {
            assert_eq!(values, [((row as f64 - 49.5) / deviation) as f32, 0.0]);
        }
        assert_eq!((left.mean(), left.deviation()), (&[0.0; 2][..], &[1.0, 0.0][..]));
        let mut same = table.values.clone();
        left.apply(&mut same);
        assert_eq!(same, table.values);
    }

    #[test]
    fn a_cell_that_is_no_number_is_named_as_by_the_plain_reader() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table.csv");
        for bad in ["inf", "", "word"] {
            std::fs::write(&path, format!("a,b,label\n1,2,0\n3,{bad},1\n")).expect("a file");
            let (exact, plain) =
                (read_standardized(&path, None).unwrap_err(), read(&path, None).unwrap_err());
            assert_eq!(exact.to_string(), plain.to_string());
        }
    }
}
