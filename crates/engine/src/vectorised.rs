//! Lets plain loops use the widest vectors that the machine has.

/// Runs `work` compiled for the machine's vector extensions. Loops inside it vectorise if they have no
/// bounds checks and no branches. Rust never fuses or reorders floating point on its own, so the
/// results do not depend on the extension chosen.
#[inline]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Sum of `term` over two equally long slices, in eight lanes that are folded in order: the order of
/// additions depends on the length alone.
#[inline(always)]
pub(crate) fn sum_over(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0.0f32; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(&a, &b)| term(a, b)).sum();
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0] + rest
}

/// Dot product of two equally long slices.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum_over(a, b, |a, b| a * b)
}

/// `total[j] += sum over rows of rows[.., j]`, for a row-major matrix with `total.len()` columns.
#[inline(always)]
pub(crate) fn add_column_sums(total: &mut [f32], rows: &[f32]) {
    for row in rows.chunks_exact(total.len()) {
        total.iter_mut().zip(row).for_each(|(t, &v)| *t += v);
    }
}
