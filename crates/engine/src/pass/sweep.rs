//! One sweep over the rows of a slab: tiles through the layers of a segment, forward, back or both.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use crate::batch::tiling::tiles;
use crate::network::Network;
use crate::network::architecture::Layer;
use crate::network::evaluate::{SCORED_ROWS, Tile};
use crate::network::layers::batch_norm::Statistics;
use crate::network::layers::{dropout, sample};
use crate::network::objective::Objective;
use crate::network::pairs::{PairOutputs, Partners};
use crate::pass::buffers::{Boundary, Gathered, Slab, Workspace};
use crate::random::Key;
use crate::row_gradients::capture::Capture;
use crate::selection::{weigh_rows, weight_within};

/// How much each row counts in the step.
#[derive(Clone, Copy)]
pub(crate) enum Weighing<'a> {
    /// As much as any other.
    Even,
    /// As its loss lets foresee, with this limit.
    Foreseen(f32),
    /// By its position among the rows that pass by.
    Known(&'a [f32]),
}

/// What all slabs share during one sweep over the rows.
#[derive(Clone, Copy)]
pub(crate) struct Sweep<'a> {
    pub(crate) network: &'a Network,
    pub(crate) norms: &'a [Statistics],
    pub(crate) segments: &'a [Range<usize>],
    pub(crate) objective: &'a Objective,
    /// Radius of a soft boundary.
    pub(crate) radius: f32,
    pub(crate) rows: &'a [f32],
    pub(crate) tile_rows: usize,
    /// Where the rows stand in their batch, if not in the order of `rows`: the address of their random
    /// numbers.
    pub(crate) places: Option<&'a [usize]>,
    /// Where the first row of the batch stands in the table, if the batch is a shard of one.
    pub(crate) first_row: usize,
    pub(crate) dropout: Key,
    pub(crate) noise: Key,
    /// Positions of the probe rows in the batch, rising.
    pub(crate) probe: &'a [usize],
    pub(crate) capture: &'a Mutex<Capture>,
    pub(crate) weighing: Weighing<'a>,
    /// Whether the slab has a gradient already that these rows are added to.
    pub(crate) adds: bool,
}

