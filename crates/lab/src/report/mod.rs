//! Results as tables for people: Markdown, CSV, JSON.
//!
//! ```text
//! statistics   means, intervals, ranks, tests
//! study        results -> one entry a way to detect, a mean over seeds a table
//! printed      the values that the paper prints
//! sections     a study -> titled grids of text
//! markdown     sections -> text
//! ```

mod markdown;
mod printed;
mod sections;
mod statistics;
mod study;

use serde_json::json;

use crate::experiment::results::Store;
use crate::failure::Failure;

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
pub(crate) fn report(store: &Store, format: Format) -> Result<Vec<u8>, Failure> {
    let rows = store.rows()?;
    if format == Format::Csv {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            writer.serialize(row).expect("a result is plain data");
        }
        return Ok(writer.into_inner().expect("memory can be written"));
    }
    let (runs, failed) = (store.runs()?, store.failed()?);
    let study = study::Study::of(&rows);
    let sections = sections::sections(&study, &rows, &runs, &failed);
    let text = match format {
        Format::Md => markdown::write(&sections),
        Format::Csv | Format::Json => {
            let everything =
                json!({ "summary": sections::as_json(&study), "results": rows, "failed": failed });
            serde_json::to_string_pretty(&everything).expect("a report is plain data") + "\n"
        }
    };
    Ok(text.into_bytes())
}
