//! Building networks layer by layer, and taking them to tensors and back.

use gradstop_engine::{Architecture, Layer, Network};

use crate::deep::settings::ActivationName;
use crate::error::{Error, ModelFileError};
use crate::model::tensors::Tensors;

/// Adds a dense layer, its activation unless that is the identity, and dropout if its rate is over 0.
pub(crate) fn hidden_layer(
    layers: &mut Vec<Layer>,
    outputs: usize,
    bias: bool,
    activation: ActivationName,
    dropout: f64,
) {
    layers.push(Layer::Dense { outputs, bias });
    if activation != ActivationName::Identity {
        layers.push(Layer::Activation(activation.into()));
    }
    if dropout > 0.0 {
        layers.push(Layer::Dropout { rate: dropout as f32 });
    }
}

/// The network that the settings describe, with its values from a file. Nothing is allocated before the
/// file is known to hold the weights.
pub(crate) fn load_network(
    architecture: impl FnOnce() -> Result<Architecture, Error>,
    tensors: &Tensors<'_>,
) -> Result<Network, ModelFileError> {
    let architecture = architecture().map_err(|error| ModelFileError::Content {
        what: "settings".into(),
        got: error.to_string(),
        wanted: "settings that a fit accepts".into(),
    })?;
    for (index, layer) in architecture.layers().iter().enumerate() {
        if let Layer::Dense { outputs, .. } = *layer {
            tensors.f32(&format!("{index}.weight"), &[outputs, architecture.input_width(index)])?;
        }
    }
    let mut network = Network::zeros(architecture);
    for index in 0..network.tensors().len() {
        let tensor = &network.tensors()[index];
        let values = tensors.f32(&tensor.name, &tensor.shape)?;
        network.tensor_mut(index).copy_from_slice(values);
    }
    Ok(network)
}
