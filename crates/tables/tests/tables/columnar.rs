//! Parquet and Arrow files, written here through the arrow crates.

use std::sync::Arc;

use crate::common::{Scratch, gzip, ignore, keep_cells, label};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float16Array, Float32Array,
    Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, RecordBatch, StringArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use gradstop_tables::ReadOptions;
use half::f16;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

fn parquet(batch: &RecordBatch, compression: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn arrow_file(batch: &RecordBatch, compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.write(&batch.slice(0, 0)).unwrap();
    writer.into_inner().unwrap()
}

fn arrow_stream(batch: &RecordBatch, compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

/// The batch in every format and compression.
fn everywhere(batch: &RecordBatch) -> Vec<(String, Scratch)> {
    let mut files = Vec::new();
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(Default::default()),
        Compression::LZ4_RAW,
        Compression::BROTLI(Default::default()),
    ] {
        files.push((format!("Parquet, {compression}"), parquet(batch, compression)));
    }
    for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        files.push((format!("Arrow file, {compression:?}"), arrow_file(batch, compression)));
        files.push((format!("Arrow stream, {compression:?}"), arrow_stream(batch, compression)));
    }
    files.push(("Parquet, gzip around it".into(), gzip(&parquet(batch, Compression::UNCOMPRESSED))));
    files.push(("Arrow stream, gzip around it".into(), gzip(&arrow_stream(batch, None))));
    files.into_iter().map(|(what, bytes)| (what, Scratch::new("t", bytes))).collect()
}

