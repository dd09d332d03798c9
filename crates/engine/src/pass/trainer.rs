//! One pass over a batch, stage by stage, and the optimizer's step.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use rayon::prelude::*;

use crate::batch::covariance::Covariance;
use crate::batch::sums::Sums;
use crate::batch::tiling::{MOST_SLABS, WORTH_SHARING, slabs, tile_rows};
use crate::batch::under_norm::UnderNorm;
use crate::error::{EngineError, check, shape};
use crate::network::Network;
use crate::network::architecture::Layer;
use crate::network::layers::batch_norm::{Moments, Statistics};
use crate::network::objective::Objective;
use crate::network::optimizer::{Optimizer, OptimizerState};
use crate::network::pairs::{PairOutputs, Partners};
use crate::pass::buffers::{Gathered, Slab, Workspace};
use crate::pass::stage::{Stage, stages};
use crate::pass::sweep::{Sweep, Weighing};
use crate::pass::trimmed::{TRAILING, Trimmed, counts};
use crate::random::{Key, Purpose};
use crate::row_gradients::RowGradients;
use crate::row_gradients::capture::{Capture, Known};
use crate::selection::adaptive::stride;
use crate::selection::trimming::Trimming;
use crate::selection::{RowSelection, Selected, total_weight, weight_within};

/// Values below which one thread adds up the gradients of the slabs. From there on it pays to share them: half of the values
/// are in the cache of another core, and threads that wait long for one are parked, which makes them slow to wake.
const WORTH_FOLDING: usize = 1 << 16;

/// Rows and their partners in turn: where they stand in the batch, their values and their errors.
struct PairsToCapture {
    places: Vec<usize>,
    values: Vec<f32>,
    errors: Vec<f32>,
}

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
    /// Covariance of the batch's columns, if it is known. Where every batch is the same it saves the gradients of rows one
    /// product a pass; where the first layer stands under the only batch-norm and the table is
    /// [narrow](Covariance::is_narrow), a pass goes through the rows once instead of three times.
    pub covariance: Option<&'a Covariance>,
}

/// What the stages of one pass go over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    /// (rows x inputs).
    pub(super) rows: &'a [f32],
    pub(super) step: Step,
    /// Positions of the probe rows, rising.
    pub(super) probe: &'a [usize],
    /// How many slabs the rows are cut into.
    pub(super) slabs: usize,
}

impl Batch<'_> {
    /// The same rows, none of them probed.
    fn unprobed(self) -> Self {
        Self { probe: &[], ..self }
    }
}

/// Trains a network, in buffers that are kept from one epoch to the next.
#[derive(Debug)]
pub struct Trainer {
    pub(super) network: Network,
    objective: Objective,
    optimizer: OptimizerState,
    /// Longest gradient that a step follows unshortened; 0 if it follows any.
    gradient_limit: f32,
    /// Radius of a soft boundary.
    radius: f32,
    seed: u64,
    /// Where the first row of a batch stands in the table, if the batch is a shard of one.
    pub(super) first_row: usize,
    segments: Vec<Range<usize>>,
    /// All layers.
    whole: Range<usize>,
    /// What a pass is made of, in order.
    stages: Vec<Stage>,
    /// The same where it is [one sweep](UnderNorm).
    one_sweep_stages: Vec<Stage>,
    /// The first layer, if it stands under the only batch-norm.
    under_norm: Option<UnderNorm>,
    /// Whether the pass under way is [one sweep](UnderNorm).
    pub(super) one_sweep: bool,
    /// Batch statistics of the batch-norm that each segment but the first starts with.
    norms: Vec<Statistics>,
    slabs: Vec<Slab>,
    workspaces: Vec<Mutex<Workspace>>,
    gradient: Vec<f32>,
    capture: Mutex<Capture>,
    partners: Partners,
    pair_outputs: PairOutputs,
    /// Which rows of a batch count; without one all do, the same.
    selection: Option<Box<dyn RowSelection>>,
    /// Losses and weights of the rows of the last batch, if they are selected.
    losses: Vec<f32>,
    weights: Vec<f32>,
    /// The rows whose weights were foreseen wrongly, in parts.
    gathered: Vec<Gathered>,
    /// The trim of the table that the batch is a shard of.
    pub(super) trimmed: Option<Trimmed>,
}

