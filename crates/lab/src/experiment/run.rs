//! Measures the cells that are open, each in a process that works on one thread.
//!
//! A cell that brings its process down (out of memory, a crash) takes nothing else with it, and the peak of the memory
//! is that of the cell. Such a process reads a task a line and answers each with a line.

use std::io::{BufRead, BufReader, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::experiment::cell::{Cell, Measured};
use crate::experiment::measure::{Tables, measure};
use crate::experiment::results::{Next, Record, Results, Run, Task};
use crate::failure::Failure;
use crate::output::use_one_thread;

/// How long to wait before looking again whether another process has died.
const PAUSE: Duration = Duration::from_millis(500);

/// Works until none of the cells is open, `jobs` at once.
pub(crate) fn run(results: &mut Results, tasks: &[Task], run: &Run, jobs: usize) -> Result<(), Failure> {
    let (done, failed) = results.count(tasks);
    let bar = progress(done + failed, tasks.len());
    let work = Work { results: Mutex::new(results), tasks, run, bar, over: AtomicBool::new(false) };
    let ends = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(|| work.cells())).collect();
        let join = |thread: ScopedJoinHandle<_>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        threads.into_iter().map(join).collect::<Vec<_>>()
    });
    work.bar.finish_and_clear();
    ends.into_iter().collect()
}

struct Work<'a> {
    results: Mutex<&'a mut Results>,
    tasks: &'a [Task],
    run: &'a Run,
    bar: ProgressBar,
    /// One thread has failed.
    over: AtomicBool,
}

impl<'a> Work<'a> {
    fn results(&self) -> MutexGuard<'_, &'a mut Results> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread's cells, one after the other.
    fn cells(&self) -> Result<(), Failure> {
        let done = self.until_none_is_left();
        if done.is_err() {
            self.over.store(true, Ordering::Relaxed);
        }
        done
    }

    fn until_none_is_left(&self) -> Result<(), Failure> {
        let mut worker = None;
        while !self.over.load(Ordering::Relaxed) {
            let (next, (done, failed)) = {
                let mut results = self.results();
                (results.claim(self.tasks)?, results.count(self.tasks))
            };
            self.bar.set_position((done + failed) as u64);
            let claim = match next {
                Next::Cell(claim) => claim,
                Next::Wait => {
                    self.bar.set_message("waiting for another process");
                    std::thread::sleep(PAUSE);
                    continue;
                }
                Next::Nothing => break,
            };
            let Task { position, cell, .. } = &self.tasks[claim.task];
            self.bar.set_message(cell.title());
            let mut at_work = match worker.take() {
                Some(worker) => worker,
                None => Worker::start().map_err(|problem| Failure::Worker { problem })?,
            };
            let outcome = match at_work.measure(cell, self.run.folder.as_deref()) {
                Some(outcome) => {
                    worker = Some(at_work);
                    outcome
                }
                None => Err(at_work.end()),
            };
            let (position, cell, run) = (*position, cell.clone(), self.run.clone());
            let record = Record { cell, position, run, finished: chrono::Utc::now(), outcome, line: 0 };
            self.results().finish(claim, &record)?;
        }
        Ok(())
    }
}

/// A bar on a terminal; nothing where standard error goes elsewhere.
fn progress(finished: usize, cells: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} cell {pos}/{len}  {eta} left  {msg}");
    let bar = ProgressBar::new(cells as u64).with_style(style.expect("the template is well-formed"));
    bar.set_position(finished as u64);
    bar.reset_eta();
    bar
}

#[derive(Serialize, Deserialize)]
struct Question {
    folder: Option<PathBuf>,
    cell: Cell,
}

/// A process that measures cells, as the one that started it sees it.
struct Worker {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start() -> std::io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let questions = child.stdin.take().expect("it was asked for");
        let answers = BufReader::new(child.stdout.take().expect("it was asked for"));
        Ok(Self { child, questions, answers })
    }

    /// Has a cell measured; `None` from a process that is gone.
    fn measure(&mut self, cell: &Cell, folder: Option<&Path>) -> Option<Result<Measured, String>> {
        let question = Question { folder: folder.map(Path::to_path_buf), cell: cell.clone() };
        let mut line = serde_json::to_vec(&question).expect("a question is plain data");
        line.push(b'\n');
        self.questions.write_all(&line).ok()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).ok()?;
        serde_json::from_str(&answer).ok()
    }

    /// How a process that is gone has ended.
    fn end(mut self) -> String {
        // Should it be there and have answered nonsense.
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => format!("the worker ended with {status} (out of memory?)"),
            Err(problem) => format!("the worker is gone: {problem}"),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a worker does until nobody asks any more.
pub(crate) fn serve() {
    use_one_thread();
    // Ctrl-C goes to everyone at the terminal. A worker that it ended would pass for a cell that failed.
    let _ = ctrlc::set_handler(|| ());
    let (sender, questions) = mpsc::channel();
    // Read aside, so that a worker ends at once when the process that started it has ended, however that was.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
        std::process::exit(0);
    });
    let mut tables = Tables::default();
    for line in questions {
        let outcome = serde_json::from_str(&line)
            .map_err(|problem| problem.to_string())
            .and_then(|Question { folder, cell }| measure(&cell, folder.as_deref(), &mut tables));
        let mut answer = serde_json::to_vec(&outcome).expect("an outcome is plain data");
        answer.push(b'\n');
        let mut out = std::io::stdout().lock();
        if out.write_all(&answer).and_then(|()| out.flush()).is_err() {
            break;
        }
    }
}