impl Sweep<'_> {
    /// Forward through a segment that ends at a batch-norm: leaves its input and its moments.
    pub(crate) fn forward(&self, segment: usize, slab: &mut Slab, workspace: &mut Workspace) {
        let first_row = slab.rows.start;
        slab.boundaries[segment].moments.clear();
        for tile in tiles(slab.rows.clone(), self.tile_rows) {
            let offset = tile.start - first_row;
            let (before, after) = slab.boundaries.split_at_mut(segment);
            let input = self.segment_input(before, &tile, offset);
            let place = after[0].place(offset, tile.len());
            let target = &mut after[0].input[place];
            self.forward_tile(self.segments[segment].clone(), &tile, input, workspace, Some(target));
            after[0].moments.add_tile(target);
        }
    }

    /// Forward and backward through the last segment, from its start to the loss and back. Losses are left unless the
    /// weights of the rows are known, which takes them.
    pub(crate) fn there_and_back(&self, segment: usize, slab: &mut Slab, workspace: &mut Workspace) {
        let layers = self.segments[segment].clone();
        if !matches!(self.weighing, Weighing::Known(_)) {
            slab.loss = 0.0;
        }
        for tile in tiles(slab.rows.clone(), self.tile_rows) {
            let offset = tile.start - slab.rows.start;
            let input = self.segment_input(&slab.boundaries[..segment], &tile, offset);
            self.forward_tile(layers.clone(), &tile, input, workspace, None);
            if let Weighing::Foreseen(_) = self.weighing {
                self.losses_of_tile(&layers, &tile, offset, slab, workspace);
            }
            let values = tile.len() * self.network.architecture().outputs();
            let output = &workspace.outputs[layers.end - 1][..values];
            let boundary = (self.radius, &mut slab.distances[offset..offset + tile.len()]);
            let error = &mut workspace.error[..values];
            let loss = self.objective.loss_and_error(self.targets(&tile), output, error, boundary);
            let weights = &mut workspace.weights[..tile.len()];
            match self.weighing {
                Weighing::Even => slab.loss += f64::from(loss),
                Weighing::Known(all) => weights.copy_from_slice(&all[tile.clone()]),
                Weighing::Foreseen(limit) => {
                    let losses = &slab.losses[offset..];
                    weights
                        .iter_mut()
                        .zip(losses)
                        .for_each(|(weight, &loss)| *weight = weight_within(limit, loss));
                }
            }
            self.backward_tile(segment, &tile, offset, slab, workspace);
        }
    }

    /// Forward alone through the last segment: leaves the loss of each row.
    pub(crate) fn losses(&self, segment: usize, slab: &mut Slab, workspace: &mut Workspace) {
        let layers = self.segments[segment].clone();
        slab.loss = 0.0;
        for tile in tiles(slab.rows.clone(), self.tile_rows) {
            let offset = tile.start - slab.rows.start;
            let input = self.segment_input(&slab.boundaries[..segment], &tile, offset);
            self.forward_tile(layers.clone(), &tile, input, workspace, None);
            self.losses_of_tile(&layers, &tile, offset, slab, workspace);
        }
    }

    /// Takes rows that were gathered from all over the batch there and back, and adds to the gradient of a slab what they
    /// count.
    pub(crate) fn add_gathered(
        &self,
        segment: usize,
        gathered: &mut Gathered,
        slab: &mut Slab,
        workspace: &mut Workspace,
    ) {
        let Gathered { places, values, weights, slab: apart } = gathered;
        std::mem::swap(&mut slab.gradient, &mut apart.gradient);
        let (places, weighing) = (Some(&places[..]), Weighing::Known(weights));
        let sweep = Sweep { rows: values, places, probe: &[], weighing, adds: true, ..*self };
        sweep.there_and_back(segment, apart, workspace);
        std::mem::swap(&mut slab.gradient, &mut apart.gradient);
    }

    /// Leaves the loss of each row of a tile, whose outputs are at hand.
    fn losses_of_tile(
        &self,
        layers: &Range<usize>,
        tile: &Range<usize>,
        offset: usize,
        slab: &mut Slab,
        workspace: &Workspace,
    ) {
        let architecture = self.network.architecture();
        let output = &workspace.outputs[layers.end - 1][..tile.len() * architecture.outputs()];
        let Slab { losses, distances, loss, .. } = slab;
        let losses = &mut losses[offset..offset + tile.len()];
        let distances = &mut distances[offset..offset + tile.len()];
        self.objective.losses(self.targets(tile), output, (self.radius, distances), losses);
        for layer in layers.clone() {
            if let Layer::Sample(constants) = architecture.layers()[layer] {
                let width = architecture.output_width(layer);
                let input = match layer {
                    0 => self.targets(tile),
                    _ => &workspace.outputs[layer - 1][..2 * width * tile.len()],
                };
                sample::add_divergences(width, constants.divergence_weight, input, losses);
            }
        }
        *loss += losses.iter().map(|&loss| f64::from(loss)).sum::<f64>();
    }

    /// What a tile's outputs are compared with: the rows themselves.
    fn targets(&self, tile: &Range<usize>) -> &[f32] {
        let columns = self.network.architecture().inputs();
        &self.rows[tile.start * columns..tile.end * columns]
    }

    /// Forward alone, for an objective over pairs: leaves the outputs of the network and of the target.
    pub(crate) fn pair_outputs(&self, slab: &mut Slab, workspace: &mut Workspace) {
        let Objective::RandomDistances { target } = self.objective else {
            unreachable!("only random distances are over pairs");
        };
        let architecture = self.network.architecture();
        let (columns, width) = (architecture.inputs(), architecture.outputs());
        slab.outputs.resize(slab.rows.len() * width, 0.0);
        slab.targets.resize(slab.rows.len() * width, 0.0);
        for tile in tiles(slab.rows.clone(), self.tile_rows) {
            let place = (tile.start - slab.rows.start) * width..(tile.end - slab.rows.start) * width;
            let input = &self.rows[tile.start * columns..tile.end * columns];
            let output = &mut slab.outputs[place.clone()];
            self.forward_tile(self.segments[0].clone(), &tile, input, workspace, Some(output));
            let Workspace { target_tile, target_norms, .. } = workspace;
            let tile = target_tile.get_or_insert_with(|| Tile::new(target));
            let seen = slab.targets[place].chunks_mut(SCORED_ROWS * width);
            for (seen, input) in seen.zip(input.chunks(SCORED_ROWS * columns)) {
                seen.copy_from_slice(tile.run(target, target_norms, input));
            }
        }
    }

    /// The loss of each row, once the outputs of all rows are known.
    pub(crate) fn pair_losses(&self, (outputs, partners): (&PairOutputs, &Partners), slab: &mut Slab) {
        for (row, loss) in slab.rows.clone().zip(&mut slab.losses) {
            *loss = outputs.loss(row, partners);
        }
    }

    /// Forward again and backward, once the outputs of all rows are known, and the weights, if the rows do not all count
    /// the same.
    pub(crate) fn pairs_back(
        &self,
        (outputs, partners): (&PairOutputs, &Partners),
        weights: Option<&[f32]>,
        slab: &mut Slab,
        workspace: &mut Workspace,
    ) {
        slab.loss = 0.0;
        let columns = self.network.architecture().inputs();
        for tile in tiles(slab.rows.clone(), self.tile_rows) {
            let input = &self.rows[tile.start * columns..tile.end * columns];
            self.forward_tile(self.segments[0].clone(), &tile, input, workspace, None);
            let Workspace { error, next_error: room, .. } = workspace;
            let room = &mut room[..outputs.width];
            let errors = error[..tile.len() * outputs.width].chunks_exact_mut(outputs.width);
            for (row, error) in tile.clone().zip(errors) {
                slab.loss += f64::from(match weights {
                    Some(weights) => outputs.weighed_error(row, partners, weights, error, room),
                    None => outputs.loss_and_error(row, partners, error),
                });
            }
            self.backward_tile(0, &tile, tile.start - slab.rows.start, slab, workspace);
        }
    }

    /// Forward and backward of chosen rows with errors that are known, (rows x outputs), for their capture.
    pub(crate) fn capture_rows(&self, errors: &[f32], slab: &mut Slab, workspace: &mut Workspace) {
        let (columns, width) = (self.network.architecture().inputs(), self.network.architecture().outputs());
        for tile in tiles(slab.rows.clone(), self.tile_rows) {
            let input = &self.rows[tile.start * columns..tile.end * columns];
            self.forward_tile(self.segments[0].clone(), &tile, input, workspace, None);
            let values = &errors[tile.start * width..tile.end * width];
            workspace.error[..values.len()].copy_from_slice(values);
            self.backward_tile(0, &tile, tile.start, slab, workspace);
        }
    }

    /// Backward through a segment that ends at a batch-norm whose error means are known.
    pub(crate) fn back(&self, segment: usize, slab: &mut Slab, workspace: &mut Workspace) {
        for tile in tiles(slab.rows.clone(), self.tile_rows) {
            let offset = tile.start - slab.rows.start;
            // The activations were not kept: all but the last layer's are made again.
            let layers = self.segments[segment].start..self.segments[segment].end - 1;
            let input = self.segment_input(&slab.boundaries[..segment], &tile, offset);
            self.forward_tile(layers, &tile, input, workspace, None);
            let boundary = &slab.boundaries[segment];
            let place = boundary.place(offset, tile.len());
            let error = &mut workspace.error[..place.len()];
            self.norms[segment].backward(&boundary.input[place.clone()], &boundary.error[place], error);
            self.backward_tile(segment, &tile, offset, slab, workspace);
        }
    }

    /// What enters the first layer of a segment, given the boundaries before it: the table, or what the
    /// last of these batch-norms was given.
    fn segment_input<'b>(&'b self, before: &'b [Boundary], tile: &Range<usize>, offset: usize) -> &'b [f32] {
        match before.last() {
            Some(boundary) => &boundary.input[boundary.place(offset, tile.len())],
            None => {
                let columns = self.network.architecture().inputs();
                &self.rows[tile.start * columns..tile.end * columns]
            }
        }
    }

    /// Forward through `layers`; the last output goes to `target` if there is one, else it stays in the
    /// workspace with the others.
    fn forward_tile(
        &self,
        layers: Range<usize>,
        tile: &Range<usize>,
        input: &[f32],
        workspace: &mut Workspace,
        mut target: Option<&mut [f32]>,
    ) {
        let architecture = self.network.architecture();
        if layers.is_empty() {
            target.into_iter().for_each(|target| target.copy_from_slice(input));
            return;
        }
        for layer in layers.clone() {
            let (before, here) = workspace.outputs.split_at_mut(layer);
            let rows = tile.len();
            let input = match layer == layers.start {
                true => input,
                false => &before[layer - 1][..rows * architecture.input_width(layer)],
            };
            let output = match &mut target {
                Some(target) if layer + 1 == layers.end => &mut target[..],
                _ => &mut here[0][..rows * architecture.output_width(layer)],
            };
            match architecture.layers()[layer] {
                Layer::Dense { .. } => self.network.dense(layer).forward(input, output),
                Layer::BatchNorm(_) => self.norm_at(layer).forward(input, output),
                Layer::Activation(activation) => activation.forward(input, output),
                Layer::Dropout { rate } => {
                    let mask = &mut workspace.masks[layer][..input.len()];
                    let key = self.dropout.at(layer as u64);
                    let key_of = |row: usize| key.at(self.place(tile.start + row));
                    dropout::forward(rate, key_of, architecture.input_width(layer), input, mask, output);
                }
                Layer::Sample(_) => {
                    let noise = &mut workspace.masks[layer][..output.len()];
                    let key = self.noise.at(layer as u64);
                    let key_of = |row: usize| key.at(self.place(tile.start + row));
                    sample::forward(architecture.output_width(layer), key_of, input, noise, output);
                }
            }
        }
    }

    /// Backward through a segment, from the error in the workspace: adds to the slab's gradient, leaves
    /// the error at the batch-norm that the segment starts with, and captures the probe rows.
    fn backward_tile(
        &self,
        segment: usize,
        tile: &Range<usize>,
        offset: usize,
        slab: &mut Slab,
        workspace: &mut Workspace,
    ) {
        let architecture = self.network.architecture();
        let layers = self.segments[segment].clone();
        let first = offset == 0 && !self.adds;
        // What crosses a batch-norm on its way down has its weight already.
        let weighed = segment + 1 == self.segments.len() && !matches!(self.weighing, Weighing::Even);
        let weights = weighed.then_some(&workspace.weights[..tile.len()]);
        let before = |row: usize| self.probe.partition_point(|&probed| probed < row);
        let probed = before(tile.start)..before(tile.end);
        let captured = probed.clone().map(|at| (at, self.probe[at] - tile.start));
        for layer in layers.clone().rev() {
            let (inputs, outputs) = (architecture.input_width(layer), architecture.output_width(layer));
            let error = &mut workspace.error[..tile.len() * outputs];
            let next_error = &mut workspace.next_error[..tile.len() * inputs];
            let gradient = &mut slab.gradient[self.network.parameter_range(layer)];
            match architecture.layers()[layer] {
                Layer::Dense { .. } => {
                    let input = match layer == layers.start {
                        true => self.segment_input(&slab.boundaries[..segment], tile, offset),
                        false => &workspace.outputs[layer - 1][..tile.len() * inputs],
                    };
                    let dense = self.network.dense(layer);
                    // A bias under a batch-norm, which takes it away again, has no gradient: what sums up to one is
                    // rounding, of which Adam would make steps. The bias would wander, and the running mean lag behind.
                    let under_norm =
                        matches!(architecture.layers().get(layer + 1), Some(Layer::BatchNorm(_)));
                    let trained = if under_norm { dense.weight.len() } else { gradient.len() };
                    // Of that the batch-norm and the table say all.
                    if !probed.is_empty() && !under_norm {
                        self.capture().dense(layer, captured.clone(), input, error);
                    }
                    if layer > 0 {
                        dense.backward(error, next_error);
                    }
                    // Last of all: single rows have gradients of their own, whatever they count.
                    if let Some(weights) = weights.filter(|_| !under_norm) {
                        weigh_rows(error, outputs, weights);
                    }
                    dense.add_gradient(input, error, &mut gradient[..trained], first);
                }
                Layer::BatchNorm(_) => {
                    let input = match layer == layers.start {
                        true => self.segment_input(&slab.boundaries[..segment], tile, offset),
                        false => &workspace.outputs[layer - 1][..error.len()],
                    };
                    let norm = self.norm_at(layer);
                    // Before the others come by: what it reads is in the cache for them.
                    if !probed.is_empty() {
                        self.capture().norm(layer, captured.clone(), norm, (input, error));
                    }
                    if let Some(weights) = weights {
                        weigh_rows(error, outputs, weights);
                    }
                    norm.add_gradient(input, error, gradient, first);
                    if layer > layers.start {
                        // The layer below sums up e itself, see `under_norm`.
                        continue;
                    }
                    let boundary = &mut slab.boundaries[segment - 1];
                    let place = boundary.place(offset, tile.len());
                    boundary.error[place].copy_from_slice(error);
                }
                Layer::Activation(activation) => {
                    activation.backward(&workspace.outputs[layer][..error.len()], error, next_error);
                }
                Layer::Dropout { .. } => {
                    dropout::backward(&workspace.masks[layer][..error.len()], error, next_error);
                }
                Layer::Sample(constants) => {
                    let input = match layer == layers.start {
                        true => self.segment_input(&slab.boundaries[..segment], tile, offset),
                        false => &workspace.outputs[layer - 1][..next_error.len()],
                    };
                    let noise = &workspace.masks[layer][..error.len()];
                    let weight = constants.divergence_weight;
                    let divergence = sample::backward(outputs, weight, input, noise, error, next_error);
                    if weights.is_none() {
                        slab.loss += f64::from(divergence);
                    }
                }
            }
            std::mem::swap(&mut workspace.error, &mut workspace.next_error);
        }
    }

    fn capture(&self) -> MutexGuard<'_, Capture> {
        self.capture.lock().expect("no pass panicked")
    }

    /// Where a row stands in its batch, or in the table if the batch is a shard of one.
    #[inline(always)]
    fn place(&self, row: usize) -> u64 {
        (self.first_row + self.places.map_or(row, |places| places[row])) as u64
    }

    /// The statistics of the batch-norm at `layer`.
    fn norm_at(&self, layer: usize) -> &Statistics {
        let below = &self.network.architecture().layers()[..layer];
        &self.norms[below.iter().filter(|layer| matches!(layer, Layer::BatchNorm(_))).count()]
    }
}
