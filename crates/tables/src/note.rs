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
    /// An archive holds one table.
    Member {
        /// Name of the archive.
        archive: String,
        /// Name of the table in it.
        member: String,
    },
    /// A sheet of a workbook was read.
    Sheet {
        /// Its name.
        sheet: String,
        /// How many sheets there are.
        sheets: usize,
    },
    /// Cells of a workbook whose formula failed, as `#DIV/0!`, count as missing.
    CellErrors {
        /// How many.
        cells: u64,
    },
    /// Objects in the rows of a JSON text became columns of their own, as `a.b`.
    Flattened {
        /// Their keys.
        keys: Vec<String>,
    },
    /// The text is not in UTF-8.
    Encoding {
        /// What it is in.
        encoding: String,
        /// Whether nothing but its not being UTF-8 tells so.
        guessed: bool,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderInDoubt { names, cells } => {
                let taken = if *names { "names of the columns" } else { "a row" };
                write!(out, "the first line is taken for {taken}: {}", cells.join(", "))
            }
            Self::Member { archive, member } => write!(out, "{archive} holds {member}"),
            Self::Sheet { sheet, sheets: 1 } => write!(out, "the sheet {sheet:?}"),
            Self::Sheet { sheet, sheets } => write!(out, "the sheet {sheet:?}, one of {sheets}"),
            Self::CellErrors { cells: 1 } => {
                write!(out, "1 cell with an error such as #DIV/0! counts as missing")
            }
            Self::CellErrors { cells } => {
                write!(out, "{cells} cells with errors such as #DIV/0! count as missing")
            }
            Self::Flattened { keys } => {
                let keys = keys.join(", ");
                write!(out, "objects in the rows became columns, named as in a.b: {keys}")
            }
            Self::Encoding { encoding, guessed: false } => write!(out, "the text is in {encoding}"),
            Self::Encoding { encoding, guessed: true } => write!(out, "not UTF-8: read as {encoding}"),
        }
    }
}
