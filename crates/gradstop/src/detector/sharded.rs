//! The fit of one network to a table in shards: the loop of every training, with a learner that asks the shards.

use std::cell::RefCell;
use std::collections::BTreeMap;

use gradstop_engine::{Covariance, Network, Probe, Reducer, RowGradients, Step};

use crate::cluster::driver::{Asked, Workers};
use crate::cluster::message::Question;
use crate::cluster::worker::values_of;
use crate::deep::learning::{ROWS_LOOKED_AT, about_training};
use crate::deep::score::NetworkModel;
use crate::detector::Detector;
use crate::detector::assemble::{FitParts, FittedScores, assemble};
use crate::detector::fitted::FittedDetector;
use crate::error::{Error, ModelFileError};
use crate::model::Rows;
use crate::model::average::model_of;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::training::batches::RowsAtHand;
use crate::training::callback::Spectator;
use crate::training::history::Training;
use crate::training::learner::{Chosen, ChosenRows, Learner, Outcome, check_scores};
use crate::training::network_state::{network_like, network_tensors, restore_trainer, trainer_tensors};
use crate::training::train_learner;

impl Detector {
    /// Fits the detector to a table in shards, over all of whose rows every step of the training is taken. It is the
    /// fit to the whole table within the rounding of sums: with the rows of all shards one behind the other, the same
    /// masks of dropout, the same probe rows, the same rule.
    ///
    /// What travels in an epoch are the parameters to every shard and as many sums back, two or three times where
    /// there is a batch-norm, unless it is the only one, stands behind the first layer, and the table is
    /// [narrow](Covariance::is_narrow). Where rows are trimmed, one or two rounds more find the
    /// threshold. The driver holds the probe rows, and a score for every row of the table.
    ///
    /// # Errors
    /// As [`fit_watched`](Self::fit_watched); [`Error::Setting`] for a detector that is not the training of one network
    /// by full batches with a loss of each row alone; [`Error::Shards`] for workers that do not answer as they should.
    ///
    /// A spectator's checkpoint is left alone: nobody here sees the rows that it would have to know again.
    pub fn fit_shards(
        &self,
        columns: Vec<String>,
        workers: &mut dyn Workers,
        spectator: &mut dyn Spectator,
    ) -> Result<FittedDetector, Error> {
        let refuse = |parameter: &str, got: String, wanted: &str| {
            Err(Error::Setting { parameter: parameter.into(), got, wanted: wanted.into() })
        };
        let common = self.common();
        if common.ensemble != 1 {
            return refuse("ensemble", common.ensemble.to_string(), "1 where one fit is spread over shards");
        }
        let Some(one) = (self.entry().one_network)(self.settings(), columns.len())? else {
            return refuse(
                "detector",
                self.name().into(),
                "autoencoder, deepsvdd or vae where one fit is spread over shards",
            );
        };
        let plan = one.training.plan();
        if plan.batch_rows != 0 {
            return refuse(
                "batch_rows",
                plan.batch_rows.to_string(),
                "0 where one fit is spread over shards",
            );
        }
        let mut shards = Asked::meet(workers, self.name(), self.settings().to_string(), columns.len())?;
        let (rows, standardisation) = (shards.rows(), shards.standardisation());
        let centre = shards.find_centre(&one)?;
        let (objective, score) = one.goal(&centre);
        let head: Vec<usize> = (0..rows.min(ROWS_LOOKED_AT)).collect();
        let head = shards.single_rows(&head)?;

        let mut reducer = Reducer::new(one.network.clone(), objective, plan.optimizer, rows, plan.seed)?;
        if let Some(trimming) = plan.trim {
            reducer = reducer.with_trim(trimming)?;
        }
        let shards = RefCell::new(shards);
        let learner = Spread {
            reducer: reducer.with_gradient_limit(plan.gradient_limit),
            shards: &shards,
            narrow: Covariance::is_narrow(columns.len(), rows),
            probed: BTreeMap::new(),
        };
        let (mut rule, mut onlookers) = (one.training.rule()?, one.training.onlookers()?);
        let elsewhere = RowsAtHand::elsewhere(columns.len(), rows, &plan);
        let outcome = train_learner(learner, &plan, elsewhere, &mut *rule, &mut onlookers, spectator)?;
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
            columns,
            rows,
            preparation: None,
            standardisation,
            model: model_of(kept.into_iter().map(of_epoch).collect(), &stop),
            trainings: vec![Training { stop, history, others }],
            warnings,
        };
        assemble(self, parts, FittedScores::Every(training_scores, None))
    }
}

/// One network over all shards.
struct Spread<'a, 'w> {
    reducer: Reducer,
    shards: &'a RefCell<Asked<'w>>,
    /// Whether the table is narrow enough that its covariance is of use without a probe row.
    narrow: bool,
    /// The rows that were ever probed, standardised.
    probed: BTreeMap<usize, Vec<f32>>,
}

impl Spread<'_, '_> {
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

impl Learner for Spread<'_, '_> {
    type Kept = Network;

    fn step(&mut self, _rows: &[f32], step: Step, probe: Probe<'_>) -> Result<f64, Error> {
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
        if !probe.rows.is_empty() {
            let values = self.rows(probe.rows)?;
            self.measure_covariance()?;
            self.reducer.probe(&values, probe.rows, step)?;
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

    /// The loop has no rows to measure one of; this learner has its own.
    fn uses_covariance(&self) -> bool {
        false
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
