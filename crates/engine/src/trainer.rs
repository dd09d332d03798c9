//! One pass over a batch, sweep by sweep, and the optimizer's step.

use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::architecture::Layer;
use crate::capture::Capture;
use crate::error::check;
use crate::layers::batch_norm::Statistics;
use crate::memory::{Slab, Workspace};
use crate::network::Network;
use crate::optimizer::OptimizerState;
use crate::random::{Key, Stream};
use crate::row_gradients::RowGradients;
use crate::slab::slabs;
use crate::sweep::Sweep;
use crate::{Covariance, EngineError, Optimizer};

/// Multiply-adds below which a sweep over the rows is not worth waking other threads for.
const WORTH_SHARING: usize = 1 << 20;

/// Where a pass stands in the training: the address of its random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Number of the epoch, from 0.
    pub epoch: u64,
    /// Number of the batch within the epoch, from 0.
    pub batch: u64,
}

/// Which rows of a batch have their gradients looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Probe<'a> {
    /// Positions in the batch, rising.
    pub rows: &'a [usize],
    /// Covariance of the batch's columns, if it is known: where every batch is the same it saves one
    /// product a pass.
    pub covariance: Option<&'a Covariance>,
}

/// Trains a network; every buffer is allocated before or during the first epoch.
#[derive(Debug)]
pub struct Trainer {
    network: Network,
    optimizer: OptimizerState,
    seed: u64,
    segments: Vec<Range<usize>>,
    /// Batch statistics of the batch-norm that each segment but the first starts with.
    norms: Vec<Statistics>,
    slabs: Vec<Slab>,
    workspaces: Vec<Mutex<Workspace>>,
    gradient: Vec<f32>,
    capture: Mutex<Capture>,
}

impl Trainer {
    /// A trainer for batches of up to `batch_rows` rows (a hint: larger ones grow the buffers), with
    /// dropout masks addressed by `seed`.
    ///
    /// # Errors
    /// [`EngineError::Setting`] for a constant of the optimizer outside its range or 0 batch rows,
    /// [`EngineError::Shape`] if the output is not as wide as the input that it reconstructs.
    pub fn new(
        network: Network,
        optimizer: Optimizer,
        batch_rows: usize,
        seed: u64,
    ) -> Result<Self, EngineError> {
        optimizer.check()?;
        check(batch_rows > 0, "batch_rows", batch_rows, "at least 1")?;
        let architecture = network.architecture();
        architecture.check_reconstruction()?;
        let segments = architecture.segments();
        let widths = segments[1..].iter().map(|segment| architecture.input_width(segment.start));
        let mut trainer = Self {
            norms: widths.map(Statistics::new).collect(),
            optimizer: OptimizerState::new(optimizer, network.parameters.len()),
            gradient: vec![0.0; network.parameters.len()],
            slabs: Vec::new(),
            workspaces: (0..rayon::current_num_threads())
                .map(|_| Mutex::new(Workspace::new(&network)))
                .collect(),
            capture: Mutex::new(Capture::new(&network)),
            network,
            seed,
            segments,
        };
        trainer.cut(batch_rows);
        Ok(trainer)
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Ends the training.
    pub fn into_network(self) -> Network {
        self.network
    }

    /// A training-mode pass over a batch of shape (rows x inputs): moves the running statistics, leaves
    /// the gradient of the mean loss for [`update`](Self::update), and the gradients of the probe rows
    /// for [`row_gradients`](Self::row_gradients). Returns the mean over rows of J(x).
    ///
    /// # Errors
    /// [`EngineError::Shape`] for an empty or ragged batch; [`EngineError::RowGradients`] if rows are
    /// probed in a network that has no closed form for their gradients; [`EngineError::Setting`] if the
    /// probe's rows do not rise or lie outside the batch.
    pub fn pass(&mut self, rows: &[f32], step: Step, probe: Probe<'_>) -> Result<f64, EngineError> {
        let inputs = self.network.architecture().inputs();
        if rows.is_empty() || !rows.len().is_multiple_of(inputs) {
            let wanted = format!("a positive multiple of {inputs}");
            return Err(EngineError::Shape { what: "batch", got: rows.len(), wanted });
        }
        let count = rows.len() / inputs;
        self.check_probe(probe.rows, count)?;
        let active = self.cut(count);
        self.capture.get_mut().expect("no pass panicked").begin(probe.rows);

        let last = self.segments.len() - 1;
        for segment in 0..last {
            self.sweep(active, rows, step, &[], |sweep, slab, workspace| {
                sweep.forward(segment, slab, workspace)
            });
            self.set_statistics(segment, active);
        }
        self.sweep(active, rows, step, probe.rows, |sweep, slab, workspace| {
            sweep.there_and_back(last, slab, workspace)
        });
        for segment in (0..last).rev() {
            self.set_error_means(segment, active, count);
            if !self.segments[segment].is_empty() {
                self.sweep(active, rows, step, probe.rows, |sweep, slab, workspace| {
                    sweep.back(segment, slab, workspace)
                });
            }
        }
        self.fold_gradient(active, count);
        let capture = self.capture.get_mut().expect("no pass panicked");
        capture.finish(&self.network, &self.norms, rows, probe.covariance);
        Ok(self.slabs[..active].iter().map(|slab| slab.loss).sum::<f64>() / count as f64)
    }

    /// The optimizer's step along the gradient of the last pass.
    pub fn update(&mut self) {
        self.optimizer.step(&mut self.network.parameters, &self.gradient);
    }

    /// Gradient of the last pass's mean loss, in the order of [`Network::parameters`].
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// The gradients of the probe rows of the last pass that had any.
    pub fn row_gradients(&mut self) -> RowGradients<'_> {
        RowGradients::new(self.capture.get_mut().expect("no pass panicked"))
    }

