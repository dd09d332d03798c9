//! Columns of any kind: what each format calls them, what is missing, and what is refused.

use std::sync::Arc;

use crate::common::{Scratch, in_words, npy_f8};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, NullArray, RecordBatch,
    StringArray, TimestampMillisecondArray, TimestampNanosecondArray,
};
use gradstop_tables::{
    Cells, Chunk, ColumnTable, Features, Field, Kind, ReadOptions, TableError, TableReader, Words,
};

fn any() -> ReadOptions {
    ReadOptions { features: Features::Any(Vec::new()), ..ReadOptions::default() }
}

fn of_kinds(kinds: &[(&str, Kind)]) -> ReadOptions {
    let fields = kinds.iter().map(|(name, kind)| Field::new(*name, *kind)).collect();
    ReadOptions { features: Features::Fields(fields), ..ReadOptions::default() }
}

fn survey(file: &Scratch) -> Result<Vec<Kind>, TableError> {
    Ok(file.open(&any())?.survey()?.0.into_iter().map(|field| field.kind).collect())
}

/// The table with the kinds that its survey finds.
fn read(file: &Scratch) -> ColumnTable {
    let (fields, _) = file.open(&any()).unwrap().survey().unwrap();
    let options = ReadOptions { features: Features::Fields(fields), ..ReadOptions::default() };
    file.open(&options).unwrap().read_columns().unwrap()
}

fn words(cells: &[&str]) -> Cells {
    let mut words = Words::default();
    cells.iter().for_each(|cell| if cell.is_empty() { words.push_missing() } else { words.push(cell) });
    Cells::Text(words)
}

