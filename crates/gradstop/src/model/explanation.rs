//! Why a row scores as it does: the contribution of every column.

/// How far contributions account for a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exactness {
    /// The score decomposes: base and contributions sum to it, within 1e-5 of the sum of their sizes.
    Exact,
    /// A stated way to measure what each column does to a score that is no sum over columns.
    Estimate,
}

/// How a model explains its scores.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplanationMethod {
    /// Whether the contributions add up.
    pub exactness: Exactness,
    /// The part of every score that belongs to no column; 0 where a score is nothing but its columns.
    pub base: f32,
    /// What a contribution is, in words.
    pub description: String,
}

/// What every column contributes to the scores of some rows. Larger is more abnormal; a contribution below 0
/// speaks for the row.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Contributions of shape (rows x columns), in units of the score, finite.
    pub contributions: Vec<f32>,
    /// Number of columns, at least 1.
    pub columns: usize,
    /// How they were made.
    pub method: ExplanationMethod,
}

impl Explanation {
    /// The contributions to one row's score, a column each.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.contributions[row * self.columns..][..self.columns]
    }

    /// Each column's share, in `[0, 1]`, of what speaks against a row. They sum to 1 unless nothing does.
    ///
    /// ```
    /// # use gradstop::Explanation;
    /// assert_eq!(Explanation::shares(&[3.0, -2.0, 1.0]), [0.75, 0.0, 0.25]);
    /// assert_eq!(Explanation::shares(&[0.0, 0.0]), [0.0, 0.0]);
    /// ```
    pub fn shares(contributions: &[f32]) -> Vec<f32> {
        let against = |&value: &f32| f64::from(value.max(0.0));
        let total: f64 = contributions.iter().map(against).sum();
        let share = |value: &f32| if total > 0.0 { (against(value) / total) as f32 } else { 0.0 };
        contributions.iter().map(share).collect()
    }

    /// The columns that speak most strongly against a row, at most `count`, each with its share; the strongest
    /// first, of equal ones the first.
    pub fn strongest(&self, row: usize, count: usize) -> Vec<(usize, f32)> {
        Self::strongest_of(&Self::shares(self.row(row)), count)
    }

    /// The columns with the largest of some [shares](Self::shares), at most `count` and none of 0; the largest first, of equal
    /// ones the first.
    ///
    /// ```
    /// # use gradstop::Explanation;
    /// assert_eq!(Explanation::strongest_of(&[0.25, 0.0, 0.75], 3), [(2, 0.75), (0, 0.25)]);
    /// ```
    pub fn strongest_of(shares: &[f32], count: usize) -> Vec<(usize, f32)> {
        let mut shares: Vec<(usize, f32)> = shares.iter().copied().enumerate().collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        shares.truncate(count);
        shares.retain(|&(_, share)| share > 0.0);
        shares
    }
}

impl ExplanationMethod {
    pub(crate) fn exact(description: impl Into<String>) -> Self {
        Self { exactness: Exactness::Exact, base: 0.0, description: description.into() }
    }

    pub(crate) fn estimate(description: impl Into<String>) -> Self {
        Self { exactness: Exactness::Estimate, base: 0.0, description: description.into() }
    }

    /// The method of a model that does not say otherwise.
    pub(crate) fn of_occlusion() -> Self {
        Self::estimate("how much the score falls when the column takes its mean instead")
    }
}

/// Writes `(x - y)_j^2 / |x - y|` times `weight`, which sum to the weighted distance.
pub(crate) fn add_distance(row: &[f32], other: &[f32], weight: f64, contributions: &mut [f64]) {
    let squares = row.iter().zip(other).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2));
    let length = squares.clone().sum::<f64>().sqrt();
    if length > 0.0 {
        contributions
            .iter_mut()
            .zip(squares)
            .for_each(|(target, square)| *target += weight * square / length);
    }
}
