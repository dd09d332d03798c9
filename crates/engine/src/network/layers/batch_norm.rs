//! Batch-norm `u = gamma zh + beta`, `zh = (z - mean) / deviation`, with the statistics of the batch.
//!
//! The statistics need every row before any row can go on, and so do the two sums of the backward
//! pass; both are gathered tile by tile and folded in order, in `f64`.

use pulp::Simd;

use crate::network::architecture::BatchNorm;
use crate::simd::columns::{self, Term, add_column_sums};
use crate::simd::lanes::vectorized;

/// Count, mean and sum of squared deviations of each column over some rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moments {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
    // Scratch of one tile, kept so that an epoch allocates nothing.
    tile_mean: Vec<f32>,
    tile_squares: Vec<f32>,
}

impl Moments {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            count: 0.0,
            mean: vec![0.0; width],
            squares: vec![0.0; width],
            tile_mean: vec![0.0; width],
            tile_squares: vec![0.0; width],
        }
    }

    pub(crate) fn clear(&mut self) {
        self.count = 0.0;
        self.mean.fill(0.0);
        self.squares.fill(0.0);
    }

    /// Takes the rows of one tile: two passes over values that are still in the cache.
    pub(crate) fn add_tile(&mut self, rows: &[f32]) {
        let width = self.mean.len();
        let count = (rows.len() / width) as f32;
        let (mean, squares) = (&mut self.tile_mean[..], &mut self.tile_squares[..]);
        vectorized(
            #[inline(always)]
            || {
                mean.fill(0.0);
                squares.fill(0.0);
                add_column_sums(mean, rows);
                mean.iter_mut().for_each(|m| *m /= count);
            },
        );
        columns::add_sums::<SquaredDeviation, 1, 1, 1>([rows], [mean], [squares]);
        let tile = self.tile_mean.iter().zip(&self.tile_squares).map(|(&m, &s)| (f64::from(m), f64::from(s)));
        fold(self.count, &mut self.mean, &mut self.squares, f64::from(count), tile);
        self.count += f64::from(count);
    }

    /// Count, means, squares: what one shard of a table says of its rows.
    pub(crate) fn to_sums(&self) -> Vec<f64> {
        [&[self.count], &self.mean[..], &self.squares[..]].concat()
    }

    /// What [`to_sums`](Self::to_sums) said.
    pub(crate) fn from_sums(sums: &[f64]) -> Self {
        let width = sums.len() / 2;
        let (mean, squares) = sums[1..].split_at(width);
        Self { count: sums[0], mean: mean.to_vec(), squares: squares.to_vec(), ..Self::default() }
    }

    /// Takes the rows that `other` has seen.
    pub(crate) fn add(&mut self, other: &Self) {
        let theirs = other.mean.iter().copied().zip(other.squares.iter().copied());
        fold(self.count, &mut self.mean, &mut self.squares, other.count, theirs);
        self.count += other.count;
    }
}

/// Joins the moments of two sets of rows (Chan, Golub and LeVeque).
fn fold(
    count: f64,
    mean: &mut [f64],
    squares: &mut [f64],
    other_count: f64,
    other: impl Iterator<Item = (f64, f64)>,
) {
    let total = count + other_count;
    if other_count == 0.0 {
        return;
    }
    for ((mean, squares), (other_mean, other_squares)) in mean.iter_mut().zip(squares).zip(other) {
        let apart = other_mean - *mean;
        *mean += apart * other_count / total;
        *squares += other_squares + apart * apart * count * other_count / total;
    }
}

/// The statistics that one batch is normalized with, one value a column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statistics {
    pub(crate) mean: Vec<f32>,
    /// 1 / deviation.
    pub(crate) inverse: Vec<f32>,
    gain: Vec<f32>,
    shift: Vec<f32>,
    // Means over the batch of e and of e zh, for the backward pass.
    mean_error: Vec<f32>,
    mean_product: Vec<f32>,
}

impl Statistics {
    pub(crate) fn new(width: usize) -> Self {
        let zeros = || vec![0.0; width];
        Self {
            mean: zeros(),
            inverse: zeros(),
            gain: zeros(),
            shift: zeros(),
            mean_error: zeros(),
            mean_product: zeros(),
        }
    }

    /// Takes over the moments of a batch, and moves the running mean and (unbiased) variance towards
    /// them. A batch of one row has no unbiased variance: its running variance stays.
    pub(crate) fn set(
        &mut self,
        norm: BatchNorm,
        moments: &Moments,
        (gamma, beta): (&[f32], &[f32]),
        (running_mean, running_variance): (&mut [f32], &mut [f32]),
    ) {
        for column in 0..self.mean.len() {
            let (mean, squares) = (moments.mean[column], moments.squares[column]);
            let inverse = (1.0 / (squares / moments.count + f64::from(norm.epsilon)).sqrt()) as f32;
            self.mean[column] = mean as f32;
            self.inverse[column] = inverse;
            self.gain[column] = gamma[column] * inverse;
            self.shift[column] = beta[column] - self.mean[column] * self.gain[column];
            let towards = |running: &mut f32, new: f64| *running += norm.momentum * (new as f32 - *running);
            towards(&mut running_mean[column], mean);
            if moments.count > 1.0 {
                towards(&mut running_variance[column], squares / (moments.count - 1.0));
            }
        }
    }

