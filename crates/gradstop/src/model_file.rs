//! A fitted detector as a file: safetensors, with everything that is no tensor as JSON in the header.
//!
//! docs/model-file.md documents the format. Nothing in a file is ever executed, and a file is believed
//! only after its checksum.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::Path;

use gradstop_engine::Network;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use crate::history::{History, StopSummary};
use crate::{AutoEncoderSettings, Error, FittedDetector, ModelFileError, Preset, Standardisation, Warning};

/// The format that this version writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// Key of the safetensors metadata. There is but one, because the order of several would be random:
/// the value is the checksum, a space, and the header.
const HEADER: &str = "gradstop";

/// A larger file is no model of a network that fits a table.
const LARGEST_FILE: u64 = 1 << 33;

/// Everything but the tensors.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    gradstop_version: String,
    detector: String,
    preset: Preset,
    settings: AutoEncoderSettings,
    columns: Vec<String>,
    rows: usize,
    threshold: f32,
    stop: StopSummary,
    warnings: Vec<Warning>,
    history: History,
}

impl FittedDetector {
    /// Writes the detector to a file, through a temporary file beside it: what stands at `path` is
    /// always whole.
    ///
    /// # Errors
    /// [`Error::ModelFile`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let write = || -> std::io::Result<()> {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let mut builder = tempfile::Builder::new();
            // As the user's umask has it, not private as temporary files are.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let mut file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
            file.write_all(&self.to_bytes())?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|error| Error::ModelFile { path: path.into(), problem: error.into() })
    }

    /// Reads a detector from a file.
    ///
    /// # Errors
    /// [`Error::ModelFile`] if it cannot be read, is cut off, foreign, altered, or contradicts itself.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let read = || {
            let mut bytes = Vec::new();
            std::fs::File::open(path)?.take(LARGEST_FILE).read_to_end(&mut bytes)?;
            Self::from_bytes(&bytes)
        };
        read().map_err(|problem| Error::ModelFile { path: path.into(), problem })
    }

    /// The detector as the bytes of a model file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = serde_json::to_string(&self.header()).expect("a header is plain data");
        let tensors = self.tensors();
        let checksum =
            checksum(&header, tensors.iter().map(|(name, _, _, bytes)| (name.as_str(), &bytes[..])));
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            let view = TensorView::new(*dtype, shape.clone(), bytes).expect("a tensor fills its shape");
            (name.as_str(), view)
        });
        let metadata = HashMap::from([(HEADER.into(), format!("{checksum} {header}"))]);
        serialize(views, Some(metadata)).expect("tensors of known types are written")
    }

    /// Reads the bytes of a model file.
    ///
    /// # Errors
    /// [`ModelFileError`] if they are cut off, foreign, altered, or contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelFileError> {
        let broken = |error: safetensors::SafeTensorError| ModelFileError::Broken(error.to_string());
        let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let metadata = metadata.metadata().as_ref().ok_or(ModelFileError::Foreign)?;
        let ours = metadata.get(HEADER).and_then(|value| value.split_once(' '));
        let (want, json) = ours.ok_or(ModelFileError::Foreign)?;
        let mut names: Vec<&str> = tensors.names();
        names.sort_unstable();
        let contents = names.iter().filter_map(|name| Some((*name, tensors.tensor(name).ok()?.data())));
        if checksum(json, contents) != want {
            return Err(ModelFileError::Altered);
        }
        let header = parse_header(json)?;
        let standardisation = Standardisation::from_parts(
            read_f64(&tensors, "standardisation.mean", header.columns.len())?,
            read_f64(&tensors, "standardisation.deviation", header.columns.len())?,
        );
        let network = read_network(&tensors, &header)?;
        let Header { preset, settings, columns, rows, threshold, stop, warnings, history, .. } = header;
        let training_scores = Vec::new();
        Ok(Self {
            preset,
            settings,
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

    fn header(&self) -> Header {
        Header {
            format: FORMAT,
            gradstop_version: env!("CARGO_PKG_VERSION").into(),
            detector: self.detector().into(),
            preset: self.preset,
            settings: self.settings.clone(),
            columns: self.columns.clone(),
            rows: self.rows,
            threshold: self.threshold,
            stop: self.stop.clone(),
            warnings: self.warnings.clone(),
            history: self.history.clone(),
        }
    }

    /// Name, type, shape and little-endian bytes of every tensor, by name.
    fn tensors(&self) -> Vec<(String, Dtype, Vec<usize>, Vec<u8>)> {
        let f64s = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let columns = vec![self.columns.len()];
        let (mean, deviation) = (self.standardisation.mean(), self.standardisation.deviation());
        let mut tensors = vec![
            ("standardisation.mean".into(), Dtype::F64, columns.clone(), f64s(mean)),
            ("standardisation.deviation".into(), Dtype::F64, columns, f64s(deviation)),
        ];
        for (index, tensor) in self.network.tensors().iter().enumerate() {
            let bytes = self.network.tensor(index).iter().flat_map(|value| value.to_le_bytes()).collect();
            tensors.push((format!("network.{}", tensor.name), Dtype::F32, tensor.shape.clone(), bytes));
        }
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        tensors
    }
}

/// CRC-32 of the header and of every tensor's name and bytes, in the order of the names.
fn checksum<'a>(header: &str, tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut crc = crc32fast::Hasher::new();
    crc.update(header.as_bytes());
    for (name, bytes) in tensors {
        crc.update(name.as_bytes());
        crc.update(bytes);
    }
    format!("{:08x}", crc.finalize())
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
    // The format first: a newer header may have fields that this version cannot read.
    let Format { format } = serde_json::from_str(json).map_err(content)?;
    if format > FORMAT {
        return Err(ModelFileError::Version { got: format, wanted: FORMAT });
    }
    let header: Header = serde_json::from_str(json).map_err(content)?;
    let known = crate::detectors().iter().any(|entry| entry.name == header.detector);
    if !known || header.columns.is_empty() {
        return Err(ModelFileError::Content {
            what: "detector".into(),
            got: format!("{:?} over {} columns", header.detector, header.columns.len()),
            wanted: "a detector of this version over at least 1 column".into(),
        });
    }
    Ok(header)
}

