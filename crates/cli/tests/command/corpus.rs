//! A corpus of bad files, and every word that a command says of each.
//!
//! `tests/corpus/cases.txt` is a transcript: a command, what it writes, its exit code. The commands are run in a copy of
//! `tests/corpus/files`, which `make.py` beside it makes where bytes matter, and what they say is compared with the transcript. To write it
//! anew, and read what has changed: `CORPUS=write cargo test --release -p gradstop-cli corpus`, or the same of gradstop-lab.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::workplace::{Ended, NAME, Workplace};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// A place with copies of the files of a folder.
pub(crate) fn copied(folder: &Path) -> Workplace {
    let place = Workplace::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, place.path(path.file_name().unwrap().to_str().unwrap())).unwrap();
    }
    place
}

/// A command of the transcript, such as `gradstop detect - < empty.csv`.
fn run(place: &Workplace, line: &str) -> Ended {
    let words = line.strip_prefix(NAME).expect("a command");
    let (words, input) = words.split_once(" < ").map_or((words, None), |(words, file)| (words, Some(file)));
    let mut command = place.command(words);
    if let Some(file) = input {
        command.stdin(File::open(place.path(file)).unwrap());
    }
    Ended::from(command.output().unwrap())
}

#[test]
fn every_bad_file_gets_exactly_its_words_and_its_exit_code() {
    let (place, transcript) = (copied(&corpus().join("files")), corpus().join("cases.txt"));
    let wanted = fs::read_to_string(&transcript).unwrap();
    let mut got = String::new();
    for line in wanted.lines() {
        if line.starts_with('#') {
            got += &format!("{}{line}\n\n", if got.is_empty() { "" } else { "\n" });
        }
        if let Some(command) = line.strip_prefix("$ ") {
            let Ended { code, out, err } = run(&place, command);
            assert_eq!(out, "", "{command} wrote to standard output");
            got += &format!("$ {command}\n{err}[{code}]\n");
        }
    }
    if std::env::var_os("CORPUS").is_some_and(|what| what == "write") {
        fs::write(transcript, &got).unwrap();
    }
    for (got, wanted) in got.split("$ ").zip(wanted.split("$ ")) {
        assert_eq!(got, wanted);
    }
    assert_eq!(got, wanted);
}

/// What happened to a file is said as such: there is no value that was got or wanted.
const EVENTS: [&str; 3] = [": is corrupt: ", ": checksum mismatch: ", ": invalid pattern at character "];

#[test]
fn every_message_names_what_it_got_what_it_wanted_and_what_helps() {
    let transcript = fs::read_to_string(corpus().join("cases.txt")).unwrap();
    for case in transcript.split("$ ").skip(1) {
        let said: Vec<&str> =
            case.lines().skip(1).filter(|line| line.starts_with(&format!("{NAME}: "))).collect();
        let last = said.last().unwrap_or_else(|| panic!("nothing is said: {case}"));
        let event = EVENTS.iter().any(|event| last.contains(event));
        assert!(event || last.contains("got ") && last.contains("wanted "), "{last}");
        assert!(last.matches(" (hint: ").count() == 1 && last.ends_with(')'), "{last}");
        let code = case.lines().find(|line| line.starts_with('['));
        assert!(matches!(code, Some("[1]" | "[2]")), "{case}");
    }
}

#[test]
fn every_file_of_the_corpus_is_part_of_a_case() {
    let transcript = fs::read_to_string(corpus().join("cases.txt")).unwrap();
    let named: Vec<&str> =
        transcript.lines().filter(|line| line.starts_with("$ ")).flat_map(str::split_whitespace).collect();
    for entry in fs::read_dir(corpus().join("files")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(named.contains(&name.as_str()), "{name}");
    }
}
