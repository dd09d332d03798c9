//! Kernels for a few rows that stand anywhere in a matrix: what the gradients of single rows are made of. The
//! general matrix products want copies of such rows, and longer to begin than these take.

use pulp::{Arch, Simd, WithSimd};

use crate::vectorised::{load, store};

/// Rows that go through a kernel together.
const ROWS: usize = 4;

/// A row-major matrix.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) width: usize,
}

impl<'a> Table<'a> {
    #[inline(always)]
    fn row(self, row: usize) -> &'a [f32] {
        &self.values[row * self.width..][..self.width]
    }
}

/// `target = sum over rows of left[row]^T right[row]`, (left.width x right.width).
pub(crate) fn sum_of_outer_products(target: &mut [f32], left: Table<'_>, right: Table<'_>, rows: &[usize]) {
    Arch::new().dispatch(OuterProducts { target, left, right, rows });
}

/// `squares[at] += |left[row]|^2 (|right[row]|^2 + plus)` for the row at each place: the squared lengths of
/// outer products.
pub(crate) fn add_outer_squares(
    squares: &mut [f64],
    left: Table<'_>,
    right: Table<'_>,
    plus: f64,
    rows: &[usize],
) {
    Arch::new().dispatch(OuterSquares { squares, left, right, plus, rows });
}

/// What the squared lengths of gradients around a batch-norm are made of; the names are those of
/// `row_gradients`.
pub(crate) struct AroundNorm<'a> {
    pub(crate) centred: Table<'a>,
    pub(crate) error: Table<'a>,
    pub(crate) standard: Table<'a>,
    /// c transposed, (inputs x outputs).
    pub(crate) correlation: Table<'a>,
    pub(crate) gain: &'a [f32],
    pub(crate) lengths: &'a [f32],
}

impl AroundNorm<'_> {
    /// `squares[at] += sum over o of A_o^2 |x - zh_o c_o|^2 + e_o^2 (zh_o^2 + 1)` for the row at each place.
    pub(crate) fn add_squares(&self, squares: &mut [f64], rows: &[usize]) {
        Arch::new().dispatch(NormSquares { squares, around: self, rows });
    }
}

struct OuterProducts<'a> {
    target: &'a mut [f32],
    left: Table<'a>,
    right: Table<'a>,
    rows: &'a [usize],
}

impl WithSimd for OuterProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { target, left, right, rows } = self;
        for (block, target) in target.chunks_mut(ROWS * right.width).enumerate() {
            let first = block * ROWS;
            if target.len() == ROWS * right.width {
                outer_products::<S, ROWS>(simd, target, left, right, rows, first);
            } else {
                for (at, target) in target.chunks_exact_mut(right.width).enumerate() {
                    outer_products::<S, 1>(simd, target, left, right, rows, first + at);
                }
            }
        }
    }
}

/// Lines `first..first + LINES` of the sum.
#[inline(always)]
fn outer_products<S: Simd, const LINES: usize>(
    simd: S,
    target: &mut [f32],
    left: Table<'_>,
    right: Table<'_>,
    rows: &[usize],
    first: usize,
) {
    let mut at = 0;
    while at + 2 * S::F32_LANES <= right.width {
        outer_products_at::<S, LINES, 2, true>(simd, target, left, right, rows, (first, at));
        at += 2 * S::F32_LANES;
    }
    while at < right.width {
        outer_products_at::<S, LINES, 1, false>(simd, target, left, right, rows, (first, at));
        at += S::F32_LANES;
    }
}

#[inline(always)]
fn outer_products_at<S: Simd, const LINES: usize, const VECTORS: usize, const WHOLE: bool>(
    simd: S,
    target: &mut [f32],
    left: Table<'_>,
    right: Table<'_>,
    rows: &[usize],
    (first, at): (usize, usize),
) {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; LINES];
    for &row in rows {
        let values: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, right.row(row), at);
        let factors = &left.row(row)[first..first + LINES];
        for (sums, &factor) in sums.iter_mut().zip(factors) {
            let factor = simd.splat_f32s(factor);
            for (sum, &value) in sums.iter_mut().zip(&values) {
                *sum = simd.mul_add_e_f32s(factor, value, *sum);
            }
        }
    }
    for (sums, line) in sums.iter().zip(target.chunks_exact_mut(right.width)) {
        store::<S, VECTORS, WHOLE>(simd, line, at, sums);
    }
}

