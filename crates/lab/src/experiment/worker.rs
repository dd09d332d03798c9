//! A process that measures cells. It reads a task a line and answers with a line, one at a time on one
//! thread. A cell that brings its process down (out of memory, a crash) takes nothing else with it, and the
//! peak of the memory is that of the cell.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;

use serde::{Deserialize, Serialize};

use crate::experiment::cell::{Cell, Measured};
use crate::experiment::measure::{Tables, measure};
use crate::use_one_thread;

#[derive(Serialize, Deserialize)]
struct Task {
    folder: Option<PathBuf>,
    cell: Cell,
}

/// What a worker process does until nobody has a task for it any more.
pub(crate) fn serve() {
    use_one_thread();
    // Ctrl-C goes to everyone at the terminal; when a worker ends is for its coordinator to say.
    let _ = ctrlc::set_handler(|| ());
    let (sender, tasks) = mpsc::channel();
    // Read aside, so that a worker ends at once when the one that gives it work has ended, however that was.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    let mut tables = Tables::default();
    for line in tasks {
        let outcome = match serde_json::from_str::<Task>(&line) {
            Ok(Task { folder, cell }) => measure(&cell, folder.as_deref(), &mut tables),
            Err(problem) => Err(format!("the worker does not understand its task: {problem}")),
        };
        let mut answer = serde_json::to_vec(&outcome).expect("an outcome is plain data");
        answer.push(b'\n');
        let mut out = std::io::stdout().lock();
        if out.write_all(&answer).and_then(|()| out.flush()).is_err() {
            break;
        }
    }
}

/// A worker as the coordinator sees it.
pub(crate) struct Worker {
    child: Child,
    tasks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts this program once more.
    pub(crate) fn start() -> std::io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (tasks, answers) = (child.stdin.take(), child.stdout.take());
        let missing = || std::io::Error::other("the worker has no pipes");
        Ok(Self {
            child,
            tasks: tasks.ok_or_else(missing)?,
            answers: BufReader::new(answers.ok_or_else(missing)?),
        })
    }

    /// Has a cell measured. The outer error is that of a worker that is no more.
    pub(crate) fn measure(
        &mut self,
        cell: &Cell,
        folder: Option<&Path>,
    ) -> Result<Result<Measured, String>, String> {
        let task = Task { folder: folder.map(Path::to_path_buf), cell: cell.clone() };
        let mut line = serde_json::to_vec(&task).expect("a task is plain data");
        line.push(b'\n');
        let mut answer = String::new();
        let asked = self.tasks.write_all(&line).and_then(|()| self.answers.read_line(&mut answer));
        match asked {
            Ok(1..) => serde_json::from_str(&answer)
                .map_err(|problem| format!("the worker's answer makes no sense: {problem}")),
            _ => Err(match self.child.wait() {
                Ok(status) => format!("the worker ended with {status} (out of memory?)"),
                Err(problem) => format!("the worker is gone: {problem}"),
            }),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
