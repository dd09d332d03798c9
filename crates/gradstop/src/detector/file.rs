//! A fitted detector as a file: safetensors, with everything that is no tensor as JSON in the header.
//!
//! docs/model-file.md documents the format. Nothing in a file is ever executed, and a file is believed
//! only after its checksum.

use std::path::Path;

use gradstop_preparation::Preparation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::detector::fitted::FittedDetector;
use crate::detector::registry::{DetectorEntry, detector_named};
use crate::detector::{Detector, ensemble};
use crate::error::{Error, ModelFileError};
use crate::method::Algorithm;
use crate::method::preset::Preset;
use crate::model::packed::{pack, read_packed, unpack};
use crate::model::ranges::Ranges;
use crate::model::scaler::Standardization;
use crate::model::tensors::{NamedTensor, Tensors};
use crate::model::usual::UsualValues;
use crate::model::warning::Warning;
use crate::training::history::Training;
use crate::whole_file::WholeFile;

/// The format that this version writes and reads.
const FORMAT: u32 = 4;

/// Key of the safetensors metadata. There is but one, because the order of several would be random:
/// the value is the checksum, a space, and the header.
const HEADER: &str = "gradstop";

/// What the names of the model's own tensors start with.
const MODEL: &str = "model.";

/// Everything but the tensors.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    gradstop_version: String,
    detector: String,
    preset: Preset,
    settings: Value,
    columns: Vec<String>,
    preparation: Option<Preparation>,
    rows: usize,
    threshold: f32,
    trainings: Vec<Training>,
    warnings: Vec<Warning>,
    /// Columns that the standardization bends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bent: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flagged_share: Option<f64>,
    /// Not in files of before departures were measured, whose scores stay what they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    departure_unit: Option<f64>,
}

