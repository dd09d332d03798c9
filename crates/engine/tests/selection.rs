//! Steps that are learned from some of the rows.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::*;
use gradstop_engine::*;
use proptest::prelude::*;

const SEED: u64 = 11;

fn relu() -> Layer {
    Layer::Activation(Activation::Relu)
}

fn paper(columns: usize, width: usize) -> Vec<Layer> {
    vec![dense(width), norm(), relu(), Layer::Dropout { rate: 0.2 }, dense(columns)]
}

/// Counts every row by its loss, and foresees nothing.
#[derive(Debug)]
struct Soft;

impl RowSelection for Soft {
    fn weigh(&mut self, losses: &[f32], weights: &mut [f32]) {
        weights.iter_mut().zip(losses).for_each(|(weight, loss)| *weight = 1.0 / (1.0 + loss));
    }
}

/// Foresees what it is told, right or wrong.
#[derive(Debug)]
struct Told(Trim, f32);

impl RowSelection for Told {
    fn weigh(&mut self, losses: &[f32], weights: &mut [f32]) {
        self.0.weigh(losses, weights);
    }

    fn foresee(&self) -> Option<f32> {
        Some(self.1)
    }
}

/// Every way to say which rows count, of losses between 0 and some hundreds: nothing foreseen, or that more, fewer, or far
/// more and far fewer rows are kept than are.
fn selections() -> Vec<Box<dyn RowSelection>> {
    let told = |limit| -> Box<dyn RowSelection> { Box::new(Told(Trim::new(0.3).unwrap(), limit)) };
    let mut all: Vec<Box<dyn RowSelection>> =
        vec![Box::new(Soft), Box::new(Trim::new(0.3).unwrap()), Box::<AdaptiveTrim>::default()];
    all.extend([0.0, 1.0, 3.0, 10.0, 30.0, 1e9].map(told));
    all
}

/// The weighted gradient against that of finite differences, by every way to find the weights.
fn check(network: &Network, objective: &Objective, count: usize, probed: bool) {
    let columns = network.architecture().inputs();
    let rows = rows(count, columns, 1);
    let step = Step { epoch: 3, batch: 1 };
    let masks = Masks { seed: SEED, step };
    let of_rows = row_gradients(network, objective, &rows, masks);
    let losses: Vec<f32> = losses(network, objective, &f64s(network.parameters()), &rows, Some(masks))
        .into_iter()
        .map(|loss| loss as f32)
        .collect();
    let probe: Vec<usize> = if probed { (0..count).filter(|row| row % 3 != 1).collect() } else { vec![] };
    let scale = of_rows.iter().flatten().fold(1.0, |largest, &g| f64::max(largest, g.abs()));
    for covariance in [None, Some(Covariance::of(&rows, columns))] {
        for mut selection in selections() {
            let named = format!("{selection:?}");
            let mut want = vec![0.0; count];
            selection.weigh(&losses, &mut want);
            let trainer =
                Trainer::new(network.clone(), objective.clone(), Optimizer::adam(0.01), count, SEED).unwrap();
            let mut trainer = trainer.with_selection(selection).unwrap();
            let probe = Probe { rows: &probe, covariance: covariance.as_ref() };
            let loss = trainer.pass(&rows, step, probe).unwrap();
            let mean = losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / count as f64;
            assert!((loss - mean).abs() <= 1e-5 * mean, "{named}: loss {loss}, wanted {mean}");
            let weights = trainer.selected().unwrap().weights;
            assert!(weights.iter().zip(&want).all(|(got, want)| (got - want).abs() < 1e-5), "{named}");
            let total: f64 = want.iter().map(|&weight| f64::from(weight)).sum();
            for (index, &got) in trainer.gradient().iter().enumerate() {
                let terms = of_rows.iter().zip(&want).map(|(row, &weight)| f64::from(weight) * row[index]);
                let want = terms.sum::<f64>() / total;
                let got = f64::from(got);
                assert!(
                    (got - want).abs() <= 3e-5 * scale,
                    "{named}, parameter {index}: {got}, wanted {want}"
                );
            }
            let norms = trainer.row_gradients().norms(&(0..probe.rows.len()).collect::<Vec<_>>());
            for (norm, &row) in norms.into_iter().zip(probe.rows) {
                let want = of_rows[row].iter().map(|g| g * g).sum::<f64>().sqrt();
                assert!(
                    (norm - want).abs() <= 3e-5 * scale,
                    "{named}: row {row}, norm {norm}, wanted {want}"
                );
            }
        }
    }
}

