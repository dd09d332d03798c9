//! Kernels that go down the columns of row-major matrices: the constants of some columns, and their sums, stay in
//! registers while the rows pass by. The rows of a sum are added in their order.

use std::marker::PhantomData;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::simd::lanes::{AlongRow, along_row, load, store};

/// What becomes of a value of each of `INPUTS` matrices, given constants of its column.
pub(crate) trait Term<const INPUTS: usize, const CONSTANTS: usize, const OUTPUTS: usize> {
    fn of<S: Simd>(simd: S, values: [S::f32s; INPUTS], constants: [S::f32s; CONSTANTS])
    -> [S::f32s; OUTPUTS];
}

/// The value itself.
pub(crate) struct Plain;

impl Term<1, 0, 1> for Plain {
    #[inline(always)]
    fn of<S: Simd>(_: S, values: [S::f32s; 1], _: [S::f32s; 0]) -> [S::f32s; 1] {
        values
    }
}

/// Adds the terms of all rows of the inputs, (rows x width), to sums of length width.
pub(crate) fn add_sums<T: Term<I, C, O>, const I: usize, const C: usize, const O: usize>(
    inputs: [&[f32]; I],
    constants: [&[f32]; C],
    sums: [&mut [f32]; O],
) {
    let starts = (0..inputs[0].len()).step_by(sums[0].len());
    Arch::new().dispatch(Sums::<T, _, I, C, O> { starts, inputs, constants, sums, term: PhantomData });
}

/// Adds the terms of these rows of the inputs.
pub(crate) fn add_sums_of<T: Term<I, C, O>, const I: usize, const C: usize, const O: usize>(
    rows: impl Iterator<Item = usize> + Clone,
    inputs: [&[f32]; I],
    constants: [&[f32]; C],
    sums: [&mut [f32]; O],
) {
    let width = sums[0].len();
    let starts = rows.map(|row| row * width);
    Arch::new().dispatch(Sums::<T, _, I, C, O> { starts, inputs, constants, sums, term: PhantomData });
}

/// `total[j] += sum over rows of rows[.., j]`, for a row-major matrix with `total.len()` columns. The order of
/// additions depends on the shape alone.
#[inline(always)]
pub(crate) fn add_column_sums(total: &mut [f32], rows: &[f32]) {
    const WIDE: usize = 128;
    let width = total.len();
    let mut rest = rows;
    if width <= WIDE / 4 {
        // Some narrow rows make a wide one, along which loops are quicker.
        let together = WIDE / width * width;
        let mut sums = [0.0f32; WIDE];
        let groups = rows.chunks_exact(together);
        rest = groups.remainder();
        for group in groups {
            sums[..together].iter_mut().zip(group).for_each(|(sum, &value)| *sum += value);
        }
        for row in sums[..together].chunks_exact(width) {
            total.iter_mut().zip(row).for_each(|(t, &v)| *t += v);
        }
    }
    add_sums::<Plain, 1, 0, 1>([rest], [], [total]);
}

/// Writes the term of every value to a target of the shape of the inputs, (rows x width).
pub(crate) fn map<T: Term<I, C, 1>, const I: usize, const C: usize>(
    inputs: [&[f32]; I],
    constants: [&[f32]; C],
    width: usize,
    target: &mut [f32],
) {
    let starts = (0..target.len()).step_by(width).map(|start| (start, start));
    Arch::new().dispatch(Map::<T, _, I, C> { starts, inputs, constants, width, target, term: PhantomData });
}

/// Writes the terms of some rows: for each where it stands in the inputs, and where in the target.
pub(crate) fn map_rows<T: Term<I, C, 1>, const I: usize, const C: usize>(
    rows: impl Iterator<Item = (usize, usize)> + Clone,
    inputs: [&[f32]; I],
    constants: [&[f32]; C],
    width: usize,
    target: &mut [f32],
) {
    let starts = rows.map(|(row, place)| (row * width, place * width));
    Arch::new().dispatch(Map::<T, _, I, C> { starts, inputs, constants, width, target, term: PhantomData });
}

/// The vectors of the same row of some matrices.
#[inline(always)]
fn load_rows<S: Simd, const COUNT: usize, const VECTORS: usize, const WHOLE: bool>(
    simd: S,
    matrices: &[&[f32]; COUNT],
    row: Range<usize>,
    at: usize,
) -> [[S::f32s; VECTORS]; COUNT] {
    let mut vectors = [[simd.splat_f32s(0.0); VECTORS]; COUNT];
    for (vectors, matrix) in vectors.iter_mut().zip(matrices) {
        *vectors = load::<S, VECTORS, WHOLE>(simd, &matrix[row.clone()], at);
    }
    vectors
}

/// One vector of each.
#[inline(always)]
fn nth<S: Simd, const COUNT: usize, const VECTORS: usize>(
    simd: S,
    vectors: &[[S::f32s; VECTORS]; COUNT],
    at: usize,
) -> [S::f32s; COUNT] {
    let mut nth = [simd.splat_f32s(0.0); COUNT];
    for (one, vectors) in nth.iter_mut().zip(vectors) {
        *one = vectors[at];
    }
    nth
}

