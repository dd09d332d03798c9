//! The fit of a detector, wherever its rows come from.

use gradstop_preparation::{Preparation, Scale};

use crate::cluster::driver::Workers;
use crate::detector::assemble::{FitParts, FittedScores, assemble};
use crate::detector::fitted::{FittedDetector, without_watched};
use crate::detector::{Detector, ensemble, sharded, streamed};
use crate::error::Error;
use crate::method::FitOutput;
use crate::model::Rows;
use crate::model::ranges::Ranges;
use crate::model::scaler::Standardization;
use crate::model::usual::UsualValues;
use crate::model::warning::{Warning, about_bent, about_fills};
use crate::table::Table;
use crate::training::callback::{Callback, NoCallback};
use crate::training::row_stream::RowStream;

/// The rows that a detector is fitted to.
///
/// ```
/// use gradstop::preparation::{Cells, Missing, Options, Preparation};
/// use gradstop::{Detector, Preset, Source, Table};
/// let columns = [Cells::Numbers(vec![1.0, f64::NAN, 3.0, 30.0])];
/// let options = Options { missing: Missing::Mean, ..Options::default() };
/// let preparation = Preparation::fit(&["x".into()], &columns, &options)?;
/// let mut values = Vec::new();
/// preparation.apply(&columns, &mut values)?;
///
/// let table = Table::new(values, preparation.outputs())?;
/// let detector = Detector::named("ecod", Preset::Default, &serde_json::json!({}))?;
/// let fitted = detector.fit(Source::Prepared { table, preparation })?;
/// let (values, _) = fitted.prepare(&columns)?;
/// assert_eq!(fitted.score(&values)?.len(), 4);
/// # Ok::<(), gradstop::Error>(())
/// ```
pub enum Source<'a> {
    /// A table in memory.
    Table(Table),
    /// A table that a preparation has made. The preparation goes with the fitted detector, and says how columns are brought
    /// to one scale.
    Prepared {
        /// The prepared rows.
        table: Table,
        /// What has made them.
        preparation: Preparation,
    },
    /// A sample of a larger table.
    Sample {
        /// The rows of the sample.
        table: Table,
        /// The means and deviations of the larger table.
        standardization: Standardization,
    },
    /// A table that is read again for every epoch, in memory that does not depend on its length.
    ///
    /// It is the fit in mini-batches of `batch_size` to the table in memory, with two differences. Rows are shuffled within
    /// blocks of 4,194,304 values, one after another in the order of the table. And rules, callbacks and warnings that
    /// look at the scores of all rows see those of a uniform sample of up to 65,536. A table no larger than either is
    /// fitted with the same bits.
    ///
    /// The table is read twice before the training, three times where a center is measured, once for every epoch, and
    /// twice for the threshold. The fitted detector has no [training scores](FittedDetector::training_scores), but
    /// [a summary of them](FittedDetector::streamed_scores).
    Stream {
        /// Names of the columns.
        columns: Vec<String>,
        /// The rows.
        stream: &'a mut dyn RowStream,
    },
    /// A table in shards, over all of whose rows every step of the training is taken.
    ///
    /// It is the fit to the whole table within the rounding of sums: with the rows of all shards one behind the other, the
    /// same masks of dropout, the same probe rows, the same rule.
    ///
    /// What travels in an epoch are the parameters to every shard and as many sums back, two or three times where
    /// there is a batch-norm, unless it is the only one, follows the first layer, and the table is
    /// [narrow](gradstop_engine::Covariance::is_narrow). Where rows are trimmed, one or two rounds more find the
    /// threshold. The driver holds the probe rows, and a score for every row of the table. It ignores the checkpoint of a
    /// callback, since it never sees the rows that a checkpoint must identify.
    Shards {
        /// Names of the columns.
        columns: Vec<String>,
        /// The carrier of messages to the shards.
        workers: &'a mut dyn Workers,
    },
}

