//! Lengths that compressed buffers of Arrow's files and streams claim, looked at before they are believed.
//!
//! A compressed buffer begins with the length of its contents, and the decoder allocates that much before it decodes a
//! byte. So a file of a kilobyte could end the process; here such a claim is an error first.

use std::io::{self, Cursor, Read};

use arrow_ipc::reader::read_footer_length;
use arrow_ipc::{Block, CompressionType, Message, RecordBatch, root_as_footer, root_as_message};

use crate::error::damaged;
use crate::shared_file::SharedFile;

/// The bytes that stand before a compressed buffer and say how long it will be.
const PREFIX: u64 = 8;
/// The most that a byte of LZ4 can become: a byte of a match's length stands for 255 bytes.
const LZ4_EXPANSION: u64 = 255;
/// The most that a byte of Zstandard can become: four bytes can be a block of 128 KiB of the same byte.
const ZSTD_EXPANSION: u64 = 1 << 15;
/// Rows that a batch may have without a byte for each eight of them: those of columns that hold nothing but nulls take none.
const MOST_FREE_ROWS: u64 = 1 << 16;
/// The most bytes of a message's metadata; a column takes some ten.
const LONGEST_METADATA: u64 = 1 << 28;

/// Looks at every compressed buffer of a file. What is damaged otherwise is left to the decoder to say.
pub(crate) fn check_file(file: &SharedFile) -> io::Result<()> {
    let Some(footer) = footer(file) else { return Ok(()) };
    let Ok(footer) = root_as_footer(&footer) else { return Ok(()) };
    for block in footer.dictionaries().iter().flatten().chain(footer.recordBatches().iter().flatten()) {
        check_block(file, block)?;
    }
    Ok(())
}

fn footer(file: &SharedFile) -> Option<Vec<u8>> {
    let trailer_start = file.length().checked_sub(10)?;
    let trailer = file.bytes_at(trailer_start, 10).ok()?;
    let length = read_footer_length(trailer.try_into().ok()?).ok()? as u64;
    file.bytes_at(trailer_start.checked_sub(length)?, length).ok()
}

fn check_block(file: &SharedFile, block: &Block) -> io::Result<()> {
    let (offset, metadata, body) = (block.offset(), block.metaDataLength(), block.bodyLength());
    let outside =
        || damaged(format!("a batch of {metadata} and {body} bytes at {offset} is not within the file"));
    let place = |at: i64| u64::try_from(at).map_err(|_| outside());
    let (start, metadata_length, body_length) = (place(offset)?, place(metadata.into())?, place(body)?);
    let end =
        start.checked_add(metadata_length).and_then(|body| Some((body, body.checked_add(body_length)?)));
    let (body, _) = end.filter(|&(_, end)| end <= file.length()).ok_or_else(outside)?;
    let metadata = file.bytes_at(start, metadata_length)?;
    // Behind a marker, which older files do not have, stands the length of the message.
    let frame = if metadata.starts_with(&[0xff; 4]) { 8 } else { 4 };
    // The decoder looks for it in the body as well.
    let Some(Ok(message)) = metadata.get(frame..).map(root_as_message) else {
        return Err(damaged(format!("the {metadata_length} bytes at {start} are no message")));
    };
    check_message(&message, |at| file.bytes_at(body.checked_add(at)?, PREFIX).ok()?.try_into().ok())
}

/// What a message holds, if it is columns, those of a dictionary included.
fn batch<'a>(message: &Message<'a>) -> Option<RecordBatch<'a>> {
    message.header_as_record_batch().or_else(|| message.header_as_dictionary_batch()?.data())
}

