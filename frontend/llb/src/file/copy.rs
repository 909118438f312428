use super::{Owner, Timestamp};
use crate::Output;

/// A copy from one file system to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Where the files are.
    pub source: Option<Output>,
    /// What is copied; relative to `/`.
    pub src: String,
    /// Where to; relative to `/`. With a trailing `/` it is a folder that the files go into.
    pub dest: String,
    /// The owner of the copies and of folders made above them; the superuser unless given.
    pub owner: Option<Owner>,
    /// The permissions of the copies; those of the files unless given.
    pub mode: Option<Mode>,
    /// The time of the copies; that of the files unless given.
    pub timestamp: Option<Timestamp>,
    /// Copy what a link at `src` points at, rather than the link.
    pub follow_symlinks: bool,
    /// Of a folder, copy what is in it rather than the folder.
    pub contents_only: bool,
    /// Unpack what is an archive, as `ADD` does.
    pub unpack: bool,
    /// Make the folders above `dest`.
    pub create_dest_path: bool,
    /// Whether `src` is a pattern.
    pub wildcard: Wildcard,
    /// Copy only what matches one of these.
    pub include: Vec<String>,
    /// Leave out what matches these.
    pub exclude: Vec<String>,
    /// Paths that a copy with `include` must find.
    pub required: Vec<String>,
    /// Replace what is at the destination even when it is a file and the source a folder, or the other way round.
    pub replace_existing: bool,
}

impl Copy {
    /// A copy of exactly this path, the folders above `dest` being there.
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

    /// A copy as `COPY` of a Dockerfile makes it: patterns, links followed, contents of folders, folders made above.
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
    /// It is a path.
    #[default]
    Literal,
    /// It is a pattern that something must match.
    Required,
    /// It is a pattern.
    MayBeEmpty,
}

/// Permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As a number, of which the lowest twelve bits count.
    Bits(u32),
    /// As chmod takes them: `u+x`, `go-w`.
    Symbolic(String),
}
