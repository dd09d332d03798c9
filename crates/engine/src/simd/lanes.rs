//! Lets plain loops use the widest vectors that the machine has.

use pulp::Simd;

/// Runs `work` compiled for the machine's vector extensions. Loops inside it vectorize if they have no
/// bounds checks and no branches. Rust never fuses or reorders floating point on its own, so the
/// results do not depend on the extension chosen.
#[inline]
pub(crate) fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// Sum of `term` over two equally long slices, in sixteen lanes that are folded in order: the order of
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
    // The compiler builds vectors backwards from how they are used: without this wall from the fold, of two lanes.
    let lanes = std::hint::black_box(lanes);
    // Folded by halves of fixed size, which the compiler keeps in registers.
    let eight: [f32; 8] = std::array::from_fn(|lane| lanes[lane] + lanes[lane + 8]);
    let four: [f32; 4] = std::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3]) + rest
}

/// Dot product of two equally long slices.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum_over(a, b, |a, b| a * b)
}

/// Dot product of two long slices, in `f64` over short stretches.
pub(crate) fn long_dot(a: &[f32], b: &[f32]) -> f64 {
    vectorized(
        #[inline(always)]
        || {
            let mut total = 0.0;
            // A loop: what an iterator sums up may be compiled apart, for the least of machines.
            for (a, b) in a.chunks(1024).zip(b.chunks(1024)) {
                total += f64::from(dot(a, b));
            }
            total
        },
    )
}

/// Work along a row, with so many vectors of it at a time.
pub(crate) trait AlongRow<S: Simd> {
    /// With those from `at` on: the last of them may reach beyond the end, if they are not `WHOLE`.
    fn at<const VECTORS: usize, const WHOLE: bool>(&mut self, simd: S, at: usize);
}

/// Goes along a row of this width: with as many vectors at a time as leave registers for what is done to them, so that
/// the rows of a matrix are walked through as seldom as can be.
#[inline(always)]
pub(crate) fn along_row<S: Simd>(simd: S, width: usize, mut work: impl AlongRow<S>) {
    let mut at = 0;
    if S::REGISTER_COUNT >= 32 {
        while at + 4 * S::F32_LANES <= width {
            work.at::<4, true>(simd, at);
            at += 4 * S::F32_LANES;
        }
    }
    while at + 2 * S::F32_LANES <= width {
        work.at::<2, true>(simd, at);
        at += 2 * S::F32_LANES;
    }
    while at < width {
        work.at::<1, false>(simd, at);
        at += S::F32_LANES;
    }
}

/// The vectors of a row from `at` on; zeros stand for what lies beyond its end, if they are not `WHOLE`.
///
/// Here and where vectors are worked on, arrays are filled by loops: what `from_fn` and `map` make of vectors goes
/// through memory, some times over.
#[inline(always)]
pub(crate) fn load<S: Simd, const VECTORS: usize, const WHOLE: bool>(
    simd: S,
    row: &[f32],
    at: usize,
) -> [S::f32s; VECTORS] {
    let lanes = S::F32_LANES;
    let mut vectors = [simd.splat_f32s(0.0); VECTORS];
    if WHOLE {
        let (whole, _) = S::as_simd_f32s(&row[at..at + VECTORS * lanes]);
        for (vector, &value) in vectors.iter_mut().zip(whole) {
            *vector = value;
        }
    } else {
        for (index, vector) in vectors.iter_mut().enumerate() {
            let start = at + index * lanes;
            *vector = simd.partial_load_f32s(&row[start..row.len().min(start + lanes)]);
        }
    }
    vectors
}

/// Writes vectors to a row from `at` on, as far as it goes if they are not `WHOLE`; then there is one.
#[inline(always)]
pub(crate) fn store<S: Simd, const VECTORS: usize, const WHOLE: bool>(
    simd: S,
    row: &mut [f32],
    at: usize,
    values: &[S::f32s; VECTORS],
) {
    if WHOLE {
        let target = S::as_mut_simd_f32s(&mut row[at..at + VECTORS * S::F32_LANES]).0;
        for (target, &value) in target.iter_mut().zip(values) {
            *target = value;
        }
    } else {
        let end = row.len().min(at + S::F32_LANES);
        simd.partial_store_f32s(&mut row[at..end], values[0]);
    }
}
