//! The passes that nested auto-encoders are trained by.

use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::batch::tiling::{slabs, tile_rows, tiles};
use crate::error::{EngineError, check, check_length};
use crate::nested::{Depths, Errors, Layers, Outputs};
use crate::network::Network;
use crate::row_gradients::RowGradients;
use crate::row_gradients::capture::Capture;
use crate::selection::{RowSelection, Selected, total_weight};

/// Slabs at most: whoever trains such networks trains several at once, and each slab has a gradient of its own.
const MOST_SLABS: usize = 4;

/// Values that a way forward may leave for the way back, 32 MiB. Beyond, it is gone again.
const KEPT: usize = 1 << 23;

/// The part of a pass that belongs to one slab of rows.
#[derive(Debug)]
struct Slab {
    rows: Range<usize>,
    /// One for each tile if they are kept, else one for all.
    outputs: Vec<Outputs>,
    sums: Vec<f32>,
    errors: Errors,
    /// Of J summed over the rows.
    gradient: Vec<f32>,
}

/// Finds the gradients that a nested auto-encoder is trained by; the steps are the caller's.
///
/// ```
/// use gradstop_engine::*;
/// let dense = |outputs| Layer::Dense { outputs, bias: true };
/// let tanh = Layer::Activation(Activation::Tanh);
/// let layers = vec![dense(2), tanh.clone(), dense(1), tanh.clone(), dense(2), tanh.clone(), dense(3), tanh];
/// let network = Network::new(Architecture::new(3, layers)?, Initialization::Uniform, 0);
/// let rows = [0.5, 1.0, -1.0, 0.1, 0.2, 0.3];
/// let mut errors = Vec::new();
/// for network in network.of_each_depth()? {
///     errors.extend(network.reconstruction_errors(&rows)?);
/// }
/// let mut trainer = NestedTrainer::new(network)?;
/// let loss = trainer.pass(&rows, &[])?;
/// let (rows, columns) = (2.0, 3.0);
/// assert!((loss - f64::from(errors.iter().sum::<f32>()) / (rows * columns)).abs() < 1e-6);
/// # Ok::<(), EngineError>(())
/// ```
#[derive(Debug)]
pub struct NestedTrainer {
    network: Network,
    depths: Depths,
    slabs: Vec<Slab>,
    losses: Vec<f32>,
    /// Rows whose outputs are kept, of the network as it is now; 0 if none are.
    at_hand: usize,
    gradient: Vec<f32>,
    capture: Mutex<Capture>,
    selection: Option<Box<dyn RowSelection>>,
    /// Of the rows of the last pass, if they are selected.
    weights: Vec<f32>,
}

impl NestedTrainer {
    /// A trainer for this network, whose dense layers, each with an activation behind it or none, are those of an
    /// encoder and of a decoder with the same widths.
    ///
    /// # Errors
    /// [`EngineError::Setting`] for other layers.
    pub fn new(network: Network) -> Result<Self, EngineError> {
        let depths = Depths::of(network.architecture())?;
        Ok(Self {
            slabs: Vec::new(),
            losses: Vec::new(),
            at_hand: 0,
            gradient: vec![0.0; network.parameters.len()],
            capture: Mutex::new(Capture::new(&network, |layer| depths.parts(layer))),
            depths,
            network,
            selection: None,
            weights: Vec::new(),
        })
    }

    /// Lets a selection decide which rows count in a pass, as [`Trainer::with_selection`](crate::pass::trainer::Trainer::with_selection).
    #[must_use]
    pub fn with_selection(mut self, selection: Box<dyn RowSelection>) -> Self {
        self.selection = Some(selection);
        self
    }

