//! Quantiles of scores: of those at hand, and of any number of scores in memory that does not grow with them.

/// Scores are counted by their leading 20 bits in order of size: sign, exponent and 11 bits of the fraction.
const TAIL_BITS: u32 = 12;
const BUCKETS: usize = 1 << (32 - TAIL_BITS);
const TAILS: usize = 1 << TAIL_BITS;
const NEGATIVE_ZERO: u32 = (1 << 31) - 1;

/// The value below which a share `share` of the rising values lies, interpolated between neighbours.
pub(crate) fn quantile_of_sorted(sorted: &[f32], share: f64) -> f64 {
    let at = Position::of(share, sorted.len() as u64);
    at.between(sorted[at.low as usize], sorted[at.high as usize])
}

/// Where a quantile lies among the sorted scores: this far between two neighbours.
#[derive(Debug, Clone, Copy)]
struct Position {
    low: u64,
    high: u64,
    part: f64,
}

impl Position {
    fn of(share: f64, scores: u64) -> Self {
        let at = share * (scores - 1) as f64;
        Self { low: at.floor() as u64, high: at.ceil() as u64, part: at.fract() }
    }

    fn between(self, low: f32, high: f32) -> f64 {
        f64::from(low) + (f64::from(high) - f64::from(low)) * self.part
    }
}

/// Counts scores, any number of them in 8 MiB, and says of the threshold over which a share of them lies between which
/// bounds it is. Beside that it proposes one for which it knows exactly how many scores lie above.
///
/// With a second look at the same scores the threshold is exact ([`exact`](Self::exact)).
///
/// ```
/// use gradstop::internals::ScoreCounts;
/// let mut counts = ScoreCounts::new();
/// (0..1000).for_each(|score| counts.add(&[score as f32 / 10.0]));
/// let found = counts.threshold(0.05).expect("there are scores");
/// // Exact would be 94.905, between the scores 94.9 and 95.
/// assert!(found.least <= 94.905 && 94.905 <= found.most);
/// assert!((found.threshold / 94.905 - 1.0).abs() < 1.0 / 2048.0);
/// assert!(found.above <= 50 && 50 <= found.most_above);
/// ```
#[derive(Debug, Clone)]
pub struct ScoreCounts {
    counts: Vec<u64>,
    scores: u64,
}

/// What is known of a threshold when every score was seen once. With `e` the exact threshold, which lies between two
/// neighbouring scores or on one, and `s` the larger of these in size, at least 2^-126:
/// `|threshold - e| <= s / 2048`. The counts are those of `e` before it is rounded to 32 bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdBounds {
    /// The threshold to use.
    pub threshold: f32,
    /// How many of the scores lie above it; exact.
    pub above: u64,
    /// How many lie above the exact threshold at most; [`above`](Self::above) is the least.
    pub most_above: u64,
    /// The exact threshold is not below this.
    pub least: f32,
    /// Nor above this.
    pub most: f32,
}

impl Default for ScoreCounts {
    fn default() -> Self {
        Self::new()
    }
}

impl ScoreCounts {
    /// The bound of the error of a threshold, as a share of the scores beside it.
    pub const RELATIVE_ERROR: f64 = 1.0 / 2048.0;

    /// No scores yet.
    pub fn new() -> Self {
        Self { counts: vec![0; BUCKETS], scores: 0 }
    }

    /// Counts some more scores, which are finite.
    pub fn add(&mut self, scores: &[f32]) {
        scores.iter().for_each(|&score| self.counts[bucket_of(place_of(score))] += 1);
        self.scores += scores.len() as u64;
    }

    /// How many scores were counted.
    pub fn scores(&self) -> u64 {
        self.scores
    }

    /// The score over which a share of the scores lies; `None` if there are none.
    ///
    /// # Panics
    /// Unless the share lies in `[0, 1]`.
    pub fn threshold(&self, contamination: f64) -> Option<ThresholdBounds> {
        let Found { at, low, high, above_low } = self.find(contamination)?;
        let of = |place: fn(usize) -> u32| at.between(score_of(place(low)), score_of(place(high))) as f32;
        let (least, most) = (of(first_of), of(last_of));
        if low == high {
            // Every score of the bucket but the lowest may lie above.
            let most_above = above_low + self.counts[low] - 1;
            return Some(ThresholdBounds { threshold: most, above: above_low, most_above, least, most });
        }
        // No score lies between the two buckets: whatever stands there flags what the exact threshold flags.
        let place = place_of(least).clamp(last_of(low), first_of(high) - 1);
        let threshold = score_of(place);
        Some(ThresholdBounds { threshold, above: above_low, most_above: above_low, least, most })
    }

