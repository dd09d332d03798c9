//! Charts as inline SVG, each with its text alternative.
//!
//! A chart is as wide as its frame, and its letters stay readable on a phone: it is drawn for about 360 points.

use maud::{Markup, html};

use crate::scale::Scale;
use crate::words::{counted, number, percent, shortened};

/// Points of a curve at most: more than can be told apart.
const MOST_POINTS: usize = 400;

/// How a curve looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    First,
    Second,
    /// The first, dashed and thin: what lies behind it.
    FirstThin,
    SecondThin,
}

impl Ink {
    fn class(self) -> &'static str {
        match self {
            Self::First => "curve first",
            Self::Second => "curve second",
            Self::FirstThin => "curve first thin",
            Self::SecondThin => "curve second thin",
        }
    }
}

/// A curve; several of one name have one place in the legend.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) ink: Ink,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Curves over a common axis.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineChart<'a> {
    pub(crate) title: &'a str,
    /// A sentence below the title, or nothing.
    pub(crate) about: &'a str,
    pub(crate) x_name: &'a str,
    pub(crate) curves: Vec<Curve>,
    /// Upright lines with what they mean.
    pub(crate) marks: Vec<(f64, String)>,
    /// Level lines with what they mean.
    pub(crate) levels: Vec<(f64, String)>,
    /// Ends of the two axes where they are known.
    pub(crate) x_range: Option<(f64, f64)>,
    pub(crate) y_range: Option<(f64, f64)>,
}

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 34.0;

impl LineChart<'_> {
    /// The chart with its title and legend.
    pub(crate) fn figure(&self) -> Markup {
        let named = self.named();
        let several = named.iter().filter(|_| named.len() > 1);
        let items = several.map(|curve| (&curve.name[..], curve.ink.class().into()));
        figure(
            None,
            (self.title, self.about),
            (WIDTH, HEIGHT),
            &self.words(),
            self.inside(),
            legend(items, "M0 5H20"),
        )
    }

    /// The first curve of every name.
    fn named(&self) -> Vec<&Curve> {
        let mut named: Vec<&Curve> = Vec::new();
        for curve in &self.curves {
            if !named.iter().any(|other| other.name == curve.name) {
                named.push(curve);
            }
        }
        named
    }

    /// What is drawn, without its frame.
    fn inside(&self) -> Markup {
        let (x, y) = self.scales();
        // Behind the others what is thin.
        let thin = |curve: &&Curve| matches!(curve.ink, Ink::FirstThin | Ink::SecondThin);
        let (behind, before): (Vec<&Curve>, Vec<&Curve>) = self.curves.iter().partition(thin);
        html! {
            (axes(&x, &y, self.x_name, (WIDTH, HEIGHT)))
            @for (value, words) in &self.levels {
                @let at = y.place(*value);
                (line("mark", LEFT, at, WIDTH - RIGHT, at))
                (text(WIDTH - RIGHT - 3.0, at - 3.0, "end", "said", words))
            }
            @for curve in behind.into_iter().chain(before) {
                (path(&curve.points, &x, &y, curve.ink.class()))
            }
            @for (value, words) in &self.marks {
                (upright(x.place(*value), HEIGHT, WIDTH / 2.0, 3.0, words))
            }
        }
    }

    fn scales(&self) -> (Scale, Scale) {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            let finite = values.filter(|value| value.is_finite());
            let ends =
                finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            if ends.0 <= ends.1 { ends } else { (0.0, 1.0) }
        };
        let (x_low, x_high) = self.x_range.unwrap_or_else(|| ends(&mut points().map(|point| point.0)));
        let (y_low, y_high) = self.y_range.unwrap_or_else(|| {
            let levels = self.levels.iter().map(|level| level.0);
            let (low, high) = ends(&mut points().map(|point| point.1).chain(levels));
            let room = 0.06 * (high - low);
            (low - room, high + room)
        });
        let x = Scale::linear(x_low, x_high, (LEFT, WIDTH - RIGHT));
        (x, Scale::linear(y_low, y_high, (HEIGHT - BOTTOM, TOP)))
    }

    /// The same as the drawing, for those who do not see it.
    pub(crate) fn words(&self) -> String {
        let mut words = format!("{}, by {}.", self.title, self.x_name);
        for Curve { name, points, .. } in self.named() {
            let finite = || points.iter().filter(|point| point.1.is_finite());
            let (Some(first), Some(last)) = (finite().next(), finite().next_back()) else { continue };
            let least = finite().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(first);
            let most = finite().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(first);
            let several = match self.curves.iter().filter(|curve| curve.name == *name).count() {
                0 | 1 => String::new(),
                same => format!(" ({}, of the first:)", counted(same, "curve")),
            };
            words += &format!(
                " {name}{several} from {} to {}, least {} at {}, most {} at {}.",
                number(first.1),
                number(last.1),
                number(least.1),
                number(least.0),
                number(most.1),
                number(most.0)
            );
        }
        let levels = self.levels.iter().filter(|level| !level.1.is_empty());
        levels.for_each(|(value, name)| words += &format!(" Level {}: {name}.", number(*value)));
        self.marks
            .iter()
            .take(20)
            .for_each(|(value, name)| words += &format!(" At {}: {name}.", number(*value)));
        words
    }
}

