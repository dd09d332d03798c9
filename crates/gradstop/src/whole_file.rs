//! Files that appear whole or not at all; what is no file is written to where it stands.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

/// Links that are followed before they count as going round in circles, as many as the system follows.
const MOST_LINKS: usize = 40;

/// How long the library waits for somebody to read from a pipe.
const PATIENCE: Duration = Duration::from_secs(5);

/// Somewhere to write, opened before the work and finished after it.
///
/// A file is written under a temporary name beside its own, `.gradstop-` and some letters, and takes its name when it is
/// [finished](Self::finish); until then, and if it never is, what stood there stays. It keeps the permissions of the file that
/// it replaces, and its owner where the system lets it. A symbolic link stays, and the file that it leads to is replaced, or made.
/// A device or pipe is written to in place: replacing it would take it away from everyone. So is whatever
/// `/dev/stdout`, `/dev/stderr` and `/dev/fd/N` stand for.
///
/// ```
/// use std::io::Write;
///
/// let path = std::env::temp_dir().join("gradstop-whole-file-example");
/// let mut file = gradstop::internals::WholeFile::open(&path, None)?;
/// file.write_all(b"half of it, ")?;
/// assert!(!path.exists());
/// file.write_all(b"and the rest")?;
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"half of it, and the rest");
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct WholeFile(Way);

#[derive(Debug)]
enum Way {
    /// A temporary file, and the place that it takes.
    Beside { place: PathBuf, writer: BufWriter<NamedTempFile> },
    /// A device, a pipe, or a file that is open already.
    InPlace(BufWriter<File>),
}

/// Where a path leads.
enum Target {
    /// Something with a name of its own, which need not be there yet.
    Named(PathBuf),
    /// What this process or another has open under a number.
    Open { number: u32, own: bool },
}

impl WholeFile {
    /// Opens the place `path`, so that a folder that is missing or read-only shows before the work. A pipe is waited for
    /// until somebody reads from it, at most for `patience` if that is given.
    ///
    /// # Errors
    /// What the system says: the folder is not there or is none, `path` is a folder, nothing may be written there, nobody
    /// reads from the pipe ([`io::ErrorKind::TimedOut`]).
    pub fn open(path: &Path, patience: Option<Duration>) -> io::Result<Self> {
        let place = match target(path)? {
            Target::Named(place) => place,
            Target::Open { number, own } => {
                return Ok(Self(Way::InPlace(BufWriter::new(already_open(path, number, own)?))));
            }
        };
        match fs::metadata(&place) {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                Ok(Self(Way::InPlace(BufWriter::new(special(&place, &found, patience)?))))
            }
            _ if place.file_name().is_none() => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "a name of no file"))
            }
            found => {
                let file = temporary_beside(&place, found.ok().as_ref())?;
                Ok(Self(Way::Beside { place, writer: BufWriter::new(file) }))
            }
        }
    }

    /// Writes all of `content` at once. A pipe that nobody reads from is waited for five seconds.
    ///
    /// # Errors
    /// As [`open`](Self::open), and what goes wrong on the way, such as a full disk; a file that stood there is then as it was.
    pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = Self::open(path, Some(PATIENCE))?;
        file.write_all(content)?;
        file.finish()
    }

    /// The temporary file, if there is one.
    pub fn temporary(&self) -> Option<&Path> {
        match &self.0 {
            Way::Beside { writer, .. } => Some(writer.get_ref().path()),
            Way::InPlace(_) => None,
        }
    }

    /// Waits until what was written is on the disk, for the day when the machine goes down too.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        match &self.0 {
            Way::Beside { writer, .. } => writer.get_ref().as_file().sync_data(),
            Way::InPlace(_) => Ok(()),
        }
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If the rest of it cannot be written, or it cannot take its name; what stood there is then as it was.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Way::InPlace(mut writer) => writer.flush(),
            Way::Beside { place, writer } => {
                let named = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
                named.persist(&place).map(drop).map_err(|error| error.error)
            }
        }
    }

    /// Where a file is or will be, without links and detours, so that two names of one place can be told to be such.
    pub fn resting_place(path: &Path) -> PathBuf {
        let place = match target(path) {
            Ok(Target::Named(place)) => place,
            _ => path.into(),
        };
        place.canonicalize().unwrap_or_else(|_| {
            let folder = folder_of(&place);
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.into());
            place.file_name().map_or(folder.clone(), |name| folder.join(name))
        })
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Way::Beside { writer, .. } => writer.write(bytes),
            Way::InPlace(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Way::Beside { writer, .. } => writer.flush(),
            Way::InPlace(writer) => writer.flush(),
        }
    }
}

