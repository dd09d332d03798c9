//! The element types of NumPy arrays.

use half::f16;

use crate::text::number;

/// How one element is read from its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    /// Bytes per element.
    pub(crate) size: usize,
    /// Whether the type is numeric; text is good for labels only.
    pub(crate) numeric: bool,
    /// The element as a feature, if it is finite and fits.
    pub(crate) number: fn(&[u8]) -> Option<f32>,
    /// The element as it is, if it is a number at all; NaN if not.
    pub(crate) wide: fn(&[u8]) -> f64,
    /// The element as an integer, if it may have more digits than a 64-bit float.
    pub(crate) integer: Option<fn(&[u8]) -> i128>,
    /// The element as text that reads back to the same value.
    pub(crate) text: fn(&[u8]) -> String,
}

/// Bounds the size of one text element, so that a header cannot make reading one element expensive.
const MAX_TEXT_BYTES: usize = 1 << 16;

macro_rules! number {
    ($type:ty, $from_bytes:ident, $value:ident => $narrowed:expr, $wide:expr) => {{
        fn value(bytes: &[u8]) -> $type {
            let mut raw = [0; size_of::<$type>()];
            raw.copy_from_slice(bytes);
            <$type>::$from_bytes(raw)
        }
        fn number(bytes: &[u8]) -> Option<f32> {
            let $value = value(bytes);
            $narrowed
        }
        fn wide(bytes: &[u8]) -> f64 {
            let $value = value(bytes);
            $wide
        }
        fn text(bytes: &[u8]) -> String {
            format!("{:?}", value(bytes))
        }
        Element { size: size_of::<$type>(), numeric: true, number, wide, integer: None, text }
    }};
}

/// A number type in the byte order that its `descr` names.
macro_rules! ordered {
    ($big_endian:expr, $type:ty, $value:ident => $narrowed:expr, $wide:expr) => {
        if $big_endian {
            number!($type, from_be_bytes, $value => $narrowed, $wide)
        } else {
            number!($type, from_le_bytes, $value => $narrowed, $wide)
        }
    };
}

impl Element {
    /// The type with this `descr`, such as `<f8`; nothing if it is neither a number nor text.
    pub(crate) fn parse(descr: &str) -> Option<Element> {
        let (order, name) = descr.split_at_checked(1)?;
        let big = match order {
            "<" | "|" => false,
            ">" => true,
            "=" => cfg!(target_endian = "big"),
            // Old files leave the order out.
            _ => return Element::parse(&format!("={descr}")),
        };
        // Integers up to 64 bits are within the range of an f32; `as` rounds to the nearest one.
        Some(match name {
            "b1" | "?" => Element {
                size: 1,
                numeric: true,
                number: |bytes| Some(f32::from(bytes[0] != 0)),
                wide: |bytes| f64::from(u8::from(bytes[0] != 0)),
                integer: None,
                text: |bytes| (bytes[0] != 0).to_string(),
            },
            "i1" => ordered!(big, i8, value => Some(f32::from(value)), f64::from(value)),
            "i2" => ordered!(big, i16, value => Some(f32::from(value)), f64::from(value)),
            "i4" => ordered!(big, i32, value => Some(value as f32), f64::from(value)),
            "i8" => Element {
                integer: Some(if big {
                    |bytes| i128::from(eight(bytes, i64::from_be_bytes))
                } else {
                    |bytes| i128::from(eight(bytes, i64::from_le_bytes))
                }),
                ..ordered!(big, i64, value => Some(value as f32), value as f64)
            },
            "u1" => ordered!(big, u8, value => Some(f32::from(value)), f64::from(value)),
            "u2" => ordered!(big, u16, value => Some(f32::from(value)), f64::from(value)),
            "u4" => ordered!(big, u32, value => Some(value as f32), f64::from(value)),
            "u8" => Element {
                integer: Some(if big {
                    |bytes| i128::from(eight(bytes, u64::from_be_bytes))
                } else {
                    |bytes| i128::from(eight(bytes, u64::from_le_bytes))
                }),
                ..ordered!(big, u64, value => Some(value as f32), value as f64)
            },
            "f2" => ordered!(big, f16, value => value.is_finite().then(|| value.to_f32()), value.to_f64()),
            "f4" => ordered!(big, f32, value => value.is_finite().then_some(value), f64::from(value)),
            "f8" => ordered!(big, f64, value => number::narrow(value), value),
            _ => return Element::parse_text(name, big),
        })
    }

    fn parse_text(name: &str, big_endian: bool) -> Option<Element> {
        let (kind, length) = name.split_at_checked(1)?;
        let length: usize = length.parse().ok()?;
        let (size, text): (usize, fn(&[u8]) -> String) = match (kind, big_endian) {
            ("S", _) => (length, |bytes| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()),
            ("U", false) => (length.checked_mul(4)?, |bytes| unicode(bytes, u32::from_le_bytes)),
            ("U", true) => (length.checked_mul(4)?, |bytes| unicode(bytes, u32::from_be_bytes)),
            _ => return None,
        };
        (1..=MAX_TEXT_BYTES).contains(&size).then_some(Element {
            size,
            numeric: false,
            number: |_| None,
            wide: |_| f64::NAN,
            integer: None,
            text,
        })
    }
}

/// An integer of eight bytes.
fn eight<T>(bytes: &[u8], of_bytes: fn([u8; 8]) -> T) -> T {
    let mut raw = [0; 8];
    raw.copy_from_slice(bytes);
    of_bytes(raw)
}

fn unicode(bytes: &[u8], code: fn([u8; 4]) -> u32) -> String {
    let (characters, _) = bytes.as_chunks::<4>();
    let text: String = characters
        .iter()
        .map(|bytes| char::from_u32(code(*bytes)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    text.trim_end_matches('\0').to_owned()
}
