//! `gradstop-lab bench`: an experiment, its report, its parts again.

use std::path::{Path, PathBuf};

use chrono::Utc;

use crate::arguments::{Bench, BenchCommand, BenchRun};
use crate::experiment::measure::{Tables, measure};
use crate::experiment::results::{Record, Results, Run, Task};
use crate::experiment::run;
use crate::experiment::suite::Suite;
use crate::failure::Failure;
use crate::output::{message, print, use_one_thread, write};
use crate::report::report;

pub(crate) fn run(arguments: &Bench) -> Result<(), Failure> {
    match &arguments.what {
        None => work(&arguments.run),
        Some(BenchCommand::Report { results, format, output }) => {
            let text = report(&open(results, Results::open)?, *format);
            write(output, &text)
        }
        Some(BenchCommand::Repeat { results, cell, folder }) => repeat(results, *cell, folder.as_deref()),
    }
}

fn work(arguments: &BenchRun) -> Result<(), Failure> {
    let suite = Suite::find(&arguments.suite)?;
    if suite.needs_folder() && arguments.folder.is_none() {
        return Err(Failure::NoFolder { suite: arguments.suite.clone() });
    }
    let folder = arguments.folder.as_deref().map(absolute).transpose()?;
    let tasks = suite.cells(folder.as_deref())?.into_iter().enumerate();
    let of_shard = |&(position, _): &(usize, _)| {
        arguments.shard.is_none_or(|shard| position % shard.parts == shard.part)
    };
    let tasks: Vec<Task> =
        tasks.filter(of_shard).map(|(position, cell)| Task { position, key: cell.key(), cell }).collect();
    let mut results = open(&arguments.results, Results::create)?;
    if arguments.retry_failed {
        results.forget_failures();
    }
    let (done_before, failed_before) = results.count(&tasks);
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let this = Run {
        command: std::iter::once("gradstop-lab".to_string()).chain(words).collect::<Vec<_>>().join(" "),
        folder,
        suite: suite.name,
        version: env!("CARGO_PKG_VERSION").into(),
        revision: gradstop_cli::REVISION.into(),
        machine: machine(),
        started: Utc::now(),
    };
    let jobs = if arguments.jobs == 0 { processors() } else { arguments.jobs };
    run::run(&mut results, &tasks, &this, jobs)?;
    let (done, failed) = results.count(&tasks);
    message(&match done + failed - done_before - failed_before {
        0 => format!("nothing to do: all {} cells are finished", tasks.len()),
        finished => format!(
            "{finished} cells finished in {:.1} s, {done} of {} done; see `gradstop-lab bench report {}`",
            (Utc::now() - this.started).as_seconds_f64(),
            tasks.len(),
            arguments.results.display()
        ),
    });
    match failed {
        0 => Ok(()),
        failed => Err(Failure::CellsFailed { failed, cells: tasks.len() }),
    }
}

/// Opens results and says where they contradict each other.
fn open(path: &Path, open: impl FnOnce(&Path) -> Result<Results, Failure>) -> Result<Results, Failure> {
    let results = open(path)?;
    if results.differing() > 0 {
        message(&format!(
            "warning: {}: {} lines have other scores than the first of their cell, which counts (different machines or \
             versions?)",
            path.display(),
            results.differing()
        ));
    }
    Ok(results)
}

fn absolute(folder: &Path) -> Result<PathBuf, Failure> {
    folder.canonicalize().map_err(|problem| Failure::Folder { path: folder.into(), problem })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The machine in words.
fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model.trim());
    format!("{}, {model}, {} processors", std::env::consts::OS, processors())
}

fn repeat(path: &Path, line: usize, folder: Option<&Path>) -> Result<(), Failure> {
    let results = open(path, Results::open)?;
    let found = results.records().into_iter().find(|record| record.line == line);
    let Some(Record { cell, run, outcome: Ok(before), .. }) = found else {
        return Err(Failure::NoCell { path: path.into(), cell: line });
    };
    use_one_thread();
    let again = measure(cell, folder.or(run.folder.as_deref()), &mut Tables::default())
        .map_err(|problem| Failure::Results { path: path.into(), problem })?;
    let mut text = format!("{}\n", cell.title());
    let mut differing = Vec::new();
    if again.table_checksum != before.table_checksum {
        differing.push("the table".to_string());
    }
    for (before, again) in before.results.iter().zip(&again.results) {
        let same = before.scores_checksum == again.scores_checksum;
        let verdict = if same { "the same scores, to the last bit" } else { "other scores" };
        text += &format!("{:12} AUC {:.6} then, {:.6} now: {verdict}\n", before.stop, before.auc, again.auc);
        if !same {
            differing.push(before.stop.clone());
        }
    }
    print(text.as_bytes())?;
    match differing.is_empty() {
        true => Ok(()),
        false => Err(Failure::Differs { what: differing.join(", ") }),
    }
}
