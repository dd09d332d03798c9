//! Ensembles whose members are fitted elsewhere, each to a sample of its own.

use gradstop_engine::random::{Key, Purpose};

use crate::detector::assemble::{FitParts, FittedScores, assemble};
use crate::detector::fitted::FittedDetector;
use crate::detector::{Detector, ensemble};
use crate::error::Error;
use crate::model::Rows;
use crate::model::usual::UsualValues;
use crate::model::warning::{Warning, about_fills};
use crate::table::Table;

/// The rows that a member of an ensemble is fitted to, rising: `count` of `table_rows`, or all if there are no
/// more. The same seed and member draw the same rows.
///
/// ```
/// use gradstop::shards::sample_rows;
/// assert_eq!(sample_rows(0, 1, 1000, 20).len(), 20);
/// assert_ne!(sample_rows(0, 1, 1000, 20), sample_rows(0, 2, 1000, 20));
/// assert_eq!(sample_rows(0, 1, 3, 20), [0, 1, 2]);
/// ```
pub fn sample_rows(seed: u64, member: usize, table_rows: usize, count: usize) -> Vec<usize> {
    // A stream of its own: behind the tables that are made, whose addresses are shorter.
    Key::new(seed, Purpose::Tables, &[u64::MAX, member as u64]).sample(table_rows, count)
}

impl Detector {
    /// One member of the ensemble that the settings ask for, to be fitted by itself: to a
    /// [sample](crate::Source::Sample) of its own, with the standardization that all members share.
    ///
    /// # Errors
    /// [`Error::Setting`] for a member that the ensemble has not.
    pub fn member(&self, member: usize) -> Result<Self, Error> {
        let ensemble = self.common().ensemble;
        if member >= ensemble {
            let wanted = format!("a member from 0 to {}", ensemble - 1);
            return Err(Error::Setting { parameter: "member".into(), got: member.to_string(), wanted });
        }
        Ok(self.alone(member))
    }

    /// The ensemble of [members](Self::member) that were fitted elsewhere and know their training scores. Its own
    /// training scores, and so its threshold, are those of `sample`, the rows of the first member. If every member was
    /// fitted to the same rows it is what [`fit`](Self::fit) makes of them, to the last bit.
    ///
    /// # Errors
    /// [`Error::Shards`] if they are not as many as the ensemble has members, or not members of this ensemble.
    pub fn assemble(&self, members: Vec<FittedDetector>, sample: Table) -> Result<FittedDetector, Error> {
        let common = self.common();
        let wrong = |got: String, wanted: String| {
            Err(Error::Shards { what: "the members of an ensemble", got, wanted })
        };
        let Some(first) = members.first().filter(|_| members.len() == common.ensemble) else {
            return wrong(members.len().to_string(), common.ensemble.to_string());
        };
        let standardization = first.standardization.clone();
        let (mut values, columns) = sample.into_parts();
        for (at, member) in members.iter().enumerate() {
            let same = member.standardization == standardization && member.columns == columns;
            if member.detector() != self.name() || !same || member.training_scores.len() != member.rows {
                let wanted = format!("{} over the same columns, with training scores", self.name());
                return wrong(format!("member {at}, {} to {} rows", member.detector(), member.rows), wanted);
            }
        }
        // Every member knows the ranges of its own sample.
        let ranges =
            members.iter().map(|member| member.ranges.clone()).reduce(|one, other| one?.join(&other?));
        let ranges = ranges.flatten();
        let fills = ranges.as_ref().and_then(|ranges| about_fills(&values, ranges, &columns));
        let usual = (!values.is_empty()).then(|| UsualValues::of(&values, columns.len()));
        let (mut trainings, mut warnings, mut models) = (Vec::new(), Vec::new(), Vec::new());
        for (at, member) in members.into_iter().enumerate() {
            trainings.extend(member.trainings);
            let own = member.warnings.into_iter().filter(is_of_training);
            warnings.extend(own.map(|warning| Warning::Member { member: at, warning: Box::new(warning) }));
            models.push((member.model, member.training_scores));
        }
        let model = match &models[..] {
            [(model, _)] => model.clone(),
            _ => ensemble::of_members(models, common.combine),
        };
        standardization.apply(&mut values);
        let rows = Rows { values: &values, columns: columns.len() };
        let mut training_scores = vec![0.0; rows.count()];
        model.score_into(rows, &mut training_scores)?;
        warnings.extend(fills);
        let parts = FitParts {
            ranges,
            usual,
            columns,
            rows: rows.count(),
            preparation: None,
            standardization,
            model,
            trainings,
            warnings,
        };
        assemble(self, parts, FittedScores::Every(training_scores, Some(rows)))
    }
}

/// Whether a warning is about a member's training; what is about its table is said of the ensemble.
fn is_of_training(warning: &Warning) -> bool {
    !matches!(
        warning,
        Warning::OneScore
            | Warning::FewScores { .. }
            | Warning::ConstantColumns { .. }
            | Warning::CoarseColumns { .. }
            | Warning::FarGroups { .. }
            | Warning::RepeatedNames { .. }
            | Warning::TiedThreshold { .. }
            | Warning::BentColumns { .. }
            | Warning::SuspectedFill { .. }
            | Warning::OrderedColumns { .. }
            | Warning::TooFewRows { .. }
    )
}
