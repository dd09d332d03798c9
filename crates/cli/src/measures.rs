//! How good a ranking is, judged by labels. The only place where labels and scores meet.

/// Rows by falling score, in groups of equal score: (outliers, rows) of each group.
type Groups = Vec<(f64, f64)>;

/// How good a ranking is by every measure, each `None` where it is not defined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// See [`auc`].
    pub auc: Option<f64>,
    /// See [`average_precision`].
    pub average_precision: Option<f64>,
    /// See [`precision_at_n`].
    pub precision_at_n: Option<f64>,
}

impl Measures {
    /// Judges scores, larger being more abnormal, by labels, `true` for an outlier. The rows are sorted once.
    ///
    /// # Panics
    /// If there is not one label a score.
    ///
    /// ```
    /// # use gradstop_cli::measures::Measures;
    /// let measures = Measures::of(&[0.1, 0.4, 0.4, 0.9], &[false, false, true, true]);
    /// assert_eq!(measures.auc, Some(0.875));
    /// ```
    pub fn of(scores: &[f32], labels: &[bool]) -> Self {
        let groups = groups(scores, labels);
        Self {
            auc: auc_of(&groups),
            average_precision: average_precision_of(&groups),
            precision_at_n: precision_at_n_of(&groups),
        }
    }
}

fn groups(scores: &[f32], labels: &[bool]) -> Groups {
    assert_eq!(scores.len(), labels.len(), "one label a score");
    // Integers in the order of the scores sort several times faster than the scores themselves.
    let key = |(&score, &label): (&f32, &bool)| {
        let bits = (score + 0.0).to_bits();
        let rising = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
        u64::from(rising) << 1 | u64::from(label)
    };
    let mut keys: Vec<u64> = scores.iter().zip(labels).map(key).collect();
    keys.sort_unstable_by(|a, b| b.cmp(a));
    let equal = keys.chunk_by(|a, b| a >> 1 == b >> 1);
    equal.map(|group| (group.iter().map(|key| (key & 1) as f64).sum(), group.len() as f64)).collect()
}

/// Area under the ROC curve: the probability that an outlier scores higher than an inlier, ties half.
/// `None` unless there are both.
///
/// ```
/// # use gradstop_cli::measures::auc;
/// assert_eq!(auc(&[0.1, 0.4, 0.4, 0.9], &[false, false, true, true]), Some(0.875));
/// assert_eq!(auc(&[0.1, 0.2], &[false, false]), None);
/// ```
pub fn auc(scores: &[f32], labels: &[bool]) -> Option<f64> {
    auc_of(&groups(scores, labels))
}

fn auc_of(groups: &Groups) -> Option<f64> {
    let (mut pairs, mut outliers, mut inliers) = (0.0, 0.0, 0.0);
    for &(group_outliers, rows) in groups {
        let group_inliers = rows - group_outliers;
        pairs += group_inliers * (outliers + 0.5 * group_outliers);
        outliers += group_outliers;
        inliers += group_inliers;
    }
    (outliers * inliers > 0.0).then(|| pairs / (outliers * inliers))
}

/// Average precision: precision at each group of equal scores, weighted by the outliers it adds.
/// `None` without an outlier.
///
/// ```
/// # use gradstop_cli::measures::average_precision;
/// let precision = average_precision(&[0.9, 0.8, 0.7], &[true, false, true]).unwrap();
/// assert!((precision - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
/// ```
pub fn average_precision(scores: &[f32], labels: &[bool]) -> Option<f64> {
    average_precision_of(&groups(scores, labels))
}

fn average_precision_of(groups: &Groups) -> Option<f64> {
    let (mut sum, mut found, mut seen) = (0.0, 0.0, 0.0);
    for &(outliers, rows) in groups {
        found += outliers;
        seen += rows;
        sum += outliers * found / seen;
    }
    (found > 0.0).then(|| sum / found)
}

