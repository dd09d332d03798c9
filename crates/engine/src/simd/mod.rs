//! Kernels over slices, with the widest vectors that the machine has; products of matrices among them.

pub(crate) mod buffer;
pub(crate) mod columns;
pub(crate) mod gemm;
pub(crate) mod lanes;
pub(crate) mod norms;
pub(crate) mod outer;
