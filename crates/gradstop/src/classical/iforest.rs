//! Isolation forest (Liu et al., 2008): abnormal is what random cuts soon set apart.

use std::sync::Arc;

use gradstop_engine::random::{Key, Purpose};
use rayon::prelude::*;

use crate::classical::check_cancelled;
use crate::error::{Error, ModelFileError};
use crate::method::parameter::Range;
use crate::method::settings::settings;
use crate::method::{Algorithm, FitOutput};
use crate::model::explanation::ExplanationMethod;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::{Model, Rows};
use crate::training::callback::Callback;

settings! {
    /// Settings of the isolation forest. The score of a row is `2^(-mean path / expected path)`, between 0 and 1;
    /// larger is more abnormal.
    pub struct IsolationForest {
        /// Seed of every random number.
        pub seed: u64 = 0 => Range::at_least(0),
        /// Trees.
        pub n_estimators: usize = 100 => Range::whole(1, 100_000),
        /// Rows that each tree is grown on; all if there are fewer.
        pub max_samples: usize = 256 => Range::whole(2, 1 << 24),
        /// Share of the columns that each tree may cut.
        pub max_features: f64 = 1.0 => Range::ShareUpTo(1.0),
    }
}

/// A node of a tree. Rows whose value is at most the threshold go to `below`, others to the node behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    column: u32,
    threshold: f32,
    /// 0 for a leaf: no child is the root.
    below: u32,
    /// Length of the path to a leaf, with the expected rest for the rows that it holds.
    path: f32,
}

#[derive(Debug)]
struct Forest {
    trees: Vec<Vec<Node>>,
    /// Expected path among as many rows as a tree has seen.
    expected: f64,
}

impl Algorithm for IsolationForest {
    const NAME: &'static str = "iforest";
    const CLASS: &'static str = "IForest";
    const ABOUT: &'static str = "abnormal is what random cuts through random columns soon set apart";
    const ASSUMES: &'static str = "outliers are few and differ in single columns";
    const SCORE: &'static str = "from 0 to 1, the larger the fewer cuts set the row apart";
    const COST: &'static str =
        "fit: trees x sampled rows x log; score: rows x trees x log of the sampled rows";
    const FEW_SCORES: Option<&'static str> =
        Some("a larger n_estimators, and a larger max_samples, tell more rows apart");

    fn seed_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.seed)
    }

    fn learn(&self, rows: Rows<'_>, callback: &mut dyn Callback) -> Result<FitOutput, Error> {
        check_cancelled(callback)?;
        let sampled = self.max_samples.min(rows.count());
        let grow = |tree: usize| {
            let key = Key::new(self.seed, Purpose::IsolationForest, &[tree as u64]);
            let columns = ((self.max_features * rows.columns as f64) as usize).max(1);
            let columns = key.at(0).sample(rows.columns, columns);
            let mut chosen = key.at(1).sample(rows.count(), sampled);
            grow_tree(rows, &columns, &mut chosen, key.at(2))
        };
        let trees = (0..self.n_estimators).into_par_iter().map(grow).collect();
        let forest = Forest { trees, expected: expected_path(sampled) };
        check_cancelled(callback)?;
        let mut training_scores = vec![0.0; rows.count()];
        forest.score_into(rows, &mut training_scores)?;
        let model = Arc::new(forest);
        Ok(FitOutput { model, training_scores, trainings: Vec::new(), warnings: Vec::new() })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let [nodes] = *tensors.shape("column")? else {
            return Err(tensors.wrong("column", "no list", "a list of nodes"));
        };
        let column = tensors.u32("column", &[nodes], columns)?;
        let threshold = tensors.f32("threshold", &[nodes])?;
        let below = tensors.u32("below", &[nodes], u32::MAX as usize)?;
        let path = tensors.f32("path", &[nodes])?;
        let sizes = tensors.u32("sizes", &[self.n_estimators], nodes + 1)?;
        let expected = tensors.f64("expected_path", &[1])?[0];
        let mut all = (0..nodes).map(|at| Node {
            column: column[at],
            threshold: threshold[at],
            below: below[at],
            path: path[at],
        });
        let mut trees = Vec::with_capacity(sizes.len());
        for &size in sizes {
            let tree: Vec<Node> = all.by_ref().take(size as usize).collect();
            // Children behind their parents and inside: so every row arrives at a leaf.
            let sound = |(at, node): (usize, &Node)| {
                let child = node.below as usize;
                node.path >= 0.0 && (child == 0 || (child > at && child + 1 < tree.len()))
            };
            if tree.is_empty() || tree.len() != size as usize || !tree.iter().enumerate().all(sound) {
                return Err(tensors.wrong(
                    "below",
                    "nodes that make no tree",
                    "children behind their parents",
                ));
            }
            trees.push(tree);
        }
        match all.next().is_none() && expected >= 0.0 {
            true => Ok(Arc::new(Forest { trees, expected })),
            false => Err(tensors.wrong("sizes", "nodes without a tree", "the sizes of all trees")),
        }
    }
}