    /// Finds the same threshold exactly, from a second look at the same scores; `None` if there are none.
    ///
    /// ```
    /// use gradstop::internals::ScoreCounts;
    /// let scores = [4.0, 1.0, 3.0, 2.0];
    /// let mut counts = ScoreCounts::new();
    /// counts.add(&scores);
    /// let mut exact = counts.exact(0.5).expect("there are scores");
    /// exact.add(&scores);
    /// assert_eq!(exact.threshold(), Some((2.5, 2)));
    /// ```
    ///
    /// # Panics
    /// Unless the share lies in `[0, 1]`.
    pub fn exact(&self, contamination: f64) -> Option<ExactThreshold<'_>> {
        let found = self.find(contamination)?;
        Some(ExactThreshold { counts: self, found, tails: [vec![0; TAILS], vec![0; TAILS]] })
    }

    fn find(&self, contamination: f64) -> Option<Found> {
        assert!((0.0..=1.0).contains(&contamination), "got a share of {contamination}");
        if self.scores == 0 {
            return None;
        }
        let at = Position::of(1.0 - contamination, self.scores);
        let (mut below, mut low) = (0, None);
        for (bucket, &count) in self.counts.iter().enumerate() {
            below += count;
            if low.is_none() && below > at.low {
                low = Some((bucket, self.scores - below));
            }
            if let (Some((low, above_low)), true) = (low, below > at.high) {
                return Some(Found { at, low, high: bucket, above_low });
            }
        }
        None
    }

    /// How many scores lie in later buckets.
    fn above(&self, bucket: usize) -> u64 {
        self.counts[bucket + 1..].iter().sum()
    }
}

/// The buckets of a quantile's neighbours.
#[derive(Debug, Clone, Copy)]
struct Found {
    at: Position,
    low: usize,
    high: usize,
    /// Scores in later buckets than `low`.
    above_low: u64,
}

/// Finds a threshold exactly from the same scores that were [counted](ScoreCounts) before.
#[derive(Debug, Clone)]
pub struct ExactThreshold<'a> {
    counts: &'a ScoreCounts,
    found: Found,
    /// The scores of both buckets by what their leading bits leave out.
    tails: [Vec<u64>; 2],
}

impl ExactThreshold<'_> {
    /// Looks at some of the scores again, in any order.
    pub fn add(&mut self, scores: &[f32]) {
        for place in scores.iter().map(|&score| place_of(score)) {
            for (tails, bucket) in self.tails.iter_mut().zip([self.found.low, self.found.high]) {
                if bucket_of(place) == bucket {
                    tails[place as usize % TAILS] += 1;
                }
            }
        }
    }

    /// How many scores equal a threshold that was found.
    pub(crate) fn tied(&self, threshold: f32) -> u64 {
        let place = place_of(threshold);
        let sides = [self.found.low, self.found.high].into_iter().zip(&self.tails);
        let mut own = sides.filter(|(bucket, _)| *bucket == bucket_of(place));
        own.next().map_or(0, |(_, tails)| tails[place as usize % TAILS])
    }

    /// The threshold, and how many scores lie above it; `None` unless the scores were those that were counted.
    pub fn threshold(&self) -> Option<(f32, u64)> {
        let Found { at, low, high, .. } = self.found;
        let score = |tails: &[u64], bucket: usize, rank: u64| {
            let mut last = self.counts.scores - self.counts.above(bucket) - self.counts.counts[bucket];
            let tail = tails.iter().position(|count| {
                last += count;
                last > rank
            })?;
            Some(score_of(first_of(bucket) + tail as u32))
        };
        let [low_tails, high_tails] = &self.tails;
        let (low_score, high_score) = (score(low_tails, low, at.low)?, score(high_tails, high, at.high)?);
        let threshold = at.between(low_score, high_score) as f32;
        let place = place_of(threshold);
        let above = self.counts.above(bucket_of(place));
        let beside =
            [(low, low_tails), (high, high_tails)].into_iter().find(|(of, _)| *of == bucket_of(place));
        let beyond = beside.map_or(0, |(_, tails)| tails[place as usize % TAILS + 1..].iter().sum());
        Some((threshold, above + beyond))
    }
}

