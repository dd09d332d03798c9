//! Detectors, fitted and not.

use std::path::PathBuf;

use gradstop::internals::WholeFile;
use gradstop::preparation::{Cells, Missing, Options, Ordered, Preparation};
use gradstop::rules::RuleError;
use gradstop::{Callback, Detector, Drift, Error, Preset, Source, Table};
use gradstop_onnx::ExportError;
use gradstop_pages::FitPage;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};

use crate::columns::Columns;
use crate::errors::{of_file, of_model, to_python, while_scoring};
use crate::watched::watched;
use crate::written::{Written, for_page};

/// Rows that are scored between two looks at signals, and copied at a time.
const CHUNK_ROWS: usize = 1 << 15;

/// A fitted detector.
#[pyclass(module = "gradstop._gradstop", frozen)]
#[derive(Debug)]
pub(crate) struct FittedDetector(pub(crate) gradstop::FittedDetector);

#[pymethods]
impl FittedDetector {
    /// Fits a detector of that name and preset with changed settings (JSON) to float32 rows in C order.
    /// `callback` gets every epoch as JSON, and the number of epochs at most. `ordered` says what becomes of counters.
    #[staticmethod]
    #[pyo3(signature = (name, preset, changes, rows, columns, ordered, threads, callback=None))]
    #[expect(clippy::too_many_arguments, reason = "one call from Python, which names them")]
    fn fit(
        py: Python<'_>,
        name: &str,
        preset: &str,
        changes: &str,
        rows: PyReadonlyArray2<'_, f32>,
        columns: Vec<String>,
        ordered: &str,
        threads: usize,
        callback: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let detector = detector(name, preset, changes)?;
        let ordered: Ordered = serde_json::from_value(ordered.into()).map_err(unknown_choice)?;
        let values = contiguous(&rows)?.to_vec();
        let fitted = watched(py, threads, callback.as_ref(), |callback| {
            fit_numbers(&detector, columns, values, ordered, callback)
        });
        Ok(Self(fitted?.map_err(to_python)?))
    }

    /// Fits to columns of any kind, which are prepared as `options` (JSON) say; all else as in `fit`.
    #[staticmethod]
    #[pyo3(signature = (name, preset, changes, columns, options, threads, callback=None))]
    #[expect(clippy::too_many_arguments, reason = "one call from Python, which names them")]
    fn fit_columns(
        py: Python<'_>,
        name: &str,
        preset: &str,
        changes: &str,
        columns: &Columns,
        options: &str,
        threads: usize,
        callback: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let detector = detector(name, preset, changes)?;
        let options: Options = serde_json::from_str(options).map_err(unknown_choice)?;
        let fitted = watched(py, threads, callback.as_ref(), |callback| {
            let mut values = Vec::new();
            if options.takes_numbers_as_they_are()
                && columns.cells.iter().all(|cells| is_plain(cells, options.missing))
            {
                let far = Preparation::of_far_numbers(&columns.names, &columns.cells, options.ordered);
                let Some(preparation) = far else {
                    Preparation::of_numbers(&columns.names).apply(&columns.cells, &mut values)?;
                    return fit_numbers(&detector, columns.names.clone(), values, options.ordered, callback);
                };
                preparation.apply(&columns.cells, &mut values)?;
                let table = Table::new(values, preparation.outputs())?;
                return detector.fit_with(Source::Prepared { table, preparation }, callback);
            }
            let preparation = Preparation::fit(&columns.names, &columns.cells, &options)?;
            let preparation = preparation.with_spelling(&columns.fields);
            preparation.apply(&columns.cells, &mut values)?;
            let table = Table::new(values, preparation.outputs())?;
            detector.fit_with(Source::Prepared { table, preparation }, callback)
        });
        Ok(Self(fitted?.map_err(to_python)?))
    }

