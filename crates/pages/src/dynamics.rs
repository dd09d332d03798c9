//! The training as labels see it, epoch by epoch: the paper's Figures 1 and 2 for any table, and its Theorem 1
//! as a measured quantity. docs/dynamics.md defines every figure.

use maud::{Markup, html};
use serde::Serialize;

use crate::chart::{Curve, Ink, LineChart, sheet};
use crate::fit::file_name;
use crate::frame::{frame, standalone};
use crate::words::{counted, number};

/// What labels say of one epoch. Gradients are those of the epoch's own pass, before its step; losses and AUC
/// are those after it. What is not defined is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DynamicsEpoch {
    /// Number of the epoch, from 0.
    pub epoch: usize,
    /// Mean training loss over all rows.
    pub loss: f64,
    /// AUC of the scores.
    pub auc: Option<f64>,
    /// Mean score of the inliers, in evaluation mode.
    pub inlier_loss: f64,
    /// Mean score of the outliers.
    pub outlier_loss: f64,
    /// Mean length of an inlier's gradient.
    pub inlier_norm: f64,
    /// Mean length of an outlier's gradient.
    pub outlier_norm: f64,
    /// Projection of the inliers' part of the gradient onto all of it.
    pub inlier_contribution: f64,
    /// Projection of the outliers' part.
    pub outlier_contribution: f64,
    /// r: length of the inliers' mean gradient over that of the outliers'.
    pub ratio: Option<f64>,
    /// Cosine of the angle between the two mean gradients.
    pub cosine: Option<f64>,
    /// What r must exceed for the step to widen the loss gap.
    pub bound: Option<f64>,
    /// Whether it does.
    pub held: Option<bool>,
    /// Change of the loss gap (outliers less inliers) by the epoch's step.
    pub gap_change: Option<f64>,
    /// Whether the gap grew: inlier priority strengthened.
    pub strengthened: Option<bool>,
    /// Share of outliers among the rows that the step was not learned from, if rows are trimmed.
    pub outliers_among_trimmed: Option<f64>,
    /// Share of the outliers that it was not learned from.
    pub outliers_trimmed: Option<f64>,
}

/// The dynamics of a training.
#[derive(Debug, Clone, Copy)]
pub struct DynamicsPage<'a> {
    /// Where the rows come from, in words.
    pub source: &'a str,
    /// Name of the detector.
    pub detector: &'a str,
    /// Inliers and outliers in the table.
    pub rows: [usize; 2],
    /// Of how many of each the gradients were looked at.
    pub watched: [usize; 2],
    /// Epoch that the rule kept, and the rule.
    pub kept: (usize, &'a str),
    /// The epochs in order.
    pub epochs: &'a [DynamicsEpoch],
}

