//! `gradstop report`: a saved detector and what it says of some rows, as a page.

use gradstop::FittedDetector;
use gradstop_pages::FitPage;
use gradstop_tables::{Chunk, TableError};

use crate::arguments::Report;
use crate::commands::{judged, message, named, read_options, use_threads};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{CHUNK_ROWS, Output, all_differ};
use crate::prepared::open_rows;
use crate::summary::of_label;
use crate::terminal::plain;

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

    let (mut reader, mut prepare) = open_rows(&inputs, &options, &detector)?;
    let (mut values, mut labels, mut chunk) = (Vec::new(), Vec::new(), Chunk::default());
    while reader.read_chunk(CHUNK_ROWS, &mut chunk)? > 0 {
        prepare.chunk(&mut chunk)?;
        values.append(&mut chunk.values);
        labels.append(&mut chunk.labels);
    }
    if values.is_empty() {
        return Err(TableError::Empty { file: reader.file().into() }.into());
    }
    reader.notes().iter().filter_map(of_label).for_each(|line| message(&plain(&line)));
    prepare.surprises().for_each(|surprise| message(&format!("warning: {}", plain(&surprise.to_string()))));
    let scores = detector.score(&values)?;
    interrupt.check()?;
    let page = FitPage {
        source: reader.file(),
        detector: &detector,
        values: &values,
        scores: &scores,
        fitted: false,
        seconds: None,
        judged: reader.has_labels().then(|| judged(&scores, &labels, Vec::new())),
    };
    output.write_whole(page.html()?.as_bytes())
}
