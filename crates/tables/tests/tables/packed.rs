//! Compressed files, archives of one table, and what is there in a table's place.

use std::io::{Cursor, Read, Write};

use gradstop_tables::{Input, Note, ReadOptions, TableReader};

use crate::common::{Scratch, gzip, npy_f8, npz};

const TEXT: &str = "a,b\n1,2\n3,4\n";
/// The same text, as `xz` writes it.
const XZ: [u8; 68] = [
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01, 0x16,
    0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x0b, 0x61, 0x2c, 0x62, 0x0a, 0x31, 0x2c, 0x32,
    0x0a, 0x33, 0x2c, 0x34, 0x0a, 0x00, 0x10, 0x55, 0xe3, 0x96, 0x32, 0x2f, 0x91, 0x5e, 0x00, 0x01, 0x24,
    0x0c, 0xa6, 0x18, 0xd8, 0xd8, 0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
];

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    bzip2::read::BzEncoder::new(bytes, bzip2::Compression::fast()).read_to_end(&mut packed).unwrap();
    packed
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    // With a checksum, as the command writes it.
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A ZIP archive of these files; a name that ends in `/` is a folder.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in files {
        if name.ends_with('/') {
            archive.add_directory(*name, options).unwrap();
        } else {
            archive.start_file(*name, options).unwrap();
            archive.write_all(bytes).unwrap();
        }
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn compressed_text_is_read_whatever_its_name() {
    let text = TEXT.as_bytes();
    for packed in [gzip(text), bzip2(text), zstandard(text), XZ.to_vec(), zstandard(&bzip2(text))] {
        let table = Scratch::new("t", &packed).table();
        assert_eq!((table.columns, table.values), (vec!["a".into(), "b".into()], vec![1.0, 2.0, 3.0, 4.0]));
    }
    let table = Scratch::new("t.npy.zst", zstandard(&npy_f8(2, 2, &[1.0, 2.0, 3.0, 4.0]))).table();
    assert_eq!(table.values, [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn streams_that_were_put_together_are_one() {
    for pack in [gzip, bzip2, zstandard] {
        let both = [pack(b"a,b\n1,2\n"), pack(b"3,4\n")].concat();
        assert_eq!(Scratch::new("t.csv", both).table().values, [1.0, 2.0, 3.0, 4.0]);
    }
}

#[test]
fn a_stream_that_was_cut_is_never_a_shorter_table() {
    let text: String = (0..400).map(|row| format!("{row},{}\n", row * row % 17)).collect();
    for whole in [gzip(text.as_bytes()), bzip2(text.as_bytes()), zstandard(text.as_bytes()), XZ.to_vec()] {
        // Some first bytes are needed to see what it is.
        for length in (10..whole.len()).step_by(3).chain([whole.len() - 1]) {
            let message = Scratch::new("t", &whole[..length]).message(&ReadOptions::default());
            assert!(message.contains("t: ends too early"), "{length} of {}: {message}", whole.len());
        }
    }
}

#[test]
fn damaged_streams_are_errors_and_not_panics() {
    let text: String = (0..400).map(|row| format!("{row},{}\n", row * row % 17)).collect();
    for whole in [gzip(text.as_bytes()), bzip2(text.as_bytes()), zstandard(text.as_bytes()), XZ.to_vec()] {
        for place in (10..whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x55;
            // Some bits do not matter: a name, a time. What is read all the same is the table.
            if let Ok(table) = Scratch::new("t", &bytes).read(&ReadOptions::default()) {
                assert!(table.rows == 400 || table.rows == 2, "{place}: {} rows", table.rows);
            }
        }
    }
}

#[test]
fn an_archive_of_one_table_is_that_table() {
    let text = TEXT.as_bytes();
    let parquet_like = npy_f8(2, 2, &[1.0, 2.0, 3.0, 4.0]);
    for (files, member) in [
        (&[("t.csv", text)][..], "t.csv"),
        (
            &[("data/", b""), ("data/t.csv", text), ("README.txt", b"about"), ("LICENSE", b"free")],
            "data/t.csv",
        ),
        (&[("t.csv", text), ("__MACOSX/._t.csv", b"\0"), (".DS_Store", b"\0")], "t.csv"),
        (&[("t.csv.gz", &gzip(text))], "t.csv.gz"),
        (&[("inner.zip", &archive(&[("t.csv", text)]))], "inner.zip"),
    ] {
        let file = Scratch::new("t.zip", archive(files));
        let table = file.table();
        assert_eq!(
            (&table.columns[..], &table.values[..]),
            (&["a".into(), "b".into()][..], &[1.0, 2.0, 3.0, 4.0][..])
        );
        let note = Note::Member { archive: file.path().display().to_string(), member: member.into() };
        assert_eq!(table.notes[0], note);
    }
    let arrays = npz(&[("X", parquet_like)], zip::CompressionMethod::Stored);
    assert_eq!(Scratch::new("t.zip", archive(&[("t.npz", &arrays)])).table().rows, 2);
}

#[test]
fn tabs_are_expected_of_a_member_that_says_so() {
    let file = Scratch::new("t.zip", archive(&[("t.tsv", b"a,b\tc,d\n1,2\t3,4\n")]));
    assert_eq!(
        TableReader::open(&Input::path(file.path()), &ReadOptions::default()).unwrap().columns().len(),
        2
    );
}

#[test]
fn an_archive_of_several_tables_lists_them() {
    let message =
        |files: &[(&str, &[u8])]| Scratch::new("t.zip", archive(files)).message(&ReadOptions::default());
    let text = TEXT.as_bytes();
    assert_eq!(
        message(&[("a.csv", text), ("b.csv", text)]),
        "t.zip: got an archive that holds 2 tables: \"a.csv\", \"b.csv\", wanted one table in it (hint: unpack it, \
         and name the table)"
    );
    assert!(
        message(&[("a.png", b""), ("b.png", b"")]).starts_with("t.zip: got an archive that holds no table")
    );
    assert!(message(&[]).starts_with("t.zip: got an archive that holds no table"));
}

#[test]
fn an_archive_in_an_archive_in_an_archive_ends() {
    let mut bytes = TEXT.as_bytes().to_vec();
    for _ in 0..8 {
        bytes = archive(&[("t.zip", &bytes)]);
    }
    let message = Scratch::new("t.zip", bytes).message(&ReadOptions::default());
    assert!(message.starts_with("t.zip: got something that is packed more than 4 times"), "{message}");
}

#[test]
fn what_stands_in_a_tables_place_is_refused_by_name() {
    for (bytes, words) in [
        (
            &b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"[..],
            "got a Git LFS pointer",
        ),
        (b"<!doctype html>\n<title>Sign in</title>", "got a web page (HTML)"),
        (b"<?xml version=\"1.0\"?>\n<rows></rows>", "got an XML document"),
        (b"%PDF-1.7\n%\xe2\xe3", "got a PDF document"),
        (b"SQLite format 3\0\x10\0", "got an SQLite database"),
        (b"\x80\x04\x95\x10\0\0\0", "got a Python pickle"),
        (b"\x89PNG\r\n\x1a\n", "got a PNG image"),
        (b"\x89HDF\r\n\x1a\n\0\0", "got an HDF5 file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "got an old or encrypted Office document"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "got a 7z archive"),
    ] {
        for bytes in [gzip(bytes), bytes.to_vec()] {
            let message = Scratch::new("t.csv", bytes).message(&ReadOptions::default());
            assert!(
                message.starts_with(&format!("t.csv: {words}")) && message.contains("(hint: "),
                "{message}"
            );
        }
    }
}
