//! A limit in files: a number, or `"off"` for infinity, which JSON cannot write.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Limit {
    Number(f64),
    Word(String),
}

pub(crate) fn serialize<S: Serializer>(limit: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match limit.is_infinite() {
        true => Limit::Word("off".into()).serialize(serializer),
        false => Limit::Number(*limit).serialize(serializer),
    }
}

pub(crate) fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<f64, D::Error> {
    match Limit::deserialize(deserializer)? {
        Limit::Number(limit) => Ok(limit),
        Limit::Word(word) if word == "off" => Ok(f64::INFINITY),
        Limit::Word(word) => Err(D::Error::invalid_value(Unexpected::Str(&word), &"a number or \"off\"")),
    }
}
