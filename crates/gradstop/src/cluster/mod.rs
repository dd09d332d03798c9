//! Fits to tables of which nobody holds all rows: a driver asks, shards of the table answer.
//!
//! Who carries the messages is not our business: Spark, Dask, or a loop over shards in one process. A driver has
//! [`Workers`], who show a message to every [`TableShard`] and bring back the answers. An answer depends on the
//! shard's rows and on the message alone, so that a shard which was lost is made again from its rows.

pub(crate) mod driver;
pub(crate) mod message;
pub(crate) mod worker;
