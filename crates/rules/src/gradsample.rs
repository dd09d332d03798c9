//! GradSample (Algorithm 2): which probe rows behave like inliers, which like outliers.

use serde::{Deserialize, Serialize};

use crate::{ProbeRows, RowGradients};

/// Two disjoint sets of probe rows of the same size.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProbeSets {
    // `small` then `large` in one buffer, so that both together are one slice to ask gradients for.
    rows: Vec<usize>,
}

impl ProbeSets {
    /// Picks the `set_size` rows with the smallest norms and the `set_size` with the largest; equal
    /// norms are taken in row order. With fewer than `2 * set_size` rows each set gets half of them,
    /// rounded down, so that no row is in both.
    ///
    /// The printed Algorithm 2 has the order reversed by a slip; its text and the released code agree
    /// with what is done here.
    ///
    /// ```
    /// # use gradstop_rules::ProbeSets;
    /// let sets = ProbeSets::pick(&[5.0, 1.0, 4.0, 2.0, 3.0], 2);
    /// assert_eq!(sets.small(), [1, 3]);
    /// assert_eq!(sets.large(), [2, 0]);
    /// ```
    pub fn pick(norms: &[f64], set_size: usize) -> Self {
        let size = set_size.min(norms.len() / 2);
        let rising = |&a: &usize, &b: &usize| norms[a].total_cmp(&norms[b]).then(a.cmp(&b));
        let mut rows: Vec<usize> = (0..norms.len()).collect();
        if size > 0 {
            // Both ends alone are put in order.
            rows.select_nth_unstable_by(size - 1, rising);
            let end = rows.len() - size;
            rows[size..].select_nth_unstable_by(end - size, rising);
            rows.drain(size..end);
            rows[..size].sort_unstable_by(rising);
            rows[size..].sort_unstable_by(rising);
        } else {
            rows.clear();
        }
        Self { rows }
    }

    /// The rows with the smallest gradients: they behave like inliers.
    pub fn small(&self) -> &[usize] {
        &self.rows[..self.rows.len() / 2]
    }

    /// The rows with the largest gradients: they behave like outliers.
    pub fn large(&self) -> &[usize] {
        &self.rows[self.rows.len() / 2..]
    }

    /// Both sets, `small` first.
    pub fn both(&self) -> &[usize] {
        &self.rows
    }
}

/// Keeps the two sets of probe rows and draws them anew every so many epochs; in between the rows
/// stay and only their gradients are renewed.
#[derive(Debug, Clone)]
pub struct GradSample {
    set_size: usize,
    resample_every: usize,
    sets: ProbeSets,
    /// The rows of both sets, rising: whoever takes their gradients looks for them in this order.
    rising: Vec<usize>,
}

impl GradSample {
    /// Sets of `set_size` rows, picked anew in epochs 0, `resample_every`, `2 * resample_every`, ...
    pub fn new(set_size: usize, resample_every: usize) -> Self {
        Self { set_size, resample_every, sets: ProbeSets::default(), rising: Vec::new() }
    }

    /// The rows whose gradients epoch `epoch` needs, rising.
    pub fn needs(&self, epoch: usize) -> ProbeRows<'_> {
        if self.resamples(epoch) { ProbeRows::All } else { ProbeRows::These(&self.rising) }
    }

    /// The two sets for epoch `epoch`, picked anew if it is time.
    pub fn sample(&mut self, epoch: usize, gradients: &dyn RowGradients) -> &ProbeSets {
        if self.resamples(epoch) {
            let rows: Vec<usize> = (0..gradients.rows()).collect();
            self.stand_by(ProbeSets::pick(&gradients.norms(&rows), self.set_size));
        }
        &self.sets
    }

    /// The two sets as they stand, `small` first.
    pub(crate) fn sets(&self) -> &ProbeSets {
        &self.sets
    }

    /// Goes on with these sets.
    pub(crate) fn stand_by(&mut self, sets: ProbeSets) {
        self.rising.clear();
        self.rising.extend_from_slice(sets.both());
        self.rising.sort_unstable();
        self.sets = sets;
    }

    fn resamples(&self, epoch: usize) -> bool {
        epoch.is_multiple_of(self.resample_every)
    }
}
