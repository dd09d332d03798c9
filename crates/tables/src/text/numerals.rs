//! Numbers as people write them: with separators, currencies, percent signs, endings for thousands and millions.

use gradstop_preparation::Numerals;

use crate::text::number;

/// Longer texts are not numbers.
const MOST_BYTES: usize = 64;

/// Signs and codes of currencies, which may stand before or behind a number.
const CURRENCIES: [&str; 34] = [
    "US$", "A$", "C$", "R$", "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₪", "₫", "฿", "zł", "kr", "Rs.", "Rs",
    "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "AUD", "CAD", "SEK", "NOK", "DKK", "PLN", "BRL", "ZAR",
];

/// Endings that multiply, without a space before them: `300 K` is a temperature.
const ENDINGS: [(&str, f64); 5] = [("bn", 1e9), ("K", 1e3), ("k", 1e3), ("M", 1e6), ("B", 1e9)];

/// The number that a cell holds, written in this way. Numbers that programs write belong to both ways of people, unless a
/// point separates thousands in one of them.
pub(crate) fn parse(cell: &[u8], numerals: Numerals) -> Option<f64> {
    let (decimal, separator) = match numerals {
        Numerals::Plain => return number::parse(cell),
        Numerals::DecimalPoint => ('.', ','),
        Numerals::DecimalComma => (',', '.'),
    };
    if cell.len() > MOST_BYTES {
        return None;
    }
    let text = std::str::from_utf8(cell).ok()?.trim();
    let Some(Dressed { negative, digits, factor }) = undress(text) else { return infinite(cell) };
    let Some(bare) = bare(digits, decimal, separator) else { return infinite(cell) };
    let value: f64 = bare.parse().ok()?;
    let value = if factor == 1.0 { value } else { exactly(&bare, factor).unwrap_or(value * factor) };
    Some(if negative { -value } else { value })
}

/// `inf` and `nan` are words of programs in any column.
fn infinite(cell: &[u8]) -> Option<f64> {
    number::parse(cell).filter(|value| !value.is_finite())
}

/// `94.05K` is 94050 and not the product that rounding makes of it.
fn exactly(bare: &str, factor: f64) -> Option<f64> {
    if bare.contains(['e', 'E']) {
        return None;
    }
    format!("{bare}e{}", factor.log10().round()).parse().ok()
}

/// What stands between sign, currency and ending.
struct Dressed<'a> {
    negative: bool,
    digits: &'a str,
    factor: f64,
}

fn undress(text: &str) -> Option<Dressed<'_>> {
    let (mut text, mut negative, mut signed) = (text, false, false);
    // Accountants write losses in brackets.
    for (open, close) in [("(", ")"), ("$(", ")")] {
        if let Some(inner) = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            (text, negative, signed) = (inner.trim(), true, true);
        }
    }
    let mut sign = |text: &mut &str| {
        for (mark, minus) in [("-", true), ("\u{2212}", true), ("\u{2013}", true), ("+", false)] {
            if let (Some(rest), false) = (text.strip_prefix(mark), signed) {
                (*text, negative, signed) = (rest.trim_start(), minus, true);
            }
        }
    };
    // `-$5` and `$-5`.
    sign(&mut text);
    let before = CURRENCIES.iter().find_map(|currency| text.strip_prefix(currency));
    if let Some(rest) = before {
        text = rest.trim_start();
        sign(&mut text);
    }
    let behind = CURRENCIES.iter().find_map(|currency| text.strip_suffix(currency));
    if let (Some(rest), None) = (behind, before) {
        text = rest.trim_end();
    }
    let (mut factor, percent) = (1.0, text.strip_suffix('%'));
    if let Some(rest) = percent {
        text = rest.trim_end();
    } else if let Some((rest, times)) =
        ENDINGS.iter().find_map(|(ending, times)| text.strip_suffix(ending).map(|rest| (rest, *times)))
    {
        (text, factor) = (rest, times);
    }
    let begins = text.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == ',');
    let ends = text.ends_with(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == ',');
    (begins && ends).then_some(Dressed { negative, digits: text, factor })
}

