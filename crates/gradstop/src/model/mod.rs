//! What was learned: it scores standardised rows, explains them, and is written to a file.

pub(crate) mod average;
pub(crate) mod explanation;
pub(crate) mod quantile;
pub(crate) mod scaler;
pub(crate) mod score_graph;
pub(crate) mod tensors;
pub(crate) mod warning;
