//! Mean ranks on a line, with bars that join what cannot be told apart (a critical-difference diagram).

use gradstop_pages::escape;

use crate::report::statistics::{holm, wilcoxon};
use crate::report::study::{Entry, mean_ranks};

const WIDTH: f64 = 760.0;
const MARGIN: f64 = 220.0;
const LINE: f64 = 22.0;

/// A drawing, and what it shows in words, where it cannot be shown.
pub(crate) struct Figure {
    /// As SVG.
    pub(crate) drawing: String,
    /// A line each.
    pub(crate) words: Vec<String>,
}

pub(crate) fn diagram(entries: &[&Entry]) -> Figure {
    let ranks = mean_ranks(entries);
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|&a, &b| ranks[a].total_cmp(&ranks[b]));
    let entries: Vec<&Entry> = order.iter().map(|&at| entries[at]).collect();
    let ranks: Vec<f64> = order.iter().map(|&at| ranks[at]).collect();
    let groups = groups(&entries);

    let (count, last) = (entries.len(), entries.len() as f64);
    let x = |rank: f64| MARGIN + (rank - 1.0) / (last - 1.0) * (WIDTH - 2.0 * MARGIN);
    let top = 40.0;
    let names = top + 24.0 + 8.0 * groups.len() as f64;
    let rows = count.div_ceil(2);
    let height = names + LINE * rows as f64 + 16.0;
    let mut parts = Vec::new();
    let stroke = |x1: f64, y1: f64, x2: f64, y2: f64, width: f64| {
        format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"currentColor\" \
             stroke-width=\"{width}\"/>"
        )
    };
    let word = |x: f64, y: f64, anchor: &str, text: &str| {
        format!(
            "<text class=\"said\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
            escape(text)
        )
    };
    parts.push(stroke(x(1.0), top, x(last), top, 1.0));
    for rank in 1..=count {
        parts.push(stroke(x(rank as f64), top - 5.0, x(rank as f64), top, 1.0));
        parts.push(word(x(rank as f64), top - 10.0, "middle", &rank.to_string()));
    }
    for (level, group) in groups.iter().enumerate() {
        let y = top + 12.0 + 8.0 * level as f64;
        parts.push(stroke(x(ranks[group.0]) - 3.0, y, x(ranks[group.1]) + 3.0, y, 4.0));
    }
    for (at, (entry, &rank)) in entries.iter().zip(&ranks).enumerate() {
        // The better half stands left from the top, the worse half right from the bottom.
        let left = at < rows;
        let row = if left { at } else { count - 1 - at };
        let y = names + LINE * (row as f64 + 0.5);
        let (edge, anchor) = if left { (MARGIN - 12.0, "end") } else { (WIDTH - MARGIN + 12.0, "start") };
        parts.push(stroke(x(rank), top, x(rank), y, 0.6));
        parts.push(stroke(x(rank), y, edge, y, 0.6));
        let gap = if left { -4.0 } else { 4.0 };
        parts.push(word(edge + gap, y + 4.0, anchor, &format!("{} {rank:.2}", name(entry))));
    }
    let mut words: Vec<String> =
        entries.iter().zip(&ranks).map(|(entry, rank)| format!("{rank:.2} {}", name(entry))).collect();
    words.extend(groups.iter().map(|&(first, last)| {
        format!("cannot be told apart: {} to {}", name(entries[first]), name(entries[last]))
    }));
    let drawing = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"Mean ranks: {}\" \
         style=\"min-width: 36rem; max-width: 52rem\">{}</svg>",
        escape(&words.join("; ")),
        parts.concat()
    );
    Figure { drawing, words }
}

fn name(entry: &Entry) -> String {
    let way = &entry.way;
    let parts = [way.detector.as_str(), if way.preset == "default" { "" } else { &way.preset }, way.rule()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Runs of entries (first and last, in the order of their ranks) of which no two differ, the longest ones only.
fn groups(entries: &[&Entry]) -> Vec<(usize, usize)> {
    let pairs: Vec<(usize, usize)> =
        (0..entries.len()).flat_map(|a| (a + 1..entries.len()).map(move |b| (a, b))).collect();
    let p: Vec<f64> = pairs
        .iter()
        .map(|&(a, b)| {
            let gains = entries[a].gains(entries[b]);
            wilcoxon(&gains.iter().map(|(_, other, mine)| mine - other).collect::<Vec<_>>())
        })
        .collect();
    let differ = holm(&p);
    let together = |first: usize, last: usize| {
        pairs.iter().zip(&differ).all(|(&(a, b), &differ)| !differ || a < first || b > last)
    };
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for first in 0..entries.len() {
        let last = (first..entries.len()).rev().find(|&last| together(first, last)).unwrap_or(first);
        if last > first && groups.last().is_none_or(|&(_, before)| last > before) {
            groups.push((first, last));
        }
    }
    groups
}
