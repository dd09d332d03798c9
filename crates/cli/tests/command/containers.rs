//! Tables in archives, in JSON and in other encodings, through the command: what was read is said, and any fit reads it twice.

use serde_json::Value;

use crate::archives::{gzip, zip};
use crate::workplace::{Workplace, rows};

const WORDS: &str = "--detector ecod --json";

fn lines() -> Vec<String> {
    rows()
        .iter()
        .map(|[x, y, z]| format!("{{\"x\":{x},\"y\":{y},\"z\":{z},\"city\":\"Z\u{fc}rich\"}}\n"))
        .collect()
}

fn csv() -> String {
    let rows = rows().into_iter().map(|[x, y, z]| format!("{x},{y},{z},Z\u{fc}rich\n"));
    std::iter::once("x,y,z,city\n".to_owned()).chain(rows).collect()
}

#[test]
fn the_same_table_in_any_container_gets_the_same_scores() {
    let place = Workplace::new();
    let (text, json) = (csv(), lines().concat());
    let latin: Vec<u8> = text.chars().map(|character| character as u8).collect();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    place.write("t.csv", &text);
    place.write("t.zip", zip(&[("data/t.csv", text.clone().into_bytes()), ("README.md", b"about".to_vec())]));
    place.write("t.jsonl", &json);
    place.write("t.json", format!("[{}]", lines().join(",")));
    place.write("t.jsonl.gz", gzip(json.as_bytes()));
    place.write("latin.csv", &latin);
    place.write("wide.csv", &wide);
    let wanted = place.done("detect t.csv --detector ecod --output -");
    for (name, read) in [
        ("t.zip", Some("t.zip holds data/t.csv")),
        ("t.jsonl", None),
        ("t.json", None),
        ("t.jsonl.gz", None),
        ("latin.csv", Some("not UTF-8: read as Windows-1252")),
        ("wide.csv", Some("the text is in UTF-16BE")),
    ] {
        assert_eq!(place.done(&format!("detect {name} --detector ecod --output -")), wanted, "{name}");
        let object: Value = serde_json::from_str(&place.done(&format!("detect {name} {WORDS}"))).unwrap();
        let said = object["read"].as_array().map(|notes| notes[0].as_str().unwrap().to_owned());
        assert_eq!(said.as_deref(), read, "{name}");
    }
    // From a stream as well, which can be read only once.
    for bytes in [json.as_bytes(), &latin, &wide] {
        let ended = place.run_with_input("detect - --detector ecod --output -", bytes);
        assert_eq!((ended.code, ended.out), (0, wanted.clone()), "{}", ended.err);
    }
    // Whoever knows better says so, and then nothing is guessed.
    let object: Value =
        serde_json::from_str(&place.done(&format!("detect latin.csv --encoding iso-8859-2 {WORDS}")))
            .unwrap();
    assert_eq!(object["read"], Value::Null);
}

#[test]
fn an_encoding_that_nobody_knows_is_an_error_with_some_that_are_known() {
    let place = Workplace::with_table();
    let ended = place.run("detect table.csv --encoding utf-7");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("wanted a known encoding such as utf-8, windows-1252"), "{}", ended.err);
}
