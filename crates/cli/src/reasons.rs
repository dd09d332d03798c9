//! The strongest columns of a row, for files and for the summary.

use gradstop::{Explanation, FittedDetector};

use crate::failure::Failure;

/// Rows that are explained together: the bound of the memory.
const CHUNK_ROWS: usize = 1 << 13;

/// The strongest columns of a row, each with its share of what speaks against it, the strongest first.
pub(crate) type Reasons = Vec<(usize, f32)>;

/// Of every row of an explanation.
pub(crate) fn reasons(explanation: &Explanation, count: usize) -> Vec<Reasons> {
    let rows = explanation.contributions.len() / explanation.columns;
    (0..rows).map(|row| explanation.strongest(row, count)).collect()
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
        all.extend(reasons(&detector.explain_fitted(&chunk, rows)?, count));
    }
    Ok(all)
}

/// Names of the columns that hold them in a file of scores: feature_1, share_1, feature_2, ...
pub(crate) fn columns(count: usize) -> impl Iterator<Item = String> {
    (1..=count).flat_map(|place| [format!("feature_{place}"), format!("share_{place}")])
}
