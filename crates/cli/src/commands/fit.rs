//! `gradstop fit`: fit to a table and save the detector.

use crate::arguments::Fit;
use crate::commands::{Wanted, fit, named, read_options};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, all_differ};

pub(crate) fn run(arguments: &Fit) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = read_options(&arguments.table, &interrupt);
    let inputs = arguments.table.inputs()?;
    let mut places = named(&inputs);
    places.extend([
        ("--config", arguments.fit.config.as_deref()),
        ("--model", Some(&arguments.model)),
        ("--history", arguments.fit.history.as_deref()),
    ]);
    all_differ(&places)?;
    let model = Output::open(&arguments.model)?;
    let stdout_taken = model.is_stdout();
    let fitting = fit(
        &inputs,
        &options,
        &arguments.fit,
        &interrupt,
        Wanted { sample: arguments.sample, ..Wanted::default() },
    )?;
    model.write_whole(&fitting.fitted.to_bytes())?;
    fitting.conclude(&arguments.fit, stdout_taken)
}
