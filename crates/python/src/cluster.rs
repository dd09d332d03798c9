//! Fits whose rows are on other machines: shards there, a driver here, and Python carries the messages.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Mutex, PoisonError};

use gradstop::algorithm::Standardization;
use gradstop::shards::{TableShard, Workers};
use gradstop::{Error, Source, Table};
use numpy::{PyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::detector::{FittedDetector, contiguous, detector};
use crate::errors::to_python;
use crate::threads::pool;
use crate::watched::{Watcher, attended};

/// Some rows of a table, with what they answer to the driver of one fit.
#[pyclass(module = "gradstop._gradstop", frozen)]
#[derive(Debug)]
pub(crate) struct Shard(Mutex<TableShard>);

#[pymethods]
impl Shard {
    /// The shard of that number, from 0, with float32 rows in C order; it may have no row.
    #[new]
    fn new(rows: PyReadonlyArray2<'_, f32>, index: usize) -> PyResult<Self> {
        let shard = TableShard::new(contiguous(&rows)?.to_vec(), rows.shape()[1], index);
        Ok(Self(Mutex::new(shard.map_err(to_python)?)))
    }

    /// Answers a message; the answer depends on the rows and on the message alone.
    fn answer<'py>(&self, py: Python<'py>, message: &[u8], threads: usize) -> PyResult<Bound<'py, PyBytes>> {
        let pool = pool(threads)?;
        let answer = py.detach(|| {
            pool.install(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).answer(message))
        });
        Ok(PyBytes::new(py, &answer.map_err(to_python)?))
    }
}

/// What the fit says to the thread that looks after Python.
enum Said {
    Question(Vec<u8>),
    Epoch(String, usize),
}

/// Carries messages by way of Python's thread, which alone sees signals and is known to whoever reaches the workers.
struct Carrier {
    said: SyncSender<Said>,
    answers: Receiver<Vec<Vec<u8>>>,
}

impl Workers for Carrier {
    fn ask(&mut self, message: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let gone = |()| Error::Shards {
            what: "a message to the shards",
            got: "no answer".into(),
            wanted: "an answer of each".into(),
        };
        self.said.send(Said::Question(message.to_vec())).map_err(|_| gone(()))?;
        self.answers.recv().map_err(|_| gone(()))
    }
}

/// Fits a detector to a table in shards. `exchange` shows a message to every one and returns their answers in
/// order; `callback` gets every epoch as JSON, and the number of epochs at most.
#[pyfunction]
#[pyo3(signature = (name, preset, changes, columns, threads, exchange, callback=None))]
#[expect(clippy::too_many_arguments, reason = "one call from Python, which names them")]
pub(crate) fn fit_shards(
    py: Python<'_>,
    name: &str,
    preset: &str,
    changes: &str,
    columns: Vec<String>,
    threads: usize,
    exchange: &Bound<'_, PyAny>,
    callback: Option<&Bound<'_, PyAny>>,
) -> PyResult<FittedDetector> {
    let detector = detector(name, preset, changes)?;
    let (answer, answers) = mpsc::sync_channel::<Vec<Vec<u8>>>(1);
    let shown = callback.is_some();
    let (exchange, callback) =
        (exchange.clone().unbind(), callback.map(|callback| callback.clone().unbind()));
    let work = |said: SyncSender<Said>, cancelled: &AtomicBool| {
        let epochs = said.clone();
        let show = move |record: String, of: usize| drop(epochs.send(Said::Epoch(record, of)));
        let mut watcher = Watcher::new(cancelled, shown.then_some(show));
        let workers = &mut Carrier { said, answers };
        detector.fit_with(Source::Shards { columns, workers }, &mut watcher)
    };
    // It goes with the first exception, so that a question that nobody answers does not wait.
    let mut answer = Some(answer);
    let fitted = attended(py, threads, work, |py, said, raised| {
        let Some(waiting) = answer.take().filter(|_| !raised) else { return Ok(()) };
        match said {
            Said::Question(message) => {
                let given = exchange.call1(py, (PyBytes::new(py, &message),))?;
                // The fit waits for it.
                let _ = waiting.send(given.extract(py)?);
            }
            Said::Epoch(record, of) => {
                if let Some(callback) = &callback {
                    callback.call1(py, (record, of))?;
                }
            }
        }
        answer = Some(waiting);
        Ok(())
    });
    Ok(FittedDetector(fitted?.map_err(to_python)?))
}

