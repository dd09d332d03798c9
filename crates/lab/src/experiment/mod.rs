//! The experiment: tables x detectors x stopping rules x seeds, in one file that can be resumed.
//!
//! ```text
//! suite        what is asked for      -> cells
//! cell         one fit, named completely, with every rule that watches it
//! measure      a cell -> what came of it; the only place where labels meet scores
//! results      the file of results; who does which cell
//! run          processes that measure cells, and threads that give them cells and write down what they say
//! ```

pub(crate) mod cell;
pub(crate) mod command;
pub(crate) mod measure;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod suite;
