//! What can be said about a number of tables.

use gradstop::engine::random::{Key, Purpose};

/// How often the tables are drawn anew for an interval.
const DRAWS: u64 = 2000;

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Standard deviation with n - 1; `None` of fewer than two values.
pub(crate) fn deviation(values: &[f64]) -> Option<f64> {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = |at: usize| sorted.get(at).copied();
    Some((middle(values.len().checked_sub(1)? / 2)? + middle(values.len() / 2)?) / 2.0)
}

/// A 95 % interval of the mean over tables: they are drawn with replacement, and the middle 95 % of the means
/// is taken (Efron's percentile bootstrap).
pub(crate) fn interval(values: &[f64]) -> (f64, f64) {
    let key = Key::new(0, Purpose::Tables, &[1]);
    let count = values.len() as u64;
    let of_draw = |draw: u64| {
        let key = key.at(draw);
        (0..count).map(|at| values[key.below(at, count) as usize]).sum::<f64>() / count as f64
    };
    let mut means: Vec<f64> = (0..DRAWS).map(of_draw).collect();
    means.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| means[(share * (DRAWS - 1) as f64).round() as usize];
    (at(0.025), at(0.975))
}

/// Ranks from 1 for the largest value, ties sharing the mean of theirs.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let of = |value: &f64| {
        let above = values.iter().filter(|&other| other > value).count();
        let equal = values.iter().filter(|&other| other == value).count();
        above as f64 + (equal + 1) as f64 / 2.0
    };
    values.iter().map(of).collect()
}

/// Two-sided p of Wilcoxon's signed-rank test: the probability, if each difference were as likely to have
/// the other sign, of a sum of ranks at least as far from the middle. Exact, also with ties; differences of 0
/// are left out. 1 if nothing is left.
pub(crate) fn wilcoxon(differences: &[f64]) -> f64 {
    let differences: Vec<f64> = differences.iter().copied().filter(|&difference| difference != 0.0).collect();
    if differences.is_empty() {
        return 1.0;
    }
    let sizes: Vec<f64> = differences.iter().map(|difference| -difference.abs()).collect();
    // Twice the ranks are whole numbers.
    let doubled: Vec<usize> = ranks(&sizes).iter().map(|rank| (2.0 * rank) as usize).collect();
    let total: usize = doubled.iter().sum();
    let positive: usize = doubled
        .iter()
        .zip(&differences)
        .filter(|(_, difference)| **difference > 0.0)
        .map(|(rank, _)| rank)
        .sum();
    // The distribution of the sum, one rank after the other.
    let mut chances = vec![0.0; total + 1];
    chances[0] = 1.0;
    for rank in doubled {
        for sum in (0..=total).rev() {
            let with = if sum >= rank { chances[sum - rank] } else { 0.0 };
            chances[sum] = (chances[sum] + with) / 2.0;
        }
    }
    let tail: f64 = chances[..=positive.min(total - positive)].iter().sum();
    (2.0 * tail).min(1.0)
}

/// Which of several p are under 0.05 together (Holm).
pub(crate) fn holm(p: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut rejected = vec![false; p.len()];
    for (place, &index) in order.iter().enumerate() {
        if p[index] > 0.05 / (p.len() - place) as f64 {
            break;
        }
        rejected[index] = true;
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilcoxon_is_that_of_scipy() {
        // scipy.stats.wilcoxon(d, method="exact") for the first two; the third has ties, checked by enumeration.
        let close = |got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-12, "{got} {wanted}");
        close(wilcoxon(&[1.0, 2.0, -3.0, 4.0, 5.0, 6.0]), 0.15625);
        close(wilcoxon(&[0.5, 0.25, 0.125, 1.0, 2.0, 3.0, 4.0, -0.0625]), 0.015625);
        let tied: [f64; 4] = [1.0, 1.0, -1.0, 2.0];
        close(wilcoxon(&tied), by_enumeration(&tied));
        close(wilcoxon(&[0.0, 0.0]), 1.0);
    }

    fn by_enumeration(differences: &[f64]) -> f64 {
        let sizes: Vec<f64> = differences.iter().map(|difference| -difference.abs()).collect();
        let ranks = ranks(&sizes);
        let middle = ranks.iter().sum::<f64>() / 2.0;
        let sum = |signs: u32| {
            ranks.iter().enumerate().filter(|(i, _)| signs >> i & 1 == 1).map(|(_, r)| r).sum::<f64>()
        };
        let observed = ranks.iter().zip(differences).filter(|(_, d)| **d > 0.0).map(|(r, _)| r).sum::<f64>();
        let all = 1u32 << differences.len();
        let extreme = |signs: &u32| (sum(*signs) - middle).abs() >= (observed - middle).abs() - 1e-9;
        (0..all).filter(extreme).count() as f64 / f64::from(all)
    }

    #[test]
    fn ties_share_their_ranks() {
        assert_eq!(ranks(&[0.5, 0.9, 0.5, 0.1]), [2.5, 1.0, 2.5, 4.0]);
    }

    #[test]
    fn an_interval_holds_the_mean_and_shrinks_with_the_spread() {
        let values: Vec<f64> = (0..40).map(|value| f64::from(value % 7)).collect();
        let (low, high) = interval(&values);
        assert!(low < mean(&values) && mean(&values) < high && high - low < 1.5);
        assert_eq!(interval(&[2.0; 5]), (2.0, 2.0));
    }

    #[test]
    fn holm_rejects_until_the_first_that_holds() {
        assert_eq!(holm(&[0.01, 0.04, 0.03]), [true, false, false]);
        assert_eq!(holm(&[0.01, 0.04, 0.02]), [true, true, true]);
    }

    #[test]
    fn medians_and_deviations() {
        assert_eq!(
            (median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0]), median(&[])),
            (Some(2.0), Some(2.5), None)
        );
        assert_eq!((deviation(&[1.0, 3.0]), deviation(&[1.0])), (Some(2f64.sqrt()), None));
    }
}