    fn check_probe(&self, probe: &[usize], count: usize) -> Result<(), EngineError> {
        if probe.is_empty() {
            return Ok(());
        }
        self.network.architecture().check_row_gradients()?;
        let rises = probe.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = probe.last().is_none_or(|&row| row < count);
        match rises && inside {
            true => Ok(()),
            false => check(false, "probe rows", format!("{probe:?}"), "rising positions within the batch"),
        }
    }

    /// Makes the slabs fit a batch of `rows` rows; returns how many there are.
    fn cut(&mut self, rows: usize) -> usize {
        let ranges = slabs(rows);
        while self.slabs.len() < ranges.len() {
            self.slabs.push(Slab::new(&self.network, &self.segments));
        }
        let active = ranges.len();
        for (slab, range) in self.slabs.iter_mut().zip(ranges) {
            slab.fit(range);
        }
        active
    }

    /// Whether a batch is large enough that other threads are a help.
    fn is_shared(&self, rows: &[f32]) -> bool {
        rows.len() / self.network.architecture().inputs() * self.network.parameters.len() >= WORTH_SHARING
    }

    /// Runs `work` for every slab, on as many threads as help.
    fn sweep(
        &mut self,
        active: usize,
        rows: &[f32],
        step: Step,
        probe: &[usize],
        work: impl Fn(&Sweep<'_>, &mut Slab, &mut Workspace) + Sync,
    ) {
        let shared = self.is_shared(rows);
        let address = [step.epoch, step.batch];
        let sweep = Sweep {
            network: &self.network,
            norms: &self.norms,
            segments: &self.segments,
            rows,
            dropout: Key::new(self.seed, Stream::Dropout, &address),
            probe,
            capture: &self.capture,
        };
        let run = |slab: &mut Slab| {
            let thread = rayon::current_thread_index().unwrap_or(0) % self.workspaces.len();
            let mut workspace = self.workspaces[thread].lock().expect("no pass panicked");
            work(&sweep, slab, &mut workspace);
        };
        let slabs = &mut self.slabs[..active];
        if shared {
            slabs.par_iter_mut().for_each(run);
        } else {
            slabs.iter_mut().for_each(run);
        }
    }

    fn set_statistics(&mut self, segment: usize, active: usize) {
        let layer = self.segments[segment + 1].start;
        let Layer::BatchNorm(norm) = self.network.architecture().layers()[layer] else {
            unreachable!("every segment but the first starts with a batch-norm");
        };
        let (first, others) = self.slabs[..active].split_first_mut().expect("a batch has rows");
        let moments = &mut first.boundaries[segment].moments;
        others.iter().for_each(|slab| moments.add(&slab.boundaries[segment].moments));
        let (parameters, statistics) =
            (self.network.parameter_range(layer), self.network.statistics_range(layer));
        let width = self.network.architecture().output_width(layer);
        let affine = self.network.parameters[parameters].split_at(width);
        let running = self.network.statistics[statistics].split_at_mut(width);
        self.norms[segment].set(norm, moments, affine, running);
    }

    fn set_error_means(&mut self, segment: usize, active: usize, count: usize) {
        let range = self.network.parameter_range(self.segments[segment + 1].start);
        let mut sums = vec![0.0f64; range.len()];
        for slab in &self.slabs[..active] {
            sums.iter_mut().zip(&slab.gradient[range.clone()]).for_each(|(s, &g)| *s += f64::from(g));
        }
        self.norms[segment].set_error_means(&sums, count as f64);
    }

    /// Mean of the slabs' gradients, folded in the order of the slabs.
    fn fold_gradient(&mut self, active: usize, count: usize) {
        const CHUNK: usize = 1 << 12;
        let scale = 1.0 / count as f32;
        let slabs = &self.slabs[..active];
        let fold = |(chunk, target): (usize, &mut [f32])| {
            let at = chunk * CHUNK;
            target.copy_from_slice(&slabs[0].gradient[at..at + target.len()]);
            for slab in &slabs[1..] {
                let part = &slab.gradient[at..at + target.len()];
                target.iter_mut().zip(part).for_each(|(t, &g)| *t += g);
            }
            target.iter_mut().for_each(|t| *t *= scale);
        };
        if active * self.gradient.len() < WORTH_SHARING {
            self.gradient.chunks_mut(CHUNK).enumerate().for_each(fold);
        } else {
            self.gradient.par_chunks_mut(CHUNK).enumerate().for_each(fold);
        }
    }
}
