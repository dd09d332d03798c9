//! Reading on a thread of its own, a few chunks ahead of whoever uses them.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use gradstop_tables::{Chunk, Note, TableError, TableReader};

use crate::output::CHUNK_ROWS;

/// Chunks that wait at most: reading is even enough that more would only take memory.
const WAITING: usize = 2;
/// Values of a chunk at most, which bounds the memory of wide tables.
const VALUES: usize = 1 << 20;
/// A cell that is kept as text takes as much memory as so many numbers.
const TEXT: usize = 8;

/// The chunks of a table in order.
pub(crate) struct ReadAhead {
    chunks: Receiver<Result<Chunk, TableError>>,
    /// Waited for at the end alone: where nobody wants more chunks, it may well be waiting for a pipe.
    reader: Option<JoinHandle<Vec<Note>>>,
    /// What was decided while the table was read, once it is.
    notes: Vec<Note>,
}

impl ReadAhead {
    /// Starts to read, so many rows a chunk.
    pub(crate) fn start(mut reader: TableReader, chunk_rows: usize) -> Self {
        let (sender, chunks) = sync_channel(WAITING);
        let read = move || {
            loop {
                let mut chunk = Chunk::default();
                let read = reader.read_chunk(chunk_rows, &mut chunk);
                if let Ok(0) = read {
                    return reader.notes();
                }
                let failed = read.is_err();
                if sender.send(read.map(|_| chunk)).is_err() || failed {
                    return Vec::new();
                }
            }
        };
        Self { chunks, reader: Some(thread::spawn(read)), notes: Vec::new() }
    }

    /// What was decided while the table was read; nothing before its end.
    pub(crate) fn notes(self) -> Vec<Note> {
        self.notes
    }
}

impl Iterator for ReadAhead {
    type Item = Result<Chunk, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(chunk) = self.chunks.recv() {
            return Some(chunk);
        }
        // The reader has gone. Had it panicked, this would pass for the end of the table.
        match self.reader.take().map(JoinHandle::join) {
            Some(Err(panic)) => resume_unwind(panic),
            Some(Ok(notes)) => self.notes = notes,
            None => {}
        }
        None
    }
}

/// Rows of a chunk such that its memory stays small, however wide the table is.
pub(crate) fn chunk_rows(reader: &TableReader, with_cells: bool) -> usize {
    let cells = if with_cells { TEXT * reader.all_columns().len() } else { 0 };
    (VALUES / (reader.columns().len() + cells)).clamp(1 << 7, CHUNK_ROWS)
}