/// Looks at the rows and the buffers of a message; `prefix` gives the eight bytes at a place of its body, if they are there.
fn check_message(message: &Message<'_>, prefix: impl Fn(u64) -> Option<[u8; 8]>) -> io::Result<()> {
    let Some(batch) = batch(message) else { return Ok(()) };
    let expansion = match batch.compression().map(|compression| compression.codec()) {
        None => 1,
        Some(CompressionType::LZ4_FRAME) => LZ4_EXPANSION,
        Some(_) => ZSTD_EXPANSION,
    };
    let (rows, body) = (batch.length(), message.bodyLength());
    let most = body.unsigned_abs().saturating_mul(8 * expansion).max(MOST_FREE_ROWS);
    if rows.unsigned_abs() > most {
        return Err(damaged(format!("a batch of {body} bytes claims to have {rows} rows")));
    }
    if expansion == 1 {
        return Ok(());
    }
    for buffer in batch.buffers().iter().flatten() {
        let (Ok(at), Ok(length)) = (u64::try_from(buffer.offset()), u64::try_from(buffer.length())) else {
            continue;
        };
        let claimed = prefix(at).map(i64::from_le_bytes).and_then(|claimed| u64::try_from(claimed).ok());
        // -1 says that the buffer is not compressed.
        let Some(claimed) = claimed.filter(|_| length > 0) else { continue };
        let most = length.saturating_sub(PREFIX).saturating_mul(expansion);
        // What can be true may still be more than there is room for.
        if claimed > most || Vec::<u8>::new().try_reserve_exact(claimed as usize).is_err() {
            return Err(damaged(format!(
                "a compressed buffer of {length} bytes claims to hold {claimed} bytes"
            )));
        }
    }
    Ok(())
}

/// The bytes of a stream of messages, of which compressed ones are looked at before they are handed on.
pub(crate) struct CheckedStream<R> {
    stream: R,
    /// The start of a message, or all of a compressed one.
    checked: Cursor<Vec<u8>>,
    /// Bytes of the body that are handed on as they are.
    body: u64,
}

impl<R: Read> CheckedStream<R> {
    pub(crate) fn new(stream: R) -> Self {
        CheckedStream { stream, checked: Cursor::default(), body: 0 }
    }

    /// Reads what stands behind the last message, so that whatever checks the bytes has seen all of them.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        io::copy(&mut self.stream, &mut io::sink()).map(drop)
    }

    /// Takes the next message from the stream. One that ends too early is handed on as it is.
    fn next_message(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.append(4, &mut bytes)?;
        if bytes == [0xff; 4] {
            self.append(4, &mut bytes)?;
        }
        let frame = bytes.len();
        let length = match bytes[..] {
            [a, b, c, d] | [_, _, _, _, a, b, c, d] => i32::from_le_bytes([a, b, c, d]),
            _ => 0,
        };
        // The decoder says what is wrong with a negative one.
        let length = u64::try_from(length).unwrap_or(0);
        if length > LONGEST_METADATA {
            return Err(damaged(format!("a message claims {length} bytes of metadata")));
        }
        self.append(length, &mut bytes)?;
        let Some(message) = bytes.get(frame..).and_then(|metadata| root_as_message(metadata).ok()) else {
            self.checked = Cursor::new(bytes);
            return Ok(());
        };
        let body_length = u64::try_from(message.bodyLength()).unwrap_or(0);
        if batch(&message).is_some_and(|batch| batch.compression().is_some()) {
            let mut body = Vec::new();
            self.stream.by_ref().take(body_length).read_to_end(&mut body)?;
            check_message(&message, |at| body.get(usize::try_from(at).ok()?..)?.first_chunk().copied())?;
            bytes.append(&mut body);
        } else {
            check_message(&message, |_| None)?;
            self.body = body_length;
        }
        self.checked = Cursor::new(bytes);
        Ok(())
    }

    fn append(&mut self, length: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.stream.by_ref().take(length).read_to_end(bytes).map(drop)
    }
}