/// NaN equals NaN here.
fn same_numbers(cells: &Cells, wanted: &[f64]) -> bool {
    let (Cells::Numbers(values) | Cells::Dates(values)) = cells else { return false };
    values.len() == wanted.len()
        && values.iter().zip(wanted).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

#[test]
fn a_text_file_is_surveyed_and_read_with_all_spellings_of_missing_cells() {
    let text = "age,member,since,colour\n31,yes,2024-02-29,red\nNA,no,,blue \n2.5,?,1970-01-01T00:00:01Z,null\n-inf,NO,n/a,red\n";
    let file = Scratch::new("t.csv", text);
    assert_eq!(survey(&file).unwrap(), [Kind::Numbers, Kind::Booleans, Kind::Dates, Kind::Text]);
    let table = read(&file);
    assert_eq!((table.rows, table.names.len()), (4, 4));
    assert!(same_numbers(&table.columns[0], &[31.0, f64::NAN, 2.5, f64::NEG_INFINITY]));
    assert_eq!(table.columns[1], Cells::Booleans(vec![Some(true), Some(false), None, Some(false)]));
    assert!(same_numbers(&table.columns[2], &[1_709_164_800.0, f64::NAN, 1.0, f64::NAN]));
    assert_eq!(table.columns[3], words(&["red", "blue", "", "red"]));
}

#[test]
fn columns_come_in_chunks_of_any_size_with_labels_and_cells() {
    let text = "a,b,y,c\n1,x,0,7\n2,,1,8\n3,z,0,9\n";
    let file = Scratch::new("t.csv", text);
    let options = ReadOptions {
        label: Some("y".into()),
        ignore: vec!["c".into()],
        keep_cells: true,
        ..of_kinds(&[("a", Kind::Numbers), ("b", Kind::Text)])
    };
    for size in [1, 2, 3, 10] {
        let mut reader = file.open(&options).unwrap();
        assert_eq!(reader.kinds(), Some(&[Kind::Numbers, Kind::Text][..]));
        let (mut rows, mut chunk) = (0, Chunk::default());
        while reader.read_chunk(size, &mut chunk).unwrap() > 0 {
            assert!(chunk.values.is_empty());
            for row in 0..chunk.rows {
                let Cells::Text(text) = &chunk.columns[1] else { panic!("no text") };
                assert_eq!(text.word(row), [Some("x"), None, Some("z")][rows]);
                let Cells::Numbers(values) = &chunk.columns[0] else { panic!("no numbers") };
                assert_eq!(values[row], (rows + 1) as f64);
                assert_eq!(chunk.labels[row], rows == 1);
                assert_eq!(chunk.cells[row][3], (rows + 7).to_string());
                rows += 1;
            }
        }
        assert_eq!(rows, 3, "{size}");
    }
}

#[test]
fn a_column_that_is_named_is_text_whatever_it_holds() {
    let file = Scratch::new("t.csv", "a,b\n01,1\n1,2\n01,3\n");
    let options = ReadOptions { features: Features::Any(vec!["a".into()]), ..ReadOptions::default() };
    assert_eq!(
        file.open(&options).unwrap().survey().unwrap().0,
        [Field::new("a", Kind::Text), Field::new("b", Kind::Numbers)]
    );
    let table =
        file.open(&of_kinds(&[("a", Kind::Text), ("b", Kind::Numbers)])).unwrap().read_columns().unwrap();
    assert_eq!(table.columns[0], words(&["01", "1", "01"]));
}

#[test]
fn a_word_among_many_numbers_is_named_and_not_taken_for_text() {
    let mut text = "a\n".to_owned() + &"5\n".repeat(40);
    text += "five\n";
    assert_eq!(
        in_words(&survey(&Scratch::new("t.csv", &text)).unwrap_err()).split_once("/t.csv").unwrap().1,
        ": row 40 (line 42), column \"a\": got \"five\", wanted a number as 40 of its 41 cells are (hint: Unlike { \
         columns: [\"a\"], words: [\"five\"] })"
    );
}

#[test]
fn cells_of_another_kind_than_the_fitted_ones_are_named() {
    let file = Scratch::new("t.csv", "a,b\n1,yes\nred,maybe\n");
    let message =
        |kinds: &[(&str, Kind)]| file.open(&of_kinds(kinds)).unwrap().read_columns().unwrap_err().to_string();
    let said = message(&[("a", Kind::Numbers), ("b", Kind::Text)]);
    assert!(said.contains("row 1 (line 3), column \"a\": got \"red\", wanted a finite number"), "{said}");
    let said = message(&[("a", Kind::Text), ("b", Kind::Booleans)]);
    assert!(
        said.contains("row 1 (line 3), column \"b\": got \"maybe\", wanted true or false, yes or no"),
        "{said}"
    );
}

fn files(batch: &RecordBatch) -> Vec<(&'static str, Scratch)> {
    let mut parquet = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    parquet.write(batch).unwrap();
    let mut stream = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    stream.write(batch).unwrap();
    vec![
        ("Parquet", Scratch::new("t", parquet.into_inner().unwrap())),
        ("Arrow", Scratch::new("t", stream.into_inner().unwrap())),
    ]
}

#[test]
fn typed_files_say_what_their_columns_are() {
    let categories: DictionaryArray<Int32Type> = vec![Some("x"), None, Some("NA")].into_iter().collect();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("n", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])) as ArrayRef, true),
        ("f", Arc::new(Float64Array::from(vec![0.1, f64::NAN, f64::INFINITY])), true),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])), true),
        ("day", Arc::new(Date32Array::from(vec![Some(1), None, Some(-1)])), true),
        ("ms", Arc::new(TimestampMillisecondArray::from(vec![Some(1500), None, Some(-500)])), true),
        ("ns", Arc::new(TimestampNanosecondArray::from(vec![Some(1_500_000_000), None, Some(0)])), true),
        ("text", Arc::new(StringArray::from(vec![Some(" a "), Some(""), None])), true),
        ("category", Arc::new(categories), true),
    ])
    .unwrap();
    for (what, file) in files(&batch) {
        let table = read(&file);
        let kinds: Vec<Kind> = table.columns.iter().map(Cells::kind).collect();
        let (numbers, dates) = (Kind::Numbers, Kind::Dates);
        assert_eq!(
            kinds,
            [numbers, numbers, Kind::Booleans, dates, dates, dates, Kind::Text, Kind::Text],
            "{what}"
        );
        for (column, wanted) in [
            (0, [1.0, f64::NAN, 3.0]),
            (1, [0.1, f64::NAN, f64::INFINITY]),
            (3, [86_400.0, f64::NAN, -86_400.0]),
            (4, [1.5, f64::NAN, -0.5]),
            (5, [1.5, f64::NAN, 0.0]),
        ] {
            assert!(same_numbers(&table.columns[column], &wanted), "{what}: {:?}", table.columns[column]);
        }
        assert_eq!(table.columns[2], Cells::Booleans(vec![Some(true), None, Some(false)]), "{what}");
        assert_eq!(table.columns[6], words(&["a", "", ""]), "{what}");
        assert_eq!(table.columns[7], words(&["x", "", ""]), "{what}");
    }
}

