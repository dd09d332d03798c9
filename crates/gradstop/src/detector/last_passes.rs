//! The scores of all rows of a streamed table: two passes after the training find the exact threshold.

use crate::detector::assemble::ScoreSummary;
use crate::detector::fitted::StreamedScores;
use crate::error::Error;
use crate::model::quantile::ScoreCounts;
use crate::model::scaler::Standardization;
use crate::model::{Model, Rows};
use crate::training::row_stream::{RowStream, pass_again};

/// Scores a streamed table of so many rows.
pub(crate) struct Scorer<'a> {
    pub(crate) model: &'a dyn Model,
    pub(crate) standardization: &'a Standardization,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
}

impl Scorer<'_> {
    /// Summarizes the scores, which `check` finds to be finite, and lists the most abnormal rows.
    pub(crate) fn summarize(
        &self,
        stream: &mut dyn RowStream,
        contamination: f64,
        check: impl Fn(&[f32]) -> Result<(), Error>,
    ) -> Result<(ScoreSummary, Vec<(usize, f32)>), Error> {
        let (mut counts, mut most_abnormal, mut least) = (ScoreCounts::new(), Vec::new(), f32::INFINITY);
        self.pass(stream, |first_row, scores| {
            check(scores)?;
            counts.add(scores);
            least = scores.iter().copied().fold(least, f32::min);
            let rows = scores.iter().enumerate();
            rows.for_each(|(at, &score)| keep(&mut most_abnormal, first_row + at, score));
            Ok(())
        })?;
        let mut exact = counts.exact(contamination).expect("there is a row");
        let mut middle = counts.exact(0.5).expect("there is a row");
        self.pass(stream, |_, scores| {
            exact.add(scores);
            middle.add(scores);
            Ok(())
        })?;
        // There are as many rows as before, so without a threshold their values have changed.
        let changed = || Error::StreamChanged { got: self.rows, wanted: self.rows };
        let (threshold, flagged) = exact.threshold().ok_or_else(changed)?;
        let (median, _) = middle.threshold().ok_or_else(changed)?;
        let summary = ScoreSummary {
            least,
            median,
            most: most_abnormal[0].1,
            threshold,
            tied: exact.tied(threshold) as usize,
            flagged: flagged as usize,
        };
        Ok((summary, most_abnormal))
    }

    /// Scores every row in another pass over the table.
    fn pass(
        &self,
        stream: &mut dyn RowStream,
        mut see: impl FnMut(usize, &[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (columns, mut scores) = (self.columns, Vec::new());
        pass_again(stream, (self.rows, columns), |first_row, values| {
            self.standardization.apply(values);
            scores.resize(values.len() / columns, 0.0);
            self.model.score_into(Rows { values, columns }, &mut scores)?;
            see(first_row, &scores)
        })
    }
}

/// Puts a row among the most abnormal ones, if it is one; rows come in order.
fn keep(most_abnormal: &mut Vec<(usize, f32)>, row: usize, score: f32) {
    if most_abnormal.len() == StreamedScores::MOST_ABNORMAL {
        if most_abnormal.last().is_some_and(|last| last.1 >= score) {
            return;
        }
        most_abnormal.pop();
    }
    let place = most_abnormal.partition_point(|other| other.1 >= score);
    most_abnormal.insert(place, (row, score));
}
