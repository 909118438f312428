//! The mounts of processes.

use super::build::Planner;
use super::steps::copy::Origin;
use super::steps::fetch;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::source::Span;
use crate::schema::{kinds, scalars};
use crate::variant::concrete::ConcreteValue;

/// A mount.
#[derive(Debug, Clone, PartialEq)]
pub struct Mount {
    /// The place of the whole item.
    pub span: Span,
    /// What is mounted.
    pub kind: MountKind,
}

/// What a mount provides.
#[derive(Debug, Clone, PartialEq)]
pub enum MountKind {
    /// A directory that is kept from build to build.
    Cache {
        /// The path of the mount.
        path: String,
        /// The id of the cache. `None` for the path as id.
        id: Option<String>,
        /// What happens when several builds use the cache at the same time.
        sharing: Sharing,
        /// What a new cache contains.
        seed: CacheSeed,
        /// Whether the process can write to the cache. What it writes is kept.
        writable: bool,
    },
    /// Files of the context, a stage or an image.
    Bind {
        /// The path of the mount.
        path: String,
        /// The origin of the files.
        from: Origin,
        /// The path at the origin. `None` for all files.
        source: Option<String>,
        /// Whether the process can write to the files. What it writes is discarded.
        writable: bool,
    },
    /// A file with this text, which the process can read. No key makes one: it holds a script that is not an argument.
    Text {
        /// The path of the file.
        path: String,
        /// The content of the file.
        text: String,
        /// Whether the process can execute the file.
        executable: bool,
    },
    /// A secret as a file.
    SecretFile {
        /// The id of the secret.
        id: String,
        /// The path of the file. `None` for `/run/secrets/ID`.
        path: Option<String>,
        /// Whether the build fails without it.
        required: bool,
        /// The mode of the file.
        mode: Option<u32>,
        /// The user and group of the file, by number.
        owner: Option<(u32, u32)>,
    },
    /// A secret as an environment variable.
    SecretEnv {
        /// The id of the secret.
        id: String,
        /// The name of the variable.
        name: String,
        /// Whether the build fails without it.
        required: bool,
    },
    /// The socket of an SSH agent.
    Ssh {
        /// The id of the agent.
        id: String,
        /// The path of the socket.
        path: Option<String>,
        /// Whether the build fails without it.
        required: bool,
        /// The mode of the socket.
        mode: Option<u32>,
        /// The user and group of the socket, by number.
        owner: Option<(u32, u32)>,
    },
    /// A directory in memory.
    Tmpfs {
        /// The path of the mount.
        path: String,
        /// The largest size in bytes. `None` for no limit.
        size: Option<u64>,
    },
}

/// What a new cache contains.
#[derive(Debug, Clone, PartialEq)]
pub enum CacheSeed {
    /// Nothing: the cache is an empty directory.
    Empty {
        /// The user and group of the directory, by number.
        owner: Option<(u32, u32)>,
        /// The mode of the directory.
        mode: Option<u32>,
    },
    /// Files of a stage, an image or the context. Each content of them has a cache of its own.
    Files {
        /// The origin of the files.
        from: Origin,
        /// The path at the origin. `None` for all files.
        source: Option<String>,
    },
}

impl MountKind {
    /// Where the mounted files come from, and the path there. `None` for mounts whose files do not come from outside of the step.
    pub fn origin(&self) -> Option<(&Origin, Option<&str>)> {
        match self {
            Self::Bind { from, source, .. } | Self::Cache { seed: CacheSeed::Files { from, source }, .. } => {
                Some((from, source.as_deref()))
            }
            _ => None,
        }
    }

    pub(super) fn origin_mut(&mut self) -> Option<&mut Origin> {
        match self {
            Self::Bind { from, .. } | Self::Cache { seed: CacheSeed::Files { from, .. }, .. } => Some(from),
            _ => None,
        }
    }
}

/// What happens when several builds use a cache at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// They use the cache together.
    #[default]
    Shared,
    /// Each has a cache of its own.
    Private,
    /// One waits until the other is finished.
    Locked,
}

