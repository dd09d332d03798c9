//! What readers of a page rely on, checked without a browser; crates/pages/browser checks the rest in one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod markup;

use gradstop::{Detector, FittedDetector, Preset, Table};
use gradstop_pages::{DynamicsEpoch, DynamicsPage, FitPage, Judged, WrittenCells, number, table_rows};
use markup::{Element, elements};
use serde_json::{Value, json};

const HOSTILE: [&str; 4] = ["<script>alert(1)</script>", "\" onload=\"x", "a&lt;b&c", "</td></table>'"];

/// Rows on a line, the last of them far from it.
fn values(rows: usize, columns: usize) -> Vec<f32> {
    let value = |row: usize, column: usize| (row * (column + 1)) as f32 + (row * row % (7 + column)) as f32;
    let mut values: Vec<f32> = (0..rows * columns).map(|at| value(at / columns, at % columns)).collect();
    values.last_mut().into_iter().for_each(|value| *value = -500.0);
    values
}

fn fit(values: &[f32], names: &[&str], detector: &str, changes: &Value) -> FittedDetector {
    let table = Table::new(values.to_vec(), names.iter().map(ToString::to_string).collect()).unwrap();
    Detector::named(detector, Preset::Default, changes).unwrap().fit(table).unwrap()
}

fn page<'a>(detector: &'a FittedDetector, values: &'a [f32], source: &'a str) -> FitPage<'a> {
    let scores = detector.training_scores();
    FitPage {
        source,
        detector,
        values,
        scores,
        fitted: true,
        seconds: Some(1.25),
        judged: None,
        written: None,
    }
}

/// An epoch of which everything was measured, or only what always can be.
fn epoch(epoch: usize, whole: bool) -> DynamicsEpoch {
    let maybe = |figure: f64| whole.then_some(figure);
    DynamicsEpoch {
        epoch,
        loss: 0.11,
        auc: maybe(0.62),
        inlier_loss: 0.13,
        outlier_loss: 0.64,
        inlier_norm: 0.15,
        outlier_norm: 0.66,
        inlier_contribution: 0.17,
        outlier_contribution: 0.68,
        ratio: maybe(1.19),
        cosine: maybe(-0.2),
        bound: maybe(0.21),
        held: whole.then_some(true),
        gap_change: maybe(-0.023),
        strengthened: whole.then_some(false),
        outliers_among_trimmed: maybe(0.24),
        outliers_trimmed: maybe(0.75),
    }
}

fn dynamics<'a>(source: &'a str, epochs: &'a [DynamicsEpoch]) -> DynamicsPage<'a> {
    let (rows, watched) = ([90, 10], [40, 10]);
    DynamicsPage { source, detector: "autoencoder", rows, watched, kept: (0, "none"), epochs }
}

/// The rows of the table that sorts, as texts; the heading first.
fn sortable(html: &str) -> Vec<Vec<String>> {
    let (_, table) = html.split_once("<table class=\"sortable\">").unwrap();
    let all = elements(table.split("</table>").next().unwrap());
    let row = |row: &[Element]| {
        let cells = row
            .iter()
            .filter(|cell| ["td", "button"].contains(&&cell.name[..]) || cell.get("scope") == Some("row"));
        cells.map(|cell| cell.text.clone()).collect()
    };
    all.split(|element| element.name == "tr").skip(1).map(row).collect()
}

fn assert_is_whole(html: &str) {
    for element in elements(html) {
        let hidden = element.get("aria-hidden") == Some("true");
        if element.name == "svg" && !hidden {
            assert!(element.get("role") == Some("img"), "{element:?}");
            assert!(element.get("aria-label").is_some_and(|words| words.len() > 10), "{element:?}");
        }
        let mut words = element.attributes.iter().map(|(_, value)| value).chain([&element.text]);
        let numbers = !["style", "script"].contains(&&element.name[..]);
        assert!(!numbers || !words.any(|words| words.contains("NaN") || words == "inf"), "{element:?}");
    }
}

