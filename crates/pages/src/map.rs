//! Rows on a plane: the two directions in which they vary most (principal components), by power iterations.

use gradstop::engine::random::{Key, Purpose};

/// Rows that the directions are measured on, at most.
const MEASURED: usize = 5000;
const ITERATIONS: usize = 60;
/// Values count up to so many deviations: one wild row would turn the plane to itself alone.
const FARTHEST: f32 = 10.0;

/// The plane.
pub(crate) struct Plane {
    directions: [Vec<f64>; 2],
    mean: Vec<f64>,
    /// The share of the variance that each direction has.
    pub(crate) shares: [f64; 2],
}

impl Plane {
    /// Of standardised rows of shape (rows x columns).
    pub(crate) fn of(values: &[f32], columns: usize) -> Self {
        let rows = values.len() / columns;
        let chosen = Key::new(0, Purpose::MapSample, &[]).sample(rows, MEASURED);
        let mut centered: Vec<f64> = chosen
            .iter()
            .flat_map(|&row| &values[row * columns..][..columns])
            .map(|&value| clipped(value))
            .collect();
        let mut mean = vec![0.0; columns];
        centered.chunks_exact(columns).for_each(|row| add(&mut mean, 1.0 / chosen.len() as f64, row));
        centered.chunks_exact_mut(columns).for_each(|row| add(row, -1.0, &mean));
        let total = dot(&centered, &centered).max(f64::MIN_POSITIVE);
        let (first, first_square) = direction(&centered, columns, None);
        let (second, second_square) = direction(&centered, columns, Some(&first));
        Self { directions: [first, second], mean, shares: [first_square / total, second_square / total] }
    }

    /// Where a standardised row lies.
    pub(crate) fn place(&self, row: &[f32]) -> (f64, f64) {
        let along = |direction: &[f64]| {
            let terms = row.iter().zip(&self.mean).zip(direction);
            terms.map(|((&value, mean), along)| (clipped(value) - mean) * along).sum::<f64>()
        };
        (along(&self.directions[0]), along(&self.directions[1]))
    }
}

fn clipped(value: f32) -> f64 {
    f64::from(value.clamp(-FARTHEST, FARTHEST))
}

/// The unit vector along which the rows vary most, at right angles to another, and the squares along it.
fn direction(centered: &[f64], columns: usize, other: Option<&[f64]>) -> (Vec<f64>, f64) {
    let key = Key::new(0, Purpose::MapDirections, &[]);
    let mut along: Vec<f64> = (0..columns as u64).map(|at| key.normal(at)).collect();
    let mut squares = 0.0;
    for _ in 0..ITERATIONS {
        if let Some(other) = other {
            let shared = dot(&along, other);
            add(&mut along, -shared, other);
        }
        let length = dot(&along, &along).sqrt();
        if length < 1e-12 {
            // Nothing varies any more: there is no such direction.
            return (vec![0.0; columns], 0.0);
        }
        along.iter_mut().for_each(|value| *value /= length);
        let mut next = vec![0.0; columns];
        squares = 0.0;
        for row in centered.chunks_exact(columns) {
            let place = dot(row, &along);
            squares += place * place;
            add(&mut next, place, row);
        }
        if squares == 0.0 {
            return (vec![0.0; columns], 0.0);
        }
        std::mem::swap(&mut along, &mut next);
    }
    if let Some(other) = other {
        let shared = dot(&along, other);
        add(&mut along, -shared, other);
    }
    let length = dot(&along, &along).sqrt();
    // The sign is free: the largest part is positive.
    let largest = along.iter().copied().fold(0.0f64, |a, b| if b.abs() > a.abs() { b } else { a });
    let scale = if length > 0.0 { largest.signum() / length } else { 0.0 };
    along.iter_mut().for_each(|value| *value *= scale);
    (along, squares)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(target: &mut [f64], times: f64, values: &[f64]) {
    target.iter_mut().zip(values).for_each(|(target, value)| *target += times * value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plane_is_that_of_the_two_largest_variances() {
        let key = Key::new(3, Purpose::Shuffle, &[]);
        let rows: Vec<f32> = (0..2000u64)
            .flat_map(|row| {
                let (a, b, c) = (key.normal(3 * row), key.normal(3 * row + 1), key.normal(3 * row + 2));
                // Along (1, 1, 0), (1, -1, 0) and (0, 0, 1), with deviations of 3, 1.5 and 0.1.
                let (a, b) = (3.0 * a / 2f64.sqrt(), 1.5 * b / 2f64.sqrt());
                [(a + b) as f32, (a - b) as f32, 0.1 * c as f32]
            })
            .collect();
        let plane = Plane::of(&rows, 3);
        let half = 0.5f64.sqrt();
        for (direction, want) in plane.directions.iter().zip([[half, half, 0.0], [half, -half, 0.0]]) {
            assert!(dot(direction, &want).abs() > 0.999, "{direction:?}");
        }
        assert!((plane.shares[0] - 0.8).abs() < 0.03 && (plane.shares[1] - 0.2).abs() < 0.03);
    }

    #[test]
    fn rows_that_do_not_vary_lie_in_one_place() {
        for values in [&[1.0f32; 12][..], &[3.0]] {
            let columns = if values.len() > 1 { 3 } else { 1 };
            let plane = Plane::of(values, columns);
            assert_eq!(plane.place(&values[..columns]), (0.0, 0.0));
            assert_eq!(plane.shares, [0.0, 0.0]);
        }
    }
}
