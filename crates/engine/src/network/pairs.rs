//! The objective over pairs of rows: random distances.
//!
//! Row i meets the partner p(i), a shuffle of the batch, so that every row is the partner of exactly one
//! other, or of itself. With r the output of the network, t that of the frozen one, a hat for division by
//! the sum of absolute values, S = <rhat, rhat'> and T = <that, that'>, the loss of a row is
//!
//! ```text
//! J_i = mean_j (r - t)_j^2 + (T - S)^2
//! dJ_i/dr  = 2 (r - t) / width + 2 (S - T) (rhat' - S sign(r)) / |r|_1
//! dJ_i/dr' =                     2 (S - T) (rhat - S sign(r')) / |r'|_1
//! ```
//!
//! and the error at a row's output is the first of its own loss plus the second of the row that it is
//! the partner of.

use crate::random::Key;
use crate::simd::lanes::{dot, sum_over, vectorized};

/// Who meets whom in a batch.
#[derive(Debug, Default)]
pub(crate) struct Partners {
    /// p(i).
    pub(crate) of: Vec<usize>,
    /// The row that i is the partner of.
    meets: Vec<usize>,
}

impl Partners {
    /// Shuffles a batch of `rows` rows.
    pub(crate) fn draw(&mut self, rows: usize, key: Key) {
        self.of.clear();
        self.of.extend(0..rows);
        key.shuffle(&mut self.of);
        self.meets.resize(rows, 0);
        self.of.iter().enumerate().for_each(|(row, &partner)| self.meets[partner] = row);
    }
}

/// What both networks make of a batch, slab by slab: matrices of shape (slab rows x width).
#[derive(Debug, Default)]
pub(crate) struct PairOutputs {
    pub(crate) width: usize,
    pub(crate) slab_rows: usize,
    pub(crate) learned: Vec<Vec<f32>>,
    pub(crate) target: Vec<Vec<f32>>,
}

/// A row under both networks.
#[derive(Clone, Copy)]
struct Seen<'a> {
    learned: &'a [f32],
    target: &'a [f32],
}

/// What a pair of rows has in common: S, and `2 (S - T)`.
#[derive(Clone, Copy)]
struct Likeness {
    similarity: f32,
    slope: f32,
}

impl PairOutputs {
    fn row(&self, row: usize) -> Seen<'_> {
        let (slab, at) = (row / self.slab_rows, row % self.slab_rows * self.width);
        Seen {
            learned: &self.learned[slab][at..][..self.width],
            target: &self.target[slab][at..][..self.width],
        }
    }

    /// Writes the error at the output of `row`, and returns its loss.
    pub(crate) fn loss_and_error(&self, row: usize, partners: &Partners, error: &mut [f32]) -> f32 {
        vectorized(
            #[inline(always)]
            || {
                let loss = self.own_part(row, partners.of[row], error);
                self.add_partner_part(partners.meets[row], row, error);
                loss
            },
        )
    }

    /// Writes the error at the output of `row`, where its own loss and that of the row that it is the partner of have
    /// these weights; `room` is as wide as the output. Returns its loss.
    pub(crate) fn weighed_error(
        &self,
        row: usize,
        partners: &Partners,
        weights: &[f32],
        error: &mut [f32],
        room: &mut [f32],
    ) -> f32 {
        vectorized(
            #[inline(always)]
            || {
                let meets = partners.meets[row];
                let loss = self.own_part(row, partners.of[row], error);
                room.fill(0.0);
                self.add_partner_part(meets, row, room);
                let (own, other) = (weights[row], weights[meets]);
                error.iter_mut().zip(room).for_each(|(e, part)| *e = own * *e + other * *part);
                loss
            },
        )
    }

    /// J of `row`.
    pub(crate) fn loss(&self, row: usize, partners: &Partners) -> f32 {
        vectorized(
            #[inline(always)]
            || {
                let (own, other) = (self.row(row), self.row(partners.of[row]));
                let difference = 0.5 * likeness(own, other).slope;
                self.prediction_error(own) + difference * difference
            },
        )
    }

    /// `mean_j (r - t)_j^2`.
    #[inline(always)]
    fn prediction_error(&self, own: Seen<'_>) -> f32 {
        1.0 / self.width as f32 * sum_over(own.learned, own.target, |r, t| (r - t) * (r - t))
    }

    /// Writes dJ_i/dr and dJ_i/dr' of row i apart from each other.
    pub(crate) fn errors_of_one(
        &self,
        row: usize,
        partners: &Partners,
        own: &mut [f32],
        partner: &mut [f32],
    ) {
        self.own_part(row, partners.of[row], own);
        partner.fill(0.0);
        self.add_partner_part(row, partners.of[row], partner);
    }

    /// Writes dJ_i/dr and returns J_i.
    #[inline(always)]
    fn own_part(&self, row: usize, partner: usize, error: &mut [f32]) -> f32 {
        let (own, other) = (self.row(row), self.row(partner));
        let share = 1.0 / self.width as f32;
        let pairs = own.learned.iter().zip(own.target);
        error.iter_mut().zip(pairs).for_each(|(e, (&r, &t))| *e = 2.0 * share * (r - t));
        let likeness = likeness(own, other);
        add_slope(own.learned, other.learned, likeness, error);
        let difference = 0.5 * likeness.slope;
        self.prediction_error(own) + difference * difference
    }

    /// Adds dJ_i/dr' of `row`, whose partner is `partner`.
    #[inline(always)]
    fn add_partner_part(&self, row: usize, partner: usize, error: &mut [f32]) {
        let (own, other) = (self.row(row), self.row(partner));
        add_slope(other.learned, own.learned, likeness(own, other), error);
    }
}

#[inline(always)]
fn likeness(own: Seen<'_>, other: Seen<'_>) -> Likeness {
    let similarity = hat_product(own.learned, other.learned);
    Likeness { similarity, slope: 2.0 * (similarity - hat_product(own.target, other.target)) }
}

/// `<ahat, bhat>`; 0 if one of them is all zero.
#[inline(always)]
fn hat_product(a: &[f32], b: &[f32]) -> f32 {
    let lengths = length(a) * length(b);
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

/// Adds `slope (bhat - S sign(a)) / |a|_1`; a row of zeros has no slope.
#[inline(always)]
fn add_slope(a: &[f32], b: &[f32], Likeness { similarity, slope }: Likeness, error: &mut [f32]) {
    let (length_a, length_b) = (length(a), length(b));
    if length_a > 0.0 && length_b > 0.0 {
        let (factor, inverse) = (slope / length_a, 1.0 / length_b);
        for ((e, &a), &b) in error.iter_mut().zip(a).zip(b) {
            let sign = if a == 0.0 { 0.0 } else { a.signum() };
            *e += factor * (b * inverse - similarity * sign);
        }
    }
}

/// Sum of absolute values.
#[inline(always)]
fn length(a: &[f32]) -> f32 {
    sum_over(a, a, |a, _| a.abs())
}
