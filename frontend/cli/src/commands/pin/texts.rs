//! Finds the texts below some paths, and what is skipped there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::answer::Failure;

/// Larger files are skipped. They are not texts with references.
const MAX_BYTES: u64 = 16 << 20;

/// A file in which no reference is looked for.
#[derive(Debug)]
pub(super) struct Skipped {
    pub(super) path: PathBuf,
    /// What it is: `a symbolic link`, `not UTF-8`.
    pub(super) because: &'static str,
}

/// Lists files, and all files below folders except those in `.git`. Symbolic links are not followed, and locks are left out.
///
/// # Errors
/// A path does not exist, or one of `paths` is a file that would be skipped.
pub(super) fn list(paths: &[PathBuf], is_lock: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        if is_git(path) {
            return Err(refused(path, "the folder of git"));
        }
        if is_lock(path) {
            return Err(refused(path, "the lock itself"));
        }
        add(path, &mut all)?;
        if all.last() == Some(path)
            && let Err(because) = read(path)?
        {
            return Err(refused(path, because));
        }
    }
    all.sort();
    all.dedup();
    all.retain(|path| !is_lock(path));
    Ok(all)
}

/// Reads a file. If it has to be skipped, returns what it is.
///
/// # Errors
/// The file cannot be read.
pub(super) fn read(path: &Path) -> Result<Result<String, &'static str>, Failure> {
    text(path).map_err(|error| failed(path, &error))
}

/// Adds a file, or everything below a folder.
fn add(path: &Path, into: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let kind = fs::symlink_metadata(path).map_err(|error| failed(path, &error))?;
    if !kind.is_dir() {
        into.push(path.to_owned());
    } else if !is_git(path) {
        for entry in fs::read_dir(path).map_err(|error| failed(path, &error))? {
            add(&entry.map_err(|error| failed(path, &error))?.path(), into)?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> io::Result<Result<String, &'static str>> {
    let kind = fs::symlink_metadata(path)?;
    if kind.is_symlink() {
        return Ok(Err("a symbolic link"));
    }
    if !kind.is_file() {
        return Ok(Err("no regular file"));
    }
    if kind.len() > MAX_BYTES {
        return Ok(Err("larger than 16 MiB"));
    }
    Ok(String::from_utf8(fs::read(path)?).map_err(|_| "not UTF-8"))
}

fn is_git(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == ".git")
}

fn refused(path: &Path, because: &str) -> Failure {
    Failure::File(format!("{} is {because}: name text files, or folders that contain them", path.display()))
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::File(match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file or folder {}", path.display()),
        _ => format!("varve cannot read {}: {error}", path.display()),
    })
}
