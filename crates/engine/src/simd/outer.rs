//! Sums over a few rows that stand anywhere in a matrix: what summed gradients of single rows are made of. The
//! general matrix products want copies of such rows, and their setup alone costs more than these kernels.

use pulp::{Arch, Simd, WithSimd};

use crate::simd::lanes::{AlongRow, along_row, load, store};

/// Lines of a sum that are made together.
const LINES: usize = 4;

/// A row-major matrix.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) width: usize,
}

impl<'a> Table<'a> {
    #[inline(always)]
    pub(crate) fn row(self, row: usize) -> &'a [f32] {
        &self.values[row * self.width..][..self.width]
    }
}

/// `target = sum over rows of left[row]^T right[row]`, (left.width x right.width).
pub(crate) fn sum_of_outer_products(target: &mut [f32], left: Table<'_>, right: Table<'_>, rows: &[usize]) {
    Arch::new().dispatch(OuterProducts { target, left, right, rows });
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
        for (block, target) in target.chunks_mut(LINES * right.width).enumerate() {
            let first = block * LINES;
            if target.len() == LINES * right.width {
                along_row(simd, right.width, Lines::<LINES> { target, left, right, rows, first });
            } else {
                for (at, target) in target.chunks_exact_mut(right.width).enumerate() {
                    along_row(simd, right.width, Lines::<1> { target, left, right, rows, first: first + at });
                }
            }
        }
    }
}

/// The lines `first..first + COUNT` of a sum.
struct Lines<'a, const COUNT: usize> {
    target: &'a mut [f32],
    left: Table<'a>,
    right: Table<'a>,
    rows: &'a [usize],
    first: usize,
}

impl<S: Simd, const COUNT: usize> AlongRow<S> for Lines<'_, COUNT> {
    #[inline(always)]
    fn at<const VECTORS: usize, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; COUNT];
        for &row in self.rows {
            let values: [S::f32s; VECTORS] = load::<S, VECTORS, WHOLE>(simd, self.right.row(row), at);
            let factors = &self.left.row(row)[self.first..self.first + COUNT];
            for (sums, &factor) in sums.iter_mut().zip(factors) {
                let factor = simd.splat_f32s(factor);
                for (sum, &value) in sums.iter_mut().zip(&values) {
                    *sum = simd.mul_add_e_f32s(factor, value, *sum);
                }
            }
        }
        for (sums, line) in sums.iter().zip(self.target.chunks_exact_mut(self.right.width)) {
            store::<S, VECTORS, WHOLE>(simd, line, at, sums);
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
        fn sums_of_outer_products_equal_the_naive_f64_ones(
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
        }
    }
}