/// Several charts as one drawing, two beside each other, for a file of its own.
pub(crate) fn sheet(charts: &[LineChart<'_>], columns: usize) -> Markup {
    const HEAD: f64 = 18.0;
    const FOOT: f64 = 16.0;
    const NAMES: f64 = HEIGHT + HEAD + 6.0;
    let beside = |next: &mut f64, curve| {
        let Curve { name, ink, .. }: &Curve = curve;
        let from = *next;
        *next += 40.0 + 5.6 * name.chars().count() as f64;
        Some((from, name.clone(), ink.class()))
    };
    let rows = charts.len().div_ceil(columns);
    let (wide, high) = (WIDTH * columns as f64, (HEIGHT + HEAD + FOOT) * rows as f64);
    let words: Vec<String> = charts.iter().map(LineChart::words).collect();
    let parts = html! {
        rect width=(wide) height=(high) style="fill:var(--paper)" {}
        @for (at, chart) in charts.iter().enumerate() {
            @let (x, y) = ((at % columns) as f64 * WIDTH, (at / columns) as f64 * (HEIGHT + HEAD + FOOT));
            g transform={ "translate(" (x) " " (y) ")" } {
                (text(LEFT, 12.0, "start", "said", chart.title))
                g transform={ "translate(0 " (HEAD) ")" } { (chart.inside()) }
                @if chart.curves.len() > 1 {
                    @for (from, name, class) in chart.named().into_iter().scan(LEFT, beside) {
                        path class=(class) d=(format!("M{from:.0} {NAMES}h18")) {}
                        (text(from + 22.0, NAMES + 4.0, "start", "", &name))
                    }
                }
            }
        }
    };
    svg((wide, high), &words.join(" "), parts)
}

/// How often values fall where.
pub(crate) struct Histogram<'a> {
    pub(crate) title: &'a str,
    pub(crate) about: &'a str,
    pub(crate) values: &'a [f32],
    pub(crate) threshold: f32,
}

impl Histogram<'_> {
    const BINS: usize = 60;

    /// A skewed lot of positive values is easier to read by orders of magnitude.
    pub(crate) fn is_logarithmic(values: &[f32]) -> bool {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        match (sorted.first(), sorted.last()) {
            (Some(&least), Some(&most)) => least > 0.0 && most > 12.0 * sorted[sorted.len() / 2],
            _ => false,
        }
    }

    pub(crate) fn figure(&self) -> Markup {
        const W: f64 = 560.0;
        const H: f64 = 200.0;
        let bounds = (LEFT, W - RIGHT);
        let ends = self.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
            (low.min(f64::from(value)), high.max(f64::from(value)))
        });
        let logarithmic = Self::is_logarithmic(self.values);
        let x = match logarithmic {
            true => Scale::logarithmic(ends.0, ends.1, bounds),
            false => Scale::linear(ends.0, ends.1, bounds),
        };
        let width = (bounds.1 - bounds.0) / Self::BINS as f64;
        let mut counts = [(0usize, 0usize); Self::BINS];
        for &value in self.values {
            let bin = ((x.place(f64::from(value)) - bounds.0) / width) as usize;
            let (below, above) = &mut counts[bin.min(Self::BINS - 1)];
            *(if value > self.threshold { above } else { below }) += 1;
        }
        let most = counts.iter().map(|(below, above)| below + above).max().unwrap_or(1).max(1);
        let y = Scale::linear(0.0, most as f64, (H - BOTTOM, TOP));
        let bar = |bin: usize, from: usize, to: usize, class: &str| {
            // What is there can be seen, however little it is.
            let (bottom, top) = (y.place(from as f64), y.place(to as f64));
            let (left, height) = (bounds.0 + width * bin as f64 + 0.4, (bottom - top).max(1.5));
            let end = |bin: usize| number(x.value(bin as f64 / Self::BINS as f64));
            html! {
                @if to > from {
                    (rect(class, (left, bottom - height, width - 0.8, height), &format!(
                        "{} to {}: {}", end(bin), end(bin + 1), counted(to - from, "row")
                    )))
                }
            }
        };
        let words = format!("threshold {}", number(f64::from(self.threshold)));
        let parts = html! {
            (axes(&x, &y, "score", (W, H)))
            (text(LEFT - 5.0, TOP - 5.0, "end", "", "rows"))
            @for (bin, &(below, above)) in counts.iter().enumerate() {
                (bar(bin, 0, below, "bar"))
                (bar(bin, below, below + above, "bar out"))
            }
            (upright(x.place(f64::from(self.threshold)), H, W * 0.8, 4.0, &words))
        };
        let above = self.values.iter().filter(|&&value| value > self.threshold).count();
        let scale = if logarithmic { "a logarithmic scale" } else { "a linear scale" };
        let label = format!(
            "{}: {} from {} to {} on {scale}; {} above the {words}.",
            self.title,
            counted(self.values.len(), "score"),
            number(ends.0),
            number(ends.1),
            counted(above, "row")
        );
        figure(Some("large"), (self.title, self.about), (W, H), &label, parts, html! {})
    }
}

