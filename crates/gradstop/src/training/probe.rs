//! Where the engine's row gradients meet the rules: neither knows the other.

use gradstop_engine as engine;
use gradstop_rules::{ProbeRows, RowGradients, StoppingRule};
use rayon::prelude::*;

/// The engine's gradients of some of the probe rows, as a rule sees them.
#[derive(Debug, Clone)]
pub struct ProbeGradients<'a> {
    /// Parts of the gradients, with respect to different parameters.
    parts: Vec<engine::RowGradients<'a>>,
    /// Where the gradient of each probe row stands among those that were taken.
    places: Vec<usize>,
}

/// Stands for the place of a probe row whose gradient was not taken.
const NOWHERE: usize = usize::MAX;

impl<'a> ProbeGradients<'a> {
    /// Gradients of the probe rows `taken` (rising) out of `probe_rows`, in parts with respect to
    /// different parameters: one for a single network.
    pub fn new(parts: Vec<engine::RowGradients<'a>>, taken: &[usize], probe_rows: usize) -> Self {
        Self { parts, places: places(taken, 0..probe_rows) }
    }

    /// The same where others asked for gradients as well: `probe` and `taken` both hold rows of the table, rising.
    pub(crate) fn among(parts: Vec<engine::RowGradients<'a>>, taken: &[usize], probe: &[usize]) -> Self {
        Self { parts, places: places(taken, probe.iter().copied()) }
    }

    fn places(&self, rows: &[usize]) -> Vec<usize> {
        let place = |&row: &usize| {
            let place = self.places[row];
            assert!(place != NOWHERE, "a rule asks for the rows it needs");
            place
        };
        rows.iter().map(place).collect()
    }
}

/// Where each of the probe rows stands among those that were taken; both rise.
fn places(taken: &[usize], probe: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut at = 0;
    // One walk along them is several times quicker than a search for each row, and happens every epoch.
    let place = |row: usize| {
        at += taken[at..].iter().take_while(|&&taken| taken < row).count();
        if taken.get(at) == Some(&row) { at } else { NOWHERE }
    };
    probe.map(place).collect()
}

impl RowGradients for ProbeGradients<'_> {
    fn rows(&self) -> usize {
        self.places.len()
    }

    fn norms(&self, rows: &[usize]) -> Vec<f64> {
        let places = self.places(rows);
        if let [one] = &self.parts[..] {
            return one.norms(&places);
        }
        let mut squares = vec![0.0; rows.len()];
        let of_parts: Vec<Vec<f64>> = self.parts.par_iter().map(|part| part.norms(&places)).collect();
        for norms in of_parts {
            squares.iter_mut().zip(norms).for_each(|(square, norm)| *square += norm * norm);
        }
        squares.into_iter().map(f64::sqrt).collect()
    }

    fn products_of_sums(&self, sets: &[&[usize]]) -> Vec<f64> {
        let places: Vec<Vec<usize>> = sets.iter().map(|set| self.places(set)).collect();
        let sets: Vec<&[usize]> = places.iter().map(|set| &set[..]).collect();
        if let [one] = &self.parts[..] {
            return one.products_of_sums(&sets);
        }
        let mut products = vec![0.0; sets.len() * sets.len()];
        let of_parts: Vec<Vec<f64>> =
            self.parts.par_iter().map(|part| part.products_of_sums(&sets)).collect();
        for part in of_parts {
            products.iter_mut().zip(part).for_each(|(sum, product)| *sum += product);
        }
        products
    }
}

/// The probe rows that any of the rules needs in an epoch, rising; `None` if none looks at gradients.
pub(crate) fn needed<'a>(
    rules: impl Iterator<Item = &'a dyn StoppingRule>,
    epoch: usize,
    probe_rows: usize,
) -> Option<Vec<usize>> {
    let mut rows: Option<Vec<usize>> = None;
    for rule in rules {
        let more: Vec<usize> = match rule.needs(epoch).gradients {
            Some(ProbeRows::All) => (0..probe_rows).collect(),
            Some(ProbeRows::These(these)) => these.to_vec(),
            None => continue,
        };
        rows.get_or_insert_default().extend(more);
    }
    if let Some(rows) = &mut rows {
        rows.sort_unstable();
        rows.dedup();
    }
    rows
}
