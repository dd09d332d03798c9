//! The strongest columns of a row, for files and for the summary.

use std::collections::BTreeSet;

use gradstop::{Explanation, FittedDetector};

use crate::failure::Failure;

/// Rows that are explained together: the bound of the memory.
const CHUNK_ROWS: usize = 1 << 13;

/// The strongest columns of a row, each with its share of what speaks against it, the strongest first: positions among the
/// columns of the table, as whoever made the table knows these and not what was made of them.
pub(crate) type Reasons = Vec<(usize, f32)>;

/// Of every row of an explanation.
pub(crate) fn reasons(detector: &FittedDetector, explanation: Explanation, count: usize) -> Vec<Reasons> {
    let explanation = detector.by_table_column(explanation);
    let rows = explanation.contributions.len() / explanation.columns;
    (0..rows).map(|row| explanation.strongest(row, count)).collect()
}

/// How many reasons a row can have, where so many are asked for.
pub(crate) fn most(detector: &FittedDetector, asked: usize) -> usize {
    asked.min(detector.sources().into_iter().collect::<BTreeSet<_>>().len())
}

/// Of some rows of the table that a detector was fitted to, its values row-major; chunk by chunk.
pub(crate) fn of_fitted(
    detector: &FittedDetector,
    values: &[f32],
    rows: &[usize],
    count: usize,
) -> Result<Vec<Reasons>, Failure> {
    let columns = detector.columns().len();
    let mut all = Vec::with_capacity(rows.len());
    for rows in rows.chunks(CHUNK_ROWS) {
        let chunk: Vec<f32> =
            rows.iter().flat_map(|&row| &values[row * columns..][..columns]).copied().collect();
        all.extend(reasons(detector, detector.explain_fitted(&chunk, rows)?, count));
    }
    Ok(all)
}

/// Names of the columns that hold them in a file of scores: feature_1, share_1, feature_2, ...
pub(crate) fn columns(count: usize) -> impl Iterator<Item = String> {
    (1..=count).flat_map(|place| [format!("feature_{place}"), format!("share_{place}")])
}