impl Model for Forest {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        // A block of rows meets one tree after the other, so that a tree stays in the cache.
        const BLOCK: usize = 256;
        let blocks = scores.par_chunks_mut(BLOCK).zip(rows.values.par_chunks(BLOCK * rows.columns));
        blocks.for_each(|(scores, values)| {
            let mut paths = [0.0f64; BLOCK];
            for tree in &self.trees {
                let rows = values.chunks_exact(rows.columns);
                paths.iter_mut().zip(rows).for_each(|(path, row)| *path += f64::from(path_in(tree, row)));
            }
            let mean = |path: f64| path / self.trees.len() as f64;
            scores.iter_mut().zip(paths).for_each(|(target, path)| *target = self.score(mean(path)) as f32);
        });
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        let nodes = || self.trees.iter().flatten();
        let count = [nodes().count()];
        let sizes = self.trees.iter().map(|tree| tree.len() as u32).collect();
        vec![
            NamedTensor::u32("column", &count, nodes().map(|node| node.column).collect()),
            NamedTensor::f32("threshold", &count, nodes().map(|node| node.threshold).collect()),
            NamedTensor::u32("below", &count, nodes().map(|node| node.below).collect()),
            NamedTensor::f32("path", &count, nodes().map(|node| node.path).collect()),
            NamedTensor::u32("sizes", &[self.trees.len()], sizes),
            NamedTensor::f64("expected_path", &[1], vec![self.expected]),
        ]
    }

    fn explanation_method(&self) -> ExplanationMethod {
        let base = self.score(self.at_roots(&self.expectations())) as f32;
        let method = "how much the cuts through the column shorten the row's path below that of the sampled rows, \
                      scaled so that base and contributions sum to the score";
        ExplanationMethod { base, ..ExplanationMethod::estimate(method) }
    }

    fn explain_into(&self, rows: Rows<'_>, contributions: &mut [f32]) -> Result<(), Error> {
        let expectations = self.expectations();
        let before = self.at_roots(&expectations);
        let lines = contributions.par_chunks_exact_mut(rows.columns);
        lines.zip(rows.values.par_chunks_exact(rows.columns)).for_each(|(targets, row)| {
            let mut shortened = vec![0.0; rows.columns];
            let mut paths = 0.0;
            for (tree, expected) in self.trees.iter().zip(&expectations) {
                paths += f64::from(add_shortened(tree, expected, row, &mut shortened));
            }
            let path = paths / self.trees.len() as f64;
            let gained = self.score(path) - self.score(before);
            // Where the path is as expected, the slope there stands for the quotient.
            let scale = match before - path {
                difference if difference.abs() > 1e-9 => gained / difference,
                _ if self.expected > 0.0 => self.score(path) * std::f64::consts::LN_2 / self.expected,
                _ => 0.0,
            };
            let scale = scale / self.trees.len() as f64;
            targets.iter_mut().zip(&shortened).for_each(|(target, &value)| *target = (scale * value) as f32);
        });
        Ok(())
    }
}

impl Forest {
    fn score(&self, path: f64) -> f64 {
        if self.expected > 0.0 { (-path / self.expected).exp2() } else { 0.5 }
    }

