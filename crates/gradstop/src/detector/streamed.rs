//! The fit of one network to a table in a stream: the loop of every training on batches that are read again in every
//! epoch.

use gradstop_engine::Network;
use gradstop_engine::random::{Key, Purpose};

use crate::deep::learning::{ROWS_LOOKED_AT, about_training, add_outputs};
use crate::deep::score::NetworkModel;
use crate::detector::Detector;
use crate::detector::assemble::{FitParts, FittedScores, ScoreSummary, assemble};
use crate::detector::first_pass::{Measured, Picked};
use crate::detector::fitted::FittedDetector;
use crate::error::Error;
use crate::model::average::model_of;
use crate::model::quantile::ScoreCounts;
use crate::model::{Model, Rows};
use crate::training::batches::Deal;
use crate::training::callback::Spectator;
use crate::training::history::Training;
use crate::training::learner::{Outcome, check_scores};
use crate::training::row_stream::{RowStream, pass_again};
use crate::training::streamed_batches::{StreamedBatches, block_rows};
use crate::training::train_on;

/// Rows whose scores a rule looks at, at most; fewer of wide tables, so that they are no more values than a block's.
const SCORED_ROWS: usize = 1 << 16;

/// A fit to a table in a stream. No more is known of the scores of its rows than what is said here.
#[derive(Debug, Clone)]
pub struct StreamedFit {
    /// The detector. It has no [training scores](FittedDetector::training_scores); its threshold is that of the scores of
    /// all rows, exactly.
    pub detector: FittedDetector,
    /// How many rows score above the threshold.
    pub flagged: u64,
    /// The most abnormal rows with their scores, highest first and equal ones in row order: ten, or all.
    pub most_abnormal: Vec<(usize, f32)>,
    /// How many rows, a uniform sample, the rules saw the scores of.
    pub scored_rows: usize,
}

impl StreamedFit {
    /// How many rows [`most_abnormal`](Self::most_abnormal) has at most.
    pub const MOST_ABNORMAL: usize = 10;
}

