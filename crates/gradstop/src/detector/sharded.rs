//! The fit of one network to a table in shards: the loop of every training, with a step that asks the shards.

use std::cell::RefCell;
use std::collections::BTreeMap;

use gradstop_engine::{Covariance, Network, Reducer, RowGradients, Step};

use crate::cluster::driver::{ShardDriver, Workers};
use crate::cluster::message::Question;
use crate::cluster::worker::values_of;
use crate::deep::learning::{ROWS_LOOKED_AT, about_training};
use crate::deep::score::NetworkModel;
use crate::detector::assemble::{FitParts, FittedScores, assemble};
use crate::detector::fitted::FittedDetector;
use crate::detector::{BatchKind, Detector};
use crate::error::{Error, ModelFileError};
use crate::model::Rows;
use crate::model::average::model_of;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::training::batches::RowsAtHand;
use crate::training::callback::Callback;
use crate::training::history::Training;
use crate::training::network_state::{network_like, network_tensors, restore_trainer, trainer_tensors};
use crate::training::step::{Chosen, ChosenRows, Outcome, TrainStep, check_scores};
use crate::training::train;

/// Fits a detector to a table in shards; see [`Source::Shards`](crate::Source::Shards).
pub(crate) fn fit(
    detector: &Detector,
    columns: Vec<String>,
    workers: &mut dyn Workers,
    callback: &mut dyn Callback,
) -> Result<FittedDetector, Error> {
    let (one, plan) = detector.one_network(columns.len(), BatchKind::Full)?;
    let mut shards =
        ShardDriver::connect(workers, detector.name(), detector.settings().to_string(), columns.len())?;
    let (rows, standardization) = (shards.rows(), shards.standardization());
    let ranges = shards.ranges();
    let center = shards.find_center(&one)?;
    let (objective, score) = one.goal(&center);
    let head: Vec<usize> = (0..rows.min(ROWS_LOOKED_AT)).collect();
    let head = shards.single_rows(&head)?;

    let mut reducer = Reducer::new(one.network.clone(), objective, plan.optimizer, rows, plan.seed)?;
    if let Some(trimming) = plan.trim {
        reducer = reducer.with_trim(trimming)?;
    }
    let shards = RefCell::new(shards);
    let train_step = ShardedStep {
        reducer: reducer.with_gradient_limit(plan.gradient_limit),
        shards: &shards,
        narrow: Covariance::is_narrow(columns.len(), rows),
        probed: BTreeMap::new(),
    };
    let elsewhere = RowsAtHand::elsewhere(columns.len(), rows, &plan);
    let outcome = train(train_step, &plan, elsewhere, one.training.rules()?, callback)?;
    let Outcome { kept, history, stop, others } = outcome;

    let mut training_scores = vec![0.0; rows];
    let question =
        Question::Scores { kept: kept.iter().map(values_of).collect(), averaged: stop.averaged.clone() };
    shards.borrow_mut().scores(question, &mut training_scores)?;
    check_scores(&training_scores, &stop, &plan)?;
    let network = kept.last().expect("a training keeps an epoch at least");
    let head = Rows { values: &head, columns: columns.len() };
    let warnings = about_training(&one.network, network, head)?;
    let of_epoch = |network| NetworkModel { network, score: score.clone() };
    let parts = FitParts {
        ranges: Some(ranges),
        usual: None,
        columns,
        rows,
        preparation: None,
        standardization,
        model: model_of(kept.into_iter().map(of_epoch).collect(), &stop),
        trainings: vec![Training { stop, history, others }],
        warnings,
    };
    assemble(detector, parts, FittedScores::Every(training_scores, None))
}

/// One network over all shards.
struct ShardedStep<'a, 'w> {
    reducer: Reducer,
    shards: &'a RefCell<ShardDriver<'w>>,
    /// Whether the table is narrow enough that its covariance is of use without a probe row.
    narrow: bool,
    /// The rows that were ever probed, standardised.
    probed: BTreeMap<usize, Vec<f32>>,
}

impl ShardedStep<'_, '_> {
    /// Asks for the covariance of the columns, once, if the network has a use for it.
    fn measure_covariance(&mut self) -> Result<(), Error> {
        if self.reducer.trainer().uses_covariance() && self.reducer.covariance().is_none() {
            self.reducer.set_covariance(self.shards.borrow_mut().covariance()?);
        }
        Ok(())
    }

    /// The values of rows of the table; each is asked for once.
    fn rows(&mut self, rows: &[usize]) -> Result<Vec<f32>, Error> {
        let unknown: Vec<usize> = rows.iter().copied().filter(|row| !self.probed.contains_key(row)).collect();
        if !unknown.is_empty() {
            let values = self.shards.borrow_mut().single_rows(&unknown)?;
            let inputs = values.len() / unknown.len();
            let found = unknown.into_iter().zip(values.chunks_exact(inputs).map(<[f32]>::to_vec));
            self.probed.extend(found);
        }
        Ok(rows.iter().flat_map(|row| &self.probed[row]).copied().collect())
    }
}

impl TrainStep for ShardedStep<'_, '_> {
    type Kept = Network;

    fn advance(&mut self, _rows: &[f32], step: Step, probe: &[usize]) -> Result<f64, Error> {
        if self.narrow {
            self.measure_covariance()?;
        }
        self.reducer.begin()?;
        let loss = loop {
            let question = Question::pass(step, self.reducer.network().parameters(), self.reducer.reduced());
            let said = self.shards.borrow_mut().sums(question)?;
            if let Some(loss) = self.reducer.reduce(&said)? {
                break loss;
            }
        };
        if !probe.is_empty() {
            let values = self.rows(probe)?;
            self.measure_covariance()?;
            self.reducer.probe(&values, probe, step)?;
        }
        self.reducer.update();
        Ok(loss)
    }

    fn selected(&self) -> Option<Chosen<'_>> {
        let (left_out, threshold) = self.reducer.trimmed()?;
        Some(Chosen { rows: ChosenRows::Elsewhere { left_out }, threshold: f64::from(threshold) })
    }

    fn gradients(&mut self) -> Vec<RowGradients<'_>> {
        vec![self.reducer.row_gradients()]
    }

    fn score_into(&mut self, _rows: &[f32], scores: &mut [f32]) -> Result<(), Error> {
        let kept = vec![values_of(self.reducer.network())];
        self.shards.borrow_mut().scores(Question::Scores { kept, averaged: Vec::new() }, scores)
    }

    fn keep(&self) -> Network {
        self.reducer.network().clone()
    }

    fn sees_all_rows(&self) -> bool {
        false
    }

    fn state(&self) -> Vec<NamedTensor> {
        trainer_tensors(self.reducer.trainer())
    }

    fn restore(&mut self, state: &Tensors<'_>) -> Result<(), ModelFileError> {
        restore_trainer(self.reducer.trainer_mut(), state)
    }

    fn kept_tensors(kept: &Network) -> Vec<NamedTensor> {
        network_tensors(kept, "")
    }

    fn kept_from(&self, tensors: &Tensors<'_>) -> Result<Network, ModelFileError> {
        network_like(self.reducer.network(), tensors)
    }
}