/// The digits as a program writes them; nothing if separators do not stand between thousands.
fn bare(digits: &str, decimal: char, separator: char) -> Option<String> {
    let exponent_at = digits.find(['e', 'E', 'd', 'D']);
    let (mantissa, exponent) = exponent_at.map_or((digits, ""), |at| (&digits[..at], &digits[at + 1..]));
    let (whole, fraction) =
        mantissa.split_once(decimal).map_or((mantissa, None), |(whole, rest)| (whole, Some(rest)));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !fraction.is_none_or(all_digits) || (whole.is_empty() && fraction.is_none_or(str::is_empty)) {
        return None;
    }
    let mut bare = if all_digits(whole) { whole.to_owned() } else { joined(whole, separator)? };
    if let Some(fraction) = fraction {
        bare.push('.');
        bare.push_str(fraction);
    }
    if exponent_at.is_some() {
        let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if power.is_empty() || !all_digits(power) {
            return None;
        }
        bare.push('e');
        bare.push_str(exponent);
    }
    Some(bare)
}

/// Thousands that one kind of separator stands between, without it: `1,234,567`, `12 345`, `12,34,567` as in India.
fn joined(whole: &str, separator: char) -> Option<String> {
    let apart = whole.chars().find(|letter| !letter.is_ascii_digit())?;
    let spaces = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '’', '_'];
    if apart != separator && !spaces.contains(&apart) {
        return None;
    }
    let groups: Vec<&str> = whole.split(apart).collect();
    let (first, rest) = groups.split_first()?;
    let (last, middle) = rest.split_last()?;
    let digits = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    let of = |size: usize| middle.iter().all(|group| group.len() == size);
    let sizes = match first.len() {
        1..=2 => of(3) || of(2),
        3 => of(3),
        _ => false,
    };
    (digits && sizes && last.len() == 3 && !first.starts_with('0')).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_people_are_read_as_they_mean_them() {
        for (cell, value) in [
            ("1,234.5", 1234.5),
            ("1,571", 1571.0),
            ("12,34,567", 1_234_567.0),
            ("$1,316", 1316.0),
            ("-$1,316.50", -1316.5),
            ("$-5", -5.0),
            ("12 %", 12.0),
            ("-2.34%", -2.34),
            ("94.05K", 94_050.0),
            ("1.2M", 1.2e6),
            ("2.0D+01", 20.0),
            ("2.0e-1", 0.2),
            ("\u{2212}20.31", -20.31),
            ("(1,234)", -1234.0),
            ("($1,234.00)", -1234.0),
            ("EUR 5", 5.0),
            ("5 €", 5.0),
            ("1 234 567", 1_234_567.0),
            ("1\u{202f}234", 1234.0),
            ("1'234.5", 1234.5),
            ("17", 17.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("+3", 3.0),
            ("-inf", f64::NEG_INFINITY),
        ] {
            assert_eq!(parse(cell.as_bytes(), Numerals::DecimalPoint), Some(value), "{cell}");
        }
        for (cell, value) in
            [("1.234,5", 1234.5), ("20,31", 20.31), ("1.234", 1234.0), ("-,5", -0.5), ("3", 3.0)]
        {
            assert_eq!(parse(cell.as_bytes(), Numerals::DecimalComma), Some(value), "{cell}");
        }
    }

    #[test]
    fn other_texts_are_not_numbers() {
        for cell in [
            "",
            "-",
            "1,23",
            "12,3456",
            "0,123",
            "1,,234",
            "1.2.3",
            "1,234 567",
            "A1",
            "1A",
            "12-34",
            "$",
            "%",
            "K",
            "e5",
            "1e",
            "1 2",
            "12:30",
            "Smith, J",
            "--5",
            "(-5)",
            "1.234,5",
        ] {
            assert_eq!(parse(cell.as_bytes(), Numerals::DecimalPoint), None, "{cell}");
        }
        for cell in ["1.5", "1,234.5", "0.123", "1,2,3"] {
            assert_eq!(parse(cell.as_bytes(), Numerals::DecimalComma), None, "{cell}");
        }
    }
}
