//! Ensembles whose members are fitted elsewhere, each to a sample of its own.

use gradstop_engine::random::{Key, Purpose};

use crate::detector::Detector;
use crate::detector::ensemble::assemble;
use crate::detector::fitted::{FittedDetector, departure_unit_of};
use crate::error::Error;
use crate::method::shared::member_seed;
use crate::model::Rows;
use crate::model::quantile::quantile;
use crate::model::scaler::Standardisation;
use crate::model::warning::{Warning, about_scores, about_table};
use crate::table::Table;
use crate::training::callback::Silent;

/// The rows that a member of an ensemble is fitted to, rising: `count` of `table_rows`, or all if there are no
/// more. The same seed and member draw the same rows.
///
/// ```
/// use gradstop::sample_rows;
/// assert_eq!(sample_rows(0, 1, 1000, 20).len(), 20);
/// assert_ne!(sample_rows(0, 1, 1000, 20), sample_rows(0, 2, 1000, 20));
/// assert_eq!(sample_rows(0, 1, 3, 20), [0, 1, 2]);
/// ```
pub fn sample_rows(seed: u64, member: usize, table_rows: usize, count: usize) -> Vec<usize> {
    // A stream of its own: behind the tables that are made, whose addresses are shorter.
    Key::new(seed, Purpose::Tables, &[u64::MAX, member as u64]).sample(table_rows, count)
}

impl Detector {
    /// Fits one member of the ensemble that the settings ask for, to rows of its own. Columns are standardised as the
    /// whole ensemble's are.
    ///
    /// # Errors
    /// As [`fit_sample`](Self::fit_sample); [`Error::Setting`] for a member that the ensemble has not.
    pub fn fit_member(
        &self,
        member: usize,
        table: Table,
        standardisation: Standardisation,
    ) -> Result<FittedDetector, Error> {
        let ensemble = self.common().ensemble;
        if member >= ensemble {
            let wanted = format!("a member from 0 to {}", ensemble - 1);
            return Err(Error::Setting { parameter: "member".into(), got: member.to_string(), wanted });
        }
        let mut settings = self.settings().clone();
        settings["ensemble"] = 1.into();
        if let Some(seed) = settings.get("seed").and_then(serde_json::Value::as_u64) {
            settings["seed"] = member_seed(seed, member).into();
        }
        let alone = Self::named(self.name(), self.preset(), &settings)?;
        alone.fit_sample(table, standardisation, &mut Silent)
    }

    /// The ensemble of members that were [fitted](Self::fit_member) elsewhere and know their training scores. Its own
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
        let standardisation = first.standardisation.clone();
        let (values, columns) = sample.into_parts();
        for (at, member) in members.iter().enumerate() {
            let same = member.standardisation == standardisation && member.columns == columns;
            if member.entry.name != self.name() || !same || member.training_scores.len() != member.rows {
                let wanted = format!("{} over the same columns, with training scores", self.name());
                return wrong(format!("member {at}, {} to {} rows", member.entry.name, member.rows), wanted);
            }
        }
        let (mut trainings, mut notes, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (at, member) in members.into_iter().enumerate() {
            trainings.extend(member.trainings);
            let own = member.warnings.into_iter().filter(is_of_training);
            notes.extend(own.map(|warning| Warning::Member { member: at, warning: Box::new(warning) }));
            parts.push((member.model, member.training_scores));
        }
        let model = match &mut parts[..] {
            [(model, _)] => model.clone(),
            _ => assemble(parts, common.combination),
        };
        let mut fitted = FittedDetector {
            departure_unit: 0.0,
            threshold: 0.0,
            entry: self.entry(),
            preset: self.preset(),
            settings: self.settings().clone(),
            rows: values.len() / columns.len(),
            columns,
            standardisation,
            preparation: None,
            model,
            training_scores: Vec::new(),
            trainings,
            warnings: Vec::new(),
        };
        let mut standard = values;
        fitted.training_scores = fitted.score_in_place(&mut standard)?;
        fitted.threshold = quantile(&fitted.training_scores, 1.0 - common.contamination);
        fitted.departure_unit = departure_unit_of(&fitted.training_scores, fitted.threshold);
        let rows = Rows { values: &standard, columns: fitted.columns.len() };
        fitted.warnings.extend(about_scores(&fitted.training_scores, rows));
        fitted.warnings.append(&mut notes);
        let trained = !fitted.trainings.is_empty();
        fitted.warnings.extend(about_table(&fitted.standardisation, &fitted.columns, fitted.rows, trained));
        Ok(fitted)
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
            | Warning::TooFewRows { .. }
    )
}
