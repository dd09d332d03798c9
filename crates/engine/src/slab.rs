//! How the rows of a batch are cut: by the shape alone, never by the number of threads.

use std::ops::Range;

/// Rows that go through the layers together, so that their activations stay in the cache.
pub(crate) const TILE_ROWS: usize = 128;

/// Slabs at most: each has its own sums, so this bounds both memory and the threads that help.
const MOST_SLABS: usize = 32;

/// Cuts `rows` rows into slabs of whole tiles (the last one may be ragged).
pub(crate) fn slabs(rows: usize) -> Vec<Range<usize>> {
    let tiles = rows.div_ceil(TILE_ROWS);
    let slab_rows = tiles.div_ceil(MOST_SLABS).max(1) * TILE_ROWS;
    (0..rows).step_by(slab_rows).map(|first| first..(first + slab_rows).min(rows)).collect()
}

/// Cuts a slab into tiles.
pub(crate) fn tiles(slab: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = slab.end;
    slab.step_by(TILE_ROWS).map(move |first| first..(first + TILE_ROWS).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slabs_and_tiles_cover_every_row_once_in_order() {
        for rows in [0, 1, 127, 128, 129, 340, 1831, 10_000, 1_000_000] {
            let cut = slabs(rows);
            assert!(cut.len() <= MOST_SLABS);
            let covered: Vec<usize> = cut.into_iter().flat_map(tiles).flatten().collect();
            assert!(covered.into_iter().eq(0..rows));
        }
    }
}
