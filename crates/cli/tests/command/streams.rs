//! Tables larger than memory: fits that read them anew for every epoch.

use std::fs;

use serde_json::Value;

use crate::workplace::{Workplace, table};

/// Rows near a plane in text of about 19 bytes a row.
fn plane(rows: usize) -> String {
    let line = |row: usize| {
        let (a, b) = ((row * 7919 % 1009) as f64 / 1009.0, (row * 104_729 % 997) as f64 / 997.0);
        let off = if row.is_multiple_of(100) { 2.0 } else { 0.0 };
        format!("{a:.4},{b:.4},{:.4}\n", a + b + off)
    };
    std::iter::once("a,b,c\n".to_string()).chain((0..rows).map(line)).collect()
}

#[test]
fn a_streamed_fit_is_the_fit_in_batches_however_the_table_is_cut() {
    let place = Workplace::with_table();
    let text = table();
    let lines: Vec<&str> = text.lines().collect();
    fs::create_dir(place.path("parts")).unwrap();
    place.write("parts/a.csv", [&lines[..30]].concat().join("\n"));
    place.write("parts/b.csv", [&lines[..1], &lines[30..]].concat().join("\n"));
    for settings in [
        "--early-stopping gradstop --seed 5",
        "--detector deepsvdd --early-stopping entropystop",
        "--detector vae",
    ] {
        // Which rows an epoch leaves out is a part of the history that a stream cannot tell of.
        let settings =
            format!("--label label --epochs 12 --set batch_size=20 --set trim=0 {settings} --model");
        place.done(&format!("fit table.csv {settings} whole.gs"));
        let wanted = fs::read(place.path("whole.gs")).unwrap();
        for words in ["table.csv --threads 1", "table.csv --threads 3", "parts --checkpoint c.state"] {
            place.done(&format!("fit {words} --streaming {settings} streamed.gs"));
            assert_eq!(fs::read(place.path("streamed.gs")).unwrap(), wanted, "{words} {settings}");
        }
    }
}

#[test]
fn a_streamed_fit_says_so_and_all_that_a_fit_says() {
    let place = Workplace::with_table();
    let words = "fit table.csv --label label --epochs 12 --model m.gs";
    let json = |words: &str| serde_json::from_str::<Value>(&place.done(words)).unwrap();
    let mut wanted = json(&format!("{words} --json --set batch_size=16"));
    let mut got = json(&format!("{words} --json --set batch_size=16 --streaming --history h.csv"));
    assert_eq!(got["streaming"], serde_json::json!({ "batch_size": 16, "scored_rows": 80 }));
    for object in [&mut wanted, &mut got] {
        object.as_object_mut().unwrap().retain(|key, _| key != "seconds" && key != "streaming");
    }
    assert_eq!(got, wanted);
    assert!(wanted["auc"].is_number());
    assert_eq!(place.read("h.csv").lines().count(), 13);
    // Without a word about batches there are some, and a table that is one batch is one.
    let said = place.done(&format!("{words} --streaming"));
    let line = "streamed  read anew for every epoch, in batches of 8192 rows; rules see the scores\n";
    assert!(said.contains(line), "{said}");
}

#[test]
fn what_cannot_be_streamed_is_said_before_anything_is_written() {
    let place = Workplace::with_table();
    place.write("words.csv", "a,b\n1,2\n3,red\n");
    place.write("holes.csv", "a,b\n1,2\n3,\n");
    for (words, wanted) in [
        (
            "- --streaming",
            "standard input: got bytes that come once, wanted files for --streaming, which reads them in every epoch (hint: --sample N reads once)",
        ),
        (
            "table.csv --streaming --detector knn",
            "setting detector: got knn, wanted autoencoder, deepsvdd or vae where rows are streamed",
        ),
        ("table.csv --streaming --ensemble 3", "setting ensemble: got 3, wanted 1 where rows are streamed"),
        (
            "table.csv --streaming --set batch_size=0",
            "setting batch_size: got 0, wanted at least 1 where rows are streamed",
        ),
        (
            "table.csv --streaming --missing mean",
            "--streaming: got options for cells that are no complete numbers as well, wanted a table of numbers (hint: --sample N takes any cells)",
        ),
        (
            "holes.csv --streaming",
            "holes.csv: row 1 (line 3), column \"b\": got \"\", wanted a finite number that fits into 32 bits (hint: --streaming takes complete numbers: fill the cell, fit to a sample with --sample N,",
        ),
        ("words.csv --streaming", "words.csv: row 1 (line 3), column \"b\": got \"red\""),
        ("empty.csv --streaming", "empty.csv: cannot be opened"),
    ] {
        let ended = place.run(&format!("fit {words} --model m.gs"));
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{words}: {}", ended.err);
        assert!(ended.err.starts_with(&format!("gradstop: {wanted}")), "{words}: {}", ended.err);
        assert!(!place.exists("m.gs"));
    }
    assert_eq!(place.run("fit table.csv --streaming --sample 5 --model m.gs").code, 2);
}

