//! `gradstop-lab bench`: an experiment, its report, its parts again.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use crate::arguments::{Bench, BenchCommand, BenchRun};
use crate::experiment::measure::{Tables, measure};
use crate::experiment::results::{FinishedCell, Run, Store};
use crate::experiment::run::Coordinator;
use crate::experiment::suite::Suite;
use crate::failure::Failure;
use crate::report::report;
use crate::{message, print, use_one_thread, write};

pub(crate) fn run(arguments: &Bench) -> Result<(), Failure> {
    match &arguments.what {
        None => work(&arguments.run),
        Some(BenchCommand::Report { results, format, output }) => {
            let text = report(&Store::open(results)?, *format)?;
            write(output, &text)
        }
        Some(BenchCommand::Merge { results, others }) => merge(results, others),
        Some(BenchCommand::Repeat { results, cell, folder }) => repeat(results, *cell, folder.as_deref()),
    }
}

fn work(arguments: &BenchRun) -> Result<(), Failure> {
    let suite = Suite::find(&arguments.suite)?;
    if suite.needs_folder() && arguments.folder.is_none() {
        return Err(Failure::NoFolder { suite: arguments.suite.clone() });
    }
    let folder = arguments.folder.as_deref().map(absolute).transpose()?;
    let mut cells = suite.cells(folder.as_deref())?;
    if let Some(shard) = arguments.shard {
        let mut position = 0;
        cells.retain(|_| {
            position += 1;
            (position - 1) % shard.parts == shard.part
        });
    }
    let mut store = Store::create(&arguments.results)?;
    store.set_grid(&cells)?;
    if arguments.retry_failed {
        store.retry_failed()?;
    }
    let before = store.count()?;
    let started = Instant::now();
    let after = match before.open + before.taken {
        0 => before,
        _ => {
            let run = Run {
                command: std::iter::once("gradstop-lab".to_string())
                    .chain(std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()))
                    .collect::<Vec<_>>()
                    .join(" "),
                folder: folder.as_ref().map(|folder| folder.to_string_lossy().into_owned()),
                suite: suite.name,
                version: env!("CARGO_PKG_VERSION").into(),
                revision: gradstop_cli::REVISION.into(),
                machine: machine(),
            };
            let jobs = match arguments.jobs {
                0 => processors(),
                jobs => jobs,
            };
            let folder = folder.as_deref();
            Coordinator { store: Mutex::new(store), folder, jobs }.work(&run)?
        }
    };
    let finished = (after.done + after.failed) - (before.done + before.failed);
    message(&match finished {
        0 => format!("nothing to do: all {} cells are finished", cells.len()),
        _ => format!(
            "{finished} cells finished in {:.1} s, {} of {} done; see `gradstop-lab bench report {}`",
            started.elapsed().as_secs_f64(),
            after.done,
            cells.len(),
            arguments.results.display()
        ),
    });
    match after.failed {
        0 => Ok(()),
        failed => Err(Failure::CellsFailed { failed, cells: cells.len() }),
    }
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

fn merge(results: &Path, others: &[PathBuf]) -> Result<(), Failure> {
    // Looked at first, so that a slip in the last name leaves everything as it is.
    others.iter().try_for_each(|other| Store::open(other).map(drop))?;
    let mut store = Store::create(results)?;
    let mut differing = Vec::new();
    for other in others {
        let (new, differ) = store.merge(other)?;
        message(&format!("{}: {new} cells taken over", other.display()));
        differing.extend(differ);
    }
    differing.sort_unstable();
    differing.dedup();
    match differing.len() {
        0 => Ok(()),
        count => {
            let shown: Vec<String> = differing.iter().take(5).map(ToString::to_string).collect();
            message(&format!(
                "warning: {count} cells have other scores in another file (different machines or versions?); kept \
                 as they were: {}",
                shown.join(", ")
            ));
            Ok(())
        }
    }
}

fn repeat(results: &Path, id: i64, folder: Option<&Path>) -> Result<(), Failure> {
    let found = Store::open(results)?.finished(id)?;
    let no_cell = || Failure::NoCell { path: results.into(), cell: id };
    let FinishedCell { cell, folder: place, table_checksum, results: before } = found.ok_or_else(no_cell)?;
    use_one_thread();
    let folder = folder.map(Path::to_path_buf).or(place.map(PathBuf::from));
    let again = measure(&cell, folder.as_deref(), &mut Tables::default())
        .map_err(|problem| Failure::ResultsContent { path: results.into(), problem })?;
    let mut text = format!("{}\n", cell.title());
    let mut differing = Vec::new();
    if again.table_checksum != table_checksum {
        differing.push("the table".to_string());
    }
    for (before, again) in before.iter().zip(&again.results) {
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
