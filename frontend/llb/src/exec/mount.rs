//! Mounts of a step, beside its root.

use crate::Output;

/// A mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The destination. A relative path is relative to the working directory.
    pub dest: String,
    /// The kind of the mount.
    pub kind: MountKind,
}

impl Mount {
    /// Creates a mount of a file system, or of a part of one.
    #[must_use]
    pub fn bind(dest: impl Into<String>, bind: Bind) -> Self {
        Self { dest: dest.into(), kind: MountKind::Bind(bind) }
    }

    /// Creates a mount of a cache folder.
    #[must_use]
    pub fn cache(dest: impl Into<String>, cache: Cache) -> Self {
        Self { dest: dest.into(), kind: MountKind::Cache(cache) }
    }

    /// Creates a mount of an empty file system in memory. `size` is in bytes; zero sets no limit.
    #[must_use]
    pub fn tmpfs(dest: impl Into<String>, size: u64) -> Self {
        Self { dest: dest.into(), kind: MountKind::Tmpfs { size } }
    }

    /// Whether the content after the step is an output of the step.
    pub(super) fn is_output(&self) -> bool {
        matches!(&self.kind, MountKind::Bind(bind) if bind.access == Access::Output)
    }
}

/// The kind of a mount.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MountKind {
    /// A file system, or a part of one.
    Bind(Bind),
    /// A cache folder, whose content is kept from build to build.
    Cache(Cache),
    /// A file system in memory.
    Tmpfs {
        /// The largest size in bytes; zero sets no limit.
        size: u64,
    },
}

/// A mount of a file system, or of a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bind {
    /// The file system.
    pub source: Option<Output>,
    /// The path of the mounted part. Empty or `/` mounts the whole file system.
    pub selector: String,
    /// How the step can use the mount.
    pub access: Access,
    /// How the mount contributes to the cache key.
    pub content_cache: ContentCache,
}

/// How a step can use a mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// The step can read.
    #[default]
    ReadOnly,
    /// The step can write, and its changes are discarded.
    Discard,
    /// The step can write, and the result is an output of the step. See [`Exec::output`](crate::Exec::output).
    Output,
}

/// How a mount contributes to the cache key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentCache {
    /// By its content for read-only mounts and for mounts of a part, otherwise by the operation that produced it.
    #[default]
    Default,
    /// By its content.
    On,
    /// By the operation that produced it.
    Off,
}

/// A cache folder, whose content is kept from build to build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cache {
    /// The id. Mounts with the same id share the folder. If it is empty, the destination is the id.
    pub id: String,
    /// What happens if several steps use the folder at the same time.
    pub sharing: Sharing,
    /// The content, the owner and the mode of a new folder.
    pub seed: Option<Output>,
    /// The path in the seed. Empty or `/` takes the whole seed.
    pub selector: String,
    /// Whether the mount is read-only.
    pub read_only: bool,
    /// How the seed contributes to the cache key.
    pub content_cache: ContentCache,
}

/// What happens if several steps use a cache folder at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sharing {
    /// All steps use the same folder.
    #[default]
    Shared,
    /// Every further step gets a new folder.
    Private,
    /// The steps wait for each other.
    Locked,
}
