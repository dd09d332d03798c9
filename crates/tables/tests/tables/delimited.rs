//! Text files: delimiters, headers, quotes, line ends, gzip, and every message.

use crate::common::{Scratch, gzip, ignore, keep_cells, label};
use gradstop_tables::{Features, Field, Kind, ReadOptions};

fn plain() -> ReadOptions {
    ReadOptions::default()
}

#[test]
fn variants_of_the_same_table_read_the_same() {
    for text in [
        "a,b\n1,2.5\n-3,4e2\n",
        "a,b\n1,2.5\n-3,4e2",
        "a,b\r\n1,2.5\r\n-3,4e2\r\n",
        "a,b\r1,2.5\r-3,4e2\r",
        "\u{feff}a,b\n1,2.5\n-3,4e2\n",
        "a;b\n1;2.5\n-3;4e2\n",
        "a\tb\n1\t2.5\n-3\t4e2\n",
        "a|b\n1|2.5\n-3|4e2\n",
        "\"a\",\"b\"\n\"1\",\"2.5\"\n\"-3\",\"4e2\"\n",
        " a , b \n 1 ,\t2.5\n -3 , +4E+02 \n",
        "a,b\n1,2.5\n-3,4e2\n\n\n\r\n",
        "\n\na,b\n\n1,2.5\n\n-3,4e2\n",
    ] {
        for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
            let table = Scratch::new("t.csv", bytes).table();
            assert_eq!(table.columns, ["a", "b"], "{text:?}");
            assert_eq!((table.rows, table.values), (2, vec![1.0, 2.5, -3.0, 400.0]), "{text:?}");
        }
    }
}

