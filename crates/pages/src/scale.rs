//! From values to places on paper, and the round numbers that stand beside an axis.

/// A range of values, linear or logarithmic, on a range of places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    places: (f64, f64),
}

impl Scale {
    /// From `low` to `high`, onto `places`. A range of no length is widened.
    pub(crate) fn linear(low: f64, high: f64, places: (f64, f64)) -> Self {
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        Self { low, high, logarithmic: false, places }
    }

    /// The same by orders of magnitude; both ends over 0.
    pub(crate) fn logarithmic(low: f64, high: f64, places: (f64, f64)) -> Self {
        Self { logarithmic: true, ..Self::linear(low.log10(), high.log10(), places) }
    }

    /// Where a value stands; beyond the ends at the ends.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let value = if self.logarithmic { value.max(f64::MIN_POSITIVE).log10() } else { value };
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.places.0 + share * (self.places.1 - self.places.0)
    }

    /// The value at a share of the way.
    pub(crate) fn value(&self, share: f64) -> f64 {
        let value = self.low + share * (self.high - self.low);
        if self.logarithmic { 10f64.powf(value) } else { value }
    }

    /// About `count` round values within the range, rising.
    pub(crate) fn ticks(&self, count: usize) -> Vec<f64> {
        if self.logarithmic {
            return self.powers(count);
        }
        let length = self.high - self.low;
        // A step that is longer than the range may miss it.
        let step = round_step(length / count.max(1) as f64).min(round_step_within(length));
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (first..=last).map(|at| at as f64 * step).collect()
    }

    /// Powers of ten, with their doubles and fivefolds where there is room.
    fn powers(&self, count: usize) -> Vec<f64> {
        let decades = self.high - self.low;
        let (first, last) = (self.low.floor() as i32, self.high.ceil() as i32);
        let parts: &[f64] = if decades * 3.0 <= count as f64 + 1.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let every = (decades / count.max(1) as f64).ceil().max(1.0) as usize;
        let powers = (first..=last).step_by(every).map(|power| 10f64.powi(power));
        let all = powers.flat_map(|power| parts.iter().map(move |part| part * power));
        let within: Vec<f64> = all.filter(|value| (self.low..=self.high).contains(&value.log10())).collect();
        // Less than a decade may hold none.
        if within.len() < 2 { vec![self.value(0.0), self.value(0.5), self.value(1.0)] } else { within }
    }
}

/// 1, 2 or 5 times a power of ten, at least as long.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let parts = [1.0, 2.0, 5.0, 10.0];
    power * parts.into_iter().find(|part| part * power >= step * (1.0 - 1e-9)).unwrap_or(10.0)
}

/// 1, 2 or 5 times a power of ten, at most as long.
fn round_step_within(length: f64) -> f64 {
    let power = 10f64.powf(length.log10().floor());
    let parts = [5.0, 2.0, 1.0, 0.5];
    power * parts.into_iter().find(|part| part * power <= length).unwrap_or(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_and_places_are_proportional() {
        let scale = Scale::linear(0.0, 99.0, (0.0, 990.0));
        assert_eq!(scale.ticks(5), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!((scale.place(33.0), scale.place(500.0)), (330.0, 990.0));
        // The step that two ticks ask for is 500,000, of which no multiple lies within.
        assert_eq!(Scale::linear(-963_978.0, -536_611.0, (0.0, 1.0)).ticks(2), [-800_000.0, -600_000.0]);
        let scale = Scale::logarithmic(0.5, 2000.0, (0.0, 1.0));
        assert_eq!(scale.ticks(4), [1.0, 10.0, 100.0, 1000.0]);
        assert!((scale.place(1.0) - 2f64.log10() / 4000f64.log10()).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn any_range_has_a_few_ticks_inside(low in -1e6f64..1e6, length in 1e-3f64..1e6, count in 2usize..8) {
            let ticks = Scale::linear(low, low + length, (0.0, 1.0)).ticks(count);
            prop_assert!(!ticks.is_empty() && ticks.len() <= count + 1);
            prop_assert!(ticks.is_sorted());
            prop_assert!(ticks.iter().all(|&tick| tick >= low - 1e-6 && tick <= low + length + 1e-6));
        }
    }
}
