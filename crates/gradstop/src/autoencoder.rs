//! The auto-encoder: a network that learns to reproduce rows, and finds abnormal what it reproduces badly.

use gradstop_engine::{Initialisation, Network};

use crate::fitted::quantile;
use crate::training::{Outcome, diverged};
use crate::{
    AutoEncoderSettings, Error, FittedDetector, Plan, Preset, Silent, Spectator, Standardisation, Table,
    Warning, train,
};

/// An auto-encoder that is still to be fitted. The score of a row is its squared reconstruction error
/// after standardisation, summed over the columns; larger is more abnormal.
#[derive(Debug, Clone)]
pub struct AutoEncoder {
    preset: Preset,
    settings: AutoEncoderSettings,
}

impl AutoEncoder {
    /// With the settings of a preset.
    pub fn preset(preset: Preset) -> Self {
        Self { preset, settings: AutoEncoderSettings::preset(preset) }
    }

    /// With settings that started from a preset.
    ///
    /// # Errors
    /// The setting that is outside its range.
    pub fn new(preset: Preset, settings: AutoEncoderSettings) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self { preset, settings })
    }

    /// Fits the detector to a table, on the threads of the current rayon pool. The result has the same
    /// bits for any number of threads.
    ///
    /// # Errors
    /// [`Error::Diverged`] when the loss is no longer finite; [`Error::Engine`] for an architecture that
    /// the stopping rule cannot look into.
    pub fn fit(&self, table: Table) -> Result<FittedDetector, Error> {
        self.fit_watched(table, &mut Silent)
    }

    /// As [`fit`](Self::fit), with someone who looks on and may cancel.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and [`Error::Cancelled`].
    pub fn fit_watched(&self, table: Table, spectator: &mut dyn Spectator) -> Result<FittedDetector, Error> {
        let settings = &self.settings;
        let (mut values, columns) = table.into_parts();
        let rows = values.len() / columns.len();
        let standardisation = Standardisation::fit(&values, columns.len());
        standardisation.apply(&mut values);

        let start = Initialisation::Normal { deviation: settings.initial_deviation as f32 };
        let network = Network::new(settings.architecture(columns.len())?, start, settings.seed);
        let untrained = network.parameters().to_vec();
        let plan = Plan {
            seed: settings.seed,
            optimizer: settings.optimizer(),
            batch_rows: settings.batch_rows,
            epochs: settings.epochs,
            probe_rows: settings.probe_rows,
        };
        let mut rule = settings.rule()?;
        let mut onlookers = settings.onlookers()?;
        let Outcome { network, history, stop } =
            train(network, &plan, &values, &mut *rule, &mut onlookers, spectator)?;

        let mut training_scores = vec![0.0; rows];
        score_into(&network, &values, &mut training_scores)?;
        if let Some(&score) = training_scores.iter().find(|score| !score.is_finite()) {
            return Err(diverged(stop.best_epoch, f64::from(score), &plan));
        }
        let threshold = quantile(&training_scores, 1.0 - settings.contamination);
        let mut warnings = Vec::new();
        if training_scores.iter().all(|score| *score == training_scores[0]) {
            warnings.push(Warning::OneScore);
        }
        if !moved(&untrained, network.parameters()) {
            warnings.push(Warning::UnmovedParameters);
        }
        let constant = standardisation.constant_columns();
        if !constant.is_empty() {
            let columns = constant.into_iter().map(|column| columns[column].clone()).collect();
            warnings.push(Warning::ConstantColumns { columns });
        }
        if rows < 2 {
            warnings.push(Warning::TooFewRows { rows });
        }
        Ok(FittedDetector {
            preset: self.preset,
            settings: settings.clone(),
            columns,
            rows,
            standardisation,
            network,
            training_scores,
            threshold,
            history,
            stop,
            warnings,
        })
    }
}

/// Whether any parameter went further than a millionth of the largest at the start.
fn moved(start: &[f32], end: &[f32]) -> bool {
    let largest = start.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    start.iter().zip(end).any(|(start, end)| (end - start).abs() > 1e-6 * largest)
}

/// Scores standardised rows.
pub(crate) fn score_into(network: &Network, rows: &[f32], scores: &mut [f32]) -> Result<(), Error> {
    Ok(network.reconstruction_errors_into(rows, scores)?)
}
