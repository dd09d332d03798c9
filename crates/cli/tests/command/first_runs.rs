//! The page of first runs shows files as they are, and what the command says of them.
//!
//! To write what is shown anew, and read what has changed: `FIRST_RUNS=write cargo test --release -p gradstop-cli first_runs`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::corpus::copied;
use crate::workplace::{Ended, NAME};

/// Lines of a file that are shown.
const SHOWN_LINES: usize = 5;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// The first lines of a file; bytes that are no UTF-8 are Latin-1.
fn beginning(file: &str) -> String {
    let bytes = fs::read(docs().join("first-runs").join(file)).unwrap();
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect());
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    let more = if lines.len() > SHOWN_LINES { "...\n" } else { "" };
    let shown: String = lines.iter().take(SHOWN_LINES).map(|line| format!("{line}\n")).collect();
    shown + more
}

/// What a command says before it says how it fitted.
fn said(ended: &Ended) -> String {
    let read =
        ended.out.lines().take_while(|line| !line.starts_with("detector ") && !line.starts_with("id "));
    let read: String = read.map(|line| format!("{line}\n")).collect();
    let more = if ended.code == 0 { "...\n" } else { "" };
    format!("{}{read}{more}", ended.err)
}

/// The row on top of the list.
fn first(ended: &Ended) -> Option<usize> {
    let mut list = ended.out.lines().skip_while(|line| !line.starts_with("The most abnormal rows"));
    list.nth(2)?.split_whitespace().next()?.parse().ok()
}

#[test]
fn every_file_and_every_word_of_the_page_is_as_it_says() {
    let (place, page) = (copied(&docs().join("first-runs")), docs().join("first-runs.md"));
    let wanted = fs::read_to_string(&page).unwrap();
    let (mut got, mut last, mut runs, mut elsewhere) = (String::new(), None, 0, Vec::new());
    let mut lines = wanted.lines();
    while let Some(line) = lines.next() {
        got += &format!("{line}\n");
        if let Some(file) = line.strip_prefix("```csv ") {
            got += &beginning(file);
        } else if line == "```console" {
            let command = lines.next().unwrap();
            let words = command.strip_prefix(&format!("$ {NAME} ")).unwrap();
            got += &format!("{command}\n{}", said(&place.run(words)));
            (last, runs) = (Some(words), runs + 1);
        } else {
            if let Some(row) = line.strip_prefix("<!-- first: ") {
                let row = row.strip_suffix(" -->").unwrap().parse().unwrap();
                // A quick detector that finds a row by its numbers, if they were read as numbers.
                let ended = place.run(&format!("{} --detector ecod", last.unwrap()));
                if first(&ended) != Some(row) {
                    elsewhere.push((row, ended.out, ended.err));
                }
            }
            continue;
        }
        // What the page shows gives way to what is so.
        lines.by_ref().find(|line| *line == "```").unwrap();
        got += "```\n";
    }
    if std::env::var_os("FIRST_RUNS").is_some_and(|what| what == "write") {
        fs::write(page, &got).unwrap();
    }
    assert!(elsewhere.is_empty(), "rows that are not on top: {elsewhere:#?}");
    assert!(runs >= 12, "{runs} runs");
    for (got, wanted) in got.split("\n## ").zip(wanted.split("\n## ")) {
        assert_eq!(got, wanted);
    }
}
