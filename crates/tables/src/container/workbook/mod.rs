//! Workbooks: one sheet, as the text that an export as CSV would have.
//!
//! Rows are written to a temporary file as they are read, so memory holds one of them; they are padded to the width of the
//! sheet, which is known at its end, when that file is read.

mod bounded;
mod grid;
mod ods;
mod xlsx;

use std::io::Read;

use crate::container::archive::Archive;
use crate::error::TableError;
use crate::note::Note;
use crate::shared_file::SharedFile;

use self::grid::{Grid, Workbook};
use self::ods::Ods;
use self::xlsx::Excel;

/// A sheet as CSV.
pub(crate) struct Sheet {
    pub(crate) text: Box<dyn Read + Send>,
    pub(crate) notes: Vec<Note>,
}

/// Opens a sheet of an Excel workbook.
pub(crate) fn open_xlsx(
    file: &str,
    archive: &Archive,
    bytes: SharedFile,
    sheet: Option<&str>,
) -> Result<Sheet, TableError> {
    open(file, &mut Excel::open(file, archive, bytes)?, sheet)
}

/// Opens a sheet of an OpenDocument spreadsheet.
pub(crate) fn open_ods(file: &str, archive: Archive, sheet: Option<&str>) -> Result<Sheet, TableError> {
    open(file, &mut Ods::open(file, archive)?, sheet)
}

/// The sheet of that name, or the first that shows and has a cell.
fn open(file: &str, workbook: &mut dyn Workbook, wanted: Option<&str>) -> Result<Sheet, TableError> {
    let sheets = workbook.sheets();
    let candidates: Vec<&str> = match wanted {
        Some(name) if sheets.iter().any(|(sheet, _)| sheet == name) => vec![name],
        Some(name) => {
            let sheets = sheets.into_iter().map(|(name, _)| name).collect();
            return Err(TableError::UnknownSheet { file: file.into(), name: name.into(), sheets });
        }
        None => sheets.iter().filter(|(_, shows)| *shows).map(|(name, _)| name.as_str()).collect(),
    };
    for sheet in candidates {
        let mut grid = Grid::new().map_err(|cause| TableError::reading(file, cause))?;
        let errors = workbook.write(sheet, &mut grid)?;
        let Some(text) = grid.text().map_err(|cause| TableError::reading(file, cause))? else { continue };
        let mut notes = vec![Note::Sheet { sheet: sheet.into(), sheets: sheets.len() }];
        if errors > 0 {
            notes.push(Note::CellErrors { cells: errors });
        }
        return Ok(Sheet { text: Box::new(text), notes });
    }
    Err(TableError::Empty { file: file.into() })
}
