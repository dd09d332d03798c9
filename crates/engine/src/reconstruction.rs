//! Squared error of a reconstruction: `J(x) = sum over columns of (xhat - x)^2`.

use crate::vectorised::{sum_over, vectorised};

/// Writes `dJ/dxhat = 2 (xhat - x)` of a tile and returns the sum of J over its rows.
pub(crate) fn loss_and_error(output: &[f32], target: &[f32], error: &mut [f32]) -> f32 {
    vectorised(
        #[inline(always)]
        || {
            let pairs = output.iter().zip(target);
            error.iter_mut().zip(pairs).for_each(|(e, (&xhat, &x))| *e = 2.0 * (xhat - x));
            0.25 * sum_over(error, error, |a, b| a * b)
        },
    )
}

/// J of each row of a tile. The order of additions depends on the width alone, so that a row's bits do
/// not depend on the rows around it.
pub(crate) fn row_losses(output: &[f32], target: &[f32], width: usize, losses: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || {
            let rows = output.chunks_exact(width).zip(target.chunks_exact(width));
            for (loss, (output, target)) in losses.iter_mut().zip(rows) {
                *loss = sum_over(output, target, |xhat, x| (xhat - x) * (xhat - x));
            }
        },
    );
}
