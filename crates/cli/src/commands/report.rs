//! `gradstop report`: a saved detector and what it says of some rows, as a page.

use gradstop::FittedDetector;
use gradstop_pages::FitPage;
use gradstop_tables::{Input, TableReader};

use crate::arguments::Report;
use crate::commands::{judged, read_options, use_threads};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, all_differ};

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
    let reader = TableReader::open(&input, &options)?;
    detector
        .check_columns(reader.columns())
        .map_err(|problem| Failure::Columns { file: input.name().into(), problem })?;
    let table = reader.read_all()?;
    let scores = detector.score(&table.values)?;
    interrupt.check()?;
    let page = FitPage {
        source: &table.source,
        detector: &detector,
        values: &table.values,
        scores: &scores,
        fitted: false,
        seconds: None,
        judged: table.labels.as_deref().map(|labels| judged(&scores, labels, Vec::new())),
    };
    output.write_whole(page.html()?.as_bytes())
}