struct OuterSquares<'a> {
    squares: &'a mut [f64],
    left: Table<'a>,
    right: Table<'a>,
    plus: f64,
    rows: &'a [usize],
}

impl WithSimd for OuterSquares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { squares, left, right, plus, rows } = self;
        for (square, &row) in squares.iter_mut().zip(rows) {
            let (left, right) = (square_of(simd, left.row(row)), square_of(simd, right.row(row)));
            *square += f64::from(left) * (f64::from(right) + plus);
        }
    }
}

/// `|row|^2`.
#[inline(always)]
fn square_of<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let (vectors, rest) = S::as_simd_f32s(row);
    let (pairs, last) = vectors.as_chunks::<2>();
    let mut sums = [simd.splat_f32s(0.0); 2];
    for pair in pairs {
        sums = std::array::from_fn(|at| simd.mul_add_e_f32s(pair[at], pair[at], sums[at]));
    }
    for &vector in last {
        sums[0] = simd.mul_add_e_f32s(vector, vector, sums[0]);
    }
    let rest = simd.partial_load_f32s(rest);
    sums[1] = simd.mul_add_e_f32s(rest, rest, sums[1]);
    simd.reduce_sum_f32s(simd.add_f32s(sums[0], sums[1]))
}

struct NormSquares<'a> {
    squares: &'a mut [f64],
    around: &'a AroundNorm<'a>,
    rows: &'a [usize],
}

impl WithSimd for NormSquares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { squares, around, rows } = self;
        let (blocks, rest) = rows.as_chunks::<ROWS>();
        let (squares, last) = squares.split_at_mut(blocks.len() * ROWS);
        for (rows, squares) in blocks.iter().zip(squares.chunks_exact_mut(ROWS)) {
            norm_squares(simd, squares, around, rows);
        }
        for (&row, square) in rest.iter().zip(last.chunks_exact_mut(1)) {
            norm_squares(simd, square, around, &[row]);
        }
    }
}

#[inline(always)]
fn norm_squares<S: Simd, const COUNT: usize>(
    simd: S,
    squares: &mut [f64],
    around: &AroundNorm<'_>,
    rows: &[usize; COUNT],
) {
    let width = around.gain.len();
    let mut sums = [simd.splat_f32s(0.0); COUNT];
    let x_squares = rows.map(|row| simd.splat_f32s(square_of(simd, around.centred.row(row))));
    let mut at = 0;
    while at + 2 * S::F32_LANES <= width {
        add_norm_squares::<S, COUNT, 2, true>(simd, &mut sums, around, rows, (&x_squares, at));
        at += 2 * S::F32_LANES;
    }
    while at < width {
        add_norm_squares::<S, COUNT, 1, false>(simd, &mut sums, around, rows, (&x_squares, at));
        at += S::F32_LANES;
    }
    for (square, sum) in squares.iter_mut().zip(sums) {
        *square += f64::from(simd.reduce_sum_f32s(sum));
    }
}

