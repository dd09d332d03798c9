//! What a command line argument stands for: a file, every file of a folder, or all that a pattern matches.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::container::members;
use crate::error::TableError;
use crate::input::Input;

impl Input {
    /// What a command line argument stands for, in the order in which it is read: standard input for `-`; the
    /// file of that name; every table below the folder of that name, sorted by path; or every file and folder
    /// that a pattern with `*`, `?`, `[a-z]` or `**` matches, sorted by path.
    ///
    /// Of a folder files of a known ending count, and those whose name starts with none of `.`, `_` and `~`: so
    /// other programs mark what is not a part of the table. Links to folders are not followed.
    ///
    /// ```
    /// use gradstop_tables::Input;
    /// let folder = std::env::temp_dir().join("gradstop-tables-expand-example");
    /// std::fs::create_dir_all(folder.join("year=2024"))?;
    /// std::fs::write(folder.join("year=2024/part-1.csv"), "a\n2\n")?;
    /// std::fs::write(folder.join("year=2024/part-0.csv"), "a\n1\n")?;
    /// let inputs = Input::expand(&folder.to_string_lossy())?;
    /// assert_eq!(inputs.len(), 2);
    /// assert!(inputs[0].name().ends_with("part-0.csv"));
    /// assert_eq!(inputs[0].partition("year"), Some("2024"));
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TableError::NoFiles`] for a folder without a table or a pattern that nothing matches,
    /// [`TableError::Pattern`] for a pattern that is none, [`TableError::Open`] for a folder that cannot be read.
    /// Whether a file is there shows when it is opened.
    pub fn expand(argument: &str) -> Result<Vec<Input>, TableError> {
        let path = Path::new(argument);
        if argument == "-" {
            return Ok(vec![Input::stdin()]);
        }
        // A name with a star in it is a name, if there is such a file.
        let pattern = argument.contains(['*', '?', '[']) && fs::symlink_metadata(path).is_err();
        let mut paths = Vec::new();
        if pattern {
            let wrong = |error: glob::PatternError| TableError::Pattern {
                pattern: argument.into(),
                at: error.pos,
                detail: error.msg,
            };
            let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
            for found in glob::glob_with(argument, options).map_err(wrong)? {
                let failed = |error: glob::GlobError| {
                    let place = error.path().to_path_buf();
                    unreadable(&place, error.into())
                };
                gather(found.map_err(failed)?, &mut paths)?;
            }
        } else if path.is_dir() {
            gather(path.into(), &mut paths)?;
        } else {
            return Ok(vec![Input::path(path)]);
        }
        if paths.is_empty() {
            return Err(TableError::NoFiles { place: argument.into(), pattern });
        }
        paths.sort();
        // `**` finds a folder and what is in it.
        paths.dedup();
        Ok(paths.into_iter().map(Input::path).collect())
    }
}

/// Adds a file, or the tables below a folder.
fn gather(path: PathBuf, paths: &mut Vec<PathBuf>) -> Result<(), TableError> {
    if !path.is_dir() {
        paths.push(path);
        return Ok(());
    }
    let failed = |error| unreadable(&path, error);
    for entry in fs::read_dir(&path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        // Excel's mark of a workbook that is open begins with a tilde.
        if name.starts_with(['.', '_', '~']) {
            continue;
        }
        let inner = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            gather(inner, paths)?;
        } else if inner.is_file() && members::is_definite(&name) {
            paths.push(inner);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, cause: io::Error) -> TableError {
    TableError::Open { file: path.display().to_string(), cause }
}
