//! What was decided while a table was read.

use std::fmt;

/// How many words of a label are shown.
const SHOWN_WORDS: usize = 6;
/// How much of each.
const SHOWN_CHARACTERS: usize = 40;

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
    /// Which words of the label mark outliers, as far as it was read.
    Labels {
        /// The column.
        column: String,
        /// Rows that are outliers.
        outlier_rows: usize,
        /// Their words with the number of rows, the most frequent first; of very many different words not all.
        outliers: Vec<(String, usize)>,
        /// Rows that are not.
        inlier_rows: usize,
        /// Their words.
        inliers: Vec<(String, usize)>,
        /// Words that were named and are in no row.
        absent: Vec<String>,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderInDoubt { names, cells } => {
                let taken = if *names { "names of the columns" } else { "a row" };
                write!(out, "the first line is taken for {taken}: {}", cells.join(", "))
            }
            Self::Labels { column, outlier_rows, outliers, inlier_rows, inliers, absent } => {
                let are = if *outlier_rows == 1 { "row is an outlier" } else { "rows are outliers" };
                let not = if *inlier_rows == 1 { "is" } else { "are" };
                let (outliers, inliers) = (Words(outliers), Words(inliers));
                write!(out, "{column}: {outlier_rows} {are}{outliers}, {inlier_rows} {not} not{inliers}")?;
                match &absent[..] {
                    [] => Ok(()),
                    absent => write!(out, "; no row has {}", absent.join(", ")),
                }
            }
        }
    }
}

/// ` (smurf., neptune. and 3 more words)`.
struct Words<'a>(&'a [(String, usize)]);

impl fmt::Display for Words<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let shown = |(word, _): &(String, usize)| match word.char_indices().nth(SHOWN_CHARACTERS) {
            Some((end, _)) => format!("{}...", &word[..end]),
            None => word.clone(),
        };
        let words: Vec<String> = self.0.iter().take(SHOWN_WORDS).map(shown).collect();
        write!(out, " ({}", words.join(", "))?;
        match self.0.len().saturating_sub(SHOWN_WORDS) {
            0 => out.write_str(")"),
            1 => out.write_str(" and 1 more word)"),
            more => write!(out, " and {more} more words)"),
        }
    }
}
