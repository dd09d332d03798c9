//! `gradstop fit`: fit to a table and save the detector.

use std::time::Duration;

use gradstop::Checkpoint;
use gradstop_tables::Input;

use crate::arguments::Fit;
use crate::commands::{Wanted, fit, fit_streaming, named, read_options};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, all_differ};

/// Seconds between two checkpoints, where nothing else is asked for.
const EVERY: u64 = 10;

pub(crate) fn run(arguments: &Fit) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = read_options(&arguments.table, &interrupt);
    let mut inputs = arguments.table.inputs()?;
    let mut places = named(&inputs);
    places.extend([
        ("--config", arguments.fit.config.as_deref()),
        ("--model", Some(&arguments.model)),
        ("--history", arguments.fit.history.as_deref()),
        ("--checkpoint", arguments.checkpoint.as_deref()),
    ]);
    all_differ(&places)?;
    let model = Output::open(&arguments.model)?;
    let stdout_taken = model.is_stdout();
    let every = Duration::from_secs(arguments.checkpoint_every.unwrap_or(EVERY));
    let checkpoint = arguments.checkpoint.as_deref().map(|path| Checkpoint::new(path, every));
    let mut fitting = match arguments.streaming {
        true => fit_streaming(&inputs, &options, &arguments.fit, &interrupt, checkpoint.clone())?,
        false => {
            if arguments.sample.is_none() {
                // Rows are shown as they are written, for which the table is read once more.
                inputs = inputs.into_iter().map(Input::rereadable).collect::<Result<_, _>>()?;
            }
            let wanted =
                Wanted { checkpoint: checkpoint.clone(), sample: arguments.sample, ..Wanted::default() };
            fit(&inputs, &options, &arguments.fit, &interrupt, wanted)?
        }
    };
    // The rows of a sample have numbers of their own.
    if arguments.sample.is_none() {
        fitting.show(&inputs, &options, false, false)?;
    }
    model.write_whole(&fitting.fitted.to_bytes())?;
    if let Some(checkpoint) = checkpoint {
        checkpoint.remove();
    }
    fitting.conclude(&arguments.fit, stdout_taken)
}
