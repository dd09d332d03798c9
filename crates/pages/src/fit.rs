//! The report of a fit: what was run, the scores, the most abnormal rows and why, and how the training went.

use gradstop::engine::random::{Key, Purpose};
use gradstop::history::{EpochRecord, Training};
use gradstop::preparation::Scale;
use gradstop::{Error, Explanation, FittedDetector, detector_named};
use maud::{Markup, html};
use serde_json::Value;

use crate::cells::{CELL_LETTERS, Columns, cut};
use crate::chart::{Curve, Histogram, Ink, LineChart, Scatter, bars};
use crate::frame::frame;
use crate::map::Plane;
use crate::words::{counted, grouped, number, percent, shortened};
use crate::written::WrittenCells;

/// Rows and columns that the table of the most abnormal rows shows at most.
const TABLE_ROWS: usize = 100;
const TABLE_COLUMNS: usize = 30;
/// Columns that are named as the reason for a row, wherever they stand in the table.
const REASONS: usize = 2;
/// Flagged rows that are explained at most, and how many values their explanation may take.
const EXPLAINED_ROWS: usize = 2000;
const EXPLAINED_VALUES: usize = 4_000_000;
/// Columns that the chart of their importance shows, and points of the map, at most.
const IMPORTANT: usize = 20;
const MAP_POINTS: usize = 3000;
/// Networks of an ensemble whose training is drawn.
const DRAWN_NETWORKS: usize = 20;

/// The report of a fit, or of a saved detector on some rows.
#[derive(Debug, Clone)]
pub struct FitPage<'a> {
    /// Where the rows come from, in words.
    pub source: &'a str,
    /// The fitted detector.
    pub detector: &'a FittedDetector,
    /// The rows as they were read, or prepared, of shape (rows x columns).
    pub values: &'a [f32],
    /// Their scores.
    pub scores: &'a [f32],
    /// Whether these are the very rows that it was fitted to, in their order.
    pub fitted: bool,
    /// How long the fit took, if it was measured.
    pub seconds: Option<f64>,
    /// What labels say of the scores, if there are any.
    pub judged: Option<Judged<'a>>,
    /// The [rows of its table](table_rows) as they are written; without them it shows what was made of them.
    pub written: Option<&'a WrittenCells>,
}

/// The rows that a page shows in its table: those with the highest scores, the highest first and equal ones in their order.
///
/// ```
/// assert_eq!(gradstop_pages::table_rows(&[0.5, 2.0, 0.5]), [1, 0, 2]);
/// ```
pub fn table_rows(scores: &[f32]) -> Vec<usize> {
    let mut order = order(scores);
    order.truncate(TABLE_ROWS);
    order
}

/// Rows by falling score; equal ones in their order.
fn order(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order
}

/// What labels say of scores, worked out by the caller.
#[derive(Debug, Clone)]
pub struct Judged<'a> {
    /// Which rows are outliers in truth.
    pub truth: &'a [bool],
    /// The measures in words.
    pub words: String,
    /// AUC that each epoch would have had; empty if it was not followed.
    pub auc_by_epoch: Vec<(usize, f64)>,
    /// The ROC curve: false and true positive rate.
    pub roc: Vec<(f64, f64)>,
    /// Recall and precision.
    pub precision_recall: Vec<(f64, f64)>,
}

