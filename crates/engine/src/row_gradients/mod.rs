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

pub(crate) mod capture;

use std::borrow::Cow;
use std::ops::Range;

use pulp::Simd;
use rayon::prelude::*;

use crate::row_gradients::capture::{AtNorm, Capture, Coupled, DenseFactors, Factors, row_of};
use crate::simd::columns::{Plain, Term, add_sums_of};
use crate::simd::gemm::{Matrix, multiply};
use crate::simd::lanes::{dot, long_dot, sum_over, vectorised};
use crate::simd::norms::{AroundNorm, add_outer_squares};
use crate::simd::outer::{Table, sum_of_outer_products};

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
        rows.iter().map(|&row| self.capture.squares[row].sqrt()).collect()
    }

    /// With `s` sets of rows, the `s x s` matrix of the dot products between the gradients summed over
    /// each set. Sets of a single row give the dot products of single gradients.
    pub fn products_of_sums(&self, sets: &[&[usize]]) -> Vec<f64> {
        let parameters = self.capture.parameters;
        let mut room = self.capture.take_room();
        room.resize(sets.len() * parameters, 0.0);
        if self.capture.shared {
            let sums = sets.par_iter().zip(room.par_chunks_exact_mut(parameters));
            sums.for_each(|(set, sum)| self.sum_as_laid_out(set, sum));
        } else {
            let sums = sets.iter().zip(room.chunks_exact_mut(parameters));
            sums.for_each(|(set, sum)| self.sum_as_laid_out(set, sum));
        }
        let sum = |at: usize| &room[at * parameters..][..parameters];
        let mut products = vec![0.0; sets.len() * sets.len()];
        for one in 0..sets.len() {
            for other in one..sets.len() {
                let product = long_dot(sum(one), sum(other));
                products[one * sets.len() + other] = product;
                products[other * sets.len() + one] = product;
            }
        }
        self.capture.put_back(room);
        products
    }

    /// The gradients of a set of rows, summed, in the order of [`Network::parameters`](crate::network::Network::parameters).
    pub fn sum(&self, set: &[usize]) -> Vec<f32> {
        let mut total = vec![0.0; self.capture.parameters];
        self.sum_as_laid_out(set, &mut total);
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
    fn sum_as_laid_out(&self, set: &[usize], mut total: &mut [f32]) {
        for factors in self.capture.factors.iter().flatten() {
            let own;
            (own, total) = total.split_at_mut(factors.parameters(self.capture));
            factors.sum_into(set, self.capture, own);
        }
    }
}

impl Factors {
    /// Adds this layer's part of the squared length of each probe row's gradient.
    pub(crate) fn add_squares(&self, capture: &Capture, squares: &mut [f64]) {
        match self {
            Self::Dense(dense) => dense.add_squares(squares),
            // Done together with the layer below, which has the same factors at hand.
            Self::BatchNorm { .. } if capture.coupled().is_some() => {}
            Self::BatchNorm { width, error, standard } => vectorised(
                #[inline(always)]
                || {
                    let rows = error.chunks_exact(*width).zip(standard.chunks_exact(*width));
                    for ((e, zh), square) in rows.zip(squares) {
                        let terms = sum_over(e, zh, |e, zh| e * e * (zh * zh + 1.0));
                        *square += f64::from(terms);
                    }
                },
            ),
            Self::Coupled(coupled) => coupled.add_squares(capture.at_norm(), squares),
        }
    }

    /// How many parameters there are to sum up: of a batch-norm over a coupled layer those of both are that layer's.
    fn parameters(&self, capture: &Capture) -> usize {
        let of_dense = |inputs: usize, outputs: usize, bias: bool| (inputs + usize::from(bias)) * outputs;
        match self {
            Self::Dense(dense) => of_dense(dense.inputs, dense.outputs, dense.bias),
            Self::BatchNorm { .. } if capture.coupled().is_some() => 0,
            Self::BatchNorm { width, .. } => 2 * width,
            Self::Coupled(coupled) => {
                of_dense(coupled.inputs, coupled.outputs, coupled.bias) + 2 * coupled.outputs
            }
        }
    }

    /// Writes the summed gradient of these parameters.
    fn sum_into(&self, set: &[usize], capture: &Capture, total: &mut [f32]) {
        match self {
            Self::Dense(dense) => dense.sum_into(set, total),
            Self::BatchNorm { .. } if total.is_empty() => {}
            Self::BatchNorm { width, error, standard } => {
                let (gamma, beta) = total.split_at_mut(*width);
                AtNorm { error, standard }.sum_into(set, gamma, beta);
            }
            Self::Coupled(coupled) => coupled.sum_into(set, capture.at_norm(), total),
        }
    }
}

impl AtNorm<'_> {
    /// `sum over i of e_i zh_i`, and of e_i: the summed gradients of gamma and of beta.
    fn sum_into(self, set: &[usize], gamma: &mut [f32], beta: &mut [f32]) {
        gamma.fill(0.0);
        beta.fill(0.0);
        let inputs = [self.error, self.standard];
        add_sums_of::<ProductAndError, 2, 0, 2>(set.iter().copied(), inputs, [], [gamma, beta]);
    }
}

/// `e zh` and e.
struct ProductAndError;

