//! Lengths that the footer and the page headers of a Parquet file claim, looked at before they are believed.
//!
//! Both are structs of Thrift's compact protocol. The decoder steps over fields that it does not know; a list of booleans
//! takes no bytes there, whatever its length, so that a file of some hundred bytes could keep it busy for minutes. Here such
//! a claim is an error first. Fields that it does know the decoder takes for what they should be, whatever type they are given:
//! so another type is an error as well, or it would go on at another place than is looked at here.

use std::io::{self, Cursor, Read};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::error::damaged;
use crate::shared_file::SharedFile;

use super::parquet_fields::{FOOTER, PAGE};
use super::thrift::{DEEPEST, I16, I64, Problem, STRUCT, Walk, struct_length};

/// The end of a file: the length of the footer, and the format's mark.
const TRAILER: u64 = 8;
/// What is read of a page header at first, and at most. Some have the least and the greatest text of the page in them.
const FIRST_BYTES: u64 = 1 << 10;
const MOST_BYTES: u64 = 1 << 24;

/// A Parquet file whose footer has been looked at, and whose page headers are before they are handed on.
#[derive(Debug)]
pub(crate) struct CheckedFile(SharedFile);

impl CheckedFile {
    /// Looks at the footer. What is damaged otherwise is left to the decoder to say.
    pub(crate) fn new(file: SharedFile) -> io::Result<Self> {
        match footer(&file).map(|footer| struct_length(&footer, FOOTER)) {
            Some(Err(Problem::Claim(claim))) => Err(damaged(format!("the footer claims {claim}"))),
            _ => Ok(CheckedFile(file)),
        }
    }
}

fn footer(file: &SharedFile) -> Option<Vec<u8>> {
    let trailer_start = file.length().checked_sub(TRAILER)?;
    let trailer = file.bytes_at(trailer_start, TRAILER).ok()?;
    let length = u64::from(u32::from_le_bytes(*trailer.first_chunk()?));
    file.bytes_at(trailer_start.checked_sub(length)?, length).ok()
}

impl Length for CheckedFile {
    fn len(&self) -> u64 {
        self.0.length()
    }
}

impl ChunkReader for CheckedFile {
    type T = Header;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Header> {
        Ok(Header { file: self.0.rewound(), start, bytes: None })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.0.bytes_at(start, length as u64);
        Ok(bytes.map_err(|problem| ParquetError::EOF(problem.to_string()))?.into())
    }
}

/// The header of a page, or the trailer, which are what the decoder takes byte by byte. Looked at when it is read: the decoder
/// also asks for headers that it knows already, at places where there is none.
pub(crate) struct Header {
    file: SharedFile,
    start: u64,
    bytes: Option<Cursor<Vec<u8>>>,
}

impl Header {
    fn load(&self) -> io::Result<Vec<u8>> {
        let rest = self.file.length().saturating_sub(self.start);
        if rest <= TRAILER {
            return self.file.bytes_at(self.start, rest);
        }
        let mut length = FIRST_BYTES.min(rest);
        loop {
            let mut bytes = self.file.bytes_at(self.start, length)?;
            let claim = match struct_length(&bytes, PAGE).and_then(|length| Ok((length, dictionary(&bytes)?)))
            {
                // Each value takes a byte at least, and the decoder makes room for all of them at once.
                Ok((_, Some((values, bytes)))) if values > bytes => {
                    format!("a dictionary of {values} values in {bytes} bytes")
                }
                Ok((length, _)) => {
                    bytes.truncate(length);
                    return Ok(bytes);
                }
                Err(Problem::End) if length == rest => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(Problem::End) if length < MOST_BYTES => {
                    length = (length * 8).min(rest);
                    continue;
                }
                Err(Problem::End) => format!("more than {MOST_BYTES} bytes"),
                Err(Problem::Claim(claim)) => claim,
            };
            let place = self.start;
            return Err(damaged(format!("the header of the page at {place} claims {claim}")));
        }
    }
}

impl Read for Header {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut bytes = match self.bytes.take() {
            Some(bytes) => bytes,
            None => Cursor::new(self.load()?),
        };
        let read = bytes.read(buffer)?;
        self.bytes = Some(bytes);
        // The decoder takes an end for bytes that it stepped over.
        if read == 0 && !buffer.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(read) }
    }
}

