//! What a pass is made of: stages between the barriers that batch-norms are.

use std::ops::Range;

/// Part of a pass between two barriers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Forward through this segment to a batch-norm: the moments of what enters it.
    Moments(usize),
    /// Forward through the last segment: how many losses have which leading digits, where rows are trimmed.
    LeadingDigits,
    /// How many of those that begin as the threshold does go on in which way.
    TrailingDigits,
    /// Forward through the last segment: losses of rows all over the table, where as many are trimmed as are unusual.
    SampledLosses,
    /// Back through this segment, from the loss if it is the last: the sums of the errors at the batch-norm that it
    /// starts with.
    Errors(usize),
    /// The same through the lowest segment: the loss, and the gradient of every parameter.
    Gradient(usize),
}

/// The stages of a pass through these segments, in order.
pub(crate) fn stages(segments: &[Range<usize>]) -> Vec<Stage> {
    let last = segments.len() - 1;
    // Before a batch-norm that stands first there is nothing to go back through.
    let lowest = usize::from(last > 0 && segments[0].is_empty());
    let back = (lowest + 1..=last).rev().map(Stage::Errors);
    (0..last).map(Stage::Moments).chain(back).chain([Stage::Gradient(lowest)]).collect()
}
