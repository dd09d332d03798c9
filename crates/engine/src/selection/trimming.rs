//! How much of a table is trimmed.

use crate::error::EngineError;
use crate::selection::RowSelection;
use crate::selection::adaptive::AdaptiveTrim;
use crate::selection::trim::Trim;

/// Which rows a trimmed training leaves out of its steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trimming {
    /// This share of them, in `[0, 1)`: see [`Trim`].
    Share(f64),
    /// As many as have losses far over the usual one: see [`AdaptiveTrim`].
    Adaptive,
}

impl Trimming {
    /// The selection that does so.
    ///
    /// # Errors
    /// [`EngineError::Setting`] for a share outside its range.
    pub fn selection(self) -> Result<Box<dyn RowSelection>, EngineError> {
        Ok(match self {
            Self::Share(share) => Box::new(Trim::new(share)?),
            Self::Adaptive => Box::<AdaptiveTrim>::default(),
        })
    }
}