#[test]
fn gzip_of_several_members_is_one_table() {
    let bytes = [gzip(b"a,b\n1,2\n"), gzip(b"3,4\n")].concat();
    assert_eq!(Scratch::new("t.csv.gz", bytes).table().values, [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn headers_are_told_from_data() {
    for (text, header, columns, rows) in [
        ("1,2\n3,4\n", None, ["x0", "x1"], 2),
        ("1,b\n3,4\n", None, ["1", "b"], 1),
        (",b\n3,4\n", None, ["x0", "b"], 1),
        ("1,2\n3,4\n", Some(true), ["1", "2"], 1),
        ("1,2\n3,4\n", Some(false), ["x0", "x1"], 2),
    ] {
        let table = Scratch::new("t.csv", text).read(&ReadOptions { header, ..plain() }).unwrap();
        assert_eq!(table.columns, columns, "{text:?} {header:?}");
        assert_eq!(table.rows, rows, "{text:?} {header:?}");
    }
    // What is missing or infinite in the first row is a bad cell, not a name.
    assert!(Scratch::new("t.csv", "1,\n3,4\n").message(&plain()).starts_with("t.csv: row 0 (line 1)"));
    assert!(Scratch::new("t.csv", "1,nan\n3,4\n").message(&plain()).starts_with("t.csv: row 0 (line 1)"));
}

#[test]
fn the_delimiter_can_be_named() {
    let file = Scratch::new("t.csv", "1,5;2\n3,5;4\n");
    let options =
        ReadOptions { delimiter: Some(b','), header: Some(false), ignore: vec!["x1".into()], ..plain() };
    assert_eq!(file.read(&options).unwrap().values, [1.0, 3.0]);
    let file = Scratch::new("t.tsv", "a,b\tc\n1\t2\n");
    assert_eq!(file.table().columns, ["a,b", "c"]);
}

#[test]
fn labels_and_ignored_columns_are_no_features() {
    let file = Scratch::new("t.csv", "id,a,kind,b\nx7,1,normal,2\nx8,3,Outlier,4\n");
    let options = ReadOptions { keep_cells: true, ignore: vec!["id".into()], ..label("kind") };
    let reader = file.open(&options).unwrap();
    assert_eq!(reader.columns(), ["a", "b"]);
    assert_eq!(reader.all_columns(), ["id", "a", "kind", "b"]);
    assert!(reader.has_labels());
    let table = reader.read_all().unwrap();
    assert_eq!((table.values, table.labels), (vec![1.0, 2.0, 3.0, 4.0], Some(vec![false, true])));
    let cells = file.chunked(&options, 10).unwrap().cells;
    assert_eq!(cells, [["x7", "1", "normal", "2"], ["x8", "3", "Outlier", "4"]]);
}

#[test]
fn kept_cells_are_verbatim_without_their_quotes() {
    let file = Scratch::new("t.csv", "note,a\n\"said \"\"hi\"\",\nthen left\", 1.50 \n,2\n");
    let options = ReadOptions { ignore: vec!["note".into()], ..keep_cells() };
    let cells = file.chunked(&options, 10).unwrap().cells;
    assert_eq!(cells, [["said \"hi\",\nthen left", " 1.50 "], ["", "2"]]);
}

#[test]
fn bad_cells_are_named_with_row_line_and_column() {
    let wanted = "wanted a finite number that fits into 32 bits";
    let fill = "(hint: FillMissing { column: \"b\" })";
    for (cell, got, hint) in [
        ("n/a", "\"n/a\"", fill),
        ("true", "\"true\"", "(hint: Ignore { column: \"b\" })"),
        ("", "\"\"", fill),
        (" ", "\" \"", fill),
        ("NaN", "\"NaN\"", fill),
        ("-inf", "\"-inf\"", "(hint: rescale the column, or drop the row)"),
        ("3.5e38", "\"3.5e38\"", "(hint: rescale the column, or drop the row)"),
    ] {
        let file = Scratch::new("t.csv", format!("a,b\n\"1\",2\n\n3,{cell}\n"));
        assert_eq!(
            file.message(&plain()),
            format!("t.csv: row 1 (line 4), column \"b\": got {got}, {wanted} {hint}")
        );
    }
    assert_eq!(
        Scratch::new("t.csv", "a;b\n1;2,5\n").message(&plain()),
        format!(
            "t.csv: row 0 (line 2), column \"b\": got \"2,5\", {wanted} \
             (hint: this looks like a decimal comma: write numbers with a decimal point)"
        )
    );
}

#[test]
fn long_cells_are_shortened_in_messages() {
    let message = Scratch::new("t.csv", format!("a\n{}\n", "x".repeat(100_000))).message(&plain());
    assert!(message.contains(&format!("got \"{}\"..., wanted", "x".repeat(60))), "{message}");
}

#[test]
fn a_blank_line_in_a_single_column_is_a_missing_value() {
    assert_eq!(
        Scratch::new("t.csv", "a\n1\n\n3\n").message(&plain()),
        "t.csv: row 1 (line 3), column \"a\": got \"\", wanted a finite number that fits into 32 bits \
         (hint: FillMissing { column: \"a\" })"
    );
    assert_eq!(Scratch::new("t.csv", "a\n1\n3\n\n\n").table().values, [1.0, 3.0]);
}

#[test]
fn labels_that_are_none_are_named() {
    assert_eq!(
        Scratch::new("t.csv", "a,y\n1,0\n2,oui\n3,0\n").message(&label("y")),
        "t.csv: row 1 (line 3), column \"y\": got \"oui\", wanted 0 or 1 (1 = outlier), true or false, yes or no, or \
         normal, inlier, outlier, anomaly, attack or fraud; the column holds \"0\" (2 rows), \"oui\" (1 row) \
         (hint: LabelWords { words: [\"0\", \"oui\"], more: false })"
    );
    assert_eq!(
        Scratch::new("t.csv", "a,y\n1,0\n2,\n3,NA\n4,1\n").message(&label("y")),
        "t.csv: row 1 (line 3), column \"y\": got no label in 2 of 4 rows, wanted one in every row; the column holds \
         \"0\" (1 row), \"1\" (1 row) (hint: Label)"
    );
}

#[test]
fn words_of_a_label_that_are_named_mark_outliers_or_inliers_and_are_counted() {
    let words = |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).into()).collect() };
    let file = Scratch::new("t.csv", "a,y\n1,normal.\n2,smurf.\n3,normal.\n4,neptune.\n");
    let outlier = ReadOptions { outlier: words(&["neptune.", "smurf."]), ..label("y") };
    let inlier = ReadOptions { inlier: words(&["Normal."]), ..label("y") };
    for options in [&outlier, &inlier] {
        let table = file.read(options).unwrap();
        assert_eq!(table.labels, Some(vec![false, true, false, true]));
        let [note] = &table.notes[..] else { panic!("{:?}", table.notes) };
        assert_eq!(note.to_string(), "y: 2 rows are outliers (smurf., neptune.), 2 are not (normal.)");
    }
    let absent = ReadOptions { outlier: words(&["smurf"]), ..label("y") };
    let problem = file.message(&absent);
    assert!(
        problem.contains("column \"y\": got no row with \"smurf\", wanted every word that is named"),
        "{problem}"
    );
    let both = ReadOptions { outlier: words(&["smurf."]), ..inlier };
    let problem = file.message(&both);
    assert!(
        problem.contains("row 3 (line 5), column \"y\": got \"neptune.\", wanted one of the words"),
        "{problem}"
    );
}

#[test]
fn ragged_rows_are_named() {
    assert_eq!(
        Scratch::new("t.csv", "a,b\n1,2\n3\n").message(&plain()),
        "t.csv: row 1 (line 3): got 1 cell, wanted 2 (hint: every row needs all cells; is the file truncated?)"
    );
    assert_eq!(
        Scratch::new("t.csv", "a,b\n1,2\n3,4,5\n").message(&plain()),
        "t.csv: row 1 (line 3): got 3 cells, wanted 2 \
         (hint: Delimiter)"
    );
}

#[test]
fn unknown_columns_list_the_similar_ones_first() {
    let file = Scratch::new("t.csv", "height,label,width\n1,0,2\n");
    let message = "t.csv: got no column \"Lable\", wanted one of \"label\", \"width\", \"height\" (hint: a name is written \
                   as in the file)";
    assert_eq!(file.message(&label("Lable")), message);
    assert_eq!(file.message(&ignore(&["Lable"])), message);
    let names: Vec<String> = (0..30).map(|index| format!("n{index}")).collect();
    let message = Scratch::new("t.csv", names.join(",")).message(&label("missing"));
    assert!(message.contains(" and 10 more (hint: "), "{message}");
}

