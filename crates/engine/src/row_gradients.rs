//! Gradients of single rows in closed form.
//!
//! For a dense layer `z = W a + b` row i's gradient is the outer product of its error and its input,
//! `dJ_i/dW = delta_i a_i^T`, so a norm is a product of two norms and a sum over rows is a product of
//! two small matrices: no row's gradient is ever formed.
//!
//! Through a batch-norm in training mode the rows are coupled, because each row moves the mean and the
//! deviation of all. With `e_i = dJ_i/du_i` and `zh` the standardised input, for unit o of the dense
//! layer below:
//!
//! ```text
//! dJ_i/dW[o] = A_io (x_i - xbar - zh_io c_o)    A_io = gamma_o e_io / deviation_o
//! dJ_i/db[o] = 0                                c_o  = mean over the batch of zh_jo x_j
//! dJ_i/dgamma[o] = e_io zh_io                   dJ_i/dbeta[o] = e_io
//! ```

use crate::capture::{AtNorm, Capture, Coupled, Factors, row_of};
use crate::kernels::{Matrix, multiply};
use crate::vectorised::{add_column_sums, dot, sum_over, vectorised};

/// The gradients of the probe rows in one training-mode pass: each of its own loss J(x) alone, with
/// respect to every trainable parameter. Rows are named by their position within the probe.
#[derive(Debug, Clone, Copy)]
pub struct RowGradients<'a> {
    capture: &'a Capture,
}

impl<'a> RowGradients<'a> {
    pub(crate) fn new(capture: &'a Capture) -> Self {
        Self { capture }
    }

    /// Number of probe rows.
    pub fn rows(&self) -> usize {
        self.capture.probe.len()
    }

    /// Euclidean length of the gradient of each of `rows`.
    pub fn norms(&self, rows: &[usize]) -> Vec<f64> {
        // A few rows at a time, so that the work memory stays small and in the cache.
        const BLOCK: usize = 64;
        let mut norms = vec![0.0; rows.len()];
        let blocks = rows.chunks(BLOCK).zip(norms.chunks_mut(BLOCK));
        blocks.for_each(|(rows, norms)| self.norms_of_block(rows, norms));
        norms
    }

    fn norms_of_block(&self, rows: &[usize], norms: &mut [f64]) {
        for factors in self.capture.factors.iter().flatten() {
            factors.add_squared_norms(rows, self.capture, norms);
        }
        norms.iter_mut().for_each(|norm| *norm = norm.sqrt());
    }

    /// With `s` sets of rows, the `s x s` matrix of the dot products between the gradients summed over
    /// each set. Sets of a single row give the dot products of single gradients.
    pub fn products_of_sums(&self, sets: &[&[usize]]) -> Vec<f64> {
        let sums: Vec<Vec<f32>> = sets.iter().map(|set| self.sum_as_laid_out(set)).collect();
        let mut products = vec![0.0; sets.len() * sets.len()];
        for (one, a) in sums.iter().enumerate() {
            for (other, b) in sums.iter().enumerate().skip(one) {
                let product = long_dot(a, b);
                products[one * sets.len() + other] = product;
                products[other * sets.len() + one] = product;
            }
        }
        products
    }

    /// The gradients of a set of rows, summed, in the order of [`Network::parameters`](crate::Network::parameters).
    pub fn sum(&self, set: &[usize]) -> Vec<f32> {
        let mut total = self.sum_as_laid_out(set);
        if let Some(coupled) = self.capture.coupled() {
            let (inputs, outputs) = (coupled.inputs, coupled.outputs);
            let weight = total[..inputs * outputs].to_vec();
            for (at, value) in total[..inputs * outputs].iter_mut().enumerate() {
                *value = weight[(at % inputs) * outputs + at / inputs];
            }
        }
        total
    }

    /// The same, with the weight of a coupled layer transposed: for dot products the order does not matter.
    fn sum_as_laid_out(&self, set: &[usize]) -> Vec<f32> {
        let mut total = Vec::with_capacity(self.capture.parameters);
        for factors in self.capture.factors.iter().flatten() {
            factors.push_sum(set, self.capture, &mut total);
        }
        total
    }
}

impl Factors {
    fn add_squared_norms(&self, rows: &[usize], capture: &Capture, squares: &mut [f64]) {
        match self {
            Self::Dense { inputs, outputs, bias, input, error } => vectorised(
                #[inline(always)]
                || {
                    for (&row, square) in rows.iter().zip(squares) {
                        let (a, delta) = (row_of(input, row, *inputs), row_of(error, row, *outputs));
                        let bias = f64::from(u8::from(*bias));
                        *square += f64::from(dot(delta, delta)) * (f64::from(dot(a, a)) + bias);
                    }
                },
            ),
            // Done together with the layer below, which has the same factors at hand.
            Self::BatchNorm { .. } if capture.coupled().is_some() => {}
            Self::BatchNorm { width, error, standard } => vectorised(
                #[inline(always)]
                || {
                    for (&row, square) in rows.iter().zip(squares) {
                        let (e, zh) = (row_of(error, row, *width), row_of(standard, row, *width));
                        let terms = sum_over(e, zh, |e, zh| e * e * (zh * zh + 1.0));
                        *square += f64::from(terms);
                    }
                },
            ),
            Self::Coupled(coupled) => coupled.add_squared_norms(rows, capture.at_norm(), squares),
        }
    }

