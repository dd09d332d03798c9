//! What a fitted model computes, as data: for those who write it down for another program.

use gradstop_engine::{Layer, Network, Sample};

use crate::error::Hint;

/// How a score is made of standardised rows (rows x columns), each value an `f32`; larger is more abnormal. Every kind
/// gives one value a row.
#[derive(Debug, Clone, PartialEq)]
pub enum ScoreGraph {
    /// `sum_j (network(x) - x)_j^2`.
    SquaredError {
        /// As wide at its output as at its input.
        network: Network,
    },
    /// The root of it.
    Error {
        /// As wide at its output as at its input.
        network: Network,
    },
    /// `sum_j (network(x) - center)_j^2`.
    Distance {
        /// The network.
        network: Network,
        /// As long as the network's output.
        center: Vec<f32>,
    },
    /// With `r` the network's output and `t` the target's, each of `w` values, `mean_j (r - t)_j^2` and the mean over
    /// the reference rows x' of `mean_j (that that' - rhat rhat')_j^2`; hats stand for division by the sum of absolute
    /// values, which leaves zeros.
    RandomDistances {
        /// r.
        network: Network,
        /// t.
        target: Network,
        /// Standardised reference rows (references x columns), at least one.
        references: Vec<f32>,
    },
    /// `sum_i weight_i (score_i - offset_i)` in `f64`, at most the largest `f32`, rounded to one.
    WeightedSum(Vec<WeightedScore>),
    /// The median of `score_i / divisor_i`, each at most the largest `f32`; of an even number the mean of the middle two.
    Median(Vec<(ScoreGraph, f32)>),
    /// The mean over the scores of the share of their sorted list that lies below, equal ones by half. One list a
    /// score, none empty.
    MeanRank(Vec<(ScoreGraph, Vec<f32>)>),
}

/// A term of [`ScoreGraph::WeightedSum`].
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedScore {
    /// The score.
    pub score: ScoreGraph,
    /// Its weight, finite and at least 0.
    pub weight: f64,
    /// What is taken from the score before.
    pub offset: f64,
}

/// Why a model's scores are no [`ScoreGraph`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoGraph {
    /// What stands in the way.
    pub got: &'static str,
    /// What could be done instead.
    pub hint: Hint,
}

impl NoGraph {
    /// Of a model that is no network.
    pub(crate) const NO_NETWORK: Self = Self { got: "a method without a network", hint: Hint::OtherDetector };

    /// Of networks that draw random numbers while they score.
    pub(crate) fn if_drawn(network: &Network) -> Result<(), Self> {
        let draws = |layer: &Layer| matches!(layer, Layer::Sample(Sample { draws_in_scoring: true, .. }));
        match network.architecture().layers().iter().any(draws) {
            true => Err(Self {
                got: "codes that are drawn by a hash of the row's values (draws_in_scoring = true)",
                hint: Hint::Setting { name: "draws_in_scoring", value: false },
            }),
            false => Ok(()),
        }
    }
}
