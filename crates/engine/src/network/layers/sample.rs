//! Sampling layer `z = mean + exp(log_variance / 2) noise`, with the noise addressed like dropout's masks.
//!
//! Its input holds the means, then the logarithms of the variances: (rows x 2 width) -> (rows x width).
//! The divergence from the standard normal distribution, `sum over units of
//! (exp(log_variance) + mean^2 - 1 - log_variance) / 2`, joins the row's loss with a weight. Logarithms of
//! variances beyond 20 either way count as 20: nothing else would keep an extreme row's code finite.

use crate::random::Key;

/// The largest logarithm of a variance.
const LARGEST: f32 = 20.0;

/// Writes `noise` for the rows whose random numbers `key_of` addresses, and the output.
pub(crate) fn forward(
    width: usize,
    key_of: impl Fn(usize) -> Key,
    input: &[f32],
    noise: &mut [f32],
    output: &mut [f32],
) {
    let rows = noise.chunks_exact_mut(width).zip(input.chunks_exact(2 * width));
    for (row, ((noise, input), output)) in rows.zip(output.chunks_exact_mut(width)).enumerate() {
        let key = key_of(row);
        let (mean, log_variance) = input.split_at(width);
        for unit in 0..width {
            noise[unit] = key.normal(unit as u64) as f32;
            let log_variance = log_variance[unit].clamp(-LARGEST, LARGEST);
            output[unit] = mean[unit] + (0.5 * log_variance).exp() * noise[unit];
        }
    }
}

/// The means alone.
pub(crate) fn means(width: usize, input: &[f32], output: &mut [f32]) {
    for (input, output) in input.chunks_exact(2 * width).zip(output.chunks_exact_mut(width)) {
        output.copy_from_slice(&input[..width]);
    }
}

/// `dJ/dmean = e + weight mean`, `dJ/dlog_variance = e noise exp(log_variance / 2) / 2 + weight
/// (exp(log_variance) - 1) / 2`, with e the error at the output. Returns the weighted divergence, summed
/// over the rows.
pub(crate) fn backward(
    width: usize,
    weight: f32,
    input: &[f32],
    noise: &[f32],
    output_error: &[f32],
    input_error: &mut [f32],
) -> f32 {
    let mut divergence = 0.0;
    let rows = input.chunks_exact(2 * width).zip(noise.chunks_exact(width));
    let errors = output_error.chunks_exact(width).zip(input_error.chunks_exact_mut(2 * width));
    for ((input, noise), (error, target)) in rows.zip(errors) {
        let (mean, log_variance) = input.split_at(width);
        let (to_mean, to_log_variance) = target.split_at_mut(width);
        for unit in 0..width {
            let log_variance = log_variance[unit];
            let inside = if log_variance.abs() < LARGEST { 1.0 } else { 0.0 };
            let log_variance = log_variance.clamp(-LARGEST, LARGEST);
            let deviation = (0.5 * log_variance).exp();
            let variance = deviation * deviation;
            to_mean[unit] = error[unit] + weight * mean[unit];
            let from_code = error[unit] * noise[unit] * deviation;
            to_log_variance[unit] = 0.5 * inside * (from_code + weight * (variance - 1.0));
            divergence += 0.5 * (variance + mean[unit] * mean[unit] - 1.0 - log_variance);
        }
    }
    weight * divergence
}

/// Adds the weighted divergence of each row to its loss.
pub(crate) fn add_divergences(width: usize, weight: f32, input: &[f32], losses: &mut [f32]) {
    for (loss, input) in losses.iter_mut().zip(input.chunks_exact(2 * width)) {
        let (mean, log_variance) = input.split_at(width);
        let mut divergence = 0.0;
        for (mean, log_variance) in mean.iter().zip(log_variance) {
            let log_variance = log_variance.clamp(-LARGEST, LARGEST);
            let deviation = (0.5 * log_variance).exp();
            divergence += 0.5 * (deviation * deviation + mean * mean - 1.0 - log_variance);
        }
        *loss += weight * divergence;
    }
}
