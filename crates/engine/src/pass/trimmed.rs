//! The trim of a table of which nobody holds all rows.
//!
//! The threshold that leaves out a share of the rows is found by counting losses, digit by digit: first how all of them
//! begin, then how those go on that begin as the threshold does. So it is exact, and what travels are counts of digits that
//! occur. The one that leaves out what is unusual is found of losses all over the table.

use std::collections::BTreeMap;

use crate::batch::sums::Sums;
use crate::error::{EngineError, shape};
use crate::pass::stage::Stage;
use crate::selection::adaptive::usual_limit;
use crate::selection::trim::Trim;
use crate::selection::trimming::Trimming;
use crate::selection::{in_order, loss_of, weight_within};

/// How many leading and trailing digits there are.
pub(crate) const LEADING: u32 = 1 << 16;
pub(crate) const TRAILING: u32 = 1 << 16;

/// What is known of the threshold of the pass under way.
#[derive(Debug)]
pub(crate) struct Trimmed {
    /// A share, if that is what is left out.
    share: Option<Trim>,
    /// How the threshold begins.
    pub(crate) leading: u32,
    /// All of it, as a whole number in the order of losses.
    limit: u32,
}

impl Trimmed {
    pub(crate) fn new(trimming: Trimming) -> Result<Self, EngineError> {
        let share = match trimming {
            Trimming::Share(share) => Some(Trim::new(share)?),
            Trimming::Adaptive => None,
        };
        Ok(Self { share, leading: 0, limit: 0 })
    }

    /// Rows of a table of so many that a step is learned from, if a share of them is left out.
    pub(crate) fn kept(&self, rows: usize) -> usize {
        rows - self.share.as_ref().map_or(0, |trim| trim.left_out(rows))
    }

    /// The largest usual loss, of those that the shards have said.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if they have said none.
    pub(crate) fn find_limit<'a>(shards: impl Iterator<Item = &'a [f64]>) -> Result<Sums, EngineError> {
        let mut sample: Vec<f32> = shards.flatten().map(|&loss| loss as f32).collect();
        match sample.len() {
            0 => Err(wrong(0)),
            _ => Ok(Sums::of_f64(vec![f64::from(usual_limit(&mut sample))])),
        }
    }

    /// The threshold of the last pass.
    pub(crate) fn threshold(&self) -> f32 {
        loss_of(self.limit)
    }

    /// Whether these are what came of the counts of all shards.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if not.
    pub(crate) fn check(stage: Stage, found: &[f64]) -> Result<(), EngineError> {
        let fits = match stage {
            Stage::SampledLosses => found.len() == 1,
            Stage::LeadingDigits => found.len() == 2,
            _ => found.len() > 2 && found.len().is_multiple_of(2),
        };
        match fits {
            true => Ok(()),
            false => Err(wrong(found.len())),
        }
    }

    /// Goes on from what came of the leading digits.
    pub(crate) fn begin(&mut self, found: &[f64]) {
        self.leading = found[0] as u32;
    }

    /// Goes on from what came of the trailing ones: writes the weight of each row of the shard that begins at this row of the
    /// table. Of rows with the loss that is the threshold the first ones are kept.
    pub(crate) fn weigh(&mut self, found: &[f64], first_row: usize, losses: &[f32], weights: &mut Vec<f32>) {
        self.limit = found[0] as u32;
        let before = found[2..].as_chunks::<2>().0.iter().filter(|shard| shard[0] < first_row as f64);
        let mut ties = found[1] - before.map(|shard| shard[1]).sum::<f64>();
        weights.clear();
        weights.extend(losses.iter().map(|&loss| match in_order(loss).cmp(&self.limit) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Greater => 0.0,
            std::cmp::Ordering::Equal => {
                ties -= 1.0;
                if ties >= 0.0 { 1.0 } else { 0.0 }
            }
        }));
    }

    /// Goes on from the limit: writes the weight of each row.
    pub(crate) fn weigh_by_limit(&mut self, found: &[f64], losses: &[f32], weights: &mut Vec<f32>) {
        let limit = found[0] as f32;
        self.limit = in_order(limit);
        weights.clear();
        weights.extend(losses.iter().map(|&loss| weight_within(limit, loss)));
    }
}

