//! Forward and backward passes over a batch, and the steps that follow them.

pub(crate) mod buffers;
pub(crate) mod reducer;
pub(crate) mod shard;
pub(crate) mod stage;
pub(crate) mod sweep;
pub(crate) mod trainer;
pub(crate) mod trimmed;
