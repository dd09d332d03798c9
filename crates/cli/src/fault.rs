//! What becomes of a panic: one plain line and an exit code, in place of the compiler's words.

use std::any::Any;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// The exit code of a fault of the program itself, as sysexits.h has it.
pub(crate) const EXIT_CODE: u8 = 70;

/// Where the last panic of any thread was: it is told to the hook alone, and the message to whoever catches it.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Does the work of the command. If it panics, here or in a thread that it waits for, files that were begun are removed
/// as with any other failure, standard error gets a line that says what to report, and the exit code is [`EXIT_CODE`].
///
/// Panics that are caught on the way, as those of decoders of damaged files, are not heard of. `RUST_BACKTRACE` brings
/// the compiler's words back.
pub(crate) fn guarded(work: impl FnOnce() -> u8) -> u8 {
    let loud = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    let before = Arc::new(std::panic::take_hook());
    let louder = before.clone();
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = panic.location().map(ToString::to_string);
        if loud {
            louder(panic);
        }
    }));
    let done = catch_unwind(AssertUnwindSafe(work));
    // The command may be a part of another program.
    std::panic::set_hook(Box::new(move |panic| before(panic)));
    done.unwrap_or_else(|panic| {
        let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Where standard error is gone too, the exit code has to do.
        let _ = writeln!(
            std::io::stderr(),
            "gradstop: internal error: got {:?} at {}, wanted none, in version {} ({}) on {} (hint: this is a fault of \
             gradstop, not of its input; please report this line with the command; RUST_BACKTRACE=1 says more)",
            message(&*panic),
            place.as_deref().unwrap_or("an unknown place"),
            env!("CARGO_PKG_VERSION"),
            crate::REVISION,
            std::env::consts::OS,
        );
        EXIT_CODE
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or(panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use super::*;

    /// Runs one of the ignored tests below in a process of its own: a hook is the whole process's.
    fn alone(test: &str, backtrace: &str) -> (Option<i32>, String) {
        let name = format!("fault::tests::{test}");
        let Output { status, stderr, .. } = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &name, "--ignored", "--nocapture"])
            .env("RUST_BACKTRACE", backtrace)
            .output()
            .unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    }

    fn ends_with(work: impl FnOnce() -> u8) {
        std::process::exit(guarded(work).into());
    }

    #[test]
    #[ignore = "ends its process; run by the tests below"]
    fn panics_here() {
        ends_with(|| panic!("the {} of it", "end"));
    }

    #[test]
    #[ignore = "ends its process; run by the tests below"]
    fn panics_in_a_pool() {
        use rayon::prelude::*;
        ends_with(|| [1, 2, 3].into_par_iter().map(|number: u8| 10 / (number - 2)).sum());
    }

    #[test]
    #[ignore = "ends its process; run by the tests below"]
    fn panics_and_catches_it() {
        ends_with(|| catch_unwind(|| panic!("of a decoder")).map_or(5, |()| 6));
    }

    #[test]
    fn a_panic_is_one_plain_line_with_place_version_and_hint() {
        for (test, message) in [("panics_here", "the end of it"), ("panics_in_a_pool", "attempt to ")] {
            let (code, said) = alone(test, "0");
            assert_eq!((code, said.lines().count()), (Some(EXIT_CODE.into()), 1), "{said}");
            assert!(said.starts_with(&format!("gradstop: internal error: got \"{message}")), "{said}");
            for part in ["src/fault.rs:", env!("CARGO_PKG_VERSION"), "wanted ", "(hint: "] {
                assert!(said.contains(part), "{part} in {said}");
            }
            assert!(!said.contains("panicked"), "{said}");
        }
    }

    #[test]
    fn a_backtrace_is_there_for_those_who_ask_for_it() {
        let (code, said) = alone("panics_here", "1");
        assert_eq!(code, Some(EXIT_CODE.into()));
        assert!(said.contains("panicked at") && said.contains("gradstop: internal error: "), "{said}");
    }

    #[test]
    fn a_panic_that_is_caught_on_the_way_says_nothing() {
        assert_eq!(alone("panics_and_catches_it", "0"), (Some(5), String::new()));
    }
}
