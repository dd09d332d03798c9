//! Reading numeric tables into row-major `f32` matrices.
//!
//! CSV (any common delimiter and encoding, with or without a header), NumPy (`.npy`, `.npz`), Parquet and
//! Arrow (file and stream), also compressed (gzip, bzip2, xz, Zstandard) or alone in a ZIP archive, are told apart by
//! their first bytes, never by the file's name, and read from a path or from standard input. Several inputs of the same columns, patterns and folders are read as one table. A table is read in chunks of any size, so that scoring runs in bounded
//! memory, or all at once with a peak close to the one matrix that comes out.
//!
//! Every cell of every feature must be a finite number that fits into an `f32`; whatever is not ends the
//! reading with a [`TableError`] that names the file, the row, the column and the cell. Unless it is asked for columns of
//! any kind ([`Features`]): then numbers, booleans, dates and text come column by column, and cells may be missing.
//!
//! ```
//! use gradstop_tables::{Input, ReadOptions, TableReader};
//!
//! let path = std::env::temp_dir().join("gradstop-tables-example.csv");
//! std::fs::write(&path, "width;height;broken\n1.5;2;no\n3;4;yes\n")?;
//!
//! let options = ReadOptions { ignore: vec!["broken".into()], ..ReadOptions::default() };
//! let table = TableReader::open(&Input::path(&path), &options)?.read_all()?;
//! assert_eq!(table.columns, ["width", "height"]);
//! assert_eq!((table.rows, table.values), (2, vec![1.5, 2.0, 3.0, 4.0]));
//! # std::fs::remove_file(&path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is built
//!
//! An [`Input`] gives bytes, `format` recognises them and hands them to one row source per family
//! (`text`, `numpy`, `arrow`). A source appends rows to a [`Chunk`]; `selection` tells it which
//! columns are features and which one holds the labels. [`TableReader`] drives the source and is the only
//! part that knows about chunks and cancelling.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod arrow;
mod chain;
mod container;
mod error;
mod expand;
mod format;
mod hint;
mod input;
mod label;
mod note;
mod numpy;
mod options;
mod partition;
mod reader;
mod sample;
mod selection;
mod shared_file;
mod source;
mod text;
mod written;

pub use arrow::holds_numbers;
pub use container::encoding::{TextEncoding, UnknownEncoding};
pub use error::{LabelProblem, TableError, UnlikeCell};
pub use gradstop_preparation::{Cells, DateOrder, Field, Kind, LongNumbers, Numerals, Spelling, Words};
pub use hint::{Advice, Hint};
pub use input::Input;
pub use note::Note;
pub use options::{Features, ReadOptions};
pub use reader::{ColumnTable, Table, TableReader};
pub use sample::{ColumnSample, Sample};
pub use source::Chunk;
pub use text::settle::settle;
pub use text::spelling::{is_missing_cell, push_cell};
pub use written::WrittenRows;