fn wrong(got: usize) -> EngineError {
    shape("counts of losses", got, "digits and how often they occur")
}

/// Pairs of digits and of how many losses have them, rising.
pub(crate) fn counts(losses: &[f32], digits: impl Fn(u32) -> Option<u32>) -> Vec<f64> {
    let mut counts = BTreeMap::new();
    for digits in losses.iter().filter_map(|&loss| digits(in_order(loss))) {
        *counts.entry(digits).or_insert(0u64) += 1;
    }
    counts.into_iter().flat_map(|(digits, count)| [f64::from(digits), count as f64]).collect()
}

/// The digits of the loss of this rank, from 1, and its rank among those that have them.
///
/// # Errors
/// [`EngineError::Shape`] for counts that are none, or too few.
pub(crate) fn find<'a>(
    shards: impl Iterator<Item = &'a [f64]>,
    rank: u64,
    digits: u32,
) -> Result<(u32, u64), EngineError> {
    let mut all = BTreeMap::new();
    for counts in shards {
        let (pairs, rest) = counts.as_chunks::<2>();
        let whole = |value: f64, most: f64| value >= 0.0 && value < most && value.fract() == 0.0;
        if !rest.is_empty()
            || pairs.iter().any(|pair| !whole(pair[0], f64::from(digits)) || !whole(pair[1], 1e15))
        {
            return Err(wrong(counts.len()));
        }
        pairs.iter().for_each(|pair| *all.entry(pair[0] as u32).or_insert(0) += pair[1] as u64);
    }
    let mut rank = rank;
    for (digits, count) in all {
        if rank <= count {
            return Ok((digits, rank));
        }
        rank -= count;
    }
    Err(wrong(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection::RowSelection;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shards_leave_out_the_rows_that_the_whole_table_would(
            losses in prop::collection::vec(prop_oneof![3 => 0.0f32..9.0, 3 => (0u8..3).prop_map(f32::from), 1 => Just(f32::NAN)], 2..80),
            cuts in prop::collection::vec(0usize..80, 0..4),
            share in 0.0f64..1.0,
        ) {
            let count = losses.len();
            let mut trim = Trim::new(share).expect("a share");
            let mut wanted = vec![0.0; count];
            trim.weigh(&losses, &mut wanted);

            let mut cuts: Vec<usize> = cuts.into_iter().filter(|&cut| cut > 0 && cut < count).chain([0, count]).collect();
            cuts.sort_unstable();
            cuts.dedup();
            let shards: Vec<&[f32]> = cuts.windows(2).map(|ends| &losses[ends[0]..ends[1]]).collect();
            let mut trimmed = Trimmed::new(Trimming::Share(share)).expect("a share");
            let said: Vec<Vec<f64>> = shards.iter().map(|part| counts(part, |key| Some(key / TRAILING))).collect();
            let (leading, rank) = find(said.iter().map(|said| &said[..]), trimmed.kept(count) as u64, LEADING).expect("counts");
            trimmed.begin(&[f64::from(leading), rank as f64]);
            let digits = |key: u32| (key / TRAILING == leading).then_some(key % TRAILING);
            let said: Vec<Vec<f64>> = shards.iter().map(|part| counts(part, digits)).collect();
            let (trailing, ties) = find(said.iter().map(|said| &said[..]), rank, TRAILING).expect("counts");
            let mut found = vec![f64::from(leading * TRAILING + trailing), ties as f64];
            for (&first, part) in cuts.iter().zip(&shards) {
                let equal = part.iter().filter(|&&loss| in_order(loss) == leading * TRAILING + trailing).count();
                found.extend([first as f64, equal as f64]);
            }
            let mut got = Vec::new();
            for (&first, part) in cuts.iter().zip(&shards) {
                let mut weights = Vec::new();
                trimmed.weigh(&found, first, part, &mut weights);
                got.extend(weights);
            }
            prop_assert_eq!(got, wanted);
        }
    }
}
