//! `gradstop detect`: fit to a table and rank its own rows.

use gradstop_tables::Input;

use crate::arguments::Detect;
use crate::commands::{fit, read_options};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, ScoreWriter, append_scores};

pub(crate) fn run(arguments: &Detect) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = read_options(&arguments.table, &interrupt);
    let mut input = Input::parse(&arguments.table.input);
    if arguments.append {
        input = input.rereadable()?;
    }
    let output = arguments.output.as_deref().map(Output::open).transpose()?;
    let model = arguments.model.as_deref().map(Output::open).transpose()?;
    let stdout_taken = output.as_ref().is_some_and(Output::is_stdout);

    let fitting = fit(&input, &options, &arguments.fit, &interrupt)?;
    let (scores, threshold) = (fitting.fitted.training_scores(), fitting.fitted.threshold());
    if let Some(model) = model {
        model.write_whole(&fitting.fitted.to_bytes())?;
    }
    if let Some(output) = output {
        if arguments.append {
            append_scores(output, scores, threshold, &input, &options, &interrupt)?;
        } else {
            let mut writer = ScoreWriter::new(output, threshold, None)?;
            writer.write(scores, None)?;
            writer.finish()?;
        }
    }
    fitting.conclude(&arguments.fit, stdout_taken)
}
