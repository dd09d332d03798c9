//! NumPy files: every number type in both byte orders, both memory orders, archives, and damaged headers.

use crate::common::{Scratch, gzip, ignore, keep_cells, label, npy, npy_f8, npz};
use gradstop_tables::ReadOptions;
use half::f16;
use zip::CompressionMethod;

/// Writes 3 rows of 2 columns in the given type, in both byte orders and both memory orders, and reads them.
fn check<const SIZE: usize>(name: &str, values: [f32; 6], little: [[u8; SIZE]; 6]) {
    for (order, reversed) in [("<", false), (">", true)] {
        let mut elements = little;
        if reversed {
            elements.iter_mut().for_each(|element| element.reverse());
        }
        let descr = format!("{order}{name}");
        let rows = npy(&descr, false, "(3, 2)", elements.as_flattened());
        assert_eq!(Scratch::new("c.npy", &rows).table().values, values, "{descr} row by row");
        let [a, b, c, d, e, f] = elements;
        let columns = npy(&descr, true, "(3, 2)", [a, c, e, b, d, f].as_flattened());
        assert_eq!(Scratch::new("f.npy", &columns).table().values, values, "{descr} column by column");
        assert_eq!(Scratch::new("f.npy", gzip(&columns)).table().values, values, "{descr} with gzip");
        let line = npy(&descr, false, "(6,)", elements.as_flattened());
        let line = Scratch::new("line.npy", line).table();
        assert_eq!(
            (line.rows, line.values, line.columns),
            (6, values.to_vec(), vec!["x0".into()]),
            "{descr}"
        );
    }
}

#[test]
fn every_number_type_in_every_order() {
    let small = [0, 1, 2, 3, 100, 127];
    check("u1", small.map(f32::from), small.map(|value: u8| value.to_le_bytes()));
    let signed = [0, 1, -1, 100, i8::MIN, i8::MAX];
    check("i1", signed.map(f32::from), signed.map(i8::to_le_bytes));
    check(
        "i2",
        [0.0, 1.0, -1.0, 300.0, -32768.0, 32767.0],
        [0, 1, -1, 300, i16::MIN, i16::MAX].map(i16::to_le_bytes),
    );
    check("u2", [0.0, 1.0, 2.0, 300.0, 256.0, 65535.0], [0, 1, 2, 300, 256, u16::MAX].map(u16::to_le_bytes));
    let wide = [0.0, 1.0, -1.0, 70000.0, -2147483648.0, 16777216.0];
    check("i4", wide, [0, 1, -1, 70000, i32::MIN, 16777216].map(i32::to_le_bytes));
    check("i8", wide, [0, 1, -1, 70000, i64::from(i32::MIN), 16777216].map(i64::to_le_bytes));
    let large = [0.0, 1.0, 2.0, 70000.0, 256.0, 4294967040.0];
    check("u4", large, [0, 1, 2, 70000, 256, 4294967040].map(u32::to_le_bytes));
    check("u8", large, [0, 1, 2, 70000, 256, 4294967040].map(u64::to_le_bytes));
    let fractions = [0.0, -1.0, 0.5, -0.25, 1024.0, 0.125];
    check("f2", fractions, fractions.map(|value| f16::from_f32(value).to_le_bytes()));
    check("f4", fractions, fractions.map(f32::to_le_bytes));
    check("f8", fractions, fractions.map(|value| f64::from(value).to_le_bytes()));
    check("b1", [0.0, 1.0, 1.0, 0.0, 1.0, 0.0], [0_u8, 1, 1, 0, 1, 0].map(u8::to_le_bytes));
}

#[test]
fn blocks_of_column_major_rows_fit_together() {
    // 300,000 rows of two columns are more than one block.
    let rows = 300_000;
    let element = |index: usize| (index as f64).to_le_bytes();
    let columns: Vec<u8> =
        (0..2).flat_map(|column| (0..rows).flat_map(move |row| element(2 * row + column))).collect();
    let file = Scratch::new("f.npy", npy("<f8", true, &format!("({rows}, 2)"), &columns));
    let values: Vec<f32> = (0..2 * rows).map(|index| index as f32).collect();
    assert!(file.table().values == values);
    assert!(file.chunked(&ReadOptions::default(), 77_777).unwrap().values == values);
}

