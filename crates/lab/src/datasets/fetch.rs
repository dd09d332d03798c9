//! Fetching ADBench's tables from its public repository, each file checked against the checksum that the
//! repository keeps for it. What is there already stays; what was cut off goes on.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use sha1::{Digest, Sha1};

use crate::failure::Failure;
use crate::output::{message, print};

/// ADBench as of this commit.
const COMMIT: &str = "f7fed68dea6901fe9a81ed51b251b1d2456790cd";
/// Where its tables are in the repository.
const PLACE: &str = "adbench/datasets/Classical/";
const LISTING: &str = "https://api.github.com/repos/Minqi824/ADBench/git/trees";
const FILES: &str = "https://raw.githubusercontent.com/Minqi824/ADBench";
/// A table larger than this is none of ADBench's.
const MOST_BYTES: u64 = 1 << 30;
const OFFLINE: &str =
    "is there a network? --mirror names another address, and `gradstop-lab datasets make` needs none";

/// The files of a commit: paths, sizes and checksums.
#[derive(Deserialize)]
struct Listing {
    tree: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    /// Git's checksum: SHA-1 of a short head and the content.
    sha: String,
    size: Option<u64>,
}

/// Fetches the tables into a folder, and says where they are on standard output.
pub(crate) fn adbench(folder: Option<&Path>, mirror: Option<&str>) -> Result<(), Failure> {
    let folder = folder.map(Path::to_path_buf).unwrap_or_else(|| cache().join("adbench"));
    let failure = |problem| Failure::Folder { path: folder.clone(), problem };
    std::fs::create_dir_all(&folder).map_err(failure)?;
    let (listing, files) = match mirror {
        Some(mirror) => (format!("{mirror}/trees"), format!("{mirror}/files")),
        None => (LISTING.into(), FILES.into()),
    };
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_connect(Some(Duration::from_secs(20))).build().into();
    let tables = list(&agent, &format!("{listing}/{COMMIT}?recursive=1"))?;
    let (mut fetched, mut there) = (0, 0);
    for table in &tables {
        let name = &table.path[PLACE.len()..];
        let target = folder.join(name);
        if std::fs::read(&target).is_ok_and(|content| checksum(&content) == table.sha) {
            there += 1;
            continue;
        }
        message(&format!("fetching {name} ({:.1} MB)", table.size.unwrap_or(0) as f64 / 1e6));
        download(&agent, &format!("{files}/{COMMIT}/{}", table.path), table, &target)?;
        fetched += 1;
    }
    message(&format!("{fetched} tables fetched, {there} were there"));
    print(format!("{}\n", folder.display()).as_bytes())
}

fn list(agent: &ureq::Agent, url: &str) -> Result<Vec<File>, Failure> {
    let failure = |problem: String| Failure::Download { url: url.into(), problem, hint: OFFLINE };
    let mut answer =
        agent.get(url).header("user-agent", "gradstop").call().map_err(|error| failure(error.to_string()))?;
    let text = answer.body_mut().read_to_string().map_err(|error| failure(error.to_string()))?;
    let listing: Listing = serde_json::from_str(&text)
        .map_err(|problem| failure(format!("got no listing of files: {problem}")))?;
    let is_table = |file: &File| {
        let name = file.path.strip_prefix(PLACE).unwrap_or_default();
        // A name is all that a listing may choose: it must not lead out of the folder.
        name.ends_with(".npz") && !name.contains(['/', '\\']) && !name.starts_with('.')
    };
    let tables: Vec<File> = listing.tree.into_iter().filter(is_table).collect();
    match tables.is_empty() {
        true => Err(failure(format!("got no table in {PLACE}, wanted those of ADBench"))),
        false => Ok(tables),
    }
}

/// Downloads a file to a name of its own, goes on with what is there of it, and gives it its right name only
/// if its checksum is right.
fn download(agent: &ureq::Agent, url: &str, file: &File, target: &Path) -> Result<(), Failure> {
    let partial = target.with_extension("npz.part");
    let failure = |problem: String, hint| Failure::Download { url: url.into(), problem, hint };
    let write = |problem| Failure::Write { path: partial.clone(), problem };
    let had = std::fs::metadata(&partial).map_or(0, |found| found.len());
    let mut request = agent.get(url).header("user-agent", "gradstop");
    if had > 0 {
        request = request.header("range", format!("bytes={had}-"));
    }
    let mut answer = match request.call() {
        // What is there is all there is, or more: only the checksum can tell.
        Err(ureq::Error::StatusCode(416)) => None,
        other => Some(other.map_err(|error| failure(error.to_string(), OFFLINE))?),
    };
    if let Some(answer) = &mut answer {
        let goes_on = answer.status() == 206;
        let mut sink = std::fs::File::options()
            .create(true)
            .write(true)
            .append(goes_on)
            .truncate(!goes_on)
            .open(&partial)
            .map_err(write)?;
        let mut body = answer.body_mut().with_config().limit(MOST_BYTES).reader();
        let mut block = vec![0; 1 << 16];
        loop {
            let read = body.read(&mut block).map_err(|error| {
                failure(error.to_string(), "the same command goes on where it was cut off")
            })?;
            if read == 0 {
                break;
            }
            sink.write_all(&block[..read]).map_err(write)?;
        }
    }
    let content = std::fs::read(&partial).map_err(write)?;
    if checksum(&content) != file.sha {
        let short = file.size.is_some_and(|size| (content.len() as u64) < size);
        if short {
            let problem = format!("got {} bytes, wanted {}", content.len(), file.size.unwrap_or(0));
            return Err(failure(problem, "the same command goes on where it was cut off"));
        }
        std::fs::remove_file(&partial).map_err(write)?;
        let problem = format!("got content of checksum {}, wanted {}", checksum(&content), file.sha);
        return Err(failure(problem, "it was thrown away; try again, or another mirror"));
    }
    std::fs::rename(&partial, target).map_err(write)
}

/// Git's checksum of a file's content.
pub(crate) fn checksum(content: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", content.len()));
    hash.update(content);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The user's cache folder, by the conventions of the system.
fn cache() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || set("HOME").unwrap_or_else(std::env::temp_dir);
    let base = set("XDG_CACHE_HOME").or_else(|| set("LOCALAPPDATA"));
    base.unwrap_or_else(|| {
        if cfg!(target_os = "macos") { home().join("Library/Caches") } else { home().join(".cache") }
    })
    .join("gradstop")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_git() {
        // printf 'hello\n' | git hash-object --stdin
        assert_eq!(checksum(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }
}