#[test]
fn weighted_gradients_are_exact_through_every_kind_of_layer_and_loss() {
    let tanh = Layer::Activation(Activation::Tanh);
    let squared = Objective::SquaredError;
    let sample = Layer::Sample(Sample { divergence_weight: 0.7, draws_in_scoring: false });
    check(&network(4, paper(4, 6), 5), &squared, 33, true);
    check(&network(3, vec![norm(), dense(4), tanh, dense(3)], 5), &squared, 15, true);
    check(&network(3, vec![dense(5), tanh, dense(3)], 5), &Objective::MeanSquaredError, 200, true);
    check(
        &network(3, vec![dense(5), norm(), tanh, dense(4), norm(), tanh, dense(3)], 5),
        &squared,
        30,
        false,
    );
    check(&network(3, vec![dense(5), tanh, dense(4), sample, dense(3)], 5), &squared, 30, true);
    check(&network(4, vec![sample, dense(4)], 5), &squared, 20, true);
    let sphere = network(3, vec![dense(5), tanh, dense(2)], 5);
    check(&sphere, &Objective::Distance { center: vec![0.3, -0.4] }, 40, true);
    check(&sphere, &Objective::SoftBoundary { center: vec![0.3, -0.4], nu: 0.2 }, 40, true);
    let target = Box::new(network(3, vec![dense(4)], 8));
    check(&network(3, vec![dense(4), tanh], 5), &Objective::RandomDistances { target }, 30, true);
}

#[test]
fn a_nested_auto_encoder_learns_from_the_rows_that_are_kept() {
    let layers = vec![dense(5), relu(), dense(2), relu(), dense(5), relu(), dense(7)];
    let network = network(7, layers, 5);
    let rows = rows(150, 7, 1);
    let mut all = NestedTrainer::new(network.clone()).unwrap();
    let mut losses = vec![0.0; 150];
    all.losses_into(&rows, &mut losses).unwrap();
    let mut weights = vec![0.0; 150];
    Trim::new(0.3).unwrap().weigh(&losses, &mut weights);
    let kept: Vec<f32> = rows
        .chunks_exact(7)
        .zip(&weights)
        .filter(|(_, weight)| **weight == 1.0)
        .flat_map(|(row, _)| row)
        .copied()
        .collect();
    all.network_mut();
    all.pass(&kept, &[]).unwrap();
    for at_hand in [false, true] {
        let mut trimmed =
            NestedTrainer::new(network.clone()).unwrap().with_selection(Box::new(Trim::new(0.3).unwrap()));
        if at_hand {
            trimmed.losses_into(&rows, &mut losses).unwrap();
        }
        trimmed.pass(&rows, &[0, 7, 149]).unwrap();
        assert_eq!(trimmed.selected().unwrap().weights, weights);
        for (got, want) in trimmed.gradient().iter().zip(all.gradient()) {
            assert!((got - want).abs() <= 1e-5 * (1.0 + want.abs()), "{got} and {want}");
        }
        let mut untrimmed = NestedTrainer::new(network.clone()).unwrap();
        untrimmed.pass(&rows, &[0, 7, 149]).unwrap();
        assert_eq!(trimmed.row_gradients().norms(&[0, 1, 2]), untrimmed.row_gradients().norms(&[0, 1, 2]));
    }
}

/// Losses, weights and parameters of some epochs, by bits.
fn train(threads: usize, rows: &[f32], probe: &[usize], trainer: impl Fn() -> Trainer + Sync) -> Vec<u64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut trainer = trainer();
        let columns = trainer.network().architecture().inputs();
        let covariance = Covariance::of(rows, columns);
        let mut bits = Vec::new();
        for epoch in 0..6 {
            let probe = Probe { rows: probe, covariance: Some(&covariance) };
            bits.push(trainer.pass(rows, Step { epoch, batch: 0 }, probe).unwrap().to_bits());
            let all: Vec<usize> = (0..probe.rows.len()).collect();
            bits.extend(trainer.row_gradients().norms(&all).into_iter().map(f64::to_bits));
            trainer.update();
            bits.extend(trainer.selected().unwrap().weights.iter().map(|weight| u64::from(weight.to_bits())));
        }
        bits.extend(trainer.network().parameters().iter().map(|value| u64::from(value.to_bits())));
        bits
    })
}

