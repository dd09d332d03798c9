//! Text in other encodings than UTF-8, decoded as it is read.

use std::io::{self, Cursor, Read};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::{cut, damaged};

/// How much is decoded at once.
const BLOCK_BYTES: usize = 1 << 16;
/// The longest sequence of UTF-8.
const LONGEST_SEQUENCE: usize = 4;
/// Of 16 bits, this many in 20 have an empty half in the text of a table.
const EMPTY_HALVES: usize = 18;

/// An encoding of text, named as the web names it.
///
/// ```
/// use gradstop_tables::TextEncoding;
///
/// let encoding: TextEncoding = "latin1".parse().unwrap();
/// assert_eq!(encoding.name(), "windows-1252");
/// assert_eq!("cp1251".parse::<TextEncoding>().unwrap().name(), "windows-1251");
/// assert!("utf-7".parse::<TextEncoding>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoding(&'static Encoding);

/// What is said of a name that names no encoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "got {name:?}, wanted a known encoding such as utf-8, windows-1252, iso-8859-2, windows-1251, shift_jis, gbk, euc-kr or utf-16le"
)]
pub struct UnknownEncoding {
    /// The name.
    pub name: String,
}

impl TextEncoding {
    /// Its name: the first of those that the web has for it, in lower case.
    pub fn name(&self) -> String {
        self.0.name().to_ascii_lowercase()
    }

    /// The encoding of text that begins with these bytes, where they leave no doubt: a byte order mark, or 16 bits a
    /// character of which one half is empty.
    pub(crate) fn certain(sample: &[u8]) -> Option<Self> {
        if let Some((encoding, _)) = Encoding::for_bom(sample) {
            return Some(Self(encoding));
        }
        let pairs = sample.len() / 2;
        let empty = |half: usize| sample.chunks_exact(2).filter(|pair| pair[half] == 0).count();
        let (first, second) = (empty(0), empty(1));
        match (first, second) {
            _ if pairs < 2 => None,
            (0, empty) if empty * 20 >= pairs * EMPTY_HALVES => Some(Self(UTF_16LE)),
            (empty, 0) if empty * 20 >= pairs * EMPTY_HALVES => Some(Self(UTF_16BE)),
            _ => None,
        }
    }

    pub(crate) fn is_utf8(self) -> bool {
        self.0 == UTF_8
    }

    /// The text as UTF-8, without a byte order mark.
    pub(crate) fn decoded(self, bytes: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        Box::new(Decoded::new(self.0, bytes))
    }
}

impl FromStr for TextEncoding {
    type Err = UnknownEncoding;

    fn from_str(name: &str) -> Result<Self, UnknownEncoding> {
        // Python's names of the usual ones.
        let label = match name.to_ascii_lowercase().as_str() {
            "cp1252" | "latin-1" | "latin_1" => "windows-1252".to_owned(),
            "utf_8" | "utf-8-sig" | "utf_8_sig" => "utf-8".to_owned(),
            other => other.to_owned(),
        };
        let known = Encoding::for_label_no_replacement(label.as_bytes());
        known.map(Self).ok_or_else(|| UnknownEncoding { name: name.into() })
    }
}

/// Text as it is if it is UTF-8, and else read as Windows-1252, which every text is that is neither.
///
/// The first character beyond ASCII decides: bytes before it are the same in both, and in Windows-1252 such a
/// character is hardly ever a sequence of UTF-8. So a file of any length is read in one pass, and ASCII costs a look.
pub(crate) fn settled(bytes: Box<dyn Read + Send>, guessed: Arc<AtomicBool>) -> Box<dyn Read + Send> {
    Box::new(Settling { bytes, settled: false, guessed })
}

struct Settling {
    bytes: Box<dyn Read + Send>,
    settled: bool,
    guessed: Arc<AtomicBool>,
}

impl Read for Settling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        if self.settled || buffer[..read].is_ascii() {
            return Ok(read);
        }
        self.settled = true;
        let start = buffer[..read].iter().position(|byte| !byte.is_ascii()).unwrap_or(read);
        // The sequence may be cut.
        let mut more = Vec::new();
        if read - start < LONGEST_SEQUENCE {
            self.bytes.by_ref().take(LONGEST_SEQUENCE as u64).read_to_end(&mut more)?;
        }
        let sequence: Vec<u8> =
            buffer[start..read].iter().chain(&more).take(LONGEST_SEQUENCE).copied().collect();
        let is_utf8 = std::str::from_utf8(&sequence).map_or_else(|error| error.valid_up_to() > 0, |_| true);
        let rest = std::mem::replace(&mut self.bytes, Box::new(io::empty()));
        if is_utf8 {
            self.bytes = Box::new(Cursor::new(more).chain(rest));
            return Ok(read);
        }
        self.guessed.store(true, Ordering::Relaxed);
        let tail = [&buffer[start..read], &more].concat();
        self.bytes = Box::new(Decoded::new(WINDOWS_1252, Box::new(Cursor::new(tail).chain(rest))));
        if start > 0 { Ok(start) } else { self.bytes.read(buffer) }
    }
}