/// The mounts that an item of `mounts` stands for. A secret that is both a file and a variable makes two mounts.
pub(super) fn mounts(data: &ConcreteValue, planner: &mut Planner<'_, '_>) -> Vec<Mount> {
    let Some((kind, value)) = data.mount() else { return Vec::new() };
    let named = value.as_text().unwrap_or_default().to_owned();
    let mode = || data.text("mode").and_then(|mode| scalars::octal(&mode));
    let owner = || data.text("owner").and_then(|owner| scalars::ids(&owner));
    let required = || data.bool("required").unwrap_or(true);
    let kinds = match kind {
        kinds::MountKind::Cache => {
            let sharing = match data.text("sharing").as_deref() {
                Some("private") => Sharing::Private,
                Some("locked") => Sharing::Locked,
                _ => Sharing::Shared,
            };
            let writable = !data.bool("read-only").unwrap_or(false);
            let seed = seed(data, planner);
            vec![MountKind::Cache { path: named, id: data.text("id"), sharing, seed, writable }]
        }
        kinds::MountKind::Bind => {
            let from = planner.origin(data.get("from"));
            let writable = data.bool("writable").unwrap_or(false);
            vec![MountKind::Bind { path: named, from, source: data.text("source"), writable }]
        }
        kinds::MountKind::Secret => {
            let required = required();
            let env = data.text("env").map(|name| MountKind::SecretEnv { id: named.clone(), name, required });
            let path = data.text("to");
            let file = (path.is_some() || env.is_none()).then(|| MountKind::SecretFile {
                id: named.clone(),
                path,
                required,
                mode: mode(),
                owner: owner(),
            });
            env.into_iter().chain(file).collect()
        }
        kinds::MountKind::Ssh => {
            let (path, required) = (data.text("to"), required());
            vec![MountKind::Ssh { id: named, path, required, mode: mode(), owner: owner() }]
        }
        kinds::MountKind::Tmpfs => vec![MountKind::Tmpfs {
            path: named,
            size: data.text("size").and_then(|size| scalars::size(&size)),
        }],
        kinds::MountKind::Git => fetched(data, fetch::git_origin(data, value, planner)),
        kinds::MountKind::Download => fetched(data, fetch::download_origin(data, value, planner)),
    };
    kinds.into_iter().map(|kind| Mount { span: data.span, kind }).collect()
}

/// What a new cache contains.
fn seed(data: &ConcreteValue, planner: &mut Planner<'_, '_>) -> CacheSeed {
    let Some(from) = data.get("from") else {
        if let Some(source) = data.get("source") {
            let error = Diagnostic::error(Code::MissingKey, source.span, "`source` of a cache needs `from`");
            planner.found.push(error.help("add the stage or image that has this path: `from: build`"));
        }
        let owner = data.text("owner").and_then(|owner| scalars::ids(&owner));
        let mode = data.text("mode").and_then(|mode| scalars::octal(&mode));
        return CacheSeed::Empty { owner, mode };
    };
    for key in ["owner", "mode"] {
        if let Some(value) = data.get(key) {
            let message = format!("`{key}` cannot be combined with `from`");
            let error = Diagnostic::error(Code::KeyConflict, value.span, message);
            planner.found.push(error.label("a cache that starts with files has their owner and mode"));
        }
    }
    CacheSeed::Files { from: planner.origin(Some(from)), source: data.text("source") }
}

/// The mount of fetched files. A download is one file in the folder of its origin.
fn fetched(data: &ConcreteValue, from: Option<Origin>) -> Vec<MountKind> {
    let path = data.text("to").unwrap_or_default();
    let source = match &from {
        Some(Origin::Download(download)) => Some(download.filename.clone()),
        _ => None,
    };
    let writable = data.bool("writable").unwrap_or(false);
    from.map(|from| MountKind::Bind { path, from, source, writable }).into_iter().collect()
}
