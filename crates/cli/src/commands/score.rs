//! `gradstop score`: rows of a table through a saved detector, chunk by chunk.

use gradstop::{Drift, FittedDetector};
use gradstop_tables::ReadOptions;

use crate::arguments::Score;
use crate::commands::{named, read_options, use_threads};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Beside, Explained, Output, ScoreWriter, Texts, all_differ, check_append};
use crate::prepared::open_rows;
use crate::progress::Reading;
use crate::read_ahead::{ReadAhead, chunk_rows};
use crate::reasons::{Reasons, most, reasons};
use crate::summary::{Quality, of_label};
use crate::terminal::{message, plain};
use crate::written::Id;

pub(crate) fn run(arguments: &Score) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = ReadOptions { keep_cells: arguments.append, ..read_options(&arguments.table, &interrupt) };
    let inputs = arguments.table.inputs()?;
    let mut places = named(&inputs);
    places
        .extend([("model", Some(arguments.model.as_path())), ("--output", Some(arguments.output.as_path()))]);
    all_differ(&places)?;
    let detector = FittedDetector::load(&arguments.model)?;
    let output = Output::open(&arguments.output)?;
    use_threads(arguments.threads);

    // With --append the column is among the input's own.
    let id = Id::of(&options, &detector).filter(|_| !arguments.append).map(|id| id.column);
    let options = ReadOptions { id: id.clone(), ..options };
    let reading = Reading::start(&options);
    let (reader, mut prepare) = open_rows(&inputs, &options, &detector)?;
    if arguments.append {
        check_append(reader.file(), reader.all_columns(), arguments.explain)?;
    }
    let beside = match &id {
        _ if arguments.append => Beside::Cells(reader.all_columns()),
        Some(id) => Beside::Id(id),
        None => Beside::Row,
    };
    let (count, names) = (most(&detector, arguments.explain), detector.table_columns());
    let mut writer = ScoreWriter::new(output, detector.threshold(), beside, count)?;
    let (mut judged, mut labels) = (Vec::new(), Vec::new());
    let has_labels = reader.has_labels();
    let chunk_rows = chunk_rows(&reader, arguments.append);
    let mut write = |Scored { scores, cells, ids, because }: Scored| {
        let explained = Explained { names: &names, count, rows: &because };
        let texts = match id {
            _ if arguments.append => Texts::Cells(&cells),
            Some(_) => Texts::Ids(&ids),
            None => Texts::None,
        };
        writer.write(&scores, texts, (count > 0).then_some(explained))
    };
    // While a chunk is scored the one before it is written, so that no thread waits for another to be done with its part.
    let mut before = Scored::default();
    let mut drift = Drift::new(&detector);
    let mut chunks = ReadAhead::start(reader, chunk_rows);
    let scored = chunks.try_for_each(|chunk| {
        let mut chunk = chunk?;
        prepare.chunk(&mut chunk)?;
        interrupt.check()?;
        let score = || -> Result<Scored, Failure> {
            let because = match count {
                0 => Vec::new(),
                count => reasons(&detector, detector.explain(&chunk.values)?, count),
            };
            drift.see(&chunk.values);
            let scores = detector.score_in_place(&mut chunk.values)?;
            drift.scored(&scores);
            Ok(Scored { scores, cells: chunk.cells, ids: chunk.ids, because })
        };
        let (scored, written) = rayon::join(score, || write(std::mem::take(&mut before)));
        written?;
        before = scored?;
        if has_labels {
            judged.extend(&before.scores);
            labels.extend_from_slice(&chunk.labels);
        }
        Ok::<(), Failure>(())
    });
    write(before)?;
    drop(reading);
    scored?;
    writer.finish()?;
    prepare.surprises().for_each(|surprise| message(&format!("warning: {}", plain(&surprise.to_string()))));
    drift
        .findings()?
        .iter()
        .for_each(|finding| message(&format!("warning: {}", plain(&finding.to_string()))));
    if has_labels {
        chunks.notes().iter().filter_map(of_label).for_each(|line| message(&plain(&line)));
        message(&Quality::judge(&judged, &labels).in_words());
    }
    Ok(())
}

/// The scores of a chunk, with the input's own cells or ids if they are kept, and reasons if they are wanted.
#[derive(Default)]
struct Scored {
    scores: Vec<f32>,
    cells: Vec<Vec<String>>,
    ids: Vec<String>,
    because: Vec<Reasons>,
}