#[test]
fn the_table_shows_the_highest_scores_and_their_values_as_they_were_given() {
    let (values, names) = (values(120, 3), ["a", "b", "c"]);
    let detector = fit(&values, &names, "ecod", &json!({}));
    let page = page(&detector, &values, "rows.csv");
    let html = page.html().unwrap();
    let [head, rows @ ..] = &sortable(&html)[..] else { panic!("no table") };
    assert_eq!((&head[..2], rows.len()), (&["row".to_string(), "score".into()][..], 100));
    let mut scores: Vec<f32> = page.scores.to_vec();
    scores.sort_by(|a, b| b.total_cmp(a));
    for (shown, score) in rows.iter().zip(scores) {
        let row: usize = shown[0].parse().unwrap();
        assert_eq!((page.scores[row], &shown[1]), (score, &number(f64::from(score))));
        for (name, value) in head.iter().zip(shown).skip(2) {
            let column = names.iter().position(|column| column == name).unwrap();
            assert_eq!(*value, number(f64::from(values[3 * row + column])), "row {row}, {name}");
        }
    }
    let flagged = page.scores.iter().filter(|&&score| score > detector.threshold()).count();
    let (all, threshold) = (elements(&html), number(f64::from(detector.threshold())));
    for text in [format!("{flagged} of 120 rows"), format!("threshold {threshold}")] {
        assert!(all.iter().any(|element| element.text == text), "{text}");
    }
    let end = format!("; {flagged} rows above the threshold {threshold}.");
    assert!(all.iter().any(|element| element.get("aria-label").is_some_and(|label| label.ends_with(&end))));
}

#[test]
fn the_table_of_a_training_shows_every_figure_and_a_dash_for_none() {
    let html = dynamics("rows.csv", &[epoch(0, true), epoch(1, false)]).html();
    let figures = "0 0.62 0.11 0.13 0.64 0.15 0.66 1.19 -0.2 0.21 yes -0.023 no 0.75";
    let missing = "1 – 0.11 0.13 0.64 0.15 0.66 – – – – – – –";
    let rows = sortable(&html);
    assert_eq!([rows[1].join(" "), rows[2].join(" ")], [figures, missing]);
    assert_eq!(rows[0].len(), rows[1].len());
}

#[test]
fn hostile_names_change_no_element_and_are_read_as_they_are() {
    let values = values(60, 4);
    let changes = json!({ "epochs": 3, "hidden": [3] });
    let render = |names: &[&str], source: &str| {
        let detector = fit(&values, names, "autoencoder", &changes);
        let judged = Judged {
            truth: &[false; 60],
            words: source.to_string(),
            auc_by_epoch: vec![(0, 0.5)],
            roc: vec![],
            precision_recall: vec![],
        };
        let page = FitPage { judged: Some(judged), ..page(&detector, &values, source) };
        [
            page.html().unwrap(),
            dynamics(source, &[epoch(0, true)]).html(),
            dynamics(source, &[epoch(0, true)]).svg(),
        ]
        .map(|page| elements(&page))
    };
    // As long as the hostile ones, so that both are shortened alike.
    let harmless = HOSTILE.map(|name| "x".repeat(name.chars().count()));
    let harmless = render(&harmless.each_ref().map(|name| &name[..]), "rows.csv");
    for (hostile, harmless) in render(&HOSTILE, HOSTILE[0]).iter().zip(&harmless) {
        let shape = |elements: &[Element]| -> Vec<(String, Vec<String>)> {
            let names = |element: &Element| element.attributes.iter().map(|(name, _)| name.clone()).collect();
            elements.iter().map(|element| (element.name.clone(), names(element))).collect()
        };
        assert_eq!(shape(hostile), shape(harmless));
    }
    let [report, ..] = render(&HOSTILE, HOSTILE[0]);
    for name in HOSTILE {
        assert!(report.iter().any(|element| element.name == "button" && element.text == name), "{name}");
        assert!(
            report.iter().any(|element| element.name == "th" && element.get("title") == Some(name)),
            "{name}"
        );
        assert!(report.iter().any(|element| element.name == "title" && element.text == name), "{name}");
    }
}

