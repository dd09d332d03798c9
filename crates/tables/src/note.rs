//! What was decided while a table was read.

use std::fmt;

/// What was decided, or left out, while a table was read. Its display is a few words for people, which name no option.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The first line names the columns or is a row, and the lines below do not settle which.
    HeaderInDoubt {
        /// Whether it was taken for names.
        names: bool,
        /// What it says.
        cells: Vec<String>,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderInDoubt { names, cells } => {
                let taken = if *names { "names of the columns" } else { "a row" };
                write!(out, "the first line is taken for {taken}: {}", cells.join(", "))
            }
        }
    }
}
