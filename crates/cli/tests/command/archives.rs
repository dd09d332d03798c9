//! Files in other formats, made by hand: what the readers take apart is tested in `gradstop-tables`.

/// NPZ with the arrays `X` and `y`.
pub(crate) fn npz(rows: &[[f64; 3]], labels: &[bool]) -> Vec<u8> {
    let values = rows.iter().flatten().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let marks = labels.iter().flat_map(|&label| i64::from(label).to_le_bytes()).collect::<Vec<u8>>();
    zip(&[
        ("X.npy", npy("<f8", &format!("({}, 3)", rows.len()), &values)),
        ("y.npy", npy("<i8", &format!("({},)", labels.len()), &marks)),
    ])
}

/// Gzip without compression.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(content);
    bytes.extend(crc32(content).to_le_bytes());
    bytes.extend(u32::from(length).to_le_bytes());
    bytes
}

fn npy(kind: &str, shape: &str, content: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(content);
    bytes
}

/// A zip archive without compression.
pub(crate) fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let start = size(&archive);
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc32(content).to_le_bytes());
        common.extend(size(content));
        common.extend(size(content));
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0, 0]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(name.as_bytes());
        archive.extend(content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(start);
        directory.extend(name.as_bytes());
    }
    let (count, start) = (u16::try_from(files.len()).unwrap().to_le_bytes(), size(&archive));
    let length = size(&directory);
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(count);
    archive.extend(count);
    archive.extend(length);
    archive.extend(start);
    archive.extend([0, 0]);
    archive
}

fn crc32(content: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !content.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
