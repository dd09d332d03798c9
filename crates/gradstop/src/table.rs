//! A numeric table in memory.

use crate::error::Error;

/// A table of numbers: row-major `f32`, every value finite, columns with names.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    values: Vec<f32>,
    columns: Vec<String>,
}

impl Table {
    /// Wraps row-major values of shape (rows x columns).
    ///
    /// ```
    /// use gradstop::Table;
    /// let table = Table::new(vec![1.0, 2.0, 3.0, 4.0], vec!["a".into(), "b".into()])?;
    /// assert_eq!(table.rows(), 2);
    /// assert!(Table::new(vec![1.0, f32::NAN], vec!["a".into()]).is_err());
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] without a column, without a row or with a ragged last row;
    /// [`Error::NotFinite`] for a value that is not finite.
    pub fn new(values: Vec<f32>, columns: Vec<String>) -> Result<Self, Error> {
        if columns.is_empty() {
            let wanted = "at least 1 column".into();
            return Err(Error::Shape { what: "table", got: "no column".into(), wanted });
        }
        if values.is_empty() || !values.len().is_multiple_of(columns.len()) {
            let got = format!("{} values for {} columns", values.len(), columns.len());
            let wanted = "at least 1 row, and as many values in each row as columns".into();
            return Err(Error::Shape { what: "table", got, wanted });
        }
        check_finite(&values, &columns)?;
        Ok(Self { values, columns })
    }

    /// Number of rows, at least 1.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns.len()
    }

    /// Names of the columns, at least one.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Takes the table apart into values and names.
    pub fn into_parts(self) -> (Vec<f32>, Vec<String>) {
        (self.values, self.columns)
    }
}

/// Finds the first value that is not finite.
pub(crate) fn check_finite(values: &[f32], columns: &[String]) -> Result<(), Error> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(Error::NotFinite {
            row: at / columns.len(),
            column: columns[at % columns.len()].clone(),
            value: values[at],
        }),
        None => Ok(()),
    }
}
