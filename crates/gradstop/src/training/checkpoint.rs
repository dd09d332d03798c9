//! The state of a fit in a file, from which a fit that was killed goes on.
//!
//! Random numbers are addressed by seed, epoch and row, never drawn in turn, so between two epochs a training is
//! its parameters, what the optimizer and the rules remember, the snapshots that were kept, and the history.
//! That is written as a model file is, through a temporary file, and the fit that goes on from it ends with the
//! bits of one that was never broken off.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{CheckpointError, Error, ModelFileError};
use crate::model::Rows;
use crate::model::packed::{pack, read_packed, unpack};
use crate::model::tensors::NamedTensor;
use crate::training::progress::{SavedProgress, TrainingState};
use crate::whole_file::WholeFile;

/// Key of the file's header.
const HEADER: &str = "gradstop-checkpoint";

/// A file that holds the state of a fit and is written anew every so often. Clones are the same file.
///
/// A fit asks its [`Callback`](crate::Callback) for one. If the file is there when the fit begins, it goes on from it, and
/// ends with the same bits as one that was never broken off; a file of another fit or a damaged one is an error.
/// The file stays when the fit is done: whoever has saved what was fitted may [remove](Self::remove) it.
///
/// ```
/// use std::ops::ControlFlow;
/// use std::time::Duration;
/// use gradstop::{Checkpoint, Detector, Preset, Callback, Table};
/// use gradstop::history::EpochRecord;
///
/// struct Impatient(Checkpoint, usize);
///
/// impl Callback for Impatient {
///     fn epoch(&mut self, record: &EpochRecord, _: usize) -> ControlFlow<()> {
///         if record.epoch == self.1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
///     }
///
///     fn checkpoint(&self) -> Option<Checkpoint> {
///         Some(self.0.clone())
///     }
/// }
///
/// let path = std::env::temp_dir().join("gradstop-checkpoint-example");
/// # let _ = std::fs::remove_file(&path);
/// let table = Table::new((0..60).map(|row| (row * 7 % 11) as f32).collect(), vec!["x".into(), "y".into()])?;
/// let detector = Detector::named("autoencoder", Preset::Default, &serde_json::json!({ "epochs": 20 }))?;
///
/// let mut callback = Impatient(Checkpoint::new(&path, Duration::from_secs(10)), 9);
/// assert!(detector.fit_with(table.clone(), &mut callback).is_err());
/// let checkpoint = Checkpoint::new(&path, Duration::from_secs(10));
/// let fitted = detector.fit_with(table.clone(), &mut Impatient(checkpoint.clone(), 99))?;
/// assert_eq!(checkpoint.resumed_epochs(), 10);
/// assert_eq!(fitted.to_bytes(), detector.fit(table)?.to_bytes());
/// checkpoint.remove();
/// # assert!(!path.exists());
/// # Ok::<(), gradstop::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Checkpoint {
    file: Arc<Mutex<StateFile>>,
    /// Which of the fit's trainings is meant; empty for the only one.
    training: String,
}

#[derive(Debug)]
struct StateFile {
    path: PathBuf,
    every: Duration,
    written: Instant,
    /// Known once a fit has begun.
    identity: Option<Identity>,
    states: BTreeMap<String, TrainingState>,
    handed_in: BTreeMap<String, Instant>,
    resumed_epochs: usize,
    problem: Option<CheckpointError>,
}

/// What must be the same for a fit to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Identity {
    gradstop_version: String,
    detector: String,
    settings: Value,
    rows: usize,
    columns: usize,
    /// CRC-32 of the standardised values; of a streamed table those that were read, and it says so.
    values: String,
}

/// A CRC-32 of values.
#[derive(Default)]
pub(crate) struct Fingerprint(crc32fast::Hasher);

impl Fingerprint {
    pub(crate) fn add(&mut self, values: &[f32]) {
        values.iter().for_each(|value| self.0.update(&value.to_le_bytes()));
    }