impl FitPage<'_> {
    /// The report as one HTML file that needs nothing else.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one score a row; what [`FittedDetector::explain`] says.
    pub fn html(&self) -> Result<String, Error> {
        let columns = self.detector.columns().len();
        if self.values.len() != self.scores.len() * columns || self.scores.is_empty() {
            return Err(Error::Shape {
                what: "scores of a report",
                got: format!("{} of them for {} values", self.scores.len(), self.values.len()),
                wanted: format!("one for each row of {columns} values, and at least one"),
            });
        }
        let order = order(self.scores);
        let flagged = order.iter().take_while(|&&row| self.scores[row] > self.detector.threshold()).count();
        let most = (EXPLAINED_VALUES / columns.pow(2).max(1)).clamp(TABLE_ROWS, EXPLAINED_ROWS);
        let explained =
            &order[..flagged.clamp(TABLE_ROWS.min(order.len()), most.max(TABLE_ROWS)).min(order.len())];
        let explanation = self.by_shown_column(self.explain(explained)?);
        let body = html! {
            (self.what_was_run(flagged))
            (self.warnings())
            (self.preparation())
            (self.score_section(flagged))
            (self.table_section(&order, flagged, &explanation))
            div.two {
                (self.importance_section(flagged, &explanation))
                (self.map_section(&order, flagged))
            }
            (self.training_section())
            (self.judged_section())
            (self.settings_section())
        };
        Ok(frame(&format!("Outliers of {}", file_name(self.source)), &body))
    }

    fn explain(&self, rows: &[usize]) -> Result<Explanation, Error> {
        let columns = self.detector.columns().len();
        let values: Vec<f32> =
            rows.iter().flat_map(|&row| &self.values[row * columns..][..columns]).copied().collect();
        match self.fitted {
            true => self.detector.explain_fitted(&values, rows),
            false => self.detector.explain(&values),
        }
    }

    /// Reasons are the columns that people see: where cells are shown as they are written, those of the table.
    fn by_shown_column(&self, explanation: Explanation) -> Explanation {
        match self.written {
            Some(_) => self.detector.by_table_column(explanation),
            None => explanation,
        }
    }

    fn shown_columns(&self) -> Vec<String> {
        match self.written {
            Some(_) => self.detector.table_columns(),
            None => self.detector.columns().to_vec(),
        }
    }

    fn what_was_run(&self, flagged: usize) -> Markup {
        let detector = self.detector;
        let settings = detector.settings();
        let preset = serde_json::to_value(detector.preset()).unwrap_or_default();
        let rows = format!(
            "{} of {}",
            counted(self.scores.len(), "row"),
            counted(detector.table_columns().len(), "column")
        );
        html! {
            p {
                @if let Some(members) = settings["ensemble"].as_u64().filter(|&members| members > 1) {
                    "An ensemble of " (members) " of "
                }
                b { (detector.detector()) } " (preset " (preset.as_str().unwrap_or_default())
                @if let Some(seed) = settings.get("seed") { ", seed " (seed) }
                ")"
                @if self.fitted {
                    " was fitted to the " (rows) " in " b { (self.source) } " and ranks the same rows: "
                } @else {
                    ", fitted before to " (counted(detector.rows(), "row")) ", ranks the " (rows) " in "
                    b { (self.source) } ": "
                }
                (detector_named(detector.detector()).map_or("", |entry| entry.about)) "."
            }
            (training_in_words(detector, self.seconds))
            p {
                "A higher score is more abnormal. "
                b { (grouped(flagged)) " of " (counted(self.scores.len(), "row")) }
                " score above the threshold of " (number(f64::from(detector.threshold())))
                " and count as outliers; it was set so that a share of " (settings["contamination"])
                " of the fitted rows would."
            }
        }
    }

    fn warnings(&self) -> Markup {
        let warnings: Vec<String> = self.detector.warnings_in_words().collect();
        html! {
            @if !warnings.is_empty() {
                section { h2 { "Warnings" } ul.warnings { @for warning in warnings { li { (warning) } } } }
            }
        }
    }

    /// What was done to columns that are no complete numbers.
    fn preparation(&self) -> Markup {
        let Some(preparation) = self.detector.preparation() else { return html! {} };
        let treatments = preparation.treatments();
        html! {
            section {
                h2 { "What was done to the columns" }
                p {
                    "Of " (counted(preparation.inputs().len(), "column")) " of the table "
                    (counted(self.detector.features(), "feature")) " were made."
                    @match preparation.options().scale {
                        Scale::Standard => {}
                        Scale::Robust => { " They are scaled by median and interquartile range." }
                        Scale::Quantile => { " Numbers and dates are normal scores." }
                    }
                }
                @if !treatments.is_empty() {
                    ul { @for treatment in treatments { li { b { (treatment.column) } ": " (treatment.what) } } }
                }
            }
        }
    }

    fn score_section(&self, flagged: usize) -> Markup {
        let scale = if Histogram::is_logarithmic(self.scores) { " The scale is logarithmic." } else { "" };
        let about = format!(
            "How many rows have which score; above the threshold: {}.{scale}",
            counted(flagged, "row")
        );
        let histogram = Histogram {
            title: "Distribution of the scores",
            about: &about,
            values: self.scores,
            threshold: self.detector.threshold(),
        };
        html! { section { h2 { "Scores" } (histogram.figure()) } }
    }

    fn table_section(&self, order: &[usize], flagged: usize, explanation: &Explanation) -> Markup {
        let names = self.shown_columns();
        let shown = &order[..order.len().min(TABLE_ROWS)];
        let shares: Vec<Vec<f32>> =
            (0..shown.len()).map(|at| Explanation::shares(explanation.row(at))).collect();
        let id = self.written.and_then(|written| written.id.as_ref());
        // The flagged rows say what is looked for.
        let telling = &shares[..flagged.clamp(1, shares.len())];
        let mut kept = strongest_columns(telling, names.len());
        // It stands beside every row.
        kept.retain(|&column| Some(&names[column]) != id);
        let columns = Columns::of(self.detector, self.values, self.written);
        let because = |shares: &[f32]| -> String {
            let strongest = Explanation::strongest_of(shares, REASONS).into_iter();
            let words = strongest.map(|(column, share)| {
                format!("{} {}", shortened(&names[column], 28), percent(f64::from(share)))
            });
            words.collect::<Vec<_>>().join(", ")
        };
        let truth = self.judged.as_ref().map(|judged| judged.truth);
        let method = &explanation.method;
        let exact = match method.exactness {
            gradstop::algorithm::Exactness::Exact if method.base == 0.0 => "they sum to the score exactly",
            gradstop::algorithm::Exactness::Exact => {
                "with a part that is the same for every row they sum to the score exactly"
            }
            gradstop::algorithm::Exactness::Estimate => "an estimate",
        };
        html! {
            section {
                h2 { "The most abnormal rows" }
                p {
                    "The highest scores, " (shown.len()) " of " (grouped(order.len())) ", of which " (grouped(flagged))
                    " are flagged; rows count from 0. The columns that say most of these rows come first. A cell is the \
                     darker, the larger the column's share of what speaks against the row; hold the pointer over it for the \
                     share. Contributions: " (method.description) " (" (exact) ")."
                    @if kept.len() + usize::from(id.is_some_and(|id| names.contains(id))) < names.len() {
                        " Of " (counted(names.len(), "column")) " the first " (kept.len()) " are shown."
                    }
                    @if truth.is_some() { " The label was not seen by the fit." }
                }
                div."wide tall" tabindex="0" role="region" aria-label="The most abnormal rows" {
                    table.sortable {
                        caption { "A head sorts by its column." }
                        thead { tr {
                            th scope="col" { button { "row" } }
                            @if let Some(id) = id { th scope="col" title=(id) { button { (shortened(id, 28)) } } }
                            th scope="col" aria-sort="descending" { button { "score" } }
                            @if self.written.is_some() { th scope="col" { button { "because of" } } }
                            @if truth.is_some() { th scope="col" { button { "label" } } }
                            @for &column in &kept {
                                th scope="col" title=(names[column]) { button { (shortened(&names[column], 28)) } }
                            }
                        } }
                        tbody { @for (&row, shares) in shown.iter().zip(&shares) { tr {
                            th scope="row" { (row) }
                            @if id.is_some() {
                                @let id = self.written.and_then(|written| written.ids.get(&row)).map_or("", |id| id);
                                td.name title=[cut(id)] { (shortened(id, CELL_LETTERS)) }
                            }
                            td { (number(f64::from(self.scores[row]))) }
                            @if self.written.is_some() { td.name { (because(shares)) } }
                            @if let Some(truth) = truth { td.name { @if truth[row] { "outlier" } @else { "inlier" } } }
                            @for &column in &kept {
                                @let share = f64::from(shares[column]);
                                @let shade = Some(shade(share)).filter(|&shade| shade > 0);
                                @let cell = columns.cell(row, column);
                                td class=[cell.class(shade)] title=[cell.title(shade.map(|_| share))] data-v=[cell.order] {
                                    (shortened(&cell.text, CELL_LETTERS))
                                }
                            }
                        } } }
                    }
                }
            }
        }
    }

    fn importance_section(&self, flagged: usize, explanation: &Explanation) -> Markup {
        let names = self.shown_columns();
        let explained = (explanation.contributions.len() / names.len()).min(flagged);
        if explained == 0 {
            return html! { section { h2 { "What sets the flagged rows apart" } p { "No row is flagged." } } };
        }
        let mut totals = vec![0.0f64; names.len()];
        for row in 0..explained {
            let shares = Explanation::shares(explanation.row(row));
            totals.iter_mut().zip(shares).for_each(|(total, share)| *total += f64::from(share));
        }
        let mut means: Vec<(String, f64)> =
            names.iter().zip(totals).map(|(name, total)| (name.clone(), total / explained as f64)).collect();
        means.sort_by(|a, b| b.1.total_cmp(&a.1));
        // A column of which nothing was made says nothing.
        means.retain(|(_, mean)| *mean > 0.0 || self.written.is_none());
        means.truncate(IMPORTANT);
        let which = match explained == flagged {
            true => format!("over the {}", counted(flagged, "flagged row")),
            false => {
                format!("over the {} most abnormal of {} flagged rows", grouped(explained), grouped(flagged))
            }
        };
        let more = if names.len() > IMPORTANT {
            format!(", the {IMPORTANT} largest of {}", names.len())
        } else {
            String::new()
        };
        let about = format!("Mean share of what speaks against a row, {which}{more}.");
        let chart = bars("Importance of the columns", &about, &means);
        html! { section { h2 { "What sets the flagged rows apart" } (chart) } }
    }

    /// The rows on a plane: the flagged ones and some of the others.
    fn map_section(&self, order: &[usize], flagged: usize) -> Markup {
        let columns = self.detector.columns().len();
        let mut standard = self.values.to_vec();
        self.detector.standardization().apply(&mut standard);
        let plane = Plane::of(&standard, columns);
        // Half of the places at most for the flagged rows, the most abnormal first; a draw of the others.
        let own = flagged.min(MAP_POINTS / 2);
        let others = Key::new(0, Purpose::MapRows, &[]).sample(order.len() - flagged, MAP_POINTS - own);
        let chosen: Vec<usize> = (0..own).chain(others.into_iter().map(|at| flagged + at)).collect();
        // Groups by rank: three of what is not flagged, three of what is.
        let ends = |from: usize, to: usize, parts: [f64; 2]| {
            parts.map(|part| from + ((to - from) as f64 * part).round() as usize)
        };
        let [top, high] = ends(0, flagged, [0.1, 0.4]);
        let [near, far] = ends(flagged, order.len(), [0.2, 0.6]);
        let bounds = [far, near, flagged, high, top, 0];
        let names = [
            "lowest scores",
            "middling",
            "just below the threshold",
            "flagged",
            "high",
            "the highest scores",
        ];
        let mut groups: Vec<(String, Vec<(f64, f64)>)> =
            names.into_iter().map(|name| (name.to_string(), Vec::new())).collect();
        for rank in chosen {
            let row = order[rank];
            let group = bounds.iter().position(|&bound| rank >= bound).unwrap_or(0);
            groups[group].1.push(plane.place(&standard[row * columns..][..columns]));
        }
        let points: Vec<(f64, f64)> = groups.iter().flat_map(|group| group.1.iter().copied()).collect();
        let x_range = middle(points.iter().map(|point| point.0));
        let y_range = middle(points.iter().map(|point| point.1));
        let outside = |point: &&(f64, f64)| {
            !(x_range.0..=x_range.1).contains(&point.0) || !(y_range.0..=y_range.1).contains(&point.1)
        };
        let beyond = points.iter().filter(outside).count();
        let mut about =
            "Rows that are alike lie near each other: their two principal components after standardisation, \
                         values counting up to 10 deviations."
                .to_string();
        if points.len() < order.len() {
            about += &format!(
                " Drawn are {} of {}: {} and a random part of the others.",
                grouped(points.len()),
                counted(order.len(), "row"),
                if own < flagged {
                    format!("the {} most abnormal", grouped(own))
                } else {
                    "all that are flagged".into()
                }
            );
        }
        if beyond > 0 {
            about += &format!(" {} would lie outside and are drawn at the edge.", counted(beyond, "row"));
        }
        let axis =
            |at: usize| format!("component {} ({} of the variance)", at + 1, percent(plane.shares[at]));
        let scatter = Scatter {
            title: "Map of the rows",
            about: &about,
            x_name: &axis(0),
            y_name: &axis(1),
            groups,
            x_range,
            y_range,
        };
        html! { section { h2 { "Where they lie" } (scatter.figure()) } }
    }

    fn training_section(&self) -> Markup {
        let trainings = self.detector.trainings();
        let drawn = &trainings[..trainings.len().min(DRAWN_NETWORKS)];
        html! {
            @if !trainings.is_empty() {
                section {
                    h2 { "The training" }
                    @match trainings.len() {
                        1 => {}
                        all if all > drawn.len() => {
                            p { "Of " (all) " networks the first " (drawn.len()) " are drawn." }
                        }
                        all => { p { "A curve for each of " (all) " networks." } }
                    }
                    p {
                        @match trainings {
                            [Training { stop, .. }] => {
                                "Kept is " b { (stop.kept()) } " (counted from 0): " (stop.explanation) "."
                            }
                            _ => { "Epochs count from 0." }
                        }
                    }
                    div.charts { @for chart in self.training_charts(drawn) { (chart.figure()) } }
                }
            }
        }
    }

    fn training_charts(&self, trainings: &[Training]) -> Vec<LineChart<'static>> {
        type Figure = fn(&EpochRecord) -> Option<f64>;
        let limit = self.detector.settings()["gradstop"]["divergence_limit"].as_f64().map(f64::to_degrees);
        let limit = limit.filter(|_| trainings[0].stop.rule == "gradstop");
        let chart = |title, about, named: &[(&str, Ink, Figure)], levels: Vec<(f64, String)>| {
            let mut curves = Vec::new();
            for training in trainings {
                for (name, ink, figure) in named {
                    let points: Vec<(f64, f64)> = training
                        .history
                        .iter()
                        .filter_map(|record| Some((record.epoch as f64, figure(record)?)))
                        .collect();
                    if !points.is_empty() {
                        curves.push(Curve { name: (*name).into(), ink: *ink, points });
                    }
                }
            }
            let marks = marks(trainings);
            let there = !curves.is_empty();
            there.then_some(LineChart {
                title,
                about,
                x_name: "epoch",
                curves,
                marks,
                levels,
                ..LineChart::default()
            })
        };
        let charts = [
            chart(
                "Loss",
                "Mean over the rows, while training.",
                &[("loss", Ink::First, |record| Some(record.loss))],
                vec![],
            ),
            chart(
                "Rows left out",
                "Share of the rows that the step does not learn from, and of these the share that the epoch before left out as well.",
                &[
                    ("left out", Ink::First, |record| record.trimmed),
                    ("again", Ink::SecondThin, |record| record.trim_overlap),
                ],
                vec![],
            ),
            chart(
                "Cohesion",
                "How far gradients within a group agree, 0 to 1.",
                &[
                    ("normal-looking rows", Ink::First, |record| record.signals.cohesion_small),
                    ("abnormal-looking rows", Ink::Second, |record| record.signals.cohesion_large),
                ],
                vec![],
            ),
            chart(
                "Cohesion gap",
                "The first less the second; the rule sees it smoothed.",
                &[
                    ("gap", Ink::FirstThin, |record| record.signals.gap),
                    ("smoothed", Ink::First, |record| record.signals.smoothed_gap),
                ],
                vec![],
            ),
            chart(
                "Divergence in degrees",
                "The angle between what the two groups want to learn.",
                &[
                    ("divergence", Ink::FirstThin, |record| record.signals.divergence.map(f64::to_degrees)),
                    ("smoothed", Ink::First, |record| {
                        record.signals.smoothed_divergence.map(f64::to_degrees)
                    }),
                ],
                limit.map(|limit| (limit, "limit at the start".to_string())).into_iter().collect(),
            ),
            chart(
                "Entropy of the scores",
                "Low where few rows are set apart clearly.",
                &[("entropy", Ink::First, |record| record.signals.entropy)],
                vec![],
            ),
            chart(
                "Skewness of the scores",
                "Of their logarithms; high where few rows stand out.",
                &[("skewness", Ink::First, |record| record.signals.skewness)],
                vec![],
            ),
        ];
        charts.into_iter().flatten().collect()
    }

    fn judged_section(&self) -> Markup {
        let Some(judged) = &self.judged else { return html! {} };
        let line = |title, x_name, name: &str, points: &[(f64, f64)]| LineChart {
            title,
            x_name,
            curves: vec![Curve { name: name.into(), ink: Ink::Second, points: points.to_vec() }],
            x_range: Some((0.0, 1.0)),
            y_range: Some((0.0, 1.0)),
            ..LineChart::default()
        };
        let mut charts = Vec::new();
        if !judged.auc_by_epoch.is_empty() {
            let points: Vec<(f64, f64)> =
                judged.auc_by_epoch.iter().map(|&(epoch, auc)| (epoch as f64, auc)).collect();
            let marks = marks(self.detector.trainings());
            let chart = line("AUC that each epoch would have had", "epoch", "AUC", &points);
            charts.push(LineChart { x_range: None, y_range: None, marks, ..chart });
        }
        if !judged.roc.is_empty() {
            let mut chart = line(
                "ROC curve: true positives found",
                "false positive rate",
                "true positive rate",
                &judged.roc,
            );
            let chance =
                Curve { name: "by chance".into(), ink: Ink::FirstThin, points: vec![(0.0, 0.0), (1.0, 1.0)] };
            chart.curves.push(chance);
            charts.push(chart);
        }
        if !judged.precision_recall.is_empty() {
            charts.push(line("Precision by recall", "recall", "precision", &judged.precision_recall));
        }
        html! {
            section {
                h2 { "Judged by labels" }
                p {
                    b { "Not seen by the training:" }
                    " the labels of the table judge the scores after the fit and change nothing in it. "
                    (judged.words) "."
                }
                div.charts { @for chart in charts { (chart.figure()) } }
            }
        }
    }

    fn settings_section(&self) -> Markup {
        let mut settings = Vec::new();
        flatten("", &self.detector.settings(), &mut |name, value| {
            settings.push((name.to_string(), value.to_string()));
        });
        html! {
            section {
                h2 { "Settings" }
                details {
                    summary { "Every setting of this fit" }
                    div.wide tabindex="0" role="region" aria-label="Settings" {
                        table { tbody {
                            @for (name, value) in settings {
                                tr { th.name scope="row" { (name) } td.name { (value) } }
                            }
                        } }
                    }
                }
                p.soft {
                    "Made by gradstop " (env!("CARGO_PKG_VERSION")) ". The same settings and rows give the same scores."
                }
            }
        }
    }
}

