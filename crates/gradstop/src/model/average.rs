//! A model that is an average of epochs: what the network was after each of several, and how much each counts.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Error, ModelFileError};
use crate::model::explanation::ExplanationMethod;
use crate::model::score_graph::{NoGraph, ScoreGraph, WeightedScore};
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::{Model, Rows};
use crate::training::history::{AveragedEpoch, StopSummary};

/// Rows that are scored at a time, by every epoch while they are in the cache of a thread.
const BLOCK: usize = 1 << 11;

/// The name of the tensor that says that there are several epochs: (epochs x 3) of number, share and deviation.
const EPOCHS: &str = "epochs";

/// Models of several epochs of one training. The score of a row is the sum of its scores by each, times
/// `share / deviation`.
#[derive(Debug)]
struct Average {
    epochs: Vec<(AveragedEpoch, Arc<dyn Model>)>,
}

/// The model of a training that ended like this: that of the one epoch kept, or the average of several.
pub(crate) fn model_of<M: Model + 'static>(kept: Vec<M>, stop: &StopSummary) -> Arc<dyn Model> {
    model_of_epochs(kept, &stop.averaged)
}

/// The same, where no more is known of the training than the epochs that are averaged.
pub(crate) fn model_of_epochs<M: Model + 'static>(
    mut kept: Vec<M>,
    averaged: &[AveragedEpoch],
) -> Arc<dyn Model> {
    match kept.pop() {
        Some(one) if averaged.is_empty() => Arc::new(one),
        last => {
            let models = kept.into_iter().chain(last).map(|model| Arc::new(model) as Arc<dyn Model>);
            Arc::new(Average { epochs: averaged.iter().copied().zip(models).collect() })
        }
    }
}

/// Makes the model of a training again, each of its epochs by `one`.
pub(crate) fn load_epochs<'a>(
    tensors: &Tensors<'a>,
    one: impl Fn(&Tensors<'a>) -> Result<Arc<dyn Model>, ModelFileError>,
) -> Result<Arc<dyn Model>, ModelFileError> {
    if !tensors.has(EPOCHS) {
        return one(tensors);
    }
    let shape = tensors.shape(EPOCHS)?;
    let figures = tensors.f64(EPOCHS, shape)?;
    let fits = |figures: &[f64]| figures[0] >= 0.0 && figures[1] > 0.0 && figures[2] > 0.0;
    if shape.len() != 2 || shape[1] != 3 || figures.is_empty() || !figures.chunks_exact(3).all(fits) {
        let wanted = "number, share and deviation of each epoch, the last two over 0";
        return Err(tensors.wrong(EPOCHS, format!("{figures:?} of shape {shape:?}"), wanted));
    }
    let epoch = |(index, figures): (usize, &[f64])| {
        let epoch = AveragedEpoch { epoch: figures[0] as usize, share: figures[1], deviation: figures[2] };
        Ok((epoch, one(&tensors.under(&format!("epoch.{index}.")))?))
    };
    let epochs = figures.chunks_exact(3).enumerate().map(epoch).collect::<Result<_, ModelFileError>>()?;
    Ok(Arc::new(Average { epochs }))
}

impl Model for Average {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        let blocks = rows.values.par_chunks(BLOCK * rows.columns).zip(scores.par_chunks_mut(BLOCK));
        blocks.try_for_each_init(Default::default, |(of_epoch, total): &mut (Vec<f32>, Vec<f64>), block| {
            let (values, scores) = block;
            of_epoch.resize(scores.len(), 0.0);
            total.clear();
            total.resize(scores.len(), 0.0);
            for (epoch, model) in &self.epochs {
                model.score_into(Rows { values, ..rows }, of_epoch)?;
                epoch.add(of_epoch, total);
            }
            AveragedEpoch::finish(total, scores);
            Ok(())
        })
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let figures = |(epoch, _): &(AveragedEpoch, _)| [epoch.epoch as f64, epoch.share, epoch.deviation];
        let figures: Vec<f64> = self.epochs.iter().flat_map(figures).collect();
        let mut tensors = vec![NamedTensor::f64(EPOCHS, &[self.epochs.len(), 3], figures)];
        for (index, (_, model)) in self.epochs.iter().enumerate() {
            let under = |tensor: NamedTensor| NamedTensor {
                name: format!("epoch.{index}.{}", tensor.name),
                ..tensor
            };
            tensors.extend(model.tensors().into_iter().map(under));
        }
        tensors
    }

    fn graph(&self) -> Result<ScoreGraph, NoGraph> {
        let term = |(epoch, model): &(AveragedEpoch, Arc<dyn Model>)| {
            let weight = epoch.share / epoch.deviation;
            Ok(WeightedScore { score: model.graph()?, weight, offset: 0.0 })
        };
        Ok(ScoreGraph::WeightedSum(self.epochs.iter().map(term).collect::<Result<_, NoGraph>>()?))
    }

    /// The average is linear in the scores of its epochs, so that what decomposes there does here.
    fn explanation_method(&self) -> ExplanationMethod {
        let base = |(epoch, model): &(AveragedEpoch, Arc<dyn Model>)| {
            epoch.share / epoch.deviation * f64::from(model.explanation_method().base)
        };
        let of_epoch = self.epochs[0].1.explanation_method();
        let base = self.epochs.iter().map(base).sum::<f64>() as f32;
        let description = format!(
            "{}, over the deviation of the epoch's scores; an average of epochs",
            of_epoch.description
        );
        ExplanationMethod { base, description, ..of_epoch }
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        let mut total = vec![0.0; contributions.len()];
        for (epoch, model) in &self.epochs {
            model.explain_into(rows, contributions)?;
            epoch.add(contributions, &mut total);
        }
        AveragedEpoch::finish(&total, contributions);
        Ok(())
    }
}