#[test]
fn archives_give_x_and_the_label_array() {
    for compression in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for fortran_order in [false, true] {
            let elements: Vec<u8> =
                [1.0_f64, 2.0, 3.0, 4.0].iter().flat_map(|value| value.to_le_bytes()).collect();
            let arrays = [
                ("X", npy("<f8", fortran_order, "(2, 2)", &elements)),
                ("other", npy("<f8", false, "(1, 1)", &[0; 8])),
                ("y", npy("<i8", false, "(2,)", &[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])),
            ];
            let file = Scratch::new("data.npz", npz(&arrays, compression));
            let table = file.read(&label("y")).unwrap();
            let wanted = if fortran_order { [1.0, 3.0, 2.0, 4.0] } else { [1.0, 2.0, 3.0, 4.0] };
            assert_eq!(table.values, wanted);
            assert_eq!(table.columns, ["x0", "x1"]);
            assert_eq!(table.labels, Some(vec![false, true]));
            assert_eq!(file.table().labels, None);

            let chunk = file.chunked(&ReadOptions { keep_cells: true, ..label("y") }, 1).unwrap();
            assert_eq!(chunk.cells[1], [format!("{:?}", wanted[2]), "4.0".into(), "1".into()]);
        }
    }
}

#[test]
fn a_column_of_x_can_be_the_label() {
    let file = Scratch::new(
        "data.npz",
        npz(&[("X", npy_f8(2, 2, &[1.0, 2.0, 0.0, 4.0]))], CompressionMethod::Stored),
    );
    let table = file.read(&label("x0")).unwrap();
    assert_eq!(
        (table.columns, table.values, table.labels),
        (vec!["x1".into()], vec![2.0, 4.0], Some(vec![true, false]))
    );
}

#[test]
fn the_only_matrix_stands_in_for_x() {
    let matrix = npy_f8(1, 2, &[1.0, 2.0]);
    let line = npy("|u1", false, "(1,)", &[1]);
    let file = Scratch::new(
        "data.npz",
        npz(&[("y", line.clone()), ("features", matrix.clone())], CompressionMethod::Stored),
    );
    assert_eq!(file.read(&label("y")).unwrap().values, [1.0, 2.0]);

    let file = Scratch::new(
        "two.npz",
        npz(&[("a", matrix.clone()), ("b", matrix), ("y", line)], CompressionMethod::Stored),
    );
    assert_eq!(
        file.message(&ReadOptions::default()),
        "two.npz: got these arrays: \"a\", \"b\", \"y\", wanted X, or one alone with two dimensions \
         (hint: save the features as X)"
    );
}

#[test]
fn labels_may_be_words() {
    let words: Vec<u8> =
        "normal\0outlier".chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
    let arrays = [("X", npy_f8(2, 1, &[1.0, 2.0])), ("y", npy("<U7", false, "(2,)", &words))];
    let file = Scratch::new("data.npz", npz(&arrays, CompressionMethod::Deflated));
    assert_eq!(file.read(&label("y")).unwrap().labels, Some(vec![false, true]));

    let arrays = [("X", npy_f8(2, 1, &[1.0, 2.0])), ("y", npy("|S7", false, "(2,)", b"anomalyinlier\0"))];
    let file = Scratch::new("data.npz", npz(&arrays, CompressionMethod::Deflated));
    assert_eq!(file.read(&label("y")).unwrap().labels, Some(vec![true, false]));
}

