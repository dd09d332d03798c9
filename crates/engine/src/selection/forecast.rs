//! Where the threshold of the next batch will be.

/// How far level and trend follow a threshold that was not where it was expected (Holt's linear smoothing). The noise of
/// dropout asks for slow ones, the first epochs for fast ones; these were least wrong on tables of 340 and 10,000 rows.
const LEVEL: f64 = 0.6;
const TREND: f64 = 0.3;

/// Follows a threshold from batch to batch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Forecast {
    /// Where its logarithm stands and by how much it moves, if that is known.
    course: Option<(f64, f64)>,
}

impl Forecast {
    /// Where the next threshold is expected, if it can be.
    pub(super) fn expected(self) -> Option<f32> {
        let (level, trend) = self.course?;
        Some((level + trend).exp() as f32).filter(|expected| expected.is_normal())
    }

    /// Learns from the threshold of a batch.
    pub(super) fn follow(&mut self, threshold: f32) {
        let place = f64::from(threshold).ln();
        self.course = match self.course {
            // Of nothing, of what is negative and of what is infinite there is no logarithm to follow.
            _ if !place.is_finite() => None,
            None => Some((place, 0.0)),
            // The first step is all that is known of the trend.
            Some((level, 0.0)) => Some((place, place - level)),
            Some((level, trend)) => {
                let error = place - (level + trend);
                Some((level + trend + LEVEL * error, trend + TREND * error))
            }
        };
    }

    /// All of it as numbers.
    pub(super) fn memory(self) -> [f64; 2] {
        let (level, trend) = self.course.unwrap_or((f64::NAN, f64::NAN));
        [level, trend]
    }

    pub(super) fn recall([level, trend]: [f64; 2]) -> Self {
        Self { course: (level.is_finite() && trend.is_finite()).then_some((level, trend)) }
    }
}
