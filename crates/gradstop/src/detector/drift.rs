//! Whether new rows are like the fitted ones as a whole: where their columns leave the fitted ranges, and whether far more of them
//! are flagged.

use std::fmt;

use gradstop_preparation::Preparation;

use crate::detector::fitted::FittedDetector;
use crate::error::Error;
use crate::model::explanation::Explanation;
use crate::model::ranges::Ranges;

/// Fewer rows say nothing of a share.
const LEAST_ROWS: usize = 20;
/// Flagged rows that are explained, fewer of wide ones, whose explanation takes the square of the columns.
const MOST_EXPLAINED: usize = 256;
const MOST_VALUES: usize = 1 << 24;
/// Rows whose ranges are compared together.
const BLOCK_ROWS: usize = 256;
/// Columns that are named, of either finding.
const MOST_NAMED: usize = 3;
/// What chance does once in so many tables of rows that are like the fitted ones is not said.
const CHANCE: f64 = 1e-3;

/// How new rows differ from the fitted ones as a whole.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum DriftFinding {
    /// Values of a column lie outside of the fitted range: more of them than chance explains, or further outside than the range is
    /// wide.
    OutOfRange {
        /// The column.
        column: String,
        /// How many rows lie outside.
        outside: usize,
        /// How many rows there are.
        rows: usize,
        /// The smallest and the largest fitted value, as the table has them.
        fitted: (f64, f64),
        /// The same of these rows.
        found: (f64, f64),
    },
    /// Far more rows are flagged than in the fit.
    FlaggedMore {
        /// How many are.
        flagged: usize,
        /// How many rows there are.
        rows: usize,
        /// The share that the fit flags.
        share: f64,
        /// The columns that speak most against the flagged rows, with their mean shares of what does.
        columns: Vec<(String, f64)>,
    },
}

impl fmt::Display for DriftFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { column, outside, rows, fitted: (low, high), found: (least, most) } => {
                let verb = if *outside == 1 { "lies" } else { "lie" };
                write!(
                    f,
                    "column {column:?}: {outside} of {} {verb} outside of the fitted range, {} to {}: they go from {} to {}",
                    counted_rows(*rows),
                    short(*low, high - low),
                    short(*high, high - low),
                    short(*least, high - low),
                    short(*most, high - low)
                )
            }
            Self::FlaggedMore { flagged, rows, share, columns } => {
                let percent = |part: f64| format!("{:.0} %", 100.0 * part);
                let named: Vec<String> =
                    columns.iter().map(|(name, share)| format!("{name} ({})", percent(*share))).collect();
                write!(
                    f,
                    "flagged {flagged} of {}, {}, where the fit flags {}: these rows differ from the fitted ones as a whole, most \
                     of all in {}",
                    counted_rows(*rows),
                    percent(*flagged as f64 / *rows as f64),
                    percent(*share),
                    named.join(", ")
                )
            }
        }
    }
}

fn counted_rows(rows: usize) -> String {
    format!("{rows} row{}", if rows == 1 { "" } else { "s" })
}

