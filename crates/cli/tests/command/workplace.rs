//! A folder of its own for each test, and the command run in it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What the command is called.
pub(crate) const NAME: &str = "gradstop";

pub(crate) struct Workplace {
    folder: TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Workplace {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// With `table.csv`: 80 rows near a line, of which the last 4 are far off and labelled.
    pub(crate) fn with_table() -> Self {
        let place = Self::new();
        place.write("table.csv", table());
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.path(name)).unwrap()).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Every name in the folder, hidden ones too, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The command with words split at spaces, not yet started.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradstop"));
        command.current_dir(self.folder.path()).args(words.split_whitespace());
        // Whoever looks for a fault in a test should not cause others.
        command.env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, words: &str) -> Ended {
        Ended::from(self.command(words).output().unwrap())
    }

    /// Runs what has to succeed, and gives its standard output.
    pub(crate) fn done(&self, words: &str) -> String {
        let ended = self.run(words);
        assert_eq!(ended.code, 0, "{words}: {}", ended.err);
        ended.out
    }

    pub(crate) fn run_with_input(&self, words: &str, input: &[u8]) -> Ended {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Ended::from(child.wait_with_output().unwrap())
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("the command ends by itself, not by a signal"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) fn rows() -> Vec<[f64; 3]> {
    let near = (0..76).map(|row| {
        let at = f64::from(row) / 10.0;
        [at, 2.0 * at + (at * 7.0).sin() * 0.1, 5.0 - at + (at * 3.0).cos() * 0.1]
    });
    near.chain((0..4).map(|row| [f64::from(row), 40.0, 30.0 - f64::from(row)])).collect()
}

pub(crate) fn labels() -> Vec<bool> {
    (0..80).map(|row| row >= 76).collect()
}

pub(crate) fn table() -> String {
    let rows = rows().into_iter().zip(labels());
    let lines = rows.map(|([x, y, z], label)| format!("{x},{y},{z},{}\n", u8::from(label)));
    std::iter::once("x,y,z,label\n".to_string()).chain(lines).collect()
}