    /// Appends the summed gradient of this layer's parameters.
    fn push_sum(&self, set: &[usize], capture: &Capture, total: &mut Vec<f32>) {
        match self {
            Self::Dense { inputs, outputs, bias, input, error } => {
                let (a, delta) = (gather(input, set, *inputs), gather(error, set, *outputs));
                push_product(&delta, &a, set.len(), total);
                if *bias {
                    let start = total.len();
                    total.resize(start + outputs, 0.0);
                    add_column_sums(&mut total[start..], &delta);
                }
            }
            Self::BatchNorm { width, error, standard } => {
                let start = total.len();
                total.resize(start + 2 * width, 0.0);
                let (gamma, beta) = total[start..].split_at_mut(*width);
                vectorised(
                    #[inline(always)]
                    || {
                        for &row in set {
                            let (e, zh) = (row_of(error, row, *width), row_of(standard, row, *width));
                            for (((gamma, beta), &e), &zh) in gamma.iter_mut().zip(&mut *beta).zip(e).zip(zh)
                            {
                                *gamma += e * zh;
                                *beta += e;
                            }
                        }
                    },
                );
            }
            Self::Coupled(coupled) => coupled.push_sum(set, capture.at_norm(), total),
        }
    }
}

impl Coupled {
    /// `sum over o of A_io^2 (|x|^2 - 2 zh_io x.c_o + zh_io^2 |c_o|^2)`, with x centred, and with it the
    /// batch-norm's own `e_io^2 (zh_io^2 + 1)`, whose factors are at hand.
    fn add_squared_norms(&self, rows: &[usize], norm: AtNorm<'_>, squares: &mut [f64]) {
        let centred = gather(&self.centred, rows, self.inputs);
        let mut terms = vec![0.0; rows.len() * self.outputs];
        let correlation = Matrix::new(&self.correlation, self.inputs, self.outputs);
        multiply(&mut terms, Matrix::new(&centred, rows.len(), self.inputs), correlation, false);
        vectorised(
            #[inline(always)]
            || {
                let lines = centred.chunks_exact(self.inputs).zip(terms.chunks_exact_mut(self.outputs));
                for ((&row, square), (x, terms)) in rows.iter().zip(squares).zip(lines) {
                    let x_square = dot(x, x);
                    let (e, zh) =
                        (row_of(norm.error, row, self.outputs), row_of(norm.standard, row, self.outputs));
                    let constants = self.gain.iter().zip(&self.lengths);
                    for (((term, &e), &zh), (&gain, &length)) in
                        terms.iter_mut().zip(e).zip(zh).zip(constants)
                    {
                        let a = gain * e;
                        let weight = (x_square + zh * (zh * length - 2.0 * *term)).max(0.0);
                        *term = a * a * weight + e * e * (zh * zh + 1.0);
                    }
                    *square += f64::from(sum_over(terms, terms, |term, _| term));
                }
            },
        );
    }

    /// `sum over i of x_i A_i^T - c diag(sum over i of A_i zh_i)`, (inputs x outputs), with x centred;
    /// then 0 for the bias.
    fn push_sum(&self, set: &[usize], norm: AtNorm<'_>, total: &mut Vec<f32>) {
        let start = total.len();
        let mut weighted = gather(norm.error, set, self.outputs);
        let mut shares = vec![0.0f32; self.outputs];
        vectorised(
            #[inline(always)]
            || {
                for (&row, a) in set.iter().zip(weighted.chunks_exact_mut(self.outputs)) {
                    let standard = row_of(norm.standard, row, self.outputs);
                    for (((a, share), &gain), &zh) in
                        a.iter_mut().zip(&mut shares).zip(&self.gain).zip(standard)
                    {
                        *a *= gain;
                        *share += *a * zh;
                    }
                }
            },
        );
        push_product(&gather(&self.centred, set, self.inputs), &weighted, set.len(), total);
        let gradients = &mut total[start..];
        vectorised(
            #[inline(always)]
            || {
                let lines =
                    gradients.chunks_exact_mut(self.outputs).zip(self.correlation.chunks_exact(self.outputs));
                for (gradient, c) in lines {
                    let terms = shares.iter().zip(c);
                    gradient.iter_mut().zip(terms).for_each(|(g, (&share, &c))| *g -= share * c);
                }
            },
        );
        if self.bias {
            total.resize(total.len() + self.outputs, 0.0);
        }
    }
}

/// Appends `left^T right` of two matrices with as many rows.
fn push_product(left: &[f32], right: &[f32], rows: usize, total: &mut Vec<f32>) {
    let start = total.len();
    let width = |values: &[f32]| values.len().checked_div(rows).unwrap_or(0);
    total.resize(start + width(left) * width(right), 0.0);
    let left = Matrix::new(left, rows, width(left)).transposed();
    multiply(&mut total[start..], left, Matrix::new(right, rows, width(right)), false);
}

/// Dot product of two long slices, in `f64` over short stretches.
fn long_dot(a: &[f32], b: &[f32]) -> f64 {
    let stretches = a.chunks(1024).zip(b.chunks(1024));
    vectorised(
        #[inline(always)]
        || stretches.map(|(a, b)| f64::from(dot(a, b))).sum(),
    )
}

fn gather(values: &[f32], rows: &[usize], width: usize) -> Vec<f32> {
    let mut gathered = Vec::with_capacity(rows.len() * width);
    rows.iter().for_each(|&row| gathered.extend_from_slice(row_of(values, row, width)));
    gathered
}
