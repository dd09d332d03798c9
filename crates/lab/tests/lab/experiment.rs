//! `gradstop-lab bench`: everything once, whatever happens in between.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::workplace::Workplace;

/// A few seconds of work in many cells.
const SUITE: &str = "
name = 'mine'
cap = 'none'
seeds = [0, 1, 2]
[[made]]
kind = 'local'
rows = 400
columns = 5
contamination = 0.05
[[made]]
kind = 'dependency'
rows = 300
columns = 4
contamination = 0.1
[[detectors]]
names = ['autoencoder', 'deepsvdd', 'rdp', 'randnet']
settings.epochs = 60
[[detectors]]
names = ['iforest', 'knn']
";
const CELLS: usize = 2 * (5 * 3 + 1);

fn place() -> Workplace {
    let place = Workplace::new();
    place.write("mine.toml", SUITE);
    place
}

/// Everything of the results that a repetition must give again, by cell and rule.
fn figures(place: &Workplace, results: &str) -> BTreeMap<String, String> {
    let text = place.done(&format!("bench report {results} --format csv"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let of = |record: &csv::StringRecord, wanted: &[&str]| {
        let columns = names.iter().zip(record).filter(|(name, _)| wanted.contains(name));
        columns.map(|(_, value)| value).collect::<Vec<_>>().join(" ")
    };
    let identity = ["table", "detector", "preset", "settings", "seed", "cap", "stop"];
    let outcome = [
        "auc",
        "average_precision",
        "precision_at_n",
        "epoch_kept",
        "epochs_run",
        "reason",
        "oracle_epoch",
        "oracle_auc",
        "table_checksum",
        "scores_checksum",
    ];
    let records = reader.records().map(|record| record.unwrap());
    records.map(|record| (of(&record, &identity), of(&record, &outcome))).collect()
}

#[test]
fn a_second_run_does_nothing_and_says_so() {
    let place = place();
    let first = place.run("bench --suite mine.toml --results r.jsonl");
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.err.contains(&format!("{CELLS} of {CELLS} done")), "{}", first.err);
    let before = figures(&place, "r.jsonl");
    let second = place.run("bench --suite mine.toml --results r.jsonl");
    assert_eq!(second.code, 0);
    assert!(second.err.contains("nothing to do"), "{}", second.err);
    assert_eq!(figures(&place, "r.jsonl"), before);
    // Autoencoder, deepsvdd, rdp and randnet with three rules each.
    assert_eq!(before.len(), 2 * (4 * 3 * 3 + 3 + 1));
    assert_eq!(place.names("."), ["mine.toml", "r.jsonl"]);
}

#[test]
fn killed_again_and_again_it_ends_with_the_same_numbers() {
    let place = place();
    place.done("bench --suite mine.toml --results whole.jsonl");
    let whole = figures(&place, "whole.jsonl");
    for kill in 0..5 {
        let mut child = place.command("bench --suite mine.toml --results killed.jsonl").spawn().unwrap();
        sleep(Duration::from_millis(60 + 37 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    place.done("bench --suite mine.toml --results killed.jsonl");
    assert_eq!(figures(&place, "killed.jsonl"), whole);
}

#[test]
fn two_processes_share_the_work_on_one_file() {
    let place = place();
    let command = "bench --suite mine.toml --results r.jsonl --jobs 1";
    let children: Vec<_> = (0..2).map(|_| place.command(command).spawn().unwrap()).collect();
    let mut finished = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{err}");
        finished.push(err);
    }
    assert_eq!(figures(&place, "r.jsonl").len(), 80);
    // Each cell was finished once: both runs together are not more than all.
    assert_eq!(place.read("r.jsonl").lines().count(), CELLS);
    assert_eq!(place.names("."), ["mine.toml", "r.jsonl"]);
}

#[test]
fn cells_of_a_process_that_was_killed_are_taken_over() {
    let place = place();
    let command = "bench --suite mine.toml --results r.jsonl --jobs 1";
    let mut first = place.command(command).spawn().unwrap();
    while !place.names(".").iter().any(|name| name.ends_with(".claim")) {
        sleep(Duration::from_millis(1));
    }
    let second = place.command(command).spawn().unwrap();
    sleep(Duration::from_millis(100));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(second.wait_with_output().unwrap().status.success());
    assert_eq!(figures(&place, "r.jsonl").len(), 80);
    assert_eq!(place.read("r.jsonl").lines().count(), CELLS);
    assert_eq!(place.names("."), ["mine.toml", "r.jsonl"]);
}

/// Three cells that take no time.
const QUICK: &str = "
name = 'quick'
cap = 'none'
seeds = [0]
[[made]]
kind = 'local'
rows = 60
columns = 3
contamination = 0.1
[[detectors]]
names = ['ecod', 'knn', 'iforest']
";

#[test]
fn a_line_that_was_torn_is_measured_again() {
    let place = Workplace::new();
    place.write("quick.toml", QUICK);
    place.done("bench --suite quick.toml --results whole.jsonl --jobs 1");
    let (whole, text) = (figures(&place, "whole.jsonl"), place.read("whole.jsonl"));
    let last = 1 + text.trim_end().rfind('\n').unwrap();
    for at in (0..8).map(|part| last + 1 + part * (text.len() - last - 2) / 7) {
        place.write("torn.jsonl", &text[..at]);
        assert_eq!(figures(&place, "torn.jsonl").len(), 2, "{at}");
        let ended = place.run("bench --suite quick.toml --results torn.jsonl");
        assert!(ended.code == 0 && ended.err.contains("1 cells finished"), "{at}: {}", ended.err);
        assert_eq!(figures(&place, "torn.jsonl"), whole, "{at}");
        assert_eq!(place.read("torn.jsonl").lines().count(), 3, "{at}");
        // Behind it stands another file: nothing of that one is lost.
        place.write("joined.jsonl", text[..at].to_string() + &text);
        assert_eq!(figures(&place, "joined.jsonl"), whole, "{at}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_loses_nothing() {
    let place = place();
    place.done("bench --suite mine.toml --results whole.jsonl");
    let command = "bench --suite mine.toml --results r.jsonl --jobs 2";
    // The largest file, in blocks of 512 bytes.
    let ended = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 30; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_gradstop-lab")])
        .args(command.split_whitespace())
        .current_dir(place.path("."))
        .output()
        .unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("r.jsonl: cannot be written: got File too large"), "{said}");
    assert!(place.read("r.jsonl").ends_with('\n'));
    let (whole, before) = (figures(&place, "whole.jsonl"), figures(&place, "r.jsonl"));
    assert!(!before.is_empty() && before.len() < whole.len());
    let kept = place.read("r.jsonl");
    place.done(command);
    assert!(place.read("r.jsonl").starts_with(&kept));
    assert_eq!(figures(&place, "r.jsonl"), whole);
}

#[test]
fn shards_one_behind_the_other_are_the_whole() {
    let place = place();
    place.done("bench --suite mine.toml --results whole.jsonl");
    let mut all = String::new();
    for part in 1..=3 {
        place.done(&format!("bench --suite mine.toml --results part.jsonl --shard {part}/3"));
        all += &place.read("part.jsonl");
        std::fs::remove_file(place.path("part.jsonl")).unwrap();
    }
    place.write("all.jsonl", &all);
    assert_eq!(figures(&place, "all.jsonl"), figures(&place, "whole.jsonl"));
    // Everything once more brings nothing new, and the file goes on as any other.
    place.write("all.jsonl", all.clone() + &all);
    assert_eq!(figures(&place, "all.jsonl"), figures(&place, "whole.jsonl"));
    let again = place.run("bench --suite mine.toml --results all.jsonl");
    assert!(again.err.contains("nothing to do") && !again.err.contains("warning"), "{}", again.err);
    // The order of the lines is no matter.
    let backwards: Vec<&str> = all.lines().rev().collect();
    place.write("backwards.jsonl", backwards.join("\n") + "\n");
    let tables = |results: &str| {
        let text = place.done(&format!("bench report {results}"));
        text[text.find("## Means").unwrap()..text.find("## Times").unwrap()].to_string()
    };
    assert_eq!(tables("backwards.jsonl"), tables("whole.jsonl"));
}

#[test]
fn scores_that_contradict_each_other_are_named() {
    let place = Workplace::new();
    place.write("quick.toml", QUICK);
    place.done("bench --suite quick.toml --results r.jsonl");
    let (before, text) = (figures(&place, "r.jsonl"), place.read("r.jsonl"));
    let checksum = text.split("\"scores_checksum\":\"").nth(1).unwrap()[..16].to_string();
    place.write("r.jsonl", text.clone() + &text.replace(&checksum, "0123456789abcdef"));
    let ended = place.run("bench --suite quick.toml --results r.jsonl");
    assert!(ended.err.contains("warning: r.jsonl: 1 lines have other scores"), "{}", ended.err);
    assert_eq!(figures(&place, "r.jsonl"), before);
}

#[test]
fn one_training_gives_every_rule_what_a_training_of_its_own_would() {
    let place = Workplace::new();
    let made = place.done("datasets make local --rows 300 --columns 5 --seed 3");
    place.write("tables/local.csv", made);
    place.write(
        "suite.toml",
        "name = 'all'\ncap = 'none'\nseeds = [4]\n[[detectors]]\n\
         names = ['autoencoder', 'deepsvdd', 'vae', 'rdp', 'randnet', 'robod']\n",
    );
    place.done("bench tables --suite suite.toml --results r.jsonl");
    let report: Value = serde_json::from_str(&place.done("bench report r.jsonl --format json")).unwrap();
    let results = report["results"].as_array().unwrap();
    assert_eq!(results.len(), 6 * 3);
    for result in results {
        let (detector, stop) = (result["detector"].as_str().unwrap(), result["stop"].as_str().unwrap());
        let settings = json!({ "seed": 4, "early_stopping": stop });
        assert_eq!(result["auc"], place.auc_of("tables/local.csv", detector, &settings), "{detector} {stop}");
    }
}

#[test]
fn a_cell_that_fails_is_written_down_and_the_rest_goes_on() {
    let place = place();
    place.write("tables/good.csv", crate::workplace::table());
    place.write("tables/one_class.csv", "x,y,label\n1,2,0\n2,3,0\n3,5,0\n");
    place.write("tables/words.csv", "x,label\nhello,0\n2,1\n");
    place.write("suite.toml", "name = 'odd'\ncap = 'none'\nseeds = [0]\n[[detectors]]\nnames = ['ecod']\n");
    let command = "bench tables --suite suite.toml --results r.jsonl";
    let ended = place.run(command);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("2 of 3 cells failed"), "{}", ended.err);
    let report = place.done("bench report r.jsonl");
    assert!(report.contains("one class only") && report.contains("hello"), "{report}");
    assert_eq!(figures(&place, "r.jsonl").len(), 1);
    // It stays failed until asked otherwise.
    assert!(place.run(command).err.contains("nothing to do"));
    place.write("tables/words.csv", "x,label\n1,0\n2,1\n");
    let retried = place.run(&format!("{command} --retry-failed"));
    assert_eq!(retried.code, 1);
    assert!(retried.err.contains("1 of 3 cells failed"), "{}", retried.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_that_dies_takes_only_its_cell_with_it() {
    let place = Workplace::new();
    place.write(
        "suite.toml",
        "name = 'long'\ncap = 'none'\nseeds = [0]\n[[made]]\nkind = 'local'\nrows = 500\ncolumns = 5\n\
         contamination = 0.05\n[[detectors]]\nnames = ['autoencoder']\nstops = ['none']\nsettings.epochs = 10000000\n\
         [[detectors]]\nnames = ['ecod']\n",
    );
    let child = place.command("bench --suite suite.toml --results r.jsonl --jobs 1").spawn().unwrap();
    let started = Instant::now();
    let worker = loop {
        let path = format!("/proc/{0}/task/{0}/children", child.id());
        let of_main = std::fs::read_dir(format!("/proc/{}/task", child.id()))
            .unwrap()
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
        if let Some(worker) =
            of_main.flat_map(|text| text.split_whitespace().map(String::from).collect::<Vec<_>>()).next()
        {
            break worker;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "no worker in {path}");
        sleep(Duration::from_millis(20));
    };
    sleep(Duration::from_millis(200));
    assert!(std::process::Command::new("kill").args(["-9", &worker]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report = place.done("bench report r.jsonl");
    assert!(report.contains("the worker ended with"), "{report}");
    assert_eq!(figures(&place, "r.jsonl").len(), 1);
}

#[test]
fn a_repeated_cell_is_compared_to_the_last_bit() {
    let place = Workplace::new();
    place.write("tables/good.csv", crate::workplace::table());
    place.write(
        "suite.toml",
        "name = 'one'\ncap = 'none'\nseeds = [0]\n[[detectors]]\nnames = ['autoencoder']\nsettings.epochs = 30\n",
    );
    place.done("bench tables --suite suite.toml --results r.jsonl");
    assert!(place.done("bench repeat r.jsonl --cell 1").matches("to the last bit").count() == 3);
    // Another table under the same name.
    place.write("tables/good.csv", crate::workplace::table().replace("40,30", "40,31"));
    let ended = place.run("bench repeat r.jsonl --cell 1");
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("the table"), "{}", ended.err);
    assert_eq!(place.run("bench repeat r.jsonl --cell 9").code, 2);
}

#[test]
fn reports_are_whole_in_every_format() {
    let place = place();
    place.done("bench --suite mine.toml --results r.jsonl");
    let words = place.done("bench report r.jsonl");
    for part in ["## Means", "## What stopping changes", "## Table by table", "## Who differs", "## Times"] {
        assert!(words.contains(part), "{part}");
    }
    let report: Value = serde_json::from_str(&place.done("bench report r.jsonl --format json")).unwrap();
    assert_eq!(report["results"].as_array().unwrap().len(), 80);
    // The oracle is at least as good as any rule of the same training.
    for result in report["results"].as_array().unwrap() {
        if let Some(best) = result["oracle_auc"].as_f64() {
            assert!(best >= result["auc"].as_f64().unwrap());
        }
    }
}

#[test]
fn mistakes_are_named() {
    let place = place();
    for (words, wanted) in [
        ("bench", "no folder"),
        ("bench nowhere", "nowhere"),
        ("bench --suite other.toml", "paper, smoke or a TOML file"),
        ("bench --suite mine.toml --results mine.toml", "is it a file that"),
        ("bench --suite mine.toml --shard 3/2", "2/4"),
        ("bench report none.jsonl", "got no such file, wanted results"),
        ("bench report mine.toml", "is it a file that"),
    ] {
        let ended = place.run(words);
        assert_eq!(ended.code, 2, "{words}");
        assert!(ended.err.contains(wanted), "{words}: {}", ended.err);
    }
    assert_eq!(place.names("."), ["mine.toml"]);
    assert_eq!(place.read("mine.toml"), SUITE);
}
