//! k-means: k-means++ starts, Lloyd's iterations, the best of some restarts.

use gradstop_engine::random::{Key, Purpose};
use rayon::prelude::*;

use crate::classical::{check_cancelled, squared_distance};
use crate::error::Error;
use crate::model::Rows;
use crate::training::callback::Callback;

const RESTARTS: u64 = 4;
const ITERATIONS: usize = 300;

/// Rows whose sums are taken together; fixed, so that nothing depends on the threads.
const BLOCK: usize = 1024;

/// Centres and who belongs to them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clusters {
    /// (clusters x columns).
    pub(crate) centers: Vec<f32>,
    /// Cluster of each row.
    pub(crate) members: Vec<u32>,
    inertia: f64,
}

/// Sums over the rows of a block, by cluster.
struct Sums {
    counts: Vec<f64>,
    values: Vec<f64>,
    inertia: f64,
    members: Vec<u32>,
}

/// At most `count` clusters; fewer where the rows do not differ enough. None is empty.
pub(crate) fn cluster(
    rows: Rows<'_>,
    count: usize,
    seed: u64,
    callback: &dyn Callback,
) -> Result<Clusters, Error> {
    let mut best: Option<Clusters> = None;
    for restart in 0..RESTARTS {
        let mut clusters =
            assign(rows, &start(rows, count, Key::new(seed, Purpose::ClusterStarts, &[restart])));
        for _ in 0..ITERATIONS {
            check_cancelled(callback)?;
            let next = assign(rows, &clusters.centers);
            let settled = next.members == clusters.members;
            clusters = next;
            if settled {
                break;
            }
        }
        if best.as_ref().is_none_or(|best| clusters.inertia < best.inertia) {
            best = Some(clusters);
        }
    }
    Ok(best.expect("there is at least one start"))
}

/// Rows far from each other (k-means++): each with a probability that grows with the square of its distance.
fn start(rows: Rows<'_>, count: usize, key: Key) -> Vec<f32> {
    let row = |row: usize| &rows.values[row * rows.columns..][..rows.columns];
    let mut centers = row(key.below(0, rows.count() as u64) as usize).to_vec();
    let mut distances = vec![f64::INFINITY; rows.count()];
    for pick in 1..count {
        let newest = &centers[(pick - 1) * rows.columns..];
        let nearer =
            |(row, distance): (&[f32], &mut f64)| *distance = distance.min(squared_distance(row, newest));
        rows.values.par_chunks_exact(rows.columns).zip(&mut distances).for_each(nearer);
        let mut left = key.uniform(pick as u64) * distances.iter().sum::<f64>();
        let chosen = distances.iter().position(|distance| {
            left -= distance;
            *distance > 0.0 && left <= 0.0
        });
        // Rounding may leave a rest behind the last row; without distances every row is a centre already.
        let Some(chosen) = chosen.or_else(|| distances.iter().rposition(|distance| *distance > 0.0)) else {
            break;
        };
        centers.extend_from_slice(row(chosen));
    }
    centers
}

/// Gives each row to its nearest centre, and moves the centres to their rows; those without any are dropped.
fn assign(rows: Rows<'_>, centers: &[f32]) -> Clusters {
    let blocks: Vec<Sums> = rows
        .values
        .par_chunks(BLOCK * rows.columns)
        .map(|block| sums(Rows { values: block, ..rows }, centers))
        .collect();
    let clusters = centers.len() / rows.columns;
    let (mut counts, mut values, mut inertia) = (vec![0.0; clusters], vec![0.0; centers.len()], 0.0);
    for block in &blocks {
        counts.iter_mut().zip(&block.counts).for_each(|(total, count)| *total += count);
        values.iter_mut().zip(&block.values).for_each(|(total, value)| *total += value);
        inertia += block.inertia;
    }
    let kept: Vec<usize> = (0..clusters).filter(|&cluster| counts[cluster] > 0.0).collect();
    let center = |&cluster: &usize| {
        let count = counts[cluster];
        values[cluster * rows.columns..][..rows.columns].iter().map(move |sum| (sum / count) as f32)
    };
    let mut renamed = vec![0; clusters];
    kept.iter().enumerate().for_each(|(new, &old)| renamed[old] = new as u32);
    let members = blocks.iter().flat_map(|block| &block.members).map(|&old| renamed[old as usize]).collect();
    Clusters { centers: kept.iter().flat_map(center).collect(), members, inertia }
}

fn sums(rows: Rows<'_>, centers: &[f32]) -> Sums {
    let clusters = centers.len() / rows.columns;
    let mut sums = Sums {
        counts: vec![0.0; clusters],
        values: vec![0.0; centers.len()],
        inertia: 0.0,
        members: Vec::with_capacity(rows.count()),
    };
    for row in rows.values.chunks_exact(rows.columns) {
        let (cluster, distance) = nearest(row, centers);
        sums.counts[cluster] += 1.0;
        let total = &mut sums.values[cluster * rows.columns..][..rows.columns];
        total.iter_mut().zip(row).for_each(|(total, &value)| *total += f64::from(value));
        sums.inertia += distance;
        sums.members.push(cluster as u32);
    }
    sums
}

/// The nearest centre, the first of equally near ones, and its squared distance.
pub(crate) fn nearest(row: &[f32], centers: &[f32]) -> (usize, f64) {
    let distances = centers.chunks_exact(row.len()).map(|center| squared_distance(row, center)).enumerate();
    distances.fold(
        (0, f64::INFINITY),
        |best, (cluster, distance)| {
            if distance < best.1 { (cluster, distance) } else { best }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::callback::NoCallback;

    #[test]
    fn separate_groups_are_found_and_equal_rows_are_one() {
        let values: Vec<f32> = (0..90).map(|at| (at % 3) as f32 * 100.0 + (at / 3) as f32 * 0.01).collect();
        let clusters = cluster(Rows { values: &values, columns: 1 }, 3, 0, &NoCallback).unwrap();
        let mut centers = clusters.centers.clone();
        centers.sort_by(f32::total_cmp);
        for (got, want) in centers.iter().zip([0.145, 100.145, 200.145]) {
            assert!((got - want).abs() < 1e-3, "{centers:?}");
        }
        assert!((0..90).all(|at| clusters.members[at] == clusters.members[at % 3]));
        let equal = cluster(Rows { values: &[2.0; 12], columns: 2 }, 5, 0, &NoCallback).unwrap();
        assert_eq!((equal.centers, equal.inertia), (vec![2.0, 2.0], 0.0));
    }
}
