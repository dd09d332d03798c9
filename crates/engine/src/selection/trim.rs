//! A fixed share of the rows left out.

use crate::error::{EngineError, check};
use crate::selection::forecast::Forecast;
use crate::selection::{RowSelection, in_order};

/// Leaves the rows with the largest losses out of every step, as in iterative trimmed loss minimization (Shen and Sanghavi,
/// 2019): a network that never sees outliers does not learn them.
///
/// Of n rows `floor(share n)` are left out. Of rows with the same loss the later ones are left out first; a loss that is not
/// a number counts as the largest.
///
/// ```
/// use gradstop_engine::{RowSelection, Trim};
/// let mut weights = [0.5; 5];
/// Trim::new(0.4)?.weigh(&[1.0, 7.0, 3.0, 3.0, 0.0], &mut weights);
/// assert_eq!(weights, [1.0, 0.0, 1.0, 0.0, 1.0]);
/// # Ok::<(), gradstop_engine::EngineError>(())
/// ```
#[derive(Debug)]
pub struct Trim {
    share: f64,
    threshold: Option<f32>,
    forecast: Forecast,
    /// Share of a threshold within which the next one is looked for first.
    doubt: f32,
    /// Losses and rows among which it is looked for.
    doubtful: Vec<u64>,
}

/// Bounds of [`Trim::doubt`], how much of it is left after a batch, and how much there is for what the last guess was off.
const LEAST_DOUBT: f32 = 0.01;
const MOST_DOUBT: f32 = 0.5;
const DOUBT_LEFT: f32 = 0.8;
const DOUBT_FOR_ERROR: f32 = 3.0;

impl Trim {
    /// A selection that leaves out this share of the rows, in `[0, 1)`.
    ///
    /// # Errors
    /// [`EngineError::Setting`] for another share.
    pub fn new(share: f64) -> Result<Self, EngineError> {
        check((0.0..1.0).contains(&share), "trim", share, "a share in [0, 1)")?;
        Ok(Self { share, threshold: None, forecast: Forecast::default(), doubt: 0.1, doubtful: Vec::new() })
    }

    /// Rows that are left out of so many.
    pub fn left_out(&self, rows: usize) -> usize {
        // A share such as 0.29 of 100 is 29, whatever its nearest binary number says.
        ((self.share * rows as f64 + 1e-9) as usize).min(rows - 1)
    }

    /// Learns from the threshold of a batch.
    fn remember(&mut self, threshold: f32) {
        if let Some(expected) = self.foresee() {
            let error = DOUBT_FOR_ERROR * (threshold / expected - 1.0).abs();
            let doubt = (DOUBT_LEFT * self.doubt).max(error);
            self.doubt = if doubt.is_nan() { MOST_DOUBT } else { doubt.clamp(LEAST_DOUBT, MOST_DOUBT) };
        }
        self.forecast.follow(threshold);
        self.threshold = Some(threshold);
    }

    /// The loss and the row of the last one that is kept, if it is as near to the guess as there is doubt.
    fn last_kept(&mut self, losses: &[f32], guess: Option<f32>) -> Option<(f32, usize)> {
        let doubt = self.doubt;
        let (low, high) = guess.map_or((f32::NEG_INFINITY, f32::INFINITY), |guess| {
            (guess - doubt * guess, guess + doubt * guess)
        });
        let left_out = self.left_out(losses.len());
        self.doubtful.clear();
        let mut within = 0;
        for (row, &loss) in losses.iter().enumerate() {
            if guess.is_none() || loss >= low && loss <= high {
                self.doubtful.push(u64::from(in_order(loss)) << 32 | row as u64);
            }
            within += usize::from(loss <= high);
        }
        // What is not a number is beyond any limit.
        let beyond = if guess.is_some() { losses.len() - within } else { 0 };
        let kept = (beyond + self.doubtful.len()).checked_sub(left_out + 1)?;
        let kept = (beyond <= left_out && kept < self.doubtful.len()).then_some(kept)?;
        let (_, &mut last, _) = self.doubtful.select_nth_unstable(kept);
        let row = (last & u64::from(u32::MAX)) as usize;
        Some((losses[row], row))
    }
}

impl RowSelection for Trim {
    fn weigh(&mut self, losses: &[f32], weights: &mut [f32]) {
        let found = self.foresee().and_then(|guess| self.last_kept(losses, Some(guess)));
        let found = found.or_else(|| self.last_kept(losses, None));
        let (threshold, last) = found.expect("a row at least is kept");
        let limit = in_order(threshold);
        for (row, (weight, &loss)) in weights.iter_mut().zip(losses).enumerate() {
            let place = in_order(loss);
            *weight = if place < limit || place == limit && row <= last { 1.0 } else { 0.0 };
        }
        self.remember(threshold);
    }

    fn foresee(&self) -> Option<f32> {
        self.forecast.expected()
    }

    fn threshold(&self) -> Option<f32> {
        self.threshold
    }

    fn memory(&self) -> Vec<f64> {
        let threshold = f64::from(self.threshold.unwrap_or(f32::NAN));
        let [level, trend] = self.forecast.memory();
        vec![threshold, level, trend, f64::from(self.doubt)]
    }

    fn recall(&mut self, memory: &[f64]) -> bool {
        let &[threshold, level, trend, doubt] = memory else { return false };
        self.threshold = Some(threshold as f32).filter(|threshold| !threshold.is_nan());
        self.forecast = Forecast::recall([level, trend]);
        self.doubt = doubt as f32;
        (LEAST_DOUBT..=MOST_DOUBT).contains(&self.doubt)
    }
}