impl Detector {
    /// Fits the detector to a table that is read anew for every epoch, in memory that does not depend on its length.
    ///
    /// It is the fit in mini-batches of `batch_rows` to the table at hand but for two things. Rows are shuffled within
    /// blocks of 4,194,304 values, one after another in the order of the table. And rules, spectators and warnings that
    /// look at the scores of all rows see those of a uniform sample of up to 65,536. A table no larger than either is
    /// fitted with the same bits.
    ///
    /// The table is read twice before the training, three times where a centre is measured, once for every epoch, and
    /// twice for the threshold.
    ///
    /// # Errors
    /// As [`fit_watched`](Self::fit_watched); [`Error::Setting`] for a detector that is not the training of one network with
    /// a loss of each row alone, for an ensemble, and where `batch_rows` is 0; [`Error::StreamChanged`] for a table that has
    /// other rows than before; whatever the stream says.
    pub fn fit_stream(
        &self,
        columns: Vec<String>,
        stream: &mut dyn RowStream,
        spectator: &mut dyn Spectator,
    ) -> Result<StreamedFit, Error> {
        let refuse = |parameter: &str, got: String, wanted: &str| {
            let wanted = format!("{wanted} where rows are streamed");
            Err(Error::Setting { parameter: parameter.into(), got, wanted })
        };
        let common = self.common();
        if common.ensemble != 1 {
            return refuse("ensemble", common.ensemble.to_string(), "1");
        }
        if columns.is_empty() {
            let wanted = "at least 1 column".into();
            return Err(Error::Shape { what: "streamed table", got: "no column".into(), wanted });
        }
        let width = columns.len();
        let Some(one) = (self.entry().one_network)(self.settings(), width)? else {
            return refuse("detector", self.name().into(), "autoencoder, deepsvdd or vae");
        };
        let plan = one.training.plan();
        if plan.batch_rows == 0 {
            return refuse("batch_rows", "0".into(), "at least 1");
        }

        let checkpoint = spectator.checkpoint();
        let measured = Measured::of(stream, &columns, checkpoint.is_some())?;
        let rows = measured.rows;
        if let Some(checkpoint) = checkpoint {
            let values = format!("{} in a stream", measured.fingerprint);
            checkpoint.begin_on(self.name(), self.settings(), (rows, width), values)?;
        }
        let deal = Deal::new(&plan, rows);
        let scored =
            Key::new(plan.seed, Purpose::Tables, &[]).sample(rows, SCORED_ROWS.min(block_rows(width)));
        let head = (0..rows.min(ROWS_LOOKED_AT)).collect();
        let mut picked = [deal.probe(&plan), scored, head].map(Picked::of);
        let standardisation = measured.standardisation(stream, &mut picked)?;
        let [probe, scored, head] = picked.map(|Picked { mut values, .. }| {
            standardisation.apply(&mut values);
            values
        });

        let mut centre = one.origin();
        if one.measures_centre() {
            let mut sums = vec![0.0; centre.len()];
            pass_again(stream, (rows, width), |_, values| {
                standardisation.apply(values);
                add_outputs(&one.network, Rows { values, columns: width }, &mut sums)
            })?;
            centre = one.centre(&sums, rows);
        }
        let (objective, score) = one.goal(&centre);
        let score_into = |network: &Network, values: &[f32], scores: &mut [f32]| {
            score.score_into(network, Rows { values, columns: width }, scores)
        };
        let (mut rule, mut onlookers) = (one.training.rule()?, one.training.onlookers()?);
        let batches = StreamedBatches {
            stream: &mut *stream,
            standardisation: &standardisation,
            columns: width,
            deal,
            probe: &probe,
            scored: &scored,
            epoch: Default::default(),
        };
        let outcome = train_on(
            batches,
            one.network.clone(),
            objective,
            &plan,
            &mut *rule,
            &mut onlookers,
            spectator,
            &score_into,
        )?;
        let Outcome { kept, history, stop, others } = outcome;

        let network = kept.last().expect("a training keeps an epoch at least").clone();
        let of_epoch = |network| NetworkModel { network, score: score.clone() };
        let model = model_of(kept.into_iter().map(of_epoch).collect(), &stop);
        let (mut counts, mut most_abnormal, mut least) = (ScoreCounts::new(), Vec::new(), f32::INFINITY);
        let size = (rows, width);
        pass_scores(stream, size, &*model, &standardisation, |first_row, scores| {
            check_scores(scores, &stop, &plan)?;
            counts.add(scores);
            least = scores.iter().copied().fold(least, f32::min);
            scores
                .iter()
                .enumerate()
                .for_each(|(at, &score)| keep(&mut most_abnormal, first_row + at, score));
            Ok(())
        })?;
        let mut exact = counts.exact(common.contamination).expect("there is a row");
        let mut middle = counts.exact(0.5).expect("there is a row");
        pass_scores(stream, size, &*model, &standardisation, |_, scores| {
            exact.add(scores);
            middle.add(scores);
            Ok(())
        })?;
        // With as many rows as before they have other values now if this is nothing.
        let (threshold, flagged) =
            exact.threshold().ok_or(Error::StreamChanged { got: rows, wanted: rows })?;
        let (median, _) = middle.threshold().ok_or(Error::StreamChanged { got: rows, wanted: rows })?;
        let summary = ScoreSummary {
            least,
            median,
            most: most_abnormal[0].1,
            threshold,
            tied: exact.tied(threshold) as usize,
            flagged: flagged as usize,
        };

        let sample = Rows { values: &scored, columns: width };
        let mut sample_scores = vec![0.0; sample.count()];
        model.score_into(sample, &mut sample_scores)?;
        let head = Rows { values: &head, columns: width };
        let warnings = about_training(&one.network, &network, head)?;
        let parts = FitParts {
            columns,
            rows,
            preparation: None,
            standardisation,
            model,
            trainings: vec![Training { stop, history, others }],
            warnings,
        };
        let detector = assemble(self, parts, FittedScores::Summary(summary, &sample_scores, sample))?;
        Ok(StreamedFit { detector, flagged, most_abnormal, scored_rows: sample.count() })
    }
}

/// Scores every row in another pass over the table.
fn pass_scores(
    stream: &mut dyn RowStream,
    (rows, columns): (usize, usize),
    model: &dyn Model,
    standardisation: &crate::Standardisation,
    mut see: impl FnMut(usize, &[f32]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut scores = Vec::new();
    pass_again(stream, (rows, columns), |first_row, values| {
        standardisation.apply(values);
        scores.resize(values.len() / columns, 0.0);
        model.score_into(Rows { values, columns }, &mut scores)?;
        see(first_row, &scores)
    })
}

/// Puts a row among the most abnormal ones, if it is one; rows come in order.
fn keep(most_abnormal: &mut Vec<(usize, f32)>, row: usize, score: f32) {
    if most_abnormal.len() == StreamedFit::MOST_ABNORMAL {
        if most_abnormal.last().is_some_and(|last| last.1 >= score) {
            return;
        }
        most_abnormal.pop();
    }
    let place = most_abnormal.partition_point(|other| other.1 >= score);
    most_abnormal.insert(place, (row, score));
}
