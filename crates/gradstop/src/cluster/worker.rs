//! A shard of a table, and its answers.

use gradstop_engine::{Covariance, Network, Pass, Shard, Step, Sums};
use serde_json::Value;

use crate::cluster::message::{Fit, Message, Numbers, Question, from_bytes, to_bytes};
use crate::deep::learning::output_sums;
use crate::deep::recipe::OneNetwork;
use crate::deep::score::NetworkModel;
use crate::detector::registry::detector_named;
use crate::error::Error;
use crate::model::Rows;
use crate::model::average::model_of_epochs;
use crate::model::scaler::{Standardization, squares, sums};
use crate::table::check_finite;
use crate::training::history::AveragedEpoch;

/// Some rows of a table, with what they answer to the driver of one fit.
///
/// ```
/// use gradstop::{Detector, Error, Preset, Source};
/// use gradstop::shards::{TableShard, Workers};
///
/// /// Every shard in this process.
/// struct Here(Vec<TableShard>);
///
/// impl Workers for Here {
///     fn ask(&mut self, message: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
///         self.0.iter_mut().map(|shard| shard.answer(message)).collect()
///     }
/// }
///
/// let rows = |shard: usize| (0..40).flat_map(|i| [i as f32, 2.0 * (i + shard) as f32]).collect();
/// let shards = (0..3).map(|shard| TableShard::new(rows(shard), 2, shard)).collect::<Result<_, _>>()?;
/// let detector = Detector::named("autoencoder", Preset::Default, &serde_json::json!({ "epochs": 5 }))?;
/// let columns = vec!["x".into(), "y".into()];
/// let fitted = detector.fit(Source::Shards { columns, workers: &mut Here(shards) })?;
/// assert_eq!(fitted.training_scores().len(), 120);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct TableShard {
    /// (rows x columns), standardised once it is known how.
    values: Vec<f32>,
    columns: usize,
    index: usize,
    standardized: Option<(Vec<f64>, Vec<f64>)>,
    training: Option<Training>,
}

/// What training is under way, and what it has left of the last stage.
#[derive(Debug)]
struct Training {
    /// The fit that it belongs to.
    settings: String,
    center: Vec<f32>,
    one: OneNetwork,
    shard: Shard,
}

impl TableShard {
    /// The shard of that number, from 0, with row-major values of shape (rows x columns); it may have no row.
    ///
    /// # Errors
    /// [`Error::Shape`] for a ragged last row; [`Error::NotFinite`], with the row within the shard.
    pub fn new(values: Vec<f32>, columns: usize, index: usize) -> Result<Self, Error> {
        if columns == 0 || !values.len().is_multiple_of(columns) {
            let got = format!("{} values for {columns} columns", values.len());
            return Err(Error::Shape { what: "shard", got, wanted: "rows of at least 1 column".into() });
        }
        // It has no names.
        check_finite(&values, &(0..columns).map(|column| format!("x{column}")).collect::<Vec<_>>())?;
        Ok(Self { values, columns, index, standardized: None, training: None })
    }

    /// Answers a message of a fit to [shards](crate::Source::Shards), on the threads of the current
    /// rayon pool.
    ///
    /// # Errors
    /// [`Error::Shards`] for a message that is none, or of another fit.
    pub fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let Message { fit, question } = from_bytes("a message to a shard", message)?;
        let rows = self.values.len() / self.columns;
        if question == Question::Shape {
            return Ok(to_bytes(&Numbers::of_f64(vec![rows as f64, self.columns as f64])));
        }
        if rows == 0 {
            return Ok(to_bytes(&Numbers::default()));
        }
        let what = question.name();
        let wrong = |got: String, wanted: &str| Error::Shards { what, got, wanted: wanted.into() };
        let place = (fit.starts.get(self.index), fit.starts.get(self.index + 1));
        let first_row = match place {
            _ if fit.columns != self.columns => {
                let got = format!("a fit to {} columns", fit.columns);
                return Err(wrong(got, &format!("one to {}, as the shard has", self.columns)));
            }
            (Some(&start), Some(&end)) if end.checked_sub(start) == Some(rows) => start,
            _ => return Err(wrong(format!("shard {} of {rows} rows", self.index), "as many rows as before")),
        };
        self.standardize(&fit, what)?;
        let table = Rows { values: &self.values, columns: self.columns };
        let answer = match question {
            Question::Shape => unreachable!("answered above"),
            Question::ColumnSums => Numbers::of_f64(sums(&self.values, self.columns)),
            Question::Squares { mean } if mean.len() == self.columns => {
                let mut answer = squares(&self.values, &mean);
                answer.extend(extremes(table, f32::min));
                answer.extend(extremes(table, f32::max));
                Numbers::of_f64(answer)
            }
            Question::Squares { mean } => {
                return Err(wrong(format!("{} means", mean.len()), "one a column"));
            }
            Question::Products => Covariance::sums_of(&self.values, self.columns).into(),
            Question::Rows { rows: wanted } => {
                let here =
                    wanted.iter().filter_map(|&row| row.checked_sub(first_row).filter(|&row| row < rows));
                Numbers::of_f32(
                    here.flat_map(|row| &self.values[row * self.columns..][..self.columns])
                        .copied()
                        .collect(),
                )
            }
            Question::OutputSums => Numbers::of_f64(output_sums(&one_network(&fit)?.network, table)?),
            Question::Pass { epoch, batch, parameters, reduced } => {
                let reduced: Vec<Sums> = reduced.into_iter().map(Sums::from).collect();
                let table_rows = *fit.starts.last().unwrap_or(&0);
                let covariance = match fit.products.len() {
                    0 => None,
                    got if got == self.columns + self.columns * self.columns => {
                        Some(Covariance::from_sums(&Sums::of_f64(fit.products.clone()), table_rows))
                    }
                    got => return Err(wrong(format!("{got} products of columns"), "one for each two")),
                };
                let pass = Pass {
                    step: Step { epoch, batch },
                    parameters: &parameters,
                    first_row,
                    table_rows,
                    covariance: covariance.as_ref(),
                    reduced: &reduced,
                };
                let training = training(&mut self.training, &fit)?;
                training.shard.sums(&self.values, pass)?.into()
            }
            Question::Scores { kept, averaged } => {
                let training = training(&mut self.training, &fit)?;
                Numbers::of_f32(scores(&training.one, &fit.center, table, kept, &averaged)?)
            }
        };
        Ok(to_bytes(&answer))
    }

    /// Standardises the rows where they stand, the first time that a message says how.
    fn standardize(&mut self, fit: &Fit, what: &'static str) -> Result<(), Error> {
        match (&self.standardized, &fit.standardization) {
            (known, asked) if known == asked => Ok(()),
            (None, Some((mean, deviation))) if [mean.len(), deviation.len()] == [self.columns; 2] => {
                Standardization::from_parts(mean.clone(), deviation.clone()).apply(&mut self.values);
                self.standardized = fit.standardization.clone();
                Ok(())
            }
            _ => Err(Error::Shards {
                what,
                got: "the message of another fit".into(),
                wanted: "one of the fit that the shard was made for".into(),
            }),
        }
    }
}

