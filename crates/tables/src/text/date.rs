//! Days and moments as people and programs write them.

use std::borrow::Cow;

use arrow_cast::parse::string_to_datetime;
use chrono::{NaiveDate, NaiveTime, Utc};
use gradstop_preparation::DateOrder;

/// Longer texts are not dates.
const MOST_BYTES: usize = 40;

/// Years of two digits from here on belong to the last century, as in POSIX.
const LAST_CENTURY: i32 = 69;

/// Every way to write a date, those that a program uses first; of two that fit all cells the earlier one counts.
pub(crate) const ORDERS: [DateOrder; 5] =
    [DateOrder::Iso, DateOrder::YearFirst, DateOrder::YearMonth, DateOrder::DayFirst, DateOrder::MonthFirst];

/// Seconds since 1970, UTC, of a day or a moment that is written in this order. Without a zone it is UTC.
pub(crate) fn parse(cell: &[u8], order: DateOrder) -> Option<f64> {
    let cell = cell.trim_ascii();
    if order == DateOrder::Iso {
        return iso(cell);
    }
    if !may_be_date(cell) {
        return None;
    }
    if let (DateOrder::YearFirst, Some(seconds)) = (order, iso(cell)) {
        return Some(seconds);
    }
    let text = std::str::from_utf8(cell).ok()?;
    let (day, time) = split(text);
    let day = self::day(day, order)?;
    let seconds = if time.is_empty() { 0.0 } else { self::time(time)? };
    Some(day.and_time(NaiveTime::MIN).and_utc().timestamp() as f64 + seconds)
}

/// Whether a look at its letters does not rule out a date.
pub(crate) fn may_be_date(cell: &[u8]) -> bool {
    (6..=MOST_BYTES).contains(&cell.len())
        && cell.is_ascii()
        && cell.iter().any(u8::is_ascii_digit)
        && cell.iter().any(|byte| b"-/. ".contains(byte))
        && (cell[0].is_ascii_digit() || cell[0].is_ascii_alphabetic())
}

/// As ISO 8601 and RFC 3339 write them: `2024-02-29`, `2024-02-29 12:30`, `2024-02-29T12:30:15+01:00`.
fn iso(cell: &[u8]) -> Option<f64> {
    // What is certainly something else is told without the parser.
    if cell.len() < 10 || cell[4] != b'-' || cell[7] != b'-' || !cell.is_ascii() {
        return None;
    }
    let text = std::str::from_utf8(cell).ok()?;
    // The parser wants seconds where there are hours.
    let whole =
        if text.len() == "2024-02-29 12:30".len() { Cow::from(format!("{text}:00")) } else { text.into() };
    let moment = string_to_datetime(&Utc, &whole).ok()?;
    Some(moment.timestamp_micros() as f64 / 1e6)
}

/// The day, and the time of day behind it.
fn split(text: &str) -> (&str, &str) {
    // A time has a colon, and the space or the T before it ends the day.
    let Some(colon) = text.find(':') else { return (text, "") };
    match text[..colon].rfind([' ', 'T']) {
        Some(at) => (text[..at].trim_end_matches([' ', ',']), &text[at + 1..]),
        None => (text, ""),
    }
}

/// Seconds since midnight.
fn time(text: &str) -> Option<f64> {
    let text = text.trim_end_matches('Z').trim_end();
    let formats = ["%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p"];
    let time = formats.iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())?;
    let since = time.signed_duration_since(NaiveTime::MIN);
    Some(since.num_microseconds()? as f64 / 1e6)
}

fn day(text: &str, order: DateOrder) -> Option<NaiveDate> {
    if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return named_month(text, order);
    }
    let mark = text.find(['-', '/', '.'])?;
    let mut parts = text.split(text.as_bytes()[mark] as char);
    let mut part = || {
        let part = parts.next()?;
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i32>().ok().map(|number| (number, part.len()))).flatten()
    };
    let (first, second) = (part()?, part()?);
    let third = part();
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = match (order, third) {
        (DateOrder::YearMonth, None) => (first, second, (1, 2)),
        (DateOrder::YearFirst, Some(third)) => (first, second, third),
        (DateOrder::DayFirst, Some(third)) => (third, second, first),
        (DateOrder::MonthFirst, Some(third)) => (third, first, second),
        _ => return None,
    };
    let of_year = matches!(order, DateOrder::YearFirst | DateOrder::YearMonth);
    let year = match year {
        (year, 4) => year,
        (year, 2) if !of_year => year + if year < LAST_CENTURY { 2000 } else { 1900 },
        _ => return None,
    };
    if month.1 > 2 || day.1 > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month.0.unsigned_abs(), day.0.unsigned_abs())
}