    pub(crate) fn words(self) -> String {
        format!("{:08x}", self.0.finalize())
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    identity: Identity,
    trainings: Vec<(String, SavedProgress)>,
}

impl Checkpoint {
    /// The state of a fit goes to `path` at most every so often; zero for after each epoch. Nothing is read or
    /// written before the fit begins.
    pub fn new(path: &Path, every: Duration) -> Self {
        let file = StateFile {
            path: path.into(),
            every,
            written: Instant::now(),
            identity: None,
            states: BTreeMap::new(),
            handed_in: BTreeMap::new(),
            resumed_epochs: 0,
            problem: None,
        };
        Self { file: Arc::new(Mutex::new(file)), training: String::new() }
    }

    /// Epochs of all trainings that the file had already and that were not run again.
    pub fn resumed_epochs(&self) -> usize {
        self.lock().resumed_epochs
    }

    /// Why the file could not be written of late, if so: the fit itself is none the worse.
    pub fn problem(&self) -> Option<String> {
        let file = self.lock();
        file.problem.as_ref().map(|problem| format!("{}: {problem}", file.path.display()))
    }

    /// Removes the file, if it is there: what was fitted is safe elsewhere.
    pub fn remove(&self) {
        let file = self.lock();
        if file.identity.is_some() {
            // A file that stays is found to be of a finished fit, and goes on to its end.
            let _ = std::fs::remove_file(WholeFile::resting_place(&file.path));
        }
    }

    /// The same file for one of several trainings.
    pub(crate) fn of_member(&self, member: usize) -> Self {
        Self { file: self.file.clone(), training: format!("{}{member}.", self.training) }
    }

    /// A fit begins: its state is looked for, and shown to be writable.
    pub(crate) fn begin(&self, detector: &str, settings: &Value, rows: Rows<'_>) -> Result<(), Error> {
        let mut crc = Fingerprint::default();
        crc.add(rows.values);
        self.begin_on(detector, settings, (rows.count(), rows.columns), crc.words())
    }

    /// The same for a table of this size that is not at hand, and what tells it from others.
    pub(crate) fn begin_on(
        &self,
        detector: &str,
        settings: &Value,
        (rows, columns): (usize, usize),
        values: String,
    ) -> Result<(), Error> {
        let identity = Identity {
            gradstop_version: env!("CARGO_PKG_VERSION").into(),
            detector: detector.into(),
            settings: settings.clone(),
            rows,
            columns,
            values,
        };
        let mut file = self.lock();
        file.begin(identity).map_err(|problem| Error::Checkpoint { path: file.path.clone(), problem })
    }

    /// The state that this training had in the file.
    pub(crate) fn saved(&self) -> Option<TrainingState> {
        self.lock().states.get(&self.training).cloned()
    }

    /// The error for a state that contradicts itself.
    pub(crate) fn broken(&self, what: impl Into<String>) -> Error {
        Error::Checkpoint { path: self.lock().path.clone(), problem: CheckpointError::Broken(what.into()) }
    }

    /// So many epochs of this training need not be run again.
    pub(crate) fn resume(&self, epochs: usize) {
        self.lock().resumed_epochs += epochs;
    }

    /// Whether it is time for this training to hand its state in.
    pub(crate) fn is_due(&self) -> bool {
        let file = self.lock();
        let since = file.handed_in.get(&self.training).unwrap_or(&file.written);
        file.identity.is_some() && since.elapsed() >= file.every
    }

    /// Takes the state of this training; the file is written if it is time, or `now`.
    pub(crate) fn hand_in(&self, state: TrainingState, now: bool) {
        let mut file = self.lock();
        if file.identity.is_none() {
            return;
        }
        file.states.insert(self.training.clone(), state);
        file.handed_in.insert(self.training.clone(), Instant::now());
        if now || file.written.elapsed() >= file.every {
            file.problem = file.write().err();
            file.written = Instant::now();
        }
    }

