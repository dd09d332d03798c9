//! Text in other encodings than UTF-8.

use gradstop_tables::{Cells, Features, Field, Kind, Note, ReadOptions, Table};

use crate::common::{Scratch, gzip};

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn swapped(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect()
}

fn is_the_table(table: &Table) {
    assert_eq!(table.columns, ["gr\u{f6}\u{df}e", "y"]);
    assert_eq!(table.values, [1.0, 2.0, 3.0, 4.0]);
}

const TEXT: &str = "gr\u{f6}\u{df}e,y\n1,2\n3,4\n";

#[test]
fn sixteen_bits_a_character_are_read_with_a_mark_and_without() {
    for mark in [true, false] {
        let little = utf16(TEXT, mark);
        for (bytes, name) in [(little.clone(), "UTF-16LE"), (swapped(&little), "UTF-16BE")] {
            for bytes in [gzip(&bytes), bytes] {
                let table = Scratch::new("t.csv", bytes).table();
                is_the_table(&table);
                assert_eq!(table.notes, [Note::Encoding { encoding: name.into(), guessed: false }]);
            }
        }
    }
}

#[test]
fn text_that_is_not_utf_8_is_windows_1252_and_that_is_said() {
    let table = Scratch::new("t.csv", b"gr\xf6\xdfe,y\n1,2\n3,4\n").table();
    is_the_table(&table);
    assert_eq!(table.notes, [Note::Encoding { encoding: "Windows-1252".into(), guessed: true }]);
    assert_eq!(table.notes[0].to_string(), "not UTF-8: read as Windows-1252");
    let table = Scratch::new("t.csv", TEXT).table();
    is_the_table(&table);
    assert!(table.notes.is_empty());
}

#[test]
fn a_character_beyond_ascii_far_down_decides_as_well() {
    let mut bytes = b"name,y\n".to_vec();
    (0..100_000).for_each(|row| bytes.extend(format!("n{},{row}\n", row % 3).bytes()));
    bytes.extend(b"J\xfcrgen,7\n");
    let kinds = vec![Field::new("name", Kind::Text), Field::new("y", Kind::Numbers)];
    let options = ReadOptions { features: Features::Fields(kinds), ..ReadOptions::default() };
    let table = Scratch::new("t.csv", bytes).open(&options).unwrap().read_columns().unwrap();
    assert_eq!(table.rows, 100_001);
    let Cells::Text(words) = &table.columns[0] else { panic!("{:?}", table.columns[0].kind()) };
    assert_eq!(words.word(100_000), Some("J\u{fc}rgen"));
    assert_eq!(table.notes, [Note::Encoding { encoding: "Windows-1252".into(), guessed: true }]);
}

#[test]
fn an_encoding_that_is_named_is_taken() {
    let cyrillic = ReadOptions { encoding: "cp1251".parse().ok(), ..ReadOptions::default() };
    let table = Scratch::new("t.csv", b"\xe0,b\n1,2\n").read(&cyrillic).unwrap();
    assert_eq!(table.columns, ["\u{430}", "b"]);
    assert!(table.notes.is_empty());
    // It need not guess any more, so what is not UTF-8 is an error.
    let utf8 = ReadOptions { encoding: "utf-8".parse().ok(), ..ReadOptions::default() };
    let message = Scratch::new("t.csv", b"\xe0,b\n1,2\n").message(&utf8);
    assert!(message.starts_with("t.csv: line 1: got bytes that are no UTF-8"), "{message}");
    // A byte order mark knows better.
    is_the_table(&Scratch::new("t.csv", utf16(TEXT, true)).read(&cyrillic).unwrap());
    let wrong = ReadOptions { encoding: "shift_jis".parse().ok(), ..ReadOptions::default() };
    let message = Scratch::new("t.csv", b"a,b\n1,\x81\x01\n").message(&wrong);
    assert!(message.contains("are not text in Shift_JIS"), "{message}");
}
