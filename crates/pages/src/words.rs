//! Numbers and counts as people write them.

/// Four significant digits, no more than they need.
///
/// ```
/// use gradstop_pages::number;
/// assert_eq!([number(0.123456), number(1234.56), number(2.0), number(-0.5)], ["0.1235", "1235", "2", "-0.5"]);
/// assert_eq!([number(1.23456e9), number(1.5e-7), number(0.0)], ["1.235e9", "1.5e-7", "0"]);
/// ```
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e7).contains(&size) {
        let text = format!("{value:.3e}");
        return match text.split_once('e') {
            Some((digits, exponent)) => format!("{}e{exponent}", trimmed(digits)),
            None => text,
        };
    }
    let places = (3 - size.log10().floor() as i32).max(0) as usize;
    trimmed(&format!("{value:.places$}")).to_string()
}

fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// `1 row`, `2,000 rows`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{} {thing}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A whole number with commas.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as a percentage.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent >= 9.95 || percent == 0.0 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// A text of at most so many characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['\u{2026}']).collect(),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_shares_and_long_names_are_written_as_people_do() {
        assert_eq!((counted(1, "row"), counted(1_234_567, "row")), ("1 row".into(), "1,234,567 rows".into()));
        assert_eq!(
            (percent(0.5), percent(0.0123), percent(0.0)),
            ("50 %".into(), "1.2 %".into(), "0 %".into())
        );
        assert_eq!(shortened("mean_radius", 8), "mean_ra\u{2026}");
        assert_eq!(shortened("short", 8), "short");
    }
}