    fn lock(&self) -> MutexGuard<'_, StateFile> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateFile {
    fn begin(&mut self, identity: Identity) -> Result<(), CheckpointError> {
        self.states.clear();
        self.handed_in.clear();
        self.resumed_epochs = 0;
        // A device or pipe does not give back what it was given, and may be waited for without end.
        if std::fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            return Err(std::io::Error::other("got what is no file").into());
        }
        match std::fs::File::open(&self.path) {
            Ok(found) => {
                self.states = read(&read_packed(found)?, &identity)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        self.identity = Some(identity);
        // A folder that cannot be written to shows before the work.
        self.write()?;
        self.written = Instant::now();
        Ok(())
    }

    fn write(&self) -> Result<(), CheckpointError> {
        let Some(identity) = self.identity.clone() else { return Ok(()) };
        let trainings = self.states.iter().map(|(name, state)| (name.clone(), state.progress.clone()));
        let header = Header { identity, trainings: trainings.collect() };
        let header = serde_json::to_string(&header).expect("a state is plain data");
        let mut tensors = Vec::new();
        for (training, state) in self.states.values().enumerate() {
            let named = |tensor: &NamedTensor| NamedTensor {
                name: format!("{training}.{}", tensor.name),
                ..tensor.clone()
            };
            tensors.extend(state.tensors.iter().map(named));
        }
        let mut file = WholeFile::open(&self.path, None)?;
        file.write_all(&pack(HEADER, &header, tensors))?;
        // It is there for the day when the machine goes down too.
        file.sync()?;
        file.finish()?;
        Ok(())
    }
}

/// The trainings of a file that is of this very fit.
fn read(bytes: &[u8], wanted: &Identity) -> Result<BTreeMap<String, TrainingState>, CheckpointError> {
    let (json, tensors) = unpack(HEADER, bytes).map_err(|problem| match problem {
        ModelFileError::Foreign => CheckpointError::Broken("a file of another kind".into()),
        ModelFileError::Altered => CheckpointError::Broken("bytes that do not match their checksum".into()),
        ModelFileError::Broken(what) => CheckpointError::Broken(what),
        other => CheckpointError::Broken(other.to_string()),
    })?;
    #[derive(Deserialize)]
    struct Opening {
        identity: Identity,
    }
    let broken = |error: serde_json::Error| CheckpointError::Broken(error.to_string());
    // Who it belongs to first: the rest of another version's may look different.
    let Opening { identity } = serde_json::from_str(&json).map_err(broken)?;
    identity.check(wanted)?;
    let Header { trainings, .. } = serde_json::from_str(&json).map_err(broken)?;
    let state = |(index, (name, progress)): (usize, (String, SavedProgress))| {
        let prefix = format!("{index}.");
        let own = tensors.iter().filter_map(|tensor| {
            let name = tensor.name.strip_prefix(&prefix)?.to_string();
            Some(NamedTensor { name, ..tensor.clone() })
        });
        (name, TrainingState { progress, tensors: own.collect() })
    };
    Ok(trainings.into_iter().enumerate().map(state).collect())
}

impl Identity {
    /// An error that names the first thing that is not as `wanted`.
    fn check(&self, wanted: &Self) -> Result<(), CheckpointError> {
        let mut pairs = vec![
            (
                "version of gradstop".to_string(),
                self.gradstop_version.clone(),
                wanted.gradstop_version.clone(),
            ),
            ("detector".to_string(), self.detector.clone(), wanted.detector.clone()),
        ];
        differing("setting ", &self.settings, &wanted.settings, &mut pairs);
        let size = |identity: &Self| format!("{} rows of {} columns", identity.rows, identity.columns);
        pairs.push(("table".into(), size(self), size(wanted)));
        let values = |identity: &Self| format!("values of checksum {}", identity.values);
        pairs.push(("table".into(), values(self), values(wanted)));
        match pairs.into_iter().find(|(_, got, wanted)| got != wanted) {
            Some((what, got, wanted)) => {
                let (what, got, wanted) = (what.into(), got.into(), wanted.into());
                Err(CheckpointError::Other { what, got, wanted })
            }
            None => Ok(()),
        }
    }
}

/// Lists the settings of two trees that are not the same, and those that one lacks.
fn differing(path: &str, got: &Value, wanted: &Value, pairs: &mut Vec<(String, String, String)>) {
    match (got, wanted) {
        (Value::Object(got), Value::Object(wanted)) => {
            let names: std::collections::BTreeSet<&String> = got.keys().chain(wanted.keys()).collect();
            for name in names {
                let path =
                    if path.ends_with(' ') { format!("{path}{name}") } else { format!("{path}.{name}") };
                let (got, wanted) = (got.get(name), wanted.get(name));
                let none = Value::Null;
                differing(&path, got.unwrap_or(&none), wanted.unwrap_or(&none), pairs);
            }
        }
        _ if got != wanted => pairs.push((path.into(), got.to_string(), wanted.to_string())),
        _ => {}
    }
}
