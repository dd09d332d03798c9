//! A folder of its own for each test, and the command run in it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use gradstop::{Detector, Preset, Table};
use gradstop_cli::measures::auc;
use gradstop_tables::{Input, ReadOptions, TableReader};
use serde_json::Value;
use tempfile::TempDir;

/// What the command is called.
pub(crate) const NAME: &str = "gradstop-lab";

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

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every name in a folder, hidden ones too, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The command with words split at spaces, not yet started.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradstop-lab"));
        command.current_dir(self.folder.path()).args(words.split_whitespace());
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

    /// AUC of a detector that is fitted to a table of this folder by the library itself.
    pub(crate) fn auc_of(&self, table: &str, detector: &str, settings: &Value) -> f64 {
        let options = ReadOptions { label: Some("label".into()), ..ReadOptions::default() };
        let read = TableReader::open(&Input::path(self.path(table)), &options).unwrap().read_all().unwrap();
        let rows = Table::new(read.values, read.columns).unwrap();
        let detector = Detector::named(detector, Preset::Default, settings).unwrap();
        let fitted = detector.fit(rows).unwrap();
        auc(fitted.training_scores(), &read.labels.unwrap()).unwrap()
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

/// 80 rows near a line, of which the last 4 are far off and labelled.
pub(crate) fn table() -> String {
    let near = (0..76).map(|row| {
        let at = f64::from(row) / 10.0;
        [at, 2.0 * at + (at * 7.0).sin() * 0.1, 5.0 - at + (at * 3.0).cos() * 0.1, 0.0]
    });
    let rows = near.chain((0..4).map(|row| [f64::from(row), 40.0, 30.0 - f64::from(row), 1.0]));
    let lines = rows.map(|[x, y, z, label]| format!("{x},{y},{z},{label}\n"));
    std::iter::once("x,y,z,label\n".to_string()).chain(lines).collect()
}
