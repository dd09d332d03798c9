//! `gradstop detect`: fit to a table and rank its own rows.

use gradstop_tables::{Input, TableReader};

use crate::arguments::Detect;
use crate::commands::{fit, read_options};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Output, ScoreWriter, all_differ, append_scores, check_append};

pub(crate) fn run(arguments: &Detect) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = read_options(&arguments.table, &interrupt);
    all_differ(&[
        ("input", arguments.table.path()),
        ("--config", arguments.fit.config.as_deref()),
        ("--output", arguments.output.as_deref()),
        ("--model", arguments.model.as_deref()),
        ("--history", arguments.fit.history.as_deref()),
    ])?;
    let mut input = Input::parse(&arguments.table.input);
    if arguments.append {
        input = input.rereadable()?;
        check_append(input.name(), TableReader::open(&input, &options)?.all_columns())?;
    }
    let output = arguments.output.as_deref().map(Output::open).transpose()?;
    let model = arguments.model.as_deref().map(Output::open).transpose()?;
    let stdout_taken = [&output, &model].into_iter().flatten().any(Output::is_stdout);

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
