//! What holds for every table, every chunk size and every sequence of bytes.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::common::{Scratch, gzip, keep_cells, npy_f8, npz};
use arrow_array::{ArrayRef, Float64Array, RecordBatch};
use gradstop_tables::{Chunk, Input, ReadOptions, TableError, TableReader};
use proptest::prelude::*;
use zip::CompressionMethod;

/// The same table in every format.
fn everywhere(rows: usize, columns: usize, values: &[f64]) -> Vec<(&'static str, Vec<u8>)> {
    let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
    let mut text = names.join(",");
    for row in values.chunks(columns) {
        text.push('\n');
        text += &row.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(",");
    }
    let batch = RecordBatch::try_from_iter(names.iter().enumerate().map(|(column, name)| {
        let cells: Vec<f64> = values.iter().skip(column).step_by(columns).copied().collect();
        (name, Arc::new(Float64Array::from(cells)) as ArrayRef)
    }))
    .unwrap();
    let mut parquet = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    let mut stream = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    stream.write(&batch).unwrap();
    let mut file = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    file.write(&batch).unwrap();
    let npy = npy_f8(rows, columns, values);
    vec![
        ("csv", text.clone().into_bytes()),
        ("csv with gzip", gzip(text.as_bytes())),
        ("npz", npz(&[("X", npy.clone())], CompressionMethod::Deflated)),
        ("npz without compression", npz(&[("X", npy.clone())], CompressionMethod::Stored)),
        ("npy", npy),
        ("parquet", parquet.into_inner().unwrap()),
        ("arrow stream", stream.into_inner().unwrap()),
        ("arrow file", file.into_inner().unwrap()),
    ]
}

fn tables() -> impl Strategy<Value = (usize, usize, Vec<f64>)> {
    (1..40_usize, 1..5_usize).prop_flat_map(|(rows, columns)| {
        (Just(rows), Just(columns), prop::collection::vec(-1e30..1e30, rows * columns))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_of_any_size_concatenate_to_the_whole_in_every_format((rows, columns, values) in tables(), size in 1..50_usize) {
        let wanted: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        for (what, bytes) in everywhere(rows, columns, &values) {
            let file = Scratch::new("t", bytes);
            let table = file.table();
            prop_assert_eq!(table.rows, rows, "{}", what);
            prop_assert_eq!(&table.values, &wanted, "{}", what);
            let chunks = file.chunked(&keep_cells(), size).unwrap();
            prop_assert_eq!(&chunks.values, &wanted, "{}", what);
            for (row, cells) in chunks.cells.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    prop_assert_eq!(cell.parse::<f64>().unwrap(), values[row * columns + column], "{}", what);
                }
            }
        }
    }
}

/// Reads whatever the bytes are; only a panic would be wrong.
fn survive(bytes: &[u8]) -> Result<Chunk, TableError> {
    Scratch::new("t", bytes).chunked(&keep_cells(), 3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = survive(&bytes);
        for magic in [&b"\x1f\x8b\x08\x00"[..], b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY\x01\x00", b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff"] {
            let _ = survive(&[magic, &bytes].concat());
            let _ = survive(&[magic, &bytes, magic].concat());
        }
    }

    #[test]
    fn random_text_never_panics(text in "[0-9a,;|\t\"\r\n .e+-]{0,200}") {
        let _ = survive(text.as_bytes());
    }

    #[test]
    fn damaged_files_never_panic(position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for (_, mut bytes) in everywhere(5, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]) {
            let position = position.index(bytes.len());
            bytes[position] = byte;
            let _ = survive(&bytes);
        }
    }
}

#[test]
fn every_truncation_of_text_and_numpy_files_is_noticed() {
    for (what, bytes) in everywhere(5, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.25]) {
        if what == "csv" || what.starts_with("arrow") || what == "parquet" {
            // Text has no end mark; the others have their own test.
            continue;
        }
        for length in 1..bytes.len() {
            let read = Scratch::new("t", &bytes[..length]).read(&ReadOptions::default());
            assert!(read.is_err(), "{what} cut to {length}");
        }
    }
    let text = gzip(b"a,b\n1,2\n3,4\n");
    assert_eq!(
        Scratch::new("t.csv.gz", &text[..text.len() - 3]).message(&ReadOptions::default()),
        "t.csv.gz: ends too early: got a part (more compressed data was announced), wanted the whole \
         (hint: copy or download it again)"
    );
}

#[test]
fn cancelling_ends_the_reading() {
    let file = Scratch::new("t.csv", "1,2\n3,4\n");
    let cancelled = Arc::new(AtomicBool::new(false));
    let options = ReadOptions { cancelled: Some(cancelled.clone()), ..ReadOptions::default() };
    let mut reader = file.open(&options).unwrap();
    let mut chunk = Chunk::default();
    assert_eq!(reader.read_chunk(1, &mut chunk).unwrap(), 1);
    cancelled.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(reader.read_chunk(1, &mut chunk), Err(TableError::Cancelled)));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_spooled_so_that_it_can_be_read_twice() {
    for (what, bytes) in everywhere(3, 2, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) {
        // Read once as it comes: formats that need seeking are spooled on the way.
        let once = through_a_pipe(&bytes, |input| {
            TableReader::open(&input, &ReadOptions::default()).unwrap().read_all().unwrap().values
        });
        assert_eq!(once, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "{what}");
        // Read twice, side by side.
        let input = through_a_pipe(&bytes, |input| input.rereadable().unwrap());
        let mut first = TableReader::open(&input, &ReadOptions::default()).unwrap();
        let mut second = TableReader::open(&input, &ReadOptions::default()).unwrap();
        let (mut left, mut right) = (Chunk::default(), Chunk::default());
        for row in once.chunks(2) {
            first.read_chunk(1, &mut left).unwrap();
            second.read_chunk(1, &mut right).unwrap();
            assert_eq!((&left.values[..], &right.values[..]), (row, row), "{what}");
        }
        assert!(input.name().ends_with("pipe"));
    }
}

/// What `read` makes of a named pipe through which the bytes come once.
#[cfg(unix)]
fn through_a_pipe<T>(bytes: &[u8], read: impl FnOnce(Input) -> T) -> T {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::thread::scope(|scope| {
        scope.spawn(|| std::fs::write(&pipe, bytes).unwrap());
        read(Input::path(&pipe))
    })
}

#[test]
fn the_readers_can_move_between_threads() {
    fn check<T: Send>() {}
    check::<TableReader>();
    check::<Input>();
    check::<TableError>();
}
