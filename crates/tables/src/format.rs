//! Which format the bytes are in, told by how they begin.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

use crate::arrow;
use crate::error::TableError;
use crate::input::{Input, Opened};
use crate::numpy;
use crate::options::ReadOptions;
use crate::shared_file::SharedFile;
use crate::source::RowSource;
use crate::text;

/// Large enough that system calls and decompressor calls do not count.
const BUFFER_BYTES: usize = 1 << 18;
const MAGIC_BYTES: u64 = 8;

#[derive(Debug, PartialEq, Eq)]
enum Format {
    Delimited,
    Npy,
    Npz,
    Parquet,
    ArrowFile,
    ArrowStream,
}

fn recognise(magic: &[u8]) -> Format {
    match magic {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Format::Npz,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Format::Npy,
        [b'P', b'A', b'R', b'1', ..] => Format::Parquet,
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Format::ArrowFile,
        [0xff, 0xff, 0xff, 0xff, ..] => Format::ArrowStream,
        _ => Format::Delimited,
    }
}

/// Opens the input with the row source of its format.
pub(crate) fn open(input: &Input, options: &ReadOptions) -> Result<Box<dyn RowSource>, TableError> {
    let file = input.name();
    let reading = |cause| TableError::reading(file, cause);
    let (mut seekable, mut bytes): (Option<SharedFile>, Box<dyn Read + Send>) = match input.open()? {
        Opened::Seekable(shared) => (Some(shared.rewound()), Box::new(shared)),
        Opened::Stream(stream) => (None, stream),
    };
    let mut magic = peek(&mut bytes).map_err(reading)?;
    let compressed = magic.starts_with(&[0x1f, 0x8b]);
    if compressed {
        seekable = None;
        bytes = Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            BUFFER_BYTES,
            Cursor::new(magic).chain(bytes),
        )));
        magic = peek(&mut bytes).map_err(reading)?;
    }
    let format = recognise(&magic);
    let stream = Cursor::new(magic).chain(bytes);
    match format {
        Format::Delimited => text::open(file, Box::new(stream), input.suggests_tabs(), options),
        Format::Npy => {
            numpy::open_npy(file, seekable, Box::new(BufReader::with_capacity(BUFFER_BYTES, stream)), options)
        }
        Format::ArrowStream => arrow::open_arrow_stream(file, Box::new(stream), compressed, options),
        // These three have their table of contents at the end.
        Format::Npz | Format::Parquet | Format::ArrowFile => {
            let shared = match seekable {
                Some(shared) => shared,
                None => SharedFile::spool(stream).map_err(reading)?,
            };
            match format {
                Format::Npz => numpy::open_npz(file, shared, options),
                Format::Parquet => arrow::open_parquet(file, shared, options),
                _ => arrow::open_arrow_file(file, shared, options),
            }
        }
    }
}

fn peek(bytes: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::new();
    bytes.take(MAGIC_BYTES).read_to_end(&mut magic)?;
    Ok(magic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        assert_eq!(recognise(b"\x93NUMPY\x01\x00"), Format::Npy);
        assert_eq!(recognise(b"PK\x03\x04...."), Format::Npz);
        assert_eq!(recognise(b"PAR1...."), Format::Parquet);
        assert_eq!(recognise(b"ARROW1\0\0"), Format::ArrowFile);
        assert_eq!(recognise(&[0xff, 0xff, 0xff, 0xff, 8, 0, 0, 0]), Format::ArrowStream);
        assert_eq!(recognise(b"PK,PA\n1,"), Format::Delimited);
        assert_eq!(recognise(b""), Format::Delimited);
    }
}