impl<R: Read> Read for CheckedStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.checked.position() == self.checked.get_ref().len() as u64 && self.body == 0 {
            self.next_message()?;
        }
        let read = self.checked.read(buffer)?;
        if read > 0 || self.body == 0 {
            return Ok(read);
        }
        let read = self.stream.by_ref().take(self.body).read(buffer)?;
        // An end in the middle of the body is one for good.
        self.body = if read == 0 { 0 } else { self.body - read as u64 };
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, NullArray, RecordBatch, StringArray};
    use arrow_ipc::reader::StreamReader;
    use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};

    use super::*;

    fn stream(compression: Option<CompressionType>) -> (Vec<u8>, RecordBatch) {
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 700]));
        let words: ArrayRef = Arc::new(StringArray::from(vec!["word"; 700]));
        let batch = RecordBatch::try_from_iter([("x", numbers), ("w", words)]).expect("two columns");
        let options = IpcWriteOptions::default().try_with_compression(compression).expect("a codec");
        let mut writer =
            StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).expect("a writer");
        writer.write(&batch).expect("memory can be written");
        writer.write(&batch).expect("memory can be written");
        (writer.into_inner().expect("memory can be written"), batch)
    }

    #[test]
    fn an_honest_stream_is_handed_on_as_it_is() {
        for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
            let (bytes, batch) = stream(compression);
            let mut same = Vec::new();
            CheckedStream::new(&bytes[..]).read_to_end(&mut same).expect("nothing is wrong with it");
            assert!(same == bytes);
            let reader = StreamReader::try_new(CheckedStream::new(&bytes[..]), None).expect("a stream");
            assert_eq!(
                reader.map(|batch| batch.expect("a batch")).collect::<Vec<_>>(),
                [batch.clone(), batch]
            );
        }
    }

    #[test]
    fn a_stream_that_is_cut_off_is_handed_on_to_its_end() {
        let (bytes, _) = stream(Some(CompressionType::ZSTD));
        for length in 0..bytes.len() {
            let mut same = Vec::new();
            CheckedStream::new(&bytes[..length]).read_to_end(&mut same).expect("the decoder will say it");
            assert!(same == bytes[..length], "{length}");
        }
    }

    #[test]
    fn rows_without_bytes_are_an_error_unless_they_are_few() {
        for (rows, right) in [(1000, true), (1 << 16, true), ((1 << 16) + 1, false)] {
            let nulls: ArrayRef = Arc::new(NullArray::new(rows));
            let batch = RecordBatch::try_from_iter([("nothing", nulls)]).expect("a column");
            let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("a writer");
            writer.write(&batch).expect("memory can be written");
            let bytes = writer.into_inner().expect("memory can be written");
            assert_eq!(CheckedStream::new(&bytes[..]).read_to_end(&mut Vec::new()).is_ok(), right, "{rows}");
        }
    }

    /// A file of one compressed batch, with these bytes of the footer's block in place of others.
    fn with_block(alter: impl Fn(&mut [u8])) -> io::Result<()> {
        let (_, batch) = stream(None);
        let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD));
        let options = options.expect("a codec");
        let mut writer =
            FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).expect("a writer");
        writer.write(&batch).expect("memory can be written");
        let mut bytes = writer.into_inner().expect("memory can be written");
        let end = bytes.len() - 10;
        let length = bytes[end..].first_chunk().map_or(0, |length| u32::from_le_bytes(*length)) as usize;
        let footer = root_as_footer(&bytes[end - length..end]).expect("a footer");
        let block = footer.recordBatches().expect("a batch").get(0).0;
        let place = bytes.windows(24).rposition(|window| window == block).expect("in the footer");
        alter(&mut bytes[place..place + 24]);
        check_file(&SharedFile::spool(&bytes[..]).expect("room for it"))
    }

    #[test]
    fn a_message_that_reaches_into_its_body_does_not_hide_what_it_claims() {
        with_block(|_| ()).expect("nothing is wrong with it");
        let problem = with_block(|block| block[8..12].copy_from_slice(&64u32.to_le_bytes()));
        let problem = problem.expect_err("the start of a message");
        assert!(problem.to_string().ends_with("are no message"), "{problem}");
    }

    #[test]
    fn a_batch_that_is_not_within_the_file_is_an_error() {
        // The sign of the place, of the length of the message and of that of the body, and a body of gigabytes.
        for (at, value) in [(7, 0x80), (11, 0x80), (23, 0x80), (20, 1)] {
            let problem = with_block(|block| block[at] = value).expect_err("nowhere");
            assert!(problem.to_string().ends_with("is not within the file"), "{problem}");
        }
    }

    #[test]
    fn a_length_that_no_buffer_can_have_is_an_error() {
        for compression in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
            let (mut bytes, _) = stream(Some(compression));
            let at =
                bytes.windows(8).position(|window| window == 5600u64.to_le_bytes()).expect("700 doubles");
            bytes[at..at + 8].copy_from_slice(&(1u64 << 40).to_le_bytes());
            let problem = CheckedStream::new(&bytes[..]).read_to_end(&mut Vec::new()).expect_err("a lie");
            assert!(problem.to_string().ends_with("claims to hold 1099511627776 bytes"), "{problem}");
        }
    }
}
