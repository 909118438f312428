//! Owners, modes, times and extended attributes of unpacked files.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, lsetxattr, makedev, mknodat, utimensat,
};
use rustix::io::Errno;
use varve_archive::{Entry, EntryKind};

use super::mode;

/// Where attributes are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// An entry of an archive.
    Entry,
    /// No entry describes the folder.
    Default,
}

/// The attributes of a file or a folder.
#[derive(Debug, Clone)]
pub(super) struct Attributes {
    origin: Origin,
    kind: EntryKind,
    owner: (u32, u32),
    mode: u32,
    /// `None` leaves the time as it is.
    time: Option<i64>,
    xattrs: BTreeMap<String, Vec<u8>>,
}

impl Attributes {
    /// Returns the attributes of an entry, with another owner if there is one.
    pub(super) fn of(entry: &Entry, owner: Option<(u32, u32)>) -> Result<Self, String> {
        let number = |number: u64| {
            let number = u32::try_from(number).ok().filter(|number| *number != u32::MAX);
            number.ok_or_else(|| format!("its owner {}:{} is not valid", entry.uid, entry.gid))
        };
        let owner = match owner {
            Some(owner) => owner,
            None => (number(entry.uid)?, number(entry.gid)?),
        };
        // Labels of SELinux and attributes of the machine that made the archive have no meaning here, and need privileges.
        let is_kept = |name: &str| name.starts_with("user.") || name == "security.capability";
        let xattrs = entry.xattrs.iter().filter(|(name, _)| is_kept(name));
        Ok(Self {
            origin: Origin::Entry,
            kind: entry.kind,
            owner,
            mode: entry.mode,
            // Times that a file system may not have are the start of 1970, as for an `ADD` (`boundTime` in go-archive).
            time: Some(entry.time)
                .map(|time| if (0..=i64::MAX / 1_000_000_000).contains(&time) { time } else { 0 }),
            xattrs: xattrs.map(|(name, value)| (name.clone(), value.clone())).collect(),
        })
    }

    /// Returns the attributes of a folder that no archive describes.
    pub(super) fn of_folder(owner: (u32, u32), time: Option<i64>) -> Self {
        let (origin, xattrs) = (Origin::Default, BTreeMap::new());
        Self { origin, kind: EntryKind::Folder, owner, mode: 0o755, time, xattrs }
    }

    /// Sets the attributes. `mode` changes the mode of a file or a folder of an archive.
    pub(super) fn set(&self, path: &Path, mode: Option<&str>) -> Result<(), String> {
        let (uid, gid) = self.owner;
        lchown(path, Some(uid), Some(gid))
            .map_err(|error| format!("cannot set its owner {uid}:{gid}: {error}"))?;
        let is_folder = self.kind == EntryKind::Folder;
        let has_content = is_folder || self.kind == EntryKind::File;
        let mode = mode.filter(|_| has_content && self.origin == Origin::Entry);
        if has_content {
            for (name, value) in &self.xattrs {
                lsetxattr(path, name.as_str(), value, XattrFlags::empty()).map_err(|error| {
                    format!("cannot set its attribute {name}: {}", io::Error::from(error))
                })?;
            }
        }
        if self.kind != EntryKind::SymbolicLink {
            // After the owner: a change of the owner removes the bits setuid and setgid.
            let changed = mode.and_then(|mode| mode::changed(mode, self.mode, is_folder));
            let bits = changed.unwrap_or(self.mode);
            fs::set_permissions(path, Permissions::from_mode(bits))
                .map_err(|error| format!("cannot set its mode {bits:04o}: {error}"))?;
        }
        if let Some(time) = self.time {
            let time = Timespec { tv_sec: time, tv_nsec: 0 };
            let times = Timestamps { last_access: time, last_modification: time };
            utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(|error| format!("cannot set its time: {}", io::Error::from(error)))?;
        }
        Ok(())
    }
}

/// Creates a device or a pipe.
pub(super) fn create_device(entry: &Entry, path: &Path) -> Result<(), String> {
    let kind = match entry.kind {
        EntryKind::CharacterDevice => FileType::CharacterDevice,
        EntryKind::BlockDevice => FileType::BlockDevice,
        _ => FileType::Fifo,
    };
    let (major, minor) = entry.device;
    mknodat(CWD, path, kind, Mode::from_raw_mode(0o600), makedev(major, minor)).map_err(|error| match error {
        Errno::PERM => "it is a device, which a builder without root privileges cannot create".to_owned(),
        error => format!("cannot create it: {}", io::Error::from(error)),
    })
}
