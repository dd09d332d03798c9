//! What told no fitted rows apart is watched in new ones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop::preparation::{Cells, Missing, Options, Preparation, Text, Words};
use gradstop::*;
use serde_json::json;

fn every() -> Vec<Detector> {
    let few = |entry: &DetectorEntry| if entry.is_trained() { json!({ "epochs": 6 }) } else { json!({}) };
    let named =
        |entry: &DetectorEntry, changes| Detector::named(entry.name, Preset::Default, &changes).unwrap();
    let ensemble = Detector::named("iforest", Preset::Default, &json!({ "ensemble": 3, "combine": "rank" }));
    detectors().iter().map(|entry| named(entry, few(entry))).chain([ensemble.unwrap()]).collect()
}

/// A valve that stands at 5, a temperature, and a switch that is never on.
fn table() -> Table {
    let temperature = |row: usize| 60.0 + ((row * row * 37 % 1009) as f32 - 500.0) / 200.0;
    let values = (0..200).flat_map(|row| [5.0, temperature(row), 0.0]).collect();
    Table::new(values, ["valve", "temperature", "switch"].map(String::from).to_vec()).unwrap()
}

#[test]
fn a_row_that_departs_from_a_constant_column_scores_higher_is_flagged_and_says_why() {
    let as_ever = [5.0, 60.0, 0.0];
    let departed = [[500.0, 60.0, 0.0], [-500.0, 60.0, 0.0], [5.0, 60.0, 99.0], [0.0, 60.0, 0.0]];
    for detector in every() {
        let name = detector.name();
        let fitted = detector.fit(table()).unwrap();
        let alone = fitted.score(&as_ever).unwrap()[0];
        assert!(fitted.departures(&as_ever).is_empty());
        let rows: Vec<f32> = as_ever.iter().chain(departed.iter().flatten()).copied().collect();
        let scores = fitted.score(&rows).unwrap();
        // The row that does not depart has the bits that it has alone, and fitted rows have theirs.
        assert_eq!(scores[0].to_bits(), alone.to_bits(), "{name}");
        assert!(scores[1..4].iter().all(|&score| score > fitted.threshold()), "{name}: {scores:?}");
        assert!(scores[1..].iter().all(|&score| score > alone), "{name}: {scores:?}");
        // 99 units of the value's size are the more the farther.
        assert!(scores[2] > scores[1] && scores[1] > scores[4], "{name}: {scores:?}");
        let unit = f64::from(scores[4]) - f64::from(alone);
        assert!((unit / fitted.departure_unit() - 1.0).abs() < 0.01, "{name}: {unit}");

        let explanation = fitted.explain(&rows).unwrap();
        for (row, column) in [(1, 0), (2, 0), (3, 2)] {
            assert_eq!(explanation.strongest(row, 1)[0].0, column, "{name}, row {row}");
        }
        let said: Vec<String> = fitted.departures(&rows).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "column \"valve\": 3 rows depart from the fit, in every row of which it was 5",
                "column \"switch\": 1 row departs from the fit, in every row of which it was 0"
            ]
        );
        let loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
        assert_eq!(loaded.score(&rows).unwrap(), scores, "{name}");
    }
}

fn words(cells: impl IntoIterator<Item = &'static str>) -> Cells {
    let mut words = Words::default();
    cells.into_iter().for_each(|word| words.push(word));
    Cells::Text(words)
}

fn prepared() -> (Vec<String>, Vec<Cells>) {
    let inlet = || (0..120).map(|row| 60.0 + f64::from(row * 37 % 101) / 20.0);
    let levels = words((0..120).map(|row| ["a", "b", "c"][row % 3]));
    let codes = words((0..120).map(|row| ["x", "y", "z"][row % 3]));
    let names = ["inlet", "outlet", "unit", "kind", "code", "open"].map(String::from).to_vec();
    let columns = vec![
        Cells::Numbers(inlet().collect()),
        Cells::Numbers(inlet().collect()),
        words((0..120).map(|_| "EUR")),
        levels,
        codes,
        Cells::Booleans(vec![Some(true); 120]),
    ];
    (names, columns)
}

/// Rows of 60, 60, EUR, a, x, true, of which each but the first is altered in one column.
fn altered() -> Vec<Cells> {
    let mut outlet = vec![60.0; 7];
    outlet[1] = 600.0;
    let mut open = vec![Some(true); 7];
    open[4] = Some(false);
    // Code z never went with kind a, and nobody has seen a code q.
    let code = words(["x", "x", "x", "z", "x", "q", "x"]);
    vec![
        Cells::Numbers(vec![60.0; 7]),
        Cells::Numbers(outlet),
        words(["EUR", "EUR", "USD", "EUR", "EUR", "EUR", "EUR"]),
        words(["a"; 7]),
        code,
        Cells::Booleans(open),
    ]
}

