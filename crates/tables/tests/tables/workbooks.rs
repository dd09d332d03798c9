//! Workbooks of Excel and of OpenDocument.

use gradstop_tables::{Chunk, Features, Note, ReadOptions};

use crate::common::Scratch;
use crate::packed::archive;

const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
    <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";
const RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
const STYLES: &str = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
    <cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>";

/// A workbook of these sheets, each with the XML of its rows, and these texts.
fn xlsx(sheets: &[(&str, &str)], texts: &[&str]) -> Vec<u8> {
    let mut workbook = String::from(
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>",
    );
    let mut relations = String::from(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    );
    let mut files: Vec<(String, String)> = Vec::new();
    for (at, (name, rows)) in sheets.iter().enumerate() {
        let state = if name.starts_with("hidden") { " state=\"hidden\"" } else { "" };
        workbook += &format!("<sheet name=\"{name}\" sheetId=\"{}\" r:id=\"rId{at}\"{state}/>", at + 1);
        relations += &format!(
            "<Relationship Id=\"rId{at}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
             Target=\"worksheets/sheet{at}.xml\"/>"
        );
        let sheet = format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
        );
        files.push((format!("xl/worksheets/sheet{at}.xml"), sheet));
    }
    let items: String = texts.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
    let strings = format!(
        "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" uniqueCount=\"{}\">{items}</sst>",
        texts.len()
    );
    files.extend([
        ("[Content_Types].xml".into(), TYPES.into()),
        ("_rels/.rels".into(), RELATIONS.into()),
        ("xl/workbook.xml".into(), workbook + "</sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels".into(), relations + "</Relationships>"),
        ("xl/styles.xml".into(), STYLES.into()),
        ("xl/sharedStrings.xml".into(), strings),
    ]);
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    archive(&files)
}

/// A spreadsheet with this XML of its tables.
fn ods(tables: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet>{tables}\
         </office:spreadsheet></office:body></office:document-content>"
    );
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
        ("content.xml", content.as_bytes()),
    ])
}

/// The cells of all columns as they are, and what was decided.
fn cells(bytes: &[u8], sheet: Option<&str>) -> (Vec<String>, Vec<Vec<String>>, Vec<Note>) {
    let file = Scratch::new("t.xlsx", bytes);
    let sheet = sheet.map(str::to_owned);
    let options = ReadOptions {
        features: Features::Any(Vec::new()),
        keep_cells: true,
        sheet,
        ..ReadOptions::default()
    };
    let mut reader = file.open(&options).unwrap();
    let mut chunk = Chunk::default();
    reader.read_chunk(100, &mut chunk).unwrap();
    (reader.columns().to_vec(), chunk.cells, reader.notes())
}

const ROWS: &str = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"C1\" t=\"s\"><v>2</v></c>\
    <c r=\"D1\" t=\"inlineStr\"><is><t>ok</t></is></c></row>\
    <row r=\"2\"><c r=\"A2\"><v>0.10000000000000001</v></c><c r=\"B2\" s=\"1\"><v>45322</v></c><c r=\"C2\" t=\"s\"><v>3</v></c>\
    <c r=\"D2\" t=\"b\"><v>1</v></c></row>\
    <row r=\"3\"><c r=\"A3\" t=\"e\"><v>#DIV/0!</v></c><c r=\"B3\" s=\"2\"><v>45322.5</v></c><c r=\"D3\" t=\"b\"><v>0</v></c></row>";

#[test]
fn cells_of_excel_are_what_an_export_would_say() {
    let bytes = xlsx(&[("empty", ""), ("hidden", ROWS), ("Data", ROWS)], &["x", "day", "name", "a, b\nc"]);
    let (columns, cells, notes) = cells(&bytes, None);
    assert_eq!(columns, ["x", "day", "name", "ok"]);
    assert_eq!(cells, [["0.1", "2024-01-31", "a, b c", "TRUE"], ["", "2024-01-31 12:00:00", "", "FALSE"]]);
    assert_eq!(notes, [Note::Sheet { sheet: "Data".into(), sheets: 3 }, Note::CellErrors { cells: 1 }]);
}

#[test]
fn a_sheet_is_found_by_its_name() {
    let row =
        |value: &str| format!("<row r=\"1\"><c r=\"A1\"><v>{value}</v></c><c r=\"B1\"><v>2</v></c></row>");
    let bytes = xlsx(&[("first", &row("1")), ("hidden", &row("3"))], &[]);
    let options = |sheet: &str| ReadOptions { sheet: Some(sheet.into()), ..ReadOptions::default() };
    let file = Scratch::new("t.xlsx", &bytes);
    assert_eq!(file.read(&options("first")).unwrap().values, [1.0, 2.0]);
    assert_eq!(file.read(&options("hidden")).unwrap().values, [3.0, 2.0]);
    assert_eq!(
        file.message(&options("third")),
        "t.xlsx: got no sheet \"third\", wanted one of \"first\", \"hidden\" (hint: a name is written as in the workbook)"
    );
    let message = Scratch::new("t.csv", "a,b\n1,2\n").message(&options("first"));
    assert!(
        message.starts_with("t.csv: got a file without sheets, wanted a workbook with \"first\""),
        "{message}"
    );
}

