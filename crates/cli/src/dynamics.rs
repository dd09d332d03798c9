//! The training seen with labels: what each epoch does to inliers and to outliers. docs/dynamics.md defines
//! every figure and proves the bound.

use std::ops::ControlFlow;

use gradstop::Callback;
use gradstop::engine::random::{Key, Purpose};
use gradstop::history::EpochRecord;
use gradstop::rules::RowGradients;
use gradstop_pages::DynamicsEpoch;

use crate::measures::auc;
use crate::progress::Progress;

/// Rows whose gradients are looked at, at most; half of them outliers at most.
const MOST_WATCHED: usize = 10_000;

/// Looks on at a fit with the labels of its rows.
pub(crate) struct Dynamics<'a> {
    progress: Progress,
    labels: &'a [bool],
    /// Watched rows, rising; and the places among these of the inliers and of the outliers.
    watched: Vec<usize>,
    groups: [Vec<usize>; 2],
    gradients: Vec<Gradients>,
    scores: Vec<Scores>,
    losses: Vec<f64>,
    trimmed: Vec<Trimmed>,
}

/// What is measured of the gradients of one epoch: first of the inliers, then of the outliers.
struct Gradients {
    norms: [f64; 2],
    /// Squared lengths of the mean gradients, and their product.
    squares: [f64; 2],
    product: f64,
}

/// Of the rows that one epoch was not learned from: how many there are, and how many of them are outliers.
struct Trimmed {
    rows: usize,
    outliers: usize,
}

/// What is measured of the scores after one epoch.
struct Scores {
    auc: Option<f64>,
    means: [f64; 2],
}

impl<'a> Dynamics<'a> {
    pub(crate) fn new(progress: Progress, labels: &'a [bool]) -> Self {
        let watched = choose(labels);
        let (inliers, outliers) = (0..watched.len()).partition(|&at| !labels[watched[at]]);
        let groups = [inliers, outliers];
        let trimmed = vec![];
        Self { progress, labels, watched, groups, gradients: vec![], scores: vec![], losses: vec![], trimmed }
    }

    /// How many inliers and outliers are watched.
    pub(crate) fn watched(&self) -> [usize; 2] {
        [self.groups[0].len(), self.groups[1].len()]
    }

    /// The epochs, if gradients and scores of every one were shown.
    pub(crate) fn finish(self) -> Option<Vec<DynamicsEpoch>> {
        let epochs = self.losses.len();
        self.progress.finish();
        if self.gradients.len() != epochs || self.scores.len() != epochs {
            return None;
        }
        let outliers = self.labels.iter().filter(|&&label| label).count() as f64;
        let shares = [1.0 - outliers / self.labels.len() as f64, outliers / self.labels.len() as f64];
        let gap = |scores: &Scores| scores.means[1] - scores.means[0];
        let of_epoch = |epoch: usize| {
            let (gradients, scores) = (&self.gradients[epoch], &self.scores[epoch]);
            let [inlier_contribution, outlier_contribution] = contributions(gradients, shares);
            let lengths = gradients.squares.map(|square| square.max(0.0).sqrt());
            let ratio = (lengths[1] > 0.0).then(|| lengths[0] / lengths[1]);
            let both = lengths[0] * lengths[1];
            let cosine = (both > 0.0).then(|| (gradients.product / both).clamp(-1.0, 1.0));
            let bound = cosine.map(|cosine| bound(shares[0] / shares[1], cosine));
            let held = ratio.zip(bound).map(|(ratio, bound)| ratio > bound);
            let trimmed = self.trimmed.get(epoch).filter(|trimmed| trimmed.rows > 0);
            let gap_change = (epoch > 0).then(|| gap(scores) - gap(&self.scores[epoch - 1]));
            DynamicsEpoch {
                epoch,
                loss: self.losses[epoch],
                auc: scores.auc,
                inlier_loss: scores.means[0],
                outlier_loss: scores.means[1],
                inlier_norm: gradients.norms[0],
                outlier_norm: gradients.norms[1],
                inlier_contribution,
                outlier_contribution,
                ratio,
                cosine,
                bound,
                held,
                gap_change,
                strengthened: gap_change.map(|change| change > 0.0),
                outliers_among_trimmed: trimmed.map(|of| of.outliers as f64 / of.rows as f64),
                outliers_trimmed: trimmed.map(|of| of.outliers as f64 / outliers),
            }
        };
        Some((0..epochs).map(of_epoch).collect())
    }
}

/// All rows, or a draw of them in which outliers are not lost, rising.
fn choose(labels: &[bool]) -> Vec<usize> {
    if labels.len() <= MOST_WATCHED {
        return (0..labels.len()).collect();
    }
    let key = Key::new(0, Purpose::Probe, &[1]);
    let (inliers, outliers): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|&row| !labels[row]);
    let kept = outliers.len().min(MOST_WATCHED / 2).max(MOST_WATCHED.saturating_sub(inliers.len()));
    let mut chosen: Vec<usize> =
        key.at(0).sample(outliers.len(), kept).into_iter().map(|at| outliers[at]).collect();
    let others = key.at(1).sample(inliers.len(), MOST_WATCHED - kept);
    chosen.extend(others.into_iter().map(|at| inliers[at]));
    chosen.sort_unstable();
    chosen
}

