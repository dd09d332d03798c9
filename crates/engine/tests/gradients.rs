//! Gradients against finite differences of a naive f64 network.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::*;
use gradstop_engine::*;
use proptest::prelude::*;

const STEP: Step = Step { epoch: 3, batch: 1 };
const SEED: u64 = 11;

/// The engine's losses and gradients after one pass, against the oracle's.
fn check(columns: usize, count: usize, layers: Vec<Layer>, probed: bool) {
    check_network(&network(columns, layers, 5), &Objective::SquaredError, count, probed);
}

fn check_network(network: &Network, objective: &Objective, count: usize, probed: bool) {
    let columns = network.architecture().inputs();
    let rows = rows(count, columns, 1);
    let masks = Masks { seed: SEED, step: STEP };
    let want = row_gradients(network, objective, &rows, masks);
    let want_loss = losses(network, objective, &f64s(network.parameters()), &rows, Some(masks));
    let probe: Vec<usize> = if probed { (0..count).filter(|row| row % 3 != 1).collect() } else { vec![] };

    for covariance in [None, Some(Covariance::of(&rows, columns))] {
        let mut trainer =
            Trainer::new(network.clone(), objective.clone(), Optimizer::adam(0.01), count, SEED).unwrap();
        let loss =
            trainer.pass(&rows, STEP, Probe { rows: &probe, covariance: covariance.as_ref() }).unwrap();
        close(loss, want_loss.iter().sum::<f64>() / count as f64, 1.0, "loss");
        let scale = largest(&want);
        for (index, &got) in trainer.gradient().iter().enumerate() {
            let mean = want.iter().map(|row| row[index]).sum::<f64>() / count as f64;
            close(f64::from(got), mean, scale, &format!("parameter {index}"));
        }
        check_rows(&trainer.row_gradients(), &probe, &want, scale);
    }
}

/// Norms, single gradients, dot products and sums of the probe rows.
fn check_rows(got: &RowGradients<'_>, probe: &[usize], want: &[Vec<f64>], scale: f64) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let all: Vec<usize> = (0..probe.len()).collect();
    for (at, norm) in got.norms(&all).into_iter().enumerate() {
        let want = &want[probe[at]];
        close(norm, dot(want, want).sqrt(), scale, &format!("norm of row {}", probe[at]));
        for (index, value) in got.sum(&[at]).into_iter().enumerate() {
            close(f64::from(value), want[index], scale, &format!("row {} parameter {index}", probe[at]));
        }
    }
    if probe.len() < 4 {
        return;
    }
    let sets = [&all[..1], &all[1..2], &all[1..4]];
    let sums = sets.map(|set| {
        let total = |index: usize| set.iter().map(|&at| want[probe[at]][index]).sum::<f64>();
        (0..want[0].len()).map(total).collect::<Vec<f64>>()
    });
    for (at, product) in got.products_of_sums(&sets).into_iter().enumerate() {
        close(product, dot(&sums[at / 3], &sums[at % 3]), scale * scale, "product");
    }
}

fn largest(gradients: &[Vec<f64>]) -> f64 {
    gradients.iter().flatten().fold(1.0, |largest, &g| f64::max(largest, g.abs()))
}

fn close(got: f64, want: f64, scale: f64, what: &str) {
    assert!((got - want).abs() <= 2e-5 * scale.max(want.abs()), "{what}: got {got}, wanted {want}");
}

#[test]
fn the_paper_auto_encoder_has_exact_row_gradients_through_batch_norm_and_dropout() {
    let relu = Layer::Activation(Activation::Relu);
    check(4, 23, vec![dense(6), norm(), relu, Layer::Dropout { rate: 0.2 }, dense(4)], true);
}

#[test]
fn every_activation_has_exact_row_gradients_at_any_depth() {
    let leaky = Activation::LeakyRelu { slope: 0.2 };
    for activation in [Activation::Relu, leaky, Activation::Sigmoid, Activation::Tanh, Activation::Identity] {
        let act = Layer::Activation(activation);
        check(
            3,
            12,
            vec![dense(5), act, Layer::Dropout { rate: 0.3 }, dense(2), act, dense(5), act, dense(3)],
            true,
        );
    }
}

#[test]
fn depth_above_one_batch_norm_keeps_row_gradients_exact() {
    let tanh = Layer::Activation(Activation::Tanh);
    check(3, 15, vec![dense(5), norm(), tanh, dense(4), tanh, Layer::Dropout { rate: 0.4 }, dense(3)], true);
}

#[test]
fn a_batch_norm_that_stands_first_keeps_row_gradients_exact() {
    check(3, 15, vec![norm(), dense(4), Layer::Activation(Activation::Sigmoid), dense(3)], true);
}

#[test]
fn layers_without_bias_have_exact_row_gradients() {
    check(3, 15, vec![bare(4), norm(), Layer::Activation(Activation::Tanh), bare(3)], true);
    check(3, 15, vec![bare(4), Layer::Activation(Activation::Tanh), bare(3)], true);
}