/// Follows links, also one that leads to nothing yet, but not those that stand for what is open.
fn target(path: &Path) -> io::Result<Target> {
    let mut place = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        if let Some(open) = open_number(&place) {
            return Ok(open);
        }
        match fs::read_link(&place) {
            Ok(next) => place = folder_of(&place).join(next),
            Err(_) => return Ok(Target::Named(place)),
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "links that lead round in circles"))
}

/// The number of what is open, if a path is one of the names that the system has for it.
fn open_number(place: &Path) -> Option<Target> {
    let number: u32 = place.file_name()?.to_str()?.parse().ok()?;
    let folder = folder_of(place).canonicalize().ok()?;
    let process = folder.strip_prefix("/proc").ok()?;
    process.ends_with("fd").then(|| {
        let own = process == Path::new(&format!("{}/fd", std::process::id()));
        Target::Open { number, own }
    })
}

/// What is open under a number, to be written to behind whatever it holds.
#[cfg(unix)]
fn already_open(path: &Path, number: u32, own: bool) -> io::Result<File> {
    use std::os::fd::AsFd;
    match number {
        1 if own => Ok(io::stdout().as_fd().try_clone_to_owned()?.into()),
        2 if own => Ok(io::stderr().as_fd().try_clone_to_owned()?.into()),
        _ => File::options().append(true).open(path),
    }
}

#[cfg(not(unix))]
fn already_open(path: &Path, _number: u32, _own: bool) -> io::Result<File> {
    File::options().append(true).open(path)
}

/// A device or pipe.
#[cfg(unix)]
fn special(place: &Path, found: &fs::Metadata, patience: Option<Duration>) -> io::Result<File> {
    use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
    let opened = || File::options().write(true).open(place);
    let Some(patience) = patience.filter(|_| found.file_type().is_fifo()) else { return opened() };
    let begun = std::time::Instant::now();
    loop {
        match File::options().write(true).custom_flags(libc::O_NONBLOCK).open(place) {
            // Somebody reads, so that opening it again does not wait; writing does.
            Ok(_held) => return opened(),
            Err(error) if error.raw_os_error() != Some(libc::ENXIO) => return Err(error),
            Err(_) if begun.elapsed() < patience => std::thread::sleep(Duration::from_millis(10)),
            Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "a pipe that nobody reads from")),
        }
    }
}

#[cfg(not(unix))]
fn special(place: &Path, _found: &fs::Metadata, _patience: Option<Duration>) -> io::Result<File> {
    File::options().write(true).open(place)
}

/// A temporary file that can take the place's name in one step.
fn temporary_beside(place: &Path, existing: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gradstop-");
    // As the user's umask has it, not private as temporary files are, unless it replaces what may be private.
    #[cfg(unix)]
    if existing.is_none() {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder_of(place)).map_err(without_name)?;
    if let Some(existing) = existing {
        permit(file.as_file(), existing)?;
    }
    Ok(file)
}

/// Gives a file the permissions of another, and its owner.
#[cfg(unix)]
fn permit(file: &File, existing: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let own = file.metadata()?;
    let mut mode = existing.mode() & 0o7777;
    if own.uid() != existing.uid() {
        // Only the superuser may give files away.
        let _ = fchown(file, Some(existing.uid()), None);
    }
    if own.gid() != existing.gid() && fchown(file, None, Some(existing.gid())).is_err() {
        // What that group was allowed is not for another one.
        mode &= 0o707;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn permit(_file: &File, _existing: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// The system's error alone: the name of a temporary file means nothing to anyone.
fn without_name(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source);
    let number = inner.and_then(|inner| inner.downcast_ref::<io::Error>()).and_then(io::Error::raw_os_error);
    number.or(error.raw_os_error()).map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

fn folder_of(place: &Path) -> &Path {
    place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
