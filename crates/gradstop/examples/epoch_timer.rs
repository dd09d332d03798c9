//! Times epochs of the paper's auto-encoder, as a line server: each line `N` on standard input runs N
//! epochs and prints the milliseconds of one. `bench/epoch.py` interleaves several of these with the
//! same server in PyTorch.
//!
//! `epoch_timer --mode train|train-trimmed|train-gradstop|row-gradients|floor --rows R --columns C --threads T`
//! `epoch_timer --mode fit|fit-gradstop --detector NAME --preset paper|default --rows R --columns C --threads T`
//!
//! The modes `fit` call the library as its users do: standardising and the last scoring are in their time. For
//! a detector without epochs N is a number of fits.
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use gradstop::algorithm::Algorithm;
use gradstop::algorithm::Standardization;
use gradstop::engine::random::{Key, Purpose};
use gradstop::engine::{
    Covariance, EngineError, Matrix, Network, Objective, Optimizer, Probe, Step, Trainer, Trim, multiply,
};
use gradstop::internals::ProbeGradients;
use gradstop::rules::{Decision, Epoch, GradStop, GradStopSettings, ProbeRows, StoppingRule};
use gradstop::{AutoEncoder, Detector, Preset, Table, detector_named};
use rayon::prelude::*;

const HIDDEN: usize = 64;
const PROBE_ROWS: usize = 400;
const TRIM: f64 = 0.2;
/// Epochs of a training: where the threshold of a trim will be is harder to foresee at its start.
const EPOCHS: usize = 100;

/// Runs so many epochs.
type Epochs = Box<dyn FnMut(u32) + Send>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).ok_or(format!("{name} is missing"))
    };
    let (mode, rows, columns) =
        (option("--mode")?, option("--rows")?.parse()?, option("--columns")?.parse()?);
    let threads = option("--threads")?.parse()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let mut epochs: Epochs = match mode.as_str() {
        "train" => repeat(Training::new(rows, columns)?.without_rule()),
        "train-trimmed" => repeat(Training::new(rows, columns)?.trimmed()?),
        "train-gradstop" => repeat(Training::new(rows, columns)?.with_gradstop()?),
        "row-gradients" => repeat(Training::new(rows, columns)?.row_norms()),
        "floor" => repeat(floor(rows, columns)),
        "fit" | "fit-gradstop" => {
            let preset = serde_json::from_value(serde_json::json!(option("--preset")?))?;
            let stop = if mode == "fit" { "none" } else { "gradstop" };
            fit((option("--detector")?.clone(), preset), stop, rows, columns)?
        }
        _ => return Err(format!("there is no mode {mode}").into()),
    };
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let count: u32 = line?.trim().parse()?;
        let start = Instant::now();
        pool.install(|| epochs(count));
        println!("{}", start.elapsed().as_secs_f64() * 1e3 / f64::from(count));
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn repeat(mut epoch: impl FnMut() + Send + 'static) -> Epochs {
    Box::new(move |count| (0..count).for_each(|_| epoch()))
}

/// Fits of so many epochs, with a rule that never stops them early.
fn fit(
    (name, preset): (String, Preset),
    stop: &'static str,
    rows: usize,
    columns: usize,
) -> Result<Epochs, Box<dyn Error>> {
    let names = (0..columns).map(|column| column.to_string()).collect();
    let table = Table::new(standardized_table(rows, columns), names)?;
    if !detector_named(&name)?.is_trained() {
        let detector = Detector::named(&name, preset, &serde_json::json!({}))?;
        let fit =
            move || assert!(detector.fit(table.clone()).is_ok_and(|fitted| fitted.threshold().is_finite()));
        return Ok(repeat(fit));
    }
    let changes = move |epochs: u32| {
        let gradstop = serde_json::json!({ "patience": 1_000_000, "divergence_limit": "off" });
        serde_json::json!({ "early_stopping": stop, "epochs": epochs, "gradstop": gradstop })
    };
    Detector::named(&name, preset, &changes(1))?;
    Ok(Box::new(move |epochs| {
        let detector = Detector::named(&name, preset, &changes(epochs)).expect("checked before");
        let fitted = detector.fit(table.clone()).expect("the table can be fitted");
        assert!(fitted.threshold().is_finite());
    }))
}

fn standardized_table(rows: usize, columns: usize) -> Vec<f32> {
    let key = Key::new(0, Purpose::Shuffle, &[]);
    let mut values: Vec<f32> = (0..rows * columns).map(|at| key.normal(at as u64) as f32).collect();
    Standardization::fit(&values, columns).apply(&mut values);
    values
}

/// The trainer of the library, driven as its loop drives it.
struct Training {
    trainer: Trainer,
    rows: Vec<f32>,
    probe: Vec<usize>,
    covariance: Covariance,
    epoch: usize,
}