fn training_in_words(detector: &FittedDetector, seconds: Option<f64>) -> Markup {
    let took = seconds.map(|seconds| format!(" in {seconds:.2} seconds"));
    let trimmed = detector.trimmed().map(|share| {
        let share = 100.0 * share;
        format!(
            " The last step left out {share:.0} % of the rows, those with the largest losses; all are scored."
        )
    });
    match detector.trainings() {
        [] => html! {
            @if let Some(took) = took { p { "The fit was done" (took) "; there is no training to stop." } }
        },
        [Training { stop, .. }] => html! {
            p {
                "It was trained for " (counted(stop.epochs_run, "epoch")) @if let Some(took) = took { (took) } "."
                @if let Some(trimmed) = trimmed { (trimmed) }
                @if let Some(rule) = stop.stopped_by() {
                    " The rule " (rule) " kept " b { (stop.kept()) } " (counted from 0): " (stop.explanation) "."
                } @else {
                    " No rule stopped it: " b { (stop.kept()) } " (counted from 0), the last, is kept."
                }
            }
        },
        several => {
            let epochs: usize = several.iter().map(|training| training.stop.epochs_run).sum();
            let kept: Vec<usize> = several.iter().map(|training| training.stop.best_epoch).collect();
            let averaged = several.iter().any(|training| !training.stop.averaged.is_empty());
            let what = match (kept.iter().min(), kept.iter().max()) {
                _ if averaged => "an average of epochs of each".to_string(),
                (Some(first), Some(last)) if first < last => format!("epochs {first} to {last} of them"),
                _ => format!("epoch {} of each", kept[0]),
            };
            html! {
                p {
                    (counted(several.len(), "network")) " were trained for " (counted(epochs, "epoch")) " in all"
                    @if let Some(took) = took { (took) } "; the rule " (several[0].stop.rule) " kept " (what)
                    " (counted from 0)." @if let Some(trimmed) = trimmed { (trimmed) }
                }
            }
        }
    }
}

