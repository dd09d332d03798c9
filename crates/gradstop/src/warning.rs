//! What a fit should tell its user: the guard against collapse, and tables that say little.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::Standardisation;
use crate::method::Rows;

/// Something about a fit that its user should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// Every row has the same score: the ranking says nothing.
    OneScore,
    /// Fewer than half of the rows that differ have scores that differ.
    FewScores {
        /// How many different scores there are.
        scores: usize,
        /// How many different rows there are.
        rows: usize,
    },
    /// No parameter moved during the training.
    UnmovedParameters,
    /// The network maps all rows to nearly the same output.
    CollapsedRepresentation {
        /// Variance of the outputs, as a share of that of the untrained network.
        share: f64,
    },
    /// These columns hold one value only and were left out of account.
    ConstantColumns {
        /// Their names.
        columns: Vec<String>,
    },
    /// Too few rows to compare any two: the stopping rule had nothing to look at.
    TooFewRows {
        /// How many there are.
        rows: usize,
    },
    /// A warning about one of several networks.
    Member {
        /// Which network, from 0.
        member: usize,
        /// What about it.
        warning: Box<Warning>,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OneScore => write!(
                f,
                "every row has the same score, so the ranking says nothing (hint: do the rows differ at all?)"
            ),
            Self::FewScores { scores, rows } => write!(
                f,
                "only {scores} different scores for {rows} different rows, so much of the ranking is chance \
                 (hint: use the preset default, or stop earlier)"
            ),
            Self::UnmovedParameters => {
                write!(f, "the training moved no parameter (hint: raise learning_rate)")
            }
            Self::CollapsedRepresentation { share } => write!(
                f,
                "the network has collapsed: its outputs hardly differ between rows any more, their variance \
                 is {share:.1e} of the untrained network's (hint: use the preset default, or stop earlier)"
            ),
            Self::ConstantColumns { columns } => {
                let shown = columns.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
                let more = if columns.len() > 5 { ", ..." } else { "" };
                let (count, verb) =
                    (columns.len(), if columns.len() == 1 { "column holds" } else { "columns hold" });
                write!(f, "{count} {verb} one value only and cannot tell rows apart: {shown}{more}")
            }
            Self::TooFewRows { rows } => {
                write!(f, "too few rows to compare ({rows}), so no stopping rule could decide anything")
            }
            Self::Member { member, warning } => write!(f, "network {member}: {warning}"),
        }
    }
}

/// What the scores themselves say about a fit.
pub(crate) fn about_scores(scores: &[f32], rows: Rows<'_>) -> Option<Warning> {
    let bits = |value: &f32| value.to_bits();
    let different: HashSet<u32> = scores.iter().map(bits).collect();
    if different.len() <= 1 {
        return Some(Warning::OneScore);
    }
    // Only if there is something to explain are the rows looked at, which takes longer.
    if 2 * different.len() >= scores.len() {
        return None;
    }
    let rows: HashSet<Vec<u32>> =
        rows.values.chunks_exact(rows.columns).map(|row| row.iter().map(bits).collect()).collect();
    let few = Warning::FewScores { scores: different.len(), rows: rows.len() };
    (2 * different.len() < rows.len()).then_some(few)
}

/// What a table says about the fit to it.
pub(crate) fn about_table(
    standardisation: &Standardisation,
    columns: &[String],
    rows: usize,
) -> impl Iterator<Item = Warning> {
    let constant = standardisation.constant_columns();
    let columns: Vec<String> = constant.into_iter().map(|column| columns[column].clone()).collect();
    let constant = (!columns.is_empty()).then_some(Warning::ConstantColumns { columns });
    constant.into_iter().chain((rows < 2).then_some(Warning::TooFewRows { rows }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_scores_are_a_warning_only_where_the_rows_differ() {
        let values: Vec<f32> = (0..40).map(|row| (row / 4) as f32).collect();
        let rows = Rows { values: &values, columns: 1 };
        assert_eq!(about_scores(&values, rows), None);
        let few: Vec<f32> = (0..40).map(|row| (row / 10) as f32).collect();
        assert_eq!(about_scores(&few, rows), Some(Warning::FewScores { scores: 4, rows: 10 }));
        assert_eq!(about_scores(&[1.0; 40], rows), Some(Warning::OneScore));
    }
}
