//! ZIP archives: their members, decompressed and checked.

use std::io::{self, BufReader, Read};

use flate2::CrcReader;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use crate::container::compression::Compression;
use crate::error::TableError;
use crate::shared_file::SharedFile;

const BUFFER_BYTES: usize = 1 << 18;

/// An archive of which several members can be read side by side.
pub(crate) struct Archive {
    file: String,
    zip: ZipArchive<SharedFile>,
}

impl Archive {
    pub(crate) fn open(file: &str, archive: SharedFile) -> Result<Self, TableError> {
        let zip = ZipArchive::new(archive).map_err(|cause| damaged(file, &cause))?;
        Ok(Archive { file: file.into(), zip })
    }

    /// The names of all members, folders among them.
    pub(crate) fn names(&self) -> Result<Vec<String>, TableError> {
        let names = self.zip.file_names().map(|name| name.map(|name| name.to_string()));
        names.collect::<Result<_, _>>().map_err(|cause| damaged(&self.file, &cause))
    }

    /// The bytes of one member; `subject` is what messages call it.
    pub(crate) fn bytes(&self, member: &str, subject: &str) -> Result<Box<dyn Read + Send>, TableError> {
        let mut zip = self.zip.clone();
        let damaged = |cause| damaged(&self.file, &cause);
        let index = zip.index_for_name(member).ok_or(zip::result::ZipError::FileNotFound);
        let entry = zip.by_index_raw(index.map_err(damaged)?).map_err(damaged)?;
        let (length, checksum, compression) = (entry.compressed_size(), entry.crc32(), entry.compression());
        if entry.encrypted() {
            return Err(TableError::Foreign {
                file: self.file.clone(),
                found: format!("{subject}, encrypted"),
                advice: "unpack the archive with its password",
            });
        }
        drop(entry);
        // Asking for the entry has put the archive's reader to the first byte of its contents.
        let contents = BufReader::with_capacity(BUFFER_BYTES, zip.into_inner()).take(length);
        let other = |known: Compression, contents| {
            known.decompressed(contents).map_err(|cause| TableError::reading(&self.file, cause))
        };
        // Of the others there are numbers alone, unless the archive's crate is to bring decompressors of its own.
        #[expect(deprecated, reason = "there is no other name for a method without its decompressor")]
        let bytes: Box<dyn Read + Send> = match compression {
            CompressionMethod::Stored => Box::new(contents),
            CompressionMethod::Deflated => Box::new(DeflateDecoder::new(contents)),
            CompressionMethod::Unsupported(12) => other(Compression::Bzip2, Box::new(contents))?,
            CompressionMethod::Unsupported(93) => other(Compression::Zstandard, Box::new(contents))?,
            CompressionMethod::Unsupported(95) => other(Compression::Xz, Box::new(contents))?,
            other => {
                return Err(TableError::Foreign {
                    file: self.file.clone(),
                    found: format!("{subject}, compressed with {other}"),
                    advice: "unpack the archive, and pack it anew as ZIP does by default",
                });
            }
        };
        let checked = Checked { bytes: CrcReader::new(bytes), checksum };
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, checked)))
    }
}

fn damaged(file: &str, cause: &zip::result::ZipError) -> TableError {
    TableError::Damaged { file: file.into(), detail: format!("the archive cannot be read: {cause}") }
}

/// Compares the checksum of an archive entry once its last byte is read.
struct Checked {
    bytes: CrcReader<Box<dyn Read + Send>>,
    checksum: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.bytes.crc().sum() != self.checksum {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum is wrong"));
        }
        Ok(read)
    }
}
