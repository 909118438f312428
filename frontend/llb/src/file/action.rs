//! The actions of a file operation: create, copy, remove and link.

use super::{Copy, Owner, Timestamp};

/// A change to a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Copies files from another file system.
    Copy(Copy),
    /// Creates a file.
    MkFile(MkFile),
    /// Creates a folder.
    MkDir(MkDir),
    /// Removes a path.
    Rm(Rm),
    /// Creates a symbolic link.
    Symlink(Symlink),
}

impl From<Copy> for Action {
    fn from(action: Copy) -> Self {
        Self::Copy(action)
    }
}

impl From<MkFile> for Action {
    fn from(action: MkFile) -> Self {
        Self::MkFile(action)
    }
}

impl From<MkDir> for Action {
    fn from(action: MkDir) -> Self {
        Self::MkDir(action)
    }
}

impl From<Rm> for Action {
    fn from(action: Rm) -> Self {
        Self::Rm(action)
    }
}

impl From<Symlink> for Action {
    fn from(action: Symlink) -> Self {
        Self::Symlink(action)
    }
}

/// Creates a file, and replaces one that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MkFile {
    /// The path, relative to `/`.
    pub path: String,
    /// The permissions. Only the lowest nine bits are used.
    pub mode: u32,
    /// The content. It is part of the operation, so large files are better copied from a context.
    pub data: Vec<u8>,
    /// The owner. The default is the superuser.
    pub owner: Option<Owner>,
    /// The modification time. The default is the time of the build.
    pub timestamp: Option<Timestamp>,
}

impl MkFile {
    /// Creates a file with mode 0644 that belongs to the superuser.
    #[must_use]
    pub fn new(path: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), mode: 0o644, data: data.into(), owner: None, timestamp: None }
    }
}

/// Creates a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MkDir {
    /// The path, relative to `/`.
    pub path: String,
    /// The permissions. Only the lowest nine bits are used.
    pub mode: u32,
    /// Whether to create missing parent folders, and to leave a folder that exists as it is.
    pub parents: bool,
    /// The owner. The default is the superuser.
    pub owner: Option<Owner>,
    /// The modification time. The default is the time of the build.
    pub timestamp: Option<Timestamp>,
}

impl MkDir {
    /// Creates a folder with mode 0755 that belongs to the superuser, and its parents.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), mode: 0o755, parents: true, owner: None, timestamp: None }
    }
}

/// Removes a file, or a folder with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rm {
    /// The path, relative to `/`.
    pub path: String,
    /// Whether the path may be missing.
    pub allow_not_found: bool,
    /// Whether the path is a pattern.
    pub wildcard: bool,
}

impl Rm {
    /// Removes a path that must exist.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), allow_not_found: false, wildcard: false }
    }
}

/// Creates a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symlink {
    /// The target, which is written into the link unchanged.
    pub target: String,
    /// The path of the link, relative to `/`.
    pub path: String,
    /// The owner. The default is the superuser.
    pub owner: Option<Owner>,
    /// The modification time. The default is the time of the build.
    pub timestamp: Option<Timestamp>,
}

impl Symlink {
    /// Creates a link at `path` that points at `target`.
    #[must_use]
    pub fn new(target: impl Into<String>, path: impl Into<String>) -> Self {
        Self { target: target.into(), path: path.into(), owner: None, timestamp: None }
    }
}
