//! `gradstop detect`: fit to a table and rank its own rows.

use gradstop_tables::{Features, Input, ReadOptions, TableReader};

use crate::arguments::Detect;
use crate::commands::{Wanted, fit, named, read_options};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{AllScores, Explained, Output, all_differ, check_append};
use crate::reasons::{most, of_fitted};
use crate::summary::most_abnormal;

pub(crate) fn run(arguments: &Detect) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let options = read_options(&arguments.table, &interrupt);
    let mut inputs = arguments.table.inputs()?;
    let mut places = named(&inputs);
    places.extend([
        ("--config", arguments.fit.config.as_deref()),
        ("--output", arguments.output.as_deref()),
        ("--model", arguments.model.as_deref()),
        ("--history", arguments.fit.history.as_deref()),
        ("--report", arguments.report.as_deref()),
    ]);
    all_differ(&places)?;
    if arguments.append {
        inputs = inputs.into_iter().map(Input::rereadable).collect::<Result<_, _>>()?;
        let any = ReadOptions { keep_cells: true, features: Features::Nothing, ..options.clone() };
        let reader = TableReader::open_all(&inputs, &any)?;
        check_append(reader.file(), reader.all_columns(), arguments.explain)?;
    }
    let output = arguments.output.as_deref().map(Output::open).transpose()?;
    let model = arguments.model.as_deref().map(Output::open).transpose()?;
    let report = arguments.report.as_deref().map(Output::open).transpose()?;
    // Rows are shown as they are written, for which the table is read once more. Outputs are open by now: what is wrong with them
    // shows before anyone waits for a pipe.
    inputs = inputs.into_iter().map(Input::rereadable).collect::<Result<_, _>>()?;
    let stdout_taken = [&output, &model, &report].into_iter().flatten().any(Output::is_stdout);

    let wanted = Wanted {
        values: report.is_some() || arguments.explain > 0,
        every_epoch: report.is_some(),
        ..Wanted::default()
    };
    let mut fitting = fit(&inputs, &options, &arguments.fit, &interrupt, wanted)?;
    fitting.show(&inputs, &options, arguments.explain > 0, report.is_some())?;
    let fitted = &fitting.fitted;
    let (scores, threshold) = (fitted.training_scores(), fitted.threshold());
    if let Some(model) = model {
        model.write_whole(&fitted.to_bytes())?;
    }
    let (count, names) = (most(fitted, arguments.explain), fitted.table_columns());
    let explain = |rows: &[usize]| of_fitted(fitted, &fitting.values, rows, count);
    if let Some(output) = output {
        let all = if count > 0 { explain(&(0..scores.len()).collect::<Vec<_>>())? } else { Vec::new() };
        let explained = (count > 0).then_some(Explained { names: &names, count, rows: &all });
        let all = AllScores { scores, threshold, explained };
        let id = fitting.shown.as_ref().and_then(|shown| shown.id.as_ref());
        match (arguments.append, id) {
            (true, _) => all.write_beside(output, None, &inputs, &options)?,
            (false, Some(id)) => all.write_beside(output, Some(&id.column), &inputs, &options)?,
            (false, None) => all.write(output)?,
        }
    }
    if let Some(report) = report {
        report.write_whole(fitting.page()?.as_bytes())?;
    }
    if count > 0 {
        let rows: Vec<usize> = most_abnormal(scores).into_iter().map(|(row, _)| row).collect();
        fitting.reasons = Some(explain(&rows)?);
    }
    fitting.conclude(&arguments.fit, stdout_taken)
}
