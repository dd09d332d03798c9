//! A table in shards is trained as the table itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::*;
use gradstop_engine::*;

const SEED: u64 = 3;

/// What a training came to: losses, norms of the probe rows' gradients, parameters and running statistics.
struct Trained {
    losses: Vec<f64>,
    norms: Vec<Vec<f64>>,
    network: Network,
}

fn probe(count: usize) -> Vec<usize> {
    (5..count).step_by(61).collect()
}

fn whole(
    network: Network,
    objective: &Objective,
    rows: &[f32],
    epochs: u64,
    (probed, known, trim): (bool, bool, Option<Trimming>),
) -> Trained {
    let columns = network.architecture().inputs();
    let count = rows.len() / columns;
    let probe = if probed { probe(count) } else { Vec::new() };
    let covariance = known.then(|| Covariance::of(rows, columns));
    let mut trainer = Trainer::new(network, objective.clone(), Optimizer::adam(0.01), count, SEED).unwrap();
    if let Some(trim) = trim {
        trainer = trainer.with_selection(trim.selection().unwrap()).unwrap();
    }
    let (mut losses, mut norms) = (Vec::new(), Vec::new());
    for epoch in 0..epochs {
        let probed_here = Probe { rows: &probe, covariance: covariance.as_ref() };
        losses.push(trainer.pass(rows, Step { epoch, batch: 0 }, probed_here).unwrap());
        norms.push(trainer.row_gradients().norms(&(0..probe.len()).collect::<Vec<_>>()));
        trainer.update();
    }
    Trained { losses, norms, network: trainer.into_network() }
}

/// The same with the rows cut at `cuts`; `forgets` says before which stages of which shards a worker was lost. Probed rows
/// need the covariance to be `known`.
fn in_shards(
    network: Network,
    objective: &Objective,
    rows: &[f32],
    epochs: u64,
    cuts: &[usize],
    forgets: impl Fn(u64, usize, usize) -> bool,
    (probed, known, trim): (bool, bool, Option<Trimming>),
) -> Trained {
    let columns = network.architecture().inputs();
    let count = rows.len() / columns;
    let starts: Vec<usize> = std::iter::once(0).chain(cuts.iter().copied()).collect();
    let ends = cuts.iter().copied().chain([count]);
    let parts: Vec<&[f32]> =
        starts.iter().zip(ends).map(|(&start, end)| &rows[start * columns..end * columns]).collect();
    let fresh = || {
        let shard =
            Shard::new(Network::zeros(network.architecture().clone()), objective.clone(), SEED).unwrap();
        if let Some(trim) = trim { shard.with_trim(trim).unwrap() } else { shard }
    };
    let mut shards: Vec<Shard> = parts.iter().map(|_| fresh()).collect();
    let of_columns: Vec<Sums> = parts.iter().map(|part| Covariance::sums_of(part, columns)).collect();
    let covariance = Covariance::from_sums(&Sums::fold(&of_columns).unwrap(), count);
    let places = if probed { probe(count) } else { Vec::new() };
    let probe_rows: Vec<f32> =
        places.iter().flat_map(|&row| &rows[row * columns..][..columns]).copied().collect();
    let mut reducer =
        Reducer::new(network.clone(), objective.clone(), Optimizer::adam(0.01), count, SEED).unwrap();
    if let Some(trim) = trim {
        reducer = reducer.with_trim(trim).unwrap();
    }
    let covariance = known.then_some(&covariance);
    covariance.into_iter().for_each(|covariance| reducer.set_covariance(covariance.clone()));
    let (mut losses, mut norms) = (Vec::new(), Vec::new());
    for epoch in 0..epochs {
        let step = Step { epoch, batch: 0 };
        reducer.begin().unwrap();
        let loss = loop {
            let stage = reducer.reduced().len();
            let mut said = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                if forgets(epoch, stage, at) {
                    shards[at] = fresh();
                }
                let pass = Pass {
                    step,
                    parameters: reducer.network().parameters(),
                    first_row: starts[at],
                    table_rows: count,
                    covariance,
                    reduced: reducer.reduced(),
                };
                said.push(shards[at].sums(part, pass).unwrap());
            }
            if let Some(loss) = reducer.reduce(&said).unwrap() {
                break loss;
            }
        };
        losses.push(loss);
        if probed {
            reducer.probe(&probe_rows, &places, step).unwrap();
        }
        norms.push(reducer.row_gradients().norms(&(0..places.len()).collect::<Vec<_>>()));
        reducer.update();
    }
    Trained { losses, norms, network: reducer.network().clone() }
}

