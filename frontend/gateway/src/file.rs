//! Files in a ref.

use buildkit_proto::fsutil::types;

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// Where it starts.
    pub offset: u64,
    /// How long it is at most; the answer is shorter where the file ends.
    pub length: u64,
}

/// What is known of a file without reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// For an entry of a folder its name; for a single file its last component.
    pub path: String,
    /// Go's `FileMode`: permissions below, kinds in the upper bits. See [`Stat::kind`], [`Stat::permissions`].
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The size in bytes.
    pub size: i64,
    /// When it was modified, in nanoseconds since 1970.
    pub modified: i64,
    /// Where a symbolic link points; empty for anything else.
    pub link: String,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, pipe or socket.
    Other,
}

impl Stat {
    /// What the path is, from the mode's upper bits (Go, `io/fs.FileMode`).
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

    /// Permissions as `chmod` takes them, set-user-id, set-group-id and sticky bits included.
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
    fn modes_of_go_are_understood() {
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
