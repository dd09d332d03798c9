//! What the `gradstop-lab` command promises, checked on the built binary.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../cli/tests/command/corpus.rs"]
mod corpus;
mod datasets;
mod experiment;
mod workplace;
