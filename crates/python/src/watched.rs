//! Work that Python waits for: without the interpreter's lock, with progress, and ended by Ctrl-C.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::Duration;

use gradstop::Callback;
use gradstop::history::EpochRecord;
use pyo3::prelude::*;

use crate::threads::pool;

/// How often Python is asked whether Ctrl-C was pressed.
const TICK: Duration = Duration::from_millis(20);

/// An epoch on its way to Python: its record as JSON, and how many epochs there are at most.
type Shown = (String, usize);

/// The callback on the working side.
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

impl<S: Fn(String, usize) + Send> Callback for Watcher<'_, S> {
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
    work: impl FnOnce(&mut dyn Callback) -> T + Send,
) -> PyResult<T> {
    let work = |epochs: SyncSender<Shown>, cancelled: &AtomicBool| {
        // Python is there until the work ends, and takes one epoch after the other.
        let show = move |record: String, of: usize| drop(epochs.send((record, of)));
        work(&mut Watcher::new(cancelled, callback.is_some().then_some(show)))
    };
    attended(py, threads, work, |py, shown, raised| match callback {
        Some(callback) if !raised => callback.call1(py, shown).map(drop),
        _ => Ok(()),
    })
}

/// The same for work that says anything: this thread hears it, and is told whether there was an exception before. Any
/// exception, of hearing or of a signal, sets the flag that the work is given.
pub(crate) fn attended<M: Send, T: Send>(
    py: Python<'_>,
    threads: usize,
    work: impl FnOnce(SyncSender<M>, &AtomicBool) -> T + Send,
    mut hear: impl FnMut(Python<'_>, M, bool) -> PyResult<()> + Send,
) -> PyResult<T> {
    let pool = pool(threads)?;
    let cancelled = AtomicBool::new(false);
    let (sender, said) = mpsc::sync_channel::<M>(0);
    let (raised, done) = py.detach(move || {
        let mut raised: Option<PyErr> = None;
        std::thread::scope(|scope| {
            let cancelled = &cancelled;
            let worker = scope.spawn(move || {
                // The sender goes with the worker, so that its end is seen at once, even that of a panic.
                let own = sender.clone();
                let done = pool.install(|| work(own, cancelled));
                drop(sender);
                done
            });
            loop {
                let heard = match said.recv_timeout(TICK) {
                    Ok(message) => Python::attach(|py| hear(py, message, raised.is_some())),
                    Err(RecvTimeoutError::Timeout) => Python::attach(|py| py.check_signals()),
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                if let Err(error) = heard {
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
