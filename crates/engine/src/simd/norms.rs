//! Squared lengths of the gradients of rows, from matrices of shape (rows x width) that hold their factors.

use pulp::{Arch, Simd, WithSimd};

use crate::simd::lanes::{AlongRow, along_row, load};
use crate::simd::outer::Table;

/// Rows that go through a kernel together.
const ROWS: usize = 4;

/// `squares[row] += |left[row]|^2 (|right[row]|^2 + plus)`: the squared lengths of outer products.
pub(crate) fn add_outer_squares(squares: &mut [f64], left: Table<'_>, right: Table<'_>, plus: f64) {
    Arch::new().dispatch(OuterSquares { squares, left, right, plus });
}

/// What the squared lengths of gradients around a batch-norm are made of; the names are those of
/// `row_gradients`.
pub(crate) struct AroundNorm<'a> {
    pub(crate) centered: Table<'a>,
    pub(crate) error: Table<'a>,
    pub(crate) standard: Table<'a>,
    /// The gains squared.
    pub(crate) gain_squares: &'a [f32],
    /// `-2 gain^2 c` transposed, (inputs x outputs).
    pub(crate) linear: Table<'a>,
    /// `gain^2 |c|^2 + 1`.
    pub(crate) quadratic: &'a [f32],
}

impl AroundNorm<'_> {
    /// `squares[row] += sum over o of A_o^2 |x - zh_o c_o|^2 + e_o^2 (zh_o^2 + 1)`, with what is the same for all rows
    /// drawn together: `e^2 (zh (zh quadratic + x . linear) + gain^2 |x|^2 + 1)`.
    pub(crate) fn add_squares(&self, squares: &mut [f64]) {
        Arch::new().dispatch(NormSquares { squares, around: self });
    }
}

struct OuterSquares<'a> {
    squares: &'a mut [f64],
    left: Table<'a>,
    right: Table<'a>,
    plus: f64,
}

impl WithSimd for OuterSquares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { squares, left, right, plus } = self;
        for (row, square) in squares.iter_mut().enumerate() {
            let (left, right) = (square_of(simd, left.row(row)), square_of(simd, right.row(row)));
            *square += f64::from(left) * (f64::from(right) + plus);
        }
    }
}

/// `|row|^2`.
#[inline(always)]
fn square_of<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let (vectors, rest) = S::as_simd_f32s(row);
    let rest: f32 = rest.iter().map(|value| value * value).sum();
    if vectors.is_empty() {
        return rest;
    }
    let (pairs, last) = vectors.as_chunks::<2>();
    let mut sums = [simd.splat_f32s(0.0); 2];
    for pair in pairs {
        for (sum, &values) in sums.iter_mut().zip(pair) {
            *sum = simd.mul_add_e_f32s(values, values, *sum);
        }
    }
    for &values in last {
        sums[0] = simd.mul_add_e_f32s(values, values, sums[0]);
    }
    simd.reduce_sum_f32s(simd.add_f32s(sums[0], sums[1])) + rest
}

struct NormSquares<'a> {
    squares: &'a mut [f64],
    around: &'a AroundNorm<'a>,
}

impl WithSimd for NormSquares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { squares, around } = self;
        let (blocks, rest) = squares.as_chunks_mut::<ROWS>();
        let first = blocks.len() * ROWS;
        for (block, squares) in blocks.iter_mut().enumerate() {
            norm_squares::<S, ROWS>(simd, squares, around, block * ROWS);
        }
        for (at, square) in rest.iter_mut().enumerate() {
            norm_squares::<S, 1>(simd, std::array::from_mut(square), around, first + at);
        }
    }
}

/// Those of the rows `row..row + COUNT`.
#[inline(always)]
fn norm_squares<S: Simd, const COUNT: usize>(
    simd: S,
    squares: &mut [f64; COUNT],
    around: &AroundNorm<'_>,
    row: usize,
) {
    let mut sums = [simd.splat_f32s(0.0); COUNT];
    along_row(simd, around.gain_squares.len(), NormSums { sums: &mut sums, around, row });
    for (square, &sum) in squares.iter_mut().zip(&sums) {
        *square += f64::from(simd.reduce_sum_f32s(sum));
    }
}

/// What the units add to a vector for each row.
struct NormSums<'a, V, const COUNT: usize> {
    sums: &'a mut [V; COUNT],
    around: &'a AroundNorm<'a>,
    row: usize,
}

