//! What an archive is by the names of its members: arrays, a workbook, or files of which one is a table.

use crate::container::foreign::Foreign;

/// Endings of files that are tables.
const TABLES: [&str; 14] = [
    ".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".pq", ".arrow", ".arrows", ".feather", ".npy", ".npz",
    ".xlsx", ".xlsm", ".ods",
];
/// Endings of files that may be tables or anything else: of a folder they are not read.
const VAGUE: [&str; 5] = [".txt", ".dat", ".data", ".json", ".tab"];
const PACKED: [&str; 5] = [".gz", ".bz2", ".xz", ".zst", ".zip"];
/// Names of files that stand beside a table.
const BESIDE: [&str; 8] =
    ["readme", "license", "licence", "copying", "notice", "authors", "changelog", "citation"];

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Contents<'a> {
    /// Of NumPy.
    Arrays,
    /// A workbook of Excel.
    Excel,
    /// A document, by its type a spreadsheet or not.
    OpenDocument,
    /// One file that is to be read.
    Table(&'a str),
    /// None, or several.
    Tables(Vec<&'a str>),
    /// Something else that is known.
    Foreign(Foreign),
}

pub(crate) fn of(names: &[String]) -> Contents<'_> {
    let has = |name: &str| names.iter().any(|member| member == name);
    if has("xl/workbook.xml") {
        return Contents::Excel;
    }
    if has("content.xml") && has("META-INF/manifest.xml") && has("mimetype") {
        return Contents::OpenDocument;
    }
    if has("xl/workbook.bin") {
        return Contents::Foreign(("a binary Excel workbook (.xlsb)", "save it as XLSX or CSV"));
    }
    if has("word/document.xml") {
        return Contents::Foreign(("a Word document", "save its table as CSV"));
    }
    let files: Vec<&str> = names.iter().map(String::as_str).filter(|name| is_file(name)).collect();
    // NumPy's own archives hold arrays alone; what else is in one of its arrays was there before.
    if !names.is_empty() && files.iter().any(|name| name.ends_with(".npy")) {
        return Contents::Arrays;
    }
    let mut tables: Vec<&str> = files.iter().copied().filter(|name| is_table(name)).collect();
    if tables.len() > 1 {
        // Notes and descriptions beside tables of a definite format.
        let definite = tables.iter().copied().filter(|name| is_definite(name)).collect::<Vec<_>>();
        if !definite.is_empty() {
            tables = definite;
        }
    }
    match (tables.as_slice(), files.as_slice()) {
        ([table], _) => Contents::Table(table),
        // Its first bytes tell.
        ([], [file]) => Contents::Table(file),
        _ => Contents::Tables(tables),
    }
}

/// Whether a file is a table by its name, packed or not: those of a folder are chosen so.
pub(crate) fn is_definite(name: &str) -> bool {
    let inner = unpacked(name);
    TABLES.iter().any(|ending| inner.ends_with(ending))
}

/// Whether the name says tab-separated: a hint for text that several delimiters would fit.
pub(crate) fn suggests_tabs(name: &str) -> bool {
    let name = unpacked(name);
    name.ends_with(".tsv") || name.ends_with(".tab")
}

/// The name in lower case without the endings of compression.
fn unpacked(name: &str) -> String {
    let mut name = name.to_ascii_lowercase();
    while let Some(inner) = PACKED.iter().find_map(|ending| name.strip_suffix(ending)) {
        name.truncate(inner.len());
    }
    name
}

fn is_table(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem = lower.rsplit('/').next().unwrap_or_default();
    if BESIDE.iter().any(|beside| stem.starts_with(beside)) {
        return false;
    }
    let inner = unpacked(name);
    is_definite(name) || VAGUE.iter().any(|ending| inner.ends_with(ending)) || lower.ends_with(".zip")
}

/// Neither a folder, nor what systems leave beside files.
fn is_file(name: &str) -> bool {
    let hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
    !name.ends_with('/') && !name.ends_with('\\') && !hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(names: &[&str]) -> String {
        format!("{:?}", of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()))
    }

    #[test]
    fn one_table_among_other_files_is_the_table() {
        for names in [
            &["t.csv"][..],
            &["data/", "data/t.csv", "README.md", "LICENSE"],
            &["t.csv", "__MACOSX/._t.csv", ".DS_Store"],
            &["readme.txt", "t.csv", "notes.txt"],
        ] {
            assert!(contents(names).contains("t.csv\")"), "{names:?}: {}", contents(names));
        }
        assert_eq!(contents(&["values"]), "Table(\"values\")");
        assert_eq!(contents(&["a.csv", "b.csv"]), "Tables([\"a.csv\", \"b.csv\"])");
        assert_eq!(contents(&["a", "b"]), "Tables([])");
        assert_eq!(contents(&[]), "Tables([])");
    }

    #[test]
    fn arrays_and_workbooks_are_told_by_their_members() {
        assert_eq!(contents(&["X.npy", "y.npy"]), "Arrays");
        assert!(contents(&["[Content_Types].xml", "xl/workbook.xml"]).contains("Excel"));
    }

    #[test]
    fn names_are_looked_at_without_what_they_are_packed_with() {
        for name in ["t.csv", "T.CSV.gz", "part-0.parquet", "t.xlsx", "t.csv.zip"] {
            assert!(is_definite(name), "{name}");
        }
        for name in ["t.txt", "t.zip", "t.csv.py", "t"] {
            assert!(!is_definite(name), "{name}");
        }
        for name in ["t.tsv", "T.TSV.gz", "t.tsv.xz", "t.tab.zip"] {
            assert!(suggests_tabs(name), "{name}");
        }
        assert!(!suggests_tabs("tsv.csv"));
    }
}
