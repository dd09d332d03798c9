//! The small factors that the gradients of single rows are made of, layer by layer, and what follows from them: lengths
//! and sums. The formulas are those of [`row_gradients`](crate::row_gradients).

use std::borrow::Cow;
use std::ops::Range;

use pulp::Simd;

use crate::simd::buffer::{Buffer, zeros};
use crate::simd::columns::{Plain, Term, add_sums_of};
use crate::simd::gemm::{Matrix, multiply};
use crate::simd::lanes::{dot, sum_over, vectorized};
use crate::simd::norms::{AroundNorm, add_outer_squares};
use crate::simd::outer::{Table, sum_of_outer_products};

/// What is expected of the network of a coupled layer.
const ABOVE: &str = "a coupled layer stands under a batch-norm";

/// Matrices of shape (probe rows x width); where rows come by in parts, of those of all probe rows.
#[derive(Debug)]
pub(crate) enum Factors {
    /// A dense layer whose rows are independent.
    Dense(DenseFactors),
    /// A batch-norm: e and zh.
    BatchNorm { width: usize, error: Buffer, standard: Buffer },
    /// A dense layer below a batch-norm.
    Coupled(Coupled),
}

impl Factors {
    /// Adds this layer's part of the squared length of each probe row's gradient. `norm` is the batch-norm above a coupled
    /// layer, in a network that has one.
    pub(crate) fn add_squares(&self, norm: Option<AtNorm<'_>>, squares: &mut [f64]) {
        match self {
            Self::Dense(dense) => dense.add_squares(squares),
            // Done together with the layer below, which has the same factors at hand.
            Self::BatchNorm { .. } if norm.is_some() => {}
            Self::BatchNorm { width, error, standard } => vectorized(
                #[inline(always)]
                || {
                    let rows = error.chunks_exact(*width).zip(standard.chunks_exact(*width));
                    for ((e, zh), square) in rows.zip(squares) {
                        let terms = sum_over(e, zh, |e, zh| e * e * (zh * zh + 1.0));
                        *square += f64::from(terms);
                    }
                },
            ),
            Self::Coupled(coupled) => coupled.add_squares(norm.expect(ABOVE), squares),
        }
    }

    /// How many parameters there are to sum up: of a batch-norm over a coupled layer those of both are that layer's.
    pub(crate) fn parameters(&self, norm: Option<AtNorm<'_>>) -> usize {
        let of_dense = |inputs: usize, outputs: usize, bias: bool| (inputs + usize::from(bias)) * outputs;
        match self {
            Self::Dense(dense) => of_dense(dense.inputs, dense.outputs, dense.bias),
            Self::BatchNorm { .. } if norm.is_some() => 0,
            Self::BatchNorm { width, .. } => 2 * width,
            Self::Coupled(coupled) => {
                of_dense(coupled.inputs, coupled.outputs, coupled.bias) + 2 * coupled.outputs
            }
        }
    }

    /// Writes the summed gradient of these parameters.
    pub(crate) fn sum_into(&self, set: &[usize], norm: Option<AtNorm<'_>>, total: &mut [f32]) {
        match self {
            Self::Dense(dense) => dense.sum_into(set, total),
            Self::BatchNorm { .. } if total.is_empty() => {}
            Self::BatchNorm { width, error, standard } => {
                let (gamma, beta) = total.split_at_mut(*width);
                AtNorm { error, standard }.sum_into(set, gamma, beta);
            }
            Self::Coupled(coupled) => coupled.sum_into(set, norm.expect(ABOVE), total),
        }
    }
}