#[test]
fn label_arrays_must_fit_the_features() {
    let arrays = [("X", npy_f8(2, 1, &[1.0, 2.0])), ("y", npy("|u1", false, "(3,)", &[0, 0, 1]))];
    let file = Scratch::new("data.npz", npz(&arrays, CompressionMethod::Stored));
    assert_eq!(
        file.message(&label("y")),
        "data.npz: label array \"y\": got 3 rows, wanted 2 as in the features (hint: it needs a label for each row)"
    );
    assert_eq!(
        file.message(&label("Y")),
        "data.npz: got no column \"Y\", wanted one of \"y\", \"x0\" (hint: a name is written as in the file)"
    );

    let arrays = [("X", npy_f8(2, 1, &[1.0, 2.0])), ("y", npy("|i1", false, "(2,)", &[1, 255]))];
    let file = Scratch::new("data.npz", npz(&arrays, CompressionMethod::Stored));
    assert_eq!(
        file.message(&label("y")),
        "data.npz: row 1, column \"y\": got \"-1\", wanted 0 or 1 (1 = outlier), true or false, yes or no, or normal, \
         inlier, outlier, anomaly, attack or fraud; the column holds \"1\" (1 row), \"-1\" (1 row) \
         (hint: LabelWords { words: [\"1\", \"-1\"], more: false })"
    );
    let named = ReadOptions { outlier: vec!["-1".into()], ..label("y") };
    assert_eq!(file.read(&named).unwrap().labels, Some(vec![false, true]));
}

#[test]
fn values_that_are_no_finite_f32_are_named() {
    let file = Scratch::new("data.npy", npy_f8(2, 2, &[1.0, 2.0, 3.0, f64::NAN]));
    assert_eq!(
        file.message(&ReadOptions::default()),
        "data.npy: row 1, column \"x1\": got \"NaN\", wanted a finite number that fits into 32 bits \
         (hint: FillMissing { column: \"x1\" })"
    );
    let file = Scratch::new("data.npy", npy_f8(1, 2, &[1e39, 2.0]));
    assert_eq!(
        file.message(&ReadOptions::default()),
        "data.npy: row 0, column \"x0\": got \"1e39\", wanted a finite number that fits into 32 bits \
         (hint: rescale the column, or drop the row)"
    );
    let infinite = npy("<f2", false, "(1,)", &f16::INFINITY.to_le_bytes());
    assert!(Scratch::new("data.npy", infinite).message(&ReadOptions::default()).contains("got \"inf\""));
    // Ignored, nothing is wrong with it.
    let file = Scratch::new("data.npy", npy_f8(2, 2, &[1.0, 2.0, 3.0, f64::NAN]));
    assert_eq!(file.read(&ignore(&["x1"])).unwrap().values, [1.0, 3.0]);
}

#[test]
fn arrays_that_are_no_tables_are_refused() {
    for (descr, shape, message) in [
        (
            "<f8",
            "()",
            "a.npy: the array: got shape [], wanted one row per sample and one column per feature (hint: reshape it before it is saved)",
        ),
        (
            "<f8",
            "(1, 1, 1)",
            "a.npy: the array: got shape [1, 1, 1], wanted one row per sample and one column per feature (hint: reshape it before it is saved)",
        ),
        (
            "<c16",
            "(1, 1)",
            "a.npy: the array: got type <c16, wanted integers, floats or booleans (hint: convert it with .astype(\"float32\"))",
        ),
        (
            "|O",
            "(1, 1)",
            "a.npy: the array: got type |O, wanted integers, floats or booleans (hint: convert it with .astype(\"float32\"))",
        ),
        (
            "<U3",
            "(1, 1)",
            "a.npy: the array: got type <U3, wanted integers, floats or booleans (hint: convert it with .astype(\"float32\"))",
        ),
        (
            "<f8",
            "(1, 0)",
            "a.npy: got no feature among its columns (none), wanted at least one (hint: the label and what is ignored are no features)",
        ),
        ("<f8", "(0, 2)", "a.npy: got no row, wanted at least one (hint: Header)"),
    ] {
        assert_eq!(
            Scratch::new("a.npy", npy(descr, false, shape, &[0; 16])).message(&ReadOptions::default()),
            message
        );
    }
}

