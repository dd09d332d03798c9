//! Detectors without a network.

pub(crate) mod cblof;
pub(crate) mod cholesky;
pub(crate) mod ecod;
pub(crate) mod gmm;
pub(crate) mod iforest;
pub(crate) mod kmeans;
pub(crate) mod knn;
pub(crate) mod lof;
pub(crate) mod neighbors;

use crate::error::Error;
use crate::training::callback::Callback;

/// An error if someone asks for the end. These fits have no epochs, so none is named but the first.
pub(crate) fn check_cancelled(callback: &dyn Callback) -> Result<(), Error> {
    match callback.cancelled() {
        true => Err(Error::Cancelled { epoch: 0 }),
        false => Ok(()),
    }
}

/// A score as it is stored: what is too large for 32 bits is as large as it gets.
pub(crate) fn to_score(value: f64) -> f32 {
    value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}

/// Dot product of two equally long slices, in eight lanes so that it vectorises.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// Squared Euclidean distance, in `f64`.
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    let term = |a: f32, b: f32| {
        let difference = f64::from(a) - f64::from(b);
        difference * difference
    };
    let mut lanes = [0.0; 8];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(&a, &b)| term(a, b)).sum::<f64>()
}
