//! The fit of one network to a table in a stream: the loop of every training on batches that are read again in every
//! epoch.

use gradstop_engine::Network;
use gradstop_engine::random::{Key, Purpose};

use crate::deep::learning::{ROWS_LOOKED_AT, about_training, add_outputs};
use crate::deep::score::NetworkModel;
use crate::detector::assemble::{FitParts, FittedScores, assemble};
use crate::detector::first_pass::{Measured, Picked};
use crate::detector::fitted::{FittedDetector, StreamedScores};
use crate::detector::last_passes::Scorer;
use crate::detector::{BatchKind, Detector};
use crate::error::Error;
use crate::model::Rows;
use crate::model::average::model_of;
use crate::model::usual::UsualValues;
use crate::model::warning::{about_bent, about_fills};
use crate::training::batches::{Batches, Deal};
use crate::training::callback::Callback;
use crate::training::history::Training;
use crate::training::row_stream::{RowStream, pass_again};
use crate::training::step::{NetworkStep, Outcome, check_scores};
use crate::training::streamed_batches::{StreamedBatches, block_rows};
use crate::training::train;

/// Rows whose scores a rule looks at, at most; fewer of wide tables, so that they are no more values than a block's.
const SCORED_ROWS: usize = 1 << 16;

/// Fits a detector to a table in a stream; see [`Source::Stream`](crate::Source::Stream).
pub(crate) fn fit(
    detector: &Detector,
    columns: Vec<String>,
    stream: &mut dyn RowStream,
    callback: &mut dyn Callback,
) -> Result<FittedDetector, Error> {
    if columns.is_empty() {
        let wanted = "at least 1 column".into();
        return Err(Error::Shape { what: "streamed table", got: "no column".into(), wanted });
    }
    let (width, contamination) = (columns.len(), detector.common().contamination);
    let (one, plan) = detector.one_network(width, BatchKind::Mini)?;

    let checkpoint = callback.checkpoint();
    let measured = Measured::of(stream, &columns, checkpoint.is_some())?;
    let rows = measured.rows;
    if let Some(checkpoint) = checkpoint {
        let values = format!("{} in a stream", measured.fingerprint);
        checkpoint.begin_on(detector.name(), &detector.settings(), (rows, width), values)?;
    }
    let deal = Deal::new(&plan, rows);
    let scored = Key::new(plan.seed, Purpose::Tables, &[]).sample(rows, SCORED_ROWS.min(block_rows(width)));
    let head = (0..rows.min(ROWS_LOOKED_AT)).collect();
    let mut picked = [deal.probe(&plan), scored, head].map(Picked::of);
    let ranges = measured.ranges.clone();
    let standardization = measured.standardization(stream, &mut picked)?;
    // What is seen of a column in the sample decides whether it is bent.
    let standardization = standardization.bent_to(&picked[1].values);
    let usual = UsualValues::of(&picked[1].values, width);
    let fills = about_fills(&picked[1].values, &ranges, &columns);
    let [probe, scored, head] = picked.map(|Picked { mut values, .. }| {
        standardization.apply(&mut values);
        values
    });

    let mut center = one.origin();
    if one.measures_center() {
        let mut sums = vec![0.0; center.len()];
        pass_again(stream, (rows, width), |_, values| {
            standardization.apply(values);
            add_outputs(&one.network, Rows { values, columns: width }, &mut sums)
        })?;
        center = one.center(&sums, rows);
    }
    let (objective, score) = one.goal(&center);
    let score_into = |network: &Network, values: &[f32], scores: &mut [f32]| {
        score.score_into(network, Rows { values, columns: width }, scores)
    };
    let batches = StreamedBatches {
        stream: &mut *stream,
        standardization: &standardization,
        columns: width,
        deal,
        probe: &probe,
        scored: &scored,
        epoch: Default::default(),
    };
    let train_step = NetworkStep::new(one.network.clone(), objective, &plan, batches.deal(), &score_into)?;
    let outcome = train(train_step, &plan, batches, one.training.rules()?, callback)?;
    let Outcome { kept, history, stop, others } = outcome;

    let network = kept.last().expect("a training keeps an epoch at least").clone();
    let of_epoch = |network| NetworkModel { network, score: score.clone() };
    let model = model_of(kept.into_iter().map(of_epoch).collect(), &stop);
    let scorer = Scorer { model: &*model, standardization: &standardization, rows, columns: width };
    let check = |scores: &[f32]| check_scores(scores, &stop, &plan);
    let (summary, most_abnormal) = scorer.summarize(stream, contamination, check)?;

    let sample = Rows { values: &scored, columns: width };
    let mut sample_scores = vec![0.0; sample.count()];
    model.score_into(sample, &mut sample_scores)?;
    let head = Rows { values: &head, columns: width };
    let mut warnings = Vec::from_iter(fills);
    warnings.extend(about_bent(&standardization, &columns, sample));
    warnings.extend(about_training(&one.network, &network, head)?);
    let parts = FitParts {
        columns,
        rows,
        preparation: None,
        standardization,
        ranges: Some(ranges),
        usual: Some(usual),
        model,
        trainings: vec![Training { stop, history, others }],
        warnings,
    };
    let streamed =
        StreamedScores { flagged: summary.flagged as u64, most_abnormal, scored_rows: sample.count() };
    assemble(
        detector,
        parts,
        FittedScores::Streamed { summary, streamed, sample_scores: &sample_scores, sample },
    )
}
