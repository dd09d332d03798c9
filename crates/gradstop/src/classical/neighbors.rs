//! The exact nearest neighbours of rows among reference rows.
//!
//! Distances are measured twice. `|x|^2 - 2 x.y + |y|^2`, a matrix product in `f32`, is quick and tells, with
//! a bound for its rounding, which references cannot be among the nearest. The few that are left are
//! measured in `f64`. So the result is exact, and does not depend on the shape of any product.

use gradstop_engine::{Matrix, multiply};
use rayon::prelude::*;

use crate::classical::{check_cancelled, squared_distance};
use crate::error::{Error, ModelFileError};
use crate::model::Rows;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::warning::Warning;
use crate::training::callback::{Callback, NoCallback};

/// Rows and references that are measured together.
const TILE_ROWS: usize = 128;
const TILE_REFERENCES: usize = 512;

/// References that are ruled out together.
const CHUNK: usize = 32;

/// Rows between two looks at whether the fit was cancelled.
const BLOCK_ROWS: usize = 1 << 13;

/// A neighbour: its squared distance and its position among the references.
pub(crate) type Neighbor = (f64, u32);

/// Reference rows with what is measured of them once.
#[derive(Debug)]
pub(crate) struct References {
    values: Vec<f32>,
    columns: usize,
    /// `|y|^2` of each.
    squares: Vec<f32>,
}

/// The nearest of some references so far, nearest first; of equally far ones the last. Any choice would do, and many rows
/// on a grid are as far as others: with this one LOF comes nearest to what is recorded of scikit-learn on such tables.
struct Nearest {
    found: Vec<Neighbor>,
    count: usize,
}

impl References {
    pub(crate) fn new(rows: Rows<'_>) -> Self {
        Self { values: rows.values.to_vec(), columns: rows.columns, squares: squares(rows) }
    }

    /// References from a file.
    pub(crate) fn load(columns: usize, tensors: &Tensors<'_>) -> Result<Self, ModelFileError> {
        let count = match *tensors.shape("rows")? {
            [count, _] if count > 0 => count,
            ref other => return Err(tensors.wrong("rows", format!("shape {other:?}"), "at least 1 row")),
        };
        let values = tensors.f32("rows", &[count, columns])?;
        Ok(Self::new(Rows { values, columns }))
    }