#[test]
fn contradictory_selections_are_refused() {
    let file = Scratch::new("t.csv", "a,b,a\n1,0,2\n");
    assert_eq!(
        file.message(&label("a")),
        "t.csv: got 2 columns \"a\", wanted one (hint: rename them, so that one name means one column)"
    );
    assert_eq!(
        file.message(&ReadOptions { ignore: vec!["b".into()], ..label("b") }),
        "t.csv: column \"b\": got it as the label and as ignored, wanted one of the two (hint: the label is no feature anyway)"
    );
    // Names that occur twice are fine as long as nothing refers to them.
    assert_eq!(file.table().values, [1.0, 0.0, 2.0]);
    assert_eq!(
        Scratch::new("t.csv", "a,b\n1,0\n").message(&ReadOptions { ignore: vec!["a".into()], ..label("b") }),
        "t.csv: got no feature among its columns (\"a\", \"b\"), wanted at least one (hint: the label and what is ignored \
         are no features)"
    );
}

#[test]
fn what_is_no_text_is_refused() {
    for (content, got) in [
        (&b"\x00\x01\x02"[..], "is no table: got bytes that are neither text nor of a known format"),
        (b"a\xc3\xa4,\xe4\n1,2\n", "line 1: got bytes that are no UTF-8"),
    ] {
        let message = Scratch::new("t.csv", content).message(&plain());
        assert!(message.starts_with(&format!("t.csv: {got}, wanted text")), "{message}");
    }
    for empty in ["", "\n\n", "\u{feff}", "a,b\n"] {
        let message = Scratch::new("t.csv", empty).message(&plain());
        assert!(message.starts_with("t.csv: got no row, wanted at least one"), "{empty:?}: {message}");
    }
}

#[test]
fn missing_files_and_directories_are_named() {
    let file = Scratch::new("t.csv", "1,2\n");
    let input = gradstop_tables::Input::path(file.path().with_file_name("u.csv"));
    let message = gradstop_tables::TableReader::open(&input, &plain()).unwrap_err().to_string();
    assert!(
        message
            .contains("u.csv: cannot be opened: got No such file or directory (os error 2), wanted a table"),
        "{message}"
    );
    let input = gradstop_tables::Input::path(file.path().parent().unwrap());
    let message = gradstop_tables::TableReader::open(&input, &plain()).unwrap_err().to_string();
    assert!(message.contains(": cannot be opened: got is a directory, wanted a table"), "{message}");
}

#[test]
fn an_unclosed_quote_does_not_swallow_a_huge_file() {
    let mut text = b"a,b\n\"1,2\n".to_vec();
    text.resize(70 << 20, b'7');
    let message = Scratch::new("t.csv", text).message(&plain());
    let wanted = "t.csv: is corrupt: the record that starts in line 2 does not end within 64 MiB; is it \
                  a quote that is never closed, or no table?";
    assert!(message.starts_with(wanted), "{message}");
}

#[test]
fn a_line_of_nothing_but_delimiters_costs_no_more_than_the_columns_of_a_table() {
    let wanted = "got more than 1048576 columns, wanted fewer (hint: is it a table, a row a line?)";
    let endless = vec![b','; 5 << 20];
    assert_eq!(Scratch::new("t.csv", &endless[..]).message(&plain()), format!("t.csv: line 1: {wanted}"));
    let later = [b"1,2\n", &endless[..]].concat();
    assert_eq!(Scratch::new("t.csv", later).message(&plain()), format!("t.csv: line 2: {wanted}"));
    let most = [&b"1,"[..]].repeat(1 << 20).concat();
    assert_eq!(Scratch::new("t.csv", &most[..most.len() - 1]).table().columns.len(), 1 << 20);
}

#[test]
fn a_cell_that_is_broken_in_utf_8_is_refused_and_never_taken_for_other_text() {
    let file = Scratch::new("t.csv", b"n\xc3\xa4me\nJ\xfcrgen\nJ\xf6rgen\n");
    let kinds = Features::Fields(vec![Field::new("n\u{e4}me", Kind::Text)]);
    let message = file
        .open(&ReadOptions { features: kinds, ..plain() })
        .unwrap()
        .read_columns()
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("row 0 (line 2), column \"n\u{e4}me\": got \"J\u{fffd}rgen\", wanted text in UTF-8"),
        "{message}"
    );
}

#[test]
fn a_header_that_is_one_name_short_is_a_header_however_wide_it_is() {
    for width in [3, 1500] {
        let names: Vec<String> = (0..width).map(|at| format!("name{at}")).collect();
        let row = |row: usize| format!("r{row},") + &vec![format!("{row}.5"); width].join(",") + "\n";
        let text = names.join(",") + "\n" + &(0..4).map(row).collect::<String>();
        let table = Scratch::new("t.csv", &text).table();
        assert_eq!((table.rows, &table.columns), (4, &names), "{width}");
    }
}
