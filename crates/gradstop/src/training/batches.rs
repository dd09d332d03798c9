//! How the rows of a table are dealt into the batches of an epoch.

use std::ops::Range;

use gradstop_engine::random::{Key, Purpose};

use crate::error::Error;
use crate::training::plan::Plan;

/// How many rows go into which batch. Sizes are as equal as can be.
#[derive(Debug, Clone)]
pub(crate) struct Deal {
    seed: u64,
    pub(crate) rows: usize,
    pub(crate) batches: usize,
}

impl Deal {
    pub(crate) fn new(plan: &Plan, rows: usize) -> Self {
        let batches = if plan.batch_size == 0 { 1 } else { rows.div_ceil(plan.batch_size) };
        Self { seed: plan.seed, rows, batches }
    }

    /// Whether the only batch is the whole table.
    pub(crate) fn is_full(&self) -> bool {
        self.batches == 1
    }

    pub(crate) fn largest(&self) -> usize {
        self.rows.div_ceil(self.batches)
    }

    /// Which rows of the epoch's order make up a batch.
    pub(crate) fn range(&self, batch: usize) -> Range<usize> {
        let start = |batch: usize| batch * self.rows / self.batches;
        start(batch)..start(batch + 1)
    }

    pub(crate) fn is_last(&self, batch: usize) -> bool {
        batch + 1 == self.batches
    }

    /// The rows whose gradients a rule may look at, rising; they must fit into every batch.
    pub(crate) fn probe(&self, plan: &Plan) -> Vec<usize> {
        let count = plan.probe_size.min(self.rows / self.batches);
        Key::new(plan.seed, Purpose::Probe, &[]).sample(self.rows, count)
    }

    /// Puts consecutive rows, the `block`-th of the table, in the random order of an epoch, without the probe rows;
    /// in `order` they count from the first of them.
    pub(crate) fn shuffle(
        &self,
        (epoch, block): (usize, usize),
        rows: Range<usize>,
        probe: &[usize],
        order: &mut Vec<u32>,
    ) {
        let probe = &probe[probe.partition_point(|&row| row < rows.start)..];
        let mut probed = probe.iter().peekable();
        let others = rows.clone().filter(|row| probed.next_if_eq(&row).is_none());
        order.clear();
        order.extend(others.map(|row| (row - rows.start) as u32));
        // A table that is one block has the order that it always had.
        let address = [epoch as u64, block as u64];
        Key::new(self.seed, Purpose::Shuffle, &address[..1 + usize::from(block > 0)]).shuffle(order);
    }
}

/// Where the rows of a batch stand in the table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Places<'a> {
    /// They are the table, in its order.
    InOrder,
    /// There.
    At(&'a [u32]),
    /// Nobody keeps count.
    Unknown,
}

/// The rows of a training, batch by batch.
pub(crate) trait Batches {
    fn deal(&self) -> &Deal;

    /// Begins an epoch. A single batch is the table in its order. Several are dealt in a new random order, the last of
    /// them starting with the probe rows (rising).
    fn begin(&mut self, epoch: usize, probe: &[usize]) -> Result<(), Error>;

    /// The rows of a batch of the epoch; they are asked for in order.
    fn batch(&mut self, batch: usize) -> Result<&[f32], Error>;

    /// Where the rows of a batch stand in the table.
    fn places(&self, batch: usize) -> Places<'_>;

    /// The rows whose scores rules and callbacks look at, and their number: all of the table, or a sample.
    fn scored(&self) -> (&[f32], usize);
}

/// A table that is in memory.
pub(crate) struct RowsAtHand<'a> {
    /// Of shape (rows x inputs), or none where the step finds them elsewhere.
    rows: &'a [f32],
    inputs: usize,
    deal: Deal,
    order: Vec<u32>,
    /// The batch at hand.
    values: Vec<f32>,
}

impl<'a> RowsAtHand<'a> {
    pub(crate) fn new(rows: &'a [f32], inputs: usize, plan: &Plan) -> Self {
        let deal = Deal::new(plan, rows.len() / inputs);
        Self { rows, inputs, deal, order: Vec::new(), values: Vec::new() }
    }
}

impl RowsAtHand<'static> {
    /// Rows that only the step can reach. Every batch is all of them.
    pub(crate) fn elsewhere(inputs: usize, count: usize, plan: &Plan) -> Self {
        let deal = Deal { seed: plan.seed, rows: count, batches: 1 };
        Self { rows: &[], inputs, deal, order: Vec::new(), values: Vec::new() }
    }
}

impl Batches for RowsAtHand<'_> {
    fn deal(&self) -> &Deal {
        &self.deal
    }

    fn begin(&mut self, epoch: usize, probe: &[usize]) -> Result<(), Error> {
        if !self.deal.is_full() {
            self.deal.shuffle((epoch, 0), 0..self.deal.rows, probe, &mut self.order);
            let last = self.deal.range(self.deal.batches - 1).start;
            self.order.splice(last..last, probe.iter().map(|&row| row as u32));
        }
        Ok(())
    }

    fn batch(&mut self, batch: usize) -> Result<&[f32], Error> {
        if self.deal.is_full() {
            return Ok(self.rows);
        }
        self.values.clear();
        for &row in &self.order[self.deal.range(batch)] {
            self.values.extend_from_slice(&self.rows[row as usize * self.inputs..][..self.inputs]);
        }
        Ok(&self.values)
    }

    fn places(&self, batch: usize) -> Places<'_> {
        match self.deal.is_full() {
            true => Places::InOrder,
            false => Places::At(&self.order[self.deal.range(batch)]),
        }
    }

    fn scored(&self) -> (&[f32], usize) {
        (self.rows, self.deal.rows)
    }
}

#[cfg(test)]
mod tests {
    use gradstop_engine::Optimizer;

    use super::*;

    #[test]
    fn every_epoch_deals_every_row_once_with_the_probe_in_the_last_batch() -> Result<(), Error> {
        let plan = Plan {
            seed: 3,
            optimizer: Optimizer::adam(0.1),
            gradient_limit: 0.0,
            batch_size: 30,
            trim: None,
            epochs: 1,
            probe_size: 9,
        };
        let rows: Vec<f32> = (0..100).map(|row| row as f32).collect();
        let mut batches = RowsAtHand::new(&rows, 1, &plan);
        let mut orders = Vec::new();
        for epoch in 0..3 {
            batches.begin(epoch, &[4, 17, 18, 99])?;
            let mut order = Vec::new();
            for batch in 0..4 {
                let dealt = batches.batch(batch)?;
                assert_eq!(dealt.len(), 25);
                order.extend_from_slice(dealt);
            }
            assert_eq!(order[75..][..4], [4.0, 17.0, 18.0, 99.0]);
            orders.push(order.clone());
            order.sort_by(f32::total_cmp);
            assert_eq!(order, rows);
        }
        assert_ne!(orders[0], orders[1]);
        Ok(())
    }
}
