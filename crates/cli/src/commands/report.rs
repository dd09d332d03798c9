//! `gradstop report`: a saved detector and what it says of some rows, as a page.

use gradstop::FittedDetector;
use gradstop_pages::{FitPage, table_rows};
use gradstop_tables::{Chunk, Input, TableError};

use crate::arguments::Report;
use crate::commands::{judged, named, read_options, use_threads};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{CHUNK_ROWS, Output, all_differ};
use crate::prepared::open_rows;
use crate::progress::Reading;
use crate::summary::{counted, of_label};
use crate::terminal::{message, plain};
use crate::written::{Id, Shown};

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
    // Rows are shown as they are written, for which the table is read once more.
    let inputs: Vec<Input> = inputs.into_iter().map(Input::rereadable).collect::<Result<_, _>>()?;

    let reading = Reading::start(&options);
    let (mut reader, mut prepare) = open_rows(&inputs, &options, &detector)?;
    let (mut values, mut labels, mut chunk) = (Vec::new(), Vec::new(), Chunk::default());
    while reader.read_chunk(CHUNK_ROWS, &mut chunk)? > 0 {
        prepare.chunk(&mut chunk)?;
        values.append(&mut chunk.values);
        labels.append(&mut chunk.labels);
    }
    drop(reading);
    if values.is_empty() {
        return Err(TableError::Empty { file: reader.file().into() }.into());
    }
    reader.notes().iter().filter_map(of_label).for_each(|line| message(&plain(&line)));
    prepare.surprises().for_each(|surprise| message(&format!("warning: {}", plain(&surprise.to_string()))));
    let scores = detector.score(&values)?;
    interrupt.check()?;
    let shown = Shown::read(&inputs, &options, Id::of(&options, &detector), &table_rows(&scores))?;
    let written = shown.for_page(&detector);
    let page = FitPage {
        source: reader.file(),
        detector: &detector,
        values: &values,
        scores: &scores,
        fitted: false,
        seconds: None,
        judged: reader.has_labels().then(|| judged(&scores, &labels, Vec::new())),
        written: Some(&written),
    };
    let (page, to_stdout) = (page.html()?, output.is_stdout());
    output.write_whole(page.as_bytes())?;
    if !to_stdout {
        let flagged = scores.iter().filter(|&&score| score > detector.threshold()).count();
        message(&format!(
            "wrote {} ({flagged} of {} flagged, {} kB)",
            arguments.output.display(),
            counted(scores.len(), "row"),
            page.len().div_ceil(1000)
        ));
    }
    Ok(())
}
