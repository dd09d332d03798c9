//! Columns of any kind made into numbers: fitted once, kept with a model, applied to any later rows.
//!
//! A table comes as [`Cells`], a column each: numbers, booleans, dates or text, any cell of which may be missing.
//! [`Preparation::fit`] decides what becomes of each column, [`Preparation::apply`] makes a row-major matrix of `f32`,
//! row by row and chunk by chunk, and [`Preparation::treatments`] says in words what was done.
//!
//! * Numbers stay what they are, unless 32 bits would run them together: then they become differences from one of them. Booleans
//!   become 0 and 1. Dates become days since the first fitted day, UTC.
//! * Text becomes a column of 0 and 1 for each level, or how much rarer than usual the level was; text that names its rows is left
//!   out.
//! * Dates and counters that only say where in the table a row stands are left out.
//! * Where cells may be missing, such a cell takes, in every column that is made of its own, the mean or the median of
//!   that column. A number that is infinite or too large for 32 bits counts as missing.
//! * Columns that hold one value only, or the same values as an earlier one, are left out.
//!
//! ```
//! use gradstop_preparation::{Cells, Missing, Options, Preparation, Words};
//!
//! let names = ["age".to_string(), "colour".to_string()];
//! let mut colours = Words::default();
//! ["red", "blue", "red"].iter().for_each(|word| colours.push(word));
//! let columns = [Cells::Numbers(vec![20.0, f64::NAN, 40.0]), Cells::Text(colours)];
//!
//! let options = Options { missing: Missing::Mean, ..Options::default() };
//! let preparation = Preparation::fit(&names, &columns, &options)?;
//! assert_eq!(preparation.outputs(), ["age", "colour=red", "colour=blue"]);
//! let mut values = Vec::new();
//! preparation.apply(&columns, &mut values)?;
//! assert_eq!(values, [20.0, 1.0, 0.0, 30.0, 0.0, 1.0, 40.0, 1.0, 0.0]);
//! assert_eq!(preparation.treatments()[0].to_string(), "age: 1 missing cell takes the mean, 30");
//! # Ok::<(), gradstop_preparation::PreparationError>(())
//! ```
//!
//! It knows no file format, no engine and no detector.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod cells;
mod column;
mod encoding;
mod error;
mod filled;
mod options;
mod order;
mod origin;
mod parts;
mod preparation;
mod quantiles;
mod rarity;
mod rule;
mod spelling;
mod steps;
mod treatment;
mod usual;
mod watch;

pub use cells::{Cells, Kind, LongNumbers, Words};
pub use error::{Hint, PreparationError};
pub use filled::{Filled, FilledColumn};
pub use options::{Missing, Options, Ordered, Scale, Text};
pub use origin::{FarGroup, Rounding};
pub use preparation::{Preparation, UnexpectedCells};
pub use quantiles::{Quantiles, Ratio};
pub use spelling::{DateOrder, Field, Numerals, Spelling};
pub use steps::{Apart, ColumnSteps, Held, Made};
pub use treatment::Treatment;
pub use usual::{Familiarity, Usual, iso_moment};
pub use watch::Watched;
