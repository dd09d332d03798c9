//! `gradstop score`: rows of a table through a saved detector, chunk by chunk.

use gradstop::FittedDetector;
use gradstop_tables::{Chunk, Input, ReadOptions};

use crate::arguments::Score;
use crate::commands::{message, read_options, use_threads};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{CHUNK_ROWS, Explained, Output, ScoreWriter, all_differ, check_append};
use crate::prepared::NewRows;
use crate::reasons::reasons;
use crate::summary::Quality;

pub(crate) fn run(arguments: &Score) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = ReadOptions { keep_cells: arguments.append, ..read_options(&arguments.table, &interrupt) };
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
    let has_labels = rows.reader().has_labels();
    if arguments.append {
        check_append(input.name(), rows.reader().all_columns(), arguments.explain)?;
    }
    let own = arguments.append.then(|| rows.reader().all_columns());
    let count = arguments.explain.min(detector.columns().len());
    let mut writer = ScoreWriter::new(output, detector.threshold(), own, count)?;
    let (mut judged, mut labels) = (Vec::new(), Vec::new());
    let mut chunk = Chunk::default();
    while rows.read(CHUNK_ROWS, &mut chunk)? > 0 {
        interrupt.check()?;
        let because = match count {
            0 => Vec::new(),
            count => reasons(&detector.explain(&chunk.values)?, count),
        };
        let explained = (count > 0).then_some(Explained { names: detector.columns(), count, rows: &because });
        let scores = detector.score_in_place(&mut chunk.values)?;
        writer.write(&scores, arguments.append.then_some(&chunk.cells), explained)?;
        if has_labels {
            judged.extend(scores);
            labels.extend_from_slice(&chunk.labels);
        }
    }
    writer.finish()?;
    rows.surprises().for_each(|surprise| message(&format!("warning: {surprise}")));
    if has_labels {
        message(&Quality::judge(&judged, &labels).in_words());
    }
    Ok(())
}