#[test]
fn typed_columns_are_read_as_what_was_fitted_or_refused_all_at_once() {
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("a", Arc::new(StringArray::from(vec!["yes", "no"])) as ArrayRef, true),
        ("b", Arc::new(Int64Array::from(vec![7, 8])), true),
        ("c", Arc::new(NullArray::new(2)), true),
        ("d", Arc::new(BooleanArray::from(vec![true, false])), true),
    ])
    .unwrap();
    let mut stream = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    stream.write(&batch).unwrap();
    let file = Scratch::new("t", stream.into_inner().unwrap());
    let fitted =
        of_kinds(&[("a", Kind::Booleans), ("b", Kind::Text), ("c", Kind::Dates), ("d", Kind::Numbers)]);
    let table = file.open(&fitted).unwrap().read_columns().unwrap();
    assert_eq!(table.columns[0], Cells::Booleans(vec![Some(true), Some(false)]));
    assert_eq!(table.columns[1], words(&["7", "8"]));
    assert!(same_numbers(&table.columns[2], &[f64::NAN, f64::NAN]));
    assert!(same_numbers(&table.columns[3], &[1.0, 0.0]));
    let other =
        of_kinds(&[("a", Kind::Numbers), ("b", Kind::Dates), ("c", Kind::Numbers), ("d", Kind::Booleans)]);
    let said = file.open(&other).unwrap_err().to_string();
    assert!(
        said.ends_with(
            ": column \"b\": got type Int64, wanted dates (hint: columns must be of \
             the kinds that they had when the model was fitted)"
        ),
        "{said}"
    );
}

#[test]
fn numpy_arrays_are_numbers_that_may_be_missing() {
    let file = Scratch::new("t.npy", npy_f8(2, 2, &[1.0, f64::NAN, 1e300, 4.0]));
    let table = read(&file);
    assert!(same_numbers(&table.columns[0], &[1.0, 1e300]));
    assert!(same_numbers(&table.columns[1], &[f64::NAN, 4.0]));
    let said = file.open(&of_kinds(&[("x0", Kind::Numbers), ("x1", Kind::Dates)])).unwrap().read_columns();
    assert!(said.unwrap_err().to_string().contains("column \"x1\": got \"4.0\", wanted a date"));
}

#[test]
fn an_empty_table_has_no_kinds_and_a_long_one_is_surveyed_to_its_end() {
    assert!(matches!(survey(&Scratch::new("t.csv", "a,b\n")), Err(TableError::Empty { .. })));
    let file = Scratch::new("t.csv", "a\n".to_owned() + &"1\n".repeat(20_000));
    assert_eq!(survey(&file).unwrap(), [Kind::Numbers]);
    let reader: TableReader = file.open(&any()).unwrap();
    assert_eq!(reader.kinds(), None);
}

#[test]
fn blank_lines_of_a_single_column_are_missing_cells_wherever_they_stand() {
    let table = read(&Scratch::new("t.csv", "a\n\n1\n\n\n3\n\n"));
    assert!(same_numbers(&table.columns[0], &[f64::NAN, 1.0, f64::NAN, f64::NAN, 3.0]));
    let table = read(&Scratch::new("t.csv", "\n1\n\n3\n"));
    assert!(same_numbers(&table.columns[0], &[f64::NAN, 1.0, f64::NAN, 3.0]));
    let refused = Scratch::new("t.csv", "\n1\n").message(&ReadOptions::default());
    assert!(
        refused.contains("row 0 (line 1)") && refused.ends_with("(hint: FillMissing { column: \"x0\" })"),
        "{refused}"
    );
}
