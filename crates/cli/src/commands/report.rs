//! `gradstop report`: a saved detector and what it says of some rows, as a page.

use gradstop::FittedDetector;
use gradstop_pages::FitPage;

use crate::arguments::Report;
use crate::commands::{judged, named, open_for, read_options, use_threads};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, all_differ};

pub(crate) fn run(arguments: &Report) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = read_options(&arguments.table, &interrupt);
    let inputs = arguments.table.inputs()?;
    let mut places = named(&inputs);
    places
        .extend([("model", Some(arguments.model.as_path())), ("--output", Some(arguments.output.as_path()))]);
    all_differ(&places)?;
    let detector = FittedDetector::load(&arguments.model)?;
    let output = Output::open(&arguments.output)?;
    use_threads(arguments.threads);

    let table = open_for(&detector, &inputs, options)?.read_all()?;
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
