//! The values of a JSON text, one after another: those of lines, or the elements of one array.

use std::io::{self, BufRead};

use crate::error::{cut, damaged};

/// A value longer than this is not a row.
const MAX_VALUE_BYTES: usize = 1 << 26;

/// How the values stand in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outer {
    /// One behind the other.
    Lines,
    /// In an array, with a comma before every value but the first.
    Array { first: bool },
    /// Behind that array.
    Closed,
}

/// Splits a text into its objects and arrays, without a look at what these hold.
pub(crate) struct Values<R> {
    input: R,
    outer: Option<Outer>,
    value: Vec<u8>,
    line: u64,
    start: u64,
    /// Whether the bracket of the row that comes next is read already.
    opened: bool,
}

impl<R: BufRead> Values<R> {
    pub(crate) fn new(input: R) -> Self {
        Values { input, outer: None, value: Vec::new(), line: 1, start: 1, opened: false }
    }

    /// Whether they are the elements of one array.
    pub(crate) fn in_array(&self) -> bool {
        matches!(self.outer, Some(Outer::Array { .. } | Outer::Closed))
    }

    /// Line where the last value begins.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// The object or array that was read last.
    pub(crate) fn value(&self) -> &[u8] {
        &self.value
    }

    /// Reads the next object or array; false at the end.
    pub(crate) fn advance(&mut self) -> io::Result<bool> {
        if self.outer.is_none() {
            self.begin()?;
        }
        let Some(byte) = self.peek()? else {
            return match self.outer {
                Some(Outer::Array { .. }) => Err(cut("the array of rows does not end")),
                _ => Ok(false),
            };
        };
        match (self.outer, byte) {
            (Some(Outer::Array { .. }), b']') => {
                self.input.consume(1);
                self.outer = Some(Outer::Closed);
                return self.advance();
            }
            (Some(Outer::Array { first: false }), b',') => {
                self.input.consume(1);
                match self.peek()? {
                    Some(b'{' | b'[') => {}
                    other => return Err(self.unexpected(other)),
                }
            }
            (Some(Outer::Lines | Outer::Array { first: true }) | None, b'{' | b'[') => {}
            (_, other) => return Err(self.unexpected(Some(other))),
        }
        if let Some(Outer::Array { first }) = &mut self.outer {
            *first = false;
        }
        self.read_balanced()?;
        Ok(true)
    }

    /// Settles how the values stand, by the first bytes.
    fn begin(&mut self) -> io::Result<()> {
        if self.input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            self.input.consume(3);
        }
        self.outer = Some(Outer::Lines);
        if self.peek()? != Some(b'[') {
            return Ok(());
        }
        self.input.consume(1);
        // An array of objects or arrays holds rows; one of values is a row.
        match self.peek()? {
            Some(b'{' | b'[' | b']') => self.outer = Some(Outer::Array { first: true }),
            _ => self.opened = true,
        }
        Ok(())
    }

    /// The next byte that is not space.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.opened {
            return Ok(Some(b'['));
        }
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Ok(None);
            }
            let spaces = input.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.line += input[..spaces].iter().filter(|byte| **byte == b'\n').count() as u64;
            let next = input.get(spaces).copied();
            self.input.consume(spaces);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Reads up to the bracket that closes the one that comes next, or that was read already.
    fn read_balanced(&mut self) -> io::Result<()> {
        let opened = std::mem::take(&mut self.opened);
        self.value.clear();
        self.value.extend(opened.then_some(b'['));
        let start = self.line;
        self.start = start;
        let (mut depth, mut quoted, mut escaped) = (usize::from(opened), false, false);
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Err(cut(format!("the value that starts in line {start} does not end")));
            }
            let mut ends = None;
            for (at, &byte) in input.iter().enumerate() {
                if quoted {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => quoted = false,
                        _ => {}
                    }
                    continue;
                }
                match byte {
                    b'"' => quoted = true,
                    b'\n' => self.line += 1,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            ends = Some(at + 1);
                            break;
                        }
                    }
                    _ => {}
                }
            }
            let count = ends.unwrap_or(input.len());
            if self.value.len() + count > MAX_VALUE_BYTES {
                let most = MAX_VALUE_BYTES >> 20;
                return Err(damaged(format!(
                    "the value that starts in line {start} is longer than {most} MiB"
                )));
            }
            self.value.extend_from_slice(&input[..count]);
            self.input.consume(count);
            if ends.is_some() {
                return Ok(());
            }
        }
    }

    fn unexpected(&self, got: Option<u8>) -> io::Error {
        let line = self.line;
        let wanted =
            if self.in_array() { "the next row of the array" } else { "an object or array per line" };
        match got {
            None => cut(format!("line {line} ends before {wanted}")),
            Some(byte) => damaged(format!("line {line}: got {:?}, wanted {wanted}", char::from(byte))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn split(text: &str, capacity: usize) -> io::Result<Vec<String>> {
        let mut values = Values::new(BufReader::with_capacity(capacity, text.as_bytes()));
        let mut all = Vec::new();
        while values.advance()? {
            all.push(String::from_utf8_lossy(values.value()).into_owned());
        }
        Ok(all)
    }

    #[test]
    fn values_are_split_wherever_they_stand() {
        for capacity in [1, 2, 3, 100] {
            let of = |text| split(text, capacity).unwrap();
            assert_eq!(of("{\"a\":1}\n{\"a\":2}\n"), ["{\"a\":1}", "{\"a\":2}"]);
            assert_eq!(of("\n{\"a\":\"}\\\"{\"}"), ["{\"a\":\"}\\\"{\"}"]);
            assert_eq!(of("[1, 2]\n[3, [4]]\n"), ["[1, 2]", "[3, [4]]"]);
            assert_eq!(of("[\n {\"a\":[1]},\n {}\n]\n"), ["{\"a\":[1]}", "{}"]);
            assert_eq!(of("[[1],[2]]"), ["[1]", "[2]"]);
            assert_eq!(of("[]"), [""; 0]);
        }
    }

    #[test]
    fn what_is_out_of_place_is_an_error() {
        for text in
            ["{\"a\":1", "[{\"a\":1}", "[{\"a\":1},", "{}\n1\n", "[{} {}]", "[{}]\n{}", "[{},,{}]", "[{},]"]
        {
            for capacity in [1, 100] {
                assert!(split(text, capacity).is_err(), "{text}");
            }
        }
    }
}
