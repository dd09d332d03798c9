//! JSON Lines and JSON arrays of rows.

use gradstop_tables::{Cells, Chunk, Features, Note, ReadOptions};

use crate::common::{Scratch, gzip, ignore};

fn message(text: &str) -> String {
    Scratch::new("t.jsonl", text).message(&ReadOptions::default())
}

#[test]
fn objects_become_rows_and_their_keys_columns() {
    for text in [
        "{\"b\":1,\"a\":2}\n{\"a\":4,\"b\":3}\n",
        "\u{feff}\n{ \"b\": 1, \"a\": 2 }\n\n{ \"a\": 4,\n \"b\": 3 }",
        "[{\"b\":1,\"a\":2},\n{\"a\":4,\"b\":3}]\n",
    ] {
        for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
            let table = Scratch::new("t.csv", bytes).table();
            assert_eq!(
                (table.columns, table.values),
                (vec!["b".into(), "a".into()], vec![1.0, 2.0, 3.0, 4.0])
            );
            assert!(table.notes.is_empty());
        }
    }
    // A name that is a number is a name.
    assert_eq!(Scratch::new("t", "{\"1\":5}\n{\"1\":6}\n").table().columns, ["1"]);
}

#[test]
fn arrays_become_rows_without_names() {
    for text in ["[1, 2]\n[3, 4]\n", "[[1, 2], [3, 4]]"] {
        let table = Scratch::new("t.jsonl", text).table();
        assert_eq!((table.columns, table.values), (vec!["x0".into(), "x1".into()], vec![1.0, 2.0, 3.0, 4.0]));
    }
}

#[test]
fn absent_keys_and_nulls_are_missing_and_text_is_kept() {
    let file = Scratch::new(
        "t.jsonl",
        "{\"n\":9007199254740993,\"s\":\"a, \\\"b\\\"\\nc\"}\n{\"s\":null,\"t\":true}\n{\"n\":1e3,\"s\":\"\\u00e9\"}\n",
    );
    let options =
        ReadOptions { features: Features::Any(Vec::new()), keep_cells: true, ..ReadOptions::default() };
    let mut chunk = Chunk::default();
    file.open(&options).unwrap().read_chunk(10, &mut chunk).unwrap();
    let cells = chunk.cells;
    assert_eq!(cells, [["9007199254740993", "a, \"b\"\nc", ""], ["", "", "true"], ["1e3", "\u{e9}", ""]]);
}

#[test]
fn objects_in_objects_become_columns_and_that_is_said() {
    let file = Scratch::new(
        "t.jsonl",
        "{\"at\":null,\"v\":1}\n{\"at\":{\"x\":2,\"y\":3},\"v\":4}\n{\"at\":{\"x\":5,\"y\":6},\"v\":7}\n",
    );
    let reader =
        file.open(&ReadOptions { features: Features::Any(Vec::new()), ..ReadOptions::default() }).unwrap();
    assert_eq!(reader.columns(), ["v", "at.x", "at.y"]);
    assert_eq!(reader.notes(), [Note::Flattened { keys: vec!["at".into()] }]);
    assert_eq!(
        message("{\"a\":1}\n{\"a\":{\"b\":1}}\n"),
        "t.jsonl: column \"a\": got objects in some rows and values in others, wanted a number, text, true, false or null \
         (hint: Ignore { column: \"a\" })"
    );
    assert!(message("{\"a\":1}\n{\"a\":[1]}\n").starts_with("t.jsonl: column \"a\": got an array"));
    assert!(
        message("{\"a\":1}\n{\"a\":{\"b\":{}}}\n")
            .starts_with("t.jsonl: column \"a.b\": got an object in an object")
    );
}

#[test]
fn columns_that_are_ignored_may_hold_anything() {
    let text = "{\"a\":1,\"tags\":[1,{}],\"at\":{\"x\":{}}}\n{\"at\":2,\"a\":3}\n";
    let table = Scratch::new("t.jsonl", text).read(&ignore(&["tags", "at"])).unwrap();
    assert_eq!((table.columns, table.values), (vec!["a".into()], vec![1.0, 3.0]));
    assert!(table.notes.is_empty());
}

#[test]
fn a_document_that_is_not_rows_is_refused() {
    for text in [
        "{\"columns\":[\"a\"],\"data\":[[1],[2]]}",
        "{\"a\":{\"0\":1,\"1\":2}}",
        "{\n  \"a\": {\"0\": 1}\n}\n",
    ] {
        assert!(message(text).starts_with("t.jsonl: got a JSON document that is one object"), "{text}");
    }
    assert!(message("[1,2,3]").starts_with("t.jsonl: got a JSON document that is one array of values"));
    assert_eq!(message("[]"), "t.jsonl: got no row, wanted at least one (hint: Header)");
    // One row of scalars is a table, as it is where rows are scored.
    assert_eq!(Scratch::new("t.jsonl", "{\"a\":1}\n").table().rows, 1);
}

#[test]
fn errors_name_rows_and_lines_that_are_there() {
    // The line of a cell is that of the text that was made of it, so it is not said.
    let text = "{\"a\":1}\n{\"a\":\"word\"}\n";
    assert!(message(text).starts_with("t.jsonl: row 1, column \"a\": got \"word\""), "{}", message(text));
    assert!(message("{\"a\":1}\n{\"a\":}\n").starts_with("t.jsonl: is corrupt: the JSON of line 2: "));
    assert!(
        message("{\"a\":1}\n{\"a\":1,\"a\":2}\n")
            .starts_with("t.jsonl: is corrupt: line 2 has the key \"a\" twice")
    );
    assert!(
        message("{\"a\":1}\n{\"a\":2")
            .starts_with("t.jsonl: ends too early: got a part (the value that starts in line 2")
    );
    assert!(message("{\"a\":1}\n[2]\n").contains("objects and arrays follow one another"));
    assert!(message("{\"a\":1}\n2\n").contains("line 2: got '2', wanted an object or array per line"));
}

#[test]
fn numbers_keep_all_their_digits() {
    let file = Scratch::new("t.jsonl", "{\"a\":9007199254740993}\n{\"a\":9007199254740992}\n");
    let kinds = Features::Fields(vec![gradstop_tables::Field::new("a", gradstop_tables::Kind::Numbers)]);
    let table = file
        .open(&ReadOptions { features: kinds, ..ReadOptions::default() })
        .unwrap()
        .read_columns()
        .unwrap();
    assert!(matches!(&table.columns[0], Cells::Long(_)), "{:?}", table.columns[0].kind());
}

#[test]
fn a_file_that_is_not_utf_8_is_read_as_other_text_is() {
    let table =
        Scratch::new("t.jsonl", b"{\"gr\xf6\xdfe\":1}\n{\"gr\xf6\xdfe\":2}\n").read(&ignore(&[])).unwrap();
    assert_eq!(table.columns, ["gr\u{f6}\u{df}e"]);
    assert_eq!(table.notes, [Note::Encoding { encoding: "Windows-1252".into(), guessed: true }]);
}
