//! Steps: operations that run a process.
//!
//! A step is an `ExecOp` of solver/pb/ops.proto, encoded as client/llb/exec.go encodes it.

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

/// A step: a process and the file systems that are mounted for it.
///
/// ```
/// # use buildkit_llb::{Access, Argv, Bind, Exec, Graph, Mount, Platform};
/// # use std::sync::Arc;
/// let platform = Arc::new(Platform::new("linux", "amd64"));
/// let mut step = Exec::new(platform, None, Argv::new("make", ["install"]));
/// step.mounts.push(Mount::bind("/src", Bind { source: None, access: Access::Output, ..Bind::default() }));
/// // The root is the first output. Mounts with `Access::Output` follow, sorted by destination.
/// assert_eq!(step.root_output(), Some(0));
/// assert_eq!(step.output("/src"), Some(1));
/// let vertex = Graph::new().add(step);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// The platform that the process runs on. The daemon emulates other platforms if it can.
    pub platform: Arc<Platform>,
    /// The file system that is mounted at `/`.
    pub root: Option<Output>,
    /// Whether the root is mounted read-only. A read-only root must not be scratch.
    pub read_only_root: bool,
    /// The program and its arguments.
    pub argv: Argv,
    /// The environment. If `PATH` is not set, the daemon sets its default. If the step has ssh agents and `SSH_AUTH_SOCK` is not
    /// set, it is set to the socket of the first agent.
    pub env: Env,
    /// The working directory. A relative path is relative to `/`, and the empty path is `/`.
    pub cwd: String,
    /// `user[:group]`, each as a name or a number. Names are looked up in the root. The empty text is the superuser.
    pub user: String,
    /// The host name. If it is empty, the daemon chooses one.
    pub hostname: String,
    /// The mounts beside the root, in any order. No two have the same destination, and none is mounted at `/`.
    pub mounts: Vec<Mount>,
    /// Secrets that are mounted as files.
    pub secrets: Vec<Secret>,
    /// Secrets that are passed as environment variables.
    pub secret_env: Vec<SecretEnv>,
    /// Ssh agents whose sockets are mounted.
    pub ssh: Vec<Ssh>,
    /// The network of the process.
    pub network: Network,
    /// The privileges of the process.
    pub security: Security,
    /// The proxies of the process. They are not part of the cache key.
    pub proxy: Option<Proxy>,
    /// Additional lines of `/etc/hosts`.
    pub extra_hosts: Vec<ExtraHost>,
    /// Resource limits of the process, as `ulimit` sets them.
    pub ulimits: Vec<Ulimit>,
    /// The parent control group. If it is empty, the daemon chooses one.
    pub cgroup_parent: String,
    /// The devices that the process can use.
    pub devices: Vec<Device>,
    /// The exit codes that count as success. If the set is empty, only zero does.
    pub valid_exit_codes: BTreeSet<i32>,
}

impl Exec {
    /// Creates a step with default settings: the process runs as the superuser in `/`, in a sandbox, with an empty environment.
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

    /// Returns the output index of the root, which is 0. `None` if the root is read-only.
    #[must_use]
    pub fn root_output(&self) -> Option<u32> {
        (!self.read_only_root).then_some(0)
    }

    /// Returns the output index of the mount at a destination. `None` if there is no such mount or if it is not an output.
    #[must_use]
    pub fn output(&self, dest: &str) -> Option<u32> {
        let dest = self.destination(dest);
        let sorted = self.sorted_mounts();
        let mut outputs = sorted.iter().filter(|(_, mount)| mount.is_output());
        let index = outputs.position(|(place, _)| *place == dest)?;
        Some(index as u32 + u32::from(!self.read_only_root))
    }
}
