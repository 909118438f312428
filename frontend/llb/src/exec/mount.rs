//! File systems that a step sees beside its root.

use crate::Output;

/// Something mounted at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where; a relative path is taken from the working directory.
    pub dest: String,
    /// What.
    pub kind: MountKind,
}

impl Mount {
    /// A file system, or a part of one.
    #[must_use]
    pub fn bind(dest: impl Into<String>, bind: Bind) -> Self {
        Self { dest: dest.into(), kind: MountKind::Bind(bind) }
    }

    /// A folder that stays from build to build.
    #[must_use]
    pub fn cache(dest: impl Into<String>, cache: Cache) -> Self {
        Self { dest: dest.into(), kind: MountKind::Cache(cache) }
    }

    /// Memory, empty at first; `size` in bytes, zero for no limit.
    #[must_use]
    pub fn tmpfs(dest: impl Into<String>, size: u64) -> Self {
        Self { dest: dest.into(), kind: MountKind::Tmpfs { size } }
    }

    /// Whether what the step leaves there is one of its outputs.
    pub(super) fn is_output(&self) -> bool {
        matches!(&self.kind, MountKind::Bind(bind) if bind.access == Access::Output)
    }
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MountKind {
    /// A file system, or a part of one.
    Bind(Bind),
    /// A folder that stays from build to build.
    Cache(Cache),
    /// Memory.
    Tmpfs {
        /// At most so many bytes; zero for no limit.
        size: u64,
    },
}

/// A file system, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bind {
    /// The file system.
    pub source: Option<Output>,
    /// The part of it; empty or `/` is the whole.
    pub selector: String,
    /// What the step may do with it, and what becomes of it.
    pub access: Access,
    /// How the contents count in the cache key.
    pub content_cache: ContentCache,
}

/// What a step may do with a mount, and what becomes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    #[default]
    ReadOnly,
    /// Write, and the changes are dropped.
    Discard,
    /// Write, and the result is an output of the step: see [`Exec::output`](crate::Exec::output).
    Output,
}

/// How the contents of a mount count in the cache key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentCache {
    /// By contents where the daemon can: read-only mounts and mounts of a part.
    #[default]
    Default,
    /// By contents.
    On,
    /// By the operation that made them.
    Off,
}

/// A folder that stays from build to build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cache {
    /// Mounts of the same id share the folder; empty takes the destination.
    pub id: String,
    /// What happens when several steps use it at once.
    pub sharing: Sharing,
    /// What it holds when it is new; its owner and mode too.
    pub seed: Option<Output>,
    /// The part of the seed; empty or `/` is the whole.
    pub selector: String,
    /// Whether the step may only read.
    pub read_only: bool,
    /// How the contents of the seed count in the cache key.
    pub content_cache: ContentCache,
}

/// What happens when several steps use a cache at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sharing {
    /// They all write.
    #[default]
    Shared,
    /// Each further one gets a new folder.
    Private,
    /// They wait for each other.
    Locked,
}
