//! Work that Python waits for: without the interpreter's lock, with progress, and ended by Ctrl-C.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use gradstop::{EpochRecord, Spectator};
use pyo3::prelude::*;

use crate::threads::pool;

/// How often Python is asked whether Ctrl-C was pressed.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// An epoch on its way to Python: its record as JSON, and how many epochs there are at most.
type Shown = (String, usize);

/// The spectator on the working side.
pub(crate) struct Watcher<'a, S> {
    cancelled: &'a AtomicBool,
    /// Is given every epoch as JSON, if Python wants to hear of it.
    show: Option<S>,
}

impl<'a, S: Fn(String, usize) + Send> Watcher<'a, S> {
    pub(crate) fn new(cancelled: &'a AtomicBool, show: Option<S>) -> Self {
        Self { cancelled, show }
    }
}

impl<S: Fn(String, usize) + Send> Spectator for Watcher<'_, S> {
    fn epoch(&mut self, record: &EpochRecord, epochs: usize) -> ControlFlow<()> {
        if let Some(show) = &self.show {
            show(serde_json::to_string(record).expect("a record is plain data"), epochs);
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
                let epochs = sender.clone();
                // Python is there until the work ends, and takes one epoch after the other.
                let show = move |record: String, of: usize| drop(epochs.send((record, of)));
                let mut watcher = Watcher::new(cancelled, callback.is_some().then_some(show));
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
