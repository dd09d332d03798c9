//! How a text file separates its cells, and how it is split into records.

use std::io::{self, BufRead};

use csv_core::ReadRecordResult;

use crate::error::damaged;
use crate::selection::MAX_COLUMNS;
use crate::text::date::{self, ORDERS};
use crate::text::number;

/// The delimiters that detection tries, the more usual ones first.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
/// The delimiter that stands for runs of spaces.
pub(crate) const SPACES: u8 = b' ';
/// How many records detection looks at.
const SAMPLE_RECORDS: usize = 50;
/// A record longer than this is no table but a quote that was never closed, or no text at all.
const MAX_RECORD_BYTES: usize = 1 << 26;

/// Splits text into records and cells and knows the line of each.
pub(crate) struct RecordReader<R> {
    input: R,
    /// Whether runs of spaces are one delimiter.
    spaces: bool,
    parser: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    cells: usize,
    /// Line where the current record starts.
    line: u64,
    /// Line that comes next in `input`.
    next_line: u64,
    /// Blank lines between the record before and the current one.
    blank_lines: u64,
}

impl<R: BufRead> RecordReader<R> {
    /// Lines that begin with the comment's byte are left out.
    pub(crate) fn new(input: R, delimiter: u8, comment: Option<u8>) -> Self {
        RecordReader {
            input,
            spaces: delimiter == SPACES,
            parser: csv_core::ReaderBuilder::new().delimiter(delimiter).comment(comment).build(),
            text: vec![0; 1 << 10],
            ends: vec![0; 1 << 6],
            cells: 0,
            line: 1,
            next_line: 1,
            blank_lines: 0,
        }
    }

