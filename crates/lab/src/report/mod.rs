//! Results as tables for people: Markdown, CSV, JSON.
//!
//! ```text
//! statistics   means, intervals, ranks, tests
//! row          a result as a line of the report
//! study        rows -> one entry a way to detect, a mean over seeds a table
//! printed      the values that the paper prints
//! sections     a study -> titled grids of text
//! markdown     sections -> text
//! ```

mod markdown;
mod printed;
mod row;
mod sections;
mod statistics;
mod study;

use serde_json::json;

use crate::experiment::results::Results;
use crate::report::row::{FailedCell, Row};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Markdown
    Md,
    /// Every result, a line each
    Csv,
    /// Everything
    Json,
}

/// The report on a file of results.
pub(crate) fn report(results: &Results, format: Format) -> Vec<u8> {
    let records = results.records();
    let (mut rows, mut failed) = (Vec::new(), Vec::new());
    for record in &records {
        match &record.outcome {
            Ok(measured) => {
                rows.extend(measured.results.iter().map(|result| Row::new(record, measured, result)))
            }
            Err(error) => {
                failed.push(FailedCell {
                    cell: record.line,
                    title: record.cell.title(),
                    error: error.clone(),
                });
            }
        }
    }
    if format == Format::Csv {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            writer.serialize(row).expect("a result is plain data");
        }
        return writer.into_inner().expect("memory can be written");
    }
    let study = study::Study::of(&rows);
    let text = match format {
        Format::Md => markdown::write(&sections::sections(&study, &rows, &records, &failed)),
        Format::Csv | Format::Json => {
            let everything =
                json!({ "summary": sections::as_json(&study), "results": rows, "failed": failed });
            serde_json::to_string_pretty(&everything).expect("a report is plain data") + "\n"
        }
    };
    text.into_bytes()
}
