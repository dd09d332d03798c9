//! A batch as a whole: how its rows are cut, and what their columns are like.

pub(crate) mod covariance;
pub(crate) mod sums;
pub(crate) mod tiling;
pub(crate) mod under_norm;
