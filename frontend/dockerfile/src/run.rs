//! `RUN`.

use crate::command::Script;
use crate::origin::Origin;
use crate::word::Word;

/// `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What runs.
    pub script: Script,
    /// `--mount`, once for each.
    pub mounts: Vec<Mount>,
    /// `--network`.
    pub network: Option<Network>,
    /// `--security`.
    pub security: Option<Security>,
    /// `--device`, once for each: no part of the stable syntax.
    pub devices: Vec<Device>,
}

impl Run {
    /// A script without flags.
    pub fn of(script: Script) -> Self {
        Self { script, mounts: Vec::new(), network: None, security: None, devices: Vec::new() }
    }
}

/// Something that is mounted while a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mount {
    /// Files from elsewhere.
    Bind {
        /// Where they are seen.
        target: Word,
        /// Where they come from; without it that is the build context.
        from: Option<Origin>,
        /// Their path there.
        source: Option<Word>,
        /// What the step may do.
        access: Access,
    },
    /// A folder that stays from build to build.
    Cache {
        /// Where it is seen.
        target: Word,
        /// Its name; without one the target is its name.
        id: Option<Word>,
        /// What steps do that run at the same time.
        sharing: Sharing,
        /// Its owner, and its mode.
        as_made: FileMode,
    },
    /// A folder in memory.
    Tmpfs {
        /// Where it is seen.
        target: Word,
        /// Its size in bytes.
        size: Option<u64>,
    },
    /// A secret as a file, as a variable, or both.
    Secret {
        /// Its name.
        id: Word,
        /// The path of the file.
        target: Option<Word>,
        /// The variable.
        env: Option<Word>,
        /// Whether the step fails without it.
        required: Option<bool>,
        /// Owner and mode of the file.
        as_made: FileMode,
    },
    /// The socket of an agent.
    Ssh {
        /// Its name.
        id: Option<Word>,
        /// The path of the socket.
        target: Option<Word>,
        /// Whether the step fails without it.
        required: Option<bool>,
        /// Owner and mode of the socket.
        as_made: FileMode,
    },
}

/// Owner and mode of what a mount makes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileMode {
    /// `uid` and `gid`.
    pub owner: Option<(u32, u32)>,
    /// `mode`.
    pub mode: Option<u32>,
}

/// What a step may do with mounted files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// Read.
    #[default]
    Read,
    /// Read and write; what it writes is gone afterwards.
    Write,
}

/// What steps do with a cache that run at the same time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sharing {
    /// They use it together.
    #[default]
    Shared,
    /// Each has its own.
    Private,
    /// One waits for the other.
    Locked,
}

/// The network of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// That of the builder.
    Default,
    /// None.
    None,
    /// That of the machine.
    Host,
}

/// What a step is protected from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// The machine is out of reach.
    Sandbox,
    /// All privileges.
    Insecure,
}

/// A device of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub name: Word,
    /// Whether the step fails without it.
    pub required: bool,
}
