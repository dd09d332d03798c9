//! `gradstop threshold`: the score over which a share of the scores lies, in memory that does not grow with them.

use std::io::Write;

use gradstop::internals::{ScoreCounts, ThresholdBounds};
use gradstop_tables::{Chunk, Input, ReadOptions, TableError, TableReader};
use serde_json::json;

use crate::arguments::Threshold;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::CHUNK_ROWS;
use crate::terminal::number;

pub(crate) fn run(arguments: &Threshold) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = ReadOptions {
        only: Some(arguments.score.clone()),
        cancelled: Some(interrupt.flag()),
        ..ReadOptions::default()
    };
    let input = Input::parse(&arguments.scores);
    let share = arguments.contamination;

    let mut counts = ScoreCounts::new();
    let mut said = 0;
    each_chunk(&input, &options, arguments.every, |scores| {
        counts.add(scores);
        let due = arguments.every.is_some_and(|every| counts.scores().is_multiple_of(every as u64));
        match counts.threshold(share).filter(|_| due) {
            Some(found) => {
                said = counts.scores();
                say(arguments, said, found)
            }
            None => Ok(()),
        }
    })?;
    let Some(mut found) = counts.threshold(share) else {
        return Err(TableError::Empty { file: input.name().into() }.into());
    };
    if arguments.every.is_some() && said == counts.scores() {
        return Ok(());
    }
    if arguments.every.is_none()
        && !input.comes_once()
        && let Some(mut exact) = counts.exact(share)
    {
        each_chunk(&input, &options, None, |scores| {
            exact.add(scores);
            Ok(())
        })?;
        // A file that changed in the meantime keeps what its first reading said.
        if let Some((threshold, above)) = exact.threshold() {
            let (least, most) = (threshold, threshold);
            found = ThresholdBounds { threshold, above, most_above: above, least, most };
        }
    }
    say(arguments, counts.scores(), found)
}

/// Shows all scores, in pieces none of which goes beyond a multiple of `every`.
fn each_chunk(
    input: &Input,
    options: &ReadOptions,
    every: Option<usize>,
    mut see: impl FnMut(&[f32]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut reader = TableReader::open(input, options)?;
    let (mut chunk, mut rows) = (Chunk::default(), 0);
    loop {
        let until_due = every.map_or(CHUNK_ROWS, |every| every - rows % every);
        let read = reader.read_chunk(until_due.min(CHUNK_ROWS), &mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        rows += read;
        see(&chunk.values)?;
    }
}

fn say(arguments: &Threshold, scores: u64, found: ThresholdBounds) -> Result<(), Failure> {
    let ThresholdBounds { threshold, above, most_above, least, most } = found;
    let share = arguments.contamination;
    let text = if arguments.json {
        let mut object = json!({
            "scores": scores,
            "contamination": share,
            "threshold": number(threshold),
            "above": above,
            "exact": least == most,
        });
        if least < most {
            object["exact_between"] = json!([number(least), number(most)]);
            object["exact_above_at_most"] = json!(most_above);
        }
        object.to_string()
    } else {
        let exact = match least < most {
            true => format!(
                "; the exact one lies between {least} and {most} and has {above} to {most_above} above it"
            ),
            false => ", which is exact".into(),
        };
        format!("{threshold}: {above} of {scores} scores lie above it (contamination {share}){exact}")
    };
    let mut target = std::io::stdout();
    writeln!(target, "{text}").and_then(|()| target.flush()).map_err(Failure::Stdout)
}