/// A value in few digits, but in as many as tell apart values that are so far from one another.
fn short(value: f64, spread: f64) -> String {
    match value.abs() {
        size if spread > 0.0 && spread < 1e-4 * size && size >= 1.0 => {
            let places = (2 - spread.log10().floor() as i32).max(0) as usize;
            format!("{value:.places$}")
        }
        size if size >= 1e7 || (size > 0.0 && size < 1e-3) => format!("{value:.3e}"),
        _ => {
            let text = format!("{value:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// New rows, as they are scored, beside the fitted ones.
///
/// ```
/// use gradstop::{Detector, Drift, Preset, Table};
/// let fitted: Vec<f32> = (0..200).flat_map(|row| [(row * row % 97) as f32, (row * 31 % 89) as f32]).collect();
/// let table = Table::new(fitted.clone(), vec!["flow".into(), "meter".into()])?;
/// let detector = Detector::named("ecod", Preset::Default, &serde_json::json!({}))?.fit(table)?;
///
/// let mut drift = Drift::new(&detector);
/// let later: Vec<f32> = fitted.chunks_exact(2).flat_map(|row| [row[0], row[1] + 80.0]).collect();
/// drift.see(&later);
/// drift.scored(&detector.score(&later)?);
/// let said: Vec<String> = drift.findings()?.iter().map(ToString::to_string).collect();
/// assert!(said[0].starts_with("column \"meter\": 179 of 200 rows lie outside of the fitted range, 0 to 88"), "{said:?}");
/// # Ok::<(), gradstop::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Drift<'a> {
    detector: &'a FittedDetector,
    rows: usize,
    flagged: usize,
    /// Values of flagged rows, as they were before they were scored.
    kept: Vec<f32>,
    /// How many of them at most.
    most: usize,
    /// The first rows of a chunk that is not scored yet.
    first: Vec<f32>,
    found: Ranges,
    /// For each column how many values lie outside.
    outside: Vec<usize>,
}

impl<'a> Drift<'a> {
    /// No row yet.
    pub fn new(detector: &'a FittedDetector) -> Self {
        let width = detector.columns().len();
        let most = (MOST_VALUES / width.saturating_mul(width)).clamp(4, MOST_EXPLAINED);
        Self {
            detector,
            rows: 0,
            flagged: 0,
            kept: Vec::new(),
            most,
            first: Vec::new(),
            found: Ranges::new(width),
            outside: vec![0; width],
        }
    }

    /// Looks at some rows, row-major values of shape (rows x columns) as [`score`](FittedDetector::score) takes them, before they
    /// are scored.
    pub fn see(&mut self, values: &[f32]) {
        let width = self.outside.len();
        let room = self.most.saturating_sub(self.kept.len() / width);
        // Half of the rows may be flagged in any fit: more of them are looked at.
        self.first.clear();
        self.first.extend_from_slice(&values[..values.len().min(2 * room * width)]);
        let Some(fitted) = &self.detector.ranges else { return };
        // Values are counted only in a block that leaves the range, so that most rows cost a comparison.
        for block in values.chunks(BLOCK_ROWS * width) {
            let ranges = Ranges::of(block, width);
            for column in 0..self.detector.features() {
                let (low, high) = (fitted.low[column], fitted.high[column]);
                if low < high && (ranges.low[column] < low || ranges.high[column] > high) {
                    let there = block.iter().skip(column).step_by(width);
                    self.outside[column] += there.filter(|value| !(low..=high).contains(value)).count();
                }
                self.found.low[column] = self.found.low[column].min(ranges.low[column]);
                self.found.high[column] = self.found.high[column].max(ranges.high[column]);
            }
        }
    }

    /// Takes the scores of the rows that were seen last.
    pub fn scored(&mut self, scores: &[f32]) {
        let width = self.outside.len();
        let is_flagged = |score: &f32| *score > self.detector.threshold();
        self.rows += scores.len();
        self.flagged += scores.iter().filter(|score| is_flagged(score)).count();
        let first = std::mem::take(&mut self.first);
        for (row, _) in first.chunks_exact(width).zip(scores).filter(|(_, score)| is_flagged(score)) {
            if self.kept.len() < self.most * width {
                self.kept.extend_from_slice(row);
            }
        }
        self.first = first;
    }

    /// What there is to say: columns in order, then the share.
    ///
    /// # Errors
    /// As [`explain`](FittedDetector::explain).
    pub fn findings(&self) -> Result<Vec<DriftFinding>, Error> {
        let mut findings: Vec<DriftFinding> =
            (0..self.detector.features()).filter_map(|column| self.out_of_range(column)).collect();
        if let Some(share) = self.flagged_more() {
            let (flagged, rows, columns) = (self.flagged, self.rows, self.to_blame()?);
            findings.push(DriftFinding::FlaggedMore { flagged, rows, share, columns });
        }
        Ok(findings)
    }

    fn out_of_range(&self, column: usize) -> Option<DriftFinding> {
        let fitted = self.detector.ranges.as_ref()?;
        let (low, high) = (fitted.low[column], fitted.high[column]);
        let (least, most) = (self.found.low[column], self.found.high[column]);
        let outside = self.outside[column];
        if outside == 0 {
            return None;
        }
        // Of rows that are like the fitted ones so many lie beyond an end with this share to the power of their number.
        let share = self.rows as f64 / (self.rows + self.detector.rows()) as f64;
        let chance = (outside + 1) as f64 * share.powf(outside as f64) * self.detector.features() as f64;
        let width = f64::from(high) - f64::from(low);
        let far = (f64::from(low) - f64::from(least)).max(f64::from(most) - f64::from(high)) > width;
        let origins = self.detector.preparation().map(Preparation::origins).unwrap_or_default();
        let (origin, unit) = origins.get(column).copied().unwrap_or((0.0, 1.0));
        let own = |value: f32| f64::from(value) * unit + origin;
        (far || chance < CHANCE).then(|| DriftFinding::OutOfRange {
            column: self.detector.columns()[column].clone(),
            outside,
            rows: self.rows,
            fitted: (own(low), own(high)),
            found: (own(least), own(most)),
        })
    }

    /// The share of the fit, if far more is flagged.
    fn flagged_more(&self) -> Option<f64> {
        let share = self.detector.flagged_share?;
        let rows = self.rows as f64;
        // Three times the share, or for a large one half of the way to all rows, and beyond what chance does.
        let most = (3.0 * share).min(0.5 * (1.0 + share)) * rows + 3.0 * (share * rows).sqrt();
        (self.rows >= LEAST_ROWS && self.flagged as f64 > most).then_some(share)
    }

    /// The columns that speak most against the flagged rows, with their mean share.
    fn to_blame(&self) -> Result<Vec<(String, f64)>, Error> {
        let explanation = self.detector.explain(&self.kept)?;
        let count = self.kept.len() / explanation.columns;
        let mut shares = vec![0.0_f64; explanation.columns];
        for row in 0..count {
            let of_row = Explanation::shares(explanation.row(row));
            shares.iter_mut().zip(of_row).for_each(|(sum, share)| *sum += f64::from(share));
        }
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));
        let named = order.into_iter().filter(|&column| shares[column] > 0.0).take(MOST_NAMED);
        let name =
            |column: usize| (self.detector.columns()[column].clone(), shares[column] / count.max(1) as f64);
        Ok(named.map(name).collect())
    }
}
