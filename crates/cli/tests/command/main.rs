//! What the `gradstop` command promises, checked on the built binary.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archives;
mod checkpoints;
mod configuration;
mod containers;
mod corpus;
mod detectors;
mod devices;
mod dynamics;
mod evaluation;
mod explanations;
mod exports;
mod faults;
mod first_runs;
mod help;
mod history;
mod inputs;
mod interruption;
mod labels;
mod messy;
mod mistakes;
mod models;
mod offsets;
mod outputs;
mod pages;
mod reproducibility;
mod several;
mod streams;
mod summary;
mod which_row;
mod workplace;