#[test]
fn a_huge_declared_shape_allocates_nothing() {
    for (shape, fortran_order) in [
        ("(4611686018427387904, 1)", false),
        ("(1000000000000, 30)", false),
        ("(1000000000000, 30)", true),
        ("(3, 1000000)", false),
        ("(3, 1000000)", true),
    ] {
        let file = Scratch::new("huge.npy", npy("<f8", fortran_order, shape, &[0; 240]));
        file.read(&ReadOptions::default()).unwrap_err();
        file.chunked(&ReadOptions::default(), 10).unwrap_err();
        Scratch::new("huge.npy", gzip(&std::fs::read(file.path()).unwrap()))
            .read(&ReadOptions::default())
            .unwrap_err();
    }
    assert_eq!(
        Scratch::new("huge.npy", npy("<f8", false, "(1000000000000, 30)", &[0; 240]))
            .message(&ReadOptions::default()),
        "huge.npy: ends too early: got a part (1 of 1000000000000 rows), wanted the whole (hint: copy or download it again)"
    );
    assert_eq!(
        Scratch::new("huge.npy", npy("<f8", true, "(1000000000000, 30)", &[0; 240]))
            .message(&ReadOptions::default()),
        "huge.npy: ends too early: got a part (the array has 240 of 240000000000000 bytes), wanted the whole \
         (hint: copy or download it again)"
    );
}

#[test]
fn a_wrong_checksum_in_an_archive_is_noticed() {
    let mut bytes = npz(&[("X", npy_f8(2, 2, &[1.0, 2.0, 3.0, 4.0]))], CompressionMethod::Stored);
    let element = bytes.windows(8).position(|window| window == 3.0_f64.to_le_bytes()).unwrap();
    bytes[element] ^= 1;
    let message = Scratch::new("data.npz", bytes).message(&ReadOptions::default());
    assert!(message.starts_with("data.npz: is corrupt: the checksum is wrong (hint: "), "{message}");
}

#[test]
fn a_checksum_counts_whatever_stands_behind_the_array() {
    let array = npy_f8(2, 2, &[1.0, 2.0, 3.0, 4.0]);
    let longer = [&array[..], b"behind"].concat();
    // What stands behind is not looked at, as NumPy does not.
    assert_eq!(Scratch::new("a.npy", &longer).table().rows, 2);
    assert_eq!(Scratch::new("a.npy", gzip(&longer)).table().rows, 2);
    let altered = |bytes: &[u8], wrong: u32| {
        // As if the array had been another one when the checksum was taken.
        let mut bytes = bytes.to_vec();
        let mut crc = flate2::Crc::new();
        crc.update(&longer);
        let right = crc.sum().to_le_bytes();
        while let Some(at) = bytes.windows(4).position(|window| window == right) {
            bytes[at..at + 4].copy_from_slice(&wrong.to_le_bytes());
        }
        bytes
    };
    for compression in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let whole = npz(&[("X", longer.clone())], compression);
        assert_eq!(Scratch::new("a.npz", &whole).table().rows, 2);
        let message = Scratch::new("a.npz", altered(&whole, 1)).message(&ReadOptions::default());
        assert!(message.contains("the checksum is wrong"), "{message}");
    }
    let message = Scratch::new("a.npy", altered(&gzip(&longer), 1)).message(&ReadOptions::default());
    assert!(message.starts_with("a.npy: is corrupt: "), "{message}");
}

#[test]
fn cells_are_the_shortest_text_that_reads_back() {
    let file = Scratch::new("a.npy", npy_f8(1, 4, &[0.1, -3.0, 1e300, f64::NAN]));
    let options = ReadOptions { ignore: vec!["x2".into(), "x3".into()], ..keep_cells() };
    assert_eq!(file.chunked(&options, 1).unwrap().cells, [["0.1", "-3.0", "1e300", "NaN"]]);
}
