//! The experiment: tables x detectors x stopping rules x seeds, in one file that can be resumed.
//!
//! ```text
//! suite        what is asked for      -> cells
//! cell         one fit, named completely, with every rule that watches it
//! measure      a cell -> what came of it; the only place where labels meet scores
//! worker       a process that measures the cells it is told to
//! results      the file of results; who does which cell
//! run          hands open cells to workers and writes down what they say
//! ```

pub(crate) mod cell;
pub(crate) mod command;
pub(crate) mod measure;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod suite;
pub(crate) mod worker;
