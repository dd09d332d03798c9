//! Training of small dense networks on tables, with a look at the gradient of every single row.
//!
//! The engine does three things: it trains a stack of [`Layer`]s by full batches or mini-batches, it
//! gives the exact gradient of single *probe rows* through the very pass that trains (batch-norm's
//! batch statistics and dropout's masks included), and it scores rows. All matrices are row-major
//! `f32`, one table row a matrix row.
//!
//! Everything is bit-identical for any number of threads on one machine: rows are cut into slabs by
//! the shape alone, sums go through one slot a slab and are folded in order, and random numbers are
//! addressed, never drawn in turn.
//!
//! ```
//! use gradstop_engine::*;
//!
//! let network = Network::new(
//!     Architecture::new(
//!         2,
//!         vec![
//!             Layer::Dense { outputs: 8, bias: true },
//!             Layer::BatchNorm(BatchNorm::default()),
//!             Layer::Activation(Activation::Relu),
//!             Layer::Dense { outputs: 2, bias: true },
//!         ],
//!     )?,
//!     Initialization::Normal { deviation: 0.02 },
//!     7,
//! );
//! let rows = [1.0, 0.5, -1.0, -0.5, 0.0, 0.0];
//! let mut trainer = Trainer::new(network, Objective::SquaredError, Optimizer::adam(0.005), 3, 7)?;
//! let probe = [0, 2];
//! for epoch in 0..5 {
//!     let loss = trainer.pass(&rows, Step { epoch, batch: 0 }, Probe { rows: &probe, covariance: None })?;
//!     assert!(loss.is_finite());
//!     trainer.update();
//! }
//! // The gradients of the probe rows, by their position within the probe.
//! assert_eq!(trainer.row_gradients().norms(&[0, 1]).len(), 2);
//! assert_eq!(trainer.network().reconstruction_errors(&rows)?.len(), 3);
//! # Ok::<(), EngineError>(())
//! ```
#![deny(unsafe_code)]

mod batch;
mod error;
mod nested;
mod network;
mod pass;
pub mod random;
mod row_gradients;
mod selection;
mod simd;

pub use batch::covariance::Covariance;
pub use batch::sums::Sums;
pub use error::EngineError;
pub use nested::trainer::NestedTrainer;
pub use network::architecture::{Activation, Architecture, BatchNorm, Layer, Sample};
pub use network::objective::Objective;
pub use network::optimizer::{Optimizer, OptimizerState};
pub use network::{Initialization, Network, Tensor};
pub use pass::reducer::Reducer;
pub use pass::shard::{Pass, Shard};
pub use pass::trainer::{Probe, Step, Trainer};
pub use row_gradients::RowGradients;
pub use selection::adaptive::AdaptiveTrim;
pub use selection::trim::Trim;
pub use selection::trimming::Trimming;
pub use selection::{RowSelection, Selected};
pub use simd::gemm::{Matrix, multiply};