struct Sums<'a, T, R, const I: usize, const C: usize, const O: usize> {
    /// Where each row starts.
    starts: R,
    inputs: [&'a [f32]; I],
    constants: [&'a [f32]; C],
    sums: [&'a mut [f32]; O],
    term: PhantomData<T>,
}

impl<T, R, const I: usize, const C: usize, const O: usize> WithSimd for Sums<'_, T, R, I, C, O>
where
    T: Term<I, C, O>,
    R: Iterator<Item = usize> + Clone,
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        along_row(simd, self.sums[0].len(), self);
    }
}

impl<S, T, R, const I: usize, const C: usize, const O: usize> AlongRow<S> for Sums<'_, T, R, I, C, O>
where
    S: Simd,
    T: Term<I, C, O>,
    R: Iterator<Item = usize> + Clone,
{
    #[inline(always)]
    fn at<const VECTORS: usize, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let width = self.sums[0].len();
        let constants = load_rows::<S, C, VECTORS, WHOLE>(simd, &self.constants, 0..width, at);
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; O];
        for (sums, target) in sums.iter_mut().zip(&self.sums) {
            *sums = load::<S, VECTORS, WHOLE>(simd, target, at);
        }
        for start in self.starts.clone() {
            let values = load_rows::<S, I, VECTORS, WHOLE>(simd, &self.inputs, start..start + width, at);
            for vector in 0..VECTORS {
                let terms = T::of(simd, nth(simd, &values, vector), nth(simd, &constants, vector));
                for (sums, term) in sums.iter_mut().zip(terms) {
                    sums[vector] = simd.add_f32s(sums[vector], term);
                }
            }
        }
        self.sums
            .iter_mut()
            .zip(&sums)
            .for_each(|(target, sums)| store::<S, VECTORS, WHOLE>(simd, target, at, sums));
    }
}

struct Map<'a, T, R, const I: usize, const C: usize> {
    /// Where each row starts in the inputs, and where in the target.
    starts: R,
    inputs: [&'a [f32]; I],
    constants: [&'a [f32]; C],
    width: usize,
    target: &'a mut [f32],
    term: PhantomData<T>,
}

impl<T, R, const I: usize, const C: usize> WithSimd for Map<'_, T, R, I, C>
where
    T: Term<I, C, 1>,
    R: Iterator<Item = (usize, usize)> + Clone,
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        along_row(simd, self.width, self);
    }
}

impl<S, T, R, const I: usize, const C: usize> AlongRow<S> for Map<'_, T, R, I, C>
where
    S: Simd,
    T: Term<I, C, 1>,
    R: Iterator<Item = (usize, usize)> + Clone,
{
    #[inline(always)]
    fn at<const VECTORS: usize, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let width = self.width;
        let constants = load_rows::<S, C, VECTORS, WHOLE>(simd, &self.constants, 0..width, at);
        for (start, place) in self.starts.clone() {
            let values = load_rows::<S, I, VECTORS, WHOLE>(simd, &self.inputs, start..start + width, at);
            let mut terms = [simd.splat_f32s(0.0); VECTORS];
            for (vector, term) in terms.iter_mut().enumerate() {
                [*term] = T::of(simd, nth(simd, &values, vector), nth(simd, &constants, vector));
            }
            let target = &mut self.target[place..place + width];
            store::<S, VECTORS, WHOLE>(simd, target, at, &terms);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Values for the tests of kernels, in [-1, 1], that differ by their place and by the salt.
    pub(crate) fn values(count: usize, salt: usize) -> Vec<f32> {
        (0..count).map(|at| ((at * 37 + salt) % 101) as f32 / 50.0 - 1.0).collect()
    }

    /// `a b - c`, and a.
    struct Both;

    impl Term<2, 1, 2> for Both {
        #[inline(always)]
        fn of<S: Simd>(simd: S, [a, b]: [S::f32s; 2], [c]: [S::f32s; 1]) -> [S::f32s; 2] {
            [simd.sub_f32s(simd.mul_f32s(a, b), c), a]
        }
    }

    /// The first of them.
    struct First;

    impl Term<2, 1, 1> for First {
        #[inline(always)]
        fn of<S: Simd>(simd: S, values: [S::f32s; 2], constants: [S::f32s; 1]) -> [S::f32s; 1] {
            [Both::of(simd, values, constants)[0]]
        }
    }

    proptest! {
        #[test]
        fn columns_of_any_width_equal_the_naive_f64_ones(rows in 0usize..20, width in 1usize..80) {
            let (a, b, c) = (values(rows * width, 1), values(rows * width, 2), values(width, 3));
            let (mut products, mut plain, mut target) = (vec![0.5; width], vec![0.0; width], vec![7.0; rows * width]);
            add_sums::<Both, 2, 1, 2>([&a, &b], [&c], [&mut products, &mut plain]);
            map::<First, 2, 1>([&a, &b], [&c], width, &mut target);
            for column in 0..width {
                let (mut product, mut sum) = (0.5, 0.0);
                for at in (column..rows * width).step_by(width) {
                    let term = f64::from(a[at]) * f64::from(b[at]) - f64::from(c[column]);
                    product += term;
                    sum += f64::from(a[at]);
                    prop_assert!((f64::from(target[at]) - term).abs() < 1e-6);
                }
                prop_assert!((f64::from(products[column]) - product).abs() < 1e-5);
                prop_assert!((f64::from(plain[column]) - sum).abs() < 1e-5);
            }
        }
    }
}
