//! The stopping rules of a training.

use gradstop_rules::StoppingRule;

/// One rule decides, any number look on.
pub(crate) struct Rules {
    /// Decides which epoch is kept.
    pub(crate) deciding: Box<dyn StoppingRule>,
    /// They only say what they would have kept, and add their figures to the history.
    pub(crate) onlookers: Vec<Box<dyn StoppingRule>>,
}

impl Rules {
    /// The deciding rule first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &dyn StoppingRule> {
        std::iter::once(&*self.deciding).chain(self.onlookers.iter().map(|rule| &**rule))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut dyn StoppingRule> {
        std::iter::once(&mut *self.deciding as _)
            .chain(self.onlookers.iter_mut().map(|rule| &mut **rule as _))
    }
}
