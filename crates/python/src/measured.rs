//! What the engine measures of single rows, so that tests can compare it with other frameworks.

use gradstop::engine::{
    Activation, Architecture, Layer, Network, Objective, Optimizer, Probe, Step, Trainer,
};
use numpy::PyReadonlyArray2;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::detector::contiguous;

/// Norms of the rows' gradients and their dot products, row by row, in a stack of dense layers with tanh
/// between them that is to reproduce its inputs; the loss is the squared error. `parameters` are weight and
/// bias of each layer in turn.
#[pyfunction]
pub(crate) fn engine_gradients(
    rows: PyReadonlyArray2<'_, f32>,
    widths: Vec<usize>,
    parameters: Vec<Vec<f32>>,
) -> PyResult<(Vec<f64>, Vec<f64>)> {
    let wrong = |problem: &dyn ToString| PyValueError::new_err(problem.to_string());
    let (count, columns) = (rows.as_array().nrows(), rows.as_array().ncols());
    let mut layers = Vec::new();
    for (at, &outputs) in widths.iter().chain([&columns]).enumerate() {
        if at > 0 {
            layers.push(Layer::Activation(Activation::Tanh));
        }
        layers.push(Layer::Dense { outputs, bias: true });
    }
    let architecture = Architecture::new(columns, layers).map_err(|error| wrong(&error))?;
    let mut network = Network::zeros(architecture);
    if parameters.len() != network.tensors().len() {
        return Err(wrong(&format!("wanted {} tensors", network.tensors().len())));
    }
    for (at, values) in parameters.iter().enumerate() {
        let tensor = network.tensor_mut(at);
        if tensor.len() != values.len() {
            return Err(wrong(&format!("tensor {at}: got {} values, wanted {}", values.len(), tensor.len())));
        }
        tensor.copy_from_slice(values);
    }
    let trainer = Trainer::new(network, Objective::SquaredError, Optimizer::adam(0.001), count, 0);
    let mut trainer = trainer.map_err(|error| wrong(&error))?;
    let probe: Vec<usize> = (0..count).collect();
    let pass = Probe { rows: &probe, covariance: None };
    trainer.pass(contiguous(&rows)?, Step { epoch: 0, batch: 0 }, pass).map_err(|error| wrong(&error))?;
    let gradients = trainer.row_gradients();
    let sets: Vec<&[usize]> = probe.chunks(1).collect();
    Ok((gradients.norms(&probe), gradients.products_of_sums(&sets)))
}