impl Trainer {
    /// A trainer for batches of up to `batch_rows` rows (a hint: larger ones grow the buffers), with
    /// dropout masks addressed by `seed`.
    ///
    /// # Errors
    /// [`EngineError::Setting`] for a constant of the optimizer or the objective outside its range or 0
    /// batch rows, [`EngineError::Shape`] if the objective does not fit the network's widths,
    /// [`EngineError::Architecture`] for an objective over pairs of rows through a batch-norm.
    pub fn new(
        network: Network,
        objective: Objective,
        optimizer: Optimizer,
        batch_rows: usize,
        seed: u64,
    ) -> Result<Self, EngineError> {
        optimizer.check()?;
        check(batch_rows > 0, "batch_rows", batch_rows, "at least 1")?;
        let architecture = network.architecture();
        objective.check(architecture)?;
        let segments = architecture.segments();
        let layers = architecture.layers().len();
        let widths = segments[1..].iter().map(|segment| architecture.input_width(segment.start));
        // A row and its partner.
        let parts = if matches!(objective, Objective::RandomDistances { .. }) { 2 } else { 1 };
        let mut trainer = Self {
            norms: widths.map(Statistics::new).collect(),
            optimizer: OptimizerState::new(optimizer, network.parameters.len()),
            gradient: vec![0.0; network.parameters.len()],
            slabs: Vec::new(),
            workspaces: (0..rayon::current_num_threads())
                .map(|_| Mutex::new(Workspace::new(&network, &objective)))
                .collect(),
            capture: Mutex::new(Capture::new(&network, |_| parts)),
            partners: Partners::default(),
            pair_outputs: PairOutputs::default(),
            network,
            objective,
            gradient_limit: 0.0,
            radius: 0.0,
            seed,
            first_row: 0,
            stages: stages(&segments),
            one_sweep_stages: vec![Stage::Gradient(0)],
            whole: 0..layers,
            under_norm: (segments.len() == 2 && segments[0].len() == 1).then(UnderNorm::default),
            one_sweep: false,
            segments,
            selection: None,
            losses: Vec::new(),
            weights: Vec::new(),
            gathered: Vec::new(),
            trimmed: None,
        };
        // What crosses batch-norms gets room once it is known to be kept.
        trainer.cut(batch_rows, false);
        Ok(trainer)
    }

    /// Shortens every gradient that is longer than this before a step (0 for never).
    #[must_use]
    pub fn with_gradient_limit(mut self, length: f32) -> Self {
        self.gradient_limit = length;
        self
    }

    /// Lets a selection decide which rows of a batch its step is learned from. The gradients of single rows stay those of
    /// their own losses, whatever they count, and the loss of a pass that of all rows.
    ///
    /// # Errors
    /// [`EngineError::Architecture`] if a sampling layer stands below a batch-norm: the loss of a row is not at hand
    /// then when it is wanted.
    pub fn with_selection(mut self, selection: Box<dyn RowSelection>) -> Result<Self, EngineError> {
        self.check_selectable()?;
        self.selection = Some(selection);
        Ok(self)
    }