#[test]
fn tables_of_any_shape_have_a_page_whose_charts_say_in_words_what_they_show() {
    for (rows, columns) in [(1, 1), (1, 3), (2, 1), (40, 1), (50, 3), (30, 40)] {
        let values = values(rows, columns);
        let names: Vec<String> = (0..columns).map(|at| format!("c{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (detector, changes) in [
            ("ecod", json!({})),
            ("autoencoder", json!({ "epochs": 3, "watch": "all", "hidden": [3] })),
            ("autoencoder", json!({ "epochs": 2, "ensemble": 2, "hidden": [3] })),
        ] {
            let detector = fit(&values, &names, detector, &changes);
            assert_is_whole(&page(&detector, &values, "rows.csv").html().unwrap());
        }
    }
    let equal = [3.0; 90];
    assert_is_whole(&page(&fit(&equal, &["a", "b", "c"], "knn", &json!({})), &equal, "").html().unwrap());
    for epochs in [&[epoch(0, true), epoch(1, false)][..], &[epoch(0, false)], &[]] {
        assert_is_whole(&dynamics("rows.csv", epochs).html());
        assert_is_whole(&dynamics("rows.csv", epochs).svg());
        assert!(dynamics("rows.csv", epochs).svg().starts_with("<svg xmlns="), "a file of its own");
    }
}

#[test]
fn scores_that_are_not_one_a_row_are_an_error() {
    let values = values(20, 2);
    let detector = fit(&values, &["a", "b"], "ecod", &json!({}));
    for (values, scores) in [(&values[..], &detector.training_scores()[1..]), (&[], &[])] {
        let page = FitPage { scores, ..page(&detector, values, "rows.csv") };
        assert!(page.html().unwrap_err().to_string().contains("one for each row of 2 values"));
    }
}

#[test]
fn a_page_is_the_same_to_the_last_byte_whenever_it_is_drawn() {
    let values = values(4000, 5);
    let names = ["a", "b", "c", "d", "e"];
    let draw = || page(&fit(&values, &names, "ecod", &json!({})), &values, "rows.csv").html().unwrap();
    let html = draw();
    assert!(html.contains("Drawn are 3,000 of 4,000 rows"), "the map is a draw");
    assert!(html == draw());
}

#[test]
fn pages_fetch_nothing_and_have_colors_for_light_and_dark() {
    let values = values(50, 2);
    let detector = fit(&values, &["a", "b"], "autoencoder", &json!({ "epochs": 3 }));
    let report = page(&detector, &values, "rows.csv").html().unwrap();
    for page in [
        report,
        dynamics("rows.csv", &[epoch(0, true)]).html(),
        dynamics("rows.csv", &[epoch(0, true)]).svg(),
    ] {
        let addresses = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for fetched in ["http://", "https://", "url(", "@import", "src="] {
            assert!(!addresses.contains(fetched), "{fetched}");
        }
        let block = |start: &str| page.split_once(start).unwrap().1.split_once('}').unwrap().0.to_string();
        let (light, dark) = (block(":root {"), block("@media (prefers-color-scheme: dark) {"));
        assert!(light.contains("color-scheme: light dark"));
        for used in page.split("var(").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            assert!(light.contains(&format!("{used}:")) && dark.contains(&format!("{used}:")), "{used}");
        }
    }
}

#[test]
fn written_cells_take_the_place_of_numbers_and_no_reason_is_out_of_view_in_a_wide_table() {
    let columns = 60;
    let mut values = values(200, columns);
    // The one reason for the highest score stands in the last column.
    values[columns - 1] = 1e6;
    let names: Vec<String> = (0..columns).map(|at| format!("c{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let detector = fit(&values, &names, "knn", &json!({}));
    let shown = table_rows(detector.training_scores());
    assert_eq!((shown[0], shown.len()), (0, 100));
    let cell = |row: usize, column: usize| match (row, column) {
        (0, 59) => Some("$1,000,000".to_string()),
        (_, 59) => None,
        _ => Some(format!("as written {column}")),
    };
    let written = WrittenCells {
        id: Some("<who>".into()),
        ids: shown.iter().map(|&row| (row, format!("<id {row}>"))).collect(),
        cells: shown
            .iter()
            .map(|&row| (row, (0..columns).map(|column| cell(row, column)).collect()))
            .collect(),
    };
    let page = FitPage { written: Some(&written), ..page(&detector, &values, "rows.csv") };
    let html = page.html().unwrap();
    let [head, first, second, ..] = &sortable(&html)[..] else { panic!("no table") };
    assert_eq!(head[..4], ["row", "<who>", "score", "because of"]);
    assert_eq!(
        (&head[4], head.len()),
        (&"c59".to_string(), 34),
        "the darkest column comes first, and 30 at most"
    );
    assert_eq!((&first[1], &first[4]), (&"<id 0>".to_string(), &"$1,000,000".to_string()));
    assert!(first[3].starts_with("c59 ") && first[3].contains('%'), "{first:?}");
    assert_eq!(second[4], "missing");
    assert_is_whole(&html);
}