/// The lengths of the two groups' parts of the gradient, each along the whole of it; they sum to its length.
fn contributions(gradients: &Gradients, shares: [f64; 2]) -> [f64; 2] {
    let across = shares[0] * shares[1] * gradients.product;
    let along = [0, 1].map(|group| shares[group].powi(2) * gradients.squares[group] + across);
    let length = (along[0] + along[1]).max(0.0).sqrt();
    along.map(|part| if length > 0.0 { part / length } else { 0.0 })
}

/// What r must exceed: the positive root of `R r^2 + (1 - R) r cos - 1`.
fn bound(proportion: f64, cosine: f64) -> f64 {
    let middle = (proportion - 1.0) * cosine;
    let root = (middle * middle + 4.0 * proportion).sqrt();
    // Of the two forms the one that subtracts nothing.
    if middle >= 0.0 { (middle + root) / (2.0 * proportion) } else { 2.0 / (root - middle) }
}

impl Callback for Dynamics<'_> {
    fn epoch(&mut self, record: &EpochRecord, epochs: usize) -> ControlFlow<()> {
        self.losses.push(record.loss);
        self.progress.epoch(record, epochs)
    }

    fn cancelled(&self) -> bool {
        self.progress.cancelled()
    }

    fn wants_scores(&mut self, _: usize) -> bool {
        true
    }

    fn scores(&mut self, _: usize, scores: &[f32]) {
        let mean = |wanted: bool| {
            let own = scores.iter().zip(self.labels).filter(|(_, label)| **label == wanted);
            let (sum, count) =
                own.fold((0.0, 0.0), |(sum, count), (score, _)| (sum + f64::from(*score), count + 1.0));
            sum / count
        };
        let means = [mean(false), mean(true)];
        self.scores.push(Scores { auc: auc(scores, self.labels), means });
    }

    fn weights(&mut self, _: usize, weights: &[f32]) {
        let left_out = weights.iter().zip(self.labels).filter(|(weight, _)| **weight == 0.0);
        let (rows, outliers) =
            left_out.fold((0, 0), |(rows, outliers), (_, &label)| (rows + 1, outliers + usize::from(label)));
        self.trimmed.push(Trimmed { rows, outliers });
    }

    fn watched_rows(&self) -> Vec<usize> {
        self.watched.clone()
    }

    fn gradients(&mut self, _: usize, gradients: &dyn RowGradients) {
        let [inliers, outliers] = &self.groups;
        let counts = [inliers.len() as f64, outliers.len() as f64];
        let mean = |group: &[usize]| gradients.norms(group).iter().sum::<f64>() / group.len() as f64;
        let products = gradients.products_of_sums(&[inliers, outliers]);
        self.gradients.push(Gradients {
            norms: [mean(inliers), mean(outliers)],
            squares: [products[0] / counts[0].powi(2), products[3] / counts[1].powi(2)],
            product: products[1] / (counts[0] * counts[1]),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A small step along the gradient widens the loss gap exactly where r exceeds the bound.
        #[test]
        fn the_bound_parts_steps_that_widen_the_gap_from_those_that_do_not(
            inlier in proptest::array::uniform3(-5f64..5.0),
            outlier in proptest::array::uniform3(-5f64..5.0),
            share in 0.01f64..0.99,
        ) {
            let dot = |a: &[f64; 3], b: &[f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let lengths = [dot(&inlier, &inlier).sqrt(), dot(&outlier, &outlier).sqrt()];
            prop_assume!(lengths[0] > 1e-3 && lengths[1] > 1e-3);
            let cosine = dot(&inlier, &outlier) / (lengths[0] * lengths[1]);
            let ratio = lengths[0] / lengths[1];
            let step: Vec<f64> = inlier.iter().zip(&outlier).map(|(i, o)| share * i + (1.0 - share) * o).collect();
            let step = [step[0], step[1], step[2]];
            // The losses fall by these, to first order.
            let widened = dot(&inlier, &step) - dot(&outlier, &step);
            let bound = bound(share / (1.0 - share), cosine);
            prop_assume!((ratio - bound).abs() > 1e-9 * ratio);
            prop_assert_eq!(ratio > bound, widened > 0.0);
        }
    }

    #[test]
    fn the_bound_is_1_where_groups_are_alike_and_contributions_sum_to_the_length() {
        assert!((bound(1.0, -0.3) - 1.0).abs() < 1e-12);
        assert!((bound(9.0, 1.0) - 1.0).abs() < 1e-12);
        assert!((bound(9.0, 0.0) - 1.0 / 3.0).abs() < 1e-12);
        assert!((bound(9.0, -1.0) - 1.0 / 9.0).abs() < 1e-12);
        // Mean gradients (3, 0) and (0, 4), half of the rows each: the whole is (1.5, 2), 2.5 long.
        let gradients = Gradients { norms: [3.0, 4.0], squares: [9.0, 16.0], product: 0.0 };
        assert_eq!(contributions(&gradients, [0.5, 0.5]), [0.9, 1.6]);
    }

    #[test]
    fn of_many_rows_a_draw_is_watched_in_which_no_outlier_is_lost() {
        let labels: Vec<bool> = (0..30_000).map(|row| row % 100 == 7).collect();
        let chosen = choose(&labels);
        assert_eq!((chosen.len(), chosen.iter().filter(|&&row| labels[row]).count()), (MOST_WATCHED, 300));
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
        let mostly: Vec<bool> = (0..30_000).map(|row| row % 10 != 0).collect();
        let chosen = choose(&mostly);
        assert_eq!((chosen.len(), chosen.iter().filter(|&&row| !mostly[row]).count()), (MOST_WATCHED, 3000));
        assert_eq!(choose(&labels[..500]).len(), 500);
    }
}
