//! Gradients of single rows in closed form.
//!
//! For a dense layer `z = W a + b` row i's gradient is the outer product of its error and its input,
//! `dJ_i/dW = delta_i a_i^T`, so a norm is a product of two norms and a sum over rows is a product of
//! two small matrices: no row's gradient is ever formed.
//!
//! Through a batch-norm in training mode the rows are coupled, because each row moves the mean and the
//! deviation of all. With `e_i = dJ_i/du_i` and `zh` the standardized input, for unit o of the dense
//! layer below:
//!
//! ```text
//! dJ_i/dW[o] = A_io (x_i - xbar - zh_io c_o)    A_io = gamma_o e_io / deviation_o
//! dJ_i/db[o] = 0                                c_o  = mean over the batch of zh_jo x_j
//! dJ_i/dgamma[o] = e_io zh_io                   dJ_i/dbeta[o] = e_io
//! ```

pub(crate) mod capture;
mod factors;

use rayon::prelude::*;

use crate::row_gradients::capture::Capture;
use crate::simd::lanes::long_dot;

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
        let norm = self.capture.at_norm();
        for factors in self.capture.factors.iter().flatten() {
            let own;
            (own, total) = total.split_at_mut(factors.parameters(norm));
            factors.sum_into(set, norm, own);
        }
    }
}
