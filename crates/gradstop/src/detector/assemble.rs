//! From what a fit has learned to the fitted detector: warnings, threshold, and the size of a departure, for every source
//! of rows.

use std::sync::Arc;

use gradstop_preparation::{Kind, Preparation};

use crate::detector::Detector;
use crate::detector::fitted::{FittedDetector, StreamedScores};
use crate::error::Error;
use crate::model::quantile::quantile_of_sorted;
use crate::model::ranges::Ranges;
use crate::model::scaler::Standardization;
use crate::model::usual::UsualValues;
use crate::model::warning::{
    Warning, about_preparation, about_scores, about_table, about_threshold, of_dates,
};
use crate::model::{Model, Rows};
use crate::training::history::Training;

/// What a fit has learned.
pub(crate) struct FitParts {
    /// All columns, those that are only watched at the end.
    pub(crate) columns: Vec<String>,
    /// How many rows it was fitted to.
    pub(crate) rows: usize,
    pub(crate) preparation: Option<Preparation>,
    pub(crate) standardization: Standardization,
    /// Smallest and largest value of each column, before it was standardised, if they are known.
    pub(crate) ranges: Option<Ranges>,
    /// Between which values four rows in five lie, if that is known.
    pub(crate) usual: Option<UsualValues>,
    pub(crate) model: Arc<dyn Model>,
    pub(crate) trainings: Vec<Training>,
    /// What the learning itself warns of.
    pub(crate) warnings: Vec<Warning>,
}

/// The finite scores of the fitted rows.
pub(crate) enum FittedScores<'a> {
    /// A score for every row, and the standardised rows if they are in memory.
    Every(Vec<f32>, Option<Rows<'a>>),
    /// A summary of more scores than are kept, and a sample of the standardised rows with their scores.
    Streamed { summary: ScoreSummary, streamed: StreamedScores, sample: Rows<'a>, sample_scores: &'a [f32] },
}

/// Everything that a fitted detector keeps of the scores of its rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScoreSummary {
    pub(crate) least: f32,
    pub(crate) median: f32,
    pub(crate) most: f32,
    pub(crate) threshold: f32,
    /// How many scores equal the threshold.
    pub(crate) tied: usize,
    /// How many scores exceed it.
    pub(crate) flagged: usize,
}

impl ScoreSummary {
    fn of(scores: &[f32], contamination: f64) -> Self {
        let mut sorted = scores.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        let threshold = quantile_of_sorted(&sorted, 1.0 - contamination) as f32;
        let not_above = sorted.partition_point(|&score| score <= threshold);
        Self {
            least: sorted[0],
            median: quantile_of_sorted(&sorted, 0.5) as f32,
            most: sorted[sorted.len() - 1],
            threshold,
            tied: not_above - sorted.partition_point(|&score| score < threshold),
            flagged: sorted.len() - not_above,
        }
    }
}

/// Makes the fitted detector.
///
/// # Errors
/// [`Error::NoScore`] for a score that is not a number.
pub(crate) fn assemble(
    spec: &Detector,
    parts: FitParts,
    scores: FittedScores<'_>,
) -> Result<FittedDetector, Error> {
    let FitParts {
        columns,
        rows,
        preparation,
        standardization,
        ranges,
        usual,
        model,
        trainings,
        warnings: mut notes,
    } = parts;
    let contamination = spec.common().contamination;
    if let FittedScores::Every(scores, _) = &scores
        && let Some(row) = scores.iter().position(|score| score.is_nan())
    {
        return Err(Error::NoScore { row });
    }
    let summary = match &scores {
        FittedScores::Every(scores, _) => ScoreSummary::of(scores, contamination),
        FittedScores::Streamed { summary, .. } => *summary,
    };
    let mut warnings = match (&scores, summary.least == summary.most) {
        (_, true) => vec![Warning::OneScore],
        (FittedScores::Every(_, None), false) => Vec::new(),
        (FittedScores::Every(scores, Some(rows)), false) => Vec::from_iter(about_scores(scores, *rows)),
        // The scores of a sample may be one score where those of all rows are several.
        (FittedScores::Streamed { sample, sample_scores, .. }, false) => {
            let about = about_scores(sample_scores, *sample).into_iter();
            about.filter(|warning| *warning != Warning::OneScore).collect()
        }
    };
    warnings.append(&mut notes);
    let watched = preparation.as_ref().map_or(0, |preparation| preparation.watched().len());
    let learned = &columns[..columns.len() - watched];
    warnings.extend(about_table(&standardization, learned, rows, !trainings.is_empty()));
    warnings.extend(preparation.iter().flat_map(about_preparation));
    if warnings.iter().any(|warning| matches!(warning, Warning::WideMixture { .. })) {
        // It says why all rows have one score.
        warnings.retain(|warning| *warning != Warning::OneScore);
    }
    let kinds = preparation.as_ref().map(Preparation::inputs).unwrap_or_default();
    let is_date = |name: &str| kinds.iter().any(|(known, kind)| known == name && *kind == Kind::Dates);
    warnings = warnings.into_iter().flat_map(|warning| of_dates(warning, is_date)).collect();
    let ScoreSummary { median, most, threshold, tied, flagged, .. } = summary;
    warnings.extend(about_threshold(threshold, (tied, flagged), rows, contamination));
    let (training_scores, streamed_scores) = match scores {
        FittedScores::Every(scores, _) => (scores, None),
        FittedScores::Streamed { streamed, .. } => (Vec::new(), Some(streamed)),
    };
    Ok(FittedDetector {
        spec: spec.clone(),
        columns,
        rows,
        preparation,
        standardization,
        model,
        training_scores,
        streamed_scores,
        threshold,
        trainings,
        warnings,
        departure_unit: departure_unit(threshold, median, most),
        ranges,
        usual,
        flagged_share: Some(contamination),
    })
}

/// A departure of one unit adds at least this share of the median of the training scores.
const LEAST_UNIT: f64 = 0.1;

/// What a departure of one unit adds to a score: as much as lifts a row in the middle to the threshold, but no less than a tenth of
/// that row's score, as scores that are all alike have a threshold beside their middle.
fn departure_unit(threshold: f32, median: f32, most: f32) -> f64 {
    let (median, above) = (f64::from(median), |score: f32| f64::from(score) - f64::from(median));
    let unit = above(threshold).max(LEAST_UNIT * median.abs());
    let unit = if unit > 0.0 { unit } else { above(most) };
    if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_counts_the_scores_that_equal_and_exceed_the_threshold() {
        let scores = [5.0, 1.0, 1.0, 3.0, 5.0, 5.0, 2.0, 5.0, 4.0, 0.0];
        let figures = |contamination| {
            let ScoreSummary { threshold, tied, flagged, .. } = ScoreSummary::of(&scores, contamination);
            (threshold, tied, flagged)
        };
        assert_eq!(figures(0.25), (5.0, 4, 0));
        assert_eq!(figures(0.5), (3.5, 0, 5));
        let ScoreSummary { least, median, most, .. } = ScoreSummary::of(&scores, 0.25);
        assert_eq!((least, median, most), (0.0, 3.5, 5.0));
    }
}