/// As a column of scores behind another one of words.
fn scored(scores: &[f32]) -> String {
    let lines = scores.iter().enumerate().map(|(row, score)| format!("row {row},{score}\n"));
    std::iter::once("row,score\n".to_string()).chain(lines).collect()
}

#[test]
fn the_threshold_of_a_file_is_that_of_a_fit_and_of_a_pipe_within_its_bounds() {
    let place = Workplace::with_table();
    let words = "detect table.csv --label label --epochs 5 --contamination 0.07 --json --output scores.csv";
    let fit: Value = serde_json::from_str(&place.done(words)).unwrap();
    let words = "threshold scores.csv --contamination 0.07";
    let exact: Value = serde_json::from_str(&place.done(&format!("{words} --json"))).unwrap();
    assert_eq!((&exact["threshold"], &exact["above"]), (&fit["threshold"], &fit["outliers"]));
    assert_eq!((&exact["scores"], &exact["exact"]), (&80.into(), &true.into()));
    let said = place.done(words);
    assert!(said.ends_with("scores lie above it (contamination 0.07), which is exact\n"), "{said}");

    let scores: Vec<f32> = (0..5000).map(|row| ((row * 7919 % 5003) as f32 / 400.0).exp()).collect();
    place.write("many.csv", scored(&scores));
    let exact: Value =
        serde_json::from_str(&place.done("threshold many.csv --contamination 0.02 --json")).unwrap();
    let piped = place.run_with_input("threshold - --contamination 0.02 --json", scored(&scores).as_bytes());
    let piped: Value = serde_json::from_str(&piped.out).unwrap();
    let float = |value: &Value| value.as_f64().unwrap();
    let (exactly, threshold) = (float(&exact["threshold"]), float(&piped["threshold"]));
    assert_eq!((&exact["above"], &piped["exact"]), (&100.into(), &false.into()));
    assert!((threshold / exactly - 1.0).abs() <= 1.0 / 2048.0, "{threshold} for {exactly}");
    assert!(float(&piped["exact_between"][0]) <= exactly && exactly <= float(&piped["exact_between"][1]));
    let above = scores.iter().filter(|&&score| f64::from(score) > threshold).count() as u64;
    assert_eq!(piped["above"], above);
    assert!(above <= 100 && piped["exact_above_at_most"].as_u64() >= Some(100));
}

#[test]
fn a_stream_without_end_is_told_of_on_the_way() {
    let place = Workplace::new();
    let ended = place.run_with_input("threshold - --every 40 --json", scored(&[1.0; 100]).as_bytes());
    let lines: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let scores: Vec<&Value> = lines.iter().map(|line| &line["scores"]).collect();
    assert_eq!(scores, [40, 80, 100]);
    let ended = place.run_with_input("threshold - --every 50", scored(&[1.0; 100]).as_bytes());
    assert_eq!(ended.out.lines().count(), 2);
}

#[test]
fn what_has_no_threshold_is_said() {
    let place = Workplace::new();
    place.write("scores.csv", "row,score\n0,1\n1,oops\n");
    place.write("none.csv", "row,score\n");
    for (words, wanted) in [
        ("scores.csv", "scores.csv: row 1 (line 3), column \"score\": got \"oops\""),
        ("scores.csv --score sore", "scores.csv: got no column \"sore\", wanted one of \"score\""),
        ("none.csv", "none.csv: got no row"),
    ] {
        let ended = place.run(&format!("threshold {words}"));
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{words}");
        assert!(ended.err.starts_with(&format!("gradstop: {wanted}")), "{words}: {}", ended.err);
    }
    for words in ["scores.csv --contamination 0", "scores.csv --contamination 0.6", "scores.csv --every 0"] {
        assert_eq!(place.run(&format!("threshold {words}")).code, 2, "{words}");
    }
}

/// Peak of the memory of a command that ran to its end, in KiB.
#[cfg(target_os = "linux")]
fn peak(place: &Workplace, words: &str) -> u64 {
    use std::io::Read;

    let mut child = place.command(words).spawn().unwrap();
    let id = child.id();
    let mut most = 0;
    let status = || fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    while child.try_wait().unwrap().is_none() {
        let text = status();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        most =
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(most).max(most);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    most
}

#[test]
#[cfg(target_os = "linux")]
fn the_memory_of_a_streamed_fit_does_not_grow_with_the_table() {
    let place = Workplace::new();
    place.write("small.csv", plane(1_500_000));
    let text = plane(1_500_000);
    let rows = &text[6..];
    place.write("large.csv", format!("{text}{}", rows.repeat(3)));
    let words = "--streaming --epochs 1 --early-stopping none --threads 2 --set hidden=4 --model m.gs";
    let (small, large) =
        (peak(&place, &format!("fit small.csv {words}")), peak(&place, &format!("fit large.csv {words}")));
    // Both are longer than a block. As a matrix the larger one would take 54 MB more.
    assert!(small > 10_000 && large < small + 20_000, "{small} KiB and {large} KiB");
}
