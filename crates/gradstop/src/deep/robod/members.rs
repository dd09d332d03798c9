//! ROBOD as it scores: every member is a nested auto-encoder with its effective weights.

use gradstop_engine::Network;
use gradstop_engine::random::Key;
use rayon::prelude::*;

use crate::deep::score::add_squared_errors;
use crate::error::{Error, Hint};
use crate::model::explanation::ExplanationMethod;
use crate::model::score_graph::{NoGraph, ScoreGraph, WeightedScore};
use crate::model::tensors::NamedTensor;
use crate::model::{Model, Rows};
use crate::training::network_state::network_tensors;

/// The effective networks of the members.
#[derive(Debug, Clone)]
pub(super) struct Members {
    pub(super) networks: Vec<Network>,
    pub(super) all_rows: bool,
}

/// Where each row meets one member only: the rows that each of the members meets, rising.
pub(super) fn met_by(rows: Rows<'_>, members: usize) -> Vec<Vec<usize>> {
    let member_of = |row: &[f32]| Key::of_values(row).below(0, members as u64) as usize;
    let chosen: Vec<usize> = rows.values.par_chunks_exact(rows.columns).map(member_of).collect();
    let mut met = vec![Vec::new(); members];
    chosen.iter().enumerate().for_each(|(row, &member)| met[member].push(row));
    met
}

/// Copies some rows together.
pub(super) fn gather(rows: Rows<'_>, some: &[usize]) -> Vec<f32> {
    let row = |&row: &usize| &rows.values[row * rows.columns..][..rows.columns];
    some.iter().flat_map(row).copied().collect()
}

impl Members {
    /// The mean of what the members say of each row.
    pub(super) fn average(losses: &[Vec<f32>], scores: &mut [f32]) {
        scores.fill(0.0);
        losses
            .iter()
            .for_each(|losses| scores.iter_mut().zip(losses).for_each(|(score, loss)| *score += loss));
        scores.iter_mut().for_each(|score| *score /= losses.len() as f32);
    }
}

impl Model for Members {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        if self.all_rows {
            let mut losses = vec![vec![0.0; scores.len()]; self.networks.len()];
            let mut pairs = self.networks.iter().zip(&mut losses);
            pairs.try_for_each(|(network, losses)| network.nested_losses_into(rows.values, losses))?;
            Self::average(&losses, scores);
            return Ok(());
        }
        for (network, met) in self.networks.iter().zip(met_by(rows, self.networks.len())) {
            let mut losses = vec![0.0; met.len()];
            network.nested_losses_into(&gather(rows, &met), &mut losses)?;
            met.iter().zip(losses).for_each(|(&row, loss)| scores[row] = loss);
        }
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let of_network = |(member, network)| network_tensors(network, &format!("network.{member}."));
        self.networks.iter().enumerate().flat_map(of_network).collect()
    }

    fn graph(&self) -> Result<ScoreGraph, NoGraph> {
        if !self.all_rows {
            return Err(NoGraph {
                got: "a member that is chosen by a hash of the row's values (all_rows = false)",
                hint: Hint::Setting { name: "all_rows", value: true },
            });
        }
        let term = |network: Network| {
            let weight = 1.0 / (network.architecture().inputs() * self.networks.len()) as f64;
            WeightedScore { score: ScoreGraph::SquaredError { network }, weight, offset: 0.0 }
        };
        let depths = self.networks.iter().flat_map(of_depths);
        Ok(ScoreGraph::WeightedSum(depths.map(term).collect()))
    }

    fn explanation_method(&self) -> ExplanationMethod {
        ExplanationMethod::exact(
            "squared errors of the column's reconstructions over the number of columns, summed over the depths \
             and averaged over the members that see the row",
        )
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        let columns = rows.columns;
        contributions.fill(0.0);
        if self.all_rows {
            let scale = 1.0 / (columns * self.networks.len()) as f64;
            let mut networks = self.networks.iter().flat_map(of_depths);
            return networks.try_for_each(|network| add_squared_errors(&network, rows, scale, contributions));
        }
        for (network, met) in self.networks.iter().zip(met_by(rows, self.networks.len())) {
            let values = gather(rows, &met);
            let mut own = vec![0.0; values.len()];
            for network in of_depths(network) {
                let rows = Rows { values: &values, columns };
                add_squared_errors(&network, rows, 1.0 / columns as f64, &mut own)?;
            }
            let own = met.iter().zip(own.chunks_exact(columns));
            own.for_each(|(&row, own)| contributions[row * columns..][..columns].copy_from_slice(own));
        }
        Ok(())
    }
}

/// The plain auto-encoders that a nested one is made of.
fn of_depths(network: &Network) -> Vec<Network> {
    network.of_each_depth().expect("a member is a nested auto-encoder")
}
