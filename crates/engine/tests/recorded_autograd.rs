//! The engine against what PyTorch's automatic differentiation said of the same networks
//! (fixtures/make_fixtures.py made the record).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop_engine::*;
use serde_json::Value;

fn record() -> Value {
    serde_json::from_str(include_str!("fixtures/autograd.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(number).collect()
}

fn layer(layer: &Value) -> Layer {
    let constant = || number(&layer[1]) as f32;
    match layer[0].as_str().unwrap() {
        "dense" => Layer::Dense { outputs: number(&layer[1]) as usize, bias: layer[2].as_bool().unwrap() },
        "norm" => Layer::BatchNorm(BatchNorm::default()),
        "relu" => Layer::Activation(Activation::Relu),
        "sigmoid" => Layer::Activation(Activation::Sigmoid),
        "leaky" => Layer::Activation(Activation::LeakyRelu { slope: constant() }),
        "dropout" => Layer::Dropout { rate: constant() },
        "sample" => Layer::Sample(Sample { divergence_weight: constant(), draws_in_scoring: false }),
        other => panic!("layer {other}"),
    }
}

/// The weights of the script: `0.4 sin(1.7 i + salt)`, 1 more for gamma.
fn network(layers: Vec<Layer>, columns: usize, salt: f64) -> Network {
    let gammas: Vec<String> = (0..layers.len())
        .filter(|&at| matches!(layers[at], Layer::BatchNorm(_)))
        .map(|at| format!("{at}.weight"))
        .collect();
    let mut network = Network::zeros(Architecture::new(columns, layers).unwrap());
    let mut index = 0;
    for tensor in 0..network.tensors().len() {
        let name = network.tensors()[tensor].name.clone();
        if name.contains("running") {
            continue;
        }
        let offset = f64::from(u8::from(gammas.contains(&name)));
        for value in network.tensor_mut(tensor) {
            *value = (offset + 0.4 * (1.7 * index as f64 + salt).sin()) as f32;
            index += 1;
        }
    }
    network
}

fn objective(name: &str, outputs: usize, columns: usize) -> Objective {
    match name {
        "squared_error" => Objective::SquaredError,
        "mean_squared_error" => Objective::MeanSquaredError,
        "distance" => {
            Objective::Distance { center: (0..outputs).map(|unit| 0.1 * (unit + 1) as f32).collect() }
        }
        "random_distances" => {
            let leaky = Layer::Activation(Activation::LeakyRelu { slope: 0.25 });
            let target = network(vec![Layer::Dense { outputs, bias: true }, leaky], columns, 5.0);
            Objective::RandomDistances { target: Box::new(target) }
        }
        other => panic!("loss {other}"),
    }
}

fn optimizer(name: &str) -> Optimizer {
    match name {
        "adam" => Optimizer::adam(0.01),
        "sgd" => Optimizer::Sgd { learning_rate: 0.05, momentum: 0.9, weight_decay: 0.0 },
        "rmsprop" => {
            Optimizer::RmsProp { learning_rate: 0.005, decay: 0.99, epsilon: 1e-8, weight_decay: 0.0 }
        }
        other => panic!("optimizer {other}"),
    }
}

fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{what}: got {got}, wanted {want}");
}

#[test]
fn row_gradients_and_the_first_ten_steps_are_those_of_autograd() {
    let all = record();
    let whole = |name: &str| all[name].as_u64().unwrap();
    let (seed, count, columns) = (whole("seed"), whole("rows") as usize, whole("columns") as usize);
    let step = Step { epoch: whole("epoch"), batch: whole("batch") };
    let value = |row: usize, column: usize| {
        ((0.9 * row as f64 + 1.3 * column as f64).cos() * (1 + row % 4) as f64) as f32
    };
    let rows: Vec<f32> = (0..count * columns).map(|at| value(at / columns, at % columns)).collect();
    for record in all["records"].as_array().unwrap() {
        let name = record["name"].as_str().unwrap();
        let trainer = || {
            let layers = record["layers"].as_array().unwrap().iter().map(layer).collect();
            let mut network = network(layers, columns, 2.0);
            if let Some(kept) = record["kept_connections"].as_f64() {
                network.disconnect(kept, seed);
            }
            let objective =
                objective(record["loss"].as_str().unwrap(), network.architecture().outputs(), columns);
            let optimizer = optimizer(record["optimizer"].as_str().unwrap());
            Trainer::new(network, objective, optimizer, count, seed).unwrap()
        };

        let mut probed = trainer();
        let probe: Vec<usize> = (0..count).collect();
        let loss = probed.pass(&rows, step, Probe { rows: &probe, covariance: None }).unwrap();
        let losses = numbers(&record["losses"]);
        close(loss, losses.iter().sum::<f64>() / count as f64, 1e-5, name);
        let gradients = probed.row_gradients();
        for (row, (got, want)) in
            gradients.norms(&probe).into_iter().zip(numbers(&record["norms"])).enumerate()
        {
            close(got, want, 1e-4, &format!("{name}: norm of row {row}"));
        }
        let products = gradients.products_of_sums(&[&probe[..6], &probe[6..16]]);
        for (got, want) in products.into_iter().zip(numbers(&record["products"])) {
            close(got, want, 1e-4, &format!("{name}: product of sums"));
        }

        let mut trained = trainer();
        for (batch, want) in numbers(&record["training"]).into_iter().enumerate() {
            let step = Step { batch: batch as u64, ..step };
            let got = trained.pass(&rows, step, Probe::default()).unwrap();
            trained.update();
            close(got, want, 1e-3, &format!("{name}: loss of step {batch}"));
        }
    }
}
