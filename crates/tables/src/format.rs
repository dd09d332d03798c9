//! Which format the bytes are in, told by how they begin.

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::arrow;
use crate::container::archive::Archive;
use crate::container::compression::Compression;
use crate::container::converted::Origin;
use crate::container::encoding::{self, TextEncoding};
use crate::container::{foreign, json, members, workbook};
use crate::error::TableError;
use crate::input::{Input, Opened};
use crate::note::Note;
use crate::numpy;
use crate::options::ReadOptions;
use crate::shared_file::SharedFile;
use crate::source::RowSource;
use crate::text;

const BUFFER_BYTES: usize = 1 << 18;
/// Enough for every format of bytes; a stream gives no more before it is known that it is text.
const MAGIC_BYTES: u64 = 16;
/// How much of a text tells its encoding and what it is.
const SAMPLE_BYTES: u64 = 1 << 16;
/// A table is packed once or twice; an archive can hold itself.
const MOST_LAYERS: usize = 4;

#[derive(Debug, PartialEq, Eq)]
enum Format {
    Text,
    Npy,
    Zip,
    Parquet,
    ArrowFile,
    ArrowStream,
}

fn recognise(magic: &[u8]) -> Format {
    match magic {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Format::Zip,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Format::Npy,
        [b'P', b'A', b'R', b'1', ..] => Format::Parquet,
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Format::ArrowFile,
        [0xff, 0xff, 0xff, 0xff, ..] => Format::ArrowStream,
        _ => Format::Text,
    }
}

/// Bytes of which the format is still to be found out, and what was unpacked to get them.
struct Bytes<'a> {
    file: &'a str,
    /// The same bytes where they lie in a file as they are.
    seekable: Option<SharedFile>,
    stream: Box<dyn Read + Send>,
    suggests_tabs: bool,
    notes: Vec<Note>,
    layers: usize,
}

/// Opens the input with the row source of its format.
pub(crate) fn open(input: &Input, options: &ReadOptions) -> Result<Box<dyn RowSource>, TableError> {
    let (seekable, stream): (Option<SharedFile>, Box<dyn Read + Send>) = match input.open()? {
        Opened::Seekable(shared) => (Some(shared.rewound()), Box::new(shared)),
        Opened::Stream(stream) => (None, stream),
    };
    let suggests_tabs = members::suggests_tabs(input.name());
    Bytes { file: input.name(), seekable, stream, suggests_tabs, notes: Vec::new(), layers: 0 }.open(options)
}

