//! Hands open cells to workers and writes down what they say.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::experiment::cell::{Cell, Measured};
use crate::experiment::results::{Count, Run, Store};
use crate::experiment::worker::Worker;
use crate::failure::Failure;

/// How often an owner says that it is alive, and how long it waits for cells of others.
const PULSE: Duration = Duration::from_secs(2);

/// A grid that is being worked on.
pub(crate) struct Coordinator<'a> {
    pub(crate) store: Mutex<Store>,
    pub(crate) folder: Option<&'a Path>,
    /// Number of worker processes.
    pub(crate) jobs: usize,
}

impl Coordinator<'_> {
    /// Works until no cell of the grid is open; returns how far the cells are then.
    pub(crate) fn work(&self, run: &Run) -> Result<Count, Failure> {
        let started = Instant::now();
        let owner = owner();
        let (count, run) = {
            let store = self.lock();
            store.alive(&owner)?;
            (store.count()?, store.start_run(run)?)
        };
        let bar = progress(&count);
        let (over, failure) = (AtomicBool::new(false), Mutex::new(None));
        std::thread::scope(|scope| {
            let pulse = scope.spawn(|| self.pulse(&owner, &over));
            let one = || {
                if let Err(problem) = self.work_alone(&owner, run, &bar, &over) {
                    // The first problem ends all; that of another worker is the same one.
                    over.store(true, Ordering::Relaxed);
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(problem);
                }
            };
            let workers: Vec<_> = (0..self.jobs).map(|_| scope.spawn(one)).collect();
            workers.into_iter().for_each(|worker| drop(worker.join()));
            over.store(true, Ordering::Relaxed);
            pulse.thread().unpark();
        });
        bar.finish_and_clear();
        let store = self.lock();
        store.leave(&owner)?;
        if let Some(problem) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(problem);
        }
        store.end_run(run, started.elapsed().as_secs_f64())?;
        store.count()
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that we are alive, until all is over.
    fn pulse(&self, owner: &str, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            // A pulse that is missed now and then does no harm.
            let _ = self.lock().alive(owner);
            std::thread::park_timeout(PULSE);
        }
    }

    /// One worker's cells, one after the other.
    fn work_alone(&self, owner: &str, run: i64, bar: &ProgressBar, over: &AtomicBool) -> Result<(), Failure> {
        let mut worker = None;
        while !over.load(Ordering::Relaxed) {
            let (taken, count) = {
                let store = self.lock();
                (store.take(owner)?, store.count()?)
            };
            bar.set_position((count.done + count.failed) as u64);
            let Some((id, cell)) = taken else {
                // Cells of another process may come free if it dies; ours are with our other workers.
                if !self.lock().taken_by_others(owner)? {
                    return Ok(());
                }
                bar.set_message("waiting for another process");
                std::thread::sleep(PULSE / 4);
                continue;
            };
            bar.set_message(cell.title());
            let outcome = self.measure(&mut worker, &cell)?;
            self.lock().finish(id, run, &outcome)?;
        }
        Ok(())
    }

    /// Has a cell measured, by a new worker if the last one is gone.
    fn measure(&self, worker: &mut Option<Worker>, cell: &Cell) -> Result<Result<Measured, String>, Failure> {
        let mut at_work = match worker.take() {
            Some(worker) => worker,
            None => Worker::start().map_err(|problem| Failure::Worker { problem })?,
        };
        match at_work.measure(cell, self.folder) {
            Ok(outcome) => {
                *worker = Some(at_work);
                Ok(outcome)
            }
            Err(gone) => Ok(Err(gone)),
        }
    }
}

/// A name that no other process has.
fn owner() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("process {} of {}", std::process::id(), since.as_nanos())
}

/// A bar on a terminal; nothing where standard error goes elsewhere.
fn progress(count: &Count) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} cell {pos}/{len}  {eta} left  {msg}");
    let bar = ProgressBar::new((count.open + count.taken + count.done + count.failed) as u64);
    let bar = bar.with_style(style.expect("the template is well-formed"));
    bar.set_position((count.done + count.failed) as u64);
    bar.reset_eta();
    bar
}