    /// The statistics for scoring: the running ones.
    pub(crate) fn running(
        norm: BatchNorm,
        (gamma, beta): (&[f32], &[f32]),
        (mean, variance): (&[f32], &[f32]),
    ) -> Self {
        let mut statistics = Self::new(mean.len());
        for column in 0..mean.len() {
            let inverse = 1.0 / (variance[column] + norm.epsilon).sqrt();
            statistics.gain[column] = gamma[column] * inverse;
            statistics.shift[column] = beta[column] - mean[column] * statistics.gain[column];
        }
        statistics
    }

    /// (rows x width) -> (rows x width): `u = gain z + shift`.
    pub(crate) fn forward(&self, input: &[f32], output: &mut [f32]) {
        columns::map::<Affine, 1, 2>([input], [&self.gain, &self.shift], self.gain.len(), output);
    }

    /// Adds the column sums of `e` and of `e zh` over one tile: they are the gradients of beta and of
    /// gamma. `gradient` holds gamma's then beta's.
    pub(crate) fn add_gradient(&self, input: &[f32], error: &[f32], gradient: &mut [f32], first: bool) {
        if first {
            gradient.fill(0.0);
        }
        let (products, errors) = gradient.split_at_mut(self.gain.len());
        columns::add_sums::<ErrorSums, 2, 2, 2>(
            [input, error],
            [&self.mean, &self.inverse],
            [products, errors],
        );
    }

    /// Takes the sums of [`add_gradient`](Self::add_gradient) over the whole batch of `count` rows.
    pub(crate) fn set_error_means(&mut self, gradient: &[f64], count: f64) {
        let (products, errors) = gradient.split_at(self.gain.len());
        for column in 0..self.gain.len() {
            self.mean_error[column] = (errors[column] / count) as f32;
            self.mean_product[column] = (products[column] / count) as f32;
        }
    }

    /// `dz = gamma / deviation (e - mean(e) - zh mean(e zh))` over one tile.
    pub(crate) fn backward(&self, input: &[f32], error: &[f32], input_error: &mut [f32]) {
        let constants = [&self.mean, &self.inverse, &self.gain, &self.mean_error, &self.mean_product];
        let constants = constants.map(|values| &values[..]);
        columns::map::<InputError, 2, 5>([input, error], constants, self.gain.len(), input_error);
    }

    /// `zh` of rows, (rows x width) -> (rows x width).
    pub(crate) fn standardize(&self, rows: &[f32], target: &mut [f32]) {
        let width = self.mean.len();
        let constants = [&self.mean[..], &self.inverse];
        columns::map::<Standard, 1, 2>([rows], constants, width, target);
    }

    /// `zh` of some rows: for each where it stands, and where `zh` is to stand in the target.
    pub(crate) fn standardize_rows(
        &self,
        places: impl Iterator<Item = (usize, usize)> + Clone,
        rows: &[f32],
        target: &mut [f32],
    ) {
        let constants = [&self.mean[..], &self.inverse];
        columns::map_rows::<Standard, 1, 2>(places, [rows], constants, self.mean.len(), target);
    }

    /// `gamma / deviation` of each column.
    pub(crate) fn gain(&self) -> &[f32] {
        &self.gain
    }
}

/// `(z - mean)^2`.
struct SquaredDeviation;

impl Term<1, 1, 1> for SquaredDeviation {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [z]: [S::f32s; 1], [mean]: [S::f32s; 1]) -> [S::f32s; 1] {
        let deviation = simd.sub_f32s(z, mean);
        [simd.mul_f32s(deviation, deviation)]
    }
}

/// `gain z + shift`.
struct Affine;

impl Term<1, 2, 1> for Affine {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [z]: [S::f32s; 1], [gain, shift]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.add_f32s(simd.mul_f32s(z, gain), shift)]
    }
}

/// `(z - mean) / deviation`.
struct Standard;

impl Term<1, 2, 1> for Standard {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [z]: [S::f32s; 1], [mean, inverse]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.mul_f32s(simd.sub_f32s(z, mean), inverse)]
    }
}

/// `e zh` and e.
struct ErrorSums;

impl Term<2, 2, 2> for ErrorSums {
    #[inline(always)]
    fn of<S: Simd>(simd: S, [z, e]: [S::f32s; 2], [mean, inverse]: [S::f32s; 2]) -> [S::f32s; 2] {
        [simd.mul_f32s(e, simd.mul_f32s(simd.sub_f32s(z, mean), inverse)), e]
    }
}

/// `gain (e - mean(e) - zh mean(e zh))`.
struct InputError;

impl Term<2, 5, 1> for InputError {
    #[inline(always)]
    fn of<S: Simd>(
        simd: S,
        [z, e]: [S::f32s; 2],
        [mean, inverse, gain, mean_error, mean_product]: [S::f32s; 5],
    ) -> [S::f32s; 1] {
        let standard = simd.mul_f32s(simd.sub_f32s(z, mean), inverse);
        let error = simd.sub_f32s(simd.sub_f32s(e, mean_error), simd.mul_f32s(standard, mean_product));
        [simd.mul_f32s(gain, error)]
    }
}
