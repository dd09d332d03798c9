//! What the targets share.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use gradstop_tables::{Chunk, Input, ReadOptions, TableReader};
use safetensors::SafeTensors;

/// A file of this process, in memory where the system has such a place.
static SCRATCH: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("gradstop-fuzz-{}", std::process::id()))
});

/// A few bytes can be billions of rows, honestly, in formats that compress; they would only be waited for.
const MOST_ROWS: usize = 1 << 18;

/// Reads the bytes as a table, as `score --append --label` would and as a fit would. Whatever is wrong with
/// them is an error with a message; no value that is not finite comes out.
pub fn read_table(bytes: &[u8]) {
    fs::write(&*SCRATCH, bytes).expect("the scratch file can be written");
    let input = Input::path(&*SCRATCH);
    for options in [
        ReadOptions::default(),
        ReadOptions { label: Some("y".into()), keep_cells: true, ..ReadOptions::default() },
        ReadOptions { label: Some("x0".into()), header: Some(false), ..ReadOptions::default() },
    ] {
        if let Err(error) = read_with(&input, &options) {
            let message = error.to_string();
            assert!(!message.is_empty() && !message.contains("panicked"), "{message}");
        }
    }
}

fn read_with(input: &Input, options: &ReadOptions) -> Result<(), gradstop_tables::TableError> {
    let mut reader = TableReader::open(input, options)?;
    let (columns, mut chunk, mut seen) = (reader.columns().len(), Chunk::default(), 0);
    while reader.read_chunk(1000, &mut chunk)? > 0 {
        assert_eq!(chunk.first_row, seen);
        assert_eq!(chunk.values.len(), chunk.rows * columns);
        assert!(chunk.values.iter().all(|value| value.is_finite()));
        assert_eq!(chunk.labels.len(), if reader.has_labels() { chunk.rows } else { 0 });
        assert_eq!(chunk.cells.len(), if options.keep_cells { chunk.rows } else { 0 });
        seen += chunk.rows;
        if seen > MOST_ROWS {
            break;
        }
    }
    Ok(())
}

/// Lets the decoders of other crates panic, as the reader does, which makes an error of it. A panic that nobody catches still
/// ends the fuzzing.
pub fn let_decoders_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| place.file()).unwrap_or_default();
        if !["arrow-", "parquet-", "flatbuffers-"].iter().any(|decoder| place.contains(decoder)) {
            // As the fuzzer's own hook, which this one replaces.
            #[allow(clippy::print_stderr, reason = "a finding is for people to read")]
            {
                eprintln!("{panic}");
            }
            std::process::abort();
        }
    }));
}

/// A model file with the checksum that goes with its contents, if it is near enough to one.
pub fn seal(bytes: &[u8]) -> Option<Vec<u8>> {
    const KEY: &[u8] = b"\"gradstop\":\"";
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let (sum, header) = metadata.metadata().as_ref()?.get("gradstop")?.split_once(' ')?;
    let tensors = SafeTensors::deserialize(bytes).ok()?;
    let mut names = tensors.names();
    names.sort_unstable();
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(header.as_bytes());
    for name in names {
        checksum.update(name.as_bytes());
        checksum.update(tensors.tensor(name).ok()?.data());
    }
    let at = bytes.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let place = at..at + sum.len();
    let mut sealed = bytes.to_vec();
    (sum.len() == 8 && sealed.get(place.clone()) == Some(sum.as_bytes())).then(|| {
        sealed[place].copy_from_slice(format!("{:08x}", checksum.finalize()).as_bytes());
        sealed
    })
}
