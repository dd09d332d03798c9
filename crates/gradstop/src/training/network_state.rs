//! Networks and what trains them as tensors, and back.

use gradstop_engine::{Network, OptimizerState, RowSelection, Trainer};

use crate::error::ModelFileError;
use crate::model::tensors::{NamedTensor, Tensors, Values, copy_f32};

/// The tensors of a network, their names behind a prefix.
pub(crate) fn network_tensors(network: &Network, prefix: &str) -> Vec<NamedTensor> {
    let tensors = network.tensors().iter().enumerate();
    tensors
        .map(|(index, tensor)| {
            let values = network.tensor(index).to_vec();
            NamedTensor::f32(format!("{prefix}{}", tensor.name), &tensor.shape, values)
        })
        .collect()
}

/// A snapshot of a network like this one from its tensors.
pub(crate) fn network_like(network: &Network, tensors: &Tensors<'_>) -> Result<Network, ModelFileError> {
    let mut network = network.clone();
    fill_network(&mut network, tensors)?;
    Ok(network)
}

/// Fills a network with values, finite or not.
pub(crate) fn fill_network(network: &mut Network, tensors: &Tensors<'_>) -> Result<(), ModelFileError> {
    for index in 0..network.tensors().len() {
        let name = network.tensors()[index].name.clone();
        copy_f32(tensors, &name, network.tensor_mut(index))?;
    }
    Ok(())
}

/// Everything that a trainer's next step depends on, as tensors.
pub(crate) fn trainer_tensors(trainer: &Trainer) -> Vec<NamedTensor> {
    let (optimizer, radius) = trainer.memory();
    let mut tensors = network_tensors(trainer.network(), "network.");
    tensors.extend(optimizer_tensors(optimizer));
    tensors.push(NamedTensor::f32("radius", &[1], vec![radius]));
    tensors.extend(trainer.selection().map(|selection| selection_tensor(selection, "selection")));
    tensors
}

/// Goes on from the tensors of a trainer of the same settings.
pub(crate) fn restore_trainer(trainer: &mut Trainer, state: &Tensors<'_>) -> Result<(), ModelFileError> {
    fill_network(trainer.network_mut(), &state.under("network."))?;
    let (optimizer, radius) = trainer.memory_mut();
    restore_optimizer(optimizer, state)?;
    copy_f32(state, "radius", std::slice::from_mut(radius))?;
    trainer.selection_mut().map_or(Ok(()), |selection| restore_selection(selection, state, "selection"))
}

/// What an optimizer remembers, as tensors.
pub(crate) fn optimizer_tensors(optimizer: &OptimizerState) -> [NamedTensor; 3] {
    let (steps, mean, square) = optimizer.memory();
    [
        NamedTensor::u32("optimizer.steps", &[1], vec![steps.unsigned_abs()]),
        NamedTensor::f32("optimizer.mean", &[mean.len()], mean.to_vec()),
        NamedTensor::f32("optimizer.square", &[square.len()], square.to_vec()),
    ]
}

/// Goes on from the tensors of an optimizer of the same settings.
pub(crate) fn restore_optimizer(
    optimizer: &mut OptimizerState,
    state: &Tensors<'_>,
) -> Result<(), ModelFileError> {
    let steps = state.u32("optimizer.steps", &[1], i32::MAX as usize + 1)?[0];
    let of = |name: &str| match state.values(name)? {
        Values::F32(values) => Ok(&values[..]),
        other => Err(state.wrong(name, other.describe(), "32-bit floats")),
    };
    let (mean, square) = (of("optimizer.mean")?, of("optimizer.square")?);
    let recalled = optimizer.recall(steps as i32, mean, square);
    recalled.map_err(|error| state.wrong("optimizer", error.to_string(), "what the optimizer remembers"))
}

/// What a selection of rows remembers, as a tensor.
pub(crate) fn selection_tensor(selection: &dyn RowSelection, name: &str) -> NamedTensor {
    let memory = selection.memory();
    NamedTensor::f64(name, &[memory.len()], memory)
}

/// Goes on from the tensor of such a selection.
pub(crate) fn restore_selection(
    selection: &mut dyn RowSelection,
    state: &Tensors<'_>,
    name: &str,
) -> Result<(), ModelFileError> {
    match state.values(name)? {
        Values::F64(memory) if selection.recall(memory) => Ok(()),
        other => Err(state.wrong(name, other.describe(), "what the selection of rows remembers")),
    }
}