impl FittedDetector {
    /// Writes the detector to a file as [`WholeFile`] does: what stands at `path` is always whole, a link is followed, a
    /// device or pipe is written to.
    ///
    /// # Errors
    /// [`Error::ModelFile`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let written = WholeFile::write(path, &self.to_bytes());
        written.map_err(|error| Error::ModelFile { path: path.into(), problem: error.into() })
    }

    /// Reads a detector from a file.
    ///
    /// # Errors
    /// [`Error::ModelFile`] if it cannot be read, is cut off, foreign, altered, or contradicts itself.
    pub fn load(path: &Path) -> Result<Self, Error> {
        read(path, Self::from_bytes)
    }

    /// Reads a detector of an algorithm that [`detectors`](crate::detectors) does not list.
    ///
    /// # Errors
    /// As [`load`](Self::load), also for the file of another algorithm.
    pub fn load_as<A: Algorithm>(path: &Path) -> Result<Self, Error> {
        read(path, |bytes| {
            Self::unpacked(bytes, |name| match name == A::NAME {
                true => Ok(const { &DetectorEntry::of::<A>() }),
                false => {
                    let (got, wanted) = (format!("{name:?}"), A::NAME.into());
                    Err(Error::Setting { parameter: "detector".into(), got, wanted })
                }
            })
        })
    }

    /// The detector as the bytes of a model file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = serde_json::to_string(&self.header()).expect("a header is plain data");
        let mut tensors = self.model.tensors();
        tensors.iter_mut().for_each(|tensor| tensor.name.insert_str(0, MODEL));
        let columns = [self.columns.len()];
        let (mean, deviation) = (self.standardization.mean(), self.standardization.deviation());
        tensors.push(NamedTensor::f64("standardization.mean", &columns, mean.to_vec()));
        tensors.push(NamedTensor::f64("standardization.deviation", &columns, deviation.to_vec()));
        if let Some(Ranges { low, high }) = &self.ranges {
            tensors.push(NamedTensor::f32("range.low", &columns, low.clone()));
            tensors.push(NamedTensor::f32("range.high", &columns, high.clone()));
        }
        if let Some(UsualValues { low, high, mean }) = &self.usual {
            tensors.push(NamedTensor::f32("usual.low", &columns, low.clone()));
            tensors.push(NamedTensor::f32("usual.high", &columns, high.clone()));
            tensors.push(NamedTensor::f64("usual.mean", &columns, mean.clone()));
        }
        pack(HEADER, &header, tensors)
    }

    /// Reads the bytes of a model file.
    ///
    /// # Errors
    /// [`ModelFileError`] if they are cut off, foreign, altered, or contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelFileError> {
        Self::unpacked(bytes, detector_named)
    }

    /// Reads the bytes of a model file, whose detector `entry` finds by its name.
    fn unpacked(
        bytes: &[u8],
        entry: impl FnOnce(&str) -> Result<&'static DetectorEntry, Error>,
    ) -> Result<Self, ModelFileError> {
        let (json, tensors) = unpack(HEADER, bytes)?;
        let header = parse_header(&json)?;
        let (tensors, columns) = (Tensors::new(&tensors), &[header.columns.len()]);
        let standardization = Standardization::from_parts(
            tensors.f64("standardization.mean", columns)?.to_vec(),
            tensors.f64("standardization.deviation", columns)?.to_vec(),
        );
        let ranges = match tensors.has("range.low") {
            true => Some(Ranges {
                low: tensors.f32("range.low", columns)?.to_vec(),
                high: tensors.f32("range.high", columns)?.to_vec(),
            }),
            false => None,
        };
        let usual = match tensors.has("usual.low") {
            true => Some(UsualValues {
                low: tensors.f32("usual.low", columns)?.to_vec(),
                high: tensors.f32("usual.high", columns)?.to_vec(),
                mean: tensors.f64("usual.mean", columns)?.to_vec(),
            }),
            false => None,
        };
        let content = |error: Error| match error {
            Error::Setting { parameter, got, wanted } => {
                ModelFileError::Content { what: format!("setting {parameter}"), got, wanted }
            }
            other => ModelFileError::Content {
                what: "settings".into(),
                got: other.to_string(),
                wanted: "settings that a fit accepts".into(),
            },
        };
        let Header {
            detector,
            preset,
            settings,
            columns,
            preparation,
            rows,
            threshold,
            trainings,
            warnings,
            bent,
            flagged_share,
            departure_unit,
            ..
        } = header;
        let rising = bent.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || bent.last().is_some_and(|&last| last >= columns.len()) {
            return Err(ModelFileError::Content {
                what: "bent columns".into(),
                got: format!("{bent:?}"),
                wanted: "rising positions of columns".into(),
            });
        }
        let detector = entry(&detector)
            .and_then(|entry| Detector::of_entry(entry, preset, &settings))
            .map_err(content)?;
        let watched = preparation.as_ref().map_or(0, |preparation| preparation.watched().len());
        Ok(Self {
            model: ensemble::load(&detector, columns.len() - watched, &tensors.under(MODEL))?,
            spec: detector,
            columns,
            rows,
            preparation,
            standardization: standardization.with_bent(bent),
            training_scores: Vec::new(),
            streamed_scores: None,
            threshold,
            trainings,
            warnings,
            departure_unit: departure_unit.unwrap_or(0.0),
            ranges,
            usual,
            flagged_share,
        })
    }

    fn header(&self) -> Header {
        Header {
            format: FORMAT,
            gradstop_version: env!("CARGO_PKG_VERSION").into(),
            detector: self.detector().into(),
            preset: self.preset(),
            settings: self.settings(),
            columns: self.columns.clone(),
            preparation: self.preparation.clone(),
            rows: self.rows,
            threshold: self.threshold,
            trainings: self.trainings.clone(),
            warnings: self.warnings.clone(),
            flagged_share: self.flagged_share,
            bent: self.standardization.bent_columns().to_vec(),
            departure_unit: (self.departure_unit > 0.0).then_some(self.departure_unit),
        }
    }
}

fn read(
    path: &Path,
    from_bytes: impl FnOnce(&[u8]) -> Result<FittedDetector, ModelFileError>,
) -> Result<FittedDetector, Error> {
    let read = || from_bytes(&read_packed(std::fs::File::open(path)?)?);
    read().map_err(|problem| Error::ModelFile { path: path.into(), problem })
}