/// Precision at n: the share of outliers among the n rows with the highest scores, n being the number
/// of outliers; rows that tie at the edge count by their group's share. `None` without an outlier.
///
/// ```
/// # use gradstop_cli::measures::precision_at_n;
/// assert_eq!(precision_at_n(&[0.9, 0.8, 0.7], &[true, false, true]), Some(0.5));
/// ```
pub fn precision_at_n(scores: &[f32], labels: &[bool]) -> Option<f64> {
    precision_at_n_of(&groups(scores, labels))
}

fn precision_at_n_of(groups: &Groups) -> Option<f64> {
    let n: f64 = groups.iter().map(|group| group.0).sum();
    let (mut found, mut seen) = (0.0, 0.0);
    for &(outliers, rows) in groups {
        let taken = rows.min(n - seen);
        found += outliers * taken / rows;
        seen += taken;
        if seen >= n {
            break;
        }
    }
    (n > 0.0).then(|| found / n)
}

/// The ROC curve: (false positive rate, true positive rate) for every threshold, from (0, 0) to (1, 1); empty
/// unless there are both inliers and outliers.
///
/// ```
/// # use gradstop_cli::measures::roc;
/// assert_eq!(roc(&[0.9, 0.5, 0.1], &[true, false, false]), [(0.0, 0.0), (0.0, 1.0), (0.5, 1.0), (1.0, 1.0)]);
/// ```
pub fn roc(scores: &[f32], labels: &[bool]) -> Vec<(f64, f64)> {
    let groups = groups(scores, labels);
    let all: f64 = groups.iter().map(|group| group.0).sum();
    let others = labels.len() as f64 - all;
    if all == 0.0 || others == 0.0 {
        return Vec::new();
    }
    let mut curve = vec![(0.0, 0.0)];
    let (mut found, mut seen) = (0.0, 0.0);
    for (outliers, rows) in groups {
        found += outliers;
        seen += rows;
        curve.push(((seen - found) / others, found / all));
    }
    curve
}

/// (recall, precision) for every threshold, recall rising; empty without an outlier.
///
/// ```
/// # use gradstop_cli::measures::precision_recall;
/// assert_eq!(precision_recall(&[0.9, 0.5, 0.1], &[true, false, true]), [(0.5, 1.0), (0.5, 0.5), (1.0, 2.0 / 3.0)]);
/// ```
pub fn precision_recall(scores: &[f32], labels: &[bool]) -> Vec<(f64, f64)> {
    let groups = groups(scores, labels);
    let all: f64 = groups.iter().map(|group| group.0).sum();
    if all == 0.0 {
        return Vec::new();
    }
    let (mut found, mut seen) = (0.0, 0.0);
    let at_group = |(outliers, rows): (f64, f64)| {
        found += outliers;
        seen += rows;
        (found / all, found / seen)
    };
    groups.into_iter().map(at_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn auc_counts_pairs(rows in proptest::collection::vec((0u8..6, any::<bool>()), 1..40)) {
            let scores: Vec<f32> = rows.iter().map(|row| f32::from(row.0)).collect();
            let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let (mut sum, mut pairs) = (0.0, 0.0);
            for (i, o) in (0..rows.len()).flat_map(|i| (0..rows.len()).map(move |o| (i, o))) {
                if !labels[i] && labels[o] {
                    pairs += 1.0;
                    sum += if scores[o] > scores[i] { 1.0 } else if scores[o] == scores[i] { 0.5 } else { 0.0 };
                }
            }
            match auc(&scores, &labels) {
                Some(got) => prop_assert!((got - sum / pairs).abs() < 1e-12),
                None => prop_assert_eq!(pairs, 0.0),
            }
        }

        #[test]
        fn a_perfect_ranking_is_perfect_by_every_measure(inliers in 1usize..20, outliers in 1usize..20) {
            let labels: Vec<bool> = (0..inliers + outliers).map(|row| row >= inliers).collect();
            let scores: Vec<f32> = (0..labels.len()).map(|row| row as f32).collect();
            for measure in [auc, average_precision, precision_at_n] {
                prop_assert_eq!(measure(&scores, &labels), Some(1.0));
            }
        }
    }
}
