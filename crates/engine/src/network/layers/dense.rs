//! Dense layer `z = W a + b`.

use crate::simd::columns::add_column_sums;
use crate::simd::gemm::{Matrix, multiply};
use crate::simd::lanes::vectorized;

/// Parameters of a dense layer: `weight` of shape (outputs x inputs), `bias` of length outputs or empty.
#[derive(Clone, Copy)]
pub(crate) struct Dense<'a> {
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Dense<'_> {
    /// (rows x inputs) -> (rows x outputs): `output = input W^T + b`.
    pub(crate) fn forward(self, input: &[f32], output: &mut [f32]) {
        let rows = output.len() / self.outputs;
        let with_bias = !self.bias.is_empty();
        if with_bias {
            repeat(self.bias, output);
        }
        let weight = Matrix::new(self.weight, self.outputs, self.inputs);
        multiply(output, Matrix::new(input, rows, self.inputs), weight.transposed(), with_bias);
    }

    /// (rows x outputs) -> (rows x inputs): `input_error = output_error W`.
    pub(crate) fn backward(self, output_error: &[f32], input_error: &mut [f32]) {
        let rows = output_error.len() / self.outputs;
        let weight = Matrix::new(self.weight, self.outputs, self.inputs);
        multiply(input_error, Matrix::new(output_error, rows, self.outputs), weight, false);
    }

    /// Adds `output_error^T input` to the weight's gradient and the column sums of `output_error` to the
    /// bias's; `gradient` holds the weight then the bias. The weight's is overwritten if `first`.
    pub(crate) fn add_gradient(self, input: &[f32], output_error: &[f32], gradient: &mut [f32], first: bool) {
        let rows = output_error.len() / self.outputs;
        let (weight, bias) = gradient.split_at_mut(self.weight.len());
        let errors = Matrix::new(output_error, rows, self.outputs);
        multiply(weight, errors.transposed(), Matrix::new(input, rows, self.inputs), !first);
        if !bias.is_empty() {
            if first {
                bias.fill(0.0);
            }
            vectorized(
                #[inline(always)]
                || add_column_sums(bias, output_error),
            );
        }
    }
}

/// Fills `target` with copies of `row`, ever more of them at once: rows are narrow.
fn repeat(row: &[f32], target: &mut [f32]) {
    let mut filled = row.len().min(target.len());
    target[..filled].copy_from_slice(&row[..filled]);
    while filled < target.len() {
        let more = filled.min(target.len() - filled);
        target.copy_within(..more, filled);
        filled += more;
    }
}