    /// For every node of every tree the mean path of the sampled rows that came through it.
    fn expectations(&self) -> Vec<Vec<f64>> {
        self.trees.par_iter().map(|tree| expected_paths(tree)).collect()
    }

    /// The mean path of the sampled rows, over the trees.
    fn at_roots(&self, expectations: &[Vec<f64>]) -> f64 {
        expectations.iter().map(|expected| expected[0]).sum::<f64>() / self.trees.len() as f64
    }
}

/// A leaf holds its path and with it, at its depth, how many rows it has; so a tree needs no counts of its own.
fn expected_paths(tree: &[Node]) -> Vec<f64> {
    let mut depths = vec![0.0; tree.len()];
    for (at, node) in tree.iter().enumerate().filter(|(_, node)| node.below > 0) {
        (0..2).for_each(|side| depths[node.below as usize + side] = depths[at] + 1.0);
    }
    let (mut expected, mut counts) = (vec![0.0; tree.len()], vec![0.0; tree.len()]);
    for (at, node) in tree.iter().enumerate().rev() {
        let (value, count) = match node.below as usize {
            0 => (f64::from(node.path), rows_of_path(f64::from(node.path) - depths[at])),
            below => {
                let count = counts[below] + counts[below + 1];
                let total = counts[below] * expected[below] + counts[below + 1] * expected[below + 1];
                (total / count, count)
            }
        };
        (expected[at], counts[at]) = (value, count);
    }
    expected
}

/// The number of rows whose expected path is nearest below this: 1 for none.
fn rows_of_path(path: f64) -> f64 {
    let (mut low, mut high) = (1usize, 1 << 25);
    while low + 1 < high {
        let middle = (low + high) / 2;
        // Paths are stored in 32 bits.
        if expected_path(middle) <= path + 1e-5 { low = middle } else { high = middle }
    }
    low as f64
}

/// Adds to each column by how much its cuts on a row's way shorten the expected path; returns the path.
fn add_shortened(tree: &[Node], expected: &[f64], row: &[f32], shortened: &mut [f64]) -> f32 {
    let mut at = 0;
    loop {
        let node = tree[at];
        if node.below == 0 {
            return node.path;
        }
        let next = node.below as usize + usize::from(row[node.column as usize] > node.threshold);
        shortened[node.column as usize] += expected[at] - expected[next];
        at = next;
    }
}

fn path_in(tree: &[Node], row: &[f32]) -> f32 {
    let mut at = 0;
    loop {
        let node = tree[at];
        if node.below == 0 {
            return node.path;
        }
        at = node.below as usize + usize::from(row[node.column as usize] > node.threshold);
    }
}

/// Grows a tree on the rows `chosen`, which are put in the order of its leaves.
fn grow_tree(rows: Rows<'_>, columns: &[usize], chosen: &mut [usize], key: Key) -> Vec<Node> {
    let value = |row: usize, column: usize| rows.values[row * rows.columns + column];
    let deepest = (chosen.len() as f64).log2().ceil() as usize;
    let leaf = Node { column: 0, threshold: 0.0, below: 0, path: 0.0 };
    let mut nodes = vec![leaf];
    let mut open = vec![(0, 0..chosen.len(), 0)];
    while let Some((at, range, depth)) = open.pop() {
        let here = &mut chosen[range.clone()];
        let key = key.at(at as u64);
        let cut =
            (depth < deepest && here.len() > 1).then(|| choose_cut(columns, here, value, key)).flatten();
        let Some((column, threshold)) = cut else {
            nodes[at].path = (depth as f64 + expected_path(here.len())) as f32;
            continue;
        };
        let mut below = 0;
        for next in 0..here.len() {
            if value(here[next], column) <= threshold {
                here.swap(below, next);
                below += 1;
            }
        }
        let child = nodes.len();
        nodes.extend([leaf, leaf]);
        nodes[at] = Node { column: column as u32, threshold, below: child as u32, path: 0.0 };
        open.push((child, range.start..range.start + below, depth + 1));
        open.push((child + 1, range.start + below..range.end, depth + 1));
    }
    nodes
}

