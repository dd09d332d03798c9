//! The contract: same seed, same bits, whatever the threads and whatever the neighbors.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::*;
use gradstop_engine::*;
use proptest::prelude::*;
use rayon::prelude::*;

/// Losses, row norms and outputs of some epochs, by bits.
fn train(
    threads: usize,
    count: usize,
    columns: usize,
    layers: Vec<Layer>,
    objective: &Objective,
    probed: bool,
) -> Vec<u64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let rows = rows(count, columns, 1);
        let probe: Vec<usize> = if probed { (0..count).step_by(37).collect() } else { vec![] };
        let covariance = Covariance::of(&rows, columns);
        let mut trainer =
            Trainer::new(network(columns, layers, 5), objective.clone(), Optimizer::adam(0.01), count, 3)
                .unwrap();
        let mut bits = Vec::new();
        for epoch in 0..4 {
            let probe = Probe { rows: &probe, covariance: Some(&covariance) };
            bits.push(trainer.pass(&rows, Step { epoch, batch: 0 }, probe).unwrap().to_bits());
            let all: Vec<usize> = (0..probe.rows.len()).collect();
            let gradients = trainer.row_gradients();
            let (one, other) = all.split_at(all.len() / 2);
            let products = gradients.products_of_sums(&[one, other]);
            bits.extend(gradients.norms(&all).into_iter().chain(products).map(f64::to_bits));
            trainer.update();
        }
        let outputs = trainer.network().outputs(&rows).unwrap();
        bits.extend(outputs.into_iter().map(|output| u64::from(output.to_bits())));
        bits
    })
}

#[test]
fn many_threads_may_ask_for_the_same_sums_at_once() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    pool.install(|| {
        let (columns, rows, probe) = (9, rows(2000, 9, 1), (0..400).collect::<Vec<_>>());
        let layers = vec![dense(64), norm(), Layer::Activation(Activation::Relu), dense(columns)];
        let network = network(columns, layers, 5);
        let mut trainer =
            Trainer::new(network, Objective::SquaredError, Optimizer::adam(0.01), 2000, 3).unwrap();
        trainer.pass(&rows, Step { epoch: 0, batch: 0 }, Probe { rows: &probe, covariance: None }).unwrap();
        let gradients = trainer.row_gradients();
        let products = || gradients.products_of_sums(&[&probe[..100], &probe[100..300], &probe[300..]]);
        let want = products();
        assert!((0..400).into_par_iter().all(|_| products() == want));
    });
}

#[test]
fn one_two_three_and_eight_threads_give_the_same_bits() {
    let relu = Layer::Activation(Activation::Relu);
    let paper = |d| vec![dense(64), norm(), relu, Layer::Dropout { rate: 0.2 }, dense(d)];
    let deep = |d| vec![dense(32), norm(), relu, dense(16), norm(), relu, dense(d)];
    let sample = Layer::Sample(Sample { divergence_weight: 1.0, draws_in_scoring: true });
    let variational = |d| vec![dense(32), relu, Layer::Dropout { rate: 0.2 }, dense(4), sample, dense(d)];
    let sphere = Objective::SoftBoundary { center: vec![0.1; 32], nu: 0.2 };
    // The last is large enough that every sweep and fold is shared among the threads.
    for (count, columns) in [(340, 9), (1831, 21), (5000, 40), (2000, 300)] {
        let target = Box::new(network(columns, vec![dense(50)], 8));
        for (layers, objective, probed) in [
            (paper(columns), Objective::SquaredError, true),
            (deep(columns), Objective::MeanSquaredError, false),
            (variational(columns), Objective::SquaredError, true),
            (vec![dense(64), relu, dense(32)], sphere.clone(), true),
            (vec![dense(50), relu], Objective::RandomDistances { target }, true),
        ] {
            let alone = train(1, count, columns, layers.clone(), &objective, probed);
            for threads in [2, 3, 8] {
                assert!(
                    alone == train(threads, count, columns, layers.clone(), &objective, probed),
                    "{count} x {columns}, {threads} threads, {objective:?}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_row_scores_the_same_bits_alone_and_in_any_batch(count in 1usize..300, columns in 1usize..70, width in 1usize..70, start in 0usize..300) {
        let sample = Layer::Sample(Sample { divergence_weight: 0.0, draws_in_scoring: start % 2 == 0 });
        let layers =
            vec![dense(width), norm(), Layer::Activation(Activation::Relu), dense(4), sample, dense(columns)];
        let network = network(columns, layers, 5);
        let rows = rows(count, columns, 1);
        let together = network.reconstruction_errors(&rows).unwrap();
        for (row, want) in rows.chunks_exact(columns).zip(&together) {
            prop_assert_eq!(network.reconstruction_errors(row).unwrap()[0].to_bits(), want.to_bits());
        }
        let start = start.min(count - 1);
        let tail = network.reconstruction_errors(&rows[start * columns..]).unwrap();
        prop_assert!(tail.iter().zip(&together[start..]).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

#[test]
fn a_restored_trainer_of_smaller_batches_repeats_its_bits() {
    // A ragged last batch reuses the buffers of the larger ones: nothing of them may shine through.
    let relu = Layer::Activation(Activation::Relu);
    let layers = vec![dense(8), norm(), relu, Layer::Dropout { rate: 0.2 }, dense(3)];
    let rows = rows(700, 3, 1);
    let last = |warm: bool| {
        let mut trainer = Trainer::new(
            network(3, layers.clone(), 5),
            Objective::SquaredError,
            Optimizer::adam(0.01),
            700,
            3,
        )
        .unwrap();
        if warm {
            trainer
                .pass(&rows, Step { epoch: 0, batch: 0 }, Probe { rows: &[5, 600], covariance: None })
                .unwrap();
        }
        let loss = trainer.pass(
            &rows[..3 * 130],
            Step { epoch: 0, batch: 1 },
            Probe { rows: &[1], covariance: None },
        );
        (loss.unwrap().to_bits(), trainer.gradient().to_vec(), trainer.row_gradients().norms(&[0]))
    };
    assert_eq!(last(false), last(true));
}
