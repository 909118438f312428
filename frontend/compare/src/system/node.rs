//! Nodes of a file system: files, folders, links and devices.

use std::collections::BTreeMap;
use std::fmt;

/// What is at a path. Times do not matter for whether two nodes are equal.
#[derive(Debug, Clone, Eq)]
pub struct Node {
    /// The kind, with the content or the target.
    pub kind: Kind,
    /// The permissions, with the set-user-id, set-group-id and sticky bits.
    pub mode: u32,
    /// The number of the owner.
    pub uid: u64,
    /// The number of the group.
    pub gid: u64,
    /// The modification time, in seconds since 1970.
    pub time: i64,
    /// The extended attributes by name.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// The number of its entry in the layer that it comes from. `None` for a folder without an entry.
    pub(crate) entry: Option<u64>,
}

/// The kind of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A file.
    File {
        /// The size in bytes, including holes.
        size: u64,
        /// The SHA-256 of the content, in hexadecimal digits.
        sha256: String,
    },
    /// A folder.
    Dir,
    /// A symbolic link with its target.
    Link(String),
    /// A device.
    Device {
        /// Whether it is a block device. Otherwise it is a character device.
        block: bool,
        /// The major number, which selects the driver.
        major: u32,
        /// The minor number, which the driver interprets.
        minor: u32,
    },
    /// A named pipe.
    Pipe,
    /// A socket. Archives do not contain sockets.
    Socket,
}

impl Kind {
    /// Returns the name of the kind for messages, such as `symbolic link`.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::File { .. } => "file",
            Kind::Dir => "folder",
            Kind::Link(_) => "symbolic link",
            Kind::Device { block: true, .. } => "block device",
            Kind::Device { block: false, .. } => "character device",
            Kind::Pipe => "pipe",
            Kind::Socket => "socket",
        }
    }
}

impl Node {
    /// Creates a folder that has no entry. Engines create such folders for the paths below them.
    pub(crate) fn implied_folder() -> Node {
        Node { kind: Kind::Dir, mode: 0o755, uid: 0, gid: 0, time: 0, xattrs: BTreeMap::new(), entry: None }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        let numbers = |node: &Node| (node.mode, node.uid, node.gid);
        self.kind == other.kind && numbers(self) == numbers(other) && self.xattrs == other.xattrs
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::File { size, sha256 } => {
                write!(f, "file of {size} bytes {}", &sha256[..12.min(sha256.len())])?
            }
            Kind::Link(target) => return write!(f, "link to {target} {}:{}", self.uid, self.gid),
            Kind::Device { major, minor, .. } => write!(f, "{} {major}:{minor}", self.kind.name())?,
            kind => write!(f, "{}", kind.name())?,
        }
        write!(f, " {:04o} {}:{}", self.mode, self.uid, self.gid)?;
        for (name, value) in &self.xattrs {
            write!(f, " {name}={}", value.escape_ascii())?;
        }
        Ok(())
    }
}
