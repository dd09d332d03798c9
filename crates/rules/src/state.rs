//! What a rule remembers, as bytes: every float keeps its bits, NaN and infinities included.

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn written(state: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(state).expect("a state is plain data")
}

/// The state that these bytes are, if they are one and no more.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::take_from_bytes(bytes).ok().filter(|(_, rest)| rest.is_empty()).map(|(state, _)| state)
}