#[test]
fn training_gradients_are_exact_through_several_batch_norms_and_deep_segments() {
    let tanh = Layer::Activation(Activation::Tanh);
    let deep = vec![
        dense(5),
        tanh,
        dense(4),
        norm(),
        tanh,
        Layer::Dropout { rate: 0.2 },
        dense(3),
        norm(),
        tanh,
        dense(3),
    ];
    check(3, 18, deep, false);
}

#[test]
fn sums_over_many_slabs_stay_exact() {
    let relu = Layer::Activation(Activation::Relu);
    check(2, 300, vec![dense(3), norm(), relu, Layer::Dropout { rate: 0.2 }, dense(2)], true);
}

fn bare(outputs: usize) -> Layer {
    Layer::Dense { outputs, bias: false }
}

fn leaky(slope: f32) -> Layer {
    Layer::Activation(Activation::LeakyRelu { slope })
}

#[test]
fn the_mean_over_columns_has_exact_row_gradients() {
    let tanh = Layer::Activation(Activation::Tanh);
    let network = network(4, vec![dense(3), tanh, dense(4)], 5);
    check_network(&network, &Objective::MeanSquaredError, 140, true);
}

#[test]
fn distances_from_a_center_have_exact_row_gradients() {
    let relu = Layer::Activation(Activation::Relu);
    let network = network(5, vec![bare(6), relu, bare(3), relu], 5);
    let center = vec![0.1, -0.1, 0.7];
    check_network(&network, &Objective::Distance { center: center.clone() }, 140, true);
    check_network(&network, &Objective::SoftBoundary { center, nu: 0.3 }, 140, true);
}

#[test]
fn a_soft_boundary_leaves_a_share_of_the_rows_outside() {
    let network = network(5, vec![bare(6), leaky(0.1), bare(3)], 5);
    let (rows, center) = (rows(200, 5, 1), vec![0.1, -0.1, 0.7]);
    let objective = Objective::SoftBoundary { center: center.clone(), nu: 0.1 };
    let mut trainer = Trainer::new(network.clone(), objective, Optimizer::adam(0.01), 200, SEED).unwrap();
    trainer.pass(&rows, STEP, Probe::default()).unwrap();
    let mut distances = vec![0.0; 200];
    network.distances_into(&rows, &center, &mut distances).unwrap();
    let mut sorted = distances.clone();
    sorted.sort_by(f32::total_cmp);
    let square = sorted[179];
    let loss = trainer.pass(&rows, STEP, Probe::default()).unwrap();
    let beyond: f32 = distances.iter().map(|distance| (distance - square).max(0.0)).sum();
    close(loss, f64::from(square + beyond / 0.1 / 200.0), 1.0, "loss with the radius of the pass before");
}

#[test]
fn sampling_has_exact_row_gradients_through_both_heads() {
    let relu = Layer::Activation(Activation::Relu);
    let sample = |divergence_weight| Layer::Sample(Sample { divergence_weight, draws_in_scoring: false });
    for weight in [0.0, 1.0, 0.3] {
        let layers = vec![
            dense(6),
            relu,
            Layer::Dropout { rate: 0.2 },
            dense(4),
            sample(weight),
            dense(5),
            relu,
            dense(3),
        ];
        check(3, 140, layers, true);
    }
    check(4, 20, vec![sample(1.0), dense(4)], true);
}

#[test]
fn pairs_of_rows_have_exact_row_gradients_through_row_and_partner() {
    let target = Box::new(network(4, vec![dense(5), leaky(0.25)], 8));
    let objective = Objective::RandomDistances { target };
    let shallow = vec![dense(5), leaky(0.2), Layer::Dropout { rate: 0.2 }];
    check_network(&network(4, shallow, 5), &objective, 140, true);
    let deep = vec![dense(6), Layer::Activation(Activation::Tanh), Layer::Dropout { rate: 0.3 }, dense(5)];
    check_network(&network(4, deep, 5), &objective, 23, true);
}

#[test]
fn cut_connections_have_no_gradient_and_never_come_back() {
    let mut network = network(4, vec![dense(6), Layer::Activation(Activation::Sigmoid), dense(4)], 5);
    let cut = |network: &Network| -> Vec<usize> {
        let parameters = network.parameters().iter().enumerate();
        parameters.filter(|(_, value)| **value == 0.0).map(|(index, _)| index).collect()
    };
    network.disconnect(0.4, 1);
    let gone = cut(&network);
    assert!((20..40).contains(&gone.len()), "{}", gone.len());
    let rows = rows(140, 4, 1);
    let masks = Masks { seed: SEED, step: STEP };
    let mut want = row_gradients(&network, &Objective::SquaredError, &rows, masks);
    want.iter_mut().for_each(|row| gone.iter().for_each(|&index| row[index] = 0.0));
    let probe = [0, 3, 4, 77, 130];
    let mut trainer =
        Trainer::new(network, Objective::SquaredError, Optimizer::adam(0.01), 140, SEED).unwrap();
    trainer.pass(&rows, STEP, Probe { rows: &probe, covariance: None }).unwrap();
    check_rows(&trainer.row_gradients(), &probe, &want, largest(&want));
    for epoch in 0..5 {
        trainer.pass(&rows, Step { epoch, batch: 0 }, Probe::default()).unwrap();
        trainer.update();
    }
    assert_eq!(cut(trainer.network()), gone);
}

