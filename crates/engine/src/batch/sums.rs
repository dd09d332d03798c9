//! Sums over rows: what shards of a table say of them.

use crate::error::{EngineError, check_length, shape};

/// Sums over the rows of a shard, or of several.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sums {
    /// Sums in 64 bits. Where losses are counted: pairs of digits and counts, and what came of them.
    pub double: Vec<f64>,
    /// Sums in 32 bits: those of which there are as many as parameters.
    pub single: Vec<f32>,
}

impl Sums {
    /// Sums in 64 bits alone.
    pub fn of_f64(double: Vec<f64>) -> Self {
        Self { double, single: Vec::new() }
    }

    /// Adds the sums of several shards in their order, in 64 bits. Those of one shard keep their bits.
    ///
    /// # Errors
    /// [`EngineError::Shape`] without a shard, or if they are not all as long.
    pub fn fold(shards: &[Self]) -> Result<Self, EngineError> {
        let first = shards.first().ok_or_else(|| shape("shards", 0, "at least 1"))?;
        shards.iter().try_for_each(|sums| sums.check((first.double.len(), first.single.len())))?;
        let mut double = first.double.clone();
        let mut single: Vec<f64> = first.single.iter().map(|&sum| f64::from(sum)).collect();
        for sums in &shards[1..] {
            double.iter_mut().zip(&sums.double).for_each(|(total, sum)| *total += sum);
            single.iter_mut().zip(&sums.single).for_each(|(total, &sum)| *total += f64::from(sum));
        }
        Ok(Self { double, single: single.into_iter().map(|sum| sum as f32).collect() })
    }

    /// Whether there are so many, in 64 and in 32 bits.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if not.
    pub(crate) fn check(&self, (double, single): (usize, usize)) -> Result<(), EngineError> {
        check_length("sums of a shard in 64 bits", self.double.len(), double)?;
        check_length("sums of a shard in 32 bits", self.single.len(), single)
    }
}
