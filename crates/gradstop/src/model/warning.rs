//! What a fit should tell its user: the guard against collapse, and tables that say little.

use std::collections::HashSet;

use gradstop_preparation::Preparation;
use serde::{Deserialize, Serialize};

use crate::model::Rows;
use crate::model::ranges::Ranges;
use crate::model::scaler::Standardization;

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
    /// These columns vary by little more than what 32 bits can tell apart at their size, or by less.
    CoarseColumns {
        /// Their names, and the difference between two neighbouring values in 32 bits.
        columns: Vec<(String, f64)>,
    },
    /// Some values of a column are kept equal in 32 bits, because they lie too far from the others: whatever its values are taken
    /// relative to, another group of them is far away.
    FarGroups {
        /// The column.
        column: String,
        /// The groups, the largest first: the value in the middle of each, and how many different ones it has.
        groups: Vec<(f64, usize)>,
    },
    /// The moments of these columns of dates differ by little more than what 32 bits can tell apart as days, or by less.
    CoarseDates {
        /// Their names.
        columns: Vec<String>,
    },
    /// These columns are bent, because a few cells own their spread: beside them all others would be one value.
    BentColumns {
        /// Their names, and how many cells lie where only the logarithm counts.
        columns: Vec<(String, usize)>,
    },
    /// Cells with a value that often stands for a missing one lie far outside of all others.
    SuspectedFill {
        /// Names of columns, the value, and how many cells have it.
        columns: Vec<(String, f64, usize)>,
    },
    /// These columns only say where in the table a row stands, and were left out.
    OrderedColumns {
        /// Their names.
        columns: Vec<String>,
    },
    /// These names are those of more than one column.
    RepeatedNames {
        /// Each of them once.
        names: Vec<String>,
    },
    /// More neighbours are asked for than a row has: all others were taken.
    TooManyNeighbors {
        /// How many are asked for.
        neighbors: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// Rows repeat more often than a row has neighbours, so that they have no distance to reach.
    RepeatedRows {
        /// How many rows are among those that do.
        rows: usize,
        /// How often the most frequent of them is there.
        most: usize,
        /// How many neighbours a row has.
        neighbors: usize,
        /// Whether their density was bounded; else rows beside them score extremely.
        bounded: bool,
    },
    /// The threshold is a score that many rows have, so that fewer are flagged than were asked for.
    TiedThreshold {
        /// The score.
        score: f32,
        /// How many rows have it; none of them is flagged.
        tied: usize,
        /// How many rows score higher, and are.
        flagged: usize,
        /// How many were asked for.
        wanted: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// A covariance of more columns than there are rows, beside which no row is less likely than another.
    WideMixture {
        /// How many columns there are.
        columns: usize,
        /// How many rows.
        rows: usize,
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
            Self::OneScore => write!(f, "every row has the same score, so the ranking says nothing"),
            Self::FewScores { scores, rows } => write!(
                f,
                "only {scores} different scores for {rows} different rows, so much of the ranking is chance"
            ),
            Self::UnmovedParameters => {
                write!(f, "the training moved no parameter (hint: raise learning_rate)")
            }
            Self::CollapsedRepresentation { share } => write!(
                f,
                "the network has collapsed: its outputs hardly differ between rows any more, their variance \
                 is {share:.1e} of the untrained network's"
            ),
            Self::ConstantColumns { columns } => {
                let (count, verb) =
                    (columns.len(), if columns.len() == 1 { "column holds" } else { "columns hold" });
                write!(
                    f,
                    "{count} {verb} one value only and cannot tell rows apart, but a new row that departs from it scores \
                     higher: {}",
                    listed(columns)
                )
            }
            Self::CoarseColumns { columns } => {
                let steps: Vec<String> =
                    columns.iter().map(|(name, step)| format!("{name} (in steps of {step})")).collect();
                write!(
                    f,
                    "values are kept in 32 bits, which hardly tell those of some columns apart, or not at all: {} \
                     (hint: subtract an offset from the column, such as its smallest value)",
                    listed(&steps)
                )
            }
            Self::FarGroups { column, groups } => {
                const SHOWN: usize = 3;
                let of_group = |(around, values): &(f64, usize)| match around.abs() {
                    size if size == 0.0 || (1e-5..1e16).contains(&size) => {
                        format!("{values} around {around}")
                    }
                    _ => format!("{values} around {around:e}"),
                };
                let more = if groups.len() > SHOWN { ", ..." } else { "" };
                let shown: Vec<String> = groups.iter().take(SHOWN).map(of_group).collect();
                let values: usize = groups.iter().map(|(_, values)| values).sum();
                write!(
                    f,
                    "{values} different values of column {column:?} are too far from its others for 32 bits to tell them from \
                     their neighbors: {}{more} (hint: make a column of each group, or take from each its own offset)",
                    shown.join(", ")
                )
            }
            Self::CoarseDates { columns } => write!(
                f,
                "dates become days, which hardly tell the moments of some columns apart, or not at all: {} (hint: make a \
                 column of the seconds since the first of them)",
                listed(columns)
            ),
            Self::BentColumns { columns } => {
                let columns: Vec<String> = columns
                    .iter()
                    .map(|(name, cells)| format!("{name} ({})", counted_cells(*cells)))
                    .collect();
                write!(
                    f,
                    "a few cells are so far off that all others would be one value beside them, so beyond 10 deviations from \
                     the median only the logarithm counts: {} (hint: the scale robust puts every column on its median and \
                     quartiles)",
                    listed(&columns)
                )
            }
            Self::SuspectedFill { columns } => {
                let columns: Vec<String> = columns
                    .iter()
                    .map(|(name, value, cells)| {
                        let value = if value.abs() < 1e9 {
                            value.to_string()
                        } else {
                            format!("{:e}", *value as f32)
                        };
                        format!("{name} ({} of {value})", counted_cells(*cells))
                    })
                    .collect();
                write!(
                    f,
                    "cells may stand for missing ones, as they lie far outside of all others: {} (hint: leave such cells \
                     empty and choose what becomes of missing cells)",
                    listed(&columns)
                )
            }
            Self::OrderedColumns { columns } => {
                let (count, verb) =
                    (columns.len(), if columns.len() == 1 { "column goes" } else { "columns go" });
                write!(
                    f,
                    "{count} {verb} on from row to row and would set the first and the last rows apart, and every new one, \
                     so the fit leaves out: {} (hint: set ordered to parts for hour, weekday and season of dates, or to keep \
                     for the columns as they are)",
                    listed(columns)
                )
            }
            Self::RepeatedNames { names } => write!(
                f,
                "several columns have the same name: {} (hint: rename them, so that one name means one column)",
                listed(names)
            ),
            Self::TooManyNeighbors { neighbors, rows } => write!(
                f,
                "{neighbors} neighbours are more than a row of {rows} has, so all others are its neighbours \
                 (hint: n_neighbors far below the number of rows)"
            ),
            Self::RepeatedRows { rows, most, neighbors, bounded } => {
                let what = match bounded {
                    true => {
                        format!("their density is that of the {neighbors} nearest rows that differ from them")
                    }
                    false => "their density has no bound, so that rows beside them score extremely".into(),
                };
                write!(
                    f,
                    "{rows} rows repeat more often than a row has neighbours ({neighbors}), one of them {most} times: \
                     {what} (hint: with n_neighbors={most} or more they count as any others)"
                )
            }
            Self::TiedThreshold { score, tied, flagged, wanted, rows } => {
                let hint = match 2 * (flagged + tied) <= *rows {
                    true => {
                        format!("a contamination of {} flags all of them", share_of(flagged + tied, *rows))
                    }
                    false => "they are as abnormal as one another, so rows above them alone stand out".into(),
                };
                write!(
                    f,
                    "{tied} of {rows} rows have the same score, {score}, which is the threshold, so none of them is \
                     flagged and {flagged} are where {wanted} were asked for (hint: {hint})"
                )
            }
            Self::WideMixture { columns, rows } => write!(
                f,
                "more columns ({columns}) than rows ({rows}) leave all rows equally likely, or nearly so: the ranking says \
                 little (hint: take fewer columns or more rows, or a detector without a covariance, such as knn or ecod)"
            ),
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

/// What a threshold says that so many scores equal and so many exceed, of a share of rows that was asked for.
pub(crate) fn about_threshold(
    score: f32,
    (tied, flagged): (usize, usize),
    rows: usize,
    contamination: f64,
) -> Option<Warning> {
    let wanted = (contamination * rows as f64).round() as usize;
    let short = wanted.saturating_sub(flagged);
    // Fewer by a fifth, or none at all; that all rows have one score is said elsewhere.
    let far_fewer = short > 0 && (flagged == 0 || 5 * short >= wanted);
    (tied > 1 && tied < rows && far_fewer).then_some(Warning::TiedThreshold {
        score,
        tied,
        flagged,
        wanted,
        rows,
    })
}

/// A share in three decimals that is not below the exact one.
fn share_of(part: usize, whole: usize) -> f64 {
    (1000.0 * part as f64 / whole.max(1) as f64).ceil() / 1000.0
}

/// What a table says about the fit to it, which had a training or not.
pub(crate) fn about_table(
    standardization: &Standardization,
    columns: &[String],
    rows: usize,
    trained: bool,
) -> impl Iterator<Item = Warning> {
    let constant = standardization.constant_columns().into_iter().filter(|&column| column < columns.len());
    let constant: Vec<String> = constant.map(|column| columns[column].clone()).collect();
    let constant = (!constant.is_empty()).then_some(Warning::ConstantColumns { columns: constant });
    let coarse = coarse_columns(standardization, columns);
    let coarse = (!coarse.is_empty()).then_some(Warning::CoarseColumns { columns: coarse });
    let repeated = repeated_names(columns);
    let repeated = (!repeated.is_empty()).then_some(Warning::RepeatedNames { names: repeated });
    let few = (trained && rows < 2).then_some(Warning::TooFewRows { rows });
    constant.into_iter().chain(coarse).chain(repeated).chain(few)
}

/// What a preparation says about the fit: the columns of which it left groups of values too far from one another.
pub(crate) fn about_preparation(preparation: &Preparation) -> impl Iterator<Item = Warning> {
    preparation.far_groups().map(|(column, groups)| Warning::FarGroups {
        column: column.into(),
        groups: groups.iter().map(|group| (group.around, group.values)).collect(),
    })
}

/// Columns that vary by less than so many steps of a 32-bit number of their size lose a part of it to rounding.
const COARSE_STEPS: f64 = 8.0;

/// Whole numbers below this are exact in 32 bits: a column that holds one of them alone does hold one value.
const EXACT: f64 = 16_777_216.0;

fn coarse_columns(standardization: &Standardization, columns: &[String]) -> Vec<(String, f64)> {
    let spreads = standardization.mean().iter().zip(standardization.deviation());
    let coarse = columns.iter().zip(spreads).filter_map(|(name, (&mean, &deviation))| {
        let size = mean.abs() as f32;
        let step = f64::from(size.next_up()) - f64::from(size);
        let is_coarse = deviation < COARSE_STEPS * step && (deviation > 0.0 || f64::from(size) >= EXACT);
        is_coarse.then(|| (name.clone(), step))
    });
    coarse.collect()
}

/// What bent columns say of standardised rows.
pub(crate) fn about_bent(
    standardization: &Standardization,
    columns: &[String],
    rows: Rows<'_>,
) -> Option<Warning> {
    let cells = |column: usize| {
        let there = rows.values.iter().skip(column).step_by(rows.columns);
        there.filter(|value| f64::from(value.abs()) > Standardization::STRAIGHT).count()
    };
    let bent = standardization.bent_columns().iter().map(|&column| (columns[column].clone(), cells(column)));
    let columns: Vec<(String, usize)> = bent.collect();
    (!columns.is_empty()).then_some(Warning::BentColumns { columns })
}

/// Values that people and programs write where there is none.
const FILLS: [f32; 21] = [
    -99.0,
    -999.0,
    -9999.0,
    -99_999.0,
    -999_999.0,
    999.0,
    9999.0,
    99_999.0,
    999_999.0,
    -32_768.0,
    32_767.0,
    65_535.0,
    -2_147_483_648.0,
    2_147_483_647.0,
    9.969_21e36,
    1e20,
    -1e20,
    1e30,
    -1e30,
    f32::MAX,
    f32::MIN,
];

/// What rows that are not yet standardised say of cells that stand for missing ones: the smallest or largest of a column, further
/// from the next than all others are from one another.
pub(crate) fn about_fills(values: &[f32], ranges: &Ranges, columns: &[String]) -> Option<Warning> {
    let width = columns.len();
    let is_fill = |value: f32| FILLS.contains(&value);
    let of_column = |(column, (&low, &high)): (usize, (&f32, &f32))| {
        let fill = [low, high].into_iter().find(|&end| low < high && is_fill(end))?;
        let (mut least, mut most, mut cells) = (f32::INFINITY, f32::NEG_INFINITY, 0);
        for &value in values.iter().skip(column).step_by(width) {
            if value == fill {
                cells += 1;
            } else {
                (least, most) = (least.min(value), most.max(value));
            }
        }
        let [fill, least, most] = [fill, least, most].map(f64::from);
        let gap = (least - fill).max(fill - most);
        (least < most && gap > most - least).then(|| (columns[column].clone(), fill, cells))
    };
    let ends = ranges.low.iter().zip(&ranges.high).enumerate();
    let columns: Vec<(String, f64, usize)> = ends.filter_map(of_column).collect();
    (!columns.is_empty()).then_some(Warning::SuspectedFill { columns })
}

fn counted_cells(cells: usize) -> String {
    format!("{cells} cell{}", if cells == 1 { "" } else { "s" })
}

/// Of coarse columns those that are dates have a warning of their own, as an offset that is taken from a date helps nobody.
pub(crate) fn of_dates(warning: Warning, is_date: impl Fn(&str) -> bool) -> Vec<Warning> {
    let Warning::CoarseColumns { columns } = warning else { return vec![warning] };
    let (dates, columns): (Vec<_>, Vec<_>) = columns.into_iter().partition(|(name, _)| is_date(name));
    let dates: Vec<String> = dates.into_iter().map(|(name, _)| name).collect();
    let columns = (!columns.is_empty()).then_some(Warning::CoarseColumns { columns });
    let dates = (!dates.is_empty()).then_some(Warning::CoarseDates { columns: dates });
    columns.into_iter().chain(dates).collect()
}

fn repeated_names(columns: &[String]) -> Vec<String> {
    let (mut seen, mut repeated) = (HashSet::new(), HashSet::new());
    columns.iter().filter(|name| !seen.insert(*name) && repeated.insert(*name)).cloned().collect()
}

/// The first few.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ") + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_32_bits_cannot_tell_apart_are_a_warning() {
        let columns = ["moment", "id", "year", "flag", "flag"].map(str::to_owned);
        let rows = [1.7e9f32, 1e8, 2020.0, 0.0, 1.0, 1.7e9 + 256.0, 1e8, 2021.0, 0.0, 2.0];
        let warnings: Vec<Warning> =
            about_table(&Standardization::fit(&rows, 5), &columns, 2, false).collect();
        let coarse = vec![("moment".to_owned(), 128.0), ("id".to_owned(), 8.0)];
        let constant = vec!["id".to_owned(), "flag".to_owned()];
        assert_eq!(
            warnings,
            [
                Warning::ConstantColumns { columns: constant },
                Warning::CoarseColumns { columns: coarse },
                Warning::RepeatedNames { names: vec!["flag".to_owned()] },
            ]
        );
        assert!(warnings[1].to_string().contains("moment (in steps of 128), id (in steps of 8)"));
    }

    #[test]
    fn fill_values_are_suspected_only_far_outside_of_all_others() {
        let names = ["depth", "count", "salt"].map(str::to_owned);
        let row = |row: usize| {
            let wave = (row * 31 % 97) as f32;
            [
                if row % 20 == 3 { -999.0 } else { wave },
                10.0 * wave + 39.0,
                if row == 5 { 9.96921e36 } else { wave },
            ]
        };
        let values: Vec<f32> = (0..100).flat_map(row).collect();
        let warning = about_fills(&values, &Ranges::of(&values, 3), &names).unwrap();
        let words = warning.to_string();
        assert!(words.contains("depth (5 cells of -999), salt (1 cell of 9.96921e36)"), "{words}");
        assert!(!words.contains("count"), "{words}");
    }

    #[test]
    fn repeated_scores_are_a_warning_only_where_the_rows_differ() {
        let values: Vec<f32> = (0..40).map(|row| (row / 4) as f32).collect();
        let rows = Rows { values: &values, columns: 1 };
        assert_eq!(about_scores(&values, rows), None);
        let few: Vec<f32> = (0..40).map(|row| (row / 10) as f32).collect();
        assert_eq!(about_scores(&few, rows), Some(Warning::FewScores { scores: 4, rows: 10 }));
        assert_eq!(about_scores(&[1.0; 40], rows), Some(Warning::OneScore));
    }

    #[test]
    fn a_threshold_inside_a_tie_is_a_warning_with_its_size() {
        let about = |tied, flagged| about_threshold(2.5, (tied, flagged), 100, 0.1);
        assert_eq!(
            (about(1, 9), about(1, 10), about(30, 10), about(2, 9), about(100, 0)),
            (None, None, None, None, None)
        );
        let warning = about(30, 4).unwrap();
        let words = warning.to_string();
        assert!(
            words.starts_with("30 of 100 rows have the same score, 2.5, which is the threshold"),
            "{words}"
        );
        assert!(
            words.contains("4 are where 10 were asked for (hint: a contamination of 0.34 flags all"),
            "{words}"
        );
        assert!(about(12, 0).is_some());
        // No contamination may ask for more than half of the rows.
        assert!(!about(90, 3).unwrap().to_string().contains("contamination"));
    }
}