#[test]
fn copies_words_and_booleans_that_were_left_out_are_watched() {
    let (names, columns) = prepared();
    for options in
        [Options::default(), Options { missing: Missing::Mean, text: Text::OneHot, ..Options::default() }]
    {
        let preparation = Preparation::fit(&names, &columns, &options).unwrap();
        assert_eq!(
            preparation.outputs(),
            ["inlet", "kind=a", "kind=b", "kind=c", "outlet", "unit", "code", "open"]
        );
        let mut values = Vec::new();
        preparation.apply(&columns, &mut values).unwrap();
        assert!(values.chunks(8).all(|row| row[4..].iter().all(|&value| value == 0.0)));
        let table = Table::new(values.clone(), preparation.outputs()).unwrap();
        for detector in every() {
            let name = detector.name();
            let fitted = detector
                .fit(Source::Prepared { table: table.clone(), preparation: preparation.clone() })
                .unwrap();
            assert_eq!((fitted.features(), fitted.columns().len()), (4, 8));
            // It has learned what it would have without the columns that are watched.
            let learned: Vec<f32> = values.chunks(8).flat_map(|row| &row[..4]).copied().collect();
            let without =
                detector.fit(Table::new(learned, preparation.outputs()[..4].to_vec()).unwrap()).unwrap();
            assert_eq!(fitted.training_scores(), without.training_scores(), "{name}");

            let (rows, unexpected) = fitted.prepare(&altered()).unwrap();
            assert_eq!(unexpected, [], "{name}");
            let scores = fitted.score(&rows).unwrap();
            assert_eq!(scores[6].to_bits(), scores[0].to_bits(), "{name}");
            assert!(scores[1..6].iter().all(|&score| score > scores[0]), "{name}: {scores:?}");
            assert!(scores[1] > fitted.threshold(), "{name}: {scores:?}");
            let explanation = fitted.explain(&rows).unwrap();
            for (row, column) in [(1, "outlet"), (2, "unit"), (3, "code"), (4, "open"), (5, "code")] {
                let at = fitted.columns().iter().position(|name| name == column).unwrap();
                let gain = explanation.row(row)[at] - explanation.row(0)[at];
                assert!(gain > 0.0, "{name}, {column}");
            }
            let said: Vec<(String, usize, String)> = fitted
                .departures(&rows)
                .into_iter()
                .map(|departure| (departure.column, departure.rows, departure.fitted))
                .collect();
            let line = |column: &str, rows, fitted: &str| (column.to_owned(), rows, fitted.to_owned());
            assert_eq!(
                said,
                [
                    line("outlet", 1, "the same as \"inlet\""),
                    line("unit", 1, "\"EUR\""),
                    line("code", 2, "the same as \"kind=a\""),
                    line("open", 1, "true"),
                ]
            );
            let loaded = FittedDetector::from_bytes(&fitted.to_bytes()).unwrap();
            assert_eq!(loaded.score(&rows).unwrap(), scores, "{name}");
            assert_eq!(fitted.explain_fitted(&values[..16], &[0, 1]).unwrap().columns, 8);
        }
    }
}

#[test]
fn a_cell_that_is_missing_departs_from_nothing_and_one_where_none_was_does() {
    let names = ["x", "same", "none"].map(String::from);
    let x: Vec<f64> = (0..50).map(|row| f64::from(row * 7 % 23)).collect();
    let columns =
        [Cells::Numbers(x.clone()), Cells::Numbers(vec![3.0; 50]), Cells::Numbers(vec![f64::NAN; 50])];
    let options = Options { missing: Missing::Mean, ..Options::default() };
    let preparation = Preparation::fit(&names, &columns, &options).unwrap();
    let new = [
        Cells::Numbers(vec![5.0; 3]),
        Cells::Numbers(vec![f64::NAN, 3.0, 3.0]),
        Cells::Numbers(vec![f64::NAN, 0.0, f64::NAN]),
    ];
    let mut values = Vec::new();
    let unexpected = preparation.apply(&new, &mut values).unwrap();
    assert_eq!(values, [5.0, 0.0, 0.0, 5.0, 0.0, 1.0, 5.0, 0.0, 0.0]);
    assert_eq!((unexpected.len(), &*unexpected[0].column, unexpected[0].missing), (1, "same", 1));
    assert_eq!(preparation.watched()[1].fitted, "without a value");
}

#[test]
fn a_model_of_before_departures_were_measured_scores_as_it_did() {
    let fitted = Detector::named("knn", Preset::Default, &json!({})).unwrap().fit(table()).unwrap();
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/knn.gradstop")).unwrap();
    assert_eq!(FittedDetector::from_bytes(&bytes).unwrap().departure_unit(), 0.0);
    assert!(fitted.departure_unit() > 0.0);
}