impl From<Table> for Source<'_> {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl Detector {
    /// Fits the detector to a [`Table`] or another [`Source`], on the threads of the current rayon pool. The result has
    /// the same bits for any number of threads.
    ///
    /// # Errors
    /// * [`Error::Diverged`] when a loss is no longer finite; [`Error::Engine`] for an architecture that the stopping rule
    ///   cannot look into.
    /// * [`Error::Shape`] for a preparation or a standardization of another number of columns than the table.
    /// * For a stream and shards, [`Error::Setting`] for an ensemble, for a detector that is not the training of one network
    ///   with a loss of each row alone, and where `batch_size` is 0 for a stream or over 0 for shards.
    /// * [`Error::StreamChanged`] for a stream that has other rows than before, and whatever the stream says;
    ///   [`Error::Shards`] for workers that do not answer as they should.
    pub fn fit<'a>(&self, source: impl Into<Source<'a>>) -> Result<FittedDetector, Error> {
        self.fit_with(source, &mut NoCallback)
    }

    /// Fits the detector as [`fit`](Self::fit) does, with a callback that follows the training and may cancel it.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), [`Error::Cancelled`], and [`Error::Checkpoint`] for a checkpoint of the callback that
    /// the fit cannot go on from.
    pub fn fit_with<'a>(
        &self,
        source: impl Into<Source<'a>>,
        callback: &mut dyn Callback,
    ) -> Result<FittedDetector, Error> {
        let (table, standardization, preparation) = match source.into() {
            Source::Stream { columns, stream } => return streamed::fit(self, columns, stream, callback),
            Source::Shards { columns, workers } => return sharded::fit(self, columns, workers, callback),
            Source::Table(table) => {
                let standardization =
                    Standardization::fit(table.values(), table.columns().len()).bent_to(table.values());
                (table, standardization, None)
            }
            Source::Prepared { table, preparation } => {
                let width = preparation.width();
                check_columns("prepared table", table.columns().len(), width)?;
                let standardization = match preparation.options().scale {
                    Scale::Robust => Standardization::robust(table.values(), width),
                    Scale::Standard | Scale::Quantile => {
                        Standardization::fit(table.values(), width).bent_to(table.values())
                    }
                };
                (table, standardization, Some(preparation))
            }
            Source::Sample { table, standardization } => {
                check_columns("standardization", standardization.mean().len(), table.columns().len())?;
                (table, standardization, None)
            }
        };
        self.fit_rows(table, standardization, preparation, callback)
    }

    fn fit_rows(
        &self,
        table: Table,
        standardization: Standardization,
        preparation: Option<Preparation>,
        callback: &mut dyn Callback,
    ) -> Result<FittedDetector, Error> {
        let (mut values, columns) = table.into_parts();
        let ranges = Ranges::of(&values, columns.len());
        let usual = Some(UsualValues::of(&values, columns.len()));
        let mut notes = Vec::from_iter(about_fills(&values, &ranges, &columns));
        if let Some(preparation) = &preparation
            && let ordered @ [_, ..] = &preparation.ordered()[..]
        {
            notes.push(Warning::OrderedColumns { columns: ordered.to_vec() });
        }
        standardization.apply(&mut values);
        // What told no rows apart is watched, and not learned from.
        let watched = preparation.as_ref().map_or(0, |preparation| preparation.watched().len());
        let learned = columns.len() - watched;
        let kept = without_watched(&mut values, columns.len(), learned).len();
        values.truncate(kept);
        let rows = Rows { values: &values, columns: learned };
        if let Some(checkpoint) = callback.checkpoint() {
            checkpoint.begin(self.name(), &self.settings(), rows)?;
        }
        notes.extend(about_bent(&standardization, &columns, rows));
        let FitOutput { model, training_scores, trainings, mut warnings } = match self.common().ensemble {
            1 => self.algorithm().learn(rows, callback)?,
            _ => ensemble::learn(self, rows, callback)?,
        };
        warnings.append(&mut notes);
        let parts = FitParts {
            columns,
            rows: rows.count(),
            preparation,
            standardization,
            ranges: Some(ranges),
            usual,
            model,
            trainings,
            warnings,
        };
        assemble(self, parts, FittedScores::Every(training_scores, Some(rows)))
    }
}

fn check_columns(what: &'static str, got: usize, wanted: usize) -> Result<(), Error> {
    match got == wanted {
        true => Ok(()),
        false => Err(Error::Shape { what, got: format!("{got} columns"), wanted: wanted.to_string() }),
    }
}
