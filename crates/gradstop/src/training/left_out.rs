//! The rows that an epoch was not learned from, as its record tells of them.

use crate::error::ModelFileError;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::training::batches::Places;
use crate::training::history::LeftOutFigures;
use crate::training::step::{Chosen, ChosenRows};

/// Name of the tensor that a checkpoint has of it.
const NAME: &str = "left_out";

/// What the steps of an epoch left out, and what those of the epoch before did.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// A bit for each row of the table; empty if rows are not selected or cannot be told from each other.
    rows: Vec<u32>,
    before: Vec<u32>,
    /// Share of the rows, and the threshold, each times the share of its batch.
    share: f64,
    threshold: f64,
    /// Share of the table whose batches were added.
    added: f64,
}

impl LeftOut {
    /// Begins an epoch.
    pub(crate) fn begin(&mut self) {
        std::mem::swap(&mut self.rows, &mut self.before);
        self.rows.clear();
        (self.share, self.threshold, self.added) = (0.0, 0.0, 0.0);
    }

    /// Adds a batch of so many of the table's rows, which have these places in it.
    pub(crate) fn add(&mut self, chosen: &Chosen<'_>, places: Places<'_>, (batch, table): (usize, usize)) {
        let part = batch as f64 / table as f64;
        self.added += part;
        self.threshold += part * chosen.threshold;
        let weights = match chosen.rows {
            ChosenRows::Here(weights) => weights,
            ChosenRows::Elsewhere { left_out } => {
                self.share += part * left_out;
                return;
            }
        };
        let counted: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        self.share += part * (1.0 - counted / weights.len() as f64);
        // Several networks that disagree leave a row out by majority.
        let is_out = |weight: f32| weight < 0.5;
        match places {
            Places::InOrder => self.rows.extend(weights.chunks(32).map(|weights| {
                let bit = |(at, &weight): (usize, &f32)| u32::from(is_out(weight)) << at;
                weights.iter().enumerate().map(bit).fold(0, |word, bit| word | bit)
            })),
            Places::At(places) => {
                self.rows.resize(table.div_ceil(32), 0);
                for (&place, &weight) in places.iter().zip(weights) {
                    self.rows[place as usize / 32] |= u32::from(is_out(weight)) << (place % 32);
                }
            }
            Places::Unknown => {}
        }
    }

    /// Of the epoch that was added last.
    pub(crate) fn figures(&self) -> LeftOutFigures {
        if self.added == 0.0 {
            return LeftOutFigures::default();
        }
        let count = |words: &mut dyn Iterator<Item = u32>| {
            words.map(|word| u64::from(word.count_ones())).sum::<u64>()
        };
        let all = count(&mut self.rows.iter().copied());
        let again = count(&mut self.rows.iter().zip(&self.before).map(|(now, before)| now & before));
        let known = all > 0 && self.before.len() == self.rows.len();
        LeftOutFigures {
            share: Some(self.share),
            threshold: Some(self.threshold),
            overlap: known.then(|| again as f64 / all as f64),
        }
    }

    /// What the next epoch is compared with, if there is anything.
    pub(crate) fn tensor(&self) -> Option<NamedTensor> {
        (!self.rows.is_empty()).then(|| NamedTensor::u32(NAME, &[self.rows.len()], self.rows.clone()))
    }

    /// Goes on from such a tensor.
    pub(crate) fn restore(&mut self, tensors: &Tensors<'_>) -> Result<(), ModelFileError> {
        if tensors.has(NAME) {
            let length = tensors.shape(NAME)?;
            self.rows = tensors.u32(NAME, length, u32::MAX as usize + 1)?.to_vec();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(weights: &[f32]) -> Chosen<'_> {
        Chosen { rows: ChosenRows::Here(weights), threshold: 3.0 }
    }

    #[test]
    fn the_overlap_is_that_of_rows_whatever_batch_they_came_in() {
        let mut left_out = LeftOut::default();
        assert_eq!(left_out.figures(), LeftOutFigures::default());
        let mut weights = [1.0; 40];
        [3, 35, 36, 39].into_iter().for_each(|row| weights[row] = 0.0);
        left_out.begin();
        left_out.add(&chosen(&weights), Places::InOrder, (40, 40));
        let first = left_out.figures();
        assert!((first.share.unwrap_or(0.0) - 0.1).abs() < 1e-6);
        assert_eq!((first.threshold, first.overlap), (Some(3.0), None));

        // The same table in two batches, the rows in another order: 39 and 3 are out again, and 0.
        left_out.begin();
        let order: Vec<u32> = (0..40).rev().collect();
        let weight = |row: &u32| if [0, 3, 39].contains(row) { 0.0 } else { 1.0 };
        for half in order.chunks(20) {
            let weights: Vec<f32> = half.iter().map(weight).collect();
            left_out.add(&chosen(&weights), Places::At(half), (20, 40));
        }
        let second = left_out.figures();
        assert!((second.share.unwrap_or(0.0) - 3.0 / 40.0).abs() < 1e-6);
        assert_eq!(second.overlap, Some(2.0 / 3.0));
    }
}
