//! Networks as they score: running statistics, no dropout, the means of codes.

use gradstop::engine::{Activation, Layer, Network};

use crate::graph::{Attribute, Graph, Value};

/// (rows x inputs) -> (rows x outputs).
pub(crate) fn outputs(graph: &mut Graph, network: &Network, rows: &Value) -> Value {
    let architecture = network.architecture();
    let mut value = rows.clone();
    for (index, layer) in architecture.layers().iter().enumerate() {
        let (inputs, outputs) = (architecture.input_width(index), architecture.output_width(index));
        value = match *layer {
            Layer::Dense { bias, .. } => {
                let weight = graph.floats(&[outputs, inputs], tensor(network, index, "weight"));
                let transposed = [Attribute::Int("transB", 1)];
                match bias {
                    true => {
                        let bias = graph.floats(&[outputs], tensor(network, index, "bias"));
                        graph.node("Gemm", &[&value, &weight, &bias], &transposed)
                    }
                    false => graph.node("Gemm", &[&value, &weight], &transposed),
                }
            }
            Layer::BatchNorm(norm) => {
                let of = |kind| tensor(network, index, kind);
                let (gamma, variance) = (of("weight"), of("running_variance"));
                // With the roundings of the engine, so that a tiny variance makes no difference.
                let gain: Vec<f32> = gamma
                    .iter()
                    .zip(variance)
                    .map(|(gamma, variance)| gamma * (1.0 / (variance + norm.epsilon).sqrt()))
                    .collect();
                let terms = of("bias").iter().zip(of("running_mean")).zip(&gain);
                let shift: Vec<f32> = terms.map(|((beta, mean), gain)| beta - mean * gain).collect();
                let (gain, shift) = (graph.floats(&[outputs], &gain), graph.floats(&[outputs], &shift));
                let scaled = graph.node("Mul", &[&value, &gain], &[]);
                graph.node("Add", &[&scaled, &shift], &[])
            }
            Layer::Activation(activation) => activated(graph, activation, value),
            Layer::Sample(_) => {
                // The first half of the input; a model that draws has no graph.
                let (start, end) = (graph.ints(&[0]), graph.ints(&[outputs as i64]));
                let axis = graph.ints(&[1]);
                graph.node("Slice", &[&value, &start, &end, &axis], &[])
            }
            Layer::Dropout { .. } => value,
        };
    }
    value
}

fn activated(graph: &mut Graph, activation: Activation, value: Value) -> Value {
    match activation {
        Activation::Relu => graph.node("Relu", &[&value], &[]),
        Activation::LeakyRelu { slope } => {
            graph.node("LeakyRelu", &[&value], &[Attribute::Float("alpha", slope)])
        }
        Activation::Sigmoid => graph.node("Sigmoid", &[&value], &[]),
        Activation::Tanh => graph.node("Tanh", &[&value], &[]),
        Activation::Identity => value,
    }
}

fn tensor<'a>(network: &'a Network, layer: usize, kind: &str) -> &'a [f32] {
    let name = format!("{layer}.{kind}");
    let index = network.tensors().iter().position(|tensor| tensor.name == name);
    network.tensor(index.expect("a layer has the tensors of its kind"))
}