/// `29 Feb 2024` and `29-Feb-24`, `Feb 29, 2024`.
fn named_month(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split([' ', '-', '/', '.', ',']).filter(|part| !part.is_empty()).collect();
    let &[first, second, year] = &parts[..] else { return None };
    let (day, month) = match order {
        DateOrder::DayFirst => (first, second),
        DateOrder::MonthFirst => (second, first),
        _ => return None,
    };
    let format = match (month.len(), year.len()) {
        (3, 4) => "%d %b %Y",
        (3, 2) => "%d %b %y",
        (_, 4) => "%d %B %Y",
        _ => return None,
    };
    NaiveDate::parse_from_str(&format!("{day} {month} {year}"), format).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str, order: DateOrder) -> f64 {
        parse(text.as_bytes(), order).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn dates_are_read_with_and_without_time_and_zone() {
        for (cell, seconds) in [
            ("1970-01-02", 86_400.0),
            ("1970-01-01T00:01", 60.0),
            ("1970-01-01 00:00:01.5", 1.5),
            ("1970-01-01T00:00:00Z", 0.0),
            ("1970-01-01T02:00:00+02:00", 0.0),
            (" 1969-12-31 ", -86_400.0),
            ("9999-12-31", 253_402_214_400.0),
        ] {
            assert_eq!(moment(cell, DateOrder::Iso), seconds, "{cell:?}");
        }
        for cell in
            ["1970-13-01", "1970-01-32", "01/02/1970", "1970-01", "19700102", "1970-01-02é", "2024-é1-01"]
        {
            assert_eq!(parse(cell.as_bytes(), DateOrder::Iso), None, "{cell:?}");
        }
    }

    #[test]
    fn dates_of_people_are_the_days_that_they_mean() {
        let february = moment("2024-02-03", DateOrder::Iso);
        for cell in
            ["03.02.2024", "3/2/2024", "03-02-2024", "3 Feb 2024", "3-Feb-24", "3 February 2024", "03.02.24"]
        {
            assert_eq!(moment(cell, DateOrder::DayFirst), february, "{cell}");
        }
        for cell in
            ["02/03/2024", "2/3/24", "Feb 3, 2024", "February 3, 2024", "2/3/2024 0:00", "2/3/2024 12:00 AM"]
        {
            assert_eq!(moment(cell, DateOrder::MonthFirst), february, "{cell}");
        }
        for cell in ["2024/02/03", "2024.2.3", "2024/2/3 00:00:00"] {
            assert_eq!(moment(cell, DateOrder::YearFirst), february, "{cell}");
        }
        assert_eq!(moment("1749-01", DateOrder::YearMonth), moment("1749-01-01", DateOrder::Iso));
        assert_eq!(
            moment("6/1/1930 22:00", DateOrder::MonthFirst),
            moment("1930-06-01T22:00:00", DateOrder::Iso)
        );
        assert_eq!(
            moment("1/6/99 1:30 PM", DateOrder::DayFirst),
            moment("1999-06-01T13:30:00", DateOrder::Iso)
        );
    }

    #[test]
    fn other_texts_are_not_dates() {
        for cell in [
            "31/31/2024",
            "2024",
            "12.5",
            "1.2.3.4",
            "12-34",
            "555-1234",
            "10.0.0.1",
            "1/2",
            "Room 12-3",
            "3/2/024",
            "May 12",
            "2024-02-03-04",
            "1,2/3",
            "99/99/99",
            "",
        ] {
            for order in ORDERS {
                assert_eq!(parse(cell.as_bytes(), order), None, "{cell} {order:?}");
            }
        }
    }
}
