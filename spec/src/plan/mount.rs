//! What is mounted for a process.

use super::build::Planner;
use super::steps::copy::Origin;
use super::steps::fetch;
use crate::base::source::Span;
use crate::schema::{kinds, scalars};
use crate::variant::concrete::ConcreteValue;

/// A mount.
#[derive(Debug, Clone, PartialEq)]
pub struct Mount {
    /// Where it stands in the file.
    pub span: Span,
    /// What it is.
    pub kind: MountKind,
}

/// What a mount is.
#[derive(Debug, Clone, PartialEq)]
pub enum MountKind {
    /// A directory kept from build to build.
    Cache {
        /// Where it is mounted.
        path: String,
        /// Its name; the path when left out.
        id: Option<String>,
        /// What several builds at once do.
        sharing: Sharing,
        /// Its user and group.
        owner: Option<(u32, u32)>,
        /// Its mode.
        mode: Option<u32>,
    },
    /// Files of the context, a stage or an image.
    Bind {
        /// Where it is mounted.
        path: String,
        /// Where the files come from.
        from: Origin,
        /// The path there.
        source: Option<String>,
        /// Whether the process may write; what it writes is dropped.
        writable: bool,
    },
    /// A secret as a file.
    SecretFile {
        /// Its id.
        id: String,
        /// The path; `/run/secrets/ID` when left out.
        path: Option<String>,
        /// Whether the build fails without it.
        required: bool,
        /// The mode of the file.
        mode: Option<u32>,
        /// The user and group of the file.
        owner: Option<(u32, u32)>,
    },
    /// A secret as an environment variable.
    SecretEnv {
        /// Its id.
        id: String,
        /// The variable.
        name: String,
        /// Whether the build fails without it.
        required: bool,
    },
    /// The socket of an SSH agent.
    Ssh {
        /// Its id.
        id: String,
        /// The path of the socket.
        path: Option<String>,
        /// Whether the build fails without it.
        required: bool,
        /// The mode of the socket.
        mode: Option<u32>,
        /// The user and group of the socket.
        owner: Option<(u32, u32)>,
    },
    /// A directory in memory.
    Tmpfs {
        /// Where it is mounted.
        path: String,
        /// Its largest size in bytes.
        size: Option<u64>,
    },
}

/// What several builds do that use a cache at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// They use it together.
    #[default]
    Shared,
    /// Each has one of its own.
    Private,
    /// One waits for the other.
    Locked,
}

/// The mounts of a map of naming key `secret`, `cache` and so on; a secret that is both file and variable is two.
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
            vec![MountKind::Cache { path: named, id: data.text("id"), sharing, owner: owner(), mode: mode() }]
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

/// The mount of what is fetched. A download is a file in a folder of its own.
fn fetched(data: &ConcreteValue, from: Option<Origin>) -> Vec<MountKind> {
    let path = data.text("to").unwrap_or_default();
    let source = match &from {
        Some(Origin::Download(download)) => Some(download.filename.clone()),
        _ => None,
    };
    from.map(|from| MountKind::Bind { path, from, source, writable: false }).into_iter().collect()
}
