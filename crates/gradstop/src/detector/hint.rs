//! What helps with a warning, as far as that hangs on the detector.

use crate::detector::registry::DetectorEntry;
use crate::method::preset::Preset;
use crate::model::warning::Warning;

impl DetectorEntry {
    /// A warning of a fit with what helps; the preset is the one that the fit's settings started from.
    ///
    /// ```
    /// use gradstop::{Preset, Warning, detector_named};
    /// let few = Warning::FewScores { scores: 3, rows: 50 };
    /// let said = detector_named("knn")?.in_words(&few, Preset::Default);
    /// assert!(said.ends_with("(hint: a larger n_neighbors tells more rows apart)"), "{said}");
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    pub fn in_words(&self, warning: &Warning, preset: Preset) -> String {
        match self.hint(warning, preset) {
            Some(hint) => format!("{warning} (hint: {hint})"),
            None => warning.to_string(),
        }
    }

    /// What helps. The other warnings have it in their words, as it is the same for all detectors.
    fn hint(&self, warning: &Warning, preset: Preset) -> Option<&'static str> {
        let learn_less = match preset {
            Preset::Paper => "use the preset default, or stop earlier",
            Preset::Default => "stop earlier, or lower learning_rate",
        };
        match warning {
            Warning::Member { warning, .. } => self.hint(warning, preset),
            Warning::OneScore => Some(self.one_score),
            Warning::FewScores { .. } => Some(self.few_scores.unwrap_or(learn_less)),
            Warning::CollapsedRepresentation { .. } => Some(learn_less),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::registry::{detector_named, detectors};

    #[test]
    fn a_hint_fits_the_detector_and_the_preset() {
        let few = Warning::FewScores { scores: 2, rows: 9 };
        for entry in detectors() {
            for preset in [Preset::Default, Preset::Paper] {
                let said = entry.in_words(&few, preset);
                assert_eq!(said.matches("(hint: ").count(), 1, "{said}");
                assert_eq!(said.contains("stop earlier"), entry.is_trained(), "{}: {said}", entry.name);
                let other = said.contains("use the preset default");
                assert_eq!(other, entry.is_trained() && preset == Preset::Paper, "{}: {said}", entry.name);
            }
        }
        let in_words =
            |name: &str, warning: &Warning| detector_named(name).unwrap().in_words(warning, Preset::Default);
        let member = Warning::Member { member: 1, warning: Box::new(few) };
        assert!(in_words("rdp", &member).contains("network 1: only 2 different scores"));
        assert!(in_words("gmm", &Warning::OneScore).contains("differ at all?"));
    }
}
