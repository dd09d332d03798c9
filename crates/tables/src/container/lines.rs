//! Text that is made line by line, as it is asked for.

use std::io::{self, Read};

/// What makes the lines.
pub(crate) trait Lines {
    /// Puts the next line into an empty buffer and says where in that it begins; nothing at the end.
    fn next_line(&mut self, line: &mut Vec<u8>) -> io::Result<Option<usize>>;
}

/// The lines as bytes, of which memory holds one line.
pub(crate) struct LineReader<L> {
    lines: L,
    line: Vec<u8>,
    /// Where the rest of the line begins that is still to be given.
    from: usize,
}

impl<L: Lines> LineReader<L> {
    pub(crate) fn new(lines: L) -> Self {
        Self { lines, line: Vec::new(), from: 0 }
    }
}

impl<L: Lines> Read for LineReader<L> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.from == self.line.len() && !buffer.is_empty() {
            self.line.clear();
            self.from = 0;
            match self.lines.next_line(&mut self.line)? {
                Some(from) => self.from = from,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.line.len() - self.from);
        buffer[..count].copy_from_slice(&self.line[self.from..][..count]);
        self.from += count;
        Ok(count)
    }
}
