//! The header of an `.npy` file.
//!
//! It is a Python dictionary in text form. Only the little that NumPy itself writes is understood, in a
//! single pass without recursion, so that no header can cost more than its own length.

use std::io::{self, Read};

use crate::error::damaged;

/// NumPy refuses headers beyond 10,000 bytes by default; long structured types can be larger.
const MAX_HEADER_BYTES: u64 = 1 << 20;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The element type as NumPy spells it, such as `<f8`, or the whole list of a structured type.
    pub(crate) descr: String,
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<u64>,
    /// Where the elements begin, counted from the start of the magic.
    pub(crate) length: u64,
}

/// Reads magic, version and header, and leaves `bytes` at the first element.
pub(crate) fn read(bytes: &mut impl Read) -> io::Result<Header> {
    let damaged = |detail: &str| damaged(format!("an NPY header {detail}"));
    let mut start = [0; 8];
    bytes.read_exact(&mut start)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err(damaged("that does not begin with \\x93NUMPY"));
    }
    let (length, before) = match start[6] {
        1 => {
            let mut length = [0; 2];
            bytes.read_exact(&mut length)?;
            (u64::from(u16::from_le_bytes(length)), 10)
        }
        2 | 3 => {
            let mut length = [0; 4];
            bytes.read_exact(&mut length)?;
            (u64::from(u32::from_le_bytes(length)), 12)
        }
        version => return Err(damaged(&format!("of version {version}, which is not known"))),
    };
    if length > MAX_HEADER_BYTES {
        return Err(damaged(&format!("of {length} bytes, more than any table needs")));
    }
    let mut text = vec![0; length as usize];
    bytes.read_exact(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let part = |key: &str| value(&text, key).ok_or_else(|| damaged(&format!("without {key:?}")));
    let fortran_order = match part("fortran_order")? {
        "True" => true,
        "False" => false,
        other => return Err(damaged(&format!("with fortran_order {other}"))),
    };
    let descr = part("descr")?.trim_matches(['\'', '"']).to_owned();
    let dimensions = part("shape")?;
    let shape = shape(dimensions).ok_or_else(|| damaged(&format!("with shape {dimensions}")))?;
    Ok(Header { descr, fortran_order, shape, length: before + length })
}

/// The text of the value that belongs to the key, from behind its colon to the comma at the same depth.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let dictionary = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    let ends = dictionary.char_indices().chain([(dictionary.len(), ',')]);
    for (position, character) in ends {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            (None, ',') if depth == 0 => {
                let item = dictionary[start..position].trim();
                start = position + 1;
                let value = item.strip_prefix(['\'', '"']).and_then(|item| item.strip_prefix(key));
                if let Some(value) = value.and_then(|item| item.strip_prefix(['\'', '"'])) {
                    return Some(value.trim_start().strip_prefix(':')?.trim());
                }
            }
            (None, _) => {}
        }
    }
    None
}

/// `()`, `(3,)`, `(3, 4)`; Python 2 wrote long integers as `3L`.
fn shape(text: &str) -> Option<Vec<u64>> {
    let inside = text.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inside = inside.strip_suffix(',').unwrap_or(inside);
    if inside.is_empty() {
        return Some(Vec::new());
    }
    inside.split(',').map(|number| number.trim().trim_end_matches('L').parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> io::Result<Header> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        read(&mut &bytes[..])
    }

    #[test]
    fn headers_as_numpy_writes_them() {
        let read = header("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }      \n").unwrap();
        assert_eq!((read.descr.as_str(), read.fortran_order, read.shape), ("<f8", false, vec![3, 4]));
        let read = header("{'shape': (7L,), 'fortran_order': True, 'descr': '|b1'}").unwrap();
        assert_eq!((read.descr.as_str(), read.fortran_order, read.shape), ("|b1", true, vec![7]));
        let read =
            header("{'descr': [('a, b', '<f8'), ('shape', '<i4')], 'fortran_order': False, 'shape': ()}");
        let read = read.unwrap();
        assert_eq!((read.descr.as_str(), read.shape), ("[('a, b', '<f8'), ('shape', '<i4')]", vec![]));
    }

    #[test]
    fn damaged_headers_are_errors() {
        for text in [
            "",
            "{",
            "{}",
            "{'descr': '<f8', 'fortran_order': False}",
            "{'descr': '<f8', 'fortran_order': 1, 'shape': (3,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
            "{'descr': '<f8')))), 'fortran_order': False, 'shape': (3,)}",
        ] {
            assert_eq!(header(text).unwrap_err().kind(), io::ErrorKind::InvalidData, "{text}");
        }
    }

    #[test]
    fn a_huge_header_is_refused_before_it_is_allocated() {
        let error = read(&mut &b"\x93NUMPY\x02\x00\xff\xff\xff\xff"[..]).unwrap_err();
        assert_eq!(error.to_string(), "an NPY header of 4294967295 bytes, more than any table needs");
    }
}
