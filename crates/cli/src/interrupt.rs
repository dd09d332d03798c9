//! Ctrl-C sets a flag that everything long looks at, so that nothing is left half-written.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::failure::{Failure, INTERRUPTED};

/// How long the command may take to see the flag. It cannot see it while it waits for standard input or
/// a pipe, so after this the process ends without it.
const GRACE: Duration = Duration::from_millis(1500);

/// Temporary files that this process made. Some may be finished or gone: their names never come again.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        let flag = Arc::new(AtomicBool::new(false));
        let set = flag.clone();
        // Where no handler can be set Ctrl-C ends the process at once, as it would without us.
        let _ = ctrlc::set_handler(move || {
            set.store(true, Ordering::Relaxed);
            std::thread::sleep(GRACE);
            end();
        });
        Self(flag)
    }

    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error if Ctrl-C was pressed.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.is_set() { Err(Failure::Interrupted) } else { Ok(()) }
    }
}

/// A file that grows beyond the limit that the system sets (`ulimit -f`) is an error of writing from now on, as a full
/// disk is, and not the end of the process.
pub(crate) fn outlive_limits() {
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Remembers a temporary file that must not outlive an interruption.
pub(crate) fn remember(temporary: PathBuf) {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).push(temporary);
}

/// Ends the process from outside of whatever it is doing.
fn end() -> ! {
    for path in TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let _ = std::fs::remove_file(path);
    }
    let _ = writeln!(std::io::stderr(), "gradstop: {INTERRUPTED}");
    std::process::exit(130)
}
