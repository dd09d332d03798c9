//! Cohesion of a set of gradients and divergence between two sets (equations 6 and 7 of the paper).

use crate::{ProbeSets, RowGradients};

/// Cohesion of a set of gradients: the length of their sum over the sum of their lengths, in `[0, 1]`
/// (equation 6). 1 if they all point one way, 0 if they cancel. A set without any gradient, or whose
/// gradients are all zero, has cohesion 0: it does not pull anywhere.
///
/// ```
/// # use gradstop_rules::cohesion;
/// assert_eq!(cohesion(3.0, 4.0), 0.75);
/// assert_eq!(cohesion(0.0, 0.0), 0.0);
/// ```
pub fn cohesion(length_of_sum: f64, sum_of_lengths: f64) -> f64 {
    if sum_of_lengths > 0.0 { (length_of_sum / sum_of_lengths).clamp(0.0, 1.0) } else { 0.0 }
}

/// Angle in radians between two summed gradients, in `[0, pi]` (equation 7). If one of them is zero
/// the angle is 0: nothing says that the two sets disagree.
///
/// ```
/// # use gradstop_rules::divergence;
/// assert_eq!(divergence(0.0, 1.0, 2.0), std::f64::consts::FRAC_PI_2);
/// assert_eq!(divergence(0.0, 0.0, 2.0), 0.0);
/// ```
pub fn divergence(product: f64, one_length: f64, other_length: f64) -> f64 {
    let lengths = one_length * other_length;
    if lengths > 0.0 { (product / lengths).clamp(-1.0, 1.0).acos() } else { 0.0 }
}

/// What GradStop measures of one epoch: how far the two sets of probe rows agree.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SetComparison {
    /// Cohesion of the rows with the smallest gradients.
    pub cohesion_small: f64,
    /// Cohesion of the rows with the largest gradients.
    pub cohesion_large: f64,
    /// Angle between the two sums, in radians.
    pub divergence: f64,
}

impl SetComparison {
    /// Measures the two sets with the gradients of one epoch.
    pub fn measure(sets: &ProbeSets, gradients: &dyn RowGradients) -> Self {
        let norms = gradients.norms(sets.both());
        let (small_norms, large_norms) = norms.split_at(sets.small().len());
        let products = gradients.products_of_sums(&[sets.small(), sets.large()]);
        let (small, large) = (products[0].max(0.0).sqrt(), products[3].max(0.0).sqrt());
        Self {
            cohesion_small: cohesion(small, small_norms.iter().sum()),
            cohesion_large: cohesion(large, large_norms.iter().sum()),
            divergence: divergence(products[1], small, large),
        }
    }

    /// `cohesion_small - cohesion_large`, in `[-1, 1]`.
    pub fn gap(&self) -> f64 {
        self.cohesion_small - self.cohesion_large
    }
}
