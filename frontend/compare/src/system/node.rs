//! One file, folder, link or device.

use std::collections::BTreeMap;
use std::fmt;

/// What stands at a path. Two nodes are equal whatever their times.
#[derive(Debug, Clone, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Permission bits, with set-user-id, set-group-id and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Modification time in seconds since 1970.
    pub time: i64,
    /// Extended attributes.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// The number of its entry in the layer that it is from; none for a folder that no entry names.
    pub(crate) entry: Option<u64>,
}

/// What can stand at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A file, with the digest of its content.
    File {
        /// Bytes, with holes.
        size: u64,
        /// SHA-256, hexadecimal.
        sha256: String,
    },
    /// A folder.
    Dir,
    /// A symbolic link and its target.
    Link(String),
    /// A device.
    Device {
        /// Whether it is a block device; else it is a character device.
        block: bool,
        /// The number of its driver.
        major: u32,
        /// Its number for the driver.
        minor: u32,
    },
    /// A named pipe.
    Pipe,
    /// A socket. Archives have none.
    Socket,
}

impl Kind {
    /// The kind in a word or two, for messages.
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
    /// A folder that no entry names: engines create it for what is below.
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