impl<S: Simd, const COUNT: usize> AlongRow<S> for NormSums<'_, S::f32s, COUNT> {
    #[inline(always)]
    fn at<const VECTORS: usize, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let Self { sums, around, row } = self;
        // x . linear_o of each row and unit, and |x|^2 beside it, which is less work than to keep it.
        let mut products = [[simd.splat_f32s(0.0); VECTORS]; COUNT];
        let mut x_squares = [simd.splat_f32s(0.0); COUNT];
        let centered: [&[f32]; COUNT] = std::array::from_fn(|of| around.centered.row(*row + of));
        for column in 0..around.centered.width {
            let linear: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.linear.row(column), at);
            for ((products, x_square), x) in products.iter_mut().zip(&mut x_squares).zip(&centered) {
                let x = simd.splat_f32s(x[column]);
                *x_square = simd.mul_add_e_f32s(x, x, *x_square);
                for (product, &linear) in products.iter_mut().zip(&linear) {
                    *product = simd.mul_add_e_f32s(x, linear, *product);
                }
            }
        }
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        let gain_squares: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.gain_squares, at);
        let quadratic: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.quadratic, at);
        for of in 0..COUNT {
            let e: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.error.row(*row + of), at);
            let zh: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.standard.row(*row + of), at);
            for vector in 0..VECTORS {
                let (e, zh) = (e[vector], zh[vector]);
                let slope = simd.mul_add_e_f32s(zh, quadratic[vector], products[of][vector]);
                let rest = simd.mul_add_e_f32s(gain_squares[vector], x_squares[of], one);
                // Rounding may take it below 0.
                let length = simd.max_f32s(simd.mul_add_e_f32s(zh, slope, rest), zero);
                sums[of] = simd.mul_add_e_f32s(simd.mul_f32s(e, e), length, sums[of]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::columns::tests::values;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn squares_of_outer_products_equal_the_naive_f64_ones(
            rows in 0usize..12, left in 1usize..40, right in 1usize..70,
        ) {
            let (a, b) = (values(rows * left, 1), values(rows * right, 2));
            let (a, b) = (Table { values: &a, width: left }, Table { values: &b, width: right });
            let mut squares = vec![1.0; rows];
            add_outer_squares(&mut squares, a, b, 0.5);
            for (row, got) in squares.iter().enumerate() {
                let square = |of: &[f32]| of.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>();
                let want = 1.0 + square(a.row(row)) * (square(b.row(row)) + 0.5);
                prop_assert!((got / want - 1.0).abs() < 1e-5);
            }
        }

        #[test]
        fn squares_around_a_norm_equal_the_naive_f64_ones(
            rows in 0usize..11, inputs in 1usize..20, outputs in 1usize..40,
        ) {
            let (x, e, zh) = (values(rows * inputs, 1), values(rows * outputs, 2), values(rows * outputs, 3));
            let (c, gain) = (values(inputs * outputs, 4), values(outputs, 5));
            let c_of = |input: usize, output: usize| f64::from(c[input * outputs + output]);
            let length = |output| (0..inputs).map(|input| c_of(input, output).powi(2)).sum::<f64>();
            let square = |output: usize| f64::from(gain[output]).powi(2);
            let of_outputs = |of: &dyn Fn(usize) -> f64| -> Vec<f32> {
                (0..outputs).map(|output| of(output) as f32).collect()
            };
            let linear: Vec<f32> =
                (0..c.len()).map(|at| (-2.0 * square(at % outputs) * f64::from(c[at])) as f32).collect();
            let around = AroundNorm {
                centered: Table { values: &x, width: inputs },
                error: Table { values: &e, width: outputs },
                standard: Table { values: &zh, width: outputs },
                gain_squares: &of_outputs(&square),
                linear: Table { values: &linear, width: outputs },
                quadratic: &of_outputs(&|output| square(output) * length(output) + 1.0),
            };
            let mut squares = vec![0.0; rows];
            around.add_squares(&mut squares);
            for (row, got) in squares.iter().enumerate() {
                let mut want = 0.0;
                for (output, &gain) in gain.iter().enumerate() {
                    let at = row * outputs + output;
                    let (e, zh) = (f64::from(e[at]), f64::from(zh[at]));
                    let weight = |input: usize| f64::from(x[row * inputs + input]) - zh * c_of(input, output);
                    let weights: f64 = (0..inputs).map(|input| weight(input).powi(2)).sum();
                    want += (f64::from(gain) * e).powi(2) * weights + e * e * (zh * zh + 1.0);
                }
                prop_assert!((got - want).abs() < 1e-4 * (1.0 + want), "{got} and {want}");
            }
        }
    }
}