impl Bytes<'_> {
    fn open(mut self, options: &ReadOptions) -> Result<Box<dyn RowSource>, TableError> {
        let file = self.file;
        let reading = |cause| TableError::reading(file, cause);
        let mut magic = Vec::new();
        peek(&mut self.stream, MAGIC_BYTES, &mut magic).map_err(reading)?;
        if let Some(compression) = Compression::of(&magic) {
            self.stream =
                compression.decompressed(Box::new(Cursor::new(magic).chain(self.stream))).map_err(reading)?;
            self.seekable = None;
            return self.inner(options);
        }
        let format = recognise(&magic);
        if format != Format::Zip {
            self.has_no_sheets(options)?;
        }
        match format {
            Format::Text => self.open_text(magic, options),
            Format::Npy => {
                let stream = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(magic).chain(self.stream));
                let source = numpy::open_npy(file, self.seekable, Box::new(stream), options)?;
                Ok(with_notes(self.notes, source))
            }
            Format::ArrowStream => {
                let stream = Cursor::new(magic).chain(self.stream);
                let source = arrow::open_arrow_stream(file, Box::new(stream), self.layers > 0, options)?;
                Ok(with_notes(self.notes, source))
            }
            // These have their table of contents at the end.
            format @ (Format::Zip | Format::Parquet | Format::ArrowFile) => {
                let shared = match self.seekable.take() {
                    Some(shared) => shared,
                    None => SharedFile::spool(Cursor::new(magic).chain(self.stream)).map_err(reading)?,
                };
                self.stream = Box::new(io::empty());
                let source = match format {
                    Format::Zip => return self.open_zip(shared, options),
                    Format::Parquet => arrow::open_parquet(file, shared, options)?,
                    _ => arrow::open_arrow_file(file, shared, options)?,
                };
                Ok(with_notes(self.notes, source))
            }
        }
    }

    /// What was packed.
    fn inner(mut self, options: &ReadOptions) -> Result<Box<dyn RowSource>, TableError> {
        self.layers += 1;
        if self.layers > MOST_LAYERS {
            let found = format!("something that is packed more than {MOST_LAYERS} times");
            return Err(TableError::Foreign { file: self.file.into(), found, advice: "unpack it" });
        }
        self.open(options)
    }

    fn open_zip(
        mut self,
        shared: SharedFile,
        options: &ReadOptions,
    ) -> Result<Box<dyn RowSource>, TableError> {
        let archive = Archive::open(self.file, shared.rewound())?;
        let names = archive.names()?;
        let sheet = options.sheet.as_deref();
        match members::of(&names) {
            members::Contents::Excel => {
                let sheet = workbook::open_xlsx(self.file, &archive, shared, sheet)?;
                self.open_sheet(sheet, options)
            }
            members::Contents::OpenDocument => {
                let sheet = workbook::open_ods(self.file, archive, sheet)?;
                self.open_sheet(sheet, options)
            }
            members::Contents::Arrays => {
                self.has_no_sheets(options)?;
                Ok(with_notes(self.notes, numpy::open_npz(self.file, &archive, options)?))
            }
            members::Contents::Foreign((found, advice)) => {
                Err(TableError::Foreign { file: self.file.into(), found: found.into(), advice })
            }
            members::Contents::Table(member) => {
                self.stream = archive.bytes(member, member)?;
                self.suggests_tabs = members::suggests_tabs(member);
                self.notes.push(Note::Member { archive: self.file.into(), member: member.into() });
                self.inner(options)
            }
            members::Contents::Tables(tables) => {
                let tables = tables.into_iter().map(str::to_owned).collect();
                Err(TableError::Tables { file: self.file.into(), tables })
            }
        }
    }

    /// Its lines are the rows of the sheet.
    fn open_sheet(
        mut self,
        sheet: workbook::Sheet,
        options: &ReadOptions,
    ) -> Result<Box<dyn RowSource>, TableError> {
        self.notes.extend(sheet.notes);
        let options = ReadOptions { delimiter: Some(b','), ..options.clone() };
        Ok(with_notes(self.notes, text::open(self.file, sheet.text, false, &options)?))
    }

    /// A sheet that is asked for is not left unread without a word.
    fn has_no_sheets(&self, options: &ReadOptions) -> Result<(), TableError> {
        options.sheet.as_ref().map_or(Ok(()), |name| {
            let (file, name) = (self.file.into(), name.clone());
            Err(TableError::UnknownSheet { file, name, sheets: Vec::new() })
        })
    }

    fn open_text(
        mut self,
        mut sample: Vec<u8>,
        options: &ReadOptions,
    ) -> Result<Box<dyn RowSource>, TableError> {
        let file = self.file;
        let reading = |cause| TableError::reading(file, cause);
        let refused = |(found, advice): foreign::Foreign| {
            Err(TableError::Foreign { file: file.into(), found: found.into(), advice })
        };
        peek(&mut self.stream, SAMPLE_BYTES, &mut sample).map_err(reading)?;
        if let Some(foreign) = foreign::of_bytes(&sample) {
            return refused(foreign);
        }
        let mut origin = Origin { notes: self.notes, ..Origin::default() };
        let certain = TextEncoding::certain(&sample);
        let chosen = certain.or(options.encoding);
        let mut stream: Box<dyn Read + Send> = Box::new(Cursor::new(sample).chain(self.stream));
        match chosen {
            Some(encoding) if encoding.is_utf8() => {}
            Some(encoding) => {
                stream = encoding.decoded(stream);
                if certain.is_some() {
                    origin
                        .notes
                        .push(Note::Encoding { encoding: encoding.name().to_uppercase(), guessed: false });
                }
            }
            None => stream = encoding::settled(stream, origin.guessed.clone()),
        }
        let mut sample = Vec::new();
        peek(&mut stream, SAMPLE_BYTES, &mut sample).map_err(reading)?;
        if let Some(foreign) = foreign::of_text(&sample) {
            return refused(foreign);
        }
        let is_json = json::begins(&sample);
        let stream = Box::new(Cursor::new(sample).chain(stream));
        if is_json {
            let reopen = match self.seekable {
                Some(shared) if chosen.is_none_or(TextEncoding::is_utf8) => {
                    let (settles, guessed) = (chosen.is_none(), origin.guessed.clone());
                    reopened(shared, settles.then_some(guessed))
                }
                _ => reopened(SharedFile::spool(stream).map_err(reading)?, None),
            };
            let json = json::open(file, &reopen, &options.ignore)?;
            origin.notes.extend(json.notes);
            origin.lines_differ = true;
            // Its own names are names, and it is written with commas.
            let header = if json.has_names { Some(true) } else { options.header };
            let options = ReadOptions { header, delimiter: Some(b','), ..options.clone() };
            return Ok(origin.of(text::open(file, json.text, false, &options)?));
        }
        Ok(origin.of(text::open(file, stream, self.suggests_tabs, options)?))
    }
}

fn with_notes(notes: Vec<Note>, source: Box<dyn RowSource>) -> Box<dyn RowSource> {
    if notes.is_empty() { source } else { Origin { notes, ..Origin::default() }.of(source) }
}

/// A text that can be read again, from a file as it is; with a flag its encoding settles while it is read.
fn reopened(file: SharedFile, guessed: Option<Arc<AtomicBool>>) -> json::Reopen {
    Box::new(move || {
        let bytes = Box::new(file.rewound());
        match &guessed {
            Some(guessed) => encoding::settled(bytes, guessed.clone()),
            None => bytes,
        }
    })
}

/// Makes the first bytes of a stream as many as there are, at most so many.
fn peek(stream: &mut impl Read, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    stream.take(most.saturating_sub(bytes.len() as u64)).read_to_end(bytes)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        assert_eq!(recognise(b"\x93NUMPY\x01\x00"), Format::Npy);
        assert_eq!(recognise(b"PK\x03\x04...."), Format::Zip);
        assert_eq!(recognise(b"PAR1...."), Format::Parquet);
        assert_eq!(recognise(b"ARROW1\0\0"), Format::ArrowFile);
        assert_eq!(recognise(&[0xff, 0xff, 0xff, 0xff, 8, 0, 0, 0]), Format::ArrowStream);
        assert_eq!(recognise(b"PK,PA\n1,"), Format::Text);
        assert_eq!(recognise(b""), Format::Text);
    }
}
