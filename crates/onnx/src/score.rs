//! Scores as nodes, each kind beside its formula in [`ScoreGraph`].

use gradstop::algorithm::{ScoreGraph, WeightedScore};
use gradstop::engine::{EngineError, Network};

use crate::graph::{Attribute, Graph, Type, Value};
use crate::network::outputs;

/// (rows x columns), standardised -> (rows x 1), float.
pub(crate) fn score(graph: &mut Graph, scores: &ScoreGraph, rows: &Value) -> Result<Value, EngineError> {
    Ok(match scores {
        ScoreGraph::SquaredError { network } => squared_error(graph, network, rows),
        ScoreGraph::Error { network } => {
            let squared = squared_error(graph, network, rows);
            graph.node("Sqrt", &[&squared], &[])
        }
        ScoreGraph::Distance { network, center } => {
            let output = outputs(graph, network, rows);
            let center = graph.floats(&[center.len()], center);
            squared_distance(graph, &output, &center)
        }
        ScoreGraph::RandomDistances { network, target, references } => {
            random_distances(graph, (network, target), references, rows)?
        }
        ScoreGraph::WeightedSum(terms) => weighted_sum(graph, terms, rows)?,
        ScoreGraph::Median(members) => median(graph, members, rows)?,
        ScoreGraph::MeanRank(members) => mean_rank(graph, members, rows)?,
    })
}

fn squared_error(graph: &mut Graph, network: &Network, rows: &Value) -> Value {
    let output = outputs(graph, network, rows);
    squared_distance(graph, &output, rows)
}

fn squared_distance(graph: &mut Graph, value: &Value, other: &Value) -> Value {
    let apart = graph.node("Sub", &[value, other], &[]);
    let squares = graph.node("Mul", &[&apart, &apart], &[]);
    graph.row_sums(&squares)
}

/// The sum over references k and outputs j of `(t_j t'_kj - r_j r'_kj)^2` is
/// `sum_j t_j^2 A_j - 2 t_j r_j B_j + r_j^2 C_j` with A, B, C the sums over k of `t'^2`, `t' r'`, `r'^2`: no row has to
/// meet every reference. In doubles, because the terms nearly cancel.
fn random_distances(
    graph: &mut Graph,
    (network, target): (&Network, &Network),
    references: &[f32],
    rows: &Value,
) -> Result<Value, EngineError> {
    let width = network.architecture().outputs();
    let (near, near_target) = (network.outputs(references)?, target.outputs(references)?);
    let count = near.len() / width;
    let (mut of_target, mut of_both, mut of_network) = (vec![0.0; width], vec![0.0; width], vec![0.0; width]);
    for (near, near_target) in near.chunks_exact(width).zip(near_target.chunks_exact(width)) {
        let (near, near_target) = (over_length(near), over_length(near_target));
        for (unit, (r, t)) in near.into_iter().zip(near_target).enumerate() {
            of_target[unit] += t * t;
            of_both[unit] += t * r;
            of_network[unit] += r * r;
        }
    }
    let terms = (width * count) as f64;
    let mean =
        |sums: Vec<f64>, factor: f64| sums.into_iter().map(|sum| factor * sum / terms).collect::<Vec<_>>();
    let of_target = graph.doubles(&[width], &mean(of_target, 1.0));
    let of_both = graph.doubles(&[width], &mean(of_both, -2.0));
    let of_network = graph.doubles(&[width], &mean(of_network, 1.0));

    let (r, t) = (outputs(graph, network, rows), outputs(graph, target, rows));
    let squared = squared_distance(graph, &r, &t);
    let squared = graph.cast(&squared, Type::Double);
    let widths = graph.doubles(&[1], &[width as f64]);
    let error = graph.node("Div", &[&squared, &widths], &[]);

    let (r, t) = (normalized(graph, &r), normalized(graph, &t));
    let mut unlike = Vec::new();
    for (one, other, mean) in [(&t, &t, &of_target), (&t, &r, &of_both), (&r, &r, &of_network)] {
        let product = graph.node("Mul", &[one, other], &[]);
        unlike.push(graph.node("Mul", &[&product, mean], &[]));
    }
    let unlike = graph.node("Sum", &[&unlike[0], &unlike[1], &unlike[2]], &[]);
    let unlike = graph.row_sums(&unlike);
    let total = graph.node("Add", &[&error, &unlike], &[]);
    Ok(graph.cast(&total, Type::Float))
}