    /// Makes float32 rows of columns of any kind, and says which of their cells were not to be expected.
    fn prepare<'py>(
        &self,
        py: Python<'py>,
        columns: &Columns,
    ) -> PyResult<(Bound<'py, PyArray2<f32>>, Vec<String>)> {
        let (values, unexpected) = py.detach(|| self.0.prepare(&columns.cells)).map_err(while_scoring)?;
        let width = self.0.columns().len();
        let shape = [values.len() / width, width];
        let rows = PyArray1::from_vec(py, values).reshape(shape)?;
        let words = unexpected.into_iter().map(|surprise| {
            let (missing, unseen) = (surprise.missing, surprise.unseen);
            format!("column {:?}: {missing} missing cells and {unseen} words, of which the fitted column had none", surprise.column)
        });
        Ok((rows, words.collect()))
    }

    /// Scores float32 rows in C order; larger is more abnormal.
    fn score<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f32>,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let (values, columns) = (self.values(&rows)?, self.0.columns().len());
        let scores = watched(py, threads, None, |callback| {
            let mut scores = Vec::with_capacity(values.len() / columns);
            for (chunk, values) in values.chunks(CHUNK_ROWS * columns).enumerate() {
                if callback.cancelled() {
                    break;
                }
                scores.extend(self.0.score(values).map_err(|error| behind(error, chunk * CHUNK_ROWS))?);
            }
            Ok(scores)
        })?;
        Ok(PyArray1::from_vec(py, scores.map_err(to_python)?))
    }

    /// What each column adds to the scores of float32 rows in C order, of shape (rows x columns).
    fn explain<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f32>,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let (values, columns) = (self.values(&rows)?, self.0.columns().len());
        let contributions = watched(py, threads, None, |callback| {
            let mut contributions = Vec::with_capacity(values.len());
            for (chunk, values) in values.chunks(CHUNK_ROWS * columns).enumerate() {
                if callback.cancelled() {
                    break;
                }
                let explained = self.0.explain(values).map_err(|error| behind(error, chunk * CHUNK_ROWS))?;
                contributions.extend(explained.contributions);
            }
            Ok(contributions)
        })?;
        PyArray1::from_vec(py, contributions.map_err(to_python)?).reshape([values.len() / columns, columns])
    }

    /// A page about the detector and float32 rows in C order with their scores; `fitted` if these are the very
    /// rows that it was fitted to. `written` has the rows of its table as people know them.
    #[pyo3(signature = (source, rows, scores, fitted, threads, written=None))]
    #[expect(clippy::too_many_arguments, reason = "one call from Python, which names them")]
    fn page(
        &self,
        py: Python<'_>,
        source: &str,
        rows: PyReadonlyArray2<'_, f32>,
        scores: PyReadonlyArray1<'_, f32>,
        fitted: bool,
        threads: usize,
        written: Option<Written>,
    ) -> PyResult<String> {
        let values = self.values(&rows)?;
        let written = written.map(|written| for_page(&self.0, written));
        let scores = scores
            .as_slice()
            .map_err(|_| PyValueError::new_err("scores must be a float32 array in C order"))?;
        let page = FitPage {
            source,
            detector: &self.0,
            values,
            scores,
            fitted,
            seconds: None,
            judged: None,
            written: written.as_ref(),
        };
        watched(py, threads, None, |_| page.html())?.map_err(to_python)
    }

    /// Scores of the rows that it was fitted to; none if it comes from a file.
    fn training_scores<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        PyArray1::from_slice(py, self.0.training_scores())
    }

    /// The score above which a row is an outlier.
    #[getter]
    fn threshold(&self) -> f32 {
        self.0.threshold()
    }

    /// The same with another threshold.
    fn with_threshold(&self, threshold: f32) -> PyResult<Self> {
        if !threshold.is_finite() {
            return Err(PyValueError::new_err(format!(
                "threshold: got {threshold}, wanted a finite number that fits into 32 bits"
            )));
        }
        let mut fitted = self.0.clone();
        fitted.set_threshold(threshold);
        Ok(Self(fitted))
    }

    /// The same with training scores, which a model file has not.
    fn with_training_scores(&self, scores: PyReadonlyArray1<'_, f32>) -> PyResult<Self> {
        let in_order = |_| PyValueError::new_err("scores must be a float32 array in C order");
        let scores = scores.as_slice().map_err(in_order)?.to_vec();
        Ok(Self(self.0.clone().with_training_scores(scores).map_err(to_python)?))
    }

    /// Everything that is no number of the model, as JSON.
    fn report(&self) -> String {
        let fitted = &self.0;
        let warnings: Vec<String> = fitted.warnings_in_words().collect();
        let preparation = fitted.preparation().map(|preparation| {
            let lines: Vec<String> = preparation.treatments().iter().map(ToString::to_string).collect();
            let fields = preparation.fields().into_iter();
            let inputs: Vec<_> =
                fields.map(|field| json!([field.name, field.kind, field.spelling])).collect();
            let filled = preparation.filled().map(|filled| filled.to_string());
            json!({ "options": preparation.options(), "inputs": inputs, "treatments": lines, "filled": filled })
        });
        json!({
            "detector": fitted.detector(),
            "preset": fitted.preset(),
            "settings": fitted.settings(),
            "columns": fitted.table_columns(),
            "features": fitted.columns(),
            "preparation": preparation,
            "rows": fitted.rows(),
            "trainings": fitted.trainings(),
            "warnings": warnings,
        })
        .to_string()
    }

    /// What rows depart from, of that which held in every fitted row, in words.
    fn departures(&self, py: Python<'_>, rows: PyReadonlyArray2<'_, f32>) -> PyResult<Vec<String>> {
        let values = self.values(&rows)?;
        Ok(py.detach(|| self.0.departures(values).iter().map(ToString::to_string).collect()))
    }

    /// How rows with these scores differ from the fitted ones as a whole, in words.
    fn drift(
        &self,
        py: Python<'_>,
        rows: PyReadonlyArray2<'_, f32>,
        scores: PyReadonlyArray1<'_, f32>,
    ) -> PyResult<Vec<String>> {
        let values = self.values(&rows)?;
        let scores = scores
            .as_slice()
            .map_err(|_| PyValueError::new_err("scores must be a float32 array in C order"))?;
        let findings = py.detach(|| {
            let mut drift = Drift::new(&self.0);
            drift.see(values);
            drift.scored(scores);
            drift.findings()
        });
        Ok(findings.map_err(to_python)?.iter().map(ToString::to_string).collect())
    }

    /// Refuses columns that are not the model's, by name and in order.
    fn check_columns(&self, columns: Vec<String>) -> PyResult<()> {
        self.0.check_columns(&columns).map_err(to_python)
    }

    /// The bytes of a model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    /// A detector from the bytes of a model file.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        let read = gradstop::FittedDetector::from_bytes(bytes);
        Ok(Self(read.map_err(of_model)?))
    }

    /// The bytes of an ONNX model.
    fn onnx<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| gradstop_onnx::to_bytes(&self.0));
        let bytes = bytes.map_err(|error| match error {
            ExportError::Detector(error) => to_python(error),
            other => PyValueError::new_err(other.to_string()),
        });
        Ok(PyBytes::new(py, &bytes?))
    }

    /// Writes a model file.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.0.save(&path)).map_err(to_python)
    }

    /// Reads a model file.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(Self(py.detach(|| gradstop::FittedDetector::load(&path)).map_err(to_python)?))
    }
}