#[inline(always)]
fn add_norm_squares<S: Simd, const COUNT: usize, const VECTORS: usize, const WHOLE: bool>(
    simd: S,
    sums: &mut [S::f32s; COUNT],
    around: &AroundNorm<'_>,
    rows: &[usize; COUNT],
    (x_squares, at): (&[S::f32s; COUNT], usize),
) {
    // x . c_o of each row and unit.
    let mut products = [[simd.splat_f32s(0.0); VECTORS]; COUNT];
    let centred = rows.map(|row| around.centred.row(row));
    for column in 0..around.centred.width {
        let c: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.correlation.row(column), at);
        for (products, x) in products.iter_mut().zip(&centred) {
            let x = simd.splat_f32s(x[column]);
            for (product, &c) in products.iter_mut().zip(&c) {
                *product = simd.mul_add_e_f32s(x, c, *product);
            }
        }
    }
    let (zero, one, minus_two) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0), simd.splat_f32s(-2.0));
    let gain: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.gain, at);
    let lengths: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.lengths, at);
    for (index, &row) in rows.iter().enumerate() {
        let e: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.error.row(row), at);
        let zh: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, around.standard.row(row), at);
        for vector in 0..VECTORS {
            let (e, zh) = (e[vector], zh[vector]);
            let a = simd.mul_f32s(gain[vector], e);
            // |x - zh c|^2, which rounding may take below 0.
            let inner = simd.mul_f32s(minus_two, products[index][vector]);
            let inner = simd.mul_add_e_f32s(zh, lengths[vector], inner);
            let length = simd.max_f32s(simd.mul_add_e_f32s(zh, inner, x_squares[index]), zero);
            let of_norm = simd.mul_f32s(simd.mul_f32s(e, e), simd.mul_add_e_f32s(zh, zh, one));
            let term = simd.mul_add_e_f32s(simd.mul_f32s(a, a), length, of_norm);
            sums[index] = simd.add_f32s(sums[index], term);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(count: usize, salt: usize) -> Vec<f32> {
        (0..count).map(|at| ((at * 37 + salt) % 101) as f32 / 50.0 - 1.0).collect()
    }

    proptest! {
        #[test]
        fn sums_and_squares_equal_the_naive_f64_ones(
            rows in prop::collection::vec(0usize..20, 0..12), left in 1usize..40, right in 1usize..70,
        ) {
            let (a, b) = (values(20 * left, 1), values(20 * right, 2));
            let (a, b) = (Table { values: &a, width: left }, Table { values: &b, width: right });
            let mut sum = vec![7.0; left * right];
            sum_of_outer_products(&mut sum, a, b, &rows);
            for (at, got) in sum.iter().enumerate() {
                let term = |&row: &usize| f64::from(a.row(row)[at / right]) * f64::from(b.row(row)[at % right]);
                prop_assert!((f64::from(*got) - rows.iter().map(term).sum::<f64>()).abs() < 1e-4);
            }
            let mut squares = vec![1.0; rows.len()];
            add_outer_squares(&mut squares, a, b, 0.5, &rows);
            for (got, &row) in squares.iter().zip(&rows) {
                let square = |of: &[f32]| of.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>();
                let want = 1.0 + square(a.row(row)) * (square(b.row(row)) + 0.5);
                prop_assert!((got / want - 1.0).abs() < 1e-5);
            }
        }

        #[test]
        fn squares_around_a_norm_equal_the_naive_f64_ones(
            rows in prop::collection::vec(0usize..9, 0..11), inputs in 1usize..20, outputs in 1usize..40,
        ) {
            let of = |count: usize, salt: usize| values(count, salt);
            let (x, e, zh) = (of(9 * inputs, 1), of(9 * outputs, 2), of(9 * outputs, 3));
            let (c, gain) = (of(inputs * outputs, 4), of(outputs, 5));
            let c_of = |input: usize, output: usize| f64::from(c[input * outputs + output]);
            let length = |output| (0..inputs).map(|input| c_of(input, output).powi(2)).sum::<f64>() as f32;
            let lengths: Vec<f32> = (0..outputs).map(length).collect();
            let around = AroundNorm {
                centred: Table { values: &x, width: inputs },
                error: Table { values: &e, width: outputs },
                standard: Table { values: &zh, width: outputs },
                correlation: Table { values: &c, width: outputs },
                gain: &gain,
                lengths: &lengths,
            };
            let mut squares = vec![0.0; rows.len()];
            around.add_squares(&mut squares, &rows);
            for (got, &row) in squares.iter().zip(&rows) {
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
