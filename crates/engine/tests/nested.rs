//! Nested auto-encoders against those of each depth alone, in naive f64.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::*;
use gradstop_engine::*;
use proptest::prelude::*;

/// Three depths of `widths` columns, with a linear output.
fn nested(columns: usize, widths: [usize; 3], activation: Activation) -> Network {
    let behind = Layer::Activation(activation);
    let mut layers = Vec::new();
    for outputs in [widths[0], widths[1], widths[2], widths[1], widths[0]] {
        layers.extend([dense(outputs), behind]);
    }
    layers.push(dense(columns));
    network(columns, layers, 5)
}

/// J of every row, each depth alone, with other parameters than the network's.
fn naive_losses(network: &Network, parameters: &[f64], rows: &[f32]) -> Vec<f64> {
    // Numbers in the place of parameters show which of them each depth has.
    let mut numbered = network.clone();
    numbered.parameters_mut().iter_mut().enumerate().for_each(|(at, value)| *value = at as f32);
    let mut losses = vec![0.0; rows.len() / network.architecture().inputs()];
    for depth in numbered.of_each_depth().unwrap() {
        let own: Vec<f64> = depth.parameters().iter().map(|&at| parameters[at as usize]).collect();
        let alone = common::losses(&depth, &Objective::MeanSquaredError, &own, rows, None);
        losses.iter_mut().zip(alone).for_each(|(sum, loss)| *sum += loss);
    }
    losses
}

#[test]
fn gradients_of_all_rows_and_of_each_agree_with_finite_differences() {
    let network = nested(7, [5, 4, 2], Activation::Tanh);
    let rows = rows(150, 7, 1);
    let probe = [0, 3, 128, 149];
    let mut trainer = NestedTrainer::new(network.clone()).unwrap();
    trainer.pass(&rows, &probe).unwrap();
    let parameters = f64s(network.parameters());
    let all: Vec<usize> = (0..probe.len()).collect();
    let (mut squares, mut total) = (vec![0.0; probe.len()], vec![0.0; parameters.len()]);
    for index in 0..parameters.len() {
        let moved = |by: f64| {
            let mut parameters = parameters.clone();
            parameters[index] += by;
            naive_losses(&network, &parameters, &rows)
        };
        let slopes: Vec<f64> =
            moved(1e-6).iter().zip(moved(-1e-6)).map(|(up, down)| (up - down) / 2e-6).collect();
        let (got, want) = (f64::from(trainer.gradient()[index]), slopes.iter().sum::<f64>() / 150.0);
        assert!(
            (got - want).abs() < 1e-5 * (1.0 + want.abs()),
            "parameter {index}: got {got}, wanted {want}"
        );
        for (square, &row) in squares.iter_mut().zip(&probe) {
            *square += slopes[row] * slopes[row];
            total[index] += slopes[row];
        }
    }
    let gradients = trainer.row_gradients();
    for (got, square) in gradients.norms(&all).into_iter().zip(squares) {
        assert!((got / square.sqrt() - 1.0).abs() < 1e-4, "got a norm of {got}, wanted {}", square.sqrt());
    }
    for (got, want) in gradients.sum(&all).into_iter().zip(total) {
        assert!(
            (f64::from(got) - want).abs() < 1e-4 * (1.0 + want.abs()),
            "got a sum of {got}, wanted {want}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn losses_are_the_sum_over_the_depths_and_a_row_alone_has_the_same_bits(
        count in 1usize..300, columns in 1usize..40, widths in prop::array::uniform3(1usize..30),
    ) {
        let network = nested(columns, widths, Activation::Relu);
        let rows = rows(count, columns, 2);
        let mut losses = vec![0.0; count];
        network.nested_losses_into(&rows, &mut losses).unwrap();
        let want = naive_losses(&network, &f64s(network.parameters()), &rows);
        for (got, want) in losses.iter().zip(&want) {
            prop_assert!((f64::from(*got) - want).abs() < 1e-4 * (1.0 + want), "{got} and {want}");
        }
        let mut alone = [0.0];
        let last = (count - 1) * columns;
        network.nested_losses_into(&rows[last..], &mut alone).unwrap();
        prop_assert_eq!(alone[0].to_bits(), losses[count - 1].to_bits());
        let mut trained = vec![0.0; count];
        NestedTrainer::new(network).unwrap().losses_into(&rows, &mut trained).unwrap();
        for (got, want) in trained.iter().zip(&want) {
            prop_assert!((f64::from(*got) - want).abs() < 1e-4 * (1.0 + want), "{got} and {want}");
        }
    }
}

#[test]
fn a_way_forward_that_was_kept_changes_no_bit_nor_do_threads() {
    for (count, columns) in [(340, 9), (5000, 40)] {
        let rows = rows(count, columns, 1);
        let run = |threads: usize, scores: bool| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut trainer =
                    NestedTrainer::new(nested(columns, [30, 20, 10], Activation::Relu)).unwrap();
                let (mut bits, mut losses) = (Vec::new(), vec![0.0; count]);
                for _ in 0..3 {
                    bits.push(trainer.pass(&rows, &[1, 200]).unwrap().to_bits());
                    bits.extend(trainer.row_gradients().norms(&[0, 1]).into_iter().map(f64::to_bits));
                    let gradient = trainer.gradient().to_vec();
                    let parameters = trainer.network_mut().parameters_mut().iter_mut();
                    parameters.zip(gradient).for_each(|(parameter, g)| *parameter -= 0.1 * g);
                    if scores {
                        trainer.losses_into(&rows, &mut losses).unwrap();
                    }
                }
                bits
            })
        };
        let alone = run(1, false);
        for threads in [1, 2, 3, 8] {
            assert_eq!(alone, run(threads, true), "{count} x {columns}, {threads} threads");
        }
    }
}

#[test]
fn other_networks_are_refused() {
    let relu = Layer::Activation(Activation::Relu);
    for layers in [
        vec![dense(4), relu, dense(3)],
        vec![dense(4), norm(), relu, dense(5)],
        vec![dense(4), relu, relu, dense(5)],
        vec![dense(4), dense(4), dense(5)],
    ] {
        let error = NestedTrainer::new(network(5, layers, 1)).unwrap_err();
        assert!(error.to_string().contains("whose widths go back as they came"), "{error}");
    }
    let mut trainer = NestedTrainer::new(nested(5, [4, 3, 2], Activation::Relu)).unwrap();
    for (rows, probe) in [(0, vec![]), (7, vec![]), (10, vec![1, 1]), (10, vec![2])] {
        assert!(trainer.pass(&vec![0.0; rows], &probe).is_err(), "{rows} values, probe {probe:?}");
    }
}
