//! Pools of threads, kept from one call to the next.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The last pool, its size as it was asked for, and the process whose threads it has.
static LAST: Mutex<Option<(Arc<ThreadPool>, usize, u32)>> = Mutex::new(None);

/// A pool of `threads` threads, or of as many as the machine has for 0.
///
/// A process that was forked has none of its parent's threads, so it gets a pool of its own.
pub(crate) fn pool(threads: usize) -> PyResult<Arc<ThreadPool>> {
    let process = std::process::id();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((pool, size, owner)) = &*last
        && (*size, *owner) == (threads, process)
    {
        return Ok(pool.clone());
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("gradstop-{index}"))
        .build()
        .map_err(|problem| PyRuntimeError::new_err(format!("no threads can be started: {problem}")))?;
    let pool = Arc::new(pool);
    if let Some((old, _, owner)) = last.replace((pool.clone(), threads, process))
        && owner != process
    {
        // Its threads are the parent's; there is nobody here whom its end could be told.
        std::mem::forget(old);
    }
    Ok(pool)
}
