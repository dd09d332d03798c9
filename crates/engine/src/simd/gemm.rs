//! Matrix products: the one place that calls the kernels, and so the one that holds `unsafe`.
#![allow(unsafe_code)]

/// A matrix seen through its strides, so that a transpose costs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix of shape (rows x columns).
    ///
    /// # Panics
    /// If `values` has another length.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(Some(values.len()), rows.checked_mul(columns), "matrix of {rows} x {columns}");
        Self { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The same values with rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

impl<'a> Matrix<'a> {
    /// The columns of `range` alone.
    ///
    /// # Panics
    /// If the range goes beyond the columns.
    pub fn columns(self, range: std::ops::Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.columns, "columns {range:?}");
        let skipped = (range.start * self.column_stride).min(self.values.len());
        Self { values: &self.values[skipped..], columns: range.len(), ..self }
    }
}

/// `target = left * right`, or `target += left * right` if `accumulate`; `target` is row-major of shape
/// (left.rows x right.columns). Runs on the calling thread alone.
///
/// ```
/// use gradstop_engine::{Matrix, multiply};
/// let mut product = [0.0; 1];
/// let row = Matrix::new(&[1.0, 2.0], 1, 2);
/// multiply(&mut product, row, row.transposed(), false);
/// assert_eq!(product, [5.0]);
/// ```
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply(target: &mut [f32], left: Matrix<'_>, right: Matrix<'_>, accumulate: bool) {
    assert_eq!(left.columns, right.rows, "inner sizes of a product");
    assert_eq!(Some(target.len()), left.rows.checked_mul(right.columns), "target of a product");
    if target.is_empty() {
        return;
    }
    // SAFETY: `target` is exclusive and holds left.rows x right.columns values, reached with strides
    // (right.columns, 1). Each `Matrix` comes from `new`, so its values fill rows x columns exactly;
    // `transposed` exchanges sizes and strides together, and `columns` starts at a later column and holds
    // no more of them than there are. The kernel stays inside all three.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            target.as_mut_ptr(),
            1,
            right.columns as isize,
            accumulate,
            left.values.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.values.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(left: Matrix<'_>, right: Matrix<'_>) -> Vec<f64> {
        let at = |m: Matrix<'_>, r, c| f64::from(m.values[r * m.row_stride + c * m.column_stride]);
        (0..left.rows)
            .flat_map(|r| (0..right.columns).map(move |c| (r, c)))
            .map(|(r, c)| (0..left.columns).map(|k| at(left, r, k) * at(right, k, c)).sum())
            .collect()
    }

    proptest! {
        #[test]
        fn products_equal_the_naive_f64_ones(m in 1usize..40, n in 1usize..40, k in 1usize..40, flip in any::<[bool; 2]>(), seed in 0u32..1000) {
            let fill = |len: usize, salt: u32| -> Vec<f32> {
                (0..len as u32).map(|i| ((i * 37 + seed * 13 + salt) % 101) as f32 / 50.0 - 1.0).collect()
            };
            let (a, b) = (fill(m * k, 1), fill(k * n, 2));
            let left = if flip[0] { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let right = if flip[1] { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
            let mut target = vec![1.0; m * n];
            multiply(&mut target, left, right, true);
            for (got, want) in target.iter().zip(naive(left, right)) {
                prop_assert!((f64::from(*got) - 1.0 - want).abs() < 1e-4);
            }
            multiply(&mut target, left, right, false);
            for (got, want) in target.iter().zip(naive(left, right)) {
                prop_assert!((f64::from(*got) - want).abs() < 1e-4);
            }
        }
    }
}
