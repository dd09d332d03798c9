//! How far a fit or a reading has come, for a person at a terminal; nothing where standard error goes elsewhere.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gradstop::Callback;
use gradstop::history::{Decided, EpochRecord};
use gradstop_tables::ReadOptions;
use indicatif::{ProgressBar, ProgressStyle};

use crate::interrupt::Interrupt;

pub(crate) struct Progress {
    bar: ProgressBar,
    /// The best epoch so far, if the rule names any.
    best: Option<usize>,
    interrupt: Interrupt,
}

impl Progress {
    /// For so many epochs of all networks together; `None` for a fit without epochs.
    pub(crate) fn new(epochs: Option<usize>, interrupt: &Interrupt) -> Self {
        // indicatif draws on standard error, and only if that is a terminal.
        let style = ProgressStyle::with_template("{bar:24} epoch {pos}/{len}  {msg}");
        let bar = match epochs {
            Some(epochs) => ProgressBar::new(epochs as u64),
            None => ProgressBar::hidden(),
        };
        let bar = bar.with_style(style.expect("the template is well-formed"));
        Self { bar, best: None, interrupt: interrupt.clone() }
    }

    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

impl Callback for Progress {
    fn epoch(&mut self, record: &EpochRecord, epochs: usize) -> ControlFlow<()> {
        // Several networks at once have no one best epoch.
        let single = self.bar.length() == Some(epochs as u64);
        if record.decision == Decided::Best {
            self.best = Some(record.epoch);
        }
        let figure = match (record.signals.smoothed_gap, record.signals.entropy) {
            (Some(gap), _) => format!("  gap {gap:+.3}"),
            (None, Some(entropy)) => format!("  entropy {entropy:.3}"),
            (None, None) => String::new(),
        };
        self.bar.inc(1);
        let best = self.best.filter(|_| single).map_or(String::new(), |best| format!("  best epoch {best}"));
        self.bar.set_message(format!("loss {:.4}{figure}{best}", record.loss));
        if self.interrupt.is_set() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn cancelled(&self) -> bool {
        self.interrupt.is_set()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How long a table is read before anything is shown of it, and how often that is shown anew.
const PATIENCE: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_millis(200);

/// How many rows a table that takes long to read has had so far, for a person at a terminal; gone when it is dropped.
pub(crate) struct Reading {
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Reading {
    /// Shows what readers with these options count.
    pub(crate) fn start(options: &ReadOptions) -> Self {
        let watched = options.rows_read.clone().filter(|_| std::io::stderr().is_terminal());
        let thread = watched.map(|rows_read| {
            let (done, is_done) = channel();
            (done, thread::spawn(move || show(&rows_read, &is_done)))
        });
        Self { thread }
    }
}

fn show(rows_read: &AtomicUsize, is_done: &Receiver<()>) {
    // Whoever drops the other end is done.
    if is_done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let style =
        ProgressStyle::with_template("reading  {human_pos} rows").expect("the template is well-formed");
    let bar = ProgressBar::no_length().with_style(style);
    loop {
        bar.set_position(rows_read.load(Ordering::Relaxed) as u64);
        bar.tick();
        if is_done.recv_timeout(AGAIN) != Err(RecvTimeoutError::Timeout) {
            return bar.finish_and_clear();
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.thread.take() {
            drop(done);
            // It only draws: had it panicked, nobody would miss more than a line.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_shows_the_rows_ends_with_the_reading() {
        let (done, is_done) = channel();
        let rows_read = Arc::new(AtomicUsize::new(5));
        let shown = thread::spawn(move || show(&rows_read, &is_done));
        drop(Reading { thread: Some((done, shown)) });
        // No terminal, no thread.
        assert!(Reading::start(&ReadOptions::default()).thread.is_none());
    }
}
