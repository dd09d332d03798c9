//! The Cholesky decomposition of a covariance, which always succeeds.

use crate::classical::dot;

/// Lower triangle L with `L L^T = covariance + ridge`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cholesky {
    pub(crate) factor: Vec<f64>,
    pub(crate) size: usize,
}

impl Cholesky {
    /// Decomposes a symmetric matrix of shape (size x size). The ridge on its diagonal grows tenfold until
    /// it is positive definite, as a singular covariance is not.
    pub(crate) fn of(matrix: &[f64], size: usize, mut ridge: f64) -> Self {
        let largest = (0..size).map(|at| matrix[at * size + at]).fold(1.0, f64::max);
        loop {
            if let Some(factor) = decompose(matrix, size, ridge) {
                return Self { factor, size };
            }
            ridge = (10.0 * ridge).max(1e-12 * largest);
        }
    }

    /// Sum of the logarithms of the diagonal: half the logarithm of the determinant.
    pub(crate) fn log_diagonal(&self) -> f64 {
        (0..self.size).map(|at| self.factor[at * self.size + at].ln()).sum()
    }

    /// `|L^-1 v|^2`, by a forward substitution that leaves `L^-1 v` in `values`.
    pub(crate) fn solve_square(&self, values: &mut [f64]) -> f64 {
        for row in 0..self.size {
            let line = &self.factor[row * self.size..];
            let (done, rest) = values.split_at_mut(row);
            rest[0] = (rest[0] - dot(&line[..row], done)) / line[row];
        }
        dot(values, values)
    }

    /// `L^-T v` in place, by a backward substitution.
    pub(crate) fn solve_transposed(&self, values: &mut [f64]) {
        for row in (0..self.size).rev() {
            let line = &self.factor[row * self.size..];
            values[row] /= line[row];
            let (done, here) = values.split_at_mut(row);
            done.iter_mut().zip(line).for_each(|(value, factor)| *value -= factor * here[0]);
        }
    }
}

/// `None` unless the matrix with its ridge is positive definite.
fn decompose(matrix: &[f64], size: usize, ridge: f64) -> Option<Vec<f64>> {
    let mut factor = vec![0.0; size * size];
    for row in 0..size {
        let (above, line) = factor.split_at_mut(row * size);
        let line = &mut line[..size];
        for column in 0..row {
            let other = &above[column * size..];
            line[column] =
                (matrix[row * size + column] - dot(&line[..column], &other[..column])) / other[column];
        }
        let rest = matrix[row * size + row] + ridge - dot(&line[..row], &line[..row]);
        // Not merely positive: what is left of rounding would pass for a direction of tiny variance.
        if rest.is_nan() || rest <= 1e-14 * (matrix[row * size + row] + ridge) {
            return None;
        }
        line[row] = rest.sqrt();
    }
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_times_its_transpose_is_the_matrix() {
        let matrix = [4.0, 2.0, 1.0, 2.0, 5.0, 3.0, 1.0, 3.0, 6.0];
        let cholesky = Cholesky::of(&matrix, 3, 0.0);
        for row in 0..3 {
            for column in 0..3 {
                let product = dot(&cholesky.factor[row * 3..][..3], &cholesky.factor[column * 3..][..3]);
                assert!((product - matrix[row * 3 + column]).abs() < 1e-12);
            }
        }
        // The determinant is 4 * 21 - 2 * 9 + 1 * 1 = 67.
        assert!((2.0 * cholesky.log_diagonal() - 67f64.ln()).abs() < 1e-12);
        // Both substitutions solve the system.
        let want = [1.0, -2.0, 3.0];
        let mut solved: Vec<f64> = matrix.chunks(3).map(|line| dot(line, &want)).collect();
        cholesky.solve_square(&mut solved);
        cholesky.solve_transposed(&mut solved);
        solved.iter().zip(want).for_each(|(got, want)| assert!((got - want).abs() < 1e-12));
    }

    #[test]
    fn a_singular_matrix_gets_a_larger_ridge() {
        for matrix in [[1.0, 1.0, 1.0, 1.0], [0.0; 4], [1.0, 2.0, 2.0, 1.0]] {
            let cholesky = Cholesky::of(&matrix, 2, 0.0);
            assert!(cholesky.factor.iter().all(|value| value.is_finite()));
            assert!(cholesky.solve_square(&mut [1.0, -1.0]).is_finite());
        }
    }
}
