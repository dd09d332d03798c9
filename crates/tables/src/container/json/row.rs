//! One row of a JSON text.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Names and values of an object, in order; values are kept as they are written, so that numbers keep their digits.
pub(crate) struct Fields<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry::<String, &'de RawValue>()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// What a value is.
pub(crate) enum Value<'a> {
    Null,
    /// The text of a cell.
    Scalar(String),
    Object(Fields<'a>),
    Array,
}

impl<'a> Value<'a> {
    pub(crate) fn of(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b'"') => Self::Scalar(serde_json::from_str(text)?),
            Some(b'{') => Self::Object(serde_json::from_str(text)?),
            Some(b'[') => Self::Array,
            _ => Self::Scalar(text.to_owned()),
        })
    }
}
