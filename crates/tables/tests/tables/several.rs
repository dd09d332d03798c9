//! Several inputs as one table: patterns, folders, partitions.

use std::fs;
use std::path::Path;

use gradstop_tables::{
    Cells, Chunk, Features, Field, Hint, Input, Kind, ReadOptions, TableError, TableReader,
};
use tempfile::TempDir;

use crate::common::npy_f8;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn expand(folder: &TempDir, pattern: &str) -> Result<Vec<Input>, TableError> {
    Input::expand(&folder.path().join(pattern).to_string_lossy())
}

fn names(folder: &TempDir, inputs: &[Input]) -> Vec<String> {
    let below = |input: &Input| input.as_path().unwrap().strip_prefix(folder.path()).unwrap().to_path_buf();
    inputs.iter().map(|input| below(input).to_string_lossy().into_owned()).collect()
}

#[test]
fn a_folder_is_every_table_below_it_sorted_by_path() {
    let folder = folder(&[
        ("day=2/part-0.csv", "a\n3\n"),
        ("day=10/part-1.csv", "a\n2\n"),
        ("day=10/part-0.CSV", "a\n1\n"),
        ("_SUCCESS", ""),
        ("_temporary/part-9.csv", "a\n9\n"),
        (".part-0.csv.crc", "x"),
        ("README.md", "no table"),
    ]);
    let inputs = expand(&folder, "").unwrap();
    assert_eq!(names(&folder, &inputs), ["day=10/part-0.CSV", "day=10/part-1.csv", "day=2/part-0.csv"]);
    let table = TableReader::open_all(&inputs, &ReadOptions::default()).unwrap().read_all().unwrap();
    assert_eq!(table.values, [1.0, 2.0, 3.0]);
    assert!(table.source.ends_with("part-0.CSV and 2 more"), "{}", table.source);
}

#[test]
fn a_pattern_is_what_it_matches_unless_a_file_has_that_name() {
    let folder =
        folder(&[("b.csv", "a\n2\n"), ("a.csv", "a\n1\n"), ("c[1].csv", "a\n3\n"), ("d/e.csv", "a\n")]);
    assert_eq!(names(&folder, &expand(&folder, "?.csv").unwrap()), ["a.csv", "b.csv"]);
    assert_eq!(names(&folder, &expand(&folder, "c[1].csv").unwrap()), ["c[1].csv"]);
    assert_eq!(
        names(&folder, &expand(&folder, "**/*.csv").unwrap()),
        ["a.csv", "b.csv", "c[1].csv", "d/e.csv"]
    );
    let message = |pattern| expand(&folder, pattern).unwrap_err().to_string();
    assert!(message("*.parquet").contains("got no file, wanted at least one (hint: put a pattern in quotes"));
    assert!(message("***").contains("invalid pattern at character"), "{}", message("***"));
}

#[test]
fn rows_count_on_across_inputs_and_errors_name_input_and_row() {
    let folder =
        folder(&[("a.csv", "x,y\n1,2\n3,4\n"), ("b.csv", "x,y\n5,6\n"), ("c.csv", "x,y\n7,8\n9,oops\n")]);
    let mut reader = TableReader::open_all(&expand(&folder, "").unwrap(), &ReadOptions::default()).unwrap();
    let mut chunk = Chunk::default();
    assert_eq!(reader.read_chunk(3, &mut chunk).unwrap(), 3, "a chunk crosses from one input to the next");
    assert_eq!(chunk.values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let error = reader.read_chunk(3, &mut chunk).unwrap_err();
    assert!(
        matches!(&error, TableError::Cell { file, row: 1, line: Some(3), .. } if file.ends_with("c.csv"))
    );
}

#[test]
fn an_input_with_other_columns_shows_before_the_first_row() {
    let open = |files: &[(&str, &str)], options: &ReadOptions| {
        let folder = folder(files);
        TableReader::open_all(&expand(&folder, "").unwrap(), options).map(|_| ())
    };
    let options = ReadOptions::default();
    match open(&[("a.csv", "x,y\n1,2\n"), ("b.csv", "x,z\n1,2\n")], &options).unwrap_err() {
        TableError::OtherColumns { file, first, missing, extra } => {
            assert!(file.ends_with("b.csv") && first.ends_with("a.csv"));
            assert_eq!((missing, extra), (vec!["y".to_string()], vec!["z".to_string()]));
        }
        other => panic!("{other}"),
    }
    assert!(open(&[("a.csv", "x,y\n1,2\n"), ("b.csv", "y,x\n1,2\n")], &options).is_err(), "another order");
    assert!(
        open(&[("a.csv", "x,y\n1,2\n"), ("b.csv", "1,2\n")], &options).is_err(),
        "a part without a header"
    );
    // Columns that are no features may stand elsewhere, unless they are to be kept.
    let parts = [("a.csv", "x,id\n1,2\n"), ("b.csv", "id,x\n1,2\n")];
    let ignore = ReadOptions { ignore: vec!["id".into()], ..ReadOptions::default() };
    open(&parts, &ignore).unwrap();
    assert!(open(&parts, &ReadOptions { keep_cells: true, ..ignore }).is_err());
}

#[test]
fn columns_of_the_folders_names_come_behind_the_files_own() {
    let folder =
        folder(&[("year=2023/month=12/a.csv", "x,y\n1,2\n3,4\n"), ("year=2024/month=1/a.csv", "x,y\n5,6\n")]);
    let inputs = expand(&folder, "").unwrap();
    let options = ReadOptions {
        partitions: vec!["year".into(), "month".into()],
        ignore: vec!["y".into()],
        keep_cells: true,
        ..ReadOptions::default()
    };
    let mut reader = TableReader::open_all(&inputs, &options).unwrap();
    assert_eq!(reader.columns(), ["x", "year", "month"]);
    assert_eq!(reader.all_columns(), ["x", "y", "year", "month"]);
    let mut chunk = Chunk::default();
    reader.read_chunk(10, &mut chunk).unwrap();
    assert_eq!(chunk.values, [1.0, 2023.0, 12.0, 3.0, 2023.0, 12.0, 5.0, 2024.0, 1.0]);
    assert_eq!(chunk.cells[2], ["5", "6", "2024", "1"]);
    // Without being asked for they are no columns.
    let plain = TableReader::open_all(&inputs, &ReadOptions::default()).unwrap();
    assert_eq!(plain.columns(), ["x", "y"]);
}

#[test]
fn a_file_wins_over_its_folder_and_text_is_refused() {
    let folder = folder(&[("year=2023/a.csv", "x,year\n1,7\n"), ("kind=big/a.csv", "x\n1\n")]);
    let read = |file: &str, column: &str| {
        let options = ReadOptions { partitions: vec![column.into()], ..ReadOptions::default() };
        TableReader::open(&Input::path(folder.path().join(Path::new(file))), &options)?.read_all()
    };
    assert_eq!(read("year=2023/a.csv", "year").unwrap().values, [1.0, 7.0]);
    for (column, got) in [("kind", "\"big\""), ("day", "no value")] {
        let error = read("kind=big/a.csv", column).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(&format!("column \"{column}\" of the folders' names: got {got}")),
            "{message}"
        );
        assert_eq!(error.hint(), Some(&Hint::Partition { column: column.into() }));
    }
}

