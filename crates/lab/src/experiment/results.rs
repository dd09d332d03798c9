//! The file of results: a line of JSON for each cell that is finished, and nothing else. Lines are only ever appended.
//!
//! Equal cells have equal keys and equal results, so concatenating files merges them. The first line with a result counts; a
//! failure counts only if the cell has no result.
//!
//! A line counts once its line break is there. The next writer overwrites a line that a killed process left unfinished.
//! A process that measures a cell holds a lock on an empty file beside the results. The system frees the lock when the
//! process ends, for whatever reason. The results themselves are locked only to read what is new or to append a line.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::datasets::fetch::checksum;
use crate::experiment::cell::{Cell, Measured};
use crate::failure::Failure;

/// The start of every line. Inside a line it cannot occur, because quotes in strings are escaped.
const START: &str = r#"{"cell":"#;

/// What came of a cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) cell: Cell,
    /// Its place among the cells of its suite.
    pub(crate) position: usize,
    pub(crate) run: Run,
    pub(crate) finished: DateTime<Utc>,
    /// The result, or why there is none.
    pub(crate) outcome: Result<Measured, String>,
    /// Its number in the file, from 1.
    #[serde(skip)]
    pub(crate) line: usize,
}

/// How a run was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) command: String,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) suite: String,
    pub(crate) version: String,
    pub(crate) revision: String,
    pub(crate) machine: String,
    pub(crate) started: DateTime<Utc>,
}

/// A cell of the suite that this process runs.
pub(crate) struct Task {
    pub(crate) position: usize,
    pub(crate) cell: Cell,
    pub(crate) key: String,
}

/// The next step of a worker thread.
pub(crate) enum Next {
    Cell(Claim),
    /// Other processes are measuring all cells that are left; one of them may die.
    Wait,
    Nothing,
}

/// The exclusive right to measure a cell.
pub(crate) struct Claim {
    /// Its place among the tasks.
    pub(crate) task: usize,
    path: PathBuf,
    /// Locked.
    _file: File,
}

pub(crate) struct Results {
    path: PathBuf,
    file: File,
    /// Bytes and lines read so far.
    read: u64,
    lines: usize,
    /// By the cell's key.
    records: HashMap<String, Record>,
    /// Lines with other scores than the first of their cell.
    differing: usize,
    /// The tasks that this process is measuring.
    claimed: Vec<usize>,
}

