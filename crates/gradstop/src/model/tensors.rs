//! Named arrays: what a model is made of when it is written to a file and read again.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::ModelFileError;

/// Values of a tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 32-bit whole numbers.
    U32(Vec<u32>),
}

/// A tensor with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Name, unique within its model.
    pub name: String,
    /// Shape; its product is the number of values.
    pub shape: Vec<usize>,
    /// The values.
    pub values: Values,
}

impl NamedTensor {
    /// A tensor of 32-bit floats.
    pub fn f32(name: impl Into<String>, shape: &[usize], values: Vec<f32>) -> Self {
        Self { name: name.into(), shape: shape.to_vec(), values: Values::F32(values) }
    }

    /// A tensor of 64-bit floats.
    pub fn f64(name: impl Into<String>, shape: &[usize], values: Vec<f64>) -> Self {
        Self { name: name.into(), shape: shape.to_vec(), values: Values::F64(values) }
    }

    /// A tensor of 32-bit whole numbers.
    pub fn u32(name: impl Into<String>, shape: &[usize], values: Vec<u32>) -> Self {
        Self { name: name.into(), shape: shape.to_vec(), values: Values::U32(values) }
    }
}

/// The tensors of a file, by name. Their sizes are those of the file's own bytes, so that nothing is
/// allocated for what a header merely claims.
#[derive(Debug, Clone, Default)]
pub struct Tensors<'a> {
    prefix: String,
    found: Arc<BTreeMap<&'a str, &'a NamedTensor>>,
}

impl<'a> Tensors<'a> {
    /// Looks tensors up by name.
    pub fn new(tensors: &'a [NamedTensor]) -> Self {
        Self {
            prefix: String::new(),
            found: Arc::new(tensors.iter().map(|tensor| (&tensor.name[..], tensor)).collect()),
        }
    }

    /// Only the tensors whose names start with `prefix`, under what follows it.
    #[must_use]
    pub fn under(&self, prefix: &str) -> Self {
        Self { prefix: format!("{}{prefix}", self.prefix), found: self.found.clone() }
    }

    /// Whether there is a tensor of that name.
    pub fn has(&self, name: &str) -> bool {
        self.named(name).is_ok()
    }

    /// Shape of a tensor.
    ///
    /// # Errors
    /// [`ModelFileError::Content`] if there is none of that name.
    pub fn shape(&self, name: &str) -> Result<&'a [usize], ModelFileError> {
        Ok(&self.named(name)?.shape)
    }

    /// Finite 32-bit floats of this shape.
    ///
    /// # Errors
    /// [`ModelFileError::Content`] for a tensor that is missing, of another type or shape, or not finite.
    pub fn f32(&self, name: &str, shape: &[usize]) -> Result<&'a [f32], ModelFileError> {
        match self.shaped(name, shape)? {
            Values::F32(values) if values.iter().all(|value| value.is_finite()) => Ok(values),
            other => Err(self.wrong(name, other.out_of_range(), "finite 32-bit floats")),
        }
    }

    /// Finite 64-bit floats of this shape.
    ///
    /// # Errors
    /// As [`f32`](Self::f32).
    pub fn f64(&self, name: &str, shape: &[usize]) -> Result<&'a [f64], ModelFileError> {
        match self.shaped(name, shape)? {
            Values::F64(values) if values.iter().all(|value| value.is_finite()) => Ok(values),
            other => Err(self.wrong(name, other.out_of_range(), "finite 64-bit floats")),
        }
    }

    /// Values of any type and shape.
    ///
    /// # Errors
    /// [`ModelFileError::Content`] if there is no tensor of that name.
    pub(crate) fn values(&self, name: &str) -> Result<&'a Values, ModelFileError> {
        Ok(&self.named(name)?.values)
    }

    /// Whole numbers of this shape, each below `bound`.
    ///
    /// # Errors
    /// As [`f32`](Self::f32), and for a number that is not below `bound`.
    pub fn u32(&self, name: &str, shape: &[usize], bound: usize) -> Result<&'a [u32], ModelFileError> {
        match self.shaped(name, shape)? {
            Values::U32(values) if values.iter().all(|&value| (value as usize) < bound) => Ok(values),
            other => Err(self.wrong(name, other.out_of_range(), &format!("whole numbers below {bound}"))),
        }
    }

    /// The error for a tensor that contradicts something.
    pub fn wrong(&self, name: &str, got: impl Into<String>, wanted: &str) -> ModelFileError {
        ModelFileError::Content {
            what: format!("tensor {}{name}", self.prefix),
            got: got.into(),
            wanted: wanted.into(),
        }
    }

    fn named(&self, name: &str) -> Result<&'a NamedTensor, ModelFileError> {
        let full = format!("{}{name}", self.prefix);
        let found = self.found.get(&full[..]).copied();
        found.ok_or_else(|| self.wrong(name, "no such tensor", "a tensor of that name"))
    }

    fn shaped(&self, name: &str, shape: &[usize]) -> Result<&'a Values, ModelFileError> {
        let tensor = self.named(name)?;
        match tensor.shape == shape {
            true => Ok(&tensor.values),
            false => Err(self.wrong(name, format!("shape {:?}", tensor.shape), &format!("shape {shape:?}"))),
        }
    }
}

impl Values {
    fn out_of_range(&self) -> String {
        format!("{}, some of them outside their range", self.describe())
    }

    pub(crate) fn describe(&self) -> String {
        let (kind, count) = match self {
            Self::F32(values) => ("32-bit floats", values.len()),
            Self::F64(values) => ("64-bit floats", values.len()),
            Self::U32(values) => ("32-bit whole numbers", values.len()),
        };
        format!("{count} {kind}")
    }
}

/// Values of a tensor of a checkpoint, which need not be finite: a training may be about to diverge.
pub(crate) fn copy_f32(tensors: &Tensors<'_>, name: &str, target: &mut [f32]) -> Result<(), ModelFileError> {
    match tensors.values(name)? {
        Values::F32(values) if values.len() == target.len() => {
            target.copy_from_slice(values);
            Ok(())
        }
        other => {
            let wanted = format!("{} 32-bit floats", target.len());
            Err(tensors.wrong(name, other.describe(), &wanted))
        }
    }
}
