//! Kernels that go down the columns of row-major matrices: the constants of some columns, and their sums, stay in
//! registers while the rows pass by. The rows of a sum are added in their order.

use std::array::from_fn;
use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};

use crate::vectorised::{load, store};

/// What becomes of a value of each of `INPUTS` matrices, given constants of its column.
pub(crate) trait Term<const INPUTS: usize, const CONSTANTS: usize, const OUTPUTS: usize> {
    fn of<S: Simd>(simd: S, values: [S::f32s; INPUTS], constants: [S::f32s; CONSTANTS])
    -> [S::f32s; OUTPUTS];
}

/// Adds the terms of all rows of the inputs, (rows x width), to sums of length width.
pub(crate) fn add_sums<T: Term<I, C, O>, const I: usize, const C: usize, const O: usize>(
    inputs: [&[f32]; I],
    constants: [&[f32]; C],
    sums: [&mut [f32]; O],
) {
    Arch::new().dispatch(Sums::<T, I, C, O> { inputs, constants, sums, term: PhantomData });
}

/// Writes the term of every value to a target of the shape of the inputs, (rows x width).
pub(crate) fn map<T: Term<I, C, 1>, const I: usize, const C: usize>(
    inputs: [&[f32]; I],
    constants: [&[f32]; C],
    width: usize,
    target: &mut [f32],
) {
    Arch::new().dispatch(Map::<T, I, C> { inputs, constants, width, target, term: PhantomData });
}

struct Sums<'a, T, const I: usize, const C: usize, const O: usize> {
    inputs: [&'a [f32]; I],
    constants: [&'a [f32]; C],
    sums: [&'a mut [f32]; O],
    term: PhantomData<T>,
}

impl<T: Term<I, C, O>, const I: usize, const C: usize, const O: usize> WithSimd for Sums<'_, T, I, C, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (width, mut at) = (self.sums[0].len(), 0);
        while at + 2 * S::F32_LANES <= width {
            self.columns::<S, 2, true>(simd, at);
            at += 2 * S::F32_LANES;
        }
        while at < width {
            self.columns::<S, 1, false>(simd, at);
            at += S::F32_LANES;
        }
    }
}

impl<T: Term<I, C, O>, const I: usize, const C: usize, const O: usize> Sums<'_, T, I, C, O> {
    #[inline(always)]
    fn columns<S: Simd, const VECTORS: usize, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let width = self.sums[0].len();
        let constants: [[S::f32s; VECTORS]; C] =
            self.constants.map(|values| load::<S, VECTORS, WHOLE>(simd, values, at));
        let mut sums: [[S::f32s; VECTORS]; O] =
            from_fn(|sum| load::<S, VECTORS, WHOLE>(simd, self.sums[sum], at));
        for start in (0..self.inputs[0].len()).step_by(width) {
            let values =
                self.inputs.map(|rows| load::<S, VECTORS, WHOLE>(simd, &rows[start..start + width], at));
            for vector in 0..VECTORS {
                let terms =
                    T::of(simd, values.map(|values| values[vector]), constants.map(|values| values[vector]));
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

struct Map<'a, T, const I: usize, const C: usize> {
    inputs: [&'a [f32]; I],
    constants: [&'a [f32]; C],
    width: usize,
    target: &'a mut [f32],
    term: PhantomData<T>,
}

impl<T: Term<I, C, 1>, const I: usize, const C: usize> WithSimd for Map<'_, T, I, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut at = 0;
        while at + 2 * S::F32_LANES <= self.width {
            self.columns::<S, 2, true>(simd, at);
            at += 2 * S::F32_LANES;
        }
        while at < self.width {
            self.columns::<S, 1, false>(simd, at);
            at += S::F32_LANES;
        }
    }
}

impl<T: Term<I, C, 1>, const I: usize, const C: usize> Map<'_, T, I, C> {
    #[inline(always)]
    fn columns<S: Simd, const VECTORS: usize, const WHOLE: bool>(&mut self, simd: S, at: usize) {
        let constants: [[S::f32s; VECTORS]; C] =
            self.constants.map(|values| load::<S, VECTORS, WHOLE>(simd, values, at));
        for (row, target) in self.target.chunks_exact_mut(self.width).enumerate() {
            let row = row * self.width..(row + 1) * self.width;
            let values = self.inputs.map(|rows| load::<S, VECTORS, WHOLE>(simd, &rows[row.clone()], at));
            let term = |vector: usize| {
                let [term] =
                    T::of(simd, values.map(|values| values[vector]), constants.map(|values| values[vector]));
                term
            };
            store::<S, VECTORS, WHOLE>(simd, target, at, &from_fn(term));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            let values = |count: usize, salt: usize| -> Vec<f32> {
                (0..count).map(|at| ((at * 37 + salt) % 101) as f32 / 50.0 - 1.0).collect()
            };
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
