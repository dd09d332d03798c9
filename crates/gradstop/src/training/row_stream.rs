//! Tables that are read again for every pass, and the passes over them.

use crate::error::Error;

/// A table that is read from its first row to its last, as often as a fit needs it.
///
/// ```
/// use gradstop::{Error, RowStream};
///
/// /// A table in memory, ten values at a time.
/// struct Pieces { values: Vec<f32>, next: usize }
///
/// impl RowStream for Pieces {
///     fn rewind(&mut self) -> Result<(), Error> {
///         self.next = 0;
///         Ok(())
///     }
///
///     fn read(&mut self, rows: &mut Vec<f32>) -> Result<(), Error> {
///         let end = self.values.len().min(self.next + 10);
///         rows.clear();
///         rows.extend_from_slice(&self.values[self.next..end]);
///         self.next = end;
///         Ok(())
///     }
/// }
/// ```
pub trait RowStream {
    /// Goes back to before the first row.
    ///
    /// # Errors
    /// [`Error::Stream`] with whatever stands in the way.
    fn rewind(&mut self) -> Result<(), Error>;

    /// Replaces `rows` by the next ones, row-major and as many as come together; leaves none behind the last.
    ///
    /// # Errors
    /// [`Error::Stream`] with whatever is wrong, [`Error::Cancelled`] if the fit is to end.
    fn read(&mut self, rows: &mut Vec<f32>) -> Result<(), Error>;
}

/// Shows every row, some at a time and with the position of the first of them; returns how many there are.
pub(crate) fn pass(
    stream: &mut dyn RowStream,
    columns: usize,
    mut see: impl FnMut(usize, &mut [f32]) -> Result<(), Error>,
) -> Result<usize, Error> {
    let (mut rows, mut count) = (Vec::new(), 0);
    stream.rewind()?;
    loop {
        stream.read(&mut rows)?;
        if rows.is_empty() {
            return Ok(count);
        }
        check_width(&rows, columns)?;
        see(count, &mut rows)?;
        count += rows.len() / columns;
    }
}

pub(crate) fn check_width(rows: &[f32], columns: usize) -> Result<(), Error> {
    if rows.len().is_multiple_of(columns) {
        return Ok(());
    }
    let (got, wanted) = (format!("{} values", rows.len()), format!("rows of {columns} values"));
    Err(Error::Shape { what: "streamed rows", got, wanted })
}

/// Another pass over a table of so many rows.
pub(crate) fn pass_again(
    stream: &mut dyn RowStream,
    (rows, columns): (usize, usize),
    see: impl FnMut(usize, &mut [f32]) -> Result<(), Error>,
) -> Result<(), Error> {
    match pass(stream, columns, see)? {
        got if got == rows => Ok(()),
        got => Err(Error::StreamChanged { got, wanted: rows }),
    }
}
