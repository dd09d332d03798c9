//! The driver's side of the messages: it asks every shard and puts the answers together.

use gradstop_engine::{Covariance, Sums};

use crate::cluster::message::{Fit, Message, Numbers, Question, from_bytes, to_bytes};
use crate::deep::recipe::OneNetwork;
use crate::error::Error;
use crate::model::ranges::Ranges;
use crate::model::scaler::Standardization;

/// Who carries messages to the shards of a table.
pub trait Workers {
    /// Shows a message to every shard and returns what each answered, in the order of the shards. Whoever loses a
    /// shard makes it again from its rows and asks it once more.
    ///
    /// # Errors
    /// [`Error::Shards`] if it cannot be done, which ends the fit.
    fn ask(&mut self, message: &[u8]) -> Result<Vec<Vec<u8>>, Error>;
}

/// The shards of one table, as the driver of a fit knows them.
pub(crate) struct ShardDriver<'a> {
    workers: &'a mut dyn Workers,
    fit: Fit,
    ranges: Ranges,
}

impl<'a> ShardDriver<'a> {
    /// Counts the rows and learns how to standardise them.
    pub(crate) fn connect(
        workers: &'a mut dyn Workers,
        detector: &str,
        settings: String,
        columns: usize,
    ) -> Result<Self, Error> {
        let fit = Fit { detector: detector.into(), settings, columns, ..Fit::default() };
        let mut driver = Self { workers, fit, ranges: Ranges::new(columns) };
        let mut starts = vec![0];
        for (shard, answer) in driver.every(Question::Shape)?.into_iter().enumerate() {
            let [rows, has] = answer.double[..] else {
                return Err(short(Question::Shape.name(), answer.double.len(), 2));
            };
            if rows > 0.0 && has != columns as f64 {
                return Err(Error::Shards {
                    what: "the columns of the shards",
                    got: format!("{has} in shard {shard}"),
                    wanted: columns.to_string(),
                });
            }
            starts.push(starts[shard] + rows as usize);
        }
        driver.fit.starts = starts;
        if driver.rows() == 0 {
            let (got, wanted) = ("no row in any shard".into(), "at least 1".into());
            return Err(Error::Shape { what: "table", got, wanted });
        }
        let (standardization, ranges) = driver.measure()?;
        driver.ranges = ranges;
        let (mean, deviation) = (standardization.mean().to_vec(), standardization.deviation().to_vec());
        driver.fit.standardization = Some((mean, deviation));
        Ok(driver)
    }

    /// Rows of the whole table.
    pub(crate) fn rows(&self) -> usize {
        self.fit.starts.last().copied().unwrap_or_default()
    }

    pub(crate) fn standardization(&self) -> Standardization {
        let (mean, deviation) = self.fit.standardization.clone().unwrap_or_default();
        Standardization::from_parts(mean, deviation)
    }

    /// Measures where a network is to map rows, and lets the shards know.
    pub(crate) fn find_center(&mut self, one: &OneNetwork) -> Result<Vec<f32>, Error> {
        self.fit.center = match one.measures_center() {
            true => one.center(&self.sum(Question::OutputSums)?.double, self.rows()),
            false => one.origin(),
        };
        Ok(self.fit.center.clone())
    }

    /// Measures the covariance of the columns, and lets the shards know it if it is of use to them.
    pub(crate) fn covariance(&mut self) -> Result<Covariance, Error> {
        let columns = self.fit.columns;
        let sums = self.sum(Question::Products)?;
        let wanted = columns + columns * columns;
        if sums.double.len() != wanted {
            return Err(short("the covariance of a shard", sums.double.len(), wanted));
        }
        let covariance = Covariance::from_sums(&sums, self.rows());
        if Covariance::is_narrow(columns, self.rows()) {
            self.fit.products = sums.double;
        }
        Ok(covariance)
    }

