//! A detector that is not of this crate: rows are abnormal if one of their values is far from its column's median.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use gradstop::algorithm::*;
use gradstop::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
struct FarFromMedian {
    power: f64,
}

impl Default for FarFromMedian {
    fn default() -> Self {
        Self { power: 1.0 }
    }
}

impl Settings for FarFromMedian {
    fn parameters() -> Vec<Parameter> {
        vec![Parameter { name: "power", range: Range::Positive, about: "Exponent of the distances" }]
    }
}

#[derive(Debug)]
struct Medians {
    medians: Vec<f32>,
    power: f32,
}

impl Algorithm for FarFromMedian {
    const NAME: &'static str = "far-from-median";
    const ABOUT: &'static str = "abnormal is what lies far from the median of a column";
    const ASSUMES: &'static str = "columns have one mode";
    const SCORE: &'static str = "largest distance from a median, to a power";
    const COST: &'static str = "fit: d sorts of n; score: rows x d";

    fn learn(&self, rows: Rows<'_>, _: &mut dyn Callback) -> Result<FitOutput, Error> {
        let median = |column: usize| {
            let mut values: Vec<f32> =
                rows.values.iter().skip(column).step_by(rows.columns).copied().collect();
            values.sort_by(f32::total_cmp);
            values[values.len() / 2]
        };
        let model = Medians { medians: (0..rows.columns).map(median).collect(), power: self.power as f32 };
        let mut training_scores = vec![0.0; rows.count()];
        model.score_into(rows, &mut training_scores)?;
        Ok(FitOutput { model: Arc::new(model), training_scores, trainings: Vec::new(), warnings: Vec::new() })
    }

    fn load(&self, columns: usize, tensors: &Tensors<'_>) -> Result<Arc<dyn Model>, ModelFileError> {
        let medians = tensors.f32("medians", &[columns])?.to_vec();
        Ok(Arc::new(Medians { medians, power: self.power as f32 }))
    }
}

impl Model for Medians {
    fn score_into(&self, rows: Rows<'_>, scores: &mut [f32]) -> Result<(), Error> {
        for (score, row) in scores.iter_mut().zip(rows.values.chunks_exact(rows.columns)) {
            let distances = row.iter().zip(&self.medians).map(|(value, median)| (value - median).abs());
            *score = distances.fold(0.0, f32::max).powf(self.power);
        }
        Ok(())
    }

    fn tensors(&self) -> Vec<NamedTensor> {
        vec![NamedTensor::f32("medians", &[self.medians.len()], self.medians.clone())]
    }
}

#[test]
fn a_detector_of_another_crate_is_fitted_explained_saved_and_loaded() {
    let mut values: Vec<f32> = (0..60).flat_map(|row| [row as f32, (row * 7 % 11) as f32]).collect();
    values.extend([30.0, 500.0]);
    let table = Table::new(values.clone(), vec!["a".into(), "b".into()]).unwrap();
    let fitted = Detector::new(Preset::Default, FarFromMedian { power: 2.0 }).unwrap().fit(table).unwrap();
    let scores = fitted.training_scores();
    assert!(scores[..60].iter().all(|&score| score < scores[60]));
    assert_eq!(fitted.settings()["power"], 2.0);

    let explanation = fitted.explain(&values[120..]).unwrap();
    assert!(explanation.contributions[1] > explanation.contributions[0]);

    let file = std::env::temp_dir().join(format!("gradstop-own-{}.gradstop", std::process::id()));
    fitted.save(&file).unwrap();
    let loaded = FittedDetector::load_as::<FarFromMedian>(&file).unwrap();
    assert_eq!(loaded.score(&values).unwrap(), scores);
    // The registry does not know it, and a file of another detector is not taken for it.
    let unknown = FittedDetector::load(&file).unwrap_err().to_string();
    assert!(unknown.contains("got \"far-from-median\", wanted one of autoencoder"), "{unknown}");
    std::fs::remove_file(&file).unwrap();

    let ranges = Detector::new(Preset::Default, FarFromMedian { power: -1.0 }).unwrap_err().to_string();
    assert!(ranges.starts_with("setting power: got -1.0, wanted a positive number"), "{ranges}");
    let seedless = Detector::new(Preset::Default, FarFromMedian::default()).unwrap();
    assert!(!seedless.parameters().iter().any(|parameter| parameter.name == "seed"));
}
