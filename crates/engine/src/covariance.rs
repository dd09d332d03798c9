//! What a dense layer under a batch-norm needs to know of the whole batch: `c_o = mean of zh_jo x_j`.

use rayon::prelude::*;

use crate::kernels::{Matrix, multiply};
use crate::layers::batch_norm::Statistics;
use crate::network::Network;
use crate::slab::{TILE_ROWS, tiles};
use crate::trainer::shard::Sums;
use crate::vectorised::add_column_sums;

/// Means and covariances of the columns of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    pub(crate) mean: Vec<f32>,
    /// (columns x columns).
    values: Vec<f32>,
}

impl Covariance {
    /// Measures a batch of shape (rows x columns). Accurate for columns whose mean is not far larger
    /// than their deviation, as standardised ones.
    ///
    /// # Panics
    /// If `rows` holds no whole number of rows.
    pub fn of(rows: &[f32], columns: usize) -> Self {
        Self::from_sums(&Self::sums_of(rows, columns), rows.len() / columns)
    }

    /// What a shard of a table, (rows x columns), says of its columns: their sums and those of their
    /// products. Sums of several shards are [folded](Sums::fold).
    ///
    /// # Panics
    /// As [`of`](Self::of).
    pub fn sums_of(rows: &[f32], columns: usize) -> Sums {
        const BLOCK: usize = 64;
        let batch = Matrix::new(rows, rows.len() / columns, columns);
        let mut products = vec![0.0; columns * columns];
        let blocks = products.par_chunks_mut(BLOCK * columns).enumerate();
        blocks.for_each(|(block, target)| {
            let first = block * BLOCK;
            let columns_here = first..first + target.len() / columns;
            multiply(target, batch.columns(columns_here).transposed(), batch, false);
        });
        Sums { double: column_sums(rows, columns), single: products }
    }

    /// The covariance of `count` rows that have these sums.
    ///
    /// # Panics
    /// If the sums are not those of as many columns as products.
    pub fn from_sums(sums: &Sums, count: usize) -> Self {
        let columns = sums.double.len();
        assert_eq!(sums.single.len(), columns * columns, "as many products as pairs of columns");
        let mean: Vec<f32> = sums.double.iter().map(|sum| (sum / count as f64) as f32).collect();
        let mut values = sums.single.clone();
        for (row, left) in values.chunks_exact_mut(columns).zip(&mean) {
            for (value, right) in row.iter_mut().zip(&mean) {
                *value = *value / count as f32 - left * right;
            }
        }
        Self { mean, values }
    }
}

/// Mean of each column.
pub(crate) fn column_means(rows: &[f32], columns: usize) -> Vec<f32> {
    let count = (rows.len() / columns) as f64;
    column_sums(rows, columns).into_iter().map(|sum| (sum / count) as f32).collect()
}

/// Sum of each column.
fn column_sums(rows: &[f32], columns: usize) -> Vec<f64> {
    let mut total = vec![0.0f64; columns];
    let mut part = vec![0.0f32; columns];
    for tile in rows.chunks(TILE_ROWS * columns) {
        part.fill(0.0);
        add_column_sums(&mut part, tile);
        total.iter_mut().zip(&part).for_each(|(t, &p)| *t += f64::from(p));
    }
    total
}

/// `c = W Covariance / deviation`, transposed: the same as the mean of `zh_j x_j`, without looking at a row.
pub(crate) fn correlation_from(
    covariance: &Covariance,
    network: &Network,
    norm: &Statistics,
    target: &mut [f32],
) {
    const ROWS: usize = 64;
    let dense = network.dense(0);
    let (columns, width) = (dense.inputs, dense.outputs);
    let weight = Matrix::new(dense.weight, width, columns).transposed();
    let part = |(target, covariance): (&mut [f32], &[f32])| {
        multiply(target, Matrix::new(covariance, covariance.len() / columns, columns), weight, false);
        for row in target.chunks_exact_mut(width) {
            row.iter_mut().zip(&norm.inverse).for_each(|(c, inverse)| *c *= inverse);
        }
    };
    if columns < 256 {
        part((target, &covariance.values));
    } else {
        let rows = covariance.values.par_chunks(ROWS * columns);
        target.par_chunks_mut(ROWS * width).zip(rows).for_each(part);
    }
}

/// `c = mean of zh_j x_j`, transposed, tile by tile.
pub(crate) fn correlation_of(rows: &[f32], network: &Network, norm: &Statistics, target: &mut [f32]) {
    let dense = network.dense(0);
    let (columns, width) = (dense.inputs, dense.outputs);
    let count = rows.len() / columns;
    let (mut input, mut standard) = (vec![0.0; TILE_ROWS * width], vec![0.0; TILE_ROWS * width]);
    for tile in tiles(0..count, TILE_ROWS) {
        let x = &rows[tile.start * columns..tile.end * columns];
        let (input, standard) = (&mut input[..tile.len() * width], &mut standard[..tile.len() * width]);
        dense.forward(x, input);
        norm.standardise(input, standard);
        let x = Matrix::new(x, tile.len(), columns).transposed();
        multiply(target, x, Matrix::new(standard, tile.len(), width), tile.start > 0);
    }
    target.iter_mut().for_each(|c| *c /= count as f32);
}
