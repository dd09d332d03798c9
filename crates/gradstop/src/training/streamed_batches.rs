//! Batches of a table that is read again in every epoch: blocks of rows are shuffled as they come.

use crate::error::Error;
use crate::model::scaler::Standardization;
use crate::training::batches::{Batches, Deal, Places};
use crate::training::row_stream::{RowStream, check_width};

/// Values of a block at most, 16 MiB; the rows of a block are shuffled among each other.
const BLOCK_VALUES: usize = 1 << 22;

/// Rows of a block at least, however many columns there are.
const BLOCK_ROWS: usize = 1 << 10;

/// A table in a stream.
pub(crate) struct StreamedBatches<'a> {
    pub(crate) stream: &'a mut dyn RowStream,
    pub(crate) standardization: &'a Standardization,
    pub(crate) columns: usize,
    pub(crate) deal: Deal,
    /// The probe rows, standardised.
    pub(crate) probe: &'a [f32],
    /// The rows whose scores are looked at, standardised.
    pub(crate) scored: &'a [f32],
    pub(crate) epoch: Epoch,
}

/// How far an epoch has come.
#[derive(Default)]
pub(crate) struct Epoch {
    number: usize,
    /// The probe rows of the table, rising.
    probe: Vec<usize>,
    /// The rows of the block, standardised; the order in which they are dealt, and how many were.
    block: Vec<f32>,
    order: Vec<u32>,
    dealt: usize,
    /// The table's row behind the block, and the block's number.
    next_row: usize,
    blocks: usize,
    /// What was read last, and how many of its values went into blocks.
    chunk: Vec<f32>,
    used: usize,
    /// The batch at hand.
    batch: Vec<f32>,
}

/// Rows of a block.
pub(crate) fn block_rows(columns: usize) -> usize {
    (BLOCK_VALUES / columns).max(BLOCK_ROWS)
}

impl StreamedBatches<'_> {
    /// Reads the next `rows` rows as they stand in the table.
    fn read_block(&mut self, rows: usize) -> Result<(), Error> {
        let Self { epoch, columns, .. } = self;
        epoch.block.clear();
        epoch.order.clear();
        epoch.dealt = 0;
        while epoch.block.len() < rows * *columns {
            if epoch.used == epoch.chunk.len() {
                self.stream.read(&mut epoch.chunk)?;
                epoch.used = 0;
                if epoch.chunk.is_empty() {
                    let got = epoch.next_row + epoch.block.len() / *columns;
                    return Err(Error::StreamChanged { got, wanted: self.deal.rows });
                }
                check_width(&epoch.chunk, *columns)?;
            }
            let rest = &epoch.chunk[epoch.used..];
            let wanted = rest.len().min(rows * *columns - epoch.block.len());
            epoch.block.extend_from_slice(&rest[..wanted]);
            epoch.used += wanted;
        }
        self.standardization.apply(&mut epoch.block);
        epoch.next_row += rows;
        epoch.blocks += 1;
        Ok(())
    }

    /// There must be no more rows than at the first time.
    fn expect_end(&mut self) -> Result<(), Error> {
        let Epoch { chunk, used, .. } = &mut self.epoch;
        if *used == chunk.len() {
            self.stream.read(chunk)?;
            *used = 0;
        }
        match (chunk.len() - *used) / self.columns {
            0 => Ok(()),
            more => Err(Error::StreamChanged { got: self.deal.rows + more, wanted: self.deal.rows }),
        }
    }
}

impl Batches for StreamedBatches<'_> {
    fn deal(&self) -> &Deal {
        &self.deal
    }

    fn begin(&mut self, epoch: usize, probe: &[usize]) -> Result<(), Error> {
        if self.deal.is_full() && !self.epoch.block.is_empty() {
            return Ok(());
        }
        self.stream.rewind()?;
        let Epoch { block, order, chunk, batch, .. } = std::mem::take(&mut self.epoch);
        self.epoch = Epoch { number: epoch, probe: probe.to_vec(), block, order, batch, ..Epoch::default() };
        // The buffer is of use again, its rows are not.
        self.epoch.used = chunk.len();
        self.epoch.chunk = chunk;
        self.epoch.order.clear();
        if self.deal.is_full() {
            self.read_block(self.deal.rows)?;
            self.expect_end()?;
        }
        Ok(())
    }

    fn batch(&mut self, batch: usize) -> Result<&[f32], Error> {
        if self.deal.is_full() {
            return Ok(&self.epoch.block);
        }
        let (columns, wanted) = (self.columns, self.deal.range(batch).len() * self.columns);
        self.epoch.batch.clear();
        if self.deal.is_last(batch) {
            self.epoch.batch.extend_from_slice(self.probe);
        }
        while self.epoch.batch.len() < wanted {
            if self.epoch.dealt == self.epoch.order.len() {
                let first = self.epoch.next_row;
                let rows = block_rows(columns).min(self.deal.rows - first);
                self.read_block(rows)?;
                let Epoch { number, probe, order, blocks, .. } = &mut self.epoch;
                self.deal.shuffle((*number, *blocks - 1), first..first + rows, probe, order);
            }
            let Epoch { block, order, dealt, batch, .. } = &mut self.epoch;
            let more = (wanted - batch.len()) / columns;
            for &row in order.iter().skip(*dealt).take(more) {
                batch.extend_from_slice(&block[row as usize * columns..][..columns]);
                *dealt += 1;
            }
        }
        if self.deal.is_last(batch) {
            self.expect_end()?;
        }
        Ok(&self.epoch.batch)
    }

    fn places(&self, _batch: usize) -> Places<'_> {
        // A set of rows would grow with the table.
        if self.deal.is_full() { Places::InOrder } else { Places::Unknown }
    }

    fn scored(&self) -> (&[f32], usize) {
        (self.scored, self.scored.len() / self.columns)
    }
}