#[test]
fn trimming_gives_the_same_bits_for_any_number_of_threads() {
    let deep = |d| vec![dense(32), norm(), relu(), dense(16), norm(), relu(), dense(d)];
    for (count, columns) in [(340, 9), (1831, 21), (5000, 40), (2000, 300)] {
        let rows = rows(count, columns, 1);
        let target = Box::new(network(columns, vec![dense(50)], 8));
        for (layers, objective) in [
            (paper(columns, 64), Objective::SquaredError),
            (deep(columns), Objective::SquaredError),
            (vec![dense(50), relu()], Objective::RandomDistances { target }),
        ] {
            for trimming in [Trimming::Share(0.2), Trimming::Adaptive] {
                let fresh = || {
                    let network = network(columns, layers.clone(), 5);
                    let trainer = Trainer::new(network, objective.clone(), Optimizer::adam(0.01), count, 3);
                    trainer.unwrap().with_selection(trimming.selection().unwrap()).unwrap()
                };
                let norms = layers.iter().filter(|layer| matches!(layer, Layer::BatchNorm(_))).count();
                let probe: &[usize] = if norms < 2 { &[1, 5, 300] } else { &[] };
                let alone = train(1, &rows, probe, fresh);
                for threads in [2, 3, 8] {
                    assert!(
                        alone == train(threads, &rows, probe, fresh),
                        "{count} x {columns}, {threads} threads"
                    );
                }
            }
        }
    }
}

#[test]
fn a_trim_of_nothing_takes_the_steps_of_a_plain_training() {
    let rows = rows(500, 6, 1);
    let covariance = Covariance::of(&rows, 6);
    let fresh = || {
        Trainer::new(network(6, paper(6, 16), 5), Objective::SquaredError, Optimizer::adam(0.01), 500, 3)
            .unwrap()
    };
    let run = |mut trainer: Trainer| {
        for epoch in 0..5 {
            let probe = Probe { rows: &[], covariance: Some(&covariance) };
            trainer.pass(&rows, Step { epoch, batch: 0 }, probe).unwrap();
            trainer.update();
        }
        trainer.into_network()
    };
    let (plain, trimmed) =
        (run(fresh()), run(fresh().with_selection(Box::new(Trim::new(0.0).unwrap())).unwrap()));
    for (got, want) in trimmed.parameters().iter().zip(plain.parameters()) {
        assert!((got - want).abs() < 1e-4, "{got} and {want}");
    }
}

#[test]
fn a_selection_that_goes_on_from_its_memory_foresees_the_same() {
    let batch = |scale: f32| -> Vec<f32> { (0..100).map(|row| scale * (row * 37 % 101) as f32).collect() };
    let mut trim = Trim::new(0.2).unwrap();
    let mut weights = [0.0; 100];
    [1.0, 0.9, 0.85].into_iter().for_each(|scale| trim.weigh(&batch(scale), &mut weights));
    let mut other = Trim::new(0.2).unwrap();
    assert!(other.recall(&trim.memory()));
    assert_eq!(trim.foresee(), other.foresee());
    assert!(trim.foresee().is_some());
    for broken in [&[][..], &[1.0, 2.0], &[1.0, 0.0, 0.0, f64::NAN], &[1.0, 0.0, 0.0, 9.0]] {
        assert!(!Trim::new(0.2).unwrap().recall(broken), "{broken:?}");
    }
}

#[test]
fn a_sampling_layer_below_a_batch_norm_is_refused() {
    let sample = Layer::Sample(Sample { divergence_weight: 0.7, draws_in_scoring: false });
    let network = network(3, vec![dense(4), sample, norm(), dense(3)], 5);
    let trainer = Trainer::new(network, Objective::SquaredError, Optimizer::adam(0.01), 9, 3).unwrap();
    assert!(trainer.with_selection(Box::new(Trim::new(0.2).unwrap())).is_err());
    assert!(Trim::new(1.0).is_err() && Trim::new(-0.1).is_err() && Trim::new(f64::NAN).is_err());
}

proptest! {
    #[test]
    fn a_trim_leaves_out_the_largest_losses_whatever_it_foresaw(
        batches in prop::collection::vec(prop::collection::vec(prop_oneof![
            4 => 0.0f32..10.0, 2 => (0u8..4).prop_map(f32::from), 1 => Just(f32::NAN), 1 => Just(f32::INFINITY), 1 => -1e-6f32..0.0
        ], 1..60), 1..6),
        share in 0.0f64..1.0,
    ) {
        let mut trim = Trim::new(share).unwrap();
        for losses in batches {
            let count = losses.len();
            let mut weights = vec![0.5; count];
            trim.weigh(&losses, &mut weights);
            let mut order: Vec<usize> = (0..count).collect();
            let key = |row: usize| if losses[row].is_nan() { f32::NAN } else { losses[row] };
            order.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
            let kept = count - trim.left_out(count);
            prop_assert!(kept >= 1);
            for (place, row) in order.into_iter().enumerate() {
                prop_assert_eq!(weights[row], if place < kept { 1.0 } else { 0.0 });
            }
        }
    }
}