fn batch<const COLUMNS: usize>(columns: [(&str, ArrayRef); COLUMNS]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

#[test]
fn every_number_type_reads_back() {
    let decimals = Decimal128Array::from(vec![150, -25]).with_precision_and_scale(10, 2).unwrap();
    let dictionary = DictionaryArray::<Int32Type>::new(
        Int32Array::from(vec![1, 0]),
        Arc::new(Float64Array::from(vec![0.5, 7.0])),
    );
    let numbers = batch([
        ("i8", Arc::new(Int8Array::from(vec![-128, 127]))),
        ("i16", Arc::new(Int16Array::from(vec![-300, 300]))),
        ("i32", Arc::new(Int32Array::from(vec![-70_000, 70_000]))),
        ("i64", Arc::new(Int64Array::from(vec![-(1 << 40), 1 << 40]))),
        ("u8", Arc::new(UInt8Array::from(vec![0, 255]))),
        ("u16", Arc::new(UInt16Array::from(vec![0, 65535]))),
        ("u32", Arc::new(UInt32Array::from(vec![0, 4_294_967_040]))),
        ("u64", Arc::new(UInt64Array::from(vec![0, 1 << 63]))),
        ("f16", Arc::new(Float16Array::from(vec![f16::from_f32(0.5), f16::from_f32(-2.0)]))),
        ("f32", Arc::new(Float32Array::from(vec![0.1, -0.1]))),
        ("f64", Arc::new(Float64Array::from(vec![0.1, -1e30]))),
        ("bool", Arc::new(BooleanArray::from(vec![true, false]))),
        ("decimal", Arc::new(decimals)),
        ("dictionary", Arc::new(dictionary)),
    ]);
    let wanted: [f32; 28] = [
        -128.0,
        -300.0,
        -70_000.0,
        -1_099_511_627_776.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.5,
        0.1,
        0.1,
        1.0,
        1.5,
        7.0,
        127.0,
        300.0,
        70_000.0,
        1_099_511_627_776.0,
        255.0,
        65535.0,
        4_294_967_040.0,
        9_223_372_036_854_775_808.0,
        -2.0,
        -0.1,
        -1e30,
        0.0,
        -0.25,
        0.5,
    ];
    for (what, file) in everywhere(&numbers) {
        assert_eq!(file.table().values, wanted, "{what}");
    }
}

#[test]
fn labels_ignored_columns_and_cells() {
    let words = DictionaryArray::<Int32Type>::from_iter(["normal", "outlier", "normal"]);
    let rows = batch([
        ("city", Arc::new(StringArray::from(vec![Some("Rom"), None, Some("Bonn")]))),
        ("a", Arc::new(Float64Array::from(vec![1.0, 0.1, 3.0]))),
        ("day", Arc::new(Date32Array::from(vec![0, 1, 2]))),
        ("b", Arc::new(Int32Array::from(vec![4, 5, 6]))),
        ("word", Arc::new(words)),
        ("flag", Arc::new(BooleanArray::from(vec![false, true, false]))),
        ("one", Arc::new(Float32Array::from(vec![0.0, 1.0, 0.0]))),
        ("text", Arc::new(StringArray::from(vec!["0", "1", "0"]))),
    ]);
    for (what, file) in everywhere(&rows) {
        for name in ["word", "flag", "one", "text"] {
            let others: Vec<&str> = ["city", "day", "word", "flag", "one", "text"]
                .into_iter()
                .filter(|other| *other != name)
                .collect();
            let options = ReadOptions { label: Some(name.into()), ..ignore(&others) };
            let table = file.read(&options).unwrap();
            assert_eq!(table.columns, ["a", "b"], "{what}");
            assert_eq!(table.values, [1.0, 4.0, 0.1, 5.0, 3.0, 6.0], "{what}");
            assert_eq!(table.labels, Some(vec![false, true, false]), "{what}, {name}");
        }
        let options = ReadOptions { ..ignore(&["city", "day", "word", "flag", "one", "text"]) };
        let options = ReadOptions { keep_cells: true, ..options };
        let cells = file.chunked(&options, 2).unwrap().cells;
        assert_eq!(cells[1], ["", "0.1", "1970-01-02", "5", "outlier", "true", "1.0", "1"], "{what}");
        assert_eq!(cells.len(), 3);
    }
}

#[test]
fn columns_of_other_types_are_refused_at_opening() {
    let rows = batch([
        ("a", Arc::new(Float64Array::from(vec![1.0]))),
        ("city", Arc::new(StringArray::from(vec!["Rom"]))),
        ("day", Arc::new(Date32Array::from(vec![0]))),
    ]);
    for (what, file) in everywhere(&rows) {
        assert!(file.open(&ReadOptions::default()).is_err());
        assert_eq!(
            file.message(&ignore(&["day"])),
            "t: column \"city\": got type Utf8, wanted numbers or booleans \
             (hint: Ignore { column: \"city\" })",
            "{what}"
        );
        assert_eq!(
            file.message(&ignore(&["city"])),
            "t: column \"day\": got type Date32, wanted numbers or booleans \
             (hint: Ignore { column: \"day\" })",
            "{what}"
        );
    }
}

#[test]
fn the_first_bad_cell_in_reading_order_is_named() {
    let rows = batch([
        ("a", Arc::new(Float64Array::from(vec![Some(1.0), Some(2.0), Some(f64::NAN)]))),
        ("b", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
    ]);
    for (what, file) in everywhere(&rows) {
        assert_eq!(
            file.message(&ReadOptions::default()),
            "t: row 1, column \"b\": got \"null\", wanted a finite number that fits into 32 bits \
             (hint: FillMissing { column: \"b\" })",
            "{what}"
        );
        assert_eq!(
            file.message(&ignore(&["b"])),
            "t: row 2, column \"a\": got \"NaN\", wanted a finite number that fits into 32 bits \
             (hint: FillMissing { column: \"a\" })",
            "{what}"
        );
        let message = file.message(&label("b"));
        assert!(
            message.starts_with("t: row 2, column \"a\": got \"NaN\"") || message.contains("row 1"),
            "{message}"
        );
    }
}

#[test]
fn tables_without_rows_are_empty() {
    let rows = batch([("a", Arc::new(Float64Array::from(Vec::<f64>::new())))]);
    for (what, file) in everywhere(&rows) {
        assert!(
            file.message(&ReadOptions::default()).starts_with("t: got no row, wanted at least one"),
            "{what}"
        );
        assert_eq!(file.chunked(&keep_cells(), 5).unwrap().rows, 0, "{what}");
    }
}

#[test]
fn many_batches_are_one_table() {
    let values: Vec<f64> = (0..50_000).map(f64::from).collect();
    let rows = batch([
        ("a", Arc::new(Float64Array::from(values))),
        ("b", Arc::new(BooleanArray::from(vec![true; 50_000]))),
    ]);
    let mut writer = FileWriter::try_new(Vec::new(), &rows.schema()).unwrap();
    for start in (0..50_000).step_by(700) {
        writer.write(&rows.slice(start, 700.min(50_000 - start))).unwrap();
    }
    let pieces = Scratch::new("t", writer.into_inner().unwrap());
    for (what, file) in everywhere(&rows).into_iter().chain([("Arrow file in pieces".into(), pieces)]) {
        let table = file.table();
        assert_eq!(table.rows, 50_000, "{what}");
        assert!(
            (0..50_000).all(|row| table.values[2 * row] == row as f32 && table.values[2 * row + 1] == 1.0)
        );
        assert!(file.chunked(&ReadOptions::default(), 999).unwrap().values == table.values, "{what}");
    }
    assert_eq!(rows.column(0).len(), 50_000);
}

#[test]
fn every_truncation_is_an_error() {
    let rows = batch([
        ("a", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]))),
        ("b", Arc::new(Int32Array::from(vec![1, 2, 3]))),
    ]);
    for (what, file) in everywhere(&rows) {
        let bytes = std::fs::read(file.path()).unwrap();
        for length in (0..bytes.len() - 8).step_by(3) {
            match Scratch::new("t", &bytes[..length]).read(&ReadOptions::default()) {
                Err(_) => {}
                // An Arrow stream may end without its end mark.
                Ok(table) => assert!(what.contains("stream") && table.rows == 3, "{what} cut to {length}"),
            }
        }
    }
}

#[test]
fn the_checksum_around_a_stream_counts_though_the_stream_says_where_it_ends() {
    let column: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]));
    let batch = RecordBatch::try_from_iter([("x", column)]).unwrap();
    let mut bytes = gzip(&arrow_stream(&batch, None));
    assert_eq!(Scratch::new("a.arrows", &bytes).table().rows, 3);
    let crc = bytes.len() - 8;
    bytes[crc] ^= 1;
    let message = Scratch::new("a.arrows", &bytes).message(&ReadOptions::default());
    assert!(message.starts_with("a.arrows: is corrupt: "), "{message}");
}
