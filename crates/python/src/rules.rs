//! The rules for those who train with another framework, an epoch a step.

use gradstop::algorithm::{Parameter, Settings};
use gradstop::rules::{
    Decision, EntropyStop, EntropyStopSettings, Epoch, GradStop, GradStopSettings, Judgement, Keep,
    MatrixGradients, ProbeRows, RowGradients, StopReason, StoppingRule,
};
use gradstop::settings::TrainingSettings;
use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::Value;

use crate::detector::contiguous;
use crate::errors::{SettingError, of_rule};

/// Decision, what is kept, why it ends, the figures of the reason, and what was measured.
type Answer = (&'static str, Option<&'static str>, Option<&'static str>, Vec<f64>, Vec<(&'static str, f64)>);

fn answer(Judgement { decision, signals }: Judgement) -> Answer {
    let measured = signals.measured().collect();
    match decision {
        Decision::Continue => ("continue", None, None, Vec::new(), measured),
        Decision::Best => ("best", None, None, Vec::new(), measured),
        Decision::Join => ("join", None, None, Vec::new(), measured),
        Decision::Stop { keep, reason } => {
            let keep = match keep {
                Keep::First => "first",
                Keep::Best => "best",
                Keep::Last => "last",
                Keep::Average => "average",
            };
            let figures = match reason {
                StopReason::Diverged { divergence, limit } => vec![divergence, limit],
                StopReason::Patience { epochs } | StopReason::EpochsUsedUp { epochs } => vec![epochs as f64],
            };
            ("stop", Some(keep), Some(reason.name()), figures, measured)
        }
    }
}

/// Settings of a rule with some changed, which are checked by the ranges that a detector has for them.
fn settings<T: serde::de::DeserializeOwned>(rule: &str, changes: &str) -> PyResult<T> {
    let wrong = |parameter: &str, got: String, wanted: String| {
        SettingError::new_err((parameter.to_string(), got, wanted))
    };
    let unreadable = |problem: serde_json::Error| wrong(rule, problem.to_string(), "settings of it".into());
    let changes: Value = serde_json::from_str(changes).map_err(unreadable)?;
    for Parameter { name, range, .. } in TrainingSettings::parameters() {
        let name = name.strip_prefix(rule).and_then(|name| name.strip_prefix('.'));
        if let Some((name, value)) = name.and_then(|name| Some((name, changes.get(name)?)))
            && !range.holds(value)
        {
            return Err(wrong(name, value.to_string(), range.to_string()));
        }
    }
    serde_json::from_value(changes).map_err(unreadable)
}

/// GradStop, fed by hand.
#[pyclass(module = "gradstop._gradstop", skip_from_py_object)]
#[derive(Debug, Clone)]
pub(crate) struct GradStopRule {
    rule: GradStop,
    /// The epoch that the next step judges.
    epoch: usize,
    /// How many probe rows there are, from the first step on.
    probe_rows: Option<usize>,
}

#[pymethods]
impl GradStopRule {
    /// A fresh rule with changed settings (JSON).
    #[new]
    fn new(changes: &str) -> PyResult<Self> {
        let rule = GradStop::new(settings::<GradStopSettings>("gradstop", changes)?).map_err(of_rule)?;
        Ok(Self { rule, epoch: 0, probe_rows: None })
    }

    /// The probe rows that the next step looks at; `None` for all.
    fn needs(&self) -> Option<Vec<usize>> {
        match self.rule.needs(self.epoch).gradients {
            Some(ProbeRows::These(rows)) => Some(rows.to_vec()),
            _ => None,
        }
    }

    /// Judges an epoch by a matrix with one row's gradient a row: of all probe rows, or of those in `rows`.
    fn step_gradients(
        &mut self,
        gradients: PyReadonlyArray2<'_, f32>,
        rows: Option<Vec<usize>>,
    ) -> PyResult<Answer> {
        let [given, parameters] = [gradients.shape()[0], gradients.shape()[1]];
        let matrix = MatrixGradients::new(contiguous(&gradients)?, parameters).map_err(of_rule)?;
        self.judge(&matrix, given, rows)
    }

    /// Judges an epoch by the lengths of the gradients and the dot products between them.
    fn step_products(
        &mut self,
        norms: PyReadonlyArray1<'_, f64>,
        products: PyReadonlyArray2<'_, f64>,
        rows: Option<Vec<usize>>,
    ) -> PyResult<Answer> {
        let in_order = |_| PyValueError::new_err("norms and products must be float64 arrays in C order");
        let (norms, products) = (norms.as_slice().map_err(in_order)?, products.as_slice().map_err(in_order)?);
        if products.len() != norms.len() * norms.len() {
            let problem = format!("products: got {} values, wanted {} x {1}", products.len(), norms.len());
            return Err(PyValueError::new_err(problem));
        }
        if let Some(value) = norms.iter().chain(products).find(|value| !value.is_finite()) {
            return Err(PyValueError::new_err(format!("got {value}, wanted finite norms and products")));
        }
        self.judge(&Products { norms, products }, norms.len(), rows)
    }

