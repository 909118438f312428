//! Files of a ref: ranges to read, and metadata.

use buildkit_proto::fsutil::types;

/// A range of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte.
    pub offset: u64,
    /// The largest number of bytes. The answer is shorter if the file ends before.
    pub length: u64,
}

/// The metadata of a file or folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// The name: the last component of the path.
    pub path: String,
    /// The mode as Go's `FileMode`. The upper bits have the kind, the lower bits the permissions. See [`Stat::kind`] and
    /// [`Stat::permissions`].
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The size in bytes.
    pub size: i64,
    /// The modification time, in nanoseconds since 1970.
    pub modified: i64,
    /// The target of a symbolic link; empty for other kinds.
    pub link: String,
}

/// The kind of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a pipe or a socket.
    Other,
}

impl Stat {
    /// Returns the kind, which the upper bits of the mode contain (`io/fs.FileMode` in Go).
    pub fn kind(&self) -> FileKind {
        if self.mode & GO_DIR != 0 {
            FileKind::Directory
        } else if self.mode & GO_SYMLINK != 0 {
            FileKind::Symlink
        } else if self.mode & (GO_DEVICE | GO_PIPE | GO_SOCKET | GO_CHAR_DEVICE | GO_IRREGULAR) != 0 {
            FileKind::Other
        } else {
            FileKind::Regular
        }
    }

    /// Returns the permissions as `chmod` accepts them, with the set-user-id, set-group-id and sticky bits.
    pub fn permissions(&self) -> u32 {
        let bit = |go: u32, unix: u32| if self.mode & go != 0 { unix } else { 0 };
        self.mode & 0o777 | bit(GO_SETUID, 0o4000) | bit(GO_SETGID, 0o2000) | bit(GO_STICKY, 0o1000)
    }
}

impl From<types::Stat> for Stat {
    fn from(stat: types::Stat) -> Self {
        Self {
            path: stat.path,
            mode: stat.mode,
            uid: stat.uid,
            gid: stat.gid,
            size: stat.size,
            modified: stat.mod_time,
            link: stat.linkname,
        }
    }
}

pub(crate) const GO_DIR: u32 = 1 << 31;
pub(crate) const GO_SYMLINK: u32 = 1 << 27;
const GO_DEVICE: u32 = 1 << 26;
const GO_PIPE: u32 = 1 << 25;
const GO_SOCKET: u32 = 1 << 24;
const GO_SETUID: u32 = 1 << 23;
const GO_SETGID: u32 = 1 << 22;
const GO_CHAR_DEVICE: u32 = 1 << 21;
const GO_STICKY: u32 = 1 << 20;
const GO_IRREGULAR: u32 = 1 << 19;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_of_go_are_decoded() {
        check(0o644, FileKind::Regular, 0o644);
        check(GO_DIR | 0o755, FileKind::Directory, 0o755);
        check(GO_DIR | GO_STICKY | 0o777, FileKind::Directory, 0o1777);
        check(GO_SYMLINK | 0o777, FileKind::Symlink, 0o777);
        check(GO_SETUID | 0o755, FileKind::Regular, 0o4755);
        check(GO_SETGID | 0o755, FileKind::Regular, 0o2755);
        for other in [GO_DEVICE, GO_DEVICE | GO_CHAR_DEVICE, GO_PIPE, GO_SOCKET, GO_IRREGULAR] {
            check(other | 0o600, FileKind::Other, 0o600);
        }

        fn check(mode: u32, kind: FileKind, permissions: u32) {
            let stat = Stat { mode, ..Stat::default() };
            assert_eq!((stat.kind(), stat.permissions()), (kind, permissions), "{mode:o}");
        }
    }
}
