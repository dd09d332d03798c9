//! The same bits, again and elsewhere.

use crate::workplace::{Workplace, table};

#[test]
fn threads_change_no_byte() {
    let place = Workplace::with_table();
    for rule in ["gradstop", "entropystop"] {
        let scores = |threads: usize| {
            let files = format!("--output scores.csv --model m{threads}.gs --threads {threads}");
            place
                .done(&format!("detect table.csv --label label --epochs 20 --early-stopping {rule} {files}"));
            (place.read("scores.csv"), place.done(&format!("inspect m{threads}.gs --json")))
        };
        let one = scores(1);
        assert_eq!(one, scores(2));
        assert_eq!(one, scores(7));
    }
}

#[test]
fn the_seed_decides() {
    let place = Workplace::with_table();
    let scores = |seed: u64| {
        place.done(&format!("detect table.csv --label label --epochs 5 --output - --seed {seed}"))
    };
    assert_eq!(scores(1), scores(1));
    assert_ne!(scores(1), scores(2));
}

#[test]
fn a_saved_detector_scores_as_the_fit_did() {
    let place = Workplace::with_table();
    place.done("detect table.csv --label label --epochs 20 --output fitted.csv --model m.gs");
    place.done("score m.gs table.csv --label label --output scored.csv --threads 2");
    assert_eq!(place.read("fitted.csv"), place.read("scored.csv"));
}

#[test]
fn a_row_alone_scores_as_among_others() {
    let place = Workplace::with_table();
    place.done("detect table.csv --label label --epochs 20 --output all.csv --model m.gs");
    let (table, all) = (table(), place.read("all.csv"));
    for row in [0, 1, 40, 79] {
        let line = table.lines().nth(row + 1).unwrap();
        place.write("one.csv", format!("x,y,z,label\n{line}\n"));
        let alone = place.done("score m.gs one.csv --ignore label");
        let wanted = all.lines().nth(row + 1).unwrap().split_once(',').unwrap().1;
        assert_eq!(alone, format!("row,score,outlier\n0,{wanted}\n"));
    }
}

#[test]
fn labels_change_no_score() {
    let place = Workplace::with_table();
    // The other way round, the labels would help the most if anything looked at them.
    let turned: String = table()
        .lines()
        .map(|line| match line.rsplit_once(',') {
            Some((row, "0")) => format!("{row},1\n"),
            Some((row, "1")) => format!("{row},0\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    place.write("turned.csv", turned);
    let scores = |words: &str| {
        place.done(&format!("detect {words} --epochs 20 --output scores.csv --model m.gs"));
        (place.read("scores.csv"), place.done("inspect m.gs --json"))
    };
    let without = scores("table.csv --ignore label");
    assert_eq!(without, scores("table.csv --label label"));
    assert_eq!(without, scores("turned.csv --label label"));
}
