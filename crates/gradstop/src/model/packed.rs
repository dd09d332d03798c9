//! Tensors with a header and a checksum as the bytes of a safetensors file: what model files and checkpoints are made of.

use std::collections::HashMap;
use std::io::Read;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use crate::error::ModelFileError;
use crate::model::tensors::{NamedTensor, Values};

/// A larger file is nothing that a fit of a table leaves.
const LARGEST_FILE: u64 = 1 << 36;

/// The length of a safetensors header, then its first byte.
pub(crate) const START: usize = 9;

/// Tensors and a header, with the checksum of both, as the bytes of a safetensors file; `key` says what it is.
pub(crate) fn pack(key: &str, header: &str, mut tensors: Vec<NamedTensor>) -> Vec<u8> {
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let bytes: Vec<(Dtype, Vec<u8>)> = tensors.iter().map(|tensor| to_bytes(&tensor.values)).collect();
    let contents = tensors.iter().zip(&bytes).map(|(tensor, (_, bytes))| (&tensor.name[..], &bytes[..]));
    let checksum = checksum(header, contents);
    let views = tensors.iter().zip(&bytes).map(|(tensor, (dtype, bytes))| {
        let view = TensorView::new(*dtype, tensor.shape.clone(), bytes);
        (&tensor.name[..], view.expect("a tensor fills its shape"))
    });
    let metadata = HashMap::from([(key.into(), format!("{checksum} {header}"))]);
    serialize(views, Some(metadata)).expect("tensors of known types are written")
}

/// The bytes of a file that [`pack`] made; of another only the start, which says so: it may be large, or have no end.
pub(crate) fn read_packed(file: impl Read) -> std::io::Result<Vec<u8>> {
    let (mut file, mut bytes) = (file.take(LARGEST_FILE), Vec::new());
    file.by_ref().take(START as u64).read_to_end(&mut bytes)?;
    if starts_as_packed(&bytes) {
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn starts_as_packed(bytes: &[u8]) -> bool {
    bytes.get(START - 1) == Some(&b'{')
}

/// Header and tensors of a file that [`pack`] made under the same key; they are believed after the checksum alone.
pub(crate) fn unpack(key: &str, bytes: &[u8]) -> Result<(String, Vec<NamedTensor>), ModelFileError> {
    if bytes.len() >= START && !starts_as_packed(bytes) {
        return Err(ModelFileError::Broken("a file of another kind".into()));
    }
    let broken = |error: safetensors::SafeTensorError| ModelFileError::Broken(error.to_string());
    let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
    let metadata = metadata.metadata().as_ref().ok_or(ModelFileError::Foreign)?;
    let ours = metadata.get(key).and_then(|value| value.split_once(' '));
    let (want, json) = ours.ok_or(ModelFileError::Foreign)?;
    let mut names: Vec<&str> = tensors.names();
    names.sort_unstable();
    let contents = names.iter().filter_map(|name| Some((*name, tensors.tensor(name).ok()?.data())));
    if checksum(json, contents) != want {
        return Err(ModelFileError::Altered);
    }
    let tensors = names.iter().map(|name| from_view(name, &tensors)).collect::<Result<Vec<_>, _>>()?;
    Ok((json.into(), tensors))
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

/// Type and little-endian bytes of a tensor.
fn to_bytes(values: &Values) -> (Dtype, Vec<u8>) {
    match values {
        Values::F32(values) => (Dtype::F32, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Values::F64(values) => (Dtype::F64, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Values::U32(values) => (Dtype::U32, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
    }
}

/// A tensor of the file, which is as large as the bytes that the file holds for it.
fn from_view(name: &str, tensors: &SafeTensors<'_>) -> Result<NamedTensor, ModelFileError> {
    let wrong = |got: String| ModelFileError::Content {
        what: format!("tensor {name}"),
        got,
        wanted: "F32, F64 or U32".into(),
    };
    let view = tensors.tensor(name).map_err(|error| wrong(error.to_string()))?;
    let data = view.data();
    let values = match view.dtype() {
        Dtype::F32 => {
            Values::F32(data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
        }
        Dtype::F64 => {
            Values::F64(data.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
        }
        Dtype::U32 => {
            Values::U32(data.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
        }
        other => return Err(wrong(format!("{other:?}"))),
    };
    Ok(NamedTensor { name: name.into(), shape: view.shape().to_vec(), values })
}