/// Bytes of a tensor that must have this type and shape.
fn read<'a>(
    tensors: &'a SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    shape: &[usize],
) -> Result<&'a [u8], ModelFileError> {
    let content = |got: String| ModelFileError::Content {
        what: format!("tensor {name}"),
        got,
        wanted: format!("{dtype:?} of shape {shape:?}"),
    };
    let tensor = tensors.tensor(name).map_err(|_| content("no such tensor".into()))?;
    if tensor.dtype() != dtype || tensor.shape() != shape {
        return Err(content(format!("{:?} of shape {:?}", tensor.dtype(), tensor.shape())));
    }
    Ok(tensor.data())
}

fn read_f64(tensors: &SafeTensors<'_>, name: &str, length: usize) -> Result<Vec<f64>, ModelFileError> {
    let bytes = read(tensors, name, Dtype::F64, &[length])?;
    let values: Vec<f64> = bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    check_finite(name, values.iter().all(|value| value.is_finite()))?;
    Ok(values)
}

/// The network that the settings describe, with its values from the file.
fn read_network(tensors: &SafeTensors<'_>, header: &Header) -> Result<Network, ModelFileError> {
    let content = |error: Error| ModelFileError::Content {
        what: "settings".into(),
        got: error.to_string(),
        wanted: "settings that a fit accepts".into(),
    };
    header.settings.check().map_err(content)?;
    check_size(tensors, header)?;
    let architecture = header.settings.architecture(header.columns.len()).map_err(content)?;
    let mut network = Network::zeros(architecture);
    for index in 0..network.tensors().len() {
        let tensor = &network.tensors()[index];
        let name = format!("network.{}", tensor.name);
        let bytes = read(tensors, &name, Dtype::F32, &tensor.shape)?;
        let target = network.tensor_mut(index);
        for (value, bytes) in target.iter_mut().zip(bytes.as_chunks().0) {
            *value = f32::from_le_bytes(*bytes);
        }
        check_finite(&name, target.iter().all(|value| value.is_finite()))?;
    }
    Ok(network)
}

/// Nothing is allocated for weights that the file itself does not hold.
fn check_size(tensors: &SafeTensors<'_>, header: &Header) -> Result<(), ModelFileError> {
    let held: usize = tensors.iter().map(|(_, tensor)| tensor.data().len()).sum();
    let (mut inputs, mut weights) = (header.columns.len(), 0u128);
    for &outputs in header.settings.hidden.iter().chain([&header.columns.len()]) {
        weights += inputs as u128 * outputs as u128;
        inputs = outputs;
    }
    if weights * 4 > held as u128 {
        let (what, got) = ("weights".into(), format!("{weights} in a file of {held} bytes of tensors"));
        return Err(ModelFileError::Content { what, got, wanted: "weights whose tensors are there".into() });
    }
    Ok(())
}

fn check_finite(name: &str, finite: bool) -> Result<(), ModelFileError> {
    match finite {
        true => Ok(()),
        false => Err(ModelFileError::Content {
            what: format!("tensor {name}"),
            got: "a value that is not finite".into(),
            wanted: "finite numbers".into(),
        }),
    }
}
