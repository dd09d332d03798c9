//! The cells of a sheet on their way to text.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use crate::container::csv;
use crate::container::lines::{LineReader, Lines};
use crate::error::{TableError, damaged};

/// How many rows and columns a sheet can have.
pub(crate) const MAX_ROWS: u64 = 1 << 20;
pub(crate) const MAX_COLUMNS: u64 = 1 << 14;
/// More text than any program opens as a sheet; a small file can repeat a long row a million times.
const MAX_BYTES: u64 = 1 << 33;
const BUFFER_BYTES: usize = 1 << 18;

/// Takes cells row by row. A line of its file is a row: the number of its cells, a space, and the cells as CSV.
pub(crate) struct Grid {
    file: BufWriter<File>,
    bytes: u64,
    /// The row that is being written, and its cells so far.
    row: u64,
    line: Vec<u8>,
    cells: u64,
    first_column: u64,
    width: u64,
}

impl Grid {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Grid {
            file: BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?),
            bytes: 0,
            row: 0,
            line: Vec::new(),
            cells: 0,
            first_column: MAX_COLUMNS,
            width: 0,
        })
    }

    /// The next cell: in the same row further to the right, or in a later one.
    pub(crate) fn push(&mut self, row: u64, column: u64, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            return Err(damaged(format!("the workbook has a cell in row {row}, column {column}")));
        }
        if row > self.row {
            self.end_row()?;
            let blank = row - self.row - 1;
            (0..blank).try_for_each(|_| self.file.write_all(b"\n"))?;
            self.row = row;
        } else if row < self.row || column < self.cells {
            return Err(damaged(format!("the cells of the workbook are not in order in row {}", row + 1)));
        }
        let delimiters = column - self.cells + u64::from(self.cells > 0);
        self.line.extend((0..delimiters).map(|_| csv::DELIMITER));
        if text.contains(['\r', '\n']) {
            // So that a row is a line, and lines are the rows of the sheet.
            let flat = text.replace("\r\n", " ").replace(['\r', '\n'], " ");
            csv::push(&flat, &mut self.line);
        } else {
            csv::push(text, &mut self.line);
        }
        self.cells = column + 1;
        self.first_column = self.first_column.min(column);
        self.width = self.width.max(self.cells);
        Ok(())
    }

    fn end_row(&mut self) -> io::Result<()> {
        if self.cells > 0 {
            write!(self.file, "{} ", self.cells)?;
            self.file.write_all(&self.line)?;
        }
        self.bytes += self.line.len() as u64;
        if self.bytes > MAX_BYTES {
            return Err(damaged("the sheet has more than 8 GiB of text"));
        }
        self.line.clear();
        self.cells = 0;
        self.file.write_all(b"\n")
    }

    /// The rows as CSV, all of the same number of cells, from the first column that has one; nothing without any cell.
    pub(crate) fn text(mut self) -> io::Result<Option<LineReader<Rows>>> {
        self.end_row()?;
        if self.width == 0 {
            return Ok(None);
        }
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let file = BufReader::with_capacity(BUFFER_BYTES, file);
        let (first, width) = (self.first_column as usize, self.width as usize);
        Ok(Some(LineReader::new(Rows { file, first, width })))
    }
}

/// The rows of a sheet.
pub(crate) struct Rows {
    file: BufReader<File>,
    first: usize,
    width: usize,
}

impl Lines for Rows {
    fn next_line(&mut self, line: &mut Vec<u8>) -> io::Result<Option<usize>> {
        if self.file.read_until(b'\n', line)? == 0 {
            return Ok(None);
        }
        let Some(space) = line.iter().position(|byte| *byte == b' ') else { return Ok(Some(0)) };
        let cells = std::str::from_utf8(&line[..space]).ok().and_then(|cells| cells.parse().ok());
        let cells: usize = cells.ok_or_else(|| damaged("the temporary file was changed"))?;
        line.pop();
        line.resize(line.len() + self.width - cells, csv::DELIMITER);
        line.push(b'\n');
        // Every row begins with a delimiter for each of the columns that have no cell.
        Ok(Some(space + 1 + self.first))
    }
}

/// The shortest text that reads back to the same number.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    // Without an exponent these would be hundreds of digits.
    if size != 0.0 && !(1e-6..1e17).contains(&size) { format!("{value:e}") } else { value.to_string() }
}

/// What a format of workbooks can do.
pub(crate) trait Workbook {
    /// The names of the sheets, and whether they show.
    fn sheets(&self) -> Vec<(String, bool)>;

    /// Shows the cells of a sheet that are not empty, row by row, and returns how many others hold an error.
    fn write(&mut self, sheet: &str, grid: &mut Grid) -> Result<u64, TableError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_same_cells_and_lines_are_rows() {
        let mut grid = Grid::new().unwrap();
        for (row, column, text) in
            [(1, 2, "a"), (1, 4, "b, c"), (4, 1, "1"), (5, 2, "two\nlines"), (5, 4, ""), (5, 5, "x")]
        {
            grid.push(row, column, text).unwrap();
        }
        let text = io::read_to_string(grid.text().unwrap().unwrap()).unwrap();
        assert_eq!(text, "\n,a,,\"b, c\",\n\n\n1,,,,\n,two lines,,,x\n");
        assert!(Grid::new().unwrap().text().unwrap().is_none());
    }

    #[test]
    fn cells_out_of_order_or_out_of_bounds_are_errors() {
        for (row, column) in [(0, 0), (1, 3), (1, 1), (1 << 20, 0), (2, 1 << 14)] {
            let mut grid = Grid::new().unwrap();
            grid.push(1, 3, "a").unwrap();
            assert!(grid.push(row, column, "b").is_err(), "{row}, {column}");
        }
    }

    #[test]
    fn numbers_are_short_and_read_back() {
        for (value, text) in
            [(1.0, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (1e300, "1e300"), (1e-9, "1e-9"), (0.0, "0")]
        {
            assert_eq!(number(value), text);
        }
    }
}
