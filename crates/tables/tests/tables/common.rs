//! What the tests share: files that disappear, and short ways to read them.

use std::io::Write;
use std::path::PathBuf;

use gradstop_tables::{Chunk, Hint, Input, ReadOptions, Table, TableError, TableReader};

/// A file in a directory of its own.
pub(crate) struct Scratch {
    directory: tempfile::TempDir,
    name: String,
}

impl Scratch {
    pub(crate) fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(name), bytes).unwrap();
        Scratch { directory, name: name.into() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join(&self.name)
    }

    pub(crate) fn open(&self, options: &ReadOptions) -> Result<TableReader, TableError> {
        TableReader::open(&Input::path(self.path()), options)
    }

    pub(crate) fn read(&self, options: &ReadOptions) -> Result<Table, TableError> {
        self.open(options)?.read_all()
    }

    pub(crate) fn table(&self) -> Table {
        self.read(&ReadOptions::default()).unwrap()
    }

    /// The error that reading gives, in words and without the directory.
    pub(crate) fn message(&self, options: &ReadOptions) -> String {
        in_words(&self.read(options).unwrap_err())
            .replace(&format!("{}/", self.directory.path().display()), "")
    }

    /// All chunks of at most `rows` rows, put together again.
    pub(crate) fn chunked(&self, options: &ReadOptions, rows: usize) -> Result<Chunk, TableError> {
        let mut reader = self.open(options)?;
        let mut whole = Chunk::default();
        let mut chunk = Chunk::default();
        loop {
            let read = reader.read_chunk(rows, &mut chunk)?;
            assert_eq!(read, chunk.rows);
            assert!(read <= rows);
            assert_eq!(chunk.first_row, whole.rows);
            assert_eq!(chunk.values.len(), read * reader.columns().len());
            if read == 0 {
                return Ok(whole);
            }
            whole.rows += read;
            whole.values.append(&mut chunk.values);
            whole.labels.append(&mut chunk.labels);
            whole.cells.append(&mut chunk.cells);
        }
    }
}

/// An error with its hint as the crate gives it, for programs to put in words. What it says itself names no option of any.
pub(crate) fn in_words(error: &TableError) -> String {
    let message = error.to_string();
    let message = match error.hint() {
        Some(Hint::Advice(advice)) => format!("{message} (hint: {advice})"),
        Some(hint) => return format!("{message} (hint: {hint:?})"),
        None => message,
    };
    assert!(!message.contains("--"), "{message}");
    message
}

pub(crate) fn label(name: &str) -> ReadOptions {
    ReadOptions { label: Some(name.into()), ..ReadOptions::default() }
}

pub(crate) fn ignore(names: &[&str]) -> ReadOptions {
    ReadOptions { ignore: names.iter().map(|name| (*name).into()).collect(), ..ReadOptions::default() }
}

pub(crate) fn keep_cells() -> ReadOptions {
    ReadOptions { keep_cells: true, ..ReadOptions::default() }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An `.npy` file as NumPy writes it.
pub(crate) fn npy(descr: &str, fortran_order: bool, shape: &str, elements: &[u8]) -> Vec<u8> {
    let order = if fortran_order { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(elements);
    bytes
}

/// An `.npy` file of `f8` values in C order.
pub(crate) fn npy_f8(rows: usize, columns: usize, values: &[f64]) -> Vec<u8> {
    let elements: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    npy("<f8", false, &format!("({rows}, {columns})"), &elements)
}

/// An `.npz` file, stored as by `np.savez` or deflated as by `np.savez_compressed`.
pub(crate) fn npz(arrays: &[(&str, Vec<u8>)], compression: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(compression).large_file(true);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
