//! Whether new rows are flagged about as often as the fitted ones, and which columns are to blame if not.

use gradstop::{Explanation, FittedDetector};

use crate::failure::Failure;
use crate::summary::counted;
use crate::terminal::plain;

/// Fewer rows say nothing of a share.
const LEAST_ROWS: usize = 20;
/// Flagged rows that are explained, fewer of wide ones, whose explanation takes the square of the columns.
const MOST_EXPLAINED: usize = 256;
const MOST_VALUES: usize = 1 << 24;
/// Columns that are named.
const MOST_NAMED: usize = 3;

/// The rows that were scored so far, and some that were flagged.
pub(crate) struct Drift<'a> {
    detector: &'a FittedDetector,
    rows: usize,
    flagged: usize,
    /// Values of flagged rows, as they were before they were scored.
    kept: Vec<f32>,
    /// How many of them at most.
    most: usize,
}

impl<'a> Drift<'a> {
    pub(crate) fn of(detector: &'a FittedDetector) -> Self {
        let width = detector.columns().len();
        let most = (MOST_VALUES / width.saturating_mul(width)).clamp(4, MOST_EXPLAINED);
        Self { detector, rows: 0, flagged: 0, kept: Vec::new(), most }
    }

    /// The rows of a chunk of which flagged ones may be wanted for an explanation.
    pub(crate) fn wanted(&self, values: &[f32]) -> Vec<f32> {
        let width = self.detector.columns().len();
        let room = self.most.saturating_sub(self.kept.len() / width);
        // Half of the rows may be flagged in any fit: more of them are looked at.
        values[..values.len().min(2 * room * width)].to_vec()
    }

    /// Counts the rows of a chunk, the first of which have these values.
    pub(crate) fn see(&mut self, first: &[f32], scores: &[f32]) {
        let width = self.detector.columns().len();
        let is_flagged = |score: &f32| *score > self.detector.threshold();
        self.rows += scores.len();
        self.flagged += scores.iter().filter(|score| is_flagged(score)).count();
        for (row, _) in first.chunks_exact(width).zip(scores).filter(|(_, score)| is_flagged(score)) {
            if self.kept.len() < self.most * width {
                self.kept.extend_from_slice(row);
            }
        }
    }

    /// A warning if far more rows were flagged than in the fit.
    pub(crate) fn warning(&self) -> Result<Option<String>, Failure> {
        let Some(share) = self.detector.settings()["contamination"].as_f64() else { return Ok(None) };
        let rows = self.rows as f64;
        // Three times the share, or for a large one half of the way to all rows, and beyond what chance does.
        let most = (3.0 * share).min(0.5 * (1.0 + share)) * rows + 3.0 * (share * rows).sqrt();
        if self.rows < LEAST_ROWS || (self.flagged as f64) <= most {
            return Ok(None);
        }
        let percent = |part: f64| format!("{:.0} %", 100.0 * part);
        Ok(Some(format!(
            "flagged {} of {}, {}, where the fit flags {}: these rows differ from the fitted ones as a whole, most of all in {}",
            self.flagged,
            counted(self.rows, "row"),
            percent(self.flagged as f64 / rows),
            percent(share),
            self.to_blame()?
        )))
    }

    /// The columns that speak most against the flagged rows, with their mean share.
    fn to_blame(&self) -> Result<String, Failure> {
        let explanation = self.detector.explain(&self.kept)?;
        let count = self.kept.len() / explanation.columns;
        let mut shares = vec![0.0_f64; explanation.columns];
        for row in 0..count {
            let of_row = Explanation::shares(explanation.row(row));
            shares.iter_mut().zip(of_row).for_each(|(sum, share)| *sum += f64::from(share));
        }
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));
        let name = |&column: &usize| {
            let share = 100.0 * shares[column] / count.max(1) as f64;
            format!("{} ({share:.0} %)", plain(&self.detector.columns()[column]))
        };
        let named = order.iter().filter(|&&column| shares[column] > 0.0).take(MOST_NAMED).map(name);
        Ok(named.collect::<Vec<_>>().join(", "))
    }
}