    pub(crate) fn tensor(&self) -> NamedTensor {
        NamedTensor::f32("rows", &[self.count(), self.columns], self.values.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.squares.len()
    }

    /// The `count` nearest references of each row, nearest first; fewer if there are no more. With
    /// `themselves` the rows are the references, and none is its own neighbour.
    pub(crate) fn nearest(
        &self,
        rows: Rows<'_>,
        count: usize,
        themselves: bool,
        callback: &dyn Callback,
    ) -> Result<Vec<Vec<Neighbor>>, Error> {
        let mut found = Vec::with_capacity(rows.count());
        for (block, values) in rows.values.chunks(BLOCK_ROWS * rows.columns).enumerate() {
            check_cancelled(callback)?;
            let tiles = values.par_chunks(TILE_ROWS * rows.columns).enumerate();
            let of_tile = |(tile, values)| {
                let first = block * BLOCK_ROWS + tile * TILE_ROWS;
                self.nearest_of_tile(Rows { values, ..rows }, count, themselves.then_some(first))
            };
            found.par_extend(tiles.flat_map_iter(of_tile));
        }
        Ok(found)
    }

    /// As [`nearest`](Self::nearest) for some of the references, which stand at `positions`: none is its own
    /// neighbour.
    fn nearest_others(
        &self,
        rows: Rows<'_>,
        positions: &[usize],
        count: usize,
    ) -> Result<Vec<Vec<Neighbor>>, Error> {
        // With one more, the row itself can be left out; where it is not found others are as near.
        let mut found = self.nearest(rows, count.saturating_add(1), false, &NoCallback)?;
        for (found, &position) in found.iter_mut().zip(positions) {
            found.retain(|&(_, reference)| reference as usize != position);
            found.truncate(count);
        }
        Ok(found)
    }

    /// The neighbours of rows that are to be explained: of new ones, or of references, which stood at `positions`.
    pub(crate) fn of_explained(
        &self,
        rows: Rows<'_>,
        positions: Option<&[usize]>,
        count: usize,
    ) -> Result<Vec<Vec<Neighbor>>, Error> {
        match positions {
            Some(positions) => self.nearest_others(rows, positions, count),
            None => self.nearest(rows, count, false, &NoCallback),
        }
    }

    /// The values of a reference.
    pub(crate) fn row(&self, reference: u32) -> &[f32] {
        &self.values[reference as usize * self.columns..][..self.columns]
    }

    /// For the rows of a tile; `first` is the position of its first row among the references, if its rows
    /// are references themselves.
    fn nearest_of_tile(&self, rows: Rows<'_>, count: usize, first: Option<usize>) -> Vec<Vec<Neighbor>> {
        let columns = self.columns;
        // Rounding of a product of this length, against the two squares.
        let share = (columns + 8) as f32 * f32::EPSILON;
        let own = squares(rows);
        let mut nearest: Vec<Nearest> = own.iter().map(|_| Nearest::new(count, self.count())).collect();
        let mut products = vec![0.0; own.len() * TILE_REFERENCES];
        let mut lower = vec![0.0; TILE_REFERENCES];
        for (tile, values) in self.values.chunks(TILE_REFERENCES * columns).enumerate() {
            let start = tile * TILE_REFERENCES;
            let width = values.len() / columns;
            let products = &mut products[..own.len() * width];
            let references = Matrix::new(values, width, columns).transposed();
            multiply(products, Matrix::new(rows.values, own.len(), columns), references, false);
            let squares = &self.squares[start..start + width];
            lower.iter_mut().zip(squares).for_each(|(lower, square)| *lower = square * (1.0 - share));
            for (row, nearest) in nearest.iter_mut().enumerate() {
                let values_of_row = &rows.values[row * columns..][..columns];
                let least = own[row] * (1.0 - share);
                let itself = first.map(|first| first + row);
                let mut limit = nearest.limit() - least;
                let products =
                    products[row * width..][..width].chunks(CHUNK).zip(lower[..width].chunks(CHUNK));
                for (chunk, (products, lower)) in products.enumerate() {
                    if all_far(products, lower, limit) {
                        continue;
                    }
                    for (at, (&product, &lower)) in products.iter().zip(lower).enumerate() {
                        let reference = start + CHUNK * chunk + at;
                        if !is_far(product, lower, limit) && itself != Some(reference) {
                            let other = &self.values[reference * columns..][..columns];
                            nearest.insert((squared_distance(values_of_row, other), reference as u32));
                            limit = nearest.limit() - least;
                        }
                    }
                }
            }
        }
        nearest.into_iter().map(|nearest| nearest.found).collect()
    }
}

/// Whether a reference cannot be among the nearest. False for a sum that overflowed: then it is measured.
#[inline(always)]
fn is_far(product: f32, lower: f32, limit: f32) -> bool {
    lower - 2.0 * product > limit
}

/// The same for a chunk of references, without a branch for each, so that it vectorises.
#[inline(always)]
fn all_far(products: &[f32], lower: &[f32], limit: f32) -> bool {
    let pairs = products.iter().zip(lower);
    pairs.fold(true, |all, (&product, &lower)| all & is_far(product, lower, limit))
}

impl Nearest {
    /// The nearest so many of these references.
    fn new(count: usize, references: usize) -> Self {
        Self { found: Vec::with_capacity(count.min(references) + 1), count }
    }

    /// No reference farther than this can be among the nearest; rounded up.
    fn limit(&self) -> f32 {
        match self.found.last() {
            Some((distance, _)) if self.found.len() == self.count => {
                (*distance as f32) * (1.0 + f32::EPSILON)
            }
            _ => f32::INFINITY,
        }
    }

    fn insert(&mut self, neighbor: Neighbor) {
        let place = self.found.partition_point(|(distance, _)| *distance < neighbor.0);
        if place < self.count {
            self.found.insert(place, neighbor);
            self.found.truncate(self.count);
        }
    }
}

/// A warning if a row has fewer neighbours than are asked for; `own` is 1 where it is none of its own.
pub(crate) fn too_many(neighbors: usize, rows: usize, own: usize) -> Vec<Warning> {
    let more = rows > 1 && neighbors + own > rows;
    more.then_some(Warning::TooManyNeighbors { neighbors, rows }).into_iter().collect()
}

fn squares(rows: Rows<'_>) -> Vec<f32> {
    let square =
        |row: &[f32]| row.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>() as f32;
    rows.values.chunks_exact(rows.columns).map(square).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradstop_engine::random::{Key, Purpose};

    #[test]
    fn the_nearest_are_those_of_a_naive_search() {
        for (count, columns) in [(700, 1), (1200, 7), (600, 40), (3, 2)] {
            let key = Key::new(3, Purpose::Shuffle, &[columns as u64]);
            let mut values: Vec<f32> = (0..count * columns).map(|at| key.normal(at as u64) as f32).collect();
            // Rows that repeat, and rows far out, where products round coarsely.
            values.copy_within(0..columns, columns * (count / 2));
            values[columns * (count - 1)..].fill(3e4);
            let rows = Rows { values: &values, columns };
            let found = References::new(rows).nearest(rows, 6, true, &NoCallback).unwrap();
            let row = |row: usize| &values[row * columns..][..columns];
            for (at, found) in found.iter().enumerate() {
                let others = (0..count).filter(|&other| other != at);
                let mut want: Vec<Neighbor> =
                    others.map(|other| (squared_distance(row(at), row(other)), other as u32)).collect();
                want.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
                want.truncate(6);
                assert_eq!(found, &want);
            }
        }
    }
}
