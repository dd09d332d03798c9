//! Functions applied to every value. Each backward needs the layer's output alone.

use crate::architecture::Activation;
use crate::vectorised::vectorised;

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
                |z| if z > 0.0 { z } else { slope * z },
            ),
            Self::Sigmoid => map(
                input,
                output,
                #[inline(always)]
                |z| 1.0 / (1.0 + (-z).exp()),
            ),
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
                |y, error| if y > 0.0 { error } else { slope * error },
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

#[inline(always)]
fn map(input: &[f32], output: &mut [f32], function: impl Fn(f32) -> f32) {
    vectorised(
        #[inline(always)]
        || output.iter_mut().zip(input).for_each(|(y, &z)| *y = function(z)),
    );
}

#[inline(always)]
fn scale(output: &[f32], error: &[f32], input_error: &mut [f32], function: impl Fn(f32, f32) -> f32) {
    vectorised(
        #[inline(always)]
        || {
            let pairs = output.iter().zip(error);
            input_error.iter_mut().zip(pairs).for_each(|(target, (&y, &e))| *target = function(y, e));
        },
    );
}
