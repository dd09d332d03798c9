//! Parts of a moment that come round again: the time of day, the weekday, the season.

use serde::{Deserialize, Serialize};

use crate::cells::usable;

/// Seconds of a day.
pub(crate) const DAY: f64 = 86_400.0;

/// A part of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// The time of day.
    Hour,
    /// The time of the week, which begins on Monday.
    Weekday,
    /// The time of the year.
    Season,
}

/// A sine of the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wave {
    /// In days.
    pub(crate) period: f64,
    /// Where in its period it was at the beginning of 1970, in periods.
    pub(crate) shift: f64,
}

impl Part {
    /// Those that the moments, in seconds, went round at least once and in which they differ.
    pub(crate) fn of(moments: &[f64]) -> Vec<Self> {
        let days = || moments.iter().filter(|&&moment| usable(moment)).map(|moment| moment / DAY);
        let (first, last) = days()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), day| (first.min(day), last.max(day)));
        let told = |part: &Self| {
            let wave = part.sine();
            let start = wave.at(first);
            last - first >= wave.period && days().any(|day| (wave.at(day) - start).abs() > SAME)
        };
        [Self::Hour, Self::Weekday, Self::Season].into_iter().filter(told).collect()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Weekday => "weekday",
            Self::Season => "season",
        }
    }

    fn sine(self) -> Wave {
        match self {
            Self::Hour => Wave { period: 1.0, shift: 0.0 },
            // 1970 began on a Thursday.
            Self::Weekday => Wave { period: 7.0, shift: 3.0 / 7.0 },
            Self::Season => Wave { period: 365.2425, shift: 0.0 },
        }
    }

    /// The wave of one of the columns that are made of the parts, a sine and a cosine each.
    pub(crate) fn wave(parts: &[Self], output: usize) -> Wave {
        let sine = parts.get(output / 2).map_or(Wave { period: 1.0, shift: 0.0 }, |part| part.sine());
        Wave { shift: sine.shift + 0.25 * (output % 2) as f64, ..sine }
    }
}

/// What differs by less is the rounding of one value.
pub(crate) const SAME: f64 = 1e-6;

impl Wave {
    /// Its height at a day since the beginning of 1970.
    pub(crate) fn at(self, day: f64) -> f64 {
        let turns = day / self.period + self.shift;
        ((turns - turns.floor()) * std::f64::consts::TAU).sin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_that_the_moments_went_round_and_differ_in() {
        let daily = |days: u32| (0..days).map(|day| f64::from(day) * DAY).collect::<Vec<_>>();
        assert_eq!(Part::of(&daily(6)), []);
        assert_eq!(Part::of(&daily(30)), [Part::Weekday]);
        assert_eq!(Part::of(&daily(800)), [Part::Weekday, Part::Season]);
        let hourly: Vec<f64> = (0..60).map(|hour| f64::from(hour) * 3600.0).collect();
        assert_eq!(Part::of(&hourly), [Part::Hour]);
    }

    #[test]
    fn a_week_begins_on_monday_at_its_own_place_of_the_circle() {
        // 2024-01-01 was a Monday.
        let monday = 19_723.0;
        let wave = |output| Part::wave(&[Part::Weekday], output).at(monday);
        assert!(wave(0).abs() < 1e-9 && (wave(1) - 1.0).abs() < 1e-9);
    }
}
