//! A file that several readers use at once, each at its own position.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

/// What is said of a file that ends before the length that it had when it was opened.
pub(crate) const SHORTER: &str = "it became shorter while it was read";

/// A seekable file whose clones share the handle but not the position.
///
/// `File::try_clone` shares the position as well, so two arrays of one archive, or two passes over a
/// temporary file that no longer has a name, could not be read side by side.
#[derive(Debug, Clone)]
pub(crate) struct SharedFile {
    file: Arc<Mutex<File>>,
    position: u64,
    length: u64,
}

impl SharedFile {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(SharedFile { file: Arc::new(Mutex::new(file)), position: 0, length })
    }

    /// Copies everything `bytes` still gives into a temporary file without a name; the system removes it
    /// with the last handle, also when the program is killed.
    pub(crate) fn spool(mut bytes: impl Read) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        io::copy(&mut bytes, &mut file)?;
        SharedFile::new(file)
    }

    /// Another reader of the same file, at its start.
    pub(crate) fn rewound(&self) -> Self {
        SharedFile { position: 0, ..self.clone() }
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The bytes at a place that the file's own contents name, so that it is looked at before it is an allocation.
    pub(crate) fn bytes_at(&self, start: u64, length: u64) -> io::Result<Vec<u8>> {
        if start.checked_add(length).is_none_or(|end| end > self.length) {
            let detail = format!("{length} bytes at {start} reach past the end of the file");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, detail));
        }
        let mut bytes = vec![0; length as usize];
        SharedFile { position: start, ..self.clone() }.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position))?;
        let read = file.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.position < self.length {
            // Else a file that is cut off while it is read would pass for a whole one with fewer rows.
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, SHORTER));
        }
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let position = match target {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
