//! `gradstop report`: a saved detector and what it says of some rows, as a page.

use gradstop::FittedDetector;
use gradstop_pages::FitPage;
use gradstop_tables::{Chunk, Input, TableError};

use crate::arguments::Report;
use crate::commands::{judged, message, read_options, use_threads};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{CHUNK_ROWS, Output, all_differ};
use crate::prepared::NewRows;

pub(crate) fn run(arguments: &Report) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = read_options(&arguments.table, &interrupt);
    all_differ(&[
        ("input", arguments.table.path()),
        ("model", Some(&arguments.model)),
        ("--output", Some(&arguments.output)),
    ])?;
    let detector = FittedDetector::load(&arguments.model)?;
    let output = Output::open(&arguments.output)?;
    use_threads(arguments.threads);

    let input = Input::parse(&arguments.table.input);
    let mut rows = NewRows::open(&input, &options, &detector)?;
    let (mut values, mut labels, mut chunk) = (Vec::new(), Vec::new(), Chunk::default());
    while rows.read(CHUNK_ROWS, &mut chunk)? > 0 {
        values.append(&mut chunk.values);
        labels.append(&mut chunk.labels);
    }
    if values.is_empty() {
        return Err(TableError::Empty { file: input.name().into() }.into());
    }
    rows.surprises().for_each(|surprise| message(&format!("warning: {surprise}")));
    let scores = detector.score(&values)?;
    interrupt.check()?;
    let page = FitPage {
        source: input.name(),
        detector: &detector,
        values: &values,
        scores: &scores,
        fitted: false,
        seconds: None,
        judged: rows.reader().has_labels().then(|| judged(&scores, &labels, Vec::new())),
    };
    output.write_whole(page.html()?.as_bytes())
}
