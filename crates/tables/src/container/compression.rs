//! Compressed streams, told by their first bytes.

use std::io::{self, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

/// Large enough that system calls and decompressor calls do not count.
const BUFFER_BYTES: usize = 1 << 18;
/// What xz may take for its window, in KiB: four times what `xz -9` asks for. Files may ask for 4 GiB.
const XZ_MEMORY: u32 = 300 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Bzip2,
    Xz,
    Zstandard,
}

impl Compression {
    /// What the stream that begins with these bytes is compressed with.
    pub(crate) fn of(magic: &[u8]) -> Option<Self> {
        Some(match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A block, or the end of a stream without any.
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, b'r', b'E', b'8', b'P', 0x90, ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            // A frame, or one to skip, which parallel compressors write first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstandard,
            _ => return None,
        })
    }

    /// The bytes as they were before; streams that were put together are one. The window of Zstandard is at most
    /// 128 MiB, the decompressor's own limit.
    pub(crate) fn decompressed(self, bytes: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        let bytes = BufReader::with_capacity(BUFFER_BYTES, bytes);
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(bytes)),
            Self::Xz => Box::new(XzReader::new_mem_limit(bytes, true, XZ_MEMORY)),
            Self::Zstandard => Box::new(zstd::stream::read::Decoder::with_buffer(bytes)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_told_by_the_first_bytes() {
        assert_eq!(Compression::of(&[0x1f, 0x8b, 8]), Some(Compression::Gzip));
        assert_eq!(Compression::of(b"BZh91AY&SY"), Some(Compression::Bzip2));
        assert_eq!(Compression::of(b"\xfd7zXZ\0"), Some(Compression::Xz));
        assert_eq!(Compression::of(&[0x28, 0xb5, 0x2f, 0xfd]), Some(Compression::Zstandard));
        for text in [&b"BZh,1"[..], b"BZh9,a,b,c", b"a,b", b""] {
            assert_eq!(Compression::of(text), None);
        }
    }
}