impl Results {
    /// Opens a file of results to add to it, and makes it if it is not there.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|problem| Failure::Write { path: path.into(), problem })?;
        Self::read(path, file)
    }

    /// Opens a file of results that is there, to read it.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|_| Failure::NoResults { path: path.into() })?;
        Self::read(path, file)
    }

    fn read(path: &Path, file: File) -> Result<Self, Failure> {
        let (path, records) = (path.into(), HashMap::new());
        let mut results = Self { path, file, read: 0, lines: 0, records, differing: 0, claimed: Vec::new() };
        match results.file.metadata() {
            Ok(found) if found.is_file() => results.refresh()?,
            _ => return Err(results.not_ours("no file")),
        }
        Ok(results)
    }

    /// Reads the lines that were appended since.
    fn refresh(&mut self) -> Result<(), Failure> {
        let mut text = Vec::new();
        let read = self.file.seek(SeekFrom::Start(self.read)).and_then(|_| self.file.read_to_end(&mut text));
        read.map_err(|problem| self.not_ours(problem))?;
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            // In a concatenation the torn end of one file may precede the first line of the next.
            let start = text.rfind(START);
            if !line.ends_with(b"\n") {
                return match start.is_some() || START.starts_with(&*text) {
                    true => Ok(()),
                    false => Err(self.not_ours("something else")),
                };
            }
            let at = self.lines + 1;
            let start = start.ok_or_else(|| self.not_ours(format!("something else in line {at}")))?;
            let record: Record = serde_json::from_str(&text[start..]).map_err(|problem| {
                self.not_ours(format!("a result that cannot be read in line {at} ({problem})"))
            })?;
            self.read += line.len() as u64;
            self.lines = at;
            self.take_in(Record { line: at, ..record });
        }
        Ok(())
    }

    fn take_in(&mut self, record: Record) {
        let scores = |measured: &Measured| -> Vec<String> {
            measured.results.iter().map(|result| result.scores_checksum.clone()).collect()
        };
        let key = record.cell.key();
        match (self.records.get(&key).map(|first| &first.outcome), &record.outcome) {
            (Some(Ok(first)), Ok(again)) => self.differing += usize::from(scores(first) != scores(again)),
            (Some(Ok(_)), Err(_)) => {}
            _ => drop(self.records.insert(key, record)),
        }
    }

    fn not_ours(&self, problem: impl ToString) -> Failure {
        Failure::Results { path: self.path.clone(), problem: problem.to_string() }
    }

    fn not_written(&self, problem: io::Error) -> Failure {
        Failure::Write { path: self.path.clone(), problem }
    }

    /// How many lines have other scores than the first of their cell.
    pub(crate) fn differing(&self) -> usize {
        self.differing
    }

    /// Of these cells, how many have a result and how many have failed.
    pub(crate) fn count(&self, tasks: &[Task]) -> (usize, usize) {
        let found = tasks.iter().filter_map(|task| self.records.get(&task.key));
        let (done, failed): (Vec<&Record>, Vec<&Record>) = found.partition(|record| record.outcome.is_ok());
        (done.len(), failed.len())
    }

    /// Opens the cells that failed again.
    pub(crate) fn forget_failures(&mut self) {
        self.records.retain(|_, record| record.outcome.is_ok());
    }

    /// The finished cells, suites in the order of the file and cells in the order of their suite.
    pub(crate) fn records(&self) -> Vec<&Record> {
        let mut records: Vec<&Record> = self.records.values().collect();
        records.sort_by_key(|record| record.line);
        let mut suites: Vec<&str> = Vec::new();
        for record in &records {
            if !suites.contains(&record.run.suite.as_str()) {
                suites.push(&record.run.suite);
            }
        }
        records.sort_by_key(|record| {
            (suites.iter().position(|&suite| suite == record.run.suite), record.position)
        });
        records
    }

    /// Works under the lock of the file, after reading what other processes appended.
    fn alone<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        self.file.lock().map_err(|problem| self.not_written(problem))?;
        let done = self.refresh().and_then(|()| work(self));
        let _ = self.file.unlock();
        done
    }

    /// Claims the first of these cells that is neither finished nor claimed.
    pub(crate) fn claim(&mut self, tasks: &[Task]) -> Result<Next, Failure> {
        self.alone(|results| {
            let mut next = Next::Nothing;
            for (task, Task { key, .. }) in tasks.iter().enumerate() {
                if results.records.contains_key(key) || results.claimed.contains(&task) {
                    continue;
                }
                let path = results.claim_of(key);
                let file = File::options().write(true).create(true).truncate(false).open(&path);
                let file = file.map_err(|problem| results.not_written(problem))?;
                match file.try_lock() {
                    Ok(()) => {
                        results.claimed.push(task);
                        return Ok(Next::Cell(Claim { task, path, _file: file }));
                    }
                    Err(TryLockError::WouldBlock) => next = Next::Wait,
                    Err(TryLockError::Error(problem)) => return Err(results.not_written(problem)),
                }
            }
            Ok(next)
        })
    }

    fn claim_of(&self, key: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(format!(".{}.claim", &checksum(key.as_bytes())[..16]));
        path.into()
    }

    /// Appends a line, or nothing on an error, and releases the claim.
    pub(crate) fn finish(&mut self, claim: Claim, record: &Record) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(record).expect("a record is plain data");
        line.push(b'\n');
        self.alone(|results| {
            // First, so that a kill before the line is written leaves no file behind.
            let _ = std::fs::remove_file(&claim.path);
            results.claimed.retain(|&task| task != claim.task);
            let append = |results: &mut Self| {
                results.file.set_len(results.read)?;
                results.file.seek(SeekFrom::Start(results.read))?;
                results.file.write_all(&line)?;
                results.file.sync_data()
            };
            if let Err(problem) = append(results) {
                let _ = results.file.set_len(results.read);
                return Err(results.not_written(problem));
            }
            results.refresh()
        })
    }
}
