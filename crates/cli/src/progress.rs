//! A progress bar for a person at a terminal; nothing where standard error goes elsewhere.

use std::ops::ControlFlow;

use gradstop::Callback;
use gradstop::history::{Decided, EpochRecord};
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
