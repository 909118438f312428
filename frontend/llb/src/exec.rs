//! Steps that run a process. `ExecOp` of solver/pb/ops.proto, written as client/llb/exec.go writes it.

mod argv;
mod encode;
mod env;
mod mount;
mod process;
mod secret;

pub use argv::Argv;
pub use env::Env;
pub use mount::{Access, Bind, Cache, ContentCache, Mount, MountKind, Sharing};
pub use process::{Device, ExtraHost, Network, Proxy, Security, Ulimit};
pub use secret::{Secret, SecretEnv, Ssh};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Output, Platform};

/// A process, the file systems it sees, and what becomes of them.
///
/// ```
/// # use buildkit_llb::{Access, Argv, Bind, Exec, Graph, Mount, Platform};
/// # use std::sync::Arc;
/// let platform = Arc::new(Platform::new("linux", "amd64"));
/// let mut step = Exec::new(platform, None, Argv::new("make", ["install"]));
/// step.mounts.push(Mount::bind("/src", Bind { source: None, access: Access::Output, ..Bind::default() }));
/// // The root has the first output, other outputs follow by destination.
/// assert_eq!(step.root_output(), Some(0));
/// assert_eq!(step.output("/src"), Some(1));
/// let vertex = Graph::new().add(step);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// Which machine it runs on; a foreign one is emulated if the daemon can.
    pub platform: Arc<Platform>,
    /// What is mounted at `/`.
    pub root: Option<Output>,
    /// Whether the root stays as it is. Then it must not be scratch.
    pub read_only_root: bool,
    /// What is run.
    pub argv: Argv,
    /// The environment. Without PATH the daemon sets its default; with ssh agents and without SSH_AUTH_SOCK that is set to
    /// the first agent.
    pub env: Env,
    /// The working directory; a relative one is taken from `/`, and empty is `/`.
    pub cwd: String,
    /// `user[:group]`, each by name or number, looked up in the root; empty is the superuser.
    pub user: String,
    /// The host name; empty for the daemon's choice.
    pub hostname: String,
    /// What is mounted beside the root, in any order, no two at one place and none at `/`.
    pub mounts: Vec<Mount>,
    /// Secrets as files.
    pub secrets: Vec<Secret>,
    /// Secrets as environment variables.
    pub secret_env: Vec<SecretEnv>,
    /// Sockets of ssh agents.
    pub ssh: Vec<Ssh>,
    /// What it can reach.
    pub network: Network,
    /// What it may do.
    pub security: Security,
    /// Proxies for the process, which are not part of its cache key.
    pub proxy: Option<Proxy>,
    /// Further lines of `/etc/hosts`.
    pub extra_hosts: Vec<ExtraHost>,
    /// Resource limits.
    pub ulimits: Vec<Ulimit>,
    /// The parent control group; empty for the daemon's choice.
    pub cgroup_parent: String,
    /// Devices by their CDI name.
    pub devices: Vec<Device>,
    /// Exit codes that are a success; empty for zero alone.
    pub valid_exit_codes: BTreeSet<i32>,
}

impl Exec {
    /// A process on a root file system, all else as by default: the superuser in `/`, in a sandbox, with an empty
    /// environment.
    #[must_use]
    pub fn new(platform: impl Into<Arc<Platform>>, root: Option<Output>, argv: Argv) -> Self {
        Self {
            platform: platform.into(),
            root,
            read_only_root: false,
            argv,
            env: Env::default(),
            cwd: String::new(),
            user: String::new(),
            hostname: String::new(),
            mounts: Vec::new(),
            secrets: Vec::new(),
            secret_env: Vec::new(),
            ssh: Vec::new(),
            network: Network::Sandbox,
            security: Security::Sandbox,
            proxy: None,
            extra_hosts: Vec::new(),
            ulimits: Vec::new(),
            cgroup_parent: String::new(),
            devices: Vec::new(),
            valid_exit_codes: BTreeSet::new(),
        }
    }

    /// The index of the root among the outputs: the first, unless it is read-only and there is none.
    #[must_use]
    pub fn root_output(&self) -> Option<u32> {
        (!self.read_only_root).then_some(0)
    }

    /// The index of a mount among the outputs, by its destination; none for a mount that is no output, or no mount.
    #[must_use]
    pub fn output(&self, dest: &str) -> Option<u32> {
        let dest = self.destination(dest);
        let sorted = self.sorted_mounts();
        let mut outputs = sorted.iter().filter(|(_, mount)| mount.is_output());
        let index = outputs.position(|(place, _)| *place == dest)?;
        Some(index as u32 + u32::from(!self.read_only_root))
    }
}
