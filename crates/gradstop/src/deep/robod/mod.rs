//! ROBOD (Ding et al., 2022): auto-encoders of several depths and members that share their weights.
//!
//! Each dense layer has one weight W for all members; member m scales its inputs and outputs (a
//! BatchEnsemble): `z = ((a * r_m) W^T) * s_m + b_m`, which is a layer with the weight `W * s_m r_m^T`.
//! So each member is trained as a nested auto-encoder with its *effective* weights, all depths at once, and the
//! gradients of those flow back into the shared ones.
//!
//! A rule that looks at gradients sees those of the effective weights of every member.

mod members;
pub(crate) mod settings;
mod shared_weights;

use std::sync::Arc;

use gradstop_rules::EarlyStopping;

use crate::deep::networks::load_network;
use crate::deep::robod::members::Members;
use crate::deep::robod::settings::{Robod, trained};
use crate::deep::robod::shared_weights::SharedWeights;
use crate::deep::settings::{ActivationName, TrainingSettings, TrimSetting};
use crate::error::{Error, ModelFileError};
use crate::method::{Algorithm, FitOutput};
use crate::model::average::{load_epochs, model_of};
use crate::model::tensors::Tensors;
use crate::model::{Model, Rows};
use crate::training::batches::RowsAtHand;
use crate::training::callback::Callback;
use crate::training::history::Training;
use crate::training::step::{Outcome, check_scores};
use crate::training::train;

impl Algorithm for Robod {
    const NAME: &'static str = "robod";
    const CLASS: &'static str = "ROBOD";
    const ABOUT: &'static str =
        "auto-encoders of several depths share their weights; abnormal is what they reproduce badly";
    const ASSUMES: &'static str =
        "inliers lie near a surface of few dimensions; which network shows it is not known";
    const SCORE: &'static str = "reconstruction error, summed over the depths and averaged over the members";
    const COST: &'static str =
        "fit: members x depths x epochs x n x weights; score: members x depths x n x weights";

    fn paper() -> Self {
        Self {
            width_decay: 1.5,
            max_width: 0,
            output_activation: ActivationName::Sigmoid,
            all_rows: false,
            training: trained(TrimSetting::Share(0.0)),
            ..Self::default()
        }
    }

    fn training_mut(&mut self) -> Option<&mut TrainingSettings> {
        Some(&mut self.training)
    }

    fn check(&self) -> Result<(), Error> {
        if !self.all_rows && self.training.early_stopping == EarlyStopping::Gradstop {
            return Err(Error::Setting {
                parameter: "early_stopping".into(),
                got: "gradstop with all_rows = false".into(),
                wanted: "all_rows = true, without which a row has a gradient in one member only".into(),
            });
        }
        self.training.check()
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        let plan = self.training.plan();
        let train_step = SharedWeights::new(self, rows)?;
        let mut rules = self.training.rules()?;
        if !self.all_rows {
            rules.onlookers.retain(|rule| rule.needs(0).gradients.is_none());
        }
        let batches = RowsAtHand::new(rows.values, rows.columns, &plan);
        let outcome = train(train_step, &plan, batches, rules, callback)?;
        let Outcome { kept, history, stop, others } = outcome;
        let model = model_of(kept, &stop);
        let mut training_scores = vec![0.0; rows.count()];
        model.score_into(rows, &mut training_scores)?;
        check_scores(&training_scores, &stop, &plan)?;
        let trainings = vec![Training { stop, history, others }];
        Ok(FitOutput { model, training_scores, trainings, warnings: Vec::new() })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        load_epochs(tensors, |tensors| {
            let network = |member: usize| {
                let tensors = tensors.under(&format!("network.{member}."));
                load_network(|| self.architecture(columns), &tensors)
            };
            let networks = (0..self.members).map(network).collect::<Result<_, ModelFileError>>()?;
            Ok(Arc::new(Members { networks, all_rows: self.all_rows }))
        })
    }
}