impl FittedDetector {
    /// Values of rows that have the model's columns.
    fn values<'a>(&self, rows: &'a PyReadonlyArray2<'_, f32>) -> PyResult<&'a [f32]> {
        let (got, wanted) = (rows.shape()[1], self.0.columns().len());
        match got == wanted {
            true => contiguous(rows),
            false => Err(PyValueError::new_err(format!("got {got} columns, wanted {wanted}"))),
        }
    }
}

/// Every detector with its settings, as `gradstop list --json` has them.
#[pyfunction]
pub(crate) fn detectors() -> String {
    gradstop::detectors().iter().map(gradstop::DetectorEntry::describe).collect::<Value>().to_string()
}

/// Writes a file as models are written: whole or not at all, through links, and into devices and pipes.
#[pyfunction]
pub(crate) fn write_file(py: Python<'_>, path: PathBuf, content: &[u8]) -> PyResult<()> {
    py.detach(|| WholeFile::write(&path, content)).map_err(|cause| of_file(&path, cause))
}

/// Whether a column holds numbers that are taken as they are: complete ones, unless others are refused.
fn is_plain(cells: &Cells, missing: Missing) -> bool {
    let usable = |value: &f64| value.abs() <= f64::from(f32::MAX);
    let complete = |values: &[f64]| missing == Missing::Error || values.iter().all(usable);
    cells.numbers().is_some_and(complete)
}

pub(crate) fn detector(name: &str, preset: &str, changes: &str) -> PyResult<Detector> {
    let wrong = |parameter: &str, got: String, wanted: &str| {
        to_python(Error::Setting { parameter: parameter.into(), got, wanted: wanted.into() })
    };
    let preset: Preset = serde_json::from_value(preset.into())
        .map_err(|_| wrong("preset", format!("{preset:?}"), "default or paper"))?;
    let changes: Value = serde_json::from_str(changes)
        .map_err(|problem| wrong("settings", problem.to_string(), "names and values"))?;
    Detector::named(name, preset, &changes).map_err(|error| match error {
        // A rule names its setting alone, which is enough: the rule is an object of its own.
        Error::Rule(RuleError::Setting { parameter, got, wanted }) => wrong(parameter, got, &wanted),
        other => to_python(other),
    })
}

/// Values of an array as they stand in memory, row by row.
pub(crate) fn contiguous<'a>(rows: &'a PyReadonlyArray2<'_, f32>) -> PyResult<&'a [f32]> {
    rows.as_slice().map_err(|_| PyValueError::new_err("rows must be a float32 array in C order"))
}

/// Of a preparation.
fn unknown_choice(problem: serde_json::Error) -> PyErr {
    to_python(Error::Setting {
        parameter: "missing, text, scale or ordered".into(),
        got: problem.to_string(),
        wanted: "words that the documentation lists".into(),
    })
}

/// An error about a chunk as one about the whole.
fn behind(error: Error, rows: usize) -> Error {
    match error {
        Error::NotFinite { row, column, value } => Error::NotFinite { row: row + rows, column, value },
        other => other,
    }
}

/// Fits to numbers as they are, but for columns that only say where in the table a row stands.
fn fit_numbers(
    detector: &Detector,
    columns: Vec<String>,
    mut values: Vec<f32>,
    ordered: Ordered,
    callback: &mut dyn Callback,
) -> Result<gradstop::FittedDetector, Error> {
    match Preparation::without_ordered(&columns, &mut values, ordered) {
        Some(preparation) => {
            let table = Table::new(values, preparation.outputs())?;
            detector.fit_with(Source::Prepared { table, preparation }, callback)
        }
        None => detector.fit_with(Table::new(values, columns)?, callback),
    }
}
