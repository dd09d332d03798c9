//! Errors of the rules, with data.

/// What can be wrong with a rule's settings or with the gradients handed to it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A setting is outside its range.
    #[error("{parameter}: got {got}, wanted {wanted}")]
    Setting {
        /// The setting's name.
        parameter: &'static str,
        /// The value given.
        got: String,
        /// The range.
        wanted: String,
    },
    /// A gradient matrix whose length is no multiple of the number of parameters.
    #[error(
        "row gradients: got {values} values for {parameters} parameters a row, wanted a whole number of rows"
    )]
    Shape {
        /// Length of the matrix.
        values: usize,
        /// Parameters a row.
        parameters: usize,
    },
    /// A gradient that is not finite.
    #[error("row gradients: got {value} in row {row}, parameter {parameter}, wanted a finite number")]
    NotFinite {
        /// Row of the matrix, from 0.
        row: usize,
        /// Column of the matrix, from 0.
        parameter: usize,
        /// What stood there.
        value: f32,
    },
}
