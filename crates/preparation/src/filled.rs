//! Which fitted cells were missing, and what they became.

use std::fmt;

use serde::Serialize;

use crate::column::Column;
use crate::options::Missing;
use crate::treatment::{counted, fill_in_words};

/// How many columns the words name.
const NAMED: usize = 6;

/// Which fitted cells were missing, and what they became.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filled {
    /// How many cells.
    pub cells: usize,
    /// How many of them have a number that is infinite or too large.
    pub unusable: usize,
    /// The columns that had some.
    pub columns: Vec<FilledColumn>,
    /// What the cells took.
    pub how: Missing,
}

/// Of one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilledColumn {
    /// Its name.
    pub column: String,
    /// How many cells were missing.
    pub cells: usize,
    /// What they became, where it is one number.
    pub value: Option<String>,
    /// Whether a further column says where.
    pub indicator: bool,
}

impl Filled {
    /// Nothing if no cell was missing, or none might be. A column without any value is not filled but left out.
    pub(crate) fn of(columns: &[Column], how: Missing) -> Option<Self> {
        let filled = columns.iter().filter(|column| column.missing > 0 && column.encoding.width() > 0);
        let of_column = |column: &Column| FilledColumn {
            column: column.name.clone(),
            cells: column.missing,
            value: fill_in_words(column),
            indicator: column.indicator,
        };
        let columns: Vec<FilledColumn> = filled.clone().map(of_column).collect();
        (!columns.is_empty() && how != Missing::Error).then(|| Self {
            cells: columns.iter().map(|column| column.cells).sum(),
            unusable: filled.map(|column| column.unusable).sum(),
            columns,
            how,
        })
    }
}

impl fmt::Display for Filled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if matches!(self.how, Missing::Auto | Missing::Median) { "median" } else { "mean" };
        let take = if self.cells == 1 { "takes" } else { "take" };
        let name = |column: &FilledColumn| match &column.value {
            Some(value) => format!("{} {value}", column.column),
            None => column.column.clone(),
        };
        let list = |names: Vec<String>| match names.len().saturating_sub(NAMED) {
            0 => names.join(", "),
            more => format!("{} and {more} more", names[..NAMED].join(", ")),
        };
        let of = counted(self.columns.len(), "column");
        write!(out, "{} in {of} {take} the column's {what}", counted(self.cells, "cell"))?;
        write!(out, " ({})", list(self.columns.iter().map(name).collect()))?;
        if self.unusable > 0 {
            write!(out, "; {} infinite or too large", self.unusable)?;
        }
        let marked: Vec<String> = self
            .columns
            .iter()
            .filter(|column| column.indicator)
            .map(|column| column.column.clone())
            .collect();
        match marked.is_empty() {
            true => Ok(()),
            false => write!(out, "; a further column says where for {}", list(marked)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cells::{Cells, Words};
    use crate::options::Options;
    use crate::preparation::Preparation;

    #[test]
    fn one_line_says_how_many_cells_of_which_columns_became_what() {
        let mut sizes: Vec<f64> = (0..200).map(f64::from).collect();
        let mut ages = sizes.clone();
        (sizes[3], ages[3], ages[7], ages[9]) = (f64::NAN, f64::NAN, f64::INFINITY, f64::NAN);
        let mut colors = Words::default();
        (0..200).for_each(|row| {
            if row == 5 { colors.push_missing() } else { colors.push(["red", "blue"][row % 2]) }
        });
        let columns = [Cells::Numbers(sizes), Cells::Numbers(ages), Cells::Text(colors)];
        let names = ["size", "age", "color"].map(String::from);
        let options = Options { ordered: crate::Ordered::Keep, ..Options::default() };
        let preparation = Preparation::fit(&names, &columns, &options).unwrap();
        assert_eq!(
            preparation.filled().unwrap().to_string(),
            "5 cells in 3 columns take the column's median (size 100, age 101, color); 1 infinite or too large; \
             a further column says where for age"
        );
        assert_eq!(preparation.outputs(), ["size", "age", "age missing", "color=red", "color=blue"]);
        let mut values = Vec::new();
        preparation.apply(&columns, &mut values).unwrap();
        assert_eq!(values[3 * 5..4 * 5], [100.0, 101.0, 1.0, 0.0, 1.0]);
        // The mean of each level, to the last bit of 32.
        assert!((values[5 * 5 + 3] - 100.0 / 199.0).abs() < 1e-6);
    }
}
