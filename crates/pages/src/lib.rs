//! Pages that show a fit: self-contained HTML, charts as inline SVG, nothing fetched from anywhere.
//!
//! ```text
//! words, scale     numbers and ticks as people write them
//! chart            curves, bars and dots as SVG, each with its text alternative
//! map              the plane in which rows vary most
//! frame            the document around it: style, sorting, both color schemes, paper
//! cells            the cells of rows that are shown
//! fit              the report of a fit        dynamics     the training, seen with labels
//! ```
//!
//! Nothing here fits or judges anything. What a page shows of labels its caller has worked out
//! ([`Judged`], [`DynamicsEpoch`]); the pages only draw it.
//!
//! ```
//! use gradstop::{AutoEncoder, Detector, Preset, Table};
//! use gradstop_pages::FitPage;
//! let values: Vec<f32> = (0..80).flat_map(|row| [row as f32, (row * row % 17) as f32]).collect();
//! let table = Table::new(values.clone(), vec!["x".into(), "y".into()])?;
//! let fitted = Detector::new(Preset::Default, AutoEncoder::default())?.fit(table)?;
//! let page = FitPage {
//!     source: "rows.csv",
//!     detector: &fitted,
//!     values: &values,
//!     scores: fitted.training_scores(),
//!     fitted: true,
//!     seconds: None,
//!     judged: None,
//!     written: None,
//! };
//! let html = page.html()?;
//! assert!(html.starts_with("<!doctype html>") && html.contains("Outliers of rows.csv"));
//! # Ok::<(), gradstop::Error>(())
//! ```
#![forbid(unsafe_code)]

mod cells;
mod chart;
mod dynamics;
mod fit;
mod frame;
mod map;
mod scale;
mod words;
mod written;

pub use dynamics::{DynamicsEpoch, DynamicsPage};
pub use fit::{FitPage, Judged, table_rows};
pub use words::number;
pub use written::WrittenCells;
