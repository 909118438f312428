//! The tree that patches are applied to. No path of it leads out of it, or through a symbolic link.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use varve_archive::{normal, text_of};

use super::change::{FILE, LINK, PROGRAM};
use crate::tree as files;

/// The largest size of all files together that one patch changes.
const MOST: u64 = 1 << 30;

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// A file or a link, with its mode as git has it.
    File(u32),
    Folder,
    Other,
}

/// A tree of files.
pub(super) struct Tree<'t> {
    root: &'t Path,
    /// How many bytes can still be read.
    left: Cell<u64>,
}

impl<'t> Tree<'t> {
    pub(super) fn new(root: &'t Path) -> Self {
        Self { root, left: Cell::new(MOST) }
    }

    /// Checks a path of a patch and returns its parts joined by single slashes.
    ///
    /// # Errors
    /// The path leads out of the tree or into `.git`.
    pub(super) fn inside(path: &[u8]) -> Result<Vec<u8>, String> {
        let name = normal(path).map_err(|error| error.to_string())?;
        let shown = text_of(path);
        if name.is_empty() || path.starts_with(b"/") {
            return Err(format!("`{shown}` is not a path in the tree"));
        }
        if name.split(|byte| *byte == b'/').any(|part| part.eq_ignore_ascii_case(b".git")) {
            return Err(format!("`{shown}` is a path of git itself"));
        }
        Ok(name)
    }

    pub(super) fn path(&self, name: &[u8]) -> PathBuf {
        self.root.join(OsStr::from_bytes(name))
    }

    /// Returns the paths of the folders above a path, from the root down.
    pub(super) fn above(name: &[u8]) -> impl Iterator<Item = &[u8]> {
        name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &name[..at])
    }

    /// Whether there is a symbolic link at a path. Callers look from the root down, and stop at the first link.
    pub(super) fn is_link(&self, name: &[u8]) -> Result<bool, String> {
        Ok(files::metadata_of_itself(&self.path(name))?.is_some_and(|metadata| metadata.is_symlink()))
    }

    /// Returns what is at a path. There is nothing behind a link.
    pub(super) fn look(&self, name: &[u8]) -> Result<Found, String> {
        for folder in Self::above(name) {
            if self.is_link(folder)? {
                return Ok(Found::Nothing);
            }
        }
        let Some(metadata) = files::metadata_of_itself(&self.path(name))? else { return Ok(Found::Nothing) };
        Ok(match files::Kind::of(&metadata) {
            files::Kind::File if metadata.permissions().mode() & 0o100 != 0 => Found::File(PROGRAM),
            files::Kind::File => Found::File(FILE),
            files::Kind::Link => Found::File(LINK),
            files::Kind::Folder => Found::Folder,
            files::Kind::Other => Found::Other,
        })
    }

    /// Reads a file that was found, or the target of a link.
    pub(super) fn read(&self, name: &[u8], mode: u32) -> Result<Vec<u8>, String> {
        let path = self.path(name);
        let cannot_read = |error: std::io::Error| format!("cannot read {}: {error}", text_of(name));
        if mode == LINK {
            let target = fs::read_link(path).map_err(cannot_read)?;
            return Ok(target.into_os_string().into_vec());
        }
        let left = self.left.get().checked_sub(files::metadata(&path)?.len());
        let left = left.ok_or_else(|| format!("a patch can change files with at most {MOST} bytes"))?;
        self.left.set(left);
        fs::read(path).map_err(cannot_read)
    }
}
