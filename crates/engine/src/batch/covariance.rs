//! What a dense layer under a batch-norm needs to know of the whole batch: `c_o = mean of zh_jo x_j`.

use rayon::prelude::*;

use crate::batch::sums::Sums;
use crate::batch::tiling::{TILE_ROWS, tiles};
use crate::network::Network;
use crate::network::layers::batch_norm::Statistics;
use crate::simd::columns::add_column_sums;
use crate::simd::gemm::{Matrix, multiply};

/// Rows of the table whose products are summed in 32 bits before they are added in 64.
const PRODUCT_ROWS: usize = 4 * TILE_ROWS;

/// Columns whose products are made together.
const BLOCK: usize = 64;

/// Means and covariances of the columns of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    mean: Vec<f64>,
    values: Values,
}

/// (columns x columns).
#[derive(Debug, Clone, PartialEq)]
enum Values {
    /// Of a narrow table: the statistics of whole epochs are made of them.
    Exact(Vec<f64>),
    /// Of a wide one, for the gradients of single rows.
    Rounded(Vec<f32>),
}

impl Covariance {
    /// Measures a batch of shape (rows x columns). Accurate for columns whose mean is not far larger
    /// than their deviation, as standardized ones.
    ///
    /// # Panics
    /// If `rows` holds no whole number of rows.
    pub fn of(rows: &[f32], columns: usize) -> Self {
        Self::from_sums(&Self::sums_of(rows, columns), rows.len() / columns)
    }

    /// What a shard of a table, (rows x columns), says of its columns: their sums, then those of their
    /// products. Sums of several shards are [folded](Sums::fold).
    ///
    /// # Panics
    /// As [`of`](Self::of).
    pub fn sums_of(rows: &[f32], columns: usize) -> Sums {
        let mut double = column_sums(rows, columns);
        double.resize(columns + columns * columns, 0.0);
        let blocks = double[columns..].par_chunks_mut(BLOCK * columns).enumerate();
        blocks.for_each(|(block, target)| {
            let first = block * BLOCK;
            let columns_here = first..first + target.len() / columns;
            let mut part = vec![0.0; target.len()];
            for tile in rows.chunks(PRODUCT_ROWS * columns) {
                let tile = Matrix::new(tile, tile.len() / columns, columns);
                multiply(&mut part, tile.columns(columns_here.clone()).transposed(), tile, false);
                target.iter_mut().zip(&part).for_each(|(sum, &product)| *sum += f64::from(product));
            }
        });
        Sums::of_f64(double)
    }

    /// The covariance of `count` rows that have these sums.
    ///
    /// # Panics
    /// If the sums are not those of some columns and of their products.
    pub fn from_sums(sums: &Sums, count: usize) -> Self {
        // d + d^2 of them.
        let columns = sums.double.len().isqrt();
        let (mean, products) = sums.double.split_at(columns);
        assert_eq!(products.len(), columns * columns, "as many products as pairs of columns");
        let rows = count as f64;
        let mean: Vec<f64> = mean.iter().map(|sum| sum / rows).collect();
        let lines = products.chunks_exact(columns.max(1)).zip(&mean);
        let values = lines.flat_map(|(line, &left)| {
            line.iter().zip(&mean).map(move |(sum, right)| sum / rows - left * right)
        });
        let values = match Self::is_narrow(columns, count) {
            true => Values::Exact(values.collect()),
            false => Values::Rounded(values.map(|value| value as f32).collect()),
        };
        Self { mean, values }
    }

    /// Whether a table is so narrow, at most as many columns as the root of its rows, that its covariance is of use to the
    /// training itself: what it takes at an epoch to draw the statistics of a layer from it grows with the square of the
    /// columns, what it saves with the rows.
    pub fn is_narrow(columns: usize, rows: usize) -> bool {
        columns.saturating_mul(columns) <= rows
    }

    /// Of how many columns it is.
    pub(crate) fn columns(&self) -> usize {
        self.mean.len()
    }

    /// Mean of each column, and the covariances of a narrow table.
    pub(crate) fn exact(&self) -> Option<(&[f64], &[f64])> {
        match &self.values {
            Values::Exact(values) => Some((&self.mean, values)),
            Values::Rounded(_) => None,
        }
    }

    /// Mean of each column.
    pub(crate) fn mean(&self) -> Vec<f32> {
        self.mean.iter().map(|&mean| mean as f32).collect()
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
    let Values::Rounded(values) = &covariance.values else {
        unreachable!("of a narrow table the layer itself is known");
    };
    let weight = Matrix::new(dense.weight, width, columns).transposed();
    let rows = values.par_chunks(ROWS * columns);
    target.par_chunks_mut(ROWS * width).zip(rows).for_each(|(target, covariance)| {
        multiply(target, Matrix::new(covariance, covariance.len() / columns, columns), weight, false);
        for row in target.chunks_exact_mut(width) {
            row.iter_mut().zip(&norm.inverse).for_each(|(c, inverse)| *c *= inverse);
        }
    });
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
        norm.standardize(input, standard);
        let x = Matrix::new(x, tile.len(), columns).transposed();
        multiply(target, x, Matrix::new(standard, tile.len(), width), tile.start > 0);
    }
    target.iter_mut().for_each(|c| *c /= count as f32);
}
