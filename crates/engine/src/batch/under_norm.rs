//! A dense layer under a batch-norm whose statistics follow from the covariance of the columns: no row is looked at.
//!
//! With xbar and S the mean and the covariance of the columns over the batch, for unit o of `z = W x + b`
//!
//! ```text
//! mean of z_o = W_o xbar + b_o      variance of z_o = W_o S W_o      c_o = mean of zh_o x = S W_o / deviation_o
//! ```
//!
//! and what the batch-norm does to the error on its way back is linear in e and in zh, so that the gradient follows from
//! sums over the rows alone:
//!
//! ```text
//! dJ/dW_o = gamma_o / deviation_o (mean of e_o x - mean of e_o xbar - mean of e_o zh_o c_o)
//! ```
//!
//! So a row goes through the network once, there and back, and is done with; without the covariance it goes three times,
//! and what crosses the batch-norm is kept of all rows. In 64 bits, as a difference of large terms may be small.

use rayon::prelude::*;

use crate::batch::tiling::WORTH_SHARING;
use crate::network::layers::batch_norm::Moments;
use crate::network::layers::dense::Dense;
use crate::simd::lanes::vectorized;

/// What is known of the layer in one pass. Matrices are (inputs x outputs), as loops run along the outputs.
#[derive(Debug, Default)]
pub(crate) struct UnderNorm {
    /// xbar, (inputs).
    pub(crate) mean: Vec<f32>,
    /// c transposed.
    pub(crate) correlation: Vec<f32>,
    /// W transposed, and `S W^T`.
    weight: Vec<f64>,
    product: Vec<f64>,
}

impl UnderNorm {
    /// The moments of z over `count` rows with this mean, (inputs), and covariance, (inputs x inputs).
    pub(crate) fn moments(
        &mut self,
        dense: Dense<'_>,
        (mean, covariance): (&[f64], &[f64]),
        count: usize,
    ) -> Moments {
        let (inputs, outputs) = (dense.inputs, dense.outputs);
        let Self { weight, product, .. } = self;
        weight.resize(inputs * outputs, 0.0);
        for (input, line) in weight.chunks_exact_mut(outputs).enumerate() {
            let column = dense.weight[input..].iter().step_by(inputs);
            line.iter_mut().zip(column).for_each(|(target, &weight)| *target = f64::from(weight));
        }
        product.resize(inputs * outputs, 0.0);
        multiply(product, covariance, weight, outputs);

        let mut sums = vec![0.0; 1 + 2 * outputs];
        sums[0] = count as f64;
        let (means, squares) = sums[1..].split_at_mut(outputs);
        means.iter_mut().zip(dense.bias).for_each(|(mean, &bias)| *mean = f64::from(bias));
        vectorized(
            #[inline(always)]
            || {
                let lines = weight.chunks_exact(outputs).zip(product.chunks_exact(outputs));
                for ((weight, product), &mean) in lines.zip(mean) {
                    let terms = weight.iter().zip(product);
                    for ((average, square), (weight, product)) in
                        means.iter_mut().zip(&mut *squares).zip(terms)
                    {
                        *average += mean * weight;
                        *square += weight * product;
                    }
                }
                // Rounding may take a variance of nothing below 0.
                squares.iter_mut().for_each(|square| *square = square.max(0.0) * count as f64);
            },
        );
        self.mean.clear();
        self.mean.extend(mean.iter().map(|&mean| mean as f32));
        Moments::from_sums(&sums)
    }

    /// Goes on from the deviations, of which this is 1 over each.
    pub(crate) fn correlate(&mut self, inverse: &[f32]) {
        let outputs = inverse.len();
        let Self { product, correlation, .. } = self;
        correlation.resize(product.len(), 0.0);
        vectorized(
            #[inline(always)]
            || {
                for (line, product) in
                    correlation.chunks_exact_mut(outputs).zip(product.chunks_exact(outputs))
                {
                    let terms = product.iter().zip(inverse);
                    line.iter_mut()
                        .zip(terms)
                        .for_each(|(c, (&product, &inverse))| *c = product as f32 * inverse);
                }
            },
        );
    }