/// The last part of a path: enough for a heading.
pub(crate) fn file_name(source: &str) -> &str {
    source.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(source)
}

/// Where the kept epoch of the only training stands.
fn marks(trainings: &[Training]) -> Vec<(f64, String)> {
    let [Training { stop, .. }] = trainings else { return Vec::new() };
    let why = match stop.reason.as_str() {
        "diverged" => ": the groups diverge",
        "patience" => ": nothing better came",
        _ => "",
    };
    let what = if stop.averaged.is_empty() { "kept" } else { "counts most:" };
    vec![(stop.best_epoch as f64, format!("{what} {}{why}", stop.best_epoch))]
}

/// How dark a cell is, 0 to 8.
fn shade(share: f64) -> usize {
    if share < 0.02 { 0 } else { (1.0 + 8.0 * share.sqrt()).min(8.0) as usize }
}

/// The columns with the largest shares of some rows, the largest first.
fn strongest_columns(shares: &[Vec<f32>], columns: usize) -> Vec<usize> {
    // By their squares, so that a column with a few dark cells comes before one with many pale ones.
    let total = |column: usize| shares.iter().map(|shares| f64::from(shares[column]).powi(2)).sum::<f64>();
    let totals: Vec<f64> = (0..columns).map(total).collect();
    let mut order: Vec<usize> = (0..columns).collect();
    order.sort_by(|&a, &b| totals[b].total_cmp(&totals[a]).then(a.cmp(&b)));
    order.truncate(TABLE_COLUMNS);
    order
}

/// The range that holds all but the most extreme values, with some room.
fn middle(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| sorted[(share * (sorted.len() - 1) as f64).round() as usize];
    let (low, high) = (at(0.01), at(0.99));
    let room = 0.15 * (high - low) + 1e-9;
    (low - room, high + room)
}

/// Calls `each` with every value of a tree and the names that lead to it.
fn flatten(path: &str, tree: &Value, each: &mut dyn FnMut(&str, &Value)) {
    match tree {
        Value::Object(branches) => branches.iter().for_each(|(name, value)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            flatten(&path, value, each);
        }),
        value => each(path, value),
    }
}
