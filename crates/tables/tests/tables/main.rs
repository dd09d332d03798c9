//! Whole files through the public interface. One binary for all of it, as linking takes longer than running.

// The helpers and closures of the tests are tests too, but the lint's own exemption does not reach them.
#![allow(clippy::unwrap_used)]

mod columnar;
mod columns;
mod common;
mod delimited;
mod encodings;
mod json;
mod numpy;
mod offsets;
mod packed;
mod properties;
mod several;
mod workbooks;
mod written;
