//! Work that Python waits for: without the interpreter's lock, with progress, and ended by Ctrl-C.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::Duration;

use gradstop::{EpochRecord, Spectator};
use pyo3::prelude::*;

use crate::threads::pool;

/// How often Python is asked whether Ctrl-C was pressed.
const TICK: Duration = Duration::from_millis(20);

/// An epoch on its way to Python: its record as JSON, and how many epochs there are at most.
type Shown = (String, usize);

/// The spectator on the working side.
struct Watcher<'a> {
    cancelled: &'a AtomicBool,
    shown: Option<SyncSender<Shown>>,
}

impl Spectator for Watcher<'_> {
    fn epoch(&mut self, record: &EpochRecord, epochs: usize) -> ControlFlow<()> {
        if let Some(shown) = &self.shown {
            let record = serde_json::to_string(record).expect("a record is plain data");
            // Python is there until the work ends, and takes one epoch after the other.
            let _ = shown.send((record, epochs));
        }
        if self.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Does the work on `threads` threads while this thread looks after Python: it shows each epoch to `callback`
/// and sees to signals, which only Python's main thread can. An exception of either cancels the work and is
/// the result.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    threads: usize,
    callback: Option<&Py<PyAny>>,
    work: impl FnOnce(&mut dyn Spectator) -> T + Send,
) -> PyResult<T> {
    let pool = pool(threads)?;
    let cancelled = AtomicBool::new(false);
    let (sender, epochs) = mpsc::sync_channel::<Shown>(0);
    let (raised, done) = py.detach(move || {
        let mut raised: Option<PyErr> = None;
        std::thread::scope(|scope| {
            let cancelled = &cancelled;
            let worker = scope.spawn(move || {
                // The sender goes with the worker, so that its end is seen at once, even that of a panic.
                let mut watcher = Watcher { cancelled, shown: callback.is_some().then(|| sender.clone()) };
                let done = pool.install(|| work(&mut watcher));
                drop(sender);
                done
            });
            loop {
                let said = match epochs.recv_timeout(TICK) {
                    Ok(shown) => Python::attach(|py| match callback {
                        Some(callback) if raised.is_none() => callback.call1(py, shown).map(drop),
                        _ => Ok(()),
                    }),
                    Err(RecvTimeoutError::Timeout) => Python::attach(|py| py.check_signals()),
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                if let Err(error) = said {
                    raised.get_or_insert(error);
                    cancelled.store(true, Ordering::Relaxed);
                }
            }
            (raised, worker.join())
        })
    });
    match (raised, done) {
        (Some(error), _) => Err(error),
        (None, Ok(done)) => Ok(done),
        (None, Err(panic)) => std::panic::resume_unwind(panic),
    }
}
