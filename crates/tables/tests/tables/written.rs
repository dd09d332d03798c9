//! Rows as they are written, and ids beside rows.

use std::path::PathBuf;

use gradstop_tables::{Chunk, Features, Input, ReadOptions, TableReader, WrittenRows};
use tempfile::TempDir;

use crate::common::{Scratch, npy_f8};

fn files(parts: &[(&str, &str)]) -> (TempDir, Vec<Input>) {
    let folder = tempfile::tempdir().unwrap();
    let place = |(name, content): &(&str, &str)| {
        let path: PathBuf = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        Input::path(path)
    };
    let inputs = parts.iter().map(place).collect();
    (folder, inputs)
}

#[test]
fn rows_count_on_over_files_and_their_cells_are_found_by_name() {
    let (_folder, inputs) = files(&[
        ("a.csv", "x,who\n1,Ann\n2.50,Bo\n"),
        ("b.csv", "who,x\nCy,NA\nDee,\"1,316\"\n"),
        ("c.csv", "broken"),
    ]);
    let read = |rows: &[usize]| WrittenRows::read(&inputs, &ReadOptions::default(), rows).unwrap();
    let written = read(&[3, 1, 2, 1]);
    assert_eq!(written.columns, ["x", "who"]);
    assert_eq!([1, 2, 3].map(|row| written.cell(row, "who")), [Some("Bo"), Some("Cy"), Some("Dee")]);
    assert_eq!([1, 2, 3].map(|row| written.cell(row, "x")), [Some("2.50"), Some("NA"), Some("1,316")]);
    assert_eq!((written.row(0), written.cell(1, "nobody")), (None, None));
    assert_eq!(read(&[]), WrittenRows::default(), "nothing is read for nothing");
    assert!(read(&[1_000_000]).rows.is_empty(), "a row behind the end");
}

#[test]
fn rows_far_behind_one_another_are_found_in_every_format() {
    let rows = 10_000;
    let text: String = (0..rows).map(|row| format!("{row},{}\n", 2 * row)).collect();
    let values: Vec<f64> = (0..rows).flat_map(|row| [f64::from(row), f64::from(2 * row)]).collect();
    for file in [Scratch::new("t.csv", text), Scratch::new("t.npy", npy_f8(rows as usize, 2, &values))] {
        let inputs = [Input::path(file.path())];
        let wanted = [0, 4095, 4096, 9_999];
        let written = WrittenRows::read(&inputs, &ReadOptions::default(), &wanted).unwrap();
        for row in wanted {
            let cell: f64 = written.cell(row, "x1").unwrap().parse().unwrap();
            assert_eq!(cell, 2.0 * row as f64, "{:?}", file.path());
        }
        assert_eq!(written.rows.len(), 4);
    }
}

#[test]
fn ids_stand_beside_the_rows_they_belong_to() {
    let (_folder, inputs) =
        files(&[("year=2023/a.csv", "who,x\nAnn,1\nBo,2\n"), ("year=2024/a.csv", "x,who\n3,Cy\n")]);
    let read = |options: ReadOptions| {
        let mut reader = TableReader::open_all(&inputs, &options).unwrap();
        let mut chunk = Chunk::default();
        reader.read_chunk(10, &mut chunk).unwrap();
        chunk
    };
    let by_name =
        ReadOptions { id: Some("who".into()), ignore: vec!["who".into()], ..ReadOptions::default() };
    let chunk = read(by_name.clone());
    assert_eq!(
        (&chunk.values[..], &chunk.ids[..]),
        (&[1.0, 2.0, 3.0][..], &["Ann".into(), "Bo".into(), "Cy".into()][..])
    );
    let alone = read(ReadOptions { features: Features::Nothing, ..by_name });
    assert_eq!((alone.rows, alone.values.len(), alone.ids), (3, 0, chunk.ids));
    // The name of a folder may say which row is which.
    let year = read(ReadOptions {
        id: Some("year".into()),
        partitions: vec!["year".into()],
        ignore: vec!["who".into()],
        ..ReadOptions::default()
    });
    assert_eq!(year.ids, ["2023", "2023", "2024"]);
}