    /// Single rows of the table, standardised; `rows` rise.
    pub(crate) fn single_rows(&mut self, rows: &[usize]) -> Result<Vec<f32>, Error> {
        let wanted = rows.len() * self.fit.columns;
        let values = self.all(Question::Rows { rows: rows.to_vec() })?;
        match values.len() == wanted {
            true => Ok(values),
            false => Err(short("single rows of the shards", values.len(), wanted)),
        }
    }

    /// A number for each row of the table.
    pub(crate) fn scores(&mut self, question: Question, scores: &mut [f32]) -> Result<(), Error> {
        let said = self.all(question)?;
        if said.len() != scores.len() {
            return Err(short("the scores of the shards", said.len(), scores.len()));
        }
        scores.copy_from_slice(&said);
        Ok(())
    }

    /// What every shard that has rows says.
    pub(crate) fn sums(&mut self, question: Question) -> Result<Vec<Sums>, Error> {
        let shards = self.fit.starts.windows(2).map(|ends| ends[0] < ends[1]).collect::<Vec<_>>();
        let said = self.every(question)?.into_iter().zip(shards);
        Ok(said.filter(|(_, has_rows)| *has_rows).map(|(answer, _)| answer.into()).collect())
    }

    fn sum(&mut self, question: Question) -> Result<Sums, Error> {
        Ok(Sums::fold(&self.sums(question)?)?)
    }

    /// Everything that the shards say in 32 bits, one behind the other.
    fn all(&mut self, question: Question) -> Result<Vec<f32>, Error> {
        Ok(self.sums(question)?.into_iter().flat_map(|sums| sums.single).collect())
    }

    fn every(&mut self, question: Question) -> Result<Vec<Numbers>, Error> {
        let what = question.name();
        let message = to_bytes(&Message { fit: self.fit.clone(), question });
        let answers = self.workers.ask(&message)?;
        let shards = self.fit.starts.len();
        if answers.is_empty() || (shards > 0 && answers.len() + 1 != shards) {
            let wanted = if shards > 0 { (shards - 1).to_string() } else { "at least 1".into() };
            return Err(Error::Shards { what, got: format!("{} answers", answers.len()), wanted });
        }
        answers.iter().map(|answer| from_bytes(what, answer)).collect()
    }

    /// The smallest and the largest value of each column of the table.
    pub(crate) fn ranges(&self) -> Ranges {
        self.ranges.clone()
    }

    /// Means and deviations of the whole table, and the ranges of its columns, in two rounds.
    fn measure(&mut self) -> Result<(Standardization, Ranges), Error> {
        let (columns, rows) = (self.fit.columns, self.rows() as f64);
        let sums = self.sum(Question::ColumnSums)?.double;
        if sums.len() != columns {
            return Err(short("the column sums of a shard", sums.len(), columns));
        }
        let mean: Vec<f64> = sums.into_iter().map(|sum| sum / rows).collect();
        let said = self.sums(Question::Squares { mean: mean.clone() })?;
        if let Some(sums) = said.iter().find(|sums| sums.double.len() != 3 * columns) {
            return Err(short("the squared distances of a shard", sums.double.len(), 3 * columns));
        }
        let of_column =
            |part: usize, column: usize| said.iter().map(move |sums| sums.double[part * columns + column]);
        let squares = (0..columns).map(|column| of_column(0, column).sum()).collect();
        // They are values of the table, which has 32 bits.
        let least = |column| of_column(1, column).fold(f64::INFINITY, f64::min) as f32;
        let most = |column| of_column(2, column).fold(f64::NEG_INFINITY, f64::max) as f32;
        let ranges =
            Ranges { low: (0..columns).map(least).collect(), high: (0..columns).map(most).collect() };
        let is_constant = |column: usize| ranges.low[column] == ranges.high[column];
        let standardization = Standardization::of_squares(mean, squares, rows, is_constant);
        Ok((standardization, ranges))
    }
}

fn short(what: &'static str, got: usize, wanted: usize) -> Error {
    Error::Shards { what, got: format!("{got} numbers"), wanted: wanted.to_string() }
}
