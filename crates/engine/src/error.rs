//! Errors of the engine, with data.

/// What can be wrong with an architecture, a setting or a shape.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A setting is outside its range.
    #[error("{parameter}: got {got}, wanted {wanted}")]
    Setting {
        /// The setting's name.
        parameter: &'static str,
        /// The value given.
        got: String,
        /// The range.
        wanted: &'static str,
    },
    /// A stack of layers that cannot be trained.
    #[error("layer {layer}: got {got}, wanted {wanted}")]
    Architecture {
        /// Position of the layer, from 0.
        layer: usize,
        /// What stands there.
        got: String,
        /// What could stand there.
        wanted: &'static str,
    },
    /// A network with more weights than one may have.
    #[error(
        "network: got {weights} weights, wanted at most {most} (hint: narrower layers, or fewer columns, take less memory)"
    )]
    TooLarge {
        /// Weights of all layers, as many as there would be.
        weights: u128,
        /// The most there may be.
        most: u128,
    },
    /// A stack of layers that can be trained, but whose row gradients have no closed form here.
    #[error("layer {layer}: row gradients through {got} are not supported, wanted {wanted} (hint: {hint})")]
    RowGradients {
        /// Position of the layer, from 0.
        layer: usize,
        /// What stands there.
        got: &'static str,
        /// What is supported.
        wanted: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A matrix of the wrong size.
    #[error("{what}: got {got} values, wanted {wanted}")]
    Shape {
        /// Which matrix.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length that fits, in words.
        wanted: String,
    },
}

/// `Ok` if `holds`, else the error that names the setting.
pub(crate) fn check(
    holds: bool,
    parameter: &'static str,
    got: impl ToString,
    wanted: &'static str,
) -> Result<(), EngineError> {
    if holds { Ok(()) } else { Err(EngineError::Setting { parameter, got: got.to_string(), wanted }) }
}

/// The error that names a matrix of the wrong size.
pub(crate) fn shape(what: &'static str, got: usize, wanted: impl ToString) -> EngineError {
    EngineError::Shape { what, got, wanted: wanted.to_string() }
}

/// `Ok` if a matrix has as many values as are wanted of it, else the error that names it.
pub(crate) fn check_length(what: &'static str, got: usize, wanted: usize) -> Result<(), EngineError> {
    if got == wanted { Ok(()) } else { Err(shape(what, got, wanted)) }
}
