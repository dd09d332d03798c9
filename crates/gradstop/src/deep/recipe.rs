//! The training of one network in which each row has a loss of its own, wherever the rows are.

use gradstop_engine::{Network, Objective};

use crate::deep::score::Score;
use crate::deep::settings::TrainingSettings;

/// Entries of a measured centre nearer to 0 than this are moved to it: a network could reach 0 by weights
/// of 0 alone. Exact zeros stay, they belong to units that are never active.
const CENTER_FLOOR: f32 = 0.1;

/// A fresh network, how it is trained, and for what.
#[derive(Debug, Clone)]
pub struct OneNetwork {
    pub(crate) training: TrainingSettings,
    pub(crate) network: Network,
    pub(crate) goal: Goal,
}

/// What a network is trained for.
#[derive(Debug, Clone)]
pub(crate) enum Goal {
    /// To reproduce rows.
    Reconstruction { objective: Objective, score: Score },
    /// To map rows near a centre: the origin, or the mean output of the untrained network; with the share of rows
    /// that a soft boundary leaves outside.
    Center { at_origin: bool, soft: Option<f32> },
}

impl OneNetwork {
    /// Whether the centre depends on the rows.
    pub(crate) fn measures_center(&self) -> bool {
        matches!(self.goal, Goal::Center { at_origin: false, .. })
    }

    pub(crate) fn origin(&self) -> Vec<f32> {
        vec![0.0; self.network.architecture().outputs()]
    }

    /// The centre, of the summed [outputs](output_sums) of `count` rows.
    pub(crate) fn center(&self, sums: &[f64], count: usize) -> Vec<f32> {
        let away_from_0 = |value: f32| match value.abs() {
            size if size > 0.0 && size < CENTER_FLOOR => CENTER_FLOOR.copysign(value),
            _ => value,
        };
        sums.iter().map(|sum| away_from_0((sum / count as f64) as f32)).collect()
    }

    /// The loss, and how outputs become scores.
    pub(crate) fn goal(&self, center: &[f32]) -> (Objective, Score) {
        let center = center.to_vec();
        match &self.goal {
            Goal::Reconstruction { objective, score } => (objective.clone(), score.clone()),
            Goal::Center { soft: None, .. } => {
                (Objective::Distance { center: center.clone() }, Score::Distance { center })
            }
            Goal::Center { soft: Some(nu), .. } => {
                (Objective::SoftBoundary { center: center.clone(), nu: *nu }, Score::Distance { center })
            }
        }
    }
}
