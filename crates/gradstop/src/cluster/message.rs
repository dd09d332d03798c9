//! What a driver asks and what a shard answers, as bytes.

use gradstop_engine::{Step, Sums};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::training::history::AveragedEpoch;

/// A question with all that a shard must know to answer it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) fit: Fit,
    pub(crate) question: Question,
}

/// What stays the same from one question to the next, as far as it is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Fit {
    /// Name of the detector, and its settings as JSON.
    pub(crate) detector: String,
    pub(crate) settings: String,
    pub(crate) columns: usize,
    /// Where the first row of each shard stands in the table, and in the end how many rows there are.
    pub(crate) starts: Vec<usize>,
    /// Mean and deviation of every column; before they are known there are none.
    pub(crate) standardization: Option<(Vec<f64>, Vec<f64>)>,
    /// Where the network is to map rows, if anywhere.
    pub(crate) center: Vec<f32>,
    /// What the covariance of a narrow table is made of, once it is known.
    pub(crate) products: Vec<f64>,
}

/// What a shard is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Question {
    /// How many rows and columns there are, in 64 bits. Only this is asked of shards without a row too.
    Shape,
    /// Sum of each column as it is, in 64 bits.
    ColumnSums,
    /// Sums of squared distances from these means, in 64 bits; behind them the smallest value of each column, then
    /// the largest.
    Squares { mean: Vec<f64> },
    /// What the covariance of the columns is made of, in 64 bits.
    Products,
    /// Those of these rows of the table that the shard has, in 32 bits. They rise.
    Rows { rows: Vec<usize> },
    /// Sum of the outputs of the fresh network.
    OutputSums,
    /// The sums of a stage of a pass.
    Pass { epoch: u64, batch: u64, parameters: Vec<f32>, reduced: Vec<Numbers> },
    /// The score of each row, in 32 bits, by networks with these values: by the only one, or by the average.
    Scores { kept: Vec<Vec<f32>>, averaged: Vec<AveragedEpoch> },
}

/// Numbers in 64 and in 32 bits: every answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub(crate) double: Vec<f64>,
    pub(crate) single: Vec<f32>,
}

impl Question {
    pub(crate) fn pass(step: Step, parameters: &[f32], reduced: &[Sums]) -> Self {
        let reduced = reduced.iter().cloned().map(Numbers::from).collect();
        Self::Pass { epoch: step.epoch, batch: step.batch, parameters: parameters.to_vec(), reduced }
    }

    /// The question in words, for errors.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Shape => "the rows of a shard",
            Self::ColumnSums => "the column sums of a shard",
            Self::Squares { .. } => "the squared distances of a shard",
            Self::Products => "the covariance of a shard",
            Self::Rows { .. } => "single rows of a shard",
            Self::OutputSums => "the outputs of a shard",
            Self::Pass { .. } => "the sums of a shard",
            Self::Scores { .. } => "the scores of a shard",
        }
    }
}

impl Numbers {
    pub(crate) fn of_f64(double: Vec<f64>) -> Self {
        Self { double, single: Vec::new() }
    }

    pub(crate) fn of_f32(single: Vec<f32>) -> Self {
        Self { double: Vec::new(), single }
    }
}

impl From<Sums> for Numbers {
    fn from(Sums { double, single }: Sums) -> Self {
        Self { double, single }
    }
}

impl From<Numbers> for Sums {
    fn from(Numbers { double, single }: Numbers) -> Self {
        Self { double, single }
    }
}

pub(crate) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("messages are plain data")
}

/// Reads bytes that come from another machine.
pub(crate) fn from_bytes<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, Error> {
    postcard::from_bytes(bytes).map_err(|problem| Error::Shards {
        what,
        got: format!("{} bytes: {problem}", bytes.len()),
        wanted: "a message of this version of gradstop".into(),
    })
}
