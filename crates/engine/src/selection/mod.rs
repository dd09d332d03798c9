//! Which rows of a batch a step learns from.
//!
//! A row selection gives every row of a batch a weight, from the losses of the very pass that trains. With weights w the
//! step follows the gradient of `sum of w_i J(x_i) / sum of w_i`, while batch statistics stay those of all rows.
//!
//! Losses are known at the end of the way forward, and weights are wanted on the way back. A selection that can
//! [foresee](RowSelection::foresee) its weights spares the rows a second way forward: they go straight back with the weights
//! that are expected, and the few for which these were wrong follow once all losses are known, with what was missing or too
//! much.

pub(crate) mod adaptive;
mod forecast;
pub(crate) mod trim;
pub(crate) mod trimming;

use std::fmt::Debug;

/// Decides from their losses how much the rows of a batch count in a step. Other selections than [`Trim`](trim::Trim)
/// and [`AdaptiveTrim`](adaptive::AdaptiveTrim) are another implementation of this trait.
///
/// Every row counts in proportion to its inverse loss:
///
/// ```
/// use gradstop_engine::RowSelection;
///
/// #[derive(Debug)]
/// struct Inverse;
///
/// impl RowSelection for Inverse {
///     fn weigh(&mut self, losses: &[f32], weights: &mut [f32]) {
///         weights.iter_mut().zip(losses).for_each(|(weight, loss)| *weight = 1.0 / (1.0 + loss));
///     }
/// }
///
/// let mut weights = [0.0; 2];
/// Inverse.weigh(&[0.0, 3.0], &mut weights);
/// assert_eq!(weights, [1.0, 0.25]);
/// ```
pub trait RowSelection: Debug + Send + Sync {
    /// Writes the weight of each row, at least 0, given its loss in the pass under way. One weight at least is positive.
    fn weigh(&mut self, losses: &[f32], weights: &mut [f32]);

    /// The loss up to which rows are likely to have weight 1 in the next pass, and beyond which they are likely to have weight
    /// 0; none if nothing can be foreseen. A wrong guess costs time and changes no weight.
    fn foresee(&self) -> Option<f32> {
        None
    }

    /// Largest loss that the last batch was learned from, if there is such a limit.
    fn threshold(&self) -> Option<f32> {
        None
    }

    /// All that [`foresee`](Self::foresee) depends on, to be written down between two passes.
    fn memory(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Takes a [`memory`](Self::memory) back; `false` if it is none.
    fn recall(&mut self, memory: &[f64]) -> bool {
        memory.is_empty()
    }
}

/// Which rows the last pass was learned from.
#[derive(Debug, Clone, Copy)]
pub struct Selected<'a> {
    /// Weight of each row of the batch.
    pub weights: &'a [f32],
    /// Largest loss that was learned from, if there is such a limit.
    pub threshold: Option<f32>,
}

/// The weight of a row with this loss where a limit alone decides. A loss that is not a number is beyond any limit.
pub(crate) fn weight_within(limit: f32, loss: f32) -> f32 {
    if loss <= limit { 1.0 } else { 0.0 }
}

/// How much rows with these weights count together.
pub(crate) fn total_weight(weights: &[f32]) -> f64 {
    weights.iter().map(|&weight| f64::from(weight)).sum()
}

/// A whole number for a loss, in the order of size; the largest for what is not a number.
pub(crate) fn in_order(loss: f32) -> u32 {
    let bits = if loss.is_nan() { f32::NAN.to_bits() } else { loss.to_bits() };
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// The loss that such a number stands for.
pub(crate) fn loss_of(number: u32) -> f32 {
    f32::from_bits(if number >> 31 == 1 { number & !(1 << 31) } else { !number })
}

/// Multiplies each row of a matrix of this width by its weight.
pub(crate) fn weigh_rows(values: &mut [f32], width: usize, weights: &[f32]) {
    for (row, &weight) in values.chunks_exact_mut(width).zip(weights) {
        // Nearly all weights are these two; what does not count may be infinite.
        match weight {
            1.0 => {}
            0.0 => row.fill(0.0),
            _ => row.iter_mut().for_each(|value| *value *= weight),
        }
    }
}