    /// Reads the next record; false at the end. Blank lines are skipped.
    pub(crate) fn read(&mut self) -> io::Result<bool> {
        if !self.spaces {
            return self.read_record();
        }
        while self.read_record()? {
            self.join_spaces();
            if self.cells > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Cells between two spaces of a run are none.
    fn join_spaces(&mut self) {
        let (mut kept, mut start) = (0, 0);
        for at in 0..self.cells {
            let end = self.ends[at];
            if end > start {
                self.ends[kept] = end;
                (kept, start) = (kept + 1, end);
            }
        }
        self.cells = kept;
    }

    fn read_record(&mut self) -> io::Result<bool> {
        self.blank_lines = self.skip_line_ends()?;
        self.line = self.next_line;
        self.cells = 0;
        let lines_before = self.parser.line();
        let mut text_end = 0;
        let mut last = None;
        let mut closed = false;
        loop {
            let input = self.input.fill_buf()?;
            // The end of the text ends a record as the end of a line would, unless it stands in a quote.
            let ends = input.is_empty() && last.is_some();
            let input = if ends && !closed { b"\n" } else { input };
            let (result, read, written, ended) =
                self.parser.read_record(input, &mut self.text[text_end..], &mut self.ends[self.cells..]);
            if ends {
                closed = read > 0;
            } else if read > 0 {
                last = Some(input[read - 1]);
                self.input.consume(read);
            }
            text_end += written;
            self.cells += ended;
            match result {
                ReadRecordResult::InputEmpty if closed => {
                    let detail = format!(
                        "the record that starts in line {} has a quote in cell {} that is never closed",
                        self.line,
                        self.cells + 1
                    );
                    return Err(damaged(detail));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.text.len() >= MAX_RECORD_BYTES => {
                    let detail = format!(
                        "the record that starts in line {} does not end within {} MiB; is it a quote that is never closed, or no table?",
                        self.line,
                        MAX_RECORD_BYTES >> 20
                    );
                    return Err(damaged(detail));
                }
                ReadRecordResult::OutputFull => self.text.resize(2 * self.text.len(), 0),
                // One more than a table may have: whoever looks at the record sees that it is too wide.
                ReadRecordResult::OutputEndsFull if self.cells > MAX_COLUMNS => break,
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::Record => break,
            }
        }
        self.next_line += self.parser.line() - lines_before;
        if last == Some(b'\r') {
            // The parser stops between the two halves of a Windows line end and counts only the second one.
            self.next_line += 1;
            if self.input.fill_buf()?.first() == Some(&b'\n') {
                self.input.consume(1);
            }
        }
        Ok(true)
    }

    pub(crate) fn len(&self) -> usize {
        self.cells
    }

    pub(crate) fn cell(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    /// A cell, or an empty one where the record is too short.
    pub(crate) fn cell_or_empty(&self, index: usize) -> &[u8] {
        if index < self.cells { self.cell(index) } else { b"" }
    }

    /// Counts lines that were skipped before the reader saw any.
    pub(crate) fn skip_lines(&mut self, lines: u64) {
        self.next_line += lines;
    }

    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    pub(crate) fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    fn skip_line_ends(&mut self) -> io::Result<u64> {
        let mut lines = 0;
        let mut after_return = false;
        loop {
            let input = self.input.fill_buf()?;
            let ends = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            for byte in &input[..ends] {
                // "\r\n" is one line end, counted at its first half.
                lines += u64::from(*byte == b'\r' || !after_return);
                after_return = *byte == b'\r';
            }
            let more = ends > 0 && ends == input.len();
            self.input.consume(ends);
            if !more {
                self.next_line += lines;
                return Ok(lines);
            }
        }
    }
}

impl RecordReader<&[u8]> {
    /// Whether a sample has come to its end.
    pub(crate) fn is_at_end(&self) -> bool {
        self.input.is_empty()
    }
}

/// The delimiter of a text file, told from its beginning.
///
/// A delimiter that splits most records into as many cells, and at least two, beats one that does not; among those the one that
/// leaves more numbers wins, then the one that makes more cells. So `1,5;2,5` is two cells with decimal commas and not three cells,
/// one of which is `5;2`. Runs of spaces are a delimiter only where nothing else is one.
pub(crate) fn detect_delimiter(sample: &[u8], complete: bool, prefer_tabs: bool, comment: Option<u8>) -> u8 {
    let mut best = Fit::default();
    let mut delimiter = b',';
    for candidate in CANDIDATES {
        let Some(fit) = Fit::of(sample, complete, candidate, comment) else { continue };
        if prefer_tabs && candidate == b'\t' {
            return candidate;
        }
        if fit.is_decimal_comma {
            // A single column: anything else leaves its cells whole.
            delimiter = b';';
            continue;
        }
        if fit.rank() > best.rank() {
            best = fit;
            delimiter = candidate;
        }
    }
    if best.same < ALIKE
        && let Some(fit) = Fit::of(sample, complete, SPACES, comment)
        && fit.same >= ALIKE
        && fit.numbers >= 0.5
        && !fit.is_moment
    {
        return SPACES;
    }
    delimiter
}

/// Share of records with as many cells, from which on runs of spaces are a delimiter.
const ALIKE: f64 = 0.9;

/// Whether the text could be a number in this dialect: where the comma is free, it may be a decimal comma.
pub(crate) fn looks_numeric(cell: &[u8], delimiter: u8) -> bool {
    number::parse(cell).is_some() || (delimiter != b',' && number::has_decimal_comma(cell))
}

/// How well a delimiter fits.
#[derive(Debug, Default)]
struct Fit {
    /// Share of records with the usual number of cells.
    same: f64,
    /// Share of numbers in these, without the first.
    numbers: f64,
    /// The usual number of cells.
    width: usize,
    /// Whether it may as well be the decimal mark of a single column.
    is_decimal_comma: bool,
    /// Whether it stands between day and time of a single column.
    is_moment: bool,
}

impl Fit {
    fn rank(&self) -> (f64, f64, usize) {
        (self.same, self.numbers, self.width)
    }

    /// Nothing if the delimiter does not split records.
    fn of(sample: &[u8], complete: bool, delimiter: u8, comment: Option<u8>) -> Option<Self> {
        let mut reader = RecordReader::new(sample, delimiter, comment);
        // Of each record its cells, how many of them are numbers, and whether all of it may be one cell.
        let mut records: Vec<(usize, usize, bool)> = Vec::new();
        let (mut moments, mut whole, between) = (0, Vec::new(), [delimiter]);
        // What cannot be read ends the sample: it may be cut in a quote.
        while records.len() < SAMPLE_RECORDS && reader.read().unwrap_or(false) {
            // The last record of a cut sample is a torn one.
            if !complete && !records.is_empty() && reader.is_at_end() {
                break;
            }
            let cells = || (0..reader.len()).map(|index| reader.cell(index));
            let numbers = cells().filter(|cell| looks_numeric(cell, delimiter)).count();
            whole.clear();
            cells().enumerate().for_each(|(at, cell)| {
                whole.extend_from_slice(if at == 0 { &[] } else { &between });
                whole.extend_from_slice(cell);
            });
            let digits = |cell: &[u8]| !cell.is_empty() && cell.iter().all(u8::is_ascii_digit);
            let comma = reader.len() == 2 && number::has_decimal_comma(&whole) && digits(reader.cell(1));
            moments += usize::from(ORDERS.iter().any(|&order| date::parse(&whole, order).is_some()));
            records.push((reader.len(), numbers, comma));
        }
        let count = |width: usize| records.iter().filter(|record| record.0 == width).count();
        let width = records.iter().map(|record| record.0).max_by_key(|&width| (count(width), width))?;
        // Where most lines are whole, the delimiter stands in a few cells only.
        let width = if width > 1 {
            width
        } else {
            records
                .iter()
                .map(|record| record.0)
                .filter(|&width| width > 1)
                .max_by_key(|&width| count(width))?
        };
        let mut usual: Vec<&(usize, usize, bool)> =
            records.iter().filter(|record| record.0 == width).collect();
        let same = usual.len() as f64 / records.len() as f64;
        // The first record may be the header; its cells count only if there is no other record.
        if usual.len() > 1 {
            usual.remove(0);
        }
        let numbers: usize = usual.iter().map(|record| record.1).sum();
        let (name, rows) = records.split_first()?;
        Some(Self {
            same,
            numbers: numbers as f64 / (usual.len() * width) as f64,
            width,
            is_decimal_comma: delimiter == b','
                && name.0 == 1
                && !rows.is_empty()
                && rows.iter().all(|row| row.2),
            is_moment: moments > 0 && moments + 1 >= records.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str) -> char {
        char::from(detect_delimiter(text.as_bytes(), true, false, None))
    }

    #[test]
    fn the_delimiter_is_the_one_that_fits_all_records() {
        assert_eq!(detect("a,b\n1,2\n"), ',');
        assert_eq!(detect("a;b\n1;2\n"), ';');
        assert_eq!(detect("a\tb\n1\t2\n"), '\t');
        assert_eq!(detect("a|b\n1|2\n"), '|');
        assert_eq!(detect("only\n1\n2\n"), ',');
        assert_eq!(detect("1;2"), ';');
    }

    #[test]
    fn runs_of_spaces_are_a_delimiter_where_nothing_else_is() {
        assert_eq!(detect("    0   294.57   0.995\n    1   302.86   0.983\n"), ' ');
        assert_eq!(detect("name calories cost\nbeer0 161 0.50\nbeer1 153 0.35\n"), ' ');
        assert_eq!(detect("a,b c\n1,2 3\n"), ',');
        assert_eq!(detect("moment\n2024-01-01 12:00\n2024-01-02 13:00\n"), ',');
        assert_eq!(detect("a word\nor two of\ntext\n"), ',');
        let mut reader = RecordReader::new(&b"  1  2 \n   \n3 \"a b\"\n"[..], SPACES, None);
        assert!(reader.read().unwrap());
        assert_eq!((reader.len(), reader.cell(0), reader.cell(1)), (2, &b"1"[..], &b"2"[..]));
        assert!(reader.read().unwrap());
        assert_eq!((reader.len(), reader.cell(1), reader.line()), (2, &b"a b"[..], 3));
        assert!(!reader.read().unwrap());
    }

    #[test]
    fn titles_do_not_hide_the_delimiter() {
        assert_eq!(detect("Sensor report, 2024\n\na;b\n1;2\n3;4\n"), ';');
        assert_eq!(detect("a\n1,5\n2,5\n"), ';');
    }

    #[test]
    fn delimiters_inside_quotes_do_not_count() {
        assert_eq!(detect("\"a,b,c\";\"d\"\n1;2\n3;4\n"), ';');
    }

    #[test]
    fn decimal_commas_do_not_make_the_comma_a_delimiter() {
        assert_eq!(detect("1,5;2,5\n3,5;4,5\n"), ';');
        assert_eq!(detect("a;b\n3,5;4,5\n"), ';');
    }

    #[test]
    fn a_tab_wins_in_a_tsv_file() {
        assert_eq!(detect_delimiter(b"a,b\tc,d\n1,2\t3,4\n", true, true, None), b'\t');
        assert_eq!(detect_delimiter(b"a,b\n1,2\n", true, true, None), b',');
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error_where_it_opens() {
        for text in ["a,b\n1,\"2\n3,4\n", "a,b\n1,\"2", "a,b\n1,\"2\r\n3,4\r\n", "a,b\n1,\"2\"\"\n\n"] {
            for capacity in [1, 2, 3, 100] {
                let mut reader =
                    RecordReader::new(io::BufReader::with_capacity(capacity, text.as_bytes()), b',', None);
                assert!(reader.read().unwrap());
                let error = reader.read().unwrap_err().to_string();
                assert!(error.contains("line 2 has a quote in cell 2"), "{text:?}: {error}");
            }
        }
        for text in ["a,b\n1,\"2\"", "a,b\n1,\"2\"\n", "a,b\n\"1\",2", "a,b\n1,\"\""] {
            let mut reader = RecordReader::new(text.as_bytes(), b',', None);
            assert!(reader.read().unwrap() && reader.read().unwrap(), "{text:?}");
            assert_eq!(reader.len(), 2);
            assert!(!reader.read().unwrap(), "{text:?}");
        }
    }

    #[test]
    fn records_know_their_lines() {
        for (text, lines) in [
            ("a\nb\nc", [1, 2, 3]),
            ("a\r\nb\r\nc\r\n", [1, 2, 3]),
            ("a\rb\rc\r", [1, 2, 3]),
            ("\n\na\n\r\n\nb\nc", [3, 6, 7]),
            ("\"a\n\n\"\r\nb\r\n\r\nc", [1, 4, 6]),
        ] {
            for capacity in [1, 2, 3, 100] {
                let input = io::BufReader::with_capacity(capacity, text.as_bytes());
                let mut reader = RecordReader::new(input, b',', None);
                for line in lines {
                    assert!(reader.read().unwrap(), "{text:?}");
                    assert_eq!(reader.line(), line, "{text:?} in steps of {capacity}");
                }
                assert!(!reader.read().unwrap());
            }
        }
    }
}