impl Training {
    fn new(rows: usize, columns: usize) -> Result<Self, Box<dyn Error>> {
        let settings = AutoEncoder::preset(Preset::Paper);
        let start = gradstop::engine::Initialization::Normal { deviation: 0.02 };
        let network = Network::new(settings.architecture(columns)?, start, 0);
        let values = standardized_table(rows, columns);
        Ok(Self {
            trainer: Trainer::new(network, Objective::SquaredError, Optimizer::adam(0.005), rows, 0)?,
            probe: Key::new(0, Purpose::Probe, &[]).sample(rows, PROBE_ROWS),
            covariance: Covariance::of(&values, columns),
            rows: values,
            epoch: 0,
        })
    }

    /// One epoch that leaves the gradients of these probe rows; returns its loss.
    fn step(&mut self, wanted: &[usize]) -> f64 {
        let positions: Vec<usize> = wanted.iter().map(|&at| self.probe[at]).collect();
        let step = Step { epoch: self.epoch as u64, batch: 0 };
        let probe = Probe { rows: &positions, covariance: Some(&self.covariance) };
        let loss = self.trainer.pass(&self.rows, step, probe).expect("the batch fits");
        self.trainer.update();
        self.epoch += 1;
        loss
    }

    fn without_rule(mut self) -> impl FnMut() {
        move || assert!(self.step(&[]).is_finite())
    }

    /// Trainings that leave rows out, one after the other: each begins as all do.
    fn trimmed(mut self) -> Result<impl FnMut(), Box<dyn Error>> {
        let network = self.trainer.network().clone();
        let rows = self.rows.len() / network.architecture().inputs();
        let fresh = move || -> Result<Trainer, EngineError> {
            let trainer =
                Trainer::new(network.clone(), Objective::SquaredError, Optimizer::adam(0.005), rows, 0)?;
            trainer.with_selection(Box::new(Trim::new(TRIM)?))
        };
        self.trainer = fresh()?;
        Ok(move || {
            if self.epoch == EPOCHS {
                self.trainer = fresh().expect("it was made before");
                self.epoch = 0;
            }
            assert!(self.step(&[]).is_finite());
        })
    }

    fn with_gradstop(mut self) -> Result<impl FnMut(), Box<dyn Error>> {
        let mut rule = GradStop::new(GradStopSettings::default())?;
        let mut index = 0;
        Ok(move || {
            let wanted = match rule.needs(index).gradients {
                Some(ProbeRows::These(rows)) => {
                    let mut rows = rows.to_vec();
                    rows.sort_unstable();
                    rows
                }
                _ => (0..self.probe.len()).collect(),
            };
            let loss = self.step(&wanted);
            let gradients =
                ProbeGradients::new(vec![self.trainer.row_gradients()], &wanted, self.probe.len());
            let seen = Epoch { index, loss, gradients: Some(&gradients), scores: None };
            index += 1;
            // The timing goes on where the training would have ended.
            if matches!(rule.judge(&seen).decision, Decision::Stop { .. }) {
                rule = GradStop::new(GradStopSettings::default()).expect("the default is in range");
                index = 0;
            }
        })
    }

    fn row_norms(mut self) -> impl FnMut() {
        let all: Vec<usize> = (0..self.probe.len()).collect();
        move || {
            self.step(&all);
            let norms = self.trainer.row_gradients().norms(&all);
            assert!(norms.iter().all(|norm| norm.is_finite()));
        }
    }
}

/// The five matrix products of an epoch alone, tile by tile, nothing in between.
fn floor(rows: usize, columns: usize) -> impl FnMut() {
    const TILE: usize = 128;
    let table = standardized_table(rows, columns);
    let weight = vec![0.01f32; HIDDEN * columns];
    let slab = rows.div_ceil(TILE).div_ceil(32) * TILE * columns;
    let slabs = table.len().div_ceil(slab);
    let mut sums = vec![(vec![0.0f32; HIDDEN * columns], vec![0.0f32; HIDDEN * columns]); slabs];
    move || {
        let work = |(slab, (first, second)): (&[f32], &mut (Vec<f32>, Vec<f32>))| {
            let (mut hidden, mut error) = (vec![0.0f32; TILE * HIDDEN], vec![0.0f32; TILE * HIDDEN]);
            let mut output = vec![0.0f32; TILE * columns];
            let weight = Matrix::new(&weight, HIDDEN, columns);
            for (at, tile) in slab.chunks(TILE * columns).enumerate() {
                let rows = tile.len() / columns;
                let tile = Matrix::new(tile, rows, columns);
                let (hidden, error) = (&mut hidden[..rows * HIDDEN], &mut error[..rows * HIDDEN]);
                let output = &mut output[..rows * columns];
                multiply(hidden, tile, weight.transposed(), false);
                multiply(output, Matrix::new(hidden, rows, HIDDEN), weight, false);
                let output = Matrix::new(output, rows, columns);
                multiply(first, output.transposed(), Matrix::new(hidden, rows, HIDDEN), at > 0);
                multiply(error, output, weight.transposed(), false);
                multiply(second, Matrix::new(error, rows, HIDDEN).transposed(), tile, at > 0);
            }
        };
        if slabs * slab * HIDDEN < 1 << 21 {
            table.chunks(slab).zip(&mut sums).for_each(work);
        } else {
            table.par_chunks(slab).zip(&mut sums).for_each(work);
        }
    }
}