impl DynamicsPage<'_> {
    /// Inliers over outliers.
    pub fn proportion(&self) -> f64 {
        self.rows[0] as f64 / self.rows[1] as f64
    }

    /// In how many epochs the bound held or not (first index) and the gap grew or not (second), yes before no.
    pub fn confusion(&self) -> [[usize; 2]; 2] {
        let mut counts = [[0; 2]; 2];
        for epoch in self.epochs {
            if let (Some(held), Some(strengthened)) = (epoch.held, epoch.strengthened) {
                counts[usize::from(!held)][usize::from(!strengthened)] += 1;
            }
        }
        counts
    }

    /// The page.
    pub fn html(&self) -> String {
        let [inliers, outliers] = self.rows;
        let figures = |charts: &[LineChart<'_>]| {
            html! { div.charts { @for chart in charts { (chart.figure()) } } }
        };
        let trimmed = self.trimmed();
        let body = html! {
            p {
                b { (self.detector) } " was trained on the " (counted(inliers + outliers, "row")) " of "
                b { (self.source) } " without their labels. The labels, " (counted(inliers, "inlier")) " and "
                (counted(outliers, "outlier")) ", only look on: the fit is the same to the last bit without them."
                @if self.watched != self.rows {
                    " Gradients are those of a random part: " (self.watched[0]) " inliers and " (self.watched[1])
                    " outliers."
                }
                " The rule " (self.kept.1) " keeps epoch " (self.kept.0) " (counted from 0)."
            }
            section { h2 { "Figure 1: what the training does to the ranking" } (figures(&self.first())) }
            section { h2 { "Figure 2: what pulls" } (figures(&self.second())) }
            section {
                h2 { "Theorem 1, measured" }
                (self.theorem())
                (figures(&self.third()))
                (self.epochs_table())
            }
            @if !trimmed.is_empty() {
                section { h2 { "Rows that are left out" } (figures(&trimmed)) }
            }
        };
        frame(&format!("Training dynamics on {}", file_name(self.source)), &body)
    }

    /// All charts as one SVG file.
    pub fn svg(&self) -> String {
        let charts: Vec<LineChart<'_>> = [self.first(), self.second(), self.third(), self.trimmed()].concat();
        standalone(&sheet(&charts, 3))
    }

    fn curve(&self, name: &str, ink: Ink, figure: impl Fn(&DynamicsEpoch) -> Option<f64>) -> Curve {
        let points = self.epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, figure(epoch)?)));
        Curve { name: name.into(), ink, points: points.collect() }
    }

    fn chart<'b>(&self, title: &'b str, about: &'b str, curves: Vec<Curve>) -> LineChart<'b> {
        let marks = vec![(self.kept.0 as f64, format!("kept {}", self.kept.0))];
        LineChart { title, about, x_name: "epoch", curves, marks, ..LineChart::default() }
    }

    fn first(&self) -> Vec<LineChart<'static>> {
        let auc = self.curve("AUC", Ink::Second, |at| at.auc);
        let loss = self.curve("loss", Ink::First, |at| Some(at.loss));
        let groups = self.groups(|at| [at.inlier_loss, at.outlier_loss]);
        vec![
            self.chart("AUC", "Of the scores after each epoch.", vec![auc]),
            self.chart("Training loss", "Mean over all rows.", vec![loss]),
            self.chart("Mean loss of each group", "The scores after each epoch.", groups),
        ]
    }

    fn second(&self) -> Vec<LineChart<'static>> {
        let norms = self.groups(|at| [at.inlier_norm, at.outlier_norm]);
        let parts = self.groups(|at| [at.inlier_contribution, at.outlier_contribution]);
        let about = "Each group's part, projected onto the whole.";
        vec![
            self.chart("Mean gradient norm", "Of single rows.", norms),
            self.chart("Contribution to the gradient", about, parts),
        ]
    }

    fn third(&self) -> Vec<LineChart<'static>> {
        let ratio = vec![
            self.curve("r", Ink::First, |at| at.ratio),
            self.curve("bound", Ink::SecondThin, |at| at.bound),
        ];
        let cosine = vec![self.curve("cosine", Ink::First, |at| at.cosine)];
        let change = vec![self.curve("change", Ink::Second, |at| at.gap_change)];
        let about = "Outliers less inliers; over 0 inlier priority grows.";
        vec![
            self.chart("r and its bound", "Above the bound a small step widens the loss gap.", ratio),
            LineChart {
                y_range: Some((-1.0, 1.0)),
                ..self.chart("cos \u{03b8}", "Of the angle between the two mean gradients.", cosine)
            },
            LineChart {
                levels: vec![(0.0, String::new())],
                ..self.chart("Change of the loss gap", about, change)
            },
        ]
    }

    /// A curve of the inliers and one of the outliers.
    fn groups(&self, figures: fn(&DynamicsEpoch) -> [f64; 2]) -> Vec<Curve> {
        vec![
            self.curve("inliers", Ink::First, |at| Some(figures(at)[0])),
            self.curve("outliers", Ink::Second, |at| Some(figures(at)[1])),
        ]
    }

    /// What a trimmed training leaves out; nothing of another one.
    fn trimmed(&self) -> Vec<LineChart<'static>> {
        let curves = vec![
            self.curve("of the outliers", Ink::Second, |at| at.outliers_trimmed),
            self.curve("outliers among them", Ink::First, |at| at.outliers_among_trimmed),
        ];
        if curves.iter().all(|curve| curve.points.is_empty()) {
            return Vec::new();
        }
        let about =
            "Share of the outliers that the step leaves out, and of outliers among all that it leaves out.";
        let mut chart = self.chart("Rows left out", about, curves);
        chart.y_range = Some((0.0, 1.0));
        vec![chart]
    }

    fn theorem(&self) -> Markup {
        let [[both, held], [grew, neither]] = self.confusion();
        let all = both + held + grew + neither;
        html! {
            p {
                "With R = " (number(self.proportion())) " inliers for each outlier, a small step along the gradient widens \
                 the gap between the mean losses of outliers and inliers exactly where r, the length of the inliers' mean \
                 gradient over that of the outliers', exceeds a bound that follows from R and the angle \u{03b8} between \
                 the two: R r\u{00b2} + (1 \u{2212} R) r cos \u{03b8} > 1. Whether it did, against whether the gap in fact \
                 grew in that epoch, which an optimizer that rescales the gradient need not obey:"
            }
            div.wide {
                table {
                    caption {
                        "Epochs by what the bound says and what happened."
                        @if all > 0 { " The two agree in " (both + neither) " of " (all) " epochs." }
                    }
                    thead { tr { td {} th scope="col" { "gap grew" } th scope="col" { "gap shrank" } } }
                    tbody {
                        tr { th.name scope="row" { "bound held" } td { (both) } td { (held) } }
                        tr { th.name scope="row" { "bound did not hold" } td { (grew) } td { (neither) } }
                    }
                }
            }
        }
    }

    fn epochs_table(&self) -> Markup {
        let figure = |value: Option<f64>| value.map_or("\u{2013}".into(), number);
        let yes =
            |value: Option<bool>| value.map_or("\u{2013}", |value| if value { "yes" } else { "no" }).into();
        let heads = [
            "epoch",
            "AUC",
            "loss",
            "inlier loss",
            "outlier loss",
            "inlier norm",
            "outlier norm",
            "r",
            "cos \u{03b8}",
            "bound",
            "held",
            "gap change",
            "grew",
            "outliers left out",
        ];
        let cells = |at: &DynamicsEpoch| {
            [
                figure(at.auc),
                number(at.loss),
                number(at.inlier_loss),
                number(at.outlier_loss),
                number(at.inlier_norm),
                number(at.outlier_norm),
                figure(at.ratio),
                figure(at.cosine),
                figure(at.bound),
                yes(at.held),
                figure(at.gap_change),
                yes(at.strengthened),
                figure(at.outliers_trimmed),
            ]
        };
        html! {
            details {
                summary { "Every epoch" }
                div."wide tall" tabindex="0" role="region" aria-label="Every epoch" {
                    table.sortable {
                        thead { tr { @for name in heads { th scope="col" { button { (name) } } } } }
                        tbody {
                            @for at in self.epochs {
                                tr { th scope="row" { (at.epoch) } @for cell in cells(at) { td { (cell) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}
