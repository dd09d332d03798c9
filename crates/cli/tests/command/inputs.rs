//! The same table in another coat gives the same scores.

use crate::archives::{gzip, npz};
use crate::workplace::{Workplace, labels, rows, table};

#[test]
fn every_text_form_of_a_table_gives_the_same_scores() {
    let place = Workplace::with_table();
    place.write("table.tsv", table().replace(',', "\t"));
    place.write("semicolons.txt", table().replace(',', ";"));
    place.write("table.csv.gz", gzip(table().as_bytes()));
    place.write("bare.csv", table().split_once('\n').unwrap().1);
    place.write("table.npz", npz(&rows(), &labels()));
    let scores = |words: &str| place.done(&format!("detect {words} --epochs 5 --output -"));
    let wanted = scores("table.csv --label label");
    assert_eq!(wanted.lines().count(), 81);
    for words in [
        "table.tsv --label label",
        "semicolons.txt --label label",
        "semicolons.txt --label label --delimiter ; --header yes",
        "table.csv.gz --label label",
        "bare.csv --label x3",
        "table.npz --label y",
    ] {
        assert_eq!(scores(words), wanted, "{words}");
    }
    let piped = place.run_with_input("detect - --label label --epochs 5 --output -", table().as_bytes());
    assert_eq!(piped.out, wanted);
}

#[test]
fn a_saved_detector_scores_standard_input() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 3 --model m.gs");
    let wanted = place.done("score m.gs table.csv --ignore label");
    let ended = place.run_with_input("score m.gs - --ignore label", table().as_bytes());
    assert_eq!((ended.code, ended.out), (0, wanted));
}

#[test]
fn degenerate_tables_end_well_or_with_an_error() {
    let place = Workplace::new();
    let column: String = (0..30).map(|row| format!("{}\n", row % 7)).collect();
    let wide: String = (0..2).map(|row| vec![row.to_string(); 500].join(",") + "\n").collect();
    for (name, content, code) in [
        ("two.csv", "a,b\n1,2\n3,4\n".into(), 0),
        ("column.csv", column, 0),
        ("constant.csv", format!("a,b\n{}", "1,2\n".repeat(20)), 0),
        ("wide.csv", wide, 0),
        ("large.csv", "a,b\n1e38,2\n-1e38,4\n3e38,1\n".into(), 0),
        ("empty.csv", String::new(), 2),
        ("header.csv", "a,b\n".into(), 2),
        ("text.csv", "a,b\n1,2\nx,4\n".into(), 0),
        ("nan.csv", "a,b\n1,2\nnan,4\n".into(), 0),
        ("ragged.csv", "a,b\n1,2\n3\n".into(), 0),
    ] {
        place.write(name, content);
        let ended = place.run(&format!("detect {name} --epochs 3"));
        assert_eq!(ended.code, code, "{name}: {}", ended.err);
        assert_eq!(ended.out.is_empty(), code != 0, "{name}");
    }
}
