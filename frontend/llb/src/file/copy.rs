//! Copies files between file systems.

use super::{Owner, Timestamp};
use crate::Output;

/// Copies files from another file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The file system that the files are copied from.
    pub source: Option<Output>,
    /// The path of the files in the source, relative to `/`.
    pub src: String,
    /// The destination, relative to `/`. A trailing `/` marks a folder that the files are copied into.
    pub dest: String,
    /// The owner of the copies and of created parent folders. The default is the superuser.
    pub owner: Option<Owner>,
    /// The permissions of the copies. By default they keep those of the files.
    pub mode: Option<Mode>,
    /// The modification time of the copies. By default they keep that of the files.
    pub timestamp: Option<Timestamp>,
    /// If `src` is a symbolic link, copies its target and not the link.
    pub follow_symlinks: bool,
    /// If `src` is a folder, copies its content and not the folder.
    pub contents_only: bool,
    /// Unpacks archives, as `ADD` does.
    pub unpack: bool,
    /// Creates the parent folders of `dest`.
    pub create_dest_path: bool,
    /// Whether `src` is a pattern.
    pub wildcard: Wildcard,
    /// Copies only files that match one of these patterns.
    pub include: Vec<String>,
    /// Leaves out files that match one of these patterns.
    pub exclude: Vec<String>,
    /// The paths that a copy with `include` must find.
    pub required: Vec<String>,
    /// Replaces a file at the destination with a folder, and a folder with a file.
    pub replace_existing: bool,
}

impl Copy {
    /// Copies exactly one path. The parent folders of `dest` must exist.
    #[must_use]
    pub fn new(source: Option<Output>, src: impl Into<String>, dest: impl Into<String>) -> Self {
        Self {
            source,
            src: src.into(),
            dest: dest.into(),
            owner: None,
            mode: None,
            timestamp: None,
            follow_symlinks: false,
            contents_only: false,
            unpack: false,
            create_dest_path: false,
            wildcard: Wildcard::Literal,
            include: Vec::new(),
            exclude: Vec::new(),
            required: Vec::new(),
            replace_existing: false,
        }
    }

    /// Copies as `COPY` in a Dockerfile does: `src` can be a pattern, links are followed, the content of folders is copied, and
    /// parent folders are created.
    #[must_use]
    pub fn dockerfile(source: Option<Output>, src: impl Into<String>, dest: impl Into<String>) -> Self {
        Self {
            follow_symlinks: true,
            contents_only: true,
            create_dest_path: true,
            wildcard: Wildcard::MayBeEmpty,
            ..Self::new(source, src, dest)
        }
    }
}

/// Whether the source of a copy is a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wildcard {
    /// The source is a path.
    #[default]
    Literal,
    /// The source is a pattern that must match at least one path.
    Required,
    /// The source is a pattern that may match nothing.
    MayBeEmpty,
}

/// The permissions of copied files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A number. Only the lowest twelve bits are used.
    Bits(u32),
    /// A symbolic mode as `chmod` accepts it, such as `u+x` or `go-w`.
    Symbolic(String),
}
