//! What a network is trained for: J(x) of a row and its gradient at the network's output.

use crate::error::{EngineError, check, check_length};
use crate::network::Network;
use crate::network::architecture::{Architecture, Layer};
use crate::simd::lanes::{sum_over, vectorized};

/// The loss of a row. A batch's loss is its mean over the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// Reconstruction: `J(x) = sum over columns of (xhat - x)^2`.
    SquaredError,
    /// Reconstruction: `J(x) = mean over columns of (xhat - x)^2`.
    MeanSquaredError,
    /// One-class DeepSVDD (Ruff et al., 2018): `J(x) = |f(x) - c|^2`.
    Distance {
        /// c, as wide as the output.
        center: Vec<f32>,
    },
    /// Soft-boundary DeepSVDD: `J(x) = R^2 + max(0, |f(x) - c|^2 - R^2) / nu`. After every pass R becomes
    /// the `1 - nu` quantile of the distances seen in it; it starts at 0.
    SoftBoundary {
        /// c, as wide as the output.
        center: Vec<f32>,
        /// Share of rows left outside the sphere, in `(0, 1]`.
        nu: f32,
    },
    /// Random distances (Wang et al., 2020): the network r learns to predict a frozen random network t,
    /// and the similarity of pairs of rows under it. With a random partner x' of every row, and a hat
    /// for division by the sum of absolute values,
    /// `J(x) = mean_j (r - t)_j^2 + (<that, that'> - <rhat, rhat'>)^2`.
    RandomDistances {
        /// t, as wide as the network that is trained, in inputs and in outputs.
        target: Box<Network>,
    },
}

impl Objective {
    /// Whether the objective fits the network, and its constants their ranges.
    pub(crate) fn check(&self, architecture: &Architecture) -> Result<(), EngineError> {
        let outputs = architecture.outputs();
        match self {
            Self::SquaredError | Self::MeanSquaredError => {
                check_length("columns of a reconstruction", outputs, architecture.inputs())
            }
            Self::Distance { center } => check_length("center", center.len(), outputs),
            Self::SoftBoundary { center, nu } => {
                check(*nu > 0.0 && *nu <= 1.0, "nu", nu, "a share in (0, 1]")?;
                check_length("center", center.len(), outputs)
            }
            Self::RandomDistances { target } => {
                let norm =
                    architecture.layers().iter().position(|layer| matches!(layer, Layer::BatchNorm(_)));
                if let Some(layer) = norm {
                    let wanted = "no batch-norm where the loss is over pairs of rows";
                    return Err(EngineError::Architecture { layer, got: "a batch-norm".into(), wanted });
                }
                check_length(
                    "inputs of the random target",
                    target.architecture().inputs(),
                    architecture.inputs(),
                )?;
                check_length("outputs of the random target", target.architecture().outputs(), outputs)
            }
        }
    }

    /// Whether J is of each row alone, so that shards of a table can sum it up.
    pub(crate) fn check_of_single_rows(&self) -> Result<(), EngineError> {
        let got = match self {
            Self::SoftBoundary { .. } => "a soft boundary, which needs a quantile over all rows",
            Self::RandomDistances { .. } => "random distances, which are over pairs of rows",
            _ => return Ok(()),
        };
        check(false, "objective", got, "a loss of each row alone")
    }

    /// Writes `dJ/doutput` of a tile and returns the sum of J over its rows. `rows` are the tile's inputs;
    /// `radius` and `distances` (one a row) are those of a soft boundary.
    pub(crate) fn loss_and_error(
        &self,
        rows: &[f32],
        output: &[f32],
        error: &mut [f32],
        boundary: (f32, &mut [f32]),
    ) -> f32 {
        match self {
            Self::SquaredError => squared_error(output, rows, 1.0, error),
            Self::MeanSquaredError => {
                let columns = rows.len() / boundary.1.len();
                squared_error(output, rows, 1.0 / columns as f32, error)
            }
            Self::Distance { center } => distance(output, center, error),
            Self::SoftBoundary { center, nu } => soft_boundary(output, center, *nu, boundary, error),
            Self::RandomDistances { .. } => unreachable!("pairs of rows have a pass of their own"),
        }
    }

