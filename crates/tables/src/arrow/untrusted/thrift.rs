//! Thrift's compact protocol, as far as it takes to step over a struct as a decoder of another crate will.

#[derive(Debug)]
pub(crate) enum Problem {
    /// The bytes end before the struct does.
    End,
    /// What is claimed of something, which cannot be.
    Claim(String),
}

/// What a field is that the decoder knows.
pub(crate) enum Known {
    Number,
    Byte,
    Double,
    Boolean,
    Binary,
    List(&'static Known),
    Struct(Fields),
}

/// Fields of a struct by their number.
pub(crate) type Fields = &'static [(i64, Known)];

use Known::{Binary, Boolean, Byte, Double, List, Number, Struct};

impl Known {
    fn is(&self, kind: u8) -> bool {
        match self {
            Number => matches!(kind, I16..=I64),
            Byte => kind == BYTE,
            Double => kind == DOUBLE,
            Boolean => matches!(kind, TRUE | FALSE),
            Binary => kind == BINARY,
            List(_) => matches!(kind, LIST | SET),
            Struct(_) => kind == STRUCT,
        }
    }
}

/// How deep structs and lists may be nested; the decoder goes no further either.
pub(crate) const DEEPEST: usize = 64;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
pub(crate) const I16: u8 = 4;
pub(crate) const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub(crate) const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// How many bytes the struct takes that begins with the first of them.
pub(crate) fn struct_length(bytes: &[u8], fields: Fields) -> Result<usize, Problem> {
    let mut walk = Walk::new(bytes);
    walk.step_over(STRUCT, Some(&Known::Struct(fields)), DEEPEST)?;
    Ok(bytes.len() - walk.rest.len())
}

/// Steps over what the decoder will step over, as it does.
pub(crate) struct Walk<'a> {
    rest: &'a [u8],
    /// How many elements without bytes there may be yet: as many in all as there are bytes.
    free: u64,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Walk { rest: bytes, free: bytes.len() as u64 }
    }

    pub(crate) fn step_over(&mut self, kind: u8, known: Option<&Known>, depth: usize) -> Result<(), Problem> {
        if known.is_some_and(|known| !known.is(kind)) {
            return Err(Problem::Claim(format!("type {kind} of what is of another")));
        }
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Problem::Claim(format!("structs and lists in {DEEPEST} others")));
        };
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.bytes(1),
            I16..=I64 => self.number().map(drop),
            DOUBLE => self.bytes(8),
            UUID => self.bytes(16),
            BINARY => {
                let length = self.number()?;
                self.bytes(length)
            }
            LIST | SET => {
                let header = self.byte()?;
                let length = if header >> 4 == 15 { self.number()? } else { u64::from(header >> 4) };
                let element = if let Some(List(element)) = known { Some(*element) } else { None };
                self.elements(&[header & 15], element, length, depth)
            }
            MAP => match self.number()? {
                0 => Ok(()),
                length => {
                    let kinds = self.byte()?;
                    self.elements(&[kinds >> 4, kinds & 15], None, length, depth)
                }
            },
            STRUCT => {
                let mut field = 0;
                let fields = if let Some(Struct(fields)) = known { fields } else { &[][..] };
                while let Some(kind) = self.next_field(&mut field)? {
                    let known = fields.iter().find(|(number, _)| *number == field).map(|(_, known)| known);
                    self.step_over(kind, known, depth)?;
                }
                Ok(())
            }
            _ => Err(Problem::Claim(format!("a field of type {kind}"))),
        }
    }

    /// The type of the next field of a struct, and its number in place of that of the one before; nothing at the end.
    pub(crate) fn next_field(&mut self, field: &mut i64) -> Result<Option<u8>, Problem> {
        let header = self.byte()?;
        if header & 15 == 0 {
            return Ok(None);
        }
        *field = match header >> 4 {
            0 => self.signed()?,
            distance => field.saturating_add(distance.into()),
        };
        Ok(Some(header & 15))
    }

    fn elements(
        &mut self,
        kinds: &[u8],
        known: Option<&Known>,
        length: u64,
        depth: usize,
    ) -> Result<(), Problem> {
        if length > 0 && known.is_some_and(|known| !known.is(kinds[0])) {
            return Err(Problem::Claim("elements of another type than they are of".into()));
        }
        if kinds.iter().all(|kind| matches!(*kind, TRUE | FALSE)) {
            let Some(free) = self.free.checked_sub(length) else {
                return Err(Problem::Claim(format!("a list of {length} booleans")));
            };
            self.free = free;
            return Ok(());
        }
        // Each takes a byte at least, so this ends.
        for _ in 0..length {
            for kind in kinds {
                self.step_over(*kind, known, depth)?;
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Problem> {
        let (first, rest) = self.rest.split_first().ok_or(Problem::End)?;
        self.rest = rest;
        Ok(*first)
    }

    fn bytes(&mut self, length: u64) -> Result<(), Problem> {
        let length = usize::try_from(length).map_err(|_| Problem::End)?;
        self.rest = self.rest.get(length..).ok_or(Problem::End)?;
        Ok(())
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Problem> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Seven bits a byte, the lowest first, until a byte without the eighth.
    fn number(&mut self) -> Result<u64, Problem> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(number);
            }
        }
        Err(Problem::Claim("a number of more than 64 bits".into()))
    }
}
