//! What is noticed before numbers are rounded to 32 bits, and that no digit is lost where they are not.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch};
use arrow_ipc::writer::FileWriter;
use gradstop_tables::{Cells, Features, Field, Kind, ReadOptions};
use parquet::arrow::ArrowWriter;

use crate::common::Scratch;

fn parquet(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn arrow(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn npy(kind: &str, rows: usize, bytes: impl Iterator<Item = u8>) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, 1), }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    file
}

fn batch(column: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([("x", column)]).unwrap()
}

/// A column of doubles in every format.
fn of_doubles(values: &[f64]) -> Vec<Scratch> {
    let text: String = values.iter().map(|value| format!("{value}\n")).collect();
    let batch = batch(Arc::new(Float64Array::from(values.to_vec())));
    vec![
        Scratch::new("t.csv", format!("x\n{text}")),
        Scratch::new("t.npy", npy("<f8", values.len(), values.iter().flat_map(|value| value.to_le_bytes()))),
        Scratch::new("t.parquet", parquet(&batch)),
        Scratch::new("t.arrow", arrow(&batch)),
    ]
}

#[test]
fn every_format_notices_values_that_32_bits_run_together() {
    for (offset, scale) in [(1e9, 1.0), (-1e12, 1.0), (1.0, 1e-9), (0.0, 1e-60), (5_334_000.0, 0.01)] {
        let values: Vec<f64> = (0..300).map(|row| offset + scale * f64::from(row * 7 % 300)).collect();
        for file in of_doubles(&values) {
            assert!(file.table().runs_together, "{:?} {offset:e}", file.path());
            let sample = file.open(&ReadOptions::default()).unwrap().read_sample(50, 1).unwrap();
            assert!(sample.table.runs_together, "{:?} {offset:e}", file.path());
        }
    }
    for offset in [0.0, 1000.0, 1e6] {
        let values: Vec<f64> = (0..300).map(|row| offset + f64::from(row * 7 % 300)).collect();
        for file in of_doubles(&values) {
            assert!(!file.table().runs_together, "{:?} {offset:e}", file.path());
        }
    }
}

#[test]
fn numbers_of_32_bits_are_taken_as_they_are() {
    let values: Vec<f32> = (0..300).map(|row| 1e9 + 64.0 * (row % 5) as f32).collect();
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    assert!(!Scratch::new("t.npy", npy("<f4", 300, bytes)).table().runs_together);
    let batch = batch(Arc::new(Float32Array::from(values)));
    assert!(!Scratch::new("t.parquet", parquet(&batch)).table().runs_together);
}

#[test]
fn columns_of_integers_keep_every_digit_in_every_format() {
    let first = 1_700_000_000_000_000_000_i64;
    let values: Vec<i64> = (0..300).map(|row| first + row * 7 % 300).chain([i64::MAX, i64::MIN]).collect();
    let mut wanted = Cells::new(Kind::Numbers);
    values.iter().for_each(|&value| wanted.push_integer(value.into()));
    let text: String = values.iter().map(|value| format!("{value}\n")).collect();
    let batch = batch(Arc::new(Int64Array::from(values.clone())));
    let files = [
        ("x", Scratch::new("t.csv", format!("x\n{text}"))),
        ("x0", Scratch::new("t.npy", npy("<i8", 302, values.iter().flat_map(|value| value.to_le_bytes())))),
        ("x0", Scratch::new("t.npy", npy(">i8", 302, values.iter().flat_map(|value| value.to_be_bytes())))),
        ("x", Scratch::new("t.parquet", parquet(&batch))),
        ("x", Scratch::new("t.arrow", arrow(&batch))),
    ];
    for (name, file) in files {
        assert!(file.table().runs_together, "{:?}", file.path());
        let kinds = Features::Fields(vec![Field::new(name, Kind::Numbers)]);
        let options = ReadOptions { features: kinds, ..ReadOptions::default() };
        let read = file.open(&options).unwrap().read_columns().unwrap();
        assert_eq!(read.columns, [wanted.clone()], "{:?}", file.path());
    }
}