#[cfg(unix)]
#[test]
fn what_can_be_read_once_is_opened_once() {
    use std::io::Write;
    let folder = folder(&[("a.csv", "x\n1\n")]);
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let to = pipe.clone();
    let writer = std::thread::spawn(move || {
        let mut pipe = fs::File::options().write(true).open(to).unwrap();
        pipe.write_all(b"x\n2\n3\n").unwrap();
    });
    let inputs = [
        Input::path(folder.path().join("a.csv")),
        Input::path(&pipe),
        Input::path(folder.path().join("a.csv")),
    ];
    let table = TableReader::open_all(&inputs, &ReadOptions::default()).unwrap().read_all().unwrap();
    writer.join().unwrap();
    assert_eq!(table.values, [1.0, 2.0, 3.0, 1.0]);
}

#[test]
fn a_sample_of_columns_has_the_rows_of_a_sample_of_numbers_and_their_words_alone() {
    let lines: String = (0..9000).map(|row| format!("{row},w{},{}\n", row * 7, row % 2)).collect();
    let folder = folder(&[("a.csv", &format!("id,word,label\n{lines}"))]);
    let input = Input::path(folder.path().join("a.csv"));
    let label = Some("label".to_string());
    let only = ReadOptions { only: Some("id".into()), label: label.clone(), ..ReadOptions::default() };
    let numbers = TableReader::open(&input, &only).unwrap().read_sample(40, 5).unwrap();
    let kinds = vec![Field::new("id", Kind::Numbers), Field::new("word", Kind::Text)];
    let any = ReadOptions { features: Features::Fields(kinds), label, ..ReadOptions::default() };
    let drawn = TableReader::open(&input, &any).unwrap().read_column_sample(40, 5).unwrap();
    assert_eq!((drawn.table.rows, drawn.table_rows, numbers.table_rows), (40, 9000, 9000));
    assert_eq!(drawn.table.labels, numbers.table.labels);
    let ids: Vec<f64> = numbers.table.values.iter().map(|&id| f64::from(id)).collect();
    assert_eq!(drawn.table.columns[0], Cells::Numbers(ids.clone()));
    let Cells::Text(words) = &drawn.table.columns[1] else { panic!("{:?}", drawn.table.columns) };
    let wanted: Vec<String> = ids.iter().map(|id| format!("w{}", id * 7.0)).collect();
    assert_eq!(words.levels().iter().map(|word| word.to_string()).collect::<Vec<_>>(), wanted);
}

#[test]
fn a_column_of_words_in_a_text_and_of_numbers_in_an_array_is_text_in_any_order() {
    let folder = folder(&[("t.csv", "x0\nred\nblue\nred\n")]);
    fs::write(folder.path().join("t.npy"), npy_f8(2, 1, &[1.0, 2.0])).unwrap();
    let any = ReadOptions { features: Features::Any(vec![]), ..ReadOptions::default() };
    for order in [["t.csv", "t.npy"], ["t.npy", "t.csv"]] {
        let inputs = order.map(|name| Input::path(folder.path().join(name)));
        let (fields, _) = TableReader::open_all(&inputs, &any).unwrap().survey().unwrap();
        assert_eq!(fields, [Field::new("x0", Kind::Text)], "{order:?}");
    }
}
