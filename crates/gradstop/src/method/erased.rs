//! An algorithm whose type is not known, as a detector holds it.

use std::fmt::Debug;
use std::sync::Arc;

use serde_json::Value;

use crate::deep::recipe::OneNetwork;
use crate::deep::settings::TrainingSettings;
use crate::error::{Error, ModelFileError};
use crate::method::{Algorithm, FitOutput};
use crate::model::tensors::Tensors;
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

/// Every [`Algorithm`], behind a pointer.
pub(crate) trait AnyAlgorithm: Debug + Send + Sync {
    /// Its settings as a tree of names and values.
    fn settings(&self) -> Value;
    fn training(&self) -> Option<TrainingSettings>;
    fn seed(&self) -> Option<u64>;
    /// The same with another seed.
    fn with_seed(&self, seed: u64) -> Arc<dyn AnyAlgorithm>;
    fn check(&self) -> Result<(), Error>;
    fn trainings(&self) -> usize;
    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error>;
    fn one_network(&self, columns: usize) -> Result<Option<OneNetwork>, Error>;
    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError>;
}

impl<A: Algorithm> AnyAlgorithm for A {
    fn settings(&self) -> Value {
        serde_json::to_value(self).expect("settings are plain data")
    }

    fn training(&self) -> Option<TrainingSettings> {
        self.clone().training_mut().cloned()
    }

    fn seed(&self) -> Option<u64> {
        self.clone().seed_mut().copied()
    }

    fn with_seed(&self, seed: u64) -> Arc<dyn AnyAlgorithm> {
        let mut other = self.clone();
        if let Some(own) = other.seed_mut() {
            *own = seed;
        }
        Arc::new(other)
    }

    fn check(&self) -> Result<(), Error> {
        Algorithm::check(self)
    }

    fn trainings(&self) -> usize {
        Algorithm::trainings(self)
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        Algorithm::learn(self, rows, callback)
    }

    fn one_network(&self, columns: usize) -> Result<Option<OneNetwork>, Error> {
        Algorithm::one_network(self, columns)
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        Algorithm::load(self, columns, tensors)
    }
}
