//! One file a kind of layer, forward beside backward, over one tile of rows at a time.

pub(crate) mod activation;
pub(crate) mod batch_norm;
pub(crate) mod dense;
pub(crate) mod dropout;
pub(crate) mod sample;
