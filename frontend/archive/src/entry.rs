//! An entry of an archive.

use std::collections::BTreeMap;
use std::io::Read;

use crate::error::Error;

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file with content.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    SymbolicLink,
    /// Another name of a file.
    HardLink,
    /// A device that is read and written byte by byte.
    CharacterDevice,
    /// A device that is read and written in blocks.
    BlockDevice,
    /// A named pipe.
    Pipe,
}

/// The header of an entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The normalised path, as text that is safe to print: `/a/b`.
    pub path: String,
    /// The normalised path, as bytes: `a/b`. It is empty for the root.
    pub name: Vec<u8>,
    /// What the entry is.
    pub kind: EntryKind,
    /// The target of a link, unchanged.
    pub link: Vec<u8>,
    /// The mode, without the bits of the file type.
    pub mode: u32,
    /// The number of the user.
    pub uid: u64,
    /// The number of the group.
    pub gid: u64,
    /// The modification time, in seconds since 1970.
    pub time: i64,
    /// The extended attributes.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// The major and minor number of a device.
    pub device: (u32, u32),
    /// The size of the content, including holes.
    pub size: u64,
}

/// The entries of an archive of any format, in order.
pub trait Entries {
    /// Returns the next entry. `None` at the end.
    ///
    /// # Errors
    /// Returns an error if the archive is damaged, cannot be read, or exceeds a limit.
    fn next(&mut self) -> Result<Option<Entry>, Error>;

    /// Returns a reader of the content of the current entry.
    ///
    /// # Errors
    /// Returns an error if the content is stored in a form that cannot be read.
    fn content(&mut self) -> Result<Box<dyn Read + '_>, Error>;
}
