//! Tables to fit, and pools of threads to fit them on.

use gradstop::engine::random::{Key, Purpose};
use gradstop::*;

/// Rows near a plane, the last tenth of them off it.
pub(crate) fn table(rows: usize, columns: usize) -> Table {
    let key = Key::new(1, Purpose::Shuffle, &[]);
    let normal = |at: usize| key.normal(at as u64);
    let mut values = Vec::new();
    for row in 0..rows {
        let (a, b) = (normal(row * 1000), normal(row * 1000 + 1));
        let off = if row >= rows - rows / 10 { 3.0 } else { 0.1 };
        for column in 0..columns {
            let slope = column as f64 / columns as f64;
            values.push((a * slope + b * (1.0 - slope) + off * normal(row * 1000 + 2 + column)) as f32 + 5.0);
        }
    }
    Table::new(values, (0..columns).map(|column| format!("c{column}")).collect()).unwrap()
}

pub(crate) fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

pub(crate) fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}