    /// Which rows the last pass was learned from, if they are selected.
    pub fn selected(&self) -> Option<Selected<'_>> {
        let selection = self.selection.as_ref()?;
        Some(Selected { weights: &self.weights, threshold: selection.threshold() })
    }

    /// What selects the rows, if anything does.
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
        self.at_hand = 0;
        &mut self.network
    }

    /// J of each row of a matrix of shape (rows x columns). The way forward is kept if there is room for it: the next
    /// pass, if it is over so many rows, takes them for the same ones and only goes back.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if the lengths do not fit.
    pub fn losses_into(&mut self, rows: &[f32], losses: &mut [f32]) -> Result<(), EngineError> {
        check_length("rows to score", rows.len(), losses.len() * self.depths.columns())?;
        self.go_forward(rows, losses.len());
        losses.copy_from_slice(&self.losses);
        Ok(())
    }

    /// Finds the losses of `count` rows, and keeps the way there if there is room.
    fn go_forward(&mut self, rows: &[f32], count: usize) {
        let keeps = count * Outputs::values(&self.depths) <= KEPT;
        self.cut(count, keeps);
        self.at_hand = 0;
        self.sweep(rows, None);
        self.at_hand = if keeps { count } else { 0 };
    }

    /// Forward and back over a batch of shape (rows x columns): leaves the [gradient](Self::gradient) of the mean loss
    /// and those of the probe rows, which are positions in the batch, rising. Returns the mean of J. Where rows are
    /// [selected](Self::with_selection) the gradient is that of the weighted mean.
    ///
    /// # Errors
    /// [`EngineError::Shape`] for an empty or ragged batch; [`EngineError::Setting`] if the probe rows do not rise or
    /// lie outside the batch.
    pub fn pass(&mut self, rows: &[f32], probe: &[usize]) -> Result<f64, EngineError> {
        let count = rows.len() / self.depths.columns();
        check_length("rows to score", rows.len(), count.max(1) * self.depths.columns())?;
        let rises = probe.is_sorted_by(|a, b| a < b) && probe.last().is_none_or(|&row| row < count);
        if !rises {
            check(false, "probe rows", format!("{probe:?}"), "rising positions within the batch")?;
        }
        self.capture.get_mut().expect("no pass panicked").begin(probe, false);
        let mut total = count as f64;
        if let Some(mut selection) = self.selection.take() {
            if self.at_hand != count {
                self.go_forward(rows, count);
            }
            self.weights.resize(count, 0.0);
            selection.weigh(&self.losses, &mut self.weights);
            total = total_weight(&self.weights);
            self.selection = Some(selection);
        }
        if self.at_hand != count {
            self.at_hand = 0;
            self.cut(count, false);
        }
        self.sweep(rows, Some(probe));
        self.capture.get_mut().expect("no pass panicked").measure();
        self.fold_gradient(total);
        Ok(self.losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / count as f64)
    }

    /// Gradient of the last pass's mean loss, in the order of [`Network::parameters`].
    pub fn gradient(&self) -> &[f32] {
        &self.gradient
    }

    /// The gradients of the probe rows of the last pass that had any, each of its own J.
    pub fn row_gradients(&mut self) -> RowGradients<'_> {
        RowGradients::new(self.capture.get_mut().expect("no pass panicked"))
    }

    /// Makes the slabs fit so many rows.
    fn cut(&mut self, rows: usize, keeps: bool) {
        let (tile_rows, widest) = (tile_rows(&self.network), self.network.architecture().widest());
        let ranges = slabs(rows, tile_rows, MOST_SLABS);
        self.slabs.truncate(ranges.len());
        while self.slabs.len() < ranges.len() {
            self.slabs.push(Slab {
                rows: 0..0,
                outputs: Vec::new(),
                sums: vec![0.0; tile_rows * widest],
                errors: Errors::new(&self.depths, tile_rows, widest),
                gradient: vec![0.0; self.network.parameters.len()],
            });
        }
        for (slab, range) in self.slabs.iter_mut().zip(ranges) {
            let wanted = if keeps { range.len().div_ceil(tile_rows) } else { 1 };
            slab.outputs.resize_with(wanted, || Outputs::new(&self.depths, tile_rows));
            slab.rows = range;
        }
    }

    /// Takes the rows forward, unless that is at hand, and back if there is a probe, be it of no rows.
    fn sweep(&mut self, rows: &[f32], probe: Option<&[usize]>) {
        let (columns, tile_rows) = (self.depths.columns(), tile_rows(&self.network));
        let layers = Layers { network: &self.network, depths: &self.depths };
        let (capture, at_hand) = (&self.capture, self.at_hand > 0);
        let weights = self.selection.is_some().then_some(&self.weights[..]);
        let run = |(slab, losses): (&mut Slab, &mut [f32])| {
            let Slab { rows: range, outputs, sums, errors, gradient } = slab;
            let tiles = tiles(range.clone(), tile_rows).zip(losses.chunks_mut(tile_rows));
            let kept = outputs.len() - 1;
            for (index, (tile, losses)) in tiles.enumerate() {
                let (values, outputs) =
                    (&rows[tile.start * columns..tile.end * columns], &mut outputs[index.min(kept)]);
                if !at_hand {
                    losses.fill(0.0);
                    layers.forward(values, outputs, sums, losses);
                }
                if let Some(probe) = probe {
                    let before = |row: usize| probe.partition_point(|&probed| probed < row);
                    let probed = before(tile.start)..before(tile.end);
                    let weights = weights.map(|weights| &weights[tile.clone()]);
                    layers.backward((values, outputs), weights, errors, (gradient, index == 0), |passed| {
                        if !probed.is_empty() {
                            let part = |at| at * layers.depths.parts(passed.layer) + passed.part;
                            let parts = probed.clone().map(|at| (part(at), probe[at] - tile.start));
                            let mut capture = capture.lock().expect("no pass panicked");
                            capture.dense(passed.layer, parts, passed.input, passed.error);
                        }
                    });
                }
            }
        };
        self.losses.resize(self.slabs.last().map_or(0, |slab| slab.rows.end), 0.0);
        let slab_rows = self.slabs.first().map_or(1, |slab| slab.rows.len());
        match &mut self.slabs[..] {
            // Not worth waking other threads for.
            [only] => run((only, &mut self.losses)),
            slabs => slabs.par_iter_mut().zip(self.losses.par_chunks_mut(slab_rows)).for_each(run),
        }
    }

    /// From the sums of the slabs to the mean over rows that count so much together.
    fn fold_gradient(&mut self, total: f64) {
        let (first, others) = self.slabs.split_first().expect("a batch has rows");
        self.gradient.copy_from_slice(&first.gradient);
        for slab in others {
            self.gradient.iter_mut().zip(&slab.gradient).for_each(|(sum, &part)| *sum += part);
        }
        let scale = 1.0 / total as f32;
        self.gradient.iter_mut().for_each(|g| *g *= scale);
    }
}
