//! Finds the texts below some paths, and what is skipped there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::answer::Failure;

/// Larger files are skipped. They are not texts with references.
const MAX_BYTES: u64 = 16 << 20;

/// The texts below some paths, by path.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) texts: Vec<(PathBuf, String)>,
    pub(super) skipped: Vec<Skipped>,
}

/// A file in which no reference is looked for.
#[derive(Debug)]
pub(super) struct Skipped {
    pub(super) path: PathBuf,
    /// What it is: `a symbolic link`, `not UTF-8`.
    pub(super) because: &'static str,
}

impl Texts {
    /// Reads files, and all files below folders except those in `.git`. Symbolic links are not followed, and locks are left out.
    ///
    /// # Errors
    /// A path does not exist, a file cannot be read, or nothing is read of one of `paths`.
    pub(super) fn read(paths: &[PathBuf], is_lock: impl Fn(&Path) -> bool) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for path in paths {
            if is_git(path) {
                return Err(refused(path, "the folder of git"));
            }
            if is_lock(path) {
                return Err(refused(path, "the lock itself"));
            }
            add(path, &mut all)?;
        }
        all.sort();
        all.dedup();
        all.retain(|path| !is_lock(path));
        let mut read = Self::default();
        for path in all {
            match text(&path).map_err(|error| failed(&path, &error))? {
                Ok(text) => read.texts.push((path, text)),
                Err(because) if paths.contains(&path) => return Err(refused(&path, because)),
                Err(because) => read.skipped.push(Skipped { path, because }),
            }
        }
        Ok(read)
    }
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

/// Reads a file. If it is skipped, returns what it is.
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
