//! Excel workbooks (`.xlsx`, `.xlsm`).

use std::io::{self, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use quick_xml::events::Event;

use crate::arrow::panic_message;
use crate::container::archive::Archive;
use crate::container::workbook::bounded::Bounded;
use crate::container::workbook::grid::{Grid, Workbook, number};
use crate::error::{TableError, damaged};
use crate::shared_file::SharedFile;

const BUFFER_BYTES: usize = 1 << 16;
/// What the tables that are held in memory (of texts, of formats) may unpack to.
const MOST_HELD: u64 = 1 << 30;
/// Texts that a workbook may claim to have: room for them is made before the first is read.
const MOST_STRINGS: u64 = 1 << 25;

pub(crate) struct Excel {
    file: String,
    workbook: Xlsx<BufReader<SharedFile>>,
}

impl Excel {
    pub(crate) fn open(file: &str, archive: &Archive, bytes: SharedFile) -> Result<Self, TableError> {
        for name in archive.names()? {
            check(archive, &name).map_err(|error| match error {
                Checked::Table(error) => error,
                Checked::Io(cause) => TableError::reading(file, cause),
            })?;
        }
        let workbook = guarded(file, || {
            let workbook = Xlsx::new(BufReader::with_capacity(BUFFER_BYTES, bytes));
            workbook.map_err(|error| unreadable(file, error))
        })?;
        Ok(Excel { file: file.into(), workbook })
    }
}

enum Checked {
    Table(TableError),
    Io(io::Error),
}

/// Looks through a member before anything of it is held in memory.
fn check(archive: &Archive, name: &str) -> Result<(), Checked> {
    let lower = name.to_ascii_lowercase();
    if !lower.ends_with(".xml") && !lower.ends_with(".rels") {
        return Ok(());
    }
    let most = if lower.contains("worksheets/") { u64::MAX } else { MOST_HELD };
    let bytes = || archive.bytes(name, name).map_err(Checked::Table).map(|bytes| Bounded::new(bytes, most));
    io::copy(&mut bytes()?, &mut io::sink()).map_err(Checked::Io)?;
    if !lower.ends_with("sharedstrings.xml") {
        return Ok(());
    }
    let mut xml = quick_xml::Reader::from_reader(BufReader::new(bytes()?));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer) {
            Ok(Event::Start(start) | Event::Empty(start)) if start.local_name().as_ref() == "sst" => {
                let count = start.try_get_attribute("uniqueCount").ok().flatten();
                let count = count.and_then(|count| count.value.parse::<u64>().ok());
                return match count {
                    Some(count) if count > MOST_STRINGS => {
                        Err(Checked::Io(damaged(format!("the workbook claims to have {count} texts"))))
                    }
                    _ => Ok(()),
                };
            }
            // Whoever reads it after this says so.
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
    }
}

impl Workbook for Excel {
    fn sheets(&self) -> Vec<(String, bool)> {
        let sheets = self.workbook.sheets_metadata().iter();
        sheets
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
            .collect()
    }

    fn write(&mut self, sheet: &str, grid: &mut Grid) -> Result<u64, TableError> {
        let file = self.file.clone();
        guarded(&file, || self.write_unguarded(sheet, grid))
    }
}

impl Excel {
    fn write_unguarded(&mut self, sheet: &str, grid: &mut Grid) -> Result<u64, TableError> {
        let file = self.file.clone();
        let unreadable = |error| unreadable(&file, error);
        let mut cells = self.workbook.worksheet_cells_reader(sheet).map_err(unreadable)?;
        let mut errors = 0;
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            let text = match cell.get_value() {
                DataRef::Empty => continue,
                DataRef::Error(_) => {
                    errors += 1;
                    continue;
                }
                DataRef::SharedString(text) => (*text).to_owned(),
                DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                    text.clone()
                }
                DataRef::Int(value) => value.to_string(),
                DataRef::Float(value) => number(*value),
                DataRef::Bool(true) => "TRUE".into(),
                DataRef::Bool(false) => "FALSE".into(),
                DataRef::DateTime(moment) => moment_text(moment),
            };
            grid.push(row.into(), column.into(), &text).map_err(|cause| TableError::reading(&file, cause))?;
        }
        Ok(errors)
    }
}

/// Makes a panic of the decoder, which does not check all that it reads, an error.
fn guarded<T>(file: &str, decode: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| {
        Err(TableError::Damaged { file: file.into(), detail: panic_message(&*panic) })
    })
}

/// A date, a moment or a time of day in ISO 8601; a duration as a number of days.
fn moment_text(moment: &ExcelDateTime) -> String {
    let days = moment.as_f64();
    if moment.is_duration() || !(0.0..2_958_466.0).contains(&days) {
        return number(days);
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let milli = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    let time = format!("{hour:02}:{minute:02}:{second:02}{milli}");
    if days < 1.0 {
        time
    } else if time == "00:00:00" {
        date
    } else {
        format!("{date} {time}")
    }
}

fn unreadable(file: &str, error: XlsxError) -> TableError {
    match error {
        XlsxError::Io(cause) => TableError::reading(file, cause),
        XlsxError::Password => TableError::Foreign {
            file: file.into(),
            found: "an Excel workbook, encrypted".into(),
            advice: "save it without a password",
        },
        other => {
            TableError::Damaged { file: file.into(), detail: format!("the workbook cannot be read: {other}") }
        }
    }
}
