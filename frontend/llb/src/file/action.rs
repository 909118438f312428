use super::{Copy, Owner, Timestamp};

/// One change to a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Copies files from another file system.
    Copy(Copy),
    /// Makes a file.
    MkFile(MkFile),
    /// Makes a folder.
    MkDir(MkDir),
    /// Removes a path.
    Rm(Rm),
    /// Makes a symbolic link.
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

/// A file with its contents, over one that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MkFile {
    /// Where; relative to `/`.
    pub path: String,
    /// The permissions, of which the lowest nine bits count.
    pub mode: u32,
    /// The contents. They are part of the operation, so large ones belong into a context.
    pub data: Vec<u8>,
    /// The owner; the superuser unless given.
    pub owner: Option<Owner>,
    /// The time of the file; that of the build unless given.
    pub timestamp: Option<Timestamp>,
}

impl MkFile {
    /// A file that all may read, of the superuser.
    #[must_use]
    pub fn new(path: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), mode: 0o644, data: data.into(), owner: None, timestamp: None }
    }
}

/// A folder. With parents, one that is there stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MkDir {
    /// Where; relative to `/`.
    pub path: String,
    /// The permissions, of which the lowest nine bits count.
    pub mode: u32,
    /// Whether to make the folders above it too, and to accept one that is there.
    pub parents: bool,
    /// The owner; the superuser unless given.
    pub owner: Option<Owner>,
    /// The time of the folder; that of the build unless given.
    pub timestamp: Option<Timestamp>,
}

impl MkDir {
    /// A folder that all may read, of the superuser, with the folders above it.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), mode: 0o755, parents: true, owner: None, timestamp: None }
    }
}

/// A removal, of a folder with all that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rm {
    /// What; relative to `/`.
    pub path: String,
    /// Whether it may be missing.
    pub allow_not_found: bool,
    /// Whether the path is a pattern.
    pub wildcard: bool,
}

impl Rm {
    /// The removal of a path that must be there.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), allow_not_found: false, wildcard: false }
    }
}

/// A symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symlink {
    /// What the link says, as it is written.
    pub target: String,
    /// Where the link is; relative to `/`.
    pub path: String,
    /// The owner; the superuser unless given.
    pub owner: Option<Owner>,
    /// The time of the link; that of the build unless given.
    pub timestamp: Option<Timestamp>,
}

impl Symlink {
    /// A link at `path` that says `target`.
    #[must_use]
    pub fn new(target: impl Into<String>, path: impl Into<String>) -> Self {
        Self { target: target.into(), path: path.into(), owner: None, timestamp: None }
    }
}
