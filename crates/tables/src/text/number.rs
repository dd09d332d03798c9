//! Which numbers a matrix of `f32` can hold.

use crate::hint::{Advice, Hint};

/// What every error about a feature cell asks for.
pub(crate) const WANTED: &str = "a finite number that fits into 32 bits";

/// `value` as an `f32`, or nothing for NaN, infinities and what is too large.
///
/// All sources that hold `f64` go through this one rounding, so a table gives the same matrix bit for bit
/// whichever format it was saved in.
pub(crate) fn narrow(value: f64) -> Option<f32> {
    (value.abs() <= f64::from(f32::MAX)).then_some(value as f32)
}

/// The number a text cell holds, spaces around it allowed; not finite values count as numbers here.
pub(crate) fn parse(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
}

/// The integer that a text holds, if it has more digits than its value as a 64-bit float.
pub(crate) fn long_integer(text: &[u8], value: f64) -> Option<i128> {
    let is_long = value.abs() >= (1u64 << f64::MANTISSA_DIGITS) as f64;
    is_long.then(|| std::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()).flatten()
}

/// Whether the text would be a number if its comma were a decimal point.
pub(crate) fn has_decimal_comma(text: &[u8]) -> bool {
    text.iter().filter(|&&byte| byte == b',').count() == 1
        && parse(&text.iter().map(|&byte| if byte == b',' { b'.' } else { byte }).collect::<Vec<_>>())
            .is_some()
}

/// What helps with a feature cell that holds `value` (nothing if it is no number at all).
pub(crate) fn hint(value: Option<f64>, column: &str) -> Hint {
    match value {
        None => Hint::Ignore { column: column.into() },
        Some(value) if value.is_nan() => Hint::FillMissing { column: column.into() },
        Some(_) => Hint::Advice(Advice::Rescale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_numbers_that_fit_pass() {
        assert_eq!(narrow(1.5), Some(1.5));
        assert_eq!(narrow(f64::from(f32::MAX)), Some(f32::MAX));
        assert_eq!(narrow(-f64::from(f32::MAX)), Some(f32::MIN));
        assert_eq!(narrow(f64::from(f32::MAX).next_up()), None);
        assert_eq!(narrow(f64::NAN), None);
        assert_eq!(narrow(f64::NEG_INFINITY), None);
        assert_eq!(narrow(1e-300), Some(0.0));
    }

    #[test]
    fn decimal_commas_are_told_from_other_text() {
        assert!(has_decimal_comma(b" 1,5 "));
        assert!(has_decimal_comma(b"-,5e3"));
        assert!(!has_decimal_comma(b"1,234,567"));
        assert!(!has_decimal_comma(b"1.5"));
        assert!(!has_decimal_comma(b"Smith, J"));
    }
}
