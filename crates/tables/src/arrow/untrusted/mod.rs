//! Checks of the lengths that a file claims, made before the decoders of other crates believe them.
//!
//! They go once those decoders make them themselves.

pub(super) mod arrow_lengths;
mod parquet_fields;
pub(super) mod parquet_lengths;
mod thrift;