struct Decoded {
    encoding: &'static Encoding,
    decoder: Decoder,
    bytes: Box<dyn Read + Send>,
    raw: Vec<u8>,
    /// What of `raw` is still to be decoded.
    from: usize,
    to: usize,
    at_end: bool,
    done: bool,
    /// How many bytes lie before `raw`.
    before: u64,
    text: Cursor<Vec<u8>>,
}

impl Decoded {
    fn new(encoding: &'static Encoding, bytes: Box<dyn Read + Send>) -> Self {
        Decoded {
            encoding,
            decoder: encoding.new_decoder_with_bom_removal(),
            bytes,
            raw: vec![0; BLOCK_BYTES],
            from: 0,
            to: 0,
            at_end: false,
            done: false,
            before: 0,
            text: Cursor::default(),
        }
    }

    /// Decodes the next block, which is not empty before the end.
    fn advance(&mut self) -> io::Result<()> {
        let mut text = std::mem::take(&mut self.text).into_inner();
        // Three bytes of UTF-8 for one byte at most, and room for what was begun.
        text.resize(3 * BLOCK_BYTES + 16, 0);
        let mut length = 0;
        while length == 0 && !self.done {
            if self.from == self.to && !self.at_end {
                self.before += self.to as u64;
                self.from = 0;
                self.to = self.bytes.read(&mut self.raw)?;
                self.at_end = self.to == 0;
            }
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                &self.raw[self.from..self.to],
                &mut text,
                self.at_end,
            );
            self.from += read;
            length = written;
            match result {
                DecoderResult::InputEmpty => self.done = self.at_end,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) if self.at_end => {
                    return Err(cut(format!(
                        "the text in {} ends in a part of a character",
                        self.encoding.name()
                    )));
                }
                DecoderResult::Malformed(..) => {
                    let place = self.before + self.from as u64;
                    let name = self.encoding.name();
                    return Err(damaged(format!("the bytes before byte {place} are not text in {name}")));
                }
            }
        }
        text.truncate(length);
        self.text = Cursor::new(text);
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.text.position() == self.text.get_ref().len() as u64 && !buffer.is_empty() {
            self.advance()?;
        }
        self.text.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes a few at a time.
    struct Slow(Vec<u8>, usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(self.1).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    fn settle(bytes: &[u8], step: usize) -> (Vec<u8>, bool) {
        let guessed = Arc::new(AtomicBool::new(false));
        let mut text = Vec::new();
        let slow = Box::new(Slow(bytes.to_vec(), step));
        settled(slow, guessed.clone()).read_to_end(&mut text).unwrap();
        (text, guessed.load(Ordering::Relaxed))
    }

    #[test]
    fn text_is_utf_8_or_windows_1252_by_its_first_character_beyond_ascii() {
        for step in [1, 2, 3, 4, 7, 100] {
            for text in ["", "abc", "a,\u{e9}t\u{e9}", "\u{20ac}", "a\u{1f980}b", "\u{feff}a"] {
                assert_eq!(settle(text.as_bytes(), step), (text.as_bytes().to_vec(), false), "{text:?}");
            }
            for (bytes, text) in [
                (&b"a,\xe9t\xe9\n"[..], "a,\u{e9}t\u{e9}\n"),
                (b"\x80 1.5", "\u{20ac} 1.5"),
                (b"12 \xb0", "12 \u{b0}"),
                (b"\xe9", "\u{e9}"),
            ] {
                assert_eq!(settle(bytes, step), (text.as_bytes().to_vec(), true), "{text:?}");
            }
        }
    }

    #[test]
    fn a_broken_sequence_in_utf_8_does_not_change_the_encoding() {
        let bytes = b"\xc3\xa9,\xff,1";
        assert_eq!(settle(bytes, 3), (bytes.to_vec(), false));
    }

    #[test]
    fn text_of_16_bits_is_recognised_without_a_mark() {
        let of = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let little = of("a,b\n1,2\n");
        let big: Vec<u8> = little.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        assert_eq!(TextEncoding::certain(&little), Some(TextEncoding(UTF_16LE)));
        assert_eq!(TextEncoding::certain(&big), Some(TextEncoding(UTF_16BE)));
        assert_eq!(TextEncoding::certain(b"a,b\n1,2\n"), None);
        assert_eq!(TextEncoding::certain(b"\0\0\0\0\0\0"), None);
        let mut text = String::new();
        let encoding = TextEncoding::certain(&little).unwrap();
        encoding.decoded(Box::new(Slow(little, 3))).read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,b\n1,2\n");
    }

    #[test]
    fn text_that_is_not_in_its_encoding_is_an_error() {
        let half = TextEncoding(UTF_16LE).decoded(Box::new(Cursor::new(b"a\0b")));
        let error = io::read_to_string(half).unwrap_err();
        assert!(error.to_string().contains("UTF-16LE ends in a part of a character"), "{error}");
        let lone = TextEncoding(UTF_16LE).decoded(Box::new(Cursor::new(b"a\0\0\xdcb\0c\0")));
        let error = io::read_to_string(lone).unwrap_err();
        assert!(error.to_string().contains("byte 4 are not text in UTF-16LE"), "{error}");
    }
}