    /// From the mean of `e x`, (outputs x inputs), to the gradient, given the means of `e zh` and of e and
    /// `gamma / deviation`, (outputs) each.
    pub(crate) fn complete(&self, gradient: &mut [f32], products: &[f32], errors: &[f32], gain: &[f32]) {
        let (inputs, outputs) = (self.mean.len(), gain.len());
        for (output, line) in gradient.chunks_exact_mut(inputs).enumerate() {
            let (product, error, gain) = (products[output], errors[output], gain[output]);
            let correlation = self.correlation[output..].iter().step_by(outputs);
            for ((value, mean), c) in line.iter_mut().zip(&self.mean).zip(correlation) {
                *value = gain * (*value - error * mean - product * c);
            }
        }
    }
}

/// `product = left right`, (inputs x outputs), with left (inputs x inputs).
fn multiply(product: &mut [f64], left: &[f64], right: &[f64], outputs: usize) {
    let inputs = right.len() / outputs;
    let line_of = |(product, left): (&mut [f64], &[f64])| {
        vectorized(
            #[inline(always)]
            || multiply_line(product, left, right),
        );
    };
    if left.len() * outputs < WORTH_SHARING {
        product.chunks_exact_mut(outputs).zip(left.chunks_exact(inputs)).for_each(line_of);
    } else {
        product.par_chunks_exact_mut(outputs).zip(left.par_chunks_exact(inputs)).for_each(line_of);
    }
}

/// One line of it: as many sums at a time as stay in registers while the lines of the right matrix pass by.
#[inline(always)]
fn multiply_line(product: &mut [f64], left: &[f64], right: &[f64]) {
    const SUMS: usize = 32;
    let outputs = product.len();
    let (blocks, rest) = product.as_chunks_mut::<SUMS>();
    let first = blocks.len() * SUMS;
    for (at, block) in blocks.iter_mut().enumerate() {
        let mut sums = [0.0; SUMS];
        for (&factor, line) in left.iter().zip(right.chunks_exact(outputs)) {
            let line = line[at * SUMS..].first_chunk::<SUMS>().expect("it is as long as the product");
            for (sum, value) in sums.iter_mut().zip(line) {
                *sum += factor * value;
            }
        }
        *block = sums;
    }
    rest.fill(0.0);
    for (&factor, line) in left.iter().zip(right.chunks_exact(outputs)) {
        rest.iter_mut().zip(&line[first..]).for_each(|(sum, value)| *sum += factor * value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::covariance::Covariance;
    use crate::simd::columns::tests::values;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn statistics_from_the_covariance_equal_the_naive_f64_ones_of_all_rows(
            more in 0usize..500, inputs in 1usize..9, outputs in 1usize..40, shift in -2.0f32..2.0, same in any::<bool>(),
        ) {
            let count = inputs * inputs + more;
            // Where all columns are the same the layer sees but one, and half of its variances are nearly nothing.
            let x: Vec<f32> = (0..count * inputs)
                .map(|at| shift + values(count * inputs, 1)[if same { at / inputs } else { at }])
                .collect();
            let (weight, bias) = (values(inputs * outputs, 2), values(outputs, 3));
            let dense = Dense { weight: &weight, bias: &bias, inputs, outputs };
            let z = |row: usize, output: usize| {
                let terms = (0..inputs).map(|input| f64::from(weight[output * inputs + input]) * f64::from(x[row * inputs + input]));
                terms.sum::<f64>() + f64::from(bias[output])
            };
            let mean = |of: &dyn Fn(usize) -> f64| (0..count).map(of).sum::<f64>() / count as f64;

            let covariance = Covariance::of(&x, inputs);
            let mut layer = UnderNorm::default();
            let moments = layer.moments(dense, covariance.exact().expect("it is narrow"), count).to_sums();
            prop_assert_eq!(moments[0], count as f64);
            let inverse = vec![2.0; outputs];
            layer.correlate(&inverse);
            for output in 0..outputs {
                let average = mean(&|row| z(row, output));
                let variance = mean(&|row| (z(row, output) - average).powi(2));
                prop_assert!((moments[1 + output] - average).abs() < 1e-4);
                let got = moments[1 + outputs + output] / count as f64;
                prop_assert!(got >= 0.0 && (got - variance).abs() < 1e-4, "{got} and {variance}");
                for input in 0..inputs {
                    let middle = mean(&|row| f64::from(x[row * inputs + input]));
                    let c = 2.0 * mean(&|row| (z(row, output) - average) * (f64::from(x[row * inputs + input]) - middle));
                    prop_assert!((f64::from(layer.correlation[input * outputs + output]) - c).abs() < 1e-4);
                }
            }
        }
    }
}