#[test]
fn cells_of_open_document_are_what_an_export_would_say() {
    let cell = |kind: &str, value: &str, text: &str| {
        format!(
            "<table:table-cell office:value-type=\"{kind}\" {value}><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let header: String =
        ["x", "day &amp; hour", "flag", "name"].map(|name| cell("string", "", name)).concat();
    let first = cell("float", "office:value=\"1234.5\"", "1.234,5")
        + &cell("date", "office:date-value=\"2024-01-31T12:00:00\"", "31.01.24")
        + &cell("boolean", "office:boolean-value=\"true\"", "WAHR")
        + "<table:table-cell office:value-type=\"string\"><office:annotation><text:p>a remark</text:p></office:annotation>\
           <text:p>a<text:s text:c=\"2\"/><text:span>b</text:span></text:p><text:p>c</text:p></table:table-cell>";
    let second = "<table:table-cell table:number-columns-repeated=\"2\" office:value-type=\"float\" office:value=\"7\"/>\
                  <table:table-cell/><table:table-cell office:value-type=\"string\" calcext:value-type=\"error\"><text:p>#N/A</text:p>\
                  </table:table-cell>";
    let empty = "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
    let bytes = ods(&format!(
        "<table:table table:name=\"blank\">{empty}</table:table><table:table table:name=\"Data\"><table:table-row>{header}</table:table-row>\
         <table:table-row>{first}</table:table-row><table:table-row table:number-rows-repeated=\"2\">{second}</table:table-row>{empty}</table:table>"
    ));
    let (columns, cells, notes) = cells(&bytes, None);
    assert_eq!(columns, ["x", "day & hour", "flag", "name"]);
    assert_eq!(
        cells,
        [["1234.5", "2024-01-31 12:00:00", "TRUE", "a  b c"], ["7", "7", "", ""], ["7", "7", "", ""]]
    );
    assert_eq!(notes, [Note::Sheet { sheet: "Data".into(), sheets: 2 }, Note::CellErrors { cells: 2 }]);
}

#[test]
fn workbooks_that_are_damaged_or_claim_too_much_are_errors() {
    let message = |bytes: Vec<u8>| Scratch::new("t.xlsx", bytes).message(&ReadOptions::default());
    let claims = xlsx(&[("a", ROWS)], &[]);
    let huge = |from: &str, to: &str| {
        // Members are small, so they are written anew with other contents.
        let sheets = ROWS.replace(from, to);
        xlsx(&[("a", &sheets)], &["x", "day", "name", "text"])
    };
    assert!(message(claims).starts_with("t.xlsx: is corrupt: "));
    assert!(message(huge("r=\"A2\"", "r=\"A1\"")).contains("not in order"));
    assert!(message(huge("r=\"D3\"", "r=\"ZZZZ3\"")).starts_with("t.xlsx: is corrupt: "));
    let wide = "<table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"99999999\">\
                <table:table-cell table:number-columns-repeated=\"99999999\" office:value-type=\"float\" office:value=\"7\"/>\
                </table:table-row></table:table>";
    assert!(message(ods(wide)).contains("more cells than a sheet"));
    assert!(
        message(ods("<table:table table:name=\"a\"><table:table-row>")).starts_with("t.xlsx: is corrupt: ")
    );
    assert!(message(xlsx(&[("a", "")], &[])).starts_with("t.xlsx: got no row"));
    let text = archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("META-INF/manifest.xml", b""),
        ("content.xml", b""),
    ]);
    assert!(message(text).starts_with("t.xlsx: got an OpenDocument file that is not a spreadsheet"));
}

#[test]
fn a_workbook_that_claims_many_texts_gets_no_room_for_them() {
    let good = xlsx(&[("a", ROWS)], &["x", "day", "name", "text"]);
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(good)).unwrap();
    let mut files = Vec::new();
    for at in 0..zip.len() {
        let mut member = zip.by_index(at).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut member, &mut text).unwrap();
        let name = member.name().unwrap().to_string();
        files.push((name, text.replace("uniqueCount=\"4\"", "uniqueCount=\"9999999999999999\"")));
    }
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let message = Scratch::new("t.xlsx", archive(&files)).message(&ReadOptions::default());
    assert!(message.contains("claims to have 9999999999999999 texts"), "{message}");
}

/// An archive whose members are as they were but for some bytes.
fn altered(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut files = Vec::new();
    for at in 0..zip.len() {
        let mut member = zip.by_index(at).unwrap();
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut text).unwrap();
        let changes = [0, 0, 0, 0, 1, 2][draw(6)];
        for _ in 0..changes {
            let (place, other) = (draw(text.len()), draw(text.len()));
            match draw(4) {
                0 => text[place] = b"<>/\"&0;A9-"[draw(10)],
                1 => drop(text.drain(place..(place + 1 + draw(30)).min(text.len()))),
                2 => text.insert(place, text[other]),
                _ => text.truncate(place.max(1)),
            }
        }
        files.push((member.name().unwrap().to_string(), text));
    }
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_slice())).collect();
    archive(&files)
}

#[test]
fn altered_workbooks_never_panic_or_hang() {
    let tables = "<table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"2\"><table:table-cell \
                  table:number-columns-repeated=\"2\" office:value-type=\"float\" office:value=\"7\"><text:p>7 &amp; 8</text:p>\
                  </table:table-cell></table:table-row></table:table>";
    let excel = xlsx(&[("a", ROWS), ("b", ROWS)], &["x", "day", "name", "text"]);
    for bytes in [excel, ods(tables)] {
        let mut read = 0;
        for seed in 0..400 {
            match Scratch::new("t.xlsx", altered(&bytes, seed)).open(&ReadOptions::default()) {
                Ok(_) => read += 1,
                Err(error) => {
                    let message = error.to_string();
                    assert!(!message.is_empty() && !message.contains("decoder stopped"), "{seed}: {message}");
                }
            }
        }
        assert!((10..400).contains(&read), "{read}");
    }
}