/// A random column among those that vary, and a random threshold between its least and its largest value.
fn choose_cut(
    columns: &[usize],
    rows: &[usize],
    value: impl Fn(usize, usize) -> f32,
    key: Key,
) -> Option<(usize, f32)> {
    let mut left: Vec<usize> = columns.to_vec();
    while !left.is_empty() {
        let pick = key.below(left.len() as u64, left.len() as u64) as usize;
        let column = left.swap_remove(pick);
        let values = rows.iter().map(|&row| value(row, column));
        let (least, largest) = values.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        if least < largest {
            let share = key.uniform(u64::MAX);
            let between = f64::from(least) + share * (f64::from(largest) - f64::from(least));
            // Rounding must leave a row on either side.
            let threshold = (between as f32).clamp(least, largest.next_down());
            return Some((column, threshold));
        }
    }
    None
}

/// Mean length of the path by which an unsuccessful search ends in a binary tree of `rows` rows.
fn expected_path(rows: usize) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        rows => {
            let others = (rows - 1) as f64;
            2.0 * (others.ln() + EULER) - 2.0 * others / rows as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sampled_row_ends_in_the_leaf_that_holds_it() {
        let values: Vec<f32> = (0..64).map(|at| ((at * 37) % 61) as f32).collect();
        let rows = Rows { values: &values, columns: 2 };
        let key = Key::new(1, Purpose::Shuffle, &[]);
        let tree = grow_tree(rows, &[0, 1], &mut (0..32).collect::<Vec<_>>(), key);
        assert_eq!(tree.iter().filter(|node| node.below == 0).count(), tree.len() / 2 + 1);
        let depth = tree.iter().map(|node| node.path).fold(0.0, f32::max);
        assert!(depth >= 5.0 && tree.len() > 20);
    }

    #[test]
    fn what_columns_shorten_sums_to_the_score_and_leaves_count_their_rows() {
        for rows in [1, 2, 3, 7, 100, 255] {
            assert_eq!(rows_of_path(f64::from(expected_path(rows) as f32)), rows as f64);
        }
        let values: Vec<f32> = (0..600).map(|at| ((at * 37) % 61) as f32 + (at % 7) as f32).collect();
        let rows = Rows { values: &values, columns: 3 };
        let learned = IsolationForest::default().learn(rows, &mut crate::NoCallback).unwrap();
        let mut contributions = vec![0.0; values.len()];
        learned.model.explain_into(rows, &mut contributions).unwrap();
        let base = learned.model.explanation_method().base;
        // Half of the score is what a path of the expected length gives.
        assert!((0.4..0.6).contains(&base), "{base}");
        for (line, score) in contributions.chunks(3).zip(&learned.training_scores) {
            assert!((base + line.iter().sum::<f32>() - score).abs() < 1e-5);
        }
    }

    #[test]
    fn a_file_whose_nodes_make_no_tree_is_refused() {
        let settings = IsolationForest { n_estimators: 1, ..IsolationForest::default() };
        let load = |below: [u32; 3], column: u32, sizes: u32| {
            let tensors = [
                NamedTensor::u32("column", &[3], vec![column, 0, 0]),
                NamedTensor::f32("threshold", &[3], vec![0.5; 3]),
                NamedTensor::u32("below", &[3], below.to_vec()),
                NamedTensor::f32("path", &[3], vec![1.0; 3]),
                NamedTensor::u32("sizes", &[1], vec![sizes]),
                NamedTensor::f64("expected_path", &[1], vec![1.0]),
            ];
            settings.load(2, &Tensors::new(&tensors)).map(|_| ()).is_ok()
        };
        assert!(load([1, 0, 0], 1, 3));
        // A child beyond the end, one before its parent, a column beyond the last, a wrong size.
        assert!(!load([2, 0, 0], 1, 3));
        assert!(!load([1, 1, 0], 1, 3));
        assert!(!load([1, 0, 0], 2, 3));
        assert!(!load([1, 0, 0], 1, 2));
    }

    #[test]
    fn the_expected_path_is_that_of_the_paper() {
        assert_eq!((expected_path(1), expected_path(2)), (0.0, 1.0));
        assert!((expected_path(256) - 10.244_770_920_119_917).abs() < 1e-12);
    }
}