/// Shares by name, as bars, the largest first.
pub(crate) fn bars(title: &str, about: &str, shares: &[(String, f64)]) -> Markup {
    const NAMES: f64 = 160.0;
    const LINE: f64 = 20.0;
    const W: f64 = 360.0;
    let most = shares.iter().map(|share| share.1).fold(f64::MIN_POSITIVE, f64::max);
    let parts = html! {
        @for (at, (name, share)) in shares.iter().enumerate() {
            @let y = LINE * at as f64 + 2.0;
            @let length = share / most * (W - NAMES - 45.0);
            (text(NAMES - 6.0, y + 13.0, "end", "said", &shortened(name, 24)))
            (rect("bar out", (NAMES, y + 2.0, length, LINE - 5.0), name))
            (text(NAMES + length + 5.0, y + 13.0, "start", "", &percent(*share)))
        }
    };
    let words: Vec<String> =
        shares.iter().map(|(name, share)| format!("{name} {}", percent(*share))).collect();
    let label = format!("{title}: {}.", words.join(", "));
    figure(Some("bars"), (title, about), (W, LINE * shares.len() as f64 + 6.0), &label, parts, html! {})
}

/// Points in groups, with the name of each group.
pub(crate) struct Scatter<'a> {
    pub(crate) title: &'a str,
    pub(crate) about: &'a str,
    pub(crate) x_name: &'a str,
    pub(crate) y_name: &'a str,
    /// Drawn in this order, the last on top.
    pub(crate) groups: Vec<(String, Vec<(f64, f64)>)>,
    pub(crate) x_range: (f64, f64),
    pub(crate) y_range: (f64, f64),
}

impl Scatter<'_> {
    pub(crate) fn figure(&self) -> Markup {
        const W: f64 = 560.0;
        const H: f64 = 420.0;
        let x = Scale::linear(self.x_range.0, self.x_range.1, (LEFT, W - RIGHT));
        let y = Scale::linear(self.y_range.0, self.y_range.1, (H - BOTTOM, TOP));
        // Dots are lines of no length with round ends: a few letters each.
        let dot = |point: &(f64, f64)| format!("M{:.0} {:.0}h0", x.place(point.0), y.place(point.1));
        let class = |group: usize| format!("dots p{group}");
        let parts = html! {
            (axes(&x, &y, self.x_name, (W, H)))
            (text(LEFT, TOP - 4.0, "start", "", self.y_name))
            @for (group, (_, points)) in self.groups.iter().enumerate() {
                path class=(class(group)) d=(points.iter().map(dot).collect::<String>()) {}
            }
        };
        let words: Vec<String> = self
            .groups
            .iter()
            .map(|(name, points)| format!("{} {name}", counted(points.len(), "point")))
            .collect();
        let label = format!("{}: {}.", self.title, words.join(", "));
        let items = self.groups.iter().enumerate().map(|(group, (name, _))| (&name[..], class(group)));
        figure(Some("large"), (self.title, self.about), (W, H), &label, parts, legend(items, "M10 5h0"))
    }
}

/// A drawing under its title and a sentence, which may be empty.
fn figure(
    class: Option<&str>,
    (title, about): (&str, &str),
    size: (f64, f64),
    label: &str,
    parts: Markup,
    legend: Markup,
) -> Markup {
    html! {
        figure class=[class] {
            figcaption { (title) @if !about.is_empty() { span { (about) } } }
            (svg(size, label, parts))
            (legend)
        }
    }
}

/// A drawing, and what it shows in words.
fn svg((width, height): (f64, f64), label: &str, parts: Markup) -> Markup {
    html! { svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(label) { (parts) } }
}

/// Names, each with a sample of its class; nothing if there is none.
fn legend<'a>(items: impl Iterator<Item = (&'a str, String)>, sample: &str) -> Markup {
    let mut items = items.peekable();
    html! {
        @if items.peek().is_some() {
            ul.legend {
                @for (name, class) in items {
                    li { svg viewBox="0 0 20 10" aria-hidden="true" { path class=(class) d=(sample) {} } (name) }
                }
            }
        }
    }
}

