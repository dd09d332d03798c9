//! What the laboratory says, where it writes, and on how many threads.

use std::io::Write;
use std::path::Path;

use gradstop::internals::WholeFile;

use crate::failure::Failure;

/// A line on standard error.
pub(crate) fn message(text: &str) {
    // A message that nobody can read is no reason to fail.
    let _ = writeln!(std::io::stderr(), "gradstop-lab: {text}");
}

pub(crate) fn print(text: &[u8]) -> Result<(), Failure> {
    std::io::stdout().write_all(text).map_err(Failure::Stdout)
}

/// Writes a file whole or not at all; `-` is standard output.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if path == Path::new("-") {
        return print(content);
    }
    WholeFile::write(path, content).map_err(|problem| Failure::Write { path: path.into(), problem })
}

/// One thread for every fit of this process, so that cells do not take each other's processors.
pub(crate) fn use_one_thread() {
    // It fails only if the pool is there already, and nothing has used it yet.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
}