#[test]
fn a_long_gradient_is_shortened_and_a_short_one_is_not() {
    let rows = rows(50, 3, 1);
    let step = |limit: f32| {
        let sgd = Optimizer::Sgd { learning_rate: 1.0, momentum: 0.0, weight_decay: 0.0 };
        let start = network(3, vec![dense(3)], 5);
        let trainer = Trainer::new(start.clone(), Objective::SquaredError, sgd, 50, 0).unwrap();
        let mut trainer = trainer.with_gradient_limit(limit);
        trainer.pass(&rows, STEP, Probe::default()).unwrap();
        trainer.update();
        let moved = trainer.network().parameters().iter().zip(start.parameters());
        moved.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
    };
    let free = step(0.0);
    assert!(free > 0.1);
    assert!((step(0.1) - 0.1).abs() < 1e-4);
    assert_eq!(step(2.0 * free as f32), free);
}

#[test]
fn objectives_that_do_not_fit_the_network_are_refused() {
    let refuse = |layers: Vec<Layer>, objective: Objective| {
        let network = network(4, layers, 0);
        Trainer::new(network, objective, Optimizer::adam(0.01), 5, 0).unwrap_err().to_string()
    };
    let narrow = refuse(vec![dense(3)], Objective::SquaredError);
    assert_eq!(narrow, "columns of a reconstruction: got 3 values, wanted 4");
    let center = refuse(vec![dense(3)], Objective::Distance { center: vec![0.0; 2] });
    assert_eq!(center, "center: got 2 values, wanted 3");
    let nu = refuse(vec![dense(1)], Objective::SoftBoundary { center: vec![0.0], nu: 0.0 });
    assert_eq!(nu, "nu: got 0, wanted a share in (0, 1]");
    let target = Box::new(network(4, vec![dense(3)], 0));
    let pairs = refuse(vec![dense(3), norm()], Objective::RandomDistances { target });
    assert!(pairs.starts_with("layer 1: got a batch-norm"), "{pairs}");
    let odd =
        Architecture::new(3, vec![Layer::Sample(Sample { divergence_weight: 0.0, draws_in_scoring: false })]);
    assert!(odd.unwrap_err().to_string().contains("an even number"));
}

#[test]
fn row_gradients_that_have_no_closed_form_are_refused_by_name() {
    let tanh = Layer::Activation(Activation::Tanh);
    let refused = [
        (vec![dense(4), norm(), tanh, dense(4), norm(), dense(2)], "layer 4"),
        (vec![dense(4), tanh, dense(4), norm(), dense(2)], "layer 3"),
    ];
    for (layers, named) in refused {
        let mut trainer =
            Trainer::new(network(2, layers, 0), Objective::SquaredError, Optimizer::adam(0.01), 5, 0)
                .unwrap();
        let rows = rows(5, 2, 0);
        let error = trainer.pass(&rows, STEP, Probe { rows: &[0], covariance: None }).unwrap_err();
        assert!(error.to_string().starts_with(named), "{error}");
        assert!(matches!(error, EngineError::RowGradients { .. }));
        trainer.pass(&rows, STEP, Probe::default()).unwrap();
    }
}

#[test]
fn scores_are_those_of_the_naive_network_in_evaluation_mode() {
    let layers =
        vec![dense(6), norm(), Layer::Activation(Activation::Relu), Layer::Dropout { rate: 0.5 }, dense(4)];
    let network = network(4, layers, 2);
    let rows = rows(300, 4, 3);
    let want = losses(&network, &Objective::SquaredError, &f64s(network.parameters()), &rows, None);
    for (got, want) in network.reconstruction_errors(&rows).unwrap().into_iter().zip(want) {
        close(f64::from(got), want, 1.0, "score");
    }
}

#[test]
fn running_statistics_follow_the_batches() {
    let mut trainer = Trainer::new(
        network(2, vec![norm(), dense(2)], 0),
        Objective::SquaredError,
        Optimizer::adam(0.01),
        4,
        0,
    )
    .unwrap();
    let start: Vec<f32> = trainer.network().tensor(3).to_vec();
    trainer.pass(&[1.0, 10.0, 3.0, 10.0], STEP, Probe::default()).unwrap();
    let variance = trainer.network().tensor(3);
    // Unbiased variance of (1, 3) is 2, of (10, 10) is 0; momentum 0.1.
    assert!((variance[0] - (0.9 * start[0] + 0.1 * 2.0)).abs() < 1e-6);
    assert!((variance[1] - 0.9 * start[1]).abs() < 1e-6);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn random_stacks_of_dense_layers_have_exact_row_gradients(
        columns in 2usize..12,
        widths in proptest::collection::vec(1usize..20, 1..4),
    ) {
        let mut layers = Vec::new();
        for width in widths {
            layers.extend([dense(width), Layer::Activation(Activation::Tanh)]);
        }
        layers.push(dense(columns));
        check(columns, 24, layers, true);
    }
}