    /// A copy that goes on from here.
    fn copy(&self) -> Self {
        self.clone()
    }
}

impl GradStopRule {
    fn judge(
        &mut self,
        gradients: &dyn RowGradients,
        given: usize,
        rows: Option<Vec<usize>>,
    ) -> PyResult<Answer> {
        let rows = rows.unwrap_or_else(|| (0..given).collect());
        if rows.len() != given {
            let problem = format!("rows: got {} positions for the gradients of {given} rows", rows.len());
            return Err(PyValueError::new_err(problem));
        }
        let probe_rows = self.probe_rows.unwrap_or(given);
        let mut places = vec![None; probe_rows];
        for (place, &row) in rows.iter().enumerate() {
            let known = places.get_mut(row).ok_or_else(|| {
                PyValueError::new_err(format!(
                    "got row {row}, but the first step had {probe_rows} probe rows"
                ))
            })?;
            *known = Some(place);
        }
        let all: Vec<usize> = (0..probe_rows).collect();
        let needed = self.needs();
        let needed = needed.as_deref().unwrap_or(&all);
        if let Some(row) = needed.iter().find(|&&row| places[row].is_none()) {
            return Err(PyValueError::new_err(format!(
                "the gradient of row {row} is missing: this step looks at {} of {probe_rows} probe rows (see needs)",
                needed.len()
            )));
        }
        let seen = Placed { gradients, places: &places };
        let epoch = Epoch { index: self.epoch, loss: 0.0, gradients: Some(&seen), scores: None };
        let judgement = self.rule.judge(&epoch);
        self.epoch += 1;
        self.probe_rows = Some(probe_rows);
        Ok(answer(judgement))
    }
}

/// Gradients of some of the probe rows; `places` says where each probe row's stands.
struct Placed<'a> {
    gradients: &'a dyn RowGradients,
    places: &'a [Option<usize>],
}

impl Placed<'_> {
    fn places(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().map(|&row| self.places[row].expect("what a rule needs was asked for")).collect()
    }
}

impl RowGradients for Placed<'_> {
    fn rows(&self) -> usize {
        self.places.len()
    }

    fn norms(&self, rows: &[usize]) -> Vec<f64> {
        self.gradients.norms(&self.places(rows))
    }

    fn products_of_sums(&self, sets: &[&[usize]]) -> Vec<f64> {
        let sets: Vec<Vec<usize>> = sets.iter().map(|set| self.places(set)).collect();
        self.gradients.products_of_sums(&sets.iter().map(|set| &set[..]).collect::<Vec<_>>())
    }
}

/// Gradients known by their lengths and dot products.
struct Products<'a> {
    norms: &'a [f64],
    /// Shape (rows x rows).
    products: &'a [f64],
}

impl RowGradients for Products<'_> {
    fn rows(&self) -> usize {
        self.norms.len()
    }

    fn norms(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().map(|&row| self.norms[row]).collect()
    }

    fn products_of_sums(&self, sets: &[&[usize]]) -> Vec<f64> {
        let product = |a: usize, b: usize| self.products[a * self.norms.len() + b];
        let between = |one: &[usize], other: &[usize]| -> f64 {
            one.iter().map(|&a| other.iter().map(|&b| product(a, b)).sum::<f64>()).sum()
        };
        sets.iter().flat_map(|one| sets.iter().map(|other| between(one, other))).collect()
    }
}

/// EntropyStop, fed by hand.
#[pyclass(module = "gradstop._gradstop", skip_from_py_object)]
#[derive(Debug, Clone)]
pub(crate) struct EntropyStopRule {
    rule: EntropyStop,
    epoch: usize,
}

#[pymethods]
impl EntropyStopRule {
    /// A fresh rule with changed settings (JSON).
    #[new]
    fn new(changes: &str) -> PyResult<Self> {
        let rule =
            EntropyStop::new(settings::<EntropyStopSettings>("entropystop", changes)?).map_err(of_rule)?;
        Ok(Self { rule, epoch: 0 })
    }

    /// Judges an epoch by the scores of the rows, each at least 0.
    fn step_scores(&mut self, scores: PyReadonlyArray1<'_, f32>) -> PyResult<Answer> {
        let in_order = |_| PyValueError::new_err("scores must be a float32 array in C order");
        let scores = scores.as_slice().map_err(in_order)?;
        if let Some(row) = scores.iter().position(|&score| !(score.is_finite() && score >= 0.0)) {
            let problem =
                format!("row {row}: got a score of {}, wanted a finite one of at least 0", scores[row]);
            return Err(PyValueError::new_err(problem));
        }
        let epoch = Epoch { index: self.epoch, loss: 0.0, gradients: None, scores: Some(scores) };
        let judgement = self.rule.judge(&epoch);
        self.epoch += 1;
        Ok(answer(judgement))
    }

    /// A copy that goes on from here.
    fn copy(&self) -> Self {
        self.clone()
    }
}
