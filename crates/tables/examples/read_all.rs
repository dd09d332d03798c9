//! Reads a table of numbers chunk by chunk and does nothing with it but add everything up: what any program that uses this
//! reader takes at least. `bench/scale.py` compares with it.
//!
//! ```sh
//! cargo run --release -p gradstop-tables --example read_all TABLE
//! ```

#![allow(clippy::print_stdout, reason = "an example prints its result")]

use gradstop_tables::{Chunk, Input, ReadOptions, TableReader};

/// As many values as `gradstop score` reads together.
const CHUNK_VALUES: usize = 1 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("got no table, wanted a path")?;
    let mut reader = TableReader::open(&Input::parse(&path), &ReadOptions::default())?;
    let (mut chunk, mut rows, mut sum) = (Chunk::default(), 0, 0.0);
    let chunk_rows = CHUNK_VALUES / reader.columns().len();
    while reader.read_chunk(chunk_rows, &mut chunk)? > 0 {
        rows += chunk.rows;
        sum += chunk.values.iter().map(|&value| f64::from(value)).sum::<f64>();
    }
    println!("{rows} rows, sum {sum}");
    Ok(())
}
