//! What is often there in a table's place, and what to do with it.

/// What it is, and what to do.
pub(crate) type Foreign = (&'static str, &'static str);

const SAVE_SHEET: &str = "save the sheet as XLSX, ODS or CSV";
const UNPACK: &str = "unpack it, and name the table in it";
const EXPORT: &str = "export the table as CSV or Parquet";
const NOT_A_TABLE: &str = "is it the right file?";

/// A format of which the first bytes tell that it is none that can be read.
pub(crate) fn of_bytes(sample: &[u8]) -> Option<Foreign> {
    Some(match sample {
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => {
            ("an old or encrypted Office document, such as an Excel workbook (.xls)", SAVE_SHEET)
        }
        [b'%', b'P', b'D', b'F', b'-', ..] => ("a PDF document", EXPORT),
        [0x89, b'H', b'D', b'F', b'\r', b'\n', ..] => ("an HDF5 file", EXPORT),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => ("a 7z archive", UNPACK),
        [b'R', b'a', b'r', b'!', 0x1a, 0x07, ..] => ("a RAR archive", UNPACK),
        [0x89, b'P', b'N', b'G', ..] => ("a PNG image", NOT_A_TABLE),
        [0xff, 0xd8, 0xff, ..] => ("a JPEG image", NOT_A_TABLE),
        [b'O', b'b', b'j', 1, ..] => ("an Avro file", EXPORT),
        [b'O', b'R', b'C', 0..=0x1f, ..] => ("an ORC file", EXPORT),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => ("text in UTF-32", "save it as UTF-8"),
        [b'R', b'D', b'X' | b'A', b'2' | b'3', b'\n', ..] | [b'X', b'\n', 0, 0, 0, ..] => {
            ("data of R", "write it with write.csv or arrow::write_parquet")
        }
        [0x80, 2..=5, second, ..]
            if !second.is_ascii_alphanumeric() || *second == b'c' || *second == b'X' =>
        {
            (
                "a Python pickle",
                "a pickle can run code: load it where it is trusted, and save it with to_parquet",
            )
        }
        _ if sample.starts_with(b"SQLite format 3\0") => {
            ("an SQLite database", "export the table as CSV: sqlite3 -header -csv FILE 'select * from TABLE'")
        }
        _ if sample.starts_with(b"GIF87a") || sample.starts_with(b"GIF89a") => ("a GIF image", NOT_A_TABLE),
        _ if sample.starts_with(b"MATLAB 5.0 MAT-file") => ("a MATLAB file", EXPORT),
        _ if sample.starts_with(b"<stata_dta>") => ("a Stata file", EXPORT),
        _ if sample.starts_with(b"$FL2") || sample.starts_with(b"$FL3") => ("an SPSS file", EXPORT),
        _ if sample.get(257..262) == Some(b"ustar") => ("a tar archive", UNPACK),
        _ => return None,
    })
}

/// Text that is no table.
pub(crate) fn of_text(sample: &[u8]) -> Option<Foreign> {
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample).trim_ascii_start();
    let start = text[..text.len().min(64)].to_ascii_lowercase();
    let starts = |with: &str| start.starts_with(with.as_bytes());
    // Behind comments and the like.
    let head = String::from_utf8_lossy(&text[..text.len().min(1024)]).to_ascii_lowercase();
    let markup = starts("<") && !starts("<,") && !starts("< ");
    Some(if starts("version https://git-lfs") || starts("version https://hawser") {
        ("a Git LFS pointer in place of the table", "fetch the table with git lfs pull")
    } else if starts("<!doctype html") || starts("<html") || (markup && head.contains("<html")) {
        ("a web page (HTML)", "download the table itself, not the page that shows it")
    } else if starts("<?xml") || (markup && head.contains("xmlns")) {
        ("an XML document", EXPORT)
    } else if starts("@relation") || (starts("%") && head.contains("\n@relation")) {
        ("an ARFF file of Weka", EXPORT)
    } else if starts("-----begin ") {
        ("a key or certificate", NOT_A_TABLE)
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_table_is_called_by_its_name() {
        for (bytes, name) in [
            (&b"%PDF-1.7\n"[..], "PDF"),
            (b"SQLite format 3\0rest", "SQLite"),
            (b"\x89HDF\r\n\x1a\n", "HDF5"),
            (b"\x80\x04\x95\x10", "pickle"),
            (b"7z\xbc\xaf\x27\x1c", "7z"),
        ] {
            assert!(of_bytes(bytes).is_some_and(|(found, _)| found.contains(name)), "{name}");
        }
        for (text, name) in [
            ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
            ("\u{feff}\n <!DOCTYPE html><html>", "HTML"),
            ("<!-- hello -->\n<html>", "HTML"),
            ("<?xml version=\"1.0\"?>\n<rows/>", "XML"),
        ] {
            assert!(of_text(text.as_bytes()).is_some_and(|(found, _)| found.contains(name)), "{name}");
        }
    }

    #[test]
    fn tables_are_not_taken_for_something_else() {
        for text in
            ["version,a\n1,2\n", "<,>\n1,2\n", "%,a\n1,2\n", "PDF,a\n", "Obj,1\n", "X\n1\n2\n", "ORC,1\n", ""]
        {
            assert_eq!((of_bytes(text.as_bytes()), of_text(text.as_bytes())), (None, None), "{text:?}");
        }
    }
}
