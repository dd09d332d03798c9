//! How the rows of a batch are cut: by the shape alone, never by the number of threads.

use std::ops::Range;

use crate::network::Network;

/// Rows that go through the layers together, so that their activations stay in the cache.
pub(crate) const TILE_ROWS: usize = 128;

/// The same while training. In a narrow network more rows fit, and each product costs something to begin; the weights of
/// a large one do not stay in the cache, and are read and their gradients written once a tile.
pub(crate) fn tile_rows(network: &Network) -> usize {
    let narrow = network.architecture().widest() <= NARROW;
    if narrow || network.parameters().len() > CACHED { 4 * TILE_ROWS } else { TILE_ROWS }
}

/// Widest layer of a network that counts as narrow.
const NARROW: usize = 32;

/// Parameters beyond which a network counts as large: 4 MiB.
const CACHED: usize = 1 << 20;

/// Slabs at most: each has its own sums, so this bounds both memory and the threads that help.
pub(crate) const MOST_SLABS: usize = 32;

/// Multiply-adds below which a sweep over the rows, or a product, is not worth waking other threads for.
pub(crate) const WORTH_SHARING: usize = 1 << 20;

/// Cuts `rows` rows into at most so many slabs of whole tiles (the last one may be ragged).
pub(crate) fn slabs(rows: usize, tile_rows: usize, most: usize) -> Vec<Range<usize>> {
    let tiles = rows.div_ceil(tile_rows);
    let slab_rows = tiles.div_ceil(most).max(1) * tile_rows;
    (0..rows).step_by(slab_rows).map(|first| first..(first + slab_rows).min(rows)).collect()
}

/// Cuts a slab into tiles.
pub(crate) fn tiles(slab: Range<usize>, tile_rows: usize) -> impl Iterator<Item = Range<usize>> {
    let end = slab.end;
    slab.step_by(tile_rows).map(move |first| first..(first + tile_rows).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slabs_and_tiles_cover_every_row_once_in_order() {
        for rows in [0, 1, 127, 128, 129, 340, 1831, 10_000, 1_000_000] {
            for tile_rows in [TILE_ROWS, 4 * TILE_ROWS] {
                let cut = slabs(rows, tile_rows, MOST_SLABS);
                assert!(cut.len() <= MOST_SLABS);
                let tiles = cut.into_iter().flat_map(|slab| tiles(slab, tile_rows));
                assert!(tiles.flatten().eq(0..rows));
            }
        }
    }
}
