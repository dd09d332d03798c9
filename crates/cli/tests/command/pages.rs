//! The pages that `detect --report` and `report` write; crates/pages/browser opens them in a browser.

use crate::workplace::Workplace;

#[test]
fn a_page_needs_nothing_else_and_shows_every_part() {
    let place = Workplace::with_table();
    place.done("detect table.csv --label label --epochs 20 --report report.html --model m.gs");
    let page = place.read("report.html");
    for part in [
        "<title>Outliers of table.csv</title>",
        "Distribution of the scores",
        "The most abnormal rows",
        "Importance of the columns",
        "Map of the rows",
        "Cohesion gap",
        "Divergence in degrees",
        "Entropy of the scores",
        "Not seen by the training",
        "AUC that each epoch would have had",
        "ROC curve",
        "Precision by recall",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for fetched in ["src=\"http", "href=\"http", "url(", "@import", "fetch(", "XMLHttpRequest"] {
        assert!(!page.contains(fetched), "{fetched}");
    }
    place.done("report m.gs table.csv --ignore label --output saved.html");
    let saved = place.read("saved.html");
    assert!(saved.contains("fitted before to 80 rows") && saved.contains("Cohesion gap"));
    assert!(!saved.contains("Judged by labels"));
    assert!(place.done("report m.gs table.csv --label label --output -").contains("ROC curve"));
    assert_eq!(place.names(), ["m.gs", "report.html", "saved.html", "table.csv"]);
}

#[test]
fn a_report_changes_no_score() {
    let place = Workplace::with_table();
    for detector in ["autoencoder", "vae", "knn"] {
        let words = format!("detect table.csv --label label --detector {detector} --output");
        place.done(&format!("{words} alone.csv"));
        place.done(&format!("{words} shown.csv --report report.html --explain 3"));
        let first = |name: &str| -> Vec<String> {
            place
                .read(name)
                .lines()
                .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","))
                .collect()
        };
        assert_eq!(first("alone.csv"), first("shown.csv"), "{detector}");
    }
}

#[test]
fn every_detector_and_odd_tables_have_a_page_without_a_number_that_is_none() {
    let place = Workplace::with_table();
    place.write("one.csv", "a,b\n1,2\n");
    place.write("equal.csv", format!("a,b\n{}", "3,4\n".repeat(50)));
    let names = place.done("list --names");
    let mut fits: Vec<String> =
        names.lines().map(|name| format!("table.csv --label label --detector {name}")).collect();
    fits.extend(["one.csv", "equal.csv", "table.csv --ignore label --ensemble 3"].map(String::from));
    for fit in fits {
        place.done(&format!("detect {fit} --report report.html"));
        let page = place.read("report.html");
        let body = page.split("<main>").nth(1).unwrap().split("<script>").next().unwrap();
        assert!(!body.contains("NaN") && !body.contains(">inf<"), "{fit}");
        assert!(body.contains("Map of the rows"), "{fit}");
    }
}

#[test]
fn a_report_cannot_overwrite_its_input_and_wants_the_models_columns() {
    let place = Workplace::with_table();
    place.done("fit table.csv --ignore label --epochs 2 --model m.gs");
    for words in ["detect table.csv --report table.csv", "report m.gs table.csv --ignore label --output m.gs"]
    {
        assert_eq!(place.run(words).code, 2, "{words}");
    }
    let ended = place.run("report m.gs table.csv");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("extra label"), "{}", ended.err);
    assert!(!place.exists("report.html"));
}