    /// Which rows the last pass was learned from, if they are selected.
    pub fn selected(&self) -> Option<Selected<'_>> {
        let selection = self.selection.as_ref()?;
        Some(Selected { weights: &self.weights, threshold: selection.threshold() })
    }

    /// What selects the rows, if anything does: it may remember something from one pass to the next.
    pub fn selection(&self) -> Option<&dyn RowSelection> {
        self.selection.as_deref()
    }

    /// The same, to be changed between two passes.
    pub fn selection_mut(&mut self) -> Option<&mut (dyn RowSelection + 'static)> {
        self.selection.as_deref_mut()
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network, to be changed between passes.
    pub fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// Whether the [covariance](Probe::covariance) of a batch is of use: the first layer stands under the only batch-norm.
    pub fn uses_covariance(&self) -> bool {
        self.under_norm.is_some()
    }

    /// What it remembers between two steps beside its network: the optimizer, and the radius of a soft boundary.
    pub fn memory(&self) -> (&OptimizerState, f32) {
        (&self.optimizer, self.radius)
    }

    /// The same, to be changed between two steps: a training goes on where another one was.
    pub fn memory_mut(&mut self) -> (&mut OptimizerState, &mut f32) {
        (&mut self.optimizer, &mut self.radius)
    }

    /// Ends the training.
    pub fn into_network(self) -> Network {
        self.network
    }

    /// A training-mode pass over a batch of shape (rows x inputs): moves the running statistics, leaves
    /// the gradient of the mean loss for [`update`](Self::update), and the gradients of the probe rows
    /// for [`row_gradients`](Self::row_gradients). Returns the mean over rows of J(x). Where rows are
    /// [selected](Self::with_selection) the gradient is that of the weighted mean.
    ///
    /// # Errors
    /// [`EngineError::Shape`] for an empty or ragged batch, or the covariance of another number of columns;
    /// [`EngineError::RowGradients`] if rows are probed in a network that has no closed form for their gradients;
    /// [`EngineError::Setting`] if the probe's rows do not rise or lie outside the batch.
    pub fn pass(&mut self, rows: &[f32], step: Step, probe: Probe<'_>) -> Result<f64, EngineError> {
        let inputs = self.network.architecture().inputs();
        if rows.is_empty() || !rows.len().is_multiple_of(inputs) {
            return Err(shape("batch", rows.len(), format!("a positive multiple of {inputs}")));
        }
        let count = rows.len() / inputs;
        self.check_probe(probe.rows, count)?;
        self.begin(probe.covariance, count)?;
        let slabs = self.cut(count, !self.one_sweep);
        let batch = Batch { rows, step, probe: probe.rows, slabs };
        if matches!(self.objective, Objective::RandomDistances { .. }) {
            return Ok(self.pass_over_pairs(batch, count));
        }
        let shared = self.is_shared(count);
        self.capture.get_mut().expect("no pass panicked").begin(probe.rows, shared);
        // With the errors that cross a batch-norm all is known of single rows: it is worked out while the rows go through
        // the lowest segment, so that no thread waits long enough to be parked.
        let crossed = self.segments().len() > 1 && matches!(self.stages().last(), Some(Stage::Gradient(0)));

        for at in 0..self.stages().len() {
            let stage = self.stages()[at];
            let complete = crossed && matches!(stage, Stage::Gradient(_));
            self.run(stage, batch, |trainer| {
                if complete {
                    trainer.finish_capture(rows, probe.covariance);
                }
            });
            if let Stage::Gradient(_) = stage {
                // It is at hand: to say it and to take it would be two copies of every parameter.
                self.fold_gradient(slabs);
                self.average_gradient(self.total_weight(count));
            } else {
                let sums = self.sums(stage, slabs, count);
                self.take(stage, &sums, count);
            }
        }
        if let Objective::SoftBoundary { nu, .. } = self.objective {
            self.set_radius(slabs, nu);
        }
        if !crossed {
            self.finish_capture(rows, probe.covariance);
        }
        Ok(self.loss(slabs) / count as f64)
    }

    /// The optimizer's step along the gradient of the last pass.
    pub fn update(&mut self) {
        OptimizerState::shorten(&mut self.gradient, self.gradient_limit);
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

    /// The pass of an objective over pairs: forward through both networks, then, with the outputs of all
    /// rows known, forward again and backward. A row's gradient runs through its own output and its
    /// partner's, which are captured one behind the other.
    fn pass_over_pairs(&mut self, batch: Batch<'_>, count: usize) -> f64 {
        let Batch { rows, step, probe, slabs: active } = batch;
        self.partners.draw(count, Key::new(self.seed, Purpose::Partners, &[step.epoch, step.batch]));
        let outputs_of = |sweep: &Sweep<'_>, slab: &mut Slab, workspace: &mut Workspace| {
            sweep.pair_outputs(slab, workspace);
        };
        self.sweep(batch.unprobed(), outputs_of, |_| {});
        let mut outputs = std::mem::take(&mut self.pair_outputs);
        let partners = std::mem::take(&mut self.partners);
        outputs.width = self.network.architecture().outputs();
        outputs.slab_rows = self.slabs[0].rows.len();
        let slabs = &mut self.slabs[..active];
        outputs.learned = slabs.iter_mut().map(|slab| std::mem::take(&mut slab.outputs)).collect();
        outputs.target = slabs.iter_mut().map(|slab| std::mem::take(&mut slab.targets)).collect();
        let pairs = self.pairs_to_capture((&outputs, &partners), rows, probe);
        if let Some(mut selection) = self.selection.take() {
            let losses = |sweep: &Sweep<'_>, slab: &mut Slab, _: &mut Workspace| {
                sweep.pair_losses((&outputs, &partners), slab);
            };
            self.sweep(batch.unprobed(), losses, |_| {});
            self.collect_losses(active);
            self.weigh(&mut *selection);
            self.selection = Some(selection);
        }
        let weights = std::mem::take(&mut self.weights);
        let known = self.selection.is_some().then_some(&weights[..]);
        let back = |sweep: &Sweep<'_>, slab: &mut Slab, workspace: &mut Workspace| {
            sweep.pairs_back((&outputs, &partners), known, slab, workspace);
        };
        self.sweep(batch.unprobed(), back, |trainer| trainer.capture_pairs(&pairs, step));
        self.weights = weights;
        self.fold_gradient(active);
        self.average_gradient(self.total_weight(count));
        let both = outputs.learned.drain(..).zip(outputs.target.drain(..));
        for (slab, (learned, target)) in self.slabs.iter_mut().zip(both) {
            (slab.outputs, slab.targets) = (learned, target);
        }
        (self.pair_outputs, self.partners) = (outputs, partners);
        self.loss(active) / count as f64
    }

    /// What it takes to send the probe rows and their partners through the network once more, each with the error of the
    /// probe row's loss alone; without any, what was kept before stays.
    fn pairs_to_capture(
        &mut self,
        (outputs, partners): (&PairOutputs, &Partners),
        rows: &[f32],
        probe: &[usize],
    ) -> PairsToCapture {
        let (inputs, width) = (self.network.architecture().inputs(), outputs.width);
        let places: Vec<usize> = probe.iter().flat_map(|&row| [row, partners.of[row]]).collect();
        let values = places.iter().flat_map(|&row| &rows[row * inputs..][..inputs]).copied().collect();
        let mut errors = vec![0.0; places.len() * width];
        for (&row, errors) in probe.iter().zip(errors.chunks_exact_mut(2 * width)) {
            let (own, partner) = errors.split_at_mut(width);
            outputs.errors_of_one(row, partners, own, partner);
        }
        let shared = self.is_shared(partners.of.len());
        self.capture.get_mut().expect("no pass panicked").begin(probe, shared);
        PairsToCapture { places, values, errors }
    }

    fn capture_pairs(&self, pairs: &PairsToCapture, step: Step) {
        if pairs.places.is_empty() {
            return;
        }
        let all: Vec<usize> = (0..pairs.places.len()).collect();
        let mut slab = Slab::new(&self.network, &self.segments);
        slab.fit(0..all.len(), true);
        let sweep = Sweep { places: Some(&pairs.places), ..self.sweep_over(&pairs.values, step, &all) };
        sweep.capture_rows(&pairs.errors, &mut slab, &mut self.workspace());
        self.captured().measure();
    }

    /// Takes rows that stand at these places of the table, (rows x inputs), through the pass whose stages are over, for their
    /// capture.
    pub(super) fn capture_apart(
        &mut self,
        rows: &[f32],
        places: &[usize],
        step: Step,
        covariance: Option<&Covariance>,
    ) {
        let all: Vec<usize> = (0..places.len()).collect();
        self.capture.get_mut().expect("no pass panicked").begin(&all, false);
        let mut slab = Slab::new(&self.network, &self.segments);
        slab.fit(0..places.len(), !self.one_sweep);
        let sweep = Sweep { places: Some(places), ..self.sweep_over(rows, step, &all) };
        let mut workspace = self.workspaces[0].lock().expect("no pass panicked");
        let last = self.segments().len() - 1;
        (0..last).for_each(|segment| sweep.forward(segment, &mut slab, &mut workspace));
        // Below its only batch-norm a network has one layer at most, whose factors are those of the batch-norm.
        sweep.there_and_back(last, &mut slab, &mut workspace);
        drop(workspace);
        self.finish_capture(rows, covariance);
    }

    /// The radius within which all but a share nu of the rows of the last pass lie.
    fn set_radius(&mut self, active: usize, nu: f32) {
        let slabs = self.slabs[..active].iter();
        let mut distances: Vec<f32> = slabs.flat_map(|slab| &slab.distances).copied().collect();
        let at = ((1.0 - f64::from(nu)) * (distances.len() - 1) as f64).round() as usize;
        let (_, distance, _) = distances.select_nth_unstable_by(at, f32::total_cmp);
        self.radius = distance.sqrt();
    }

    /// Whether the losses of rows are known before the way back.
    fn check_selectable(&self) -> Result<(), EngineError> {
        let lower = &self.segments[..self.segments.len() - 1];
        let layers = self.network.architecture().layers();
        let samples = |layer: &usize| matches!(layers[*layer], Layer::Sample(_));
        if let Some(layer) = lower.iter().cloned().flatten().find(samples) {
            let wanted = "no batch-norm above a sampling layer where rows are selected";
            return Err(EngineError::Architecture { layer, got: "a sampling layer".into(), wanted });
        }
        Ok(())
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

    /// Begins a pass over `count` rows: with the covariance of their columns, if it is of use, in one sweep.
    pub(super) fn begin(&mut self, covariance: Option<&Covariance>, count: usize) -> Result<(), EngineError> {
        let inputs = self.network.architecture().inputs();
        if let Some(got) = covariance.map(Covariance::columns).filter(|&columns| columns != inputs) {
            return Err(shape("covariance", got, format!("{inputs} columns")));
        }
        let exact = covariance.and_then(Covariance::exact);
        let under_norm = exact.and_then(|exact| Some((exact, self.under_norm.take()?)));
        self.one_sweep = under_norm.is_some();
        if let Some((exact, mut under_norm)) = under_norm {
            let moments = under_norm.moments(self.network.dense(0), exact, count);
            self.set_statistics(0, &moments);
            under_norm.correlate(&self.norms[0].inverse);
            self.under_norm = Some(under_norm);
        }
        Ok(())
    }

    /// What the pass under way is made of, in order.
    pub(super) fn stages(&self) -> &[Stage] {
        if self.one_sweep { &self.one_sweep_stages } else { &self.stages }
    }

    /// The layers that rows go through without a stop in the pass under way.
    fn segments(&self) -> &[Range<usize>] {
        if self.one_sweep { std::slice::from_ref(&self.whole) } else { &self.segments }
    }

    /// Completes what was kept of the probe rows among these.
    fn finish_capture(&self, rows: &[f32], covariance: Option<&Covariance>) {
        // Taken out: a thread that waits for others in there may be given work that waits for the lock.
        let mut capture = std::mem::take(&mut *self.captured());
        capture.finish(&self.network, &self.norms, rows, self.known(covariance));
        *self.captured() = capture;
    }

    /// What the pass under way knows of the batch.
    fn known<'a>(&'a self, covariance: Option<&'a Covariance>) -> Known<'a> {
        match (&self.under_norm, covariance) {
            (Some(layer), _) if self.one_sweep => Known::Layer(layer),
            (_, Some(covariance)) => Known::Columns(covariance),
            _ => Known::Nothing,
        }
    }

    /// Makes the slabs fit a batch of `rows` rows; returns how many there are. `crossed` if what crosses batch-norms has to be
    /// kept.
    pub(super) fn cut(&mut self, rows: usize, crossed: bool) -> usize {
        let ranges = slabs(rows, self.tile_rows(), MOST_SLABS);
        while self.slabs.len() < ranges.len() {
            self.slabs.push(Slab::new(&self.network, &self.segments));
        }
        let active = ranges.len();
        let selects = self.selection.is_some() || self.trimmed.is_some();
        for (slab, range) in self.slabs.iter_mut().zip(ranges) {
            slab.losses.resize(if selects { range.len() } else { 0 }, 0.0);
            slab.fit(range, crossed);
        }
        active
    }

    fn tile_rows(&self) -> usize {
        tile_rows(&self.network)
    }

    /// Whether there are so many rows that other threads are a help.
    fn is_shared(&self, rows: usize) -> bool {
        rows * self.network.parameters.len() >= WORTH_SHARING
    }

    /// Runs `work` for every slab, on as many threads as help, and meanwhile `beside`, for which the others would wait
    /// otherwise.
    fn sweep(
        &mut self,
        batch: Batch<'_>,
        work: impl Fn(&Sweep<'_>, &mut Slab, &mut Workspace) + Sync,
        beside: impl FnOnce(&Self) + Send,
    ) {
        let shared = self.is_shared(batch.rows.len() / self.network.architecture().inputs());
        let mut slabs = std::mem::take(&mut self.slabs);
        let sweep = self.sweep_over(batch.rows, batch.step, batch.probe);
        let run = |slab: &mut Slab| work(&sweep, slab, &mut self.workspace());
        let active = &mut slabs[..batch.slabs];
        if shared {
            rayon::join(|| active.par_iter_mut().for_each(run), || beside(self));
        } else {
            active.iter_mut().for_each(run);
            beside(self);
        }
        self.slabs = slabs;
    }

    /// That of the thread.
    fn workspace(&self) -> MutexGuard<'_, Workspace> {
        let thread = rayon::current_thread_index().unwrap_or(0) % self.workspaces.len();
        self.workspaces[thread].lock().expect("no pass panicked")
    }

    fn captured(&self) -> MutexGuard<'_, Capture> {
        self.capture.lock().expect("no pass panicked")
    }

    fn sweep_over<'a>(&'a self, rows: &'a [f32], step: Step, probe: &'a [usize]) -> Sweep<'a> {
        let address = [step.epoch, step.batch];
        Sweep {
            network: &self.network,
            norms: &self.norms,
            segments: self.segments(),
            objective: &self.objective,
            radius: self.radius,
            rows,
            tile_rows: self.tile_rows(),
            places: None,
            dropout: Key::new(self.seed, Purpose::Dropout, &address),
            noise: Key::new(self.seed, Purpose::Noise, &address),
            first_row: self.first_row,
            probe,
            capture: &self.capture,
            weighing: Weighing::Even,
            adds: false,
        }
    }

    /// Runs one stage over the rows of a batch, and `beside` meanwhile.
    pub(super) fn run(&mut self, stage: Stage, batch: Batch<'_>, beside: impl FnOnce(&Self) + Send) {
        let last = self.segments().len() - 1;
        if self.run_trimmed(stage, batch) {
            return beside(self);
        }
        if let Stage::Errors(segment) | Stage::Gradient(segment) = stage
            && segment == last
            && let Some(mut selection) = self.selection.take()
        {
            self.run_selected(&mut *selection, batch);
            self.selection = Some(selection);
            return beside(self);
        }
        let work = |sweep: &Sweep<'_>, slab: &mut Slab, workspace: &mut Workspace| match stage {
            Stage::Moments(segment) => sweep.forward(segment, slab, workspace),
            Stage::Errors(segment) | Stage::Gradient(segment) if segment == last => {
                sweep.there_and_back(segment, slab, workspace);
            }
            Stage::Errors(segment) | Stage::Gradient(segment) => sweep.back(segment, slab, workspace),
            Stage::LeadingDigits | Stage::TrailingDigits | Stage::SampledLosses => {
                unreachable!("trimmed passes run them")
            }
        };
        self.sweep(batch, work, beside);
    }

    /// Goes through the losses before it goes back.
    pub(super) fn trim_shards(&mut self, trimming: Trimming) -> Result<(), EngineError> {
        self.check_selectable()?;
        self.trimmed = Some(Trimmed::new(trimming)?);
        let more: &[Stage] = match trimming {
            Trimming::Share(_) => &[Stage::LeadingDigits, Stage::TrailingDigits],
            Trimming::Adaptive => &[Stage::SampledLosses],
        };
        for stages in [&mut self.stages, &mut self.one_sweep_stages] {
            let back = stages.iter().position(|stage| !matches!(stage, Stage::Moments(_)));
            let at = back.expect("every pass goes back");
            stages.splice(at..at, more.iter().copied());
        }
        Ok(())
    }

    /// Runs what a trimmed pass over a shard has of its own: the losses, and the way back with weights that are known.
    /// `false` if the stage is another.
    fn run_trimmed(&mut self, stage: Stage, batch: Batch<'_>) -> bool {
        let segment = self.segments().len() - 1;
        match stage {
            Stage::LeadingDigits | Stage::SampledLosses => self.find_losses(batch),
            Stage::TrailingDigits => {}
            Stage::Errors(at) | Stage::Gradient(at) if at == segment && self.trimmed.is_some() => {
                self.go_back(batch.unprobed());
            }
            _ => return false,
        }
        true
    }

    /// What the losses of the shard say of a table of so many rows.
    fn losses_said(&self, stage: Stage, table_rows: usize) -> Sums {
        let trimmed = self.trimmed.as_ref().expect("only trimmed passes look at losses");
        Sums::of_f64(match stage {
            Stage::LeadingDigits => counts(&self.losses, |key| Some(key / TRAILING)),
            Stage::SampledLosses => {
                let stride = stride(table_rows);
                let first = self.first_row.next_multiple_of(stride) - self.first_row;
                self.losses.iter().skip(first).step_by(stride).map(|&loss| f64::from(loss)).collect()
            }
            _ => {
                let begins = trimmed.leading;
                let more = counts(&self.losses, |key| (key / TRAILING == begins).then_some(key % TRAILING));
                std::iter::once(self.first_row as f64).chain(more).collect()
            }
        })
    }

    /// Runs the way there and back through the last segment, where each row counts what the selection says.
    fn run_selected(&mut self, selection: &mut dyn RowSelection, batch: Batch<'_>) {
        let foreseen = selection.foresee();
        match foreseen {
            Some(limit) => {
                self.there_and_back(Weighing::Foreseen(limit), batch);
                self.collect_losses(batch.slabs);
            }
            None => self.find_losses(batch),
        }
        self.weigh(selection);
        let corrections = foreseen.map(|limit| self.corrections(limit));
        match corrections.filter(|(wrong, _)| 2 * wrong.len() < self.weights.len()) {
            Some((wrong, corrections)) => self.correct((&wrong, &corrections), batch),
            // What there is to know of the probe rows is known where they went back already.
            None => self.go_back(if foreseen.is_some() { batch.unprobed() } else { batch }),
        }
    }

    /// Takes all rows there and back through the last segment.
    fn there_and_back(&mut self, weighing: Weighing<'_>, batch: Batch<'_>) {
        let segment = self.segments().len() - 1;
        let work = |sweep: &Sweep<'_>, slab: &mut Slab, workspace: &mut Workspace| {
            Sweep { weighing, ..*sweep }.there_and_back(segment, slab, workspace);
        };
        self.sweep(batch, work, |_| {});
    }

    /// The same with weights that are known.
    fn go_back(&mut self, batch: Batch<'_>) {
        let weights = std::mem::take(&mut self.weights);
        self.there_and_back(Weighing::Known(&weights), batch);
        self.weights = weights;
    }

    /// Takes all rows forward alone, for their losses.
    fn find_losses(&mut self, batch: Batch<'_>) {
        let segment = self.segments().len() - 1;
        let work = |sweep: &Sweep<'_>, slab: &mut Slab, workspace: &mut Workspace| {
            sweep.losses(segment, slab, workspace);
        };
        self.sweep(batch.unprobed(), work, |_| {});
        self.collect_losses(batch.slabs);
    }

    /// The losses that the slabs were left with, of all rows of the batch.
    fn collect_losses(&mut self, active: usize) {
        self.losses.clear();
        self.slabs[..active].iter().for_each(|slab| self.losses.extend_from_slice(&slab.losses));
    }

    /// The rows whose weights were foreseen wrongly with this limit, and what they count more than that, or less.
    fn corrections(&self, limit: f32) -> (Vec<usize>, Vec<f32>) {
        let more = |row: usize| self.weights[row] - weight_within(limit, self.losses[row]);
        (0..self.weights.len()).map(|row| (row, more(row))).filter(|(_, more)| *more != 0.0).unzip()
    }

    /// Adds what rows that have gone back already count more than they did, or less.
    fn correct(&mut self, (wrong, corrections): (&[usize], &[f32]), batch: Batch<'_>) {
        if wrong.is_empty() {
            return;
        }
        let (segment, columns) = (self.segments().len() - 1, self.network.architecture().inputs());
        // Whole tiles, of which each slab adds some to its gradient.
        let part = wrong.len().div_ceil(batch.slabs).next_multiple_of(self.tile_rows());
        let slab_rows = self.slabs[0].rows.len();
        let parts = wrong.len().div_ceil(part);
        while self.gathered.len() < parts {
            self.gathered.push(Gathered::new(&self.network, &self.segments));
        }
        let (mut gathered, mut slabs) = (std::mem::take(&mut self.gathered), std::mem::take(&mut self.slabs));
        let parts_of = wrong.chunks(part).zip(corrections.chunks(part));
        for (room, (wrong, corrections)) in gathered.iter_mut().zip(parts_of) {
            let Gathered { places, values, weights, slab } = room;
            places.clear();
            places.extend_from_slice(wrong);
            weights.clear();
            weights.extend_from_slice(corrections);
            values.clear();
            wrong.iter().for_each(|&row| values.extend_from_slice(&batch.rows[row * columns..][..columns]));
            slab.fit(0..wrong.len(), segment > 0);
            if let Some(to) = slab.boundaries[..segment].last_mut() {
                for (at, &row) in wrong.iter().enumerate() {
                    let from = &slabs[row / slab_rows].boundaries[segment - 1];
                    let place = to.place(at, 1);
                    to.input[place].copy_from_slice(&from.input[from.place(row % slab_rows, 1)]);
                }
            }
        }
        let sweep = self.sweep_over(batch.rows, batch.step, &[]);
        let add = |(slab, gathered): (&mut Slab, &mut Gathered)| {
            sweep.add_gathered(segment, gathered, slab, &mut self.workspace());
        };
        if self.is_shared(wrong.len()) {
            slabs[..parts].par_iter_mut().zip(&mut gathered[..parts]).for_each(add);
        } else {
            slabs[..parts].iter_mut().zip(&mut gathered[..parts]).for_each(add);
        }
        for Gathered { places, slab, .. } in gathered[..parts].iter().filter(|_| segment > 0) {
            for (at, &row) in places.iter().enumerate() {
                let to = &mut slabs[row / slab_rows].boundaries[segment - 1];
                let (from, place) = (&slab.boundaries[segment - 1], to.place(row % slab_rows, 1));
                let more = &from.error[from.place(at, 1)];
                to.error[place].iter_mut().zip(more).for_each(|(error, more)| *error += more);
            }
        }
        (self.gathered, self.slabs) = (gathered, slabs);
    }

    /// Has the rows weighed by their losses.
    fn weigh(&mut self, selection: &mut dyn RowSelection) {
        self.weights.resize(self.losses.len(), 0.0);
        selection.weigh(&self.losses, &mut self.weights);
    }

    /// How much `count` rows count together.
    fn total_weight(&self, count: usize) -> f64 {
        match self.selection {
            Some(_) => total_weight(&self.weights),
            None => count as f64,
        }
    }

    /// How many numbers a stage sums up, in 64 and in 32 bits.
    pub(super) fn lengths(&self, stage: Stage) -> (usize, usize) {
        let width = |segment: usize| self.network.architecture().input_width(self.segments[segment].start);
        match stage {
            Stage::LeadingDigits | Stage::TrailingDigits | Stage::SampledLosses => {
                unreachable!("as many as there are losses to tell of")
            }
            Stage::Moments(segment) => (1 + 2 * width(segment + 1), 0),
            Stage::Errors(segment) => (2 * width(segment), 0),
            // The loss, and how many rows count, if that is not all of them.
            Stage::Gradient(_) => (1 + usize::from(self.trimmed.is_some()), self.network.parameters.len()),
        }
    }

    /// What the rows of the stage that was run sum up to.
    pub(super) fn sums(&mut self, stage: Stage, active: usize, table_rows: usize) -> Sums {
        match stage {
            Stage::Moments(segment) => Sums::of_f64(self.fold_moments(segment, active)),
            Stage::Errors(segment) => Sums::of_f64(self.error_sums(segment - 1, active)),
            Stage::LeadingDigits | Stage::TrailingDigits | Stage::SampledLosses => {
                self.losses_said(stage, table_rows)
            }
            Stage::Gradient(_) => {
                self.fold_gradient(active);
                let counted = self.trimmed.is_some().then(|| total_weight(&self.weights));
                let double = std::iter::once(self.loss(active)).chain(counted).collect();
                Sums { double, single: self.gradient.clone() }
            }
        }
    }

    /// Goes on from the sums of a stage over all `count` rows.
    pub(super) fn take(&mut self, stage: Stage, sums: &Sums, count: usize) {
        match stage {
            Stage::Moments(segment) => self.set_statistics(segment, &Moments::from_sums(&sums.double)),
            Stage::Errors(segment) => self.norms[segment - 1].set_error_means(&sums.double, count as f64),
            Stage::LeadingDigits => self.trimmed.iter_mut().for_each(|trimmed| trimmed.begin(&sums.double)),
            Stage::TrailingDigits => {
                let Self { trimmed, losses, weights, first_row, .. } = self;
                trimmed
                    .iter_mut()
                    .for_each(|trimmed| trimmed.weigh(&sums.double, *first_row, losses, weights));
            }
            Stage::SampledLosses => {
                let Self { trimmed, losses, weights, .. } = self;
                trimmed.iter_mut().for_each(|trimmed| trimmed.weigh_by_limit(&sums.double, losses, weights));
            }
            Stage::Gradient(_) => {
                self.gradient.copy_from_slice(&sums.single);
                // Where no row counts there is no gradient either.
                let counted = sums.double.get(1).map_or(count as f64, |counted| counted.max(1.0));
                self.average_gradient(counted);
            }
        }
    }

    /// Sum of the losses of all rows.
    fn loss(&self, active: usize) -> f64 {
        self.slabs[..active].iter().map(|slab| slab.loss).sum()
    }

    fn fold_moments(&mut self, segment: usize, active: usize) -> Vec<f64> {
        let (first, others) = self.slabs[..active].split_first_mut().expect("a batch has rows");
        let moments = &mut first.boundaries[segment].moments;
        others.iter().for_each(|slab| moments.add(&slab.boundaries[segment].moments));
        moments.to_sums()
    }

    fn set_statistics(&mut self, segment: usize, moments: &Moments) {
        let layer = self.segments[segment + 1].start;
        let Layer::BatchNorm(norm) = self.network.architecture().layers()[layer] else {
            unreachable!("every segment but the first starts with a batch-norm");
        };
        let (parameters, statistics) =
            (self.network.parameter_range(layer), self.network.statistics_range(layer));
        let width = self.network.architecture().output_width(layer);
        let affine = self.network.parameters[parameters].split_at(width);
        let running = self.network.statistics[statistics].split_at_mut(width);
        self.norms[segment].set(norm, moments, affine, running);
    }

    /// Sums over the rows of `e zh` and of `e` at the batch-norm behind a segment.
    fn error_sums(&self, segment: usize, active: usize) -> Vec<f64> {
        let range = self.network.parameter_range(self.segments[segment + 1].start);
        let mut sums = vec![0.0f64; range.len()];
        for slab in &self.slabs[..active] {
            sums.iter_mut().zip(&slab.gradient[range.clone()]).for_each(|(s, &g)| *s += f64::from(g));
        }
        sums
    }

    /// Sum of the slabs' gradients, folded in the order of the slabs.
    fn fold_gradient(&mut self, active: usize) {
        const CHUNK: usize = 1 << 10;
        let slabs = &self.slabs[..active];
        let fold = |(chunk, target): (usize, &mut [f32])| {
            let at = chunk * CHUNK;
            target.copy_from_slice(&slabs[0].gradient[at..at + target.len()]);
            for slab in &slabs[1..] {
                let part = &slab.gradient[at..at + target.len()];
                target.iter_mut().zip(part).for_each(|(t, &g)| *t += g);
            }
        };
        if active * self.gradient.len() < WORTH_FOLDING {
            self.gradient.chunks_mut(CHUNK).enumerate().for_each(fold);
        } else {
            self.gradient.par_chunks_mut(CHUNK).enumerate().for_each(fold);
        }
    }

    /// From the sum over rows that count so much together to the gradient of their mean loss.
    fn average_gradient(&mut self, total: f64) {
        let scale = 1.0 / total as f32;
        self.gradient.iter_mut().for_each(|g| *g *= scale);
        if let Some(under_norm) = self.under_norm.as_ref().filter(|_| self.one_sweep) {
            let norm = self.network.parameter_range(1);
            let (below, rest) = self.gradient.split_at_mut(norm.start);
            let (products, errors) = rest[..norm.len()].split_at(norm.len() / 2);
            let weight = &mut below[..self.network.dense(0).weight.len()];
            under_norm.complete(weight, products, errors, self.norms[0].gain());
        }
        // Without cut connections the second list is empty, and nothing happens.
        self.gradient.iter_mut().zip(&self.network.connections).for_each(|(g, &there)| *g *= there);
    }
}
