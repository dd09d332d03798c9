//! Small pictures made of letters, for a person at a terminal, names that do it no harm, and scores as JSON.

use std::io::Write;

use serde_json::{Value, json};

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What a table calls something, for a line: no name breaks it, or commands the terminal.
pub(crate) fn plain(name: &str) -> String {
    let escaped = |letter: char| match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    name.chars().map(escaped).collect()
}

/// A score as JSON with the digits that the scores file has, not those of its neighbour among the doubles.
pub(crate) fn number(score: f32) -> Value {
    score.to_string().parse::<f64>().map_or(Value::Null, |score| json!(score))
}

/// A line on standard error.
pub(crate) fn message(text: &str) {
    // A message that nobody can read is no reason to fail.
    let _ = writeln!(std::io::stderr(), "gradstop: {text}");
}

/// A text of at most so many letters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['\u{2026}']).collect(),
        false => text.into(),
    }
}

/// Values as a row of blocks, at most `width` of them, each the mean of as many values; a space where there is
/// none that is finite.
pub(crate) fn sparkline(values: &[f64], width: usize) -> String {
    let width = width.min(values.len());
    let means: Vec<f64> = (0..width)
        .map(|at| {
            let part = &values[at * values.len() / width..(at + 1) * values.len() / width];
            let finite: Vec<f64> = part.iter().copied().filter(|value| value.is_finite()).collect();
            finite.iter().sum::<f64>() / finite.len() as f64
        })
        .collect();
    let finite = || means.iter().copied().filter(|mean| mean.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let block = |&mean: &f64| match mean {
        mean if !mean.is_finite() => ' ',
        mean if high > low => BLOCKS[((mean - low) / (high - low) * 7.0).round() as usize],
        _ => BLOCKS[3],
    };
    means.iter().map(block).collect()
}

/// How many values fall into each of `width` equal parts of their range, as a row of blocks: a space for none.
/// Counts by their square root, so that few beside many can be seen.
pub(crate) fn histogram(values: &[f64], width: usize) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut counts = vec![0usize; width];
    for value in values {
        let share = if high > low { (value - low) / (high - low) } else { 0.0 };
        counts[((share * width as f64) as usize).min(width - 1)] += 1;
    }
    let most = counts.iter().max().map_or(1.0, |&most| (most.max(1) as f64).sqrt());
    let block = |&count: &usize| match count {
        0 => ' ',
        count => BLOCKS[((count as f64).sqrt() / most * 7.0).round() as usize],
    };
    counts.iter().map(block).collect()
}

/// An arrow below place `at` of a row of `count`, drawn `width` wide.
pub(crate) fn arrow(at: usize, count: usize, width: usize) -> String {
    let width = width.min(count);
    // The part that the place falls into, as a row of blocks has them.
    let column = (0..width).rfind(|&column| column * count / width <= at).unwrap_or(0);
    format!("{}▲", " ".repeat(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_rise_with_their_values_and_arrows_stand_below_them() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 8), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[0.0, 0.0, 7.0, 7.0], 2), "▁█");
        assert_eq!(sparkline(&[1.0, f64::NAN, 3.0], 3), "▁ █");
        assert_eq!(sparkline(&[2.0, 2.0], 60), "▄▄");
        assert_eq!(sparkline(&[], 60), "");
        assert_eq!(histogram(&[0.0, 0.1, 0.2, 0.1, 9.9, 10.0], 5), "█   ▆");
        assert_eq!(histogram(&[1.0, 1.0], 3), "█  ");
        assert_eq!(arrow(80, 100, 50), format!("{}▲", " ".repeat(40)));
        assert_eq!(arrow(99, 100, 50).chars().count(), 50);
        assert_eq!(arrow(3, 4, 60), "   ▲");
        for (at, count) in [(0, 7), (3, 7), (6, 7), (36, 37), (17, 90)] {
            let width = 5;
            let column = arrow(at, count, width).chars().count() - 1;
            assert!((column * count / width..(column + 1) * count / width).contains(&at), "{at} of {count}");
        }
    }
}
