//! Files that appear whole, links, permissions, devices and pipes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use gradstop::internals::WholeFile;
use gradstop::{Callback, Checkpoint, Detector, Error, Preset, Table};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_file_that_is_not_finished_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("file");
    fs::write(&place, "old").unwrap();
    let mut file = WholeFile::open(&place, None).unwrap();
    file.write_all(b"new").unwrap();
    assert_eq!(file.temporary().and_then(Path::parent), Some(folder.path()));
    drop(file);
    assert_eq!(fs::read(&place).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn permissions_are_those_that_were_there_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    for wanted in [0o600, 0o640, 0o666, 0o444, 0o755] {
        let place = folder.path().join(format!("{wanted:o}"));
        fs::write(&place, "old").unwrap();
        fs::set_permissions(&place, Permissions::from_mode(wanted)).unwrap();
        WholeFile::write(&place, b"new").unwrap();
        assert_eq!((fs::read(&place).unwrap(), mode(&place)), (b"new".to_vec(), wanted));
    }
    // A new file is as any that the user makes.
    let (ours, any) = (folder.path().join("ours"), folder.path().join("any"));
    WholeFile::write(&ours, b"").unwrap();
    fs::write(&any, "").unwrap();
    assert_eq!(mode(&ours), mode(&any));
}

#[test]
fn the_owner_stays_where_the_system_lets_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("file");
    fs::write(&place, "old").unwrap();
    // Only the superuser can give a file to somebody else to begin with.
    if std::os::unix::fs::chown(&place, Some(12345), Some(23456)).is_ok() {
        WholeFile::write(&place, b"new").unwrap();
        let found = fs::metadata(&place).unwrap();
        assert_eq!((found.uid(), found.gid()), (12345, 23456));
    }
}

#[test]
fn links_stay_and_what_they_lead_to_is_replaced_or_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("below")).unwrap();
    fs::write(path("below/real"), "old").unwrap();
    symlink("below/real", path("link")).unwrap();
    symlink("link", path("link_to_link")).unwrap();
    symlink("below/made", path("dangling")).unwrap();
    symlink("below", path("folder_link")).unwrap();
    symlink("circle", path("circle")).unwrap();
    for (link, real) in [
        ("link", "below/real"),
        ("link_to_link", "below/real"),
        ("dangling", "below/made"),
        ("folder_link/file", "below/file"),
    ] {
        WholeFile::write(&path(link), link.as_bytes()).unwrap();
        assert_eq!(fs::read(path(real)).unwrap(), link.as_bytes());
        assert_eq!(WholeFile::resting_place(&path(link)), path(real).canonicalize().unwrap());
    }
    for link in ["link", "link_to_link", "dangling"] {
        assert!(fs::symlink_metadata(path(link)).unwrap().is_symlink());
    }
    assert_eq!(WholeFile::write(&path("circle"), b"").unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(names(&path("below")), ["file", "made", "real"]);
}

#[test]
fn a_pipe_is_written_to_and_waits_for_its_reader() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("pipe");
    pipe(&place);
    // More than a pipe holds.
    let content: Vec<u8> = (0..300_000u32).map(|at| at as u8).collect();
    let read = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(50));
            let mut read = Vec::new();
            File::open(&place).unwrap().read_to_end(&mut read).unwrap();
            read
        });
        WholeFile::write(&place, &content).unwrap();
        reader.join().unwrap()
    });
    assert!(read == content);
    assert!(fs::symlink_metadata(&place).unwrap().file_type().is_fifo());
    let alone = WholeFile::open(&place, Some(Duration::from_millis(30))).unwrap_err();
    assert_eq!(alone.kind(), ErrorKind::TimedOut);
    assert_eq!(names(folder.path()), ["pipe"]);
}

#[test]
fn a_device_is_written_to_and_a_full_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    // Nodes of our own, so that were one replaced it would not be the system's; only the superuser can make them.
    let node = |name: &str, minor: &str| {
        let place = folder.path().join(name);
        let made = Command::new("mknod").arg(&place).args(["c", "1", minor]).output();
        (made.is_ok_and(|made| made.status.success()) && File::options().write(true).open(&place).is_ok())
            .then_some(place)
    };
    let (Some(null), Some(full)) = (node("null", "3"), node("full", "7")) else { return };
    WholeFile::write(&null, b"gone").unwrap();
    assert_eq!(WholeFile::write(&full, b"too much").unwrap_err().kind(), ErrorKind::StorageFull);
    symlink("full", folder.path().join("link")).unwrap();
    assert_eq!(
        WholeFile::write(&folder.path().join("link"), b"too much").unwrap_err().kind(),
        ErrorKind::StorageFull
    );
    for place in [null, full] {
        assert!(fs::symlink_metadata(place).unwrap().file_type().is_char_device());
    }
    assert_eq!(names(folder.path()), ["full", "link", "null"]);
}

#[test]
fn folders_and_names_of_no_file_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let kind = |path: &Path| WholeFile::open(path, None).unwrap_err().kind();
    assert_eq!(kind(folder.path()), ErrorKind::IsADirectory);
    assert_eq!(kind(&folder.path().join("no/file")), ErrorKind::NotFound);
    assert_eq!(kind(Path::new("")), ErrorKind::InvalidInput);
    fs::write(folder.path().join("file"), "").unwrap();
    assert_eq!(kind(&folder.path().join("file/below")), ErrorKind::NotADirectory);
}

struct Kept(Checkpoint);

impl Callback for Kept {
    fn checkpoint(&self) -> Option<Checkpoint> {
        Some(self.0.clone())
    }
}

#[test]
fn a_checkpoint_is_a_file_or_an_error_and_goes_through_links() {
    let folder = tempfile::tempdir().unwrap();
    let table =
        Table::new((0..80).map(|at| (at * 7 % 13) as f32).collect(), vec!["x".into(), "y".into()]).unwrap();
    let detector =
        Detector::named("autoencoder", Preset::Default, &serde_json::json!({ "epochs": 3 })).unwrap();
    let pipe_path = folder.path().join("pipe");
    pipe(&pipe_path);
    let checkpoint = Checkpoint::new(&pipe_path, Duration::ZERO);
    // Nobody reads from it: it must not be waited for.
    let error = detector.fit_with(table.clone(), &mut Kept(checkpoint)).unwrap_err();
    assert!(matches!(error, Error::Checkpoint { .. }), "{error}");
    assert!(fs::symlink_metadata(&pipe_path).unwrap().file_type().is_fifo());

    let (link, real) = (folder.path().join("link"), folder.path().join("real"));
    symlink("real", &link).unwrap();
    let checkpoint = Checkpoint::new(&link, Duration::ZERO);
    detector.fit_with(table, &mut Kept(checkpoint.clone())).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink() && real.is_file());
    checkpoint.remove();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink() && !real.exists());
}