/// Each row over its sum of absolute values, as doubles; zeros stay.
fn normalized(graph: &mut Graph, value: &Value) -> Value {
    let absolute = graph.node("Abs", &[value], &[]);
    let length = graph.row_sums(&absolute);
    let least = graph.floats(&[1], &[f32::MIN_POSITIVE]);
    let length = graph.node("Max", &[&length, &least], &[]);
    let shares = graph.node("Div", &[value, &length], &[]);
    graph.cast(&shares, Type::Double)
}

/// The same for one row that is known now, with the roundings of the library.
fn over_length(values: &[f32]) -> Vec<f64> {
    let length: f32 = values.iter().map(|value| value.abs()).sum();
    let divisor = if length > 0.0 { length } else { 1.0 };
    values.iter().map(|value| f64::from(value / divisor)).collect()
}

fn weighted_sum(graph: &mut Graph, terms: &[WeightedScore], rows: &Value) -> Result<Value, EngineError> {
    let scores = terms.iter().map(|term| score(graph, &term.score, rows)).collect::<Result<Vec<_>, _>>()?;
    let scores = graph.side_by_side(&scores);
    let mut scores = graph.cast(&scores, Type::Double);
    if terms.iter().any(|term| term.offset != 0.0) {
        let offsets: Vec<f64> = terms.iter().map(|term| term.offset).collect();
        let offsets = graph.doubles(&[terms.len()], &offsets);
        scores = graph.node("Sub", &[&scores, &offsets], &[]);
    }
    let weights: Vec<f64> = terms.iter().map(|term| term.weight).collect();
    let weights = graph.doubles(&[terms.len(), 1], &weights);
    let total = graph.node("MatMul", &[&scores, &weights], &[]);
    let most = graph.doubles(&[1], &[f64::from(f32::MAX)]);
    let total = graph.node("Min", &[&total, &most], &[]);
    Ok(graph.cast(&total, Type::Float))
}

fn median(graph: &mut Graph, members: &[(ScoreGraph, f32)], rows: &Value) -> Result<Value, EngineError> {
    let scores =
        members.iter().map(|(member, _)| score(graph, member, rows)).collect::<Result<Vec<_>, _>>()?;
    let scores = graph.side_by_side(&scores);
    let divisors: Vec<f32> = members.iter().map(|(_, divisor)| *divisor).collect();
    let divisors = graph.floats(&[divisors.len()], &divisors);
    let shares = graph.node("Div", &[&scores, &divisors], &[]);
    let most = graph.floats(&[1], &[f32::MAX]);
    let shares = graph.node("Min", &[&shares, &most], &[]);
    // The upper half, largest first, ends with the middle.
    let upper = members.len() / 2 + 1;
    let upper_count = graph.ints(&[upper as i64]);
    let largest = graph.node("TopK", &[&shares, &upper_count], &[Attribute::Int("axis", 1)]);
    let middle = graph.ints(&[(members.len() as i64 - 1) / 2, members.len() as i64 / 2]);
    let middle = graph.node("Gather", &[&largest, &middle], &[Attribute::Int("axis", 1)]);
    let half = graph.floats(&[1], &[0.5]);
    let halves = graph.node("Mul", &[&middle, &half], &[]);
    Ok(graph.row_sums(&halves))
}

fn mean_rank(
    graph: &mut Graph,
    members: &[(ScoreGraph, Vec<f32>)],
    rows: &Value,
) -> Result<Value, EngineError> {
    let mut shares = Vec::new();
    for (member, sorted) in members {
        let score = score(graph, member, rows)?;
        let others = graph.floats(&[sorted.len()], sorted);
        let mut counts = Vec::new();
        for comparison in ["Less", "LessOrEqual"] {
            let holds = graph.node(comparison, &[&others, &score], &[]);
            let ones = graph.cast(&holds, Type::Double);
            counts.push(graph.row_sums(&ones));
        }
        let both = graph.node("Add", &[&counts[0], &counts[1]], &[]);
        let all = graph.doubles(&[1], &[(2 * sorted.len() * members.len()) as f64]);
        shares.push(graph.node("Div", &[&both, &all], &[]));
    }
    let shares = graph.side_by_side(&shares);
    let total = graph.row_sums(&shares);
    Ok(graph.cast(&total, Type::Float))
}