fn axes(x: &Scale, y: &Scale, x_name: &str, (width, height): (f64, f64)) -> Markup {
    let floor = height - BOTTOM;
    html! {
        @for tick in y.ticks(4) {
            @let at = y.place(tick);
            (line("grid", LEFT, at, width - RIGHT, at))
            (text(LEFT - 5.0, at + 3.5, "end", "", &number(tick)))
        }
        @for tick in x.ticks((width / 60.0) as usize) {
            @let at = x.place(tick);
            (line("axis", at, floor, at, floor + 4.0))
            (text(at, floor + 15.0, "middle", "", &number(tick)))
        }
        (line("axis", LEFT, floor, width - RIGHT, floor))
        (text(width - RIGHT, height - 4.0, "end", "", x_name))
    }
}

fn line(class: &str, x1: f64, y1: f64, x2: f64, y2: f64) -> Markup {
    html! { path class=(class) d=(format!("M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}")) {} }
}

/// An upright line and what it means, beside it on the side where there is room.
fn upright(at: f64, height: f64, turn: f64, gap: f64, words: &str) -> Markup {
    let (anchor, gap) = if at > turn { ("end", -gap) } else { ("start", gap) };
    html! {
        (line("mark", at, TOP, at, height - BOTTOM))
        (text(at + gap, TOP + 8.0, anchor, "said", words))
    }
}

fn text(x: f64, y: f64, anchor: &str, class: &str, words: &str) -> Markup {
    let class = Some(class).filter(|class| !class.is_empty());
    html! { text x=(format!("{x:.1}")) y=(format!("{y:.1}")) text-anchor=(anchor) class=[class] { (words) } }
}

fn rect(class: &str, (x, y, width, height): (f64, f64, f64, f64), title: &str) -> Markup {
    let [x, y, width, height] = [x, y, width, height].map(|length| format!("{length:.1}"));
    html! { rect class=(class) x=(x) y=(y) width=(width) height=(height) { title { (title) } } }
}

/// A curve, broken where a value is not finite; of many points the least and the largest of each few.
fn path(points: &[(f64, f64)], x: &Scale, y: &Scale, class: &str) -> Markup {
    let points = thinned(points);
    let mut commands = String::new();
    let mut pen = "M";
    for (at, value) in points {
        if !value.is_finite() {
            pen = "M";
            continue;
        }
        commands += &format!("{pen}{:.1} {:.1}", x.place(at), y.place(value));
        pen = "L";
    }
    html! { path class=(class) d=(commands) {} }
}

fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let mut kept = vec![points[0]];
    for few in points.chunks(points.len().div_ceil(MOST_POINTS / 2)) {
        let least = few.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
        let most = few.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut both: Vec<(f64, f64)> = least.into_iter().chain(most).collect();
        both.sort_by(|a, b| a.0.total_cmp(&b.0));
        kept.extend(both);
    }
    kept.push(points[points.len() - 1]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_peaks() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|at| (f64::from(at), 0.0)).collect();
        points[5431].1 = 7.0;
        points[2].1 = -3.0;
        let kept = thinned(&points);
        assert!(kept.len() <= MOST_POINTS + 4);
        assert!(
            kept.contains(&(5431.0, 7.0))
                && kept.contains(&(2.0, -3.0))
                && kept.is_sorted_by(|a, b| a.0 <= b.0)
        );
    }

    #[test]
    fn a_chart_says_in_words_what_it_shows_and_names_cannot_become_markup() {
        let curve = Curve {
            name: "<loss>".into(),
            ink: Ink::First,
            points: vec![(0.0, 3.0), (1.0, f64::NAN), (2.0, 1.0)],
        };
        let marks = vec![(1.0, "kept".into())];
        let chart =
            LineChart { title: "Loss", x_name: "epoch", curves: vec![curve], marks, ..LineChart::default() };
        assert_eq!(
            chart.words(),
            "Loss, by epoch. <loss> from 3 to 1, least 1 at 2, most 3 at 0. At 1: kept."
        );
        assert!(!chart.figure().0.contains("<loss>") && !chart.figure().0.contains("NaN"));
    }

    #[test]
    fn charts_of_nothing_and_of_one_value_are_drawn_without_a_number_that_is_none() {
        let empty = LineChart { title: "t", x_name: "x", ..LineChart::default() };
        for values in [&[2.0f32][..], &[0.0, 0.0], &[f32::MAX, f32::MIN], &[1.0, 1.0, 500.0]] {
            let figure = Histogram { title: "t", about: "", values, threshold: values[0] }.figure().0;
            assert!(!figure.contains("NaN") && !figure.contains("inf"), "{figure}");
        }
        assert!(!empty.figure().0.contains("NaN"));
        assert!(!bars("t", "", &[("a".into(), 0.0)]).0.contains("NaN"));
    }
}