/// How many values the dictionary has that a page header announces, if it does, and how many bytes.
fn dictionary(header: &[u8]) -> Result<Option<(i64, i64)>, Problem> {
    let mut walk = Walk::new(header);
    let (mut values, mut bytes, mut field) = (None, None, 0);
    while let Some(kind) = walk.next_field(&mut field)? {
        match (field, kind) {
            (2, I16..=I64) => bytes = Some(walk.signed()?),
            (7, STRUCT) => {
                let mut field = 0;
                while let Some(kind) = walk.next_field(&mut field)? {
                    match (field, kind) {
                        (1, I16..=I64) => values = Some(walk.signed()?),
                        _ => walk.step_over(kind, None, DEEPEST)?,
                    }
                }
            }
            _ => walk.step_over(kind, None, DEEPEST)?,
        }
    }
    Ok(values.zip(bytes))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use proptest::prelude::*;

    use super::*;

    /// A list of two billion booleans, as a field that the decoder does not know.
    const BOOLEANS: [u8; 7] = [0xf9, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07];

    fn file(bytes: &[u8]) -> SharedFile {
        SharedFile::spool(bytes).expect("room for it")
    }

    fn table() -> Vec<u8> {
        let numbers: ArrayRef = Arc::new(Float64Array::from_iter_values((0..700).map(f64::from)));
        let batch = RecordBatch::try_from_iter([("x", numbers)]).expect("a column");
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("memory can be written");
        writer.into_inner().expect("memory can be written")
    }

    #[test]
    fn an_honest_file_is_read_to_its_end() {
        let checked = CheckedFile::new(file(&table())).expect("nothing is wrong with it");
        let reader = ParquetRecordBatchReaderBuilder::try_new(checked).and_then(|builder| builder.build());
        let rows = reader.expect("a table").map(|batch| batch.expect("a batch").num_rows());
        assert_eq!(rows.sum::<usize>(), 700);
    }

    #[test]
    fn a_footer_with_elements_that_take_no_bytes_is_an_error() {
        let mut bytes = table();
        let trailer = bytes.split_off(bytes.len() - 8);
        let length = u32::from_le_bytes(*trailer.first_chunk().expect("eight bytes")) + 7;
        // Before the byte that ends the footer.
        bytes.splice(bytes.len() - 1..bytes.len() - 1, BOOLEANS);
        bytes.extend(length.to_le_bytes());
        bytes.extend(b"PAR1");
        let problem = CheckedFile::new(file(&bytes)).expect_err("a lie");
        assert_eq!(problem.to_string(), "the footer claims a list of 2147483647 booleans");
    }

    #[test]
    fn a_page_header_is_looked_at_when_it_is_read() {
        let header = [&[0x15, 0x00][..], &BOOLEANS, &[0], &[7; 100]].concat();
        let checked = CheckedFile::new(file(&header)).expect("no footer");
        let problem = checked.get_read(0).expect("a place").read(&mut [0; 4]).expect_err("a lie");
        assert_eq!(problem.to_string(), "the header of the page at 0 claims a list of 2147483647 booleans");
    }

    #[test]
    fn a_page_header_is_handed_on_and_nothing_behind_it() {
        // With a text of 5000 bytes in a field that nobody knows, more than are looked at first.
        let header = [&[0x15, 0x00, 0x88, 0x88, 0x27][..], &[b'a'; 5000], &[0]].concat();
        let checked = CheckedFile::new(file(&[&header[..], &[7; 100]].concat())).expect("no footer");
        let (mut reader, mut read) = (checked.get_read(0).expect("a place"), vec![0; header.len()]);
        reader.read_exact(&mut read).expect("all of it");
        assert_eq!(read, header);
        assert_eq!(reader.read(&mut [0]).expect_err("the end").kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_known_field_of_another_type_is_an_error() {
        // The version of the file as text, in which the decoder would look for the next field.
        let bytes = [&[0x18, 7][..], &BOOLEANS, &[0, 10, 0, 0, 0], b"PAR1"].concat();
        let problem = CheckedFile::new(file(&bytes)).expect_err("no number");
        assert_eq!(problem.to_string(), "the footer claims type 8 of what is of another");
    }

    #[test]
    fn a_dictionary_has_no_more_values_than_bytes() {
        // The type of the page, 16 bytes, 18 compressed, and a dictionary of so many values in plain encoding.
        let header = |values: u8| [0x15, 4, 0x15, 32, 0x15, 36, 0x4c, 0x15, values, 0x15, 0, 0x12, 0, 0];
        for (values, right) in [(4, true), (32, true), (34, false)] {
            let bytes = [&header(values)[..], &[7; 100]].concat();
            let checked = CheckedFile::new(file(&bytes)).expect("no footer");
            let read = checked.get_read(0).expect("a place").read_exact(&mut [0; 14]);
            assert_eq!(
                read.map_err(|problem| problem.to_string()).err(),
                match right {
                    true => None,
                    false => Some(
                        "the header of the page at 0 claims a dictionary of 17 values in 16 bytes".into()
                    ),
                }
            );
        }
    }

    #[test]
    fn nesting_without_end_is_an_error() {
        let problem = struct_length(&[0x1c; 1000], &[]).expect_err("too deep");
        assert!(matches!(problem, Problem::Claim(claim) if claim.starts_with("structs and lists")));
    }

    proptest! {
        #[test]
        fn any_bytes_take_no_more_steps_than_there_are_of_them(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(length) = struct_length(&bytes, FOOTER) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
