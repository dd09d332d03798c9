//! Functions applied to every value. Each backward needs the layer's output alone.

use crate::network::architecture::Activation;
use crate::simd::lanes::vectorized;

impl Activation {
    /// `output = f(input)`, same shape.
    pub(crate) fn forward(self, input: &[f32], output: &mut [f32]) {
        match self {
            Self::Relu => map(
                input,
                output,
                #[inline(always)]
                |z| if z > 0.0 { z } else { 0.0 },
            ),
            Self::LeakyRelu { slope } => map(
                input,
                output,
                #[inline(always)]
                move |z| z * slope_at(z, slope),
            ),
            Self::Sigmoid => map(input, output, sigmoid),
            Self::Tanh => map(
                input,
                output,
                #[inline(always)]
                |z| z.tanh(),
            ),
            Self::Identity => output.copy_from_slice(input),
        }
    }

    /// `input_error = f'(input) output_error`, with `f'` written in terms of `output = f(input)`.
    pub(crate) fn backward(self, output: &[f32], output_error: &[f32], input_error: &mut [f32]) {
        match self {
            Self::Relu => scale(
                output,
                output_error,
                input_error,
                #[inline(always)]
                |y, error| if y > 0.0 { error } else { 0.0 },
            ),
            Self::LeakyRelu { slope } => scale(
                output,
                output_error,
                input_error,
                #[inline(always)]
                move |y, error| error * slope_at(y, slope),
            ),
            Self::Sigmoid => scale(
                output,
                output_error,
                input_error,
                #[inline(always)]
                |y, error| y * (1.0 - y) * error,
            ),
            Self::Tanh => scale(
                output,
                output_error,
                input_error,
                #[inline(always)]
                |y, error| (1.0 - y * y) * error,
            ),
            Self::Identity => input_error.copy_from_slice(output_error),
        }
    }
}

/// Slope of a leaky ReLU. As a factor: of two products, one of them under a condition, the compiler makes a branch.
#[inline(always)]
fn slope_at(z: f32, slope: f32) -> f32 {
    if z > 0.0 { 1.0 } else { slope }
}

#[inline(always)]
fn map(input: &[f32], output: &mut [f32], function: impl Fn(f32) -> f32) {
    vectorized(
        #[inline(always)]
        || output.iter_mut().zip(input).for_each(|(y, &z)| *y = function(z)),
    );
}

#[inline(always)]
fn scale(output: &[f32], error: &[f32], input_error: &mut [f32], function: impl Fn(f32, f32) -> f32) {
    vectorized(
        #[inline(always)]
        || {
            let pairs = output.iter().zip(error);
            input_error.iter_mut().zip(pairs).for_each(|(target, (&y, &e))| *target = function(y, e));
        },
    );
}

/// `1 / (1 + exp(-z))`, and exactly 0 where that is next to nothing: its slope would be a number so small
/// that processors take a hundred times as long for it.
#[inline(always)]
fn sigmoid(z: f32) -> f32 {
    if z > -80.0 { 1.0 / (1.0 + exp(-z)) } else { 0.0 }
}

/// `exp(x)` to 2e-7 of its value, in plain arithmetic that vectorizes as the standard library's call does
/// not. Beyond +-87, where 32 bits end, it stays where it is there.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding this to a small number leaves it rounded to a whole one in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, the first with so few bits that its multiples are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = x - whole * LN_2[0] - whole * LN_2[1];
    // Taylor's polynomial on half of ln 2 either way.
    let terms = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let value = terms[1..].iter().fold(terms[0], |sum: f32, term| sum * rest + term);
    value * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_as_exact_as_32_bits_allow() {
        for at in -8700..=8700 {
            let x = at as f32 / 100.0;
            let (got, want) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((got / want - 1.0).abs() < 2.5e-7, "exp({x}): got {got}, wanted {want}");
        }
        assert!(exp(f32::MAX).is_finite() && exp(f32::MIN) > 0.0);
        let mut output = [0.0; 3];
        Activation::Sigmoid.forward(&[-1e30, 0.0, 1e30], &mut output);
        assert_eq!(output, [0.0, 0.5, 1.0]);
    }
}