/// A dense layer whose rows are independent: its input and the error at its output.
#[derive(Debug)]
pub(crate) struct DenseFactors {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) bias: bool,
    /// How often each probe row comes by, every time with a part of its gradient: 2 where it has a partner.
    pub(crate) parts: usize,
    /// 1 for a weight that is there and 0 for one that is not, (outputs x inputs); empty if all are.
    pub(crate) connections: Vec<f32>,
    pub(crate) input: Buffer,
    pub(crate) error: Buffer,
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
        vectorized(
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
            vectorized(
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

/// The dense layer under a batch-norm: the centered inputs and c; A and zh come from the batch-norm.
#[derive(Debug)]
pub(crate) struct Coupled {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) bias: bool,
    /// x_i - xbar, (probe rows x inputs).
    pub(crate) centered: Buffer,
    /// gamma / deviation, (outputs).
    pub(crate) gain: Vec<f32>,
    /// c transposed, (inputs x outputs): the hidden layer is mostly the wider one, and loops run along it.
    pub(crate) correlation: Buffer,
    /// What norms are made of, see [`AroundNorm`].
    pub(crate) gain_squares: Vec<f32>,
    pub(crate) linear: Buffer,
    pub(crate) quadratic: Vec<f32>,
}

impl Coupled {
    pub(crate) fn new(inputs: usize, outputs: usize, bias: bool) -> Self {
        Self {
            inputs,
            outputs,
            bias,
            centered: zeros(0),
            gain: vec![0.0; outputs],
            correlation: zeros(0),
            gain_squares: vec![0.0; outputs],
            linear: zeros(0),
            quadratic: vec![0.0; outputs],
        }
    }

    /// Draws together what is the same for all rows.
    pub(crate) fn weigh(&mut self) {
        let Self { gain, correlation, gain_squares, linear, quadratic, outputs, .. } = self;
        vectorized(
            #[inline(always)]
            || {
                gain_squares.iter_mut().zip(&*gain).for_each(|(square, gain)| *square = gain * gain);
                quadratic.fill(1.0);
                for (c, linear) in correlation.chunks_exact(*outputs).zip(linear.chunks_exact_mut(*outputs)) {
                    let weights = gain_squares.iter().zip(&mut *quadratic);
                    for ((&c, linear), (&square, quadratic)) in c.iter().zip(linear).zip(weights) {
                        *linear = -2.0 * square * c;
                        *quadratic += square * c * c;
                    }
                }
            },
        );
    }

    /// The batch-norm's squares are added as well: its factors are at hand.
    fn add_squares(&self, norm: AtNorm<'_>, squares: &mut [f64]) {
        let outputs = |values| Table { values, width: self.outputs };
        let around = AroundNorm {
            centered: self.centered(),
            error: outputs(norm.error),
            standard: outputs(norm.standard),
            gain_squares: &self.gain_squares,
            linear: outputs(&self.linear),
            quadratic: &self.quadratic,
        };
        around.add_squares(squares);
    }

    fn centered(&self) -> Table<'_> {
        Table { values: &self.centered, width: self.inputs }
    }

    /// `sum over i of x_i A_i^T - c diag(sum over i of A_i zh_i)`, (inputs x outputs), with x centered;
    /// then 0 for the bias, and gamma and beta of the batch-norm, whose first sum is in this one.
    fn sum_into(&self, set: &[usize], norm: AtNorm<'_>, total: &mut [f32]) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let (gradient, rest) = total.split_at_mut(inputs * outputs);
        let (bias, of_norm) = rest.split_at_mut(rest.len() - 2 * outputs);
        let (gamma, beta) = of_norm.split_at_mut(outputs);
        bias.fill(0.0);
        let error = Table { values: norm.error, width: outputs };
        sum_of_outer_products(gradient, self.centered(), error, set);
        norm.sum_into(set, gamma, beta);
        vectorized(
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

/// e and zh at the batch-norm above a coupled layer, (probe rows x outputs).
#[derive(Clone, Copy)]
pub(crate) struct AtNorm<'a> {
    pub(crate) error: &'a [f32],
    pub(crate) standard: &'a [f32],
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

/// Row `row` of a row-major matrix.
fn row_of(values: &[f32], row: usize, width: usize) -> &[f32] {
    &values[row * width..][..width]
}
