//! What a pass writes to: the sums and boundaries of each slab of rows, and the work memory of each thread.

use std::ops::Range;

use crate::batch::tiling::tile_rows;
use crate::network::Network;
use crate::network::architecture::Layer;
use crate::network::evaluate::{Tile, running_statistics};
use crate::network::layers::batch_norm::{Moments, Statistics};
use crate::network::objective::Objective;
use crate::simd::buffer::{Buffer, zeros};

/// The part of a pass that belongs to one slab of rows.
#[derive(Debug)]
pub(crate) struct Slab {
    pub(crate) rows: Range<usize>,
    /// Sum over the slab's rows of their gradients.
    pub(crate) gradient: Buffer,
    /// Sum over the slab's rows of J.
    pub(crate) loss: f64,
    /// `|f(x) - c|^2` of each row, if the objective has a sphere.
    pub(crate) distances: Vec<f32>,
    /// J of each row, if a selection wants to know.
    pub(crate) losses: Vec<f32>,
    /// What the network and the random target make of the rows, if the objective compares them.
    pub(crate) outputs: Vec<f32>,
    pub(crate) targets: Vec<f32>,
    /// What crosses each batch-norm.
    pub(crate) boundaries: Vec<Boundary>,
}

/// What enters a batch-norm and what comes back to it, for the rows of one slab.
#[derive(Debug)]
pub(crate) struct Boundary {
    width: usize,
    /// (rows x width): the batch-norm's input.
    pub(crate) input: Buffer,
    /// (rows x width): dJ/du at the batch-norm's output.
    pub(crate) error: Buffer,
    pub(crate) moments: Moments,
}

impl Slab {
    pub(crate) fn new(network: &Network, segments: &[Range<usize>]) -> Self {
        let boundary = |segment: &Range<usize>| {
            let width = network.architecture().input_width(segment.start);
            Boundary { width, input: zeros(0), error: zeros(0), moments: Moments::new(width) }
        };
        let boundaries = segments[1..].iter().map(boundary).collect();
        Self {
            rows: 0..0,
            gradient: zeros(network.parameters.len()),
            loss: 0.0,
            distances: Vec::new(),
            losses: Vec::new(),
            outputs: Vec::new(),
            targets: Vec::new(),
            boundaries,
        }
    }

    /// Makes it that of these rows; `crossed` if what crosses its batch-norms has to be kept.
    pub(crate) fn fit(&mut self, rows: Range<usize>, crossed: bool) {
        for boundary in self.boundaries.iter_mut().filter(|_| crossed) {
            boundary.input.resize(rows.len() * boundary.width, 0.0);
            boundary.error.resize(rows.len() * boundary.width, 0.0);
        }
        self.distances.resize(rows.len(), 0.0);
        self.rows = rows;
    }
}

impl Boundary {
    /// The values of a tile that starts `offset` rows into the slab.
    pub(crate) fn place(&self, offset: usize, rows: usize) -> Range<usize> {
        offset * self.width..(offset + rows) * self.width
    }
}

/// Rows that stand apart in their batch, and a slab for them alone, but for its gradient: that is added to another one's.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// Where they stand.
    pub(crate) places: Vec<usize>,
    /// (rows x inputs).
    pub(crate) values: Vec<f32>,
    pub(crate) weights: Vec<f32>,
    pub(crate) slab: Slab,
}

impl Gathered {
    pub(crate) fn new(network: &Network, segments: &[Range<usize>]) -> Self {
        let slab = Slab { gradient: zeros(0), ..Slab::new(network, segments) };
        Self { places: Vec::new(), values: Vec::new(), weights: Vec::new(), slab }
    }
}

/// Work memory of one thread, for one tile.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Output of each layer, (tile rows x its width).
    pub(crate) outputs: Vec<Buffer>,
    /// Mask of each dropout layer and noise of each sampling layer; empty for the others.
    pub(crate) masks: Vec<Buffer>,
    /// The error that travels back, and room for the next one.
    pub(crate) error: Buffer,
    pub(crate) next_error: Buffer,
    /// Weight of each row in the step.
    pub(crate) weights: Vec<f32>,
    /// Room for the random target, once it is used, and the statistics of its batch-norms.
    pub(crate) target_tile: Option<Tile>,
    pub(crate) target_norms: Vec<Option<Statistics>>,
}

impl Workspace {
    pub(crate) fn new(network: &Network, objective: &Objective) -> Self {
        let architecture = network.architecture();
        let rows = tile_rows(network);
        let values = |layer: usize| zeros(rows * architecture.output_width(layer));
        let layers = architecture.layers().iter().enumerate();
        Self {
            outputs: (0..architecture.layers().len()).map(values).collect(),
            masks: layers
                .map(|(index, layer)| match layer {
                    Layer::Dropout { .. } | Layer::Sample(_) => values(index),
                    _ => zeros(0),
                })
                .collect(),
            error: zeros(rows * architecture.widest()),
            next_error: zeros(rows * architecture.widest()),
            weights: vec![0.0; rows],
            target_tile: None,
            target_norms: match objective {
                Objective::RandomDistances { target } => running_statistics(target),
                _ => Vec::new(),
            },
        }
    }
}
