//! Dropout with masks addressed by (seed, layer, epoch, batch, row).

use crate::random::{Key, dropout_threshold};
use crate::simd::lanes::vectorized;

/// `output = mask * input`, row by row of `width` values; the mask (0 or `1 / (1 - rate)`) is kept for
/// the backward pass. `key_of` gives the key of a row of the tile.
pub(crate) fn forward(
    rate: f32,
    key_of: impl Fn(usize) -> Key,
    width: usize,
    input: &[f32],
    mask: &mut [f32],
    output: &mut [f32],
) {
    let (threshold, scale) = (dropout_threshold(rate), 1.0 / (1.0 - rate));
    vectorized(
        #[inline(always)]
        || {
            for (row, mask) in mask.chunks_exact_mut(width).enumerate() {
                key_of(row).fill_mask(mask, threshold, scale);
            }
            multiply_by(input, mask, output);
        },
    );
}

/// `input_error = mask * output_error`.
pub(crate) fn backward(mask: &[f32], output_error: &[f32], input_error: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || multiply_by(output_error, mask, input_error),
    );
}

#[inline(always)]
fn multiply_by(values: &[f32], mask: &[f32], target: &mut [f32]) {
    target.iter_mut().zip(values.iter().zip(mask)).for_each(|(t, (&v, &m))| *t = v * m);
}
