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

use crate::capture::{AtNorm, Capture, Coupled, DenseFactors, Factors, row_of};
use crate::kernels::{Matrix, multiply};
use crate::vectorised::{add_column_sums, dot, long_dot, sum_over, vectorised};

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
        self.capture.probe.len() / self.capture.parts
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
            Self::Dense(dense) => dense.add_squared_norms(rows, capture.parts, squares),
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
            Self::Dense(dense) => dense.push_sum(set, capture.parts, total),
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

impl DenseFactors {
    /// With parts p of a row, `sum over p, q of (delta_p . delta_q) (a_p . a_q + 1)`: an outer product for
    /// each part. Where connections are cut, `a_p . a_q` is over those that each output has.
    fn add_squared_norms(&self, rows: &[usize], parts: usize, squares: &mut [f64]) {
        for p in 0..parts {
            for q in p..parts {
                let times = if p == q { 1.0 } else { 2.0 };
                if self.connections.is_empty() {
                    self.add_products(rows, parts, (p, q), times, squares);
                } else {
                    self.add_connected_products(rows, parts, (p, q), times, squares);
                }
            }
        }
    }

    fn add_products(
        &self,
        rows: &[usize],
        parts: usize,
        (p, q): (usize, usize),
        times: f64,
        squares: &mut [f64],
    ) {
        let bias = f64::from(u8::from(self.bias));
        vectorised(
            #[inline(always)]
            || {
                for (&row, square) in rows.iter().zip(squares) {
                    let input = |part| row_of(&self.input, row * parts + part, self.inputs);
                    let error = |part| row_of(&self.error, row * parts + part, self.outputs);
                    let inputs = f64::from(dot(input(p), input(q))) + bias;
                    *square += times * f64::from(dot(error(p), error(q))) * inputs;
                }
            },
        );
    }

    fn add_connected_products(
        &self,
        rows: &[usize],
        parts: usize,
        (p, q): (usize, usize),
        times: f64,
        squares: &mut [f64],
    ) {
        let factor = |values: &[f32], width: usize| -> Vec<f32> {
            let products = |&row: &usize| {
                let (p, q) = (row_of(values, row * parts + p, width), row_of(values, row * parts + q, width));
                p.iter().zip(q).map(|(p, q)| p * q).collect::<Vec<f32>>()
            };
            rows.iter().flat_map(products).collect()
        };
        let (inputs, errors) = (factor(&self.input, self.inputs), factor(&self.error, self.outputs));
        let mut seen = vec![0.0; errors.len()];
        let connections = Matrix::new(&self.connections, self.outputs, self.inputs).transposed();
        multiply(&mut seen, Matrix::new(&inputs, rows.len(), self.inputs), connections, false);
        let bias = f32::from(self.bias);
        let lines = errors.chunks_exact(self.outputs).zip(seen.chunks_exact(self.outputs));
        for ((error, seen), square) in lines.zip(squares) {
            *square += times * f64::from(sum_over(error, seen, |error, seen| error * (seen + bias)));
        }
    }

    fn push_sum(&self, set: &[usize], parts: usize, total: &mut Vec<f32>) {
        let (a, delta) =
            (gather(&self.input, set, parts * self.inputs), gather(&self.error, set, parts * self.outputs));
        let start = total.len();
        push_product(&delta, &a, set.len() * parts, total);
        total[start..].iter_mut().zip(&self.connections).for_each(|(g, &there)| *g *= there);
        if self.bias {
            let start = total.len();
            total.resize(start + self.outputs, 0.0);
            add_column_sums(&mut total[start..], &delta);
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

fn gather(values: &[f32], rows: &[usize], width: usize) -> Vec<f32> {
    let mut gathered = Vec::with_capacity(rows.len() * width);
    rows.iter().for_each(|&row| gathered.extend_from_slice(row_of(values, row, width)));
    gathered
}