/// The training that a message belongs to, made if it is another than before.
fn training<'a>(known: &'a mut Option<Training>, fit: &Fit) -> Result<&'a mut Training, Error> {
    let same = |training: &Training| training.settings == fit.settings && training.center == fit.center;
    if !known.as_ref().is_some_and(same) {
        let one = one_network(fit)?;
        let (objective, _) = one.goal(&fit.center);
        let mut shard = Shard::new(one.network.clone(), objective, one.training.seed)?;
        if let Some(trimming) = one.training.trim.trimming() {
            shard = shard.with_trim(trimming)?;
        }
        let (settings, center) = (fit.settings.clone(), fit.center.clone());
        *known = Some(Training { settings, center, one, shard });
    }
    Ok(known.as_mut().expect("it was made"))
}

fn one_network(fit: &Fit) -> Result<OneNetwork, Error> {
    let entry = detector_named(&fit.detector)?;
    let settings: Value = serde_json::from_str(&fit.settings).map_err(|problem| Error::Shards {
        what: "the settings of a fit",
        got: problem.to_string(),
        wanted: "settings as JSON".into(),
    })?;
    let one = (entry.read)(&settings)?.one_network(fit.columns)?;
    one.ok_or_else(|| Error::Shards {
        what: "the detector of a fit",
        got: fit.detector.clone(),
        wanted: "one that trains a network".into(),
    })
}

/// Scores of standardised rows by networks with these values.
fn scores(
    one: &OneNetwork,
    center: &[f32],
    rows: Rows<'_>,
    kept: Vec<Vec<f32>>,
    averaged: &[AveragedEpoch],
) -> Result<Vec<f32>, Error> {
    let (_, score) = one.goal(center);
    let model = |values: Vec<f32>| {
        let mut network = one.network.clone();
        set_values(&mut network, &values)?;
        Ok(NetworkModel { network, score: score.clone() })
    };
    let models = kept.into_iter().map(model).collect::<Result<Vec<_>, Error>>()?;
    let fits = if averaged.is_empty() { models.len() == 1 } else { models.len() == averaged.len() };
    if !fits {
        let got = format!("{} networks for {} averaged epochs", models.len(), averaged.len());
        return Err(Error::Shards {
            what: "the scores of a shard",
            got,
            wanted: "one network for each".into(),
        });
    }
    let mut scores = vec![0.0; rows.count()];
    model_of_epochs(models, averaged).score_into(rows, &mut scores)?;
    Ok(scores)
}

/// Every value of a network, tensor by tensor, running statistics included.
pub(crate) fn values_of(network: &Network) -> Vec<f32> {
    (0..network.tensors().len()).flat_map(|index| network.tensor(index)).copied().collect()
}

fn set_values(network: &mut Network, values: &[f32]) -> Result<(), Error> {
    let wanted: usize = (0..network.tensors().len()).map(|index| network.tensor(index).len()).sum();
    if values.len() != wanted {
        let got = format!("{} values", values.len());
        return Err(Error::Shards { what: "the values of a network", got, wanted: wanted.to_string() });
    }
    let mut rest = values;
    for index in 0..network.tensors().len() {
        let target = network.tensor_mut(index);
        let (here, behind) = rest.split_at(target.len());
        target.copy_from_slice(here);
        rest = behind;
    }
    Ok(())
}

/// The smallest or the largest value of each column.
fn extremes(rows: Rows<'_>, more: fn(f32, f32) -> f32) -> impl Iterator<Item = f64> + '_ {
    (0..rows.columns).map(move |column| {
        let values = rows.values.iter().skip(column).step_by(rows.columns).copied();
        f64::from(values.reduce(more).expect("a shard that answers has rows"))
    })
}