impl Term<2, 0, 2> for ProductAndError {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [e, zh]: [S::f32s; 2], _: [S::f32s; 0]) -> [S::f32s; 2] {
        [simd.mul_f32s(e, zh), e]
    }
}

impl DenseFactors {
    /// With parts p of a row, `sum over p, q of (delta_p . delta_q) (a_p . a_q + 1)`: an outer product for
    /// each part. Where connections are cut, `a_p . a_q` is over those that each output has.
    fn add_squares(&self, squares: &mut [f64]) {
        for p in 0..self.parts {
            for q in p..self.parts {
                let times = if p == q { 1.0 } else { 2.0 };
                if self.connections.is_empty() {
                    self.add_products((p, q), times, squares);
                } else {
                    self.add_connected_products((p, q), times, squares);
                }
            }
        }
    }

    fn add_products(&self, (p, q): (usize, usize), times: f64, squares: &mut [f64]) {
        let (parts, bias) = (self.parts, f64::from(u8::from(self.bias)));
        if parts == 1 {
            add_outer_squares(squares, self.error(), self.input(), bias);
            return;
        }
        vectorised(
            #[inline(always)]
            || {
                for (row, square) in squares.iter_mut().enumerate() {
                    let input = |part| row_of(&self.input, row * parts + part, self.inputs);
                    let error = |part| row_of(&self.error, row * parts + part, self.outputs);
                    let inputs = f64::from(dot(input(p), input(q))) + bias;
                    *square += times * f64::from(dot(error(p), error(q))) * inputs;
                }
            },
        );
    }

    fn add_connected_products(&self, parts: (usize, usize), times: f64, squares: &mut [f64]) {
        // A few rows at a time, so that the work memory stays small and in the cache.
        const BLOCK: usize = 64;
        for (block, squares) in squares.chunks_mut(BLOCK).enumerate() {
            let first = block * BLOCK;
            self.add_connected_products_of(first..first + squares.len(), parts, times, squares);
        }
    }

    fn add_connected_products_of(
        &self,
        rows: Range<usize>,
        (p, q): (usize, usize),
        times: f64,
        squares: &mut [f64],
    ) {
        let factor = |values: &[f32], width: usize| {
            let mut products = Vec::with_capacity(rows.len() * width);
            vectorised(
                #[inline(always)]
                || {
                    for row in rows.clone() {
                        let part = |part| row_of(values, row * self.parts + part, width);
                        products.extend(part(p).iter().zip(part(q)).map(|(p, q)| p * q));
                    }
                },
            );
            products
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

    fn input(&self) -> Table<'_> {
        Table { values: &self.input, width: self.inputs }
    }

    fn error(&self) -> Table<'_> {
        Table { values: &self.error, width: self.outputs }
    }

    fn sum_into(&self, set: &[usize], total: &mut [f32]) {
        let (outputs, parts) = (self.outputs, self.parts);
        let captured: Cow<'_, [usize]> = match parts {
            1 => Cow::Borrowed(set),
            _ => set.iter().flat_map(|&row| row * parts..(row + 1) * parts).collect(),
        };
        let (weight, bias) = total.split_at_mut(self.inputs * outputs);
        sum_of_outer_products(weight, self.error(), self.input(), &captured);
        weight.iter_mut().zip(&self.connections).for_each(|(g, &there)| *g *= there);
        if self.bias {
            bias.fill(0.0);
            add_sums_of::<Plain, 1, 0, 1>(captured.iter().copied(), [&self.error], [], [bias]);
        }
    }
}

impl Coupled {
    /// The batch-norm's squares are added as well: its factors are at hand.
    fn add_squares(&self, norm: AtNorm<'_>, squares: &mut [f64]) {
        let outputs = |values| Table { values, width: self.outputs };
        let around = AroundNorm {
            centred: self.centred(),
            error: outputs(norm.error),
            standard: outputs(norm.standard),
            gain_squares: &self.gain_squares,
            linear: outputs(&self.linear),
            quadratic: &self.quadratic,
        };
        around.add_squares(squares);
    }

    fn centred(&self) -> Table<'_> {
        Table { values: &self.centred, width: self.inputs }
    }

    /// `sum over i of x_i A_i^T - c diag(sum over i of A_i zh_i)`, (inputs x outputs), with x centred;
    /// then 0 for the bias, and gamma and beta of the batch-norm, whose first sum is in this one.
    fn sum_into(&self, set: &[usize], norm: AtNorm<'_>, total: &mut [f32]) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let (gradient, rest) = total.split_at_mut(inputs * outputs);
        let (bias, of_norm) = rest.split_at_mut(rest.len() - 2 * outputs);
        let (gamma, beta) = of_norm.split_at_mut(outputs);
        bias.fill(0.0);
        let error = Table { values: norm.error, width: outputs };
        sum_of_outer_products(gradient, self.centred(), error, set);
        norm.sum_into(set, gamma, beta);
        vectorised(
            #[inline(always)]
            || {
                let lines = gradient.chunks_exact_mut(outputs).zip(self.correlation.chunks_exact(outputs));
                for (gradient, c) in lines {
                    let terms = gamma.iter().zip(&self.gain).zip(c);
                    for (g, ((&share, &gain), &c)) in gradient.iter_mut().zip(terms) {
                        *g = gain * (*g - share * c);
                    }
                }
            },
        );
    }
}
