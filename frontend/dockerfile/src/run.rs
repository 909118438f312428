//! `RUN`.

use crate::command::Script;
use crate::origin::Origin;
use crate::word::Word;

/// `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The command.
    pub script: Script,
    /// `--mount`, once for each mount.
    pub mounts: Vec<Mount>,
    /// `--network`.
    pub network: Option<Network>,
    /// `--security`.
    pub security: Option<Security>,
    /// `--device`, once for each device. The stable syntax does not have this flag.
    pub devices: Vec<Device>,
}

impl Run {
    /// Creates a `RUN` without flags.
    pub fn of(script: Script) -> Self {
        Self { script, mounts: Vec::new(), network: None, security: None, devices: Vec::new() }
    }
}

/// A mount, which exists only while the step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mount {
    /// Files from the build context, an image or a stage.
    Bind {
        /// The path in the step.
        target: Word,
        /// The file system that has the files. For `None`, it is the build context.
        from: Option<Origin>,
        /// The path in that file system.
        source: Option<Word>,
        /// Whether the step can write.
        access: Access,
    },
    /// A folder that builds share.
    Cache {
        /// The path in the step.
        target: Word,
        /// The name of the cache. For `None`, it is the target.
        id: Option<Word>,
        /// The origin of the files of a new cache. It is empty for `None`.
        from: Option<Origin>,
        /// The path in the origin. It is the root for `None`.
        source: Option<Word>,
        /// How steps that run at the same time use the cache.
        sharing: Sharing,
        /// Whether the step can write.
        access: Access,
        /// Owner and mode of a new cache.
        attributes: FileAttributes,
    },
    /// A folder in memory.
    Tmpfs {
        /// The path in the step.
        target: Word,
        /// The maximum size in bytes.
        size: Option<u64>,
    },
    /// A secret, as a file, a variable, or both.
    Secret {
        /// The name of the secret.
        id: Word,
        /// The path of the file.
        target: Option<Word>,
        /// The name of the variable.
        env: Option<Word>,
        /// Whether the step fails if the client does not have it.
        required: Option<bool>,
        /// Owner and mode of the file.
        attributes: FileAttributes,
    },
    /// The socket of an SSH agent.
    Ssh {
        /// The name of the agent.
        id: Option<Word>,
        /// The path of the socket.
        target: Option<Word>,
        /// Whether the step fails if the client does not have it.
        required: Option<bool>,
        /// Owner and mode of the socket.
        attributes: FileAttributes,
    },
}

/// Owner and mode of the file or folder of a mount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileAttributes {
    /// `uid` and `gid`.
    pub owner: Option<(u32, u32)>,
    /// `mode`.
    pub mode: Option<u32>,
}

/// Whether a step can write to mounted files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// It can only read.
    #[default]
    Read,
    /// It can read and write. Its changes are dropped after the step.
    Write,
}

/// How steps that run at the same time use a cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sharing {
    /// They use it together.
    #[default]
    Shared,
    /// Each uses a cache of its own.
    Private,
    /// One waits for the other.
    Locked,
}

/// The network of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The default network of the builder.
    Default,
    /// No network.
    None,
    /// The network of the host.
    Host,
}

/// The privileges of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// The default: no access to the host.
    Sandbox,
    /// All privileges.
    Insecure,
}

/// A CDI device of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The name, such as `nvidia.com/gpu=all`.
    pub name: Word,
    /// Whether the step fails if the builder does not have it.
    pub required: bool,
}
