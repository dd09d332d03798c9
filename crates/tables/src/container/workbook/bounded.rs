//! XML of which no piece is larger than memory holds.

use std::io::{self, Read};

use crate::error::damaged;

/// A reader of XML holds what stands between two tags; the longest text of a cell is 32 KiB.
const LONGEST_PIECE: usize = 1 << 26;

pub(crate) struct Bounded<R> {
    bytes: R,
    /// Bytes since the last end of a tag.
    piece: usize,
    /// How many bytes there may still be.
    left: u64,
}

impl<R: Read> Bounded<R> {
    pub(crate) fn new(bytes: R, most: u64) -> Self {
        Bounded { bytes, piece: 0, left: most }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.piece = match buffer[..read].iter().rposition(|byte| *byte == b'>') {
            Some(place) => read - place - 1,
            None => self.piece + read,
        };
        if self.piece > LONGEST_PIECE {
            return Err(damaged("the workbook has a cell of more than 64 MiB"));
        }
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| damaged("the workbook unpacks to more than any that programs write"))?;
        Ok(read)
    }
}