fn parse_header(json: &str) -> Result<Header, ModelFileError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let content = |error: serde_json::Error| ModelFileError::Content {
        what: "header".into(),
        got: error.to_string(),
        wanted: "the fields of a model".into(),
    };
    // The format first: another one's header may have fields that this version cannot read.
    let Format { format } = serde_json::from_str(json).map_err(content)?;
    if format != FORMAT {
        return Err(ModelFileError::Version { got: format, wanted: FORMAT });
    }
    let header: Header = serde_json::from_str(json).map_err(content)?;
    if header.columns.is_empty() {
        let (what, got) = ("columns".into(), "none".into());
        return Err(ModelFileError::Content { what, got, wanted: "at least 1".into() });
    }
    if let Some(preparation) = &header.preparation {
        let content = |got: String| ModelFileError::Content {
            what: "preparation".into(),
            got,
            wanted: "one that makes the model's columns".into(),
        };
        preparation.check().map_err(|problem| content(problem.to_string()))?;
        if preparation.watched().len() == header.columns.len() {
            return Err(content("one of which every column is only watched".into()));
        }
        if preparation.outputs() != header.columns {
            return Err(content(format!("one that makes {}", preparation.outputs().join(", "))));
        }
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use gradstop_preparation::{Cells, Missing, Options};
    use serde_json::json;

    use super::*;
    use crate::detector::fit::Source;
    use crate::model::packed::START;
    use crate::model::tensors::Values;
    use crate::table::Table;

    fn prepared() -> FittedDetector {
        let columns = [Cells::Numbers(vec![1.0, f64::NAN, 3.0]), Cells::Numbers(vec![2.0, 5.0, 1.0])];
        let options = Options { missing: Missing::Indicator, ..Options::default() };
        let names = ["a".to_string(), "b".to_string()];
        let preparation = Preparation::fit(&names, &columns, &options).expect("two columns");
        let mut values = Vec::new();
        preparation.apply(&columns, &mut values).expect("the fitted columns");
        let table = Table::new(values, preparation.outputs()).expect("complete");
        let detector = Detector::named("ecod", Preset::Default, &json!({})).expect("a detector");
        detector.fit(Source::Prepared { table, preparation }).expect("a fit")
    }

    #[test]
    fn a_prepared_detector_is_the_same_from_its_bytes() {
        let saved = prepared();
        let loaded = FittedDetector::from_bytes(&saved.to_bytes()).expect("its own bytes");
        assert_eq!(loaded.preparation(), saved.preparation());
        assert_eq!(loaded.columns(), ["a", "a missing", "b"]);
        assert_eq!(loaded.table_columns(), ["a", "b"]);
        let new = [Cells::Numbers(vec![f64::NAN]), Cells::Numbers(vec![9.0])];
        let score = |detector: &FittedDetector| detector.score(&detector.prepare(&new).expect("new rows").0);
        assert_eq!(score(&loaded).expect("a score"), score(&saved).expect("a score"));
    }

    #[test]
    fn a_model_of_numbers_beyond_any_fit_gives_an_error_and_no_score_that_is_none() {
        let rows = (0..40).flat_map(|at| [(at * 7 % 11) as f32, (at * 5 % 13) as f32]).collect();
        let table = Table::new(rows, vec!["a".into(), "b".into()]).expect("complete");
        let fitted = Detector::named("gmm", Preset::Default, &json!({}))
            .and_then(|gmm| gmm.fit(table))
            .expect("a fit");
        let (header, mut tensors) = unpack(HEADER, &fitted.to_bytes()).expect("its own bytes");
        for tensor in tensors.iter_mut().filter(|tensor| tensor.name == "model.means") {
            tensor.values = Values::F64(vec![1e300; tensor.shape.iter().product()]);
        }
        let loaded =
            FittedDetector::from_bytes(&pack(HEADER, &header, tensors)).expect("every number is finite");
        assert!(matches!(loaded.score(&[1.0, 2.0]), Err(Error::NoScore { row: 0 })));
    }

    #[test]
    fn a_file_of_another_kind_is_not_read_to_its_end() {
        let endless = std::io::repeat(b'7');
        let bytes = read_packed(endless).expect("it can be read");
        assert_eq!(bytes.len(), START);
        let problem = unpack(HEADER, &bytes).expect_err("no model").to_string();
        assert!(problem.starts_with("got a file of another kind, wanted a gradstop model"), "{problem}");

        let model = prepared().to_bytes();
        assert_eq!(read_packed(&model[..]).expect("it can be read"), model);
    }

    #[test]
    fn another_format_is_refused_by_its_number() {
        let mut header = serde_json::to_value(prepared().header()).expect("plain data");
        header["format"] = 2.into();
        let problem = parse_header(&header.to_string()).err().expect("an error").to_string();
        assert!(
            problem.starts_with("got model format 2, wanted 4 (hint: another version of gradstop wrote it"),
            "{problem}"
        );
    }

    #[test]
    fn a_preparation_that_does_not_make_the_models_columns_is_refused() {
        let header = serde_json::to_value(prepared().header()).expect("plain data");
        for (path, value) in [
            ("/columns", json!(["a", "b"])),
            ("/preparation/columns/0/left_out/1", json!("constant")),
            ("/preparation/columns/0/fill", json!([1.0, 2.0])),
            ("/preparation/columns/0/how", json!("booleans")),
            ("/preparation/columns", json!([])),
        ] {
            let mut altered = header.clone();
            *altered.pointer_mut(path).expect("a field") = value;
            let problem = parse_header(&altered.to_string()).err().expect("an error");
            assert!(matches!(problem, ModelFileError::Content { .. }), "{path}: {problem}");
        }
    }
}