fn values(network: &Network) -> Vec<f32> {
    (0..network.tensors().len()).flat_map(|tensor| network.tensor(tensor).to_vec()).collect()
}

fn as_f64(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}

fn close(one: &[f64], other: &[f64], tolerance: f64) {
    assert_eq!(one.len(), other.len());
    let largest = one.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    for (a, b) in one.iter().zip(other) {
        assert!((a - b).abs() <= tolerance * largest, "{a} and {b}, largest {largest}");
    }
}

type Case = (&'static str, Vec<Layer>, Objective, bool);

fn cases(columns: usize) -> Vec<Case> {
    let relu = Layer::Activation(Activation::Relu);
    let drop = Layer::Dropout { rate: 0.2 };
    let sample = Layer::Sample(Sample { divergence_weight: 1.0, draws_in_scoring: false });
    let error = Objective::SquaredError;
    let sphere = Objective::Distance { center: vec![0.1; 8] };
    vec![
        (
            "norm behind the first layer",
            vec![dense(64), norm(), relu, drop, dense(columns)],
            error.clone(),
            true,
        ),
        ("norm first", vec![norm(), dense(16), relu, dense(columns)], error.clone(), true),
        ("no norm", vec![dense(16), relu, drop, dense(columns)], Objective::MeanSquaredError, true),
        (
            "two norms",
            vec![dense(16), norm(), relu, dense(8), norm(), relu, dense(columns)],
            error.clone(),
            false,
        ),
        ("sampling", vec![dense(16), relu, dense(4), sample, dense(columns)], error, true),
        ("sphere", vec![dense(16), relu, dense(8)], sphere, true),
    ]
}

#[test]
fn one_shard_is_the_table_to_the_last_bit() {
    let (count, columns) = (700, 9);
    let rows = rows(count, columns, 1);
    for (name, layers, objective, probed) in cases(columns) {
        let start = network(columns, layers, 5);
        for known in [true, false] {
            let one = whole(start.clone(), &objective, &rows, 4, (false, known, None));
            let looked = (probed && known, known, None);
            let other = in_shards(start.clone(), &objective, &rows, 4, &[], |_, _, _| false, looked);
            assert_eq!(one.losses, other.losses, "{name}");
            assert_eq!(values(&one.network), values(&other.network), "{name}");
        }
    }
}

#[test]
fn several_shards_of_any_size_train_as_the_table_within_rounding() {
    let (count, columns) = (1500, 9);
    let rows = rows(count, columns, 2);
    for (name, layers, objective, probed) in cases(columns) {
        let start = network(columns, layers, 5);
        for trim in [None, Some(Trimming::Share(0.25)), Some(Trimming::Adaptive)] {
            let one = whole(start.clone(), &objective, &rows, 8, (probed, true, trim));
            for (cuts, known) in [(&[731][..], false), (&[731], true), (&[1, 200, 201, 1400], true)] {
                let looked = (probed && known, known, trim);
                let other = in_shards(start.clone(), &objective, &rows, 8, cuts, |_, _, _| false, looked);
                close(&one.losses, &other.losses, 1e-5);
                close(&as_f64(values(&one.network)), &as_f64(values(&other.network)), 5e-4);
                for (one, other) in one.norms.iter().zip(&other.norms).filter(|_| known) {
                    close(one, other, 5e-4);
                }
                assert!(one.losses[7] < one.losses[0], "{name}: nothing was learned");
            }
        }
    }
}

#[test]
fn a_shard_made_again_in_the_middle_of_a_pass_answers_the_same_bits() {
    let (count, columns) = (900, 6);
    let rows = rows(count, columns, 3);
    for (name, layers, objective, probed) in cases(columns) {
        let start = network(columns, layers, 5);
        let (share, adaptive) = (Some(Trimming::Share(0.2)), Some(Trimming::Adaptive));
        for (known, trim) in [(true, None), (false, None), (true, share), (false, share), (true, adaptive)] {
            let run = |forgets: fn(u64, usize, usize) -> bool| {
                let looked = (probed && known, known, trim);
                in_shards(start.clone(), &objective, &rows, 3, &[300, 450], forgets, looked)
            };
            let calm = run(|_, _, _| false);
            let lost = run(|epoch, stage, shard| (epoch as usize + stage + shard).is_multiple_of(2));
            assert_eq!(calm.losses, lost.losses, "{name}");
            assert_eq!(values(&calm.network), values(&lost.network), "{name}");
            assert_eq!(calm.norms, lost.norms, "{name}");
        }
    }
}

#[test]
fn counts_of_losses_that_are_none_are_refused() {
    let start = network(4, vec![dense(8), norm(), dense(4)], 1);
    let fresh = || {
        let reducer =
            Reducer::new(start.clone(), Objective::SquaredError, Optimizer::adam(0.1), 50, SEED).unwrap();
        let mut reducer = reducer.with_trim(Trimming::Share(0.2)).unwrap();
        reducer.begin().unwrap();
        reducer.reduce(&[Sums::of_f64([&[50.0][..], &[0.0; 8], &[1.0; 8]].concat())]).unwrap();
        reducer
    };
    let broken =
        [&[][..], &[1.0], &[-1.0, 50.0], &[0.5, 50.0], &[1.0, f64::NAN], &[70_000.0, 50.0], &[1.0, 3.0]];
    for counts in broken {
        assert!(fresh().reduce(&[Sums::of_f64(counts.to_vec())]).is_err(), "{counts:?}");
    }
    let mut reducer = fresh();
    assert_eq!(reducer.reduce(&[Sums::of_f64(vec![7.0, 50.0])]).unwrap(), None);
    assert!(reducer.reduce(&[Sums::default()]).is_err());
    assert_eq!(reducer.reduce(&[Sums::of_f64(vec![0.0, 9.0, 50.0])]).unwrap(), None);
    assert!(
        Shard::new(start, Objective::SquaredError, SEED).unwrap().with_trim(Trimming::Share(1.0)).is_err()
    );
}

#[test]
fn sums_and_parameters_of_another_network_are_refused() {
    let columns = 4;
    let rows = rows(50, columns, 4);
    let start = network(columns, vec![dense(8), norm(), dense(columns)], 1);
    let mut shard = Shard::new(start.clone(), Objective::SquaredError, SEED).unwrap();
    let step = Step { epoch: 0, batch: 0 };
    let pass = Pass {
        step,
        parameters: start.parameters(),
        first_row: 0,
        table_rows: 50,
        covariance: None,
        reduced: &[],
    };
    let short = &start.parameters()[1..];
    assert!(shard.sums(&rows, Pass { parameters: short, ..pass }).is_err());
    assert!(shard.sums(&rows, Pass { reduced: &[Sums::of_f64(vec![1.0; 3])], ..pass }).is_err());
    assert!(shard.sums(&[], pass).is_err());
    let other = Covariance::of(&rows, columns / 2);
    assert!(shard.sums(&rows, Pass { covariance: Some(&other), ..pass }).is_err());
    let mut reducer =
        Reducer::new(start.clone(), Objective::SquaredError, Optimizer::adam(0.1), 50, SEED).unwrap();
    reducer.begin().unwrap();
    assert!(reducer.reduce(&[]).is_err());
    assert!(reducer.reduce(&[Sums::of_f64(vec![1.0; 3])]).is_err());
    let sphere = Objective::SoftBoundary { center: vec![0.0; columns], nu: 0.1 };
    let problem = Shard::new(start, sphere, SEED).unwrap_err().to_string();
    assert!(problem.contains("soft boundary"), "{problem}");
}
