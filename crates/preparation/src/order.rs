//! Columns that only say where in the table a row stands: dates and counters in order.

use crate::cells::{Cells, usable};

/// Fewer values may be in order by chance.
const LEAST: usize = 8;

/// So many steps in ten go on as all others, at least; in the others rows are left out, or another series begins.
const OF_TEN: usize = 9;

/// A line that rises by fewer steps of 32 bits may be noise.
const LEAST_ULPS: f64 = 16.0;

/// Whether dates go on from row to row, or back, or numbers count on.
///
/// Moments may repeat and pause, and begin again where series stand one behind the other. Numbers that begin again come round: new
/// rows have the same ones, so they are not meant. Nor are numbers that rise by other steps each time, such as a meter's.
pub(crate) fn is_in_order(cells: &Cells) -> bool {
    match cells {
        Cells::Dates(values) => go_on(values),
        Cells::Numbers(values) => counts(values),
        Cells::Long(_) => counts(cells.numbers().unwrap_or_default()),
        Cells::Booleans(_) | Cells::Text(_) => false,
    }
}

fn go_on(moments: &[f64]) -> bool {
    let present: Vec<f64> = moments.iter().copied().filter(|&moment| usable(moment)).collect();
    let steps = present.windows(2).map(|pair| pair[1] - pair[0]).filter(|&step| step != 0.0);
    let (steps, forward) =
        steps.fold((0, 0), |(steps, forward), step| (steps + 1, forward + usize::from(step > 0.0)));
    steps + 1 >= LEAST && 10 * forward.max(steps - forward) >= OF_TEN * steps
}

fn counts(values: &[f64]) -> bool {
    // Nearly every column is no line from its first rows on.
    if is_line(values.iter().copied().enumerate()) {
        return true;
    }
    let present: Vec<f64> = values.iter().copied().filter(|&value| usable(value)).collect();
    if counts_with_gaps(&present) {
        return true;
    }
    let each = present.iter().take_while(|&&value| value == present[0]).count();
    if each < 2 {
        return false;
    }
    let evenly = present.chunks(each).all(|group| group.iter().all(|&value| value == group[0]));
    let groups: Vec<f64> = present.iter().step_by(each).copied().collect();
    evenly && (is_line(groups.iter().copied().enumerate()) || counts_with_gaps(&groups))
}

/// Whether values rise or fall by the same step from row to row, within the rounding to 32 bits; any of them may be missing.
fn is_line(values: impl DoubleEndedIterator<Item = (usize, f64)> + ExactSizeIterator + Clone) -> bool {
    let mut present = values.clone().filter(|(_, value)| usable(*value));
    let (Some((start, first)), Some((end, last))) = (present.next(), present.next_back()) else {
        return false;
    };
    let step = (last - first) / (end - start) as f64;
    let size = first.abs().max(last.abs()) as f32;
    let ulp = f64::from(size.next_up()) - f64::from(size);
    if (last - first).abs() < LEAST_ULPS * ulp {
        return false;
    }
    let on_line = |(at, value): (usize, f64)| {
        !usable(value) || (value - first - step * (at as f64 - start as f64)).abs() <= ulp
    };
    values.clone().all(on_line) && values.filter(|(_, value)| usable(*value)).take(LEAST).count() == LEAST
}

/// Whether whole numbers rise or fall, nearly always by the same step.
fn counts_with_gaps(values: &[f64]) -> bool {
    if values.len() < LEAST || values.iter().any(|value| value.fract() != 0.0) {
        return false;
    }
    let direction = values[1] - values[0];
    let steps = || values.windows(2).map(|pair| pair[1] - pair[0]);
    if direction == 0.0 || steps().any(|step| step * direction <= 0.0) {
        return false;
    }
    let least = steps().map(f64::abs).fold(f64::INFINITY, f64::min);
    10 * steps().filter(|step| step.abs() == least).count() >= OF_TEN * (values.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(value: impl Fn(usize) -> f64) -> Cells {
        Cells::Numbers((0..60).map(value).collect())
    }

    fn dates(day: impl Fn(usize) -> f64) -> Cells {
        Cells::Dates((0..60).map(|row| 1.7e9 + 86_400.0 * day(row)).collect())
    }

    fn noise(row: usize) -> f64 {
        (row * row * 31 % 97) as f64 / 97.0
    }

    #[test]
    fn columns_that_only_say_where_a_row_stands_are_found() {
        for (what, cells) in [
            ("days", dates(|row| row as f64)),
            ("days backwards", dates(|row| -(row as f64))),
            ("days but for weekends", dates(|row| (row + 2 * (row / 5)) as f64)),
            ("moments at any time", dates(|row| row as f64 + noise(row))),
            ("several rows a day", dates(|row| (row / 4) as f64)),
            ("series one behind the other", dates(|row| (row % 20) as f64)),
            ("days, some missing", dates(|row| if row % 7 == 3 { f64::NAN } else { row as f64 })),
            ("a row number", numbers(|row| row as f64)),
            ("a row number backwards", numbers(|row| 1000.0 - row as f64)),
            ("steps of ten", numbers(|row| 7.0 + 10.0 * row as f64)),
            ("seconds in tenths", numbers(|row| f64::from(row as f32 * 0.1))),
            (
                "seconds since 1970 as 32 bits have them",
                numbers(|row| f64::from((1.7e9 + 60.0 * row as f64) as f32)),
            ),
            ("a row number, some missing", numbers(|row| if row % 5 == 2 { f64::NAN } else { row as f64 })),
            ("a row number, some rows left out", numbers(|row| (row + row / 20 * 3) as f64)),
            ("a group number", numbers(|row| (row / 3) as f64)),
        ] {
            assert!(is_in_order(&cells), "{what}");
        }
    }

    #[test]
    fn columns_that_new_rows_share_and_measurements_that_rise_stay() {
        for (what, cells) in [
            ("days of births", dates(|row| 1e4 * noise(row))),
            ("a few days", Cells::Dates((0..7).map(|row| 86_400.0 * f64::from(row)).collect())),
            ("two days", dates(|row| (row / 30) as f64)),
            ("hours that come round", numbers(|row| (row % 24) as f64)),
            ("months that come round", numbers(|row| (row % 12) as f64)),
            ("a meter", numbers(|row| (0..row).map(|row| (row * row % 7) as f64).sum())),
            ("a measured trend", numbers(|row| row as f64 + noise(row))),
            ("a walk", numbers(|row| (0..row).map(|row| noise(row) - 0.5).sum())),
            ("a sorted rating", numbers(|row| (row / 15) as f64)),
            ("ages in order", numbers(|row| (row * row / 120) as f64)),
            ("one value", numbers(|_| 5.0)),
            ("one value as 32 bits have it", numbers(|row| f64::from((1.7e9 + noise(row) * 200.0) as f32))),
            ("ids in any order", numbers(|row| (row * 7 % 60) as f64)),
        ] {
            assert!(!is_in_order(&cells), "{what}");
        }
    }
}