/// Fits one member of an ensemble to float32 rows in C order, which are standardised by these means and
/// deviations.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "one call from Python, which names them")]
pub(crate) fn fit_member(
    py: Python<'_>,
    name: &str,
    preset: &str,
    changes: &str,
    member: usize,
    rows: PyReadonlyArray2<'_, f32>,
    columns: Vec<String>,
    standardization: (Vec<f64>, Vec<f64>),
    threads: usize,
) -> PyResult<FittedDetector> {
    let detector = detector(name, preset, changes)?;
    let (mean, deviation) = standardization;
    if [mean.len(), deviation.len()] != [columns.len(); 2] {
        let problem = format!("standardization: got {} means, wanted {}", mean.len(), columns.len());
        return Err(PyValueError::new_err(problem));
    }
    let standardization = Standardization::from_parts(mean, deviation);
    let table = Table::new(contiguous(&rows)?.to_vec(), columns).map_err(to_python)?;
    let pool = pool(threads)?;
    let fit = || detector.member(member)?.fit(Source::Sample { table, standardization });
    let fitted = py.detach(|| pool.install(fit));
    Ok(FittedDetector(fitted.map_err(to_python)?))
}

/// The ensemble of members as model files with their training scores; its threshold is that of the scores of the
/// float32 rows.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "one call from Python, which names them")]
pub(crate) fn assemble(
    py: Python<'_>,
    name: &str,
    preset: &str,
    changes: &str,
    members: Vec<(Vec<u8>, Vec<f32>)>,
    rows: PyReadonlyArray2<'_, f32>,
    columns: Vec<String>,
    threads: usize,
) -> PyResult<FittedDetector> {
    let detector = detector(name, preset, changes)?;
    let table = Table::new(contiguous(&rows)?.to_vec(), columns).map_err(to_python)?;
    let load = |(bytes, scores): (Vec<u8>, Vec<f32>)| {
        let member = gradstop::FittedDetector::from_bytes(&bytes);
        let member = member.map_err(|problem| PyRuntimeError::new_err(problem.to_string()))?;
        member.with_training_scores(scores).map_err(to_python)
    };
    let members = members.into_iter().map(load).collect::<PyResult<_>>()?;
    let pool = pool(threads)?;
    let fitted = py.detach(|| pool.install(|| detector.assemble(members, table)));
    Ok(FittedDetector(fitted.map_err(to_python)?))
}

/// Mean and deviation of each column of float32 rows in C order, as a fit to them measures these.
#[pyfunction]
pub(crate) fn standardization(rows: PyReadonlyArray2<'_, f32>) -> PyResult<(Vec<f64>, Vec<f64>)> {
    if rows.shape().contains(&0) {
        return Err(PyValueError::new_err("got no row or no column, wanted at least 1 of each"));
    }
    let measured = Standardization::fit(contiguous(&rows)?, rows.shape()[1]);
    Ok((measured.mean().to_vec(), measured.deviation().to_vec()))
}

/// The rows that a member of an ensemble is fitted to, rising.
#[pyfunction]
pub(crate) fn sample_rows(
    py: Python<'_>,
    seed: u64,
    member: usize,
    table_rows: usize,
    count: usize,
) -> Bound<'_, PyArray1<i64>> {
    let rows = gradstop::shards::sample_rows(seed, member, table_rows, count);
    PyArray1::from_iter(py, rows.into_iter().map(|row| row as i64))
}