/// The place of a score among all floats, rising with it. Both zeros have the place of 0.
fn place_of(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

fn score_of(place: u32) -> f32 {
    f32::from_bits(if place >> 31 == 1 { place & !(1 << 31) } else { !place })
}

fn bucket_of(place: u32) -> usize {
    (place >> TAIL_BITS) as usize
}

fn first_of(bucket: usize) -> u32 {
    (bucket as u32) << TAIL_BITS
}

/// The last place that a score of the bucket may have: not that of -0, over which 0 would not lie.
fn last_of(bucket: usize) -> u32 {
    let last = first_of(bucket) | (TAILS as u32 - 1);
    if last == NEGATIVE_ZERO { last - 1 } else { last }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quantile(scores: &[f32], share: f64) -> f32 {
        let mut sorted = scores.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        quantile_of_sorted(&sorted, share) as f32
    }

    #[test]
    fn the_quantile_interpolates_between_neighbors() {
        assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5), 2.5);
        assert_eq!(quantile(&[7.0], 0.9), 7.0);
        assert_eq!(quantile(&[0.0, 10.0], 0.9), 9.0);
    }

    /// Scores as they come: spread over magnitudes, close together, repeated, of both signs, tiny.
    fn scores() -> impl Strategy<Value = Vec<f32>> {
        let score = prop_oneof![
            (-30.0f32..30.0).prop_map(f32::exp),
            1.0f32..1.001,
            (0u8..4).prop_map(f32::from),
            -5.0f32..5.0,
            Just(-0.0),
            (0u32..1 << 20).prop_map(f32::from_bits),
        ];
        proptest::collection::vec(score, 1..300)
    }

    proptest! {
        #[test]
        fn bounds_hold_the_exact_threshold_and_counts_are_right(scores in scores(), share in 0.001f64..0.5, cut in 0usize..300) {
            let mut counts = ScoreCounts::new();
            let (first, rest) = scores.split_at(cut.min(scores.len()));
            counts.add(first);
            counts.add(rest);
            let found = counts.threshold(share).unwrap();

            let mut sorted = scores.clone();
            sorted.sort_unstable_by(f32::total_cmp);
            let at = Position::of(1.0 - share, sorted.len() as u64);
            let exact = quantile_of_sorted(&sorted, 1.0 - share);
            let above = |threshold: f64| scores.iter().filter(|&&score| f64::from(score) > threshold).count() as u64;
            prop_assert!(found.least <= exact as f32 && exact as f32 <= found.most);
            let beside = sorted[at.low as usize].abs().max(sorted[at.high as usize].abs()).max(f32::MIN_POSITIVE);
            let error = (f64::from(found.threshold) - exact).abs();
            prop_assert!(error <= ScoreCounts::RELATIVE_ERROR * f64::from(beside), "{error} at {exact}");
            prop_assert_eq!(found.above, above(f64::from(found.threshold)));
            let exactly = above(exact);
            prop_assert!(found.above <= exactly && exactly <= found.most_above, "{exactly} of {found:?}");

            let mut again = counts.exact(share).unwrap();
            again.add(rest);
            again.add(first);
            let threshold = exact as f32;
            prop_assert_eq!(again.threshold(), Some((threshold, above(f64::from(threshold)))));
        }
    }

    #[test]
    fn nothing_is_no_threshold_and_other_scores_are_not_believed() {
        assert_eq!(ScoreCounts::new().threshold(0.1), None);
        let mut counts = ScoreCounts::new();
        counts.add(&[1.0, 2.0, 3.0]);
        let mut again = counts.exact(0.1).unwrap();
        again.add(&[1.0]);
        assert_eq!(again.threshold(), None);
    }
}