    /// Writes J of each row of a tile.
    pub(crate) fn losses(
        &self,
        rows: &[f32],
        output: &[f32],
        (radius, distances): (f32, &mut [f32]),
        losses: &mut [f32],
    ) {
        let columns = rows.len() / losses.len();
        match self {
            Self::SquaredError => row_squared_errors(output, rows, columns, losses),
            Self::MeanSquaredError => {
                row_squared_errors(output, rows, columns, losses);
                losses.iter_mut().for_each(|loss| *loss *= 1.0 / columns as f32);
            }
            Self::Distance { center } => row_distances(output, center, losses),
            Self::SoftBoundary { center, nu } => {
                row_distances(output, center, distances);
                let square = radius * radius;
                for (loss, distance) in losses.iter_mut().zip(distances) {
                    *loss = square + (*distance - square).max(0.0) / nu;
                }
            }
            Self::RandomDistances { .. } => unreachable!("pairs of rows have a pass of their own"),
        }
    }
}

/// `scale (xhat - x)^2`, summed; its gradient `2 scale (xhat - x)`.
pub(crate) fn squared_error(output: &[f32], target: &[f32], scale: f32, error: &mut [f32]) -> f32 {
    vectorized(
        #[inline(always)]
        || {
            let twice = 2.0 * scale;
            let pairs = output.iter().zip(target);
            error.iter_mut().zip(pairs).for_each(|(e, (&xhat, &x))| *e = twice * (xhat - x));
            0.25 / scale * sum_over(error, error, |a, b| a * b)
        },
    )
}

/// `|f - c|^2`, summed over the rows; its gradient `2 (f - c)`.
fn distance(output: &[f32], center: &[f32], error: &mut [f32]) -> f32 {
    vectorized(
        #[inline(always)]
        || {
            let rows = output.chunks_exact(center.len()).zip(error.chunks_exact_mut(center.len()));
            for (output, error) in rows {
                let pairs = output.iter().zip(center);
                error.iter_mut().zip(pairs).for_each(|(e, (&f, &c))| *e = 2.0 * (f - c));
            }
            0.25 * sum_over(error, error, |a, b| a * b)
        },
    )
}

/// Rows inside the sphere have no gradient; those outside that of their distance over nu.
fn soft_boundary(
    output: &[f32],
    center: &[f32],
    nu: f32,
    (radius, distances): (f32, &mut [f32]),
    error: &mut [f32],
) -> f32 {
    row_distances(output, center, distances);
    distance(output, center, error);
    let mut total = 0.0;
    for (distance, error) in distances.iter().zip(error.chunks_exact_mut(center.len())) {
        let beyond = distance - radius * radius;
        let share = if beyond > 0.0 { 1.0 / nu } else { 0.0 };
        error.iter_mut().for_each(|e| *e *= share);
        total += radius * radius + share * beyond;
    }
    total
}

/// `sum over columns of (xhat - x)^2` of each row of a tile. The order of additions depends on the width
/// alone, so that a row's bits do not depend on the rows around it.
pub(crate) fn row_squared_errors(output: &[f32], target: &[f32], width: usize, losses: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            let rows = output.chunks_exact(width).zip(target.chunks_exact(width));
            for (loss, (output, target)) in losses.iter_mut().zip(rows) {
                *loss = sum_over(output, target, |xhat, x| (xhat - x) * (xhat - x));
            }
        },
    );
}

/// `|f - c|^2` of each row of a tile.
pub(crate) fn row_distances(output: &[f32], center: &[f32], distances: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (distance, output) in distances.iter_mut().zip(output.chunks_exact(center.len())) {
                *distance = sum_over(output, center, |f, c| (f - c) * (f - c));
            }
        },
    );
}
