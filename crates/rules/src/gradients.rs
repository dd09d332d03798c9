//! How the gradients of single rows reach a rule: by norms and by dot products, never as a matrix.

use crate::RuleError;

/// The gradients of the probe rows in one training-mode pass.
///
/// Rows are named by their position within the probe. Gradients may be scaled by any common positive
/// factor: cohesion and angle do not depend on it.
pub trait RowGradients {
    /// Number of probe rows.
    fn rows(&self) -> usize;

    /// Euclidean length of the gradient of each of `rows`, in their order.
    ///
    /// # Panics
    /// If a row's gradient was not asked for in [`needs`](crate::StoppingRule::needs).
    fn norms(&self, rows: &[usize]) -> Vec<f64>;

    /// Dot products between summed gradients: with `s` sets of rows, the `s x s` matrix whose entry
    /// `(a, b)` is the dot product of the sum over set `a` with the sum over set `b`. Sets of a single
    /// row give the dot products of single gradients.
    ///
    /// # Panics
    /// As [`norms`](Self::norms).
    fn products_of_sums(&self, sets: &[&[usize]]) -> Vec<f64>;
}

/// Row gradients held as a plain matrix of shape (rows x parameters), for users of other engines.
///
/// ```
/// use gradstop_rules::{MatrixGradients, RowGradients};
///
/// let gradients = MatrixGradients::new(&[3.0, 4.0, 1.0, 0.0], 2)?;
/// assert_eq!(gradients.norms(&[0, 1]), [5.0, 1.0]);
/// assert_eq!(gradients.products_of_sums(&[&[0], &[1]]), [25.0, 3.0, 3.0, 1.0]);
/// # Ok::<(), gradstop_rules::RuleError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct MatrixGradients<'a> {
    values: &'a [f32],
    parameters: usize,
}

impl<'a> MatrixGradients<'a> {
    /// Wraps a row-major matrix with one row gradient a row.
    ///
    /// # Errors
    /// [`RuleError::Shape`] if `values` does not hold whole rows, [`RuleError::NotFinite`] if a value
    /// is not finite.
    pub fn new(values: &'a [f32], parameters: usize) -> Result<Self, RuleError> {
        if parameters == 0 || !values.len().is_multiple_of(parameters) {
            return Err(RuleError::Shape { values: values.len(), parameters });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(RuleError::NotFinite {
                row: at / parameters,
                parameter: at % parameters,
                value: values[at],
            }),
            None => Ok(Self { values, parameters }),
        }
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.parameters..][..self.parameters]
    }
}

impl RowGradients for MatrixGradients<'_> {
    fn rows(&self) -> usize {
        self.values.len() / self.parameters
    }

    fn norms(&self, rows: &[usize]) -> Vec<f64> {
        let length = |row: &usize| self.row(*row).iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
        rows.iter().map(length).collect()
    }

    fn products_of_sums(&self, sets: &[&[usize]]) -> Vec<f64> {
        let sum = |set: &&[usize]| {
            let mut total = vec![0.0f64; self.parameters];
            for &row in *set {
                total.iter_mut().zip(self.row(row)).for_each(|(t, &g)| *t += f64::from(g));
            }
            total
        };
        let sums: Vec<Vec<f64>> = sets.iter().map(sum).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        sums.iter().flat_map(|a| sums.iter().map(move |b| dot(a, b))).collect()
    }
}
