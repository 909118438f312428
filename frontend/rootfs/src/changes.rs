//! What a layer changed: the paths that differ between two file systems.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{Error, Read};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::put::xattrs;
use crate::tree::{Kind, metadata, names};

/// The attributes of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    mode: u32,
    owner: (u32, u32),
    size: u64,
    device: u64,
    /// The number of paths that the file has.
    pub(super) links: u64,
    /// The time of the last change of the content, in seconds since 1970.
    pub(super) time: i64,
    nanoseconds: i64,
    /// The number of the file in its file system and the time of its last change of any kind. Files that are equal in both are one.
    identity: (u64, i64, i64),
}

impl Entry {
    fn of(metadata: &Metadata) -> Self {
        Self {
            kind: Kind::of(metadata),
            mode: metadata.mode(),
            owner: (metadata.uid(), metadata.gid()),
            size: metadata.size(),
            device: metadata.rdev(),
            links: metadata.nlink(),
            time: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
            identity: (metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Entry {
    /// The mode, and the numbers of the user and the group.
    pub(super) fn access(&self) -> (u32, (u32, u32)) {
        (self.mode & 0o7777, self.owner)
    }

    /// The number of the file in its file system. The paths of one file have the same one.
    pub(super) fn number(&self) -> u64 {
        self.identity.0
    }
}

/// The paths below a folder, each with `/` in front, in the order of their bytes.
pub(super) type Snapshot = BTreeMap<OsString, Entry>;

/// What a layer did with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The path is new, or differs.
    Made(Entry),
    /// The path is gone.
    Removed,
}

/// The changes of a layer by path.
pub(super) type Changes = BTreeMap<OsString, Change>;

/// Lists all paths below a folder.
pub(super) fn snapshot(root: &Path) -> Result<Snapshot, String> {
    let mut entries = Snapshot::new();
    let mut open = vec![OsString::new()];
    while let Some(folder) = open.pop() {
        for name in names(&real(root, &folder))? {
            let path = [folder.as_bytes(), b"/", name.as_bytes()].concat();
            let path = OsString::from_vec(path);
            let entry = Entry::of(&metadata(&real(root, &path))?);
            if entry.kind == Kind::Folder {
                open.push(path.clone());
            }
            entries.insert(path, entry);
        }
    }
    Ok(entries)
}

/// Compares two file systems.
pub(super) fn changes(before: (&Path, &Snapshot), after: (&Path, &Snapshot)) -> Result<Changes, String> {
    let mut changes = Changes::new();
    for (path, entry) in after.1 {
        let is_same = match before.1.get(path) {
            Some(old) => is_same(path, (before.0, old), (after.0, entry))?,
            None => false,
        };
        if !is_same {
            changes.insert(path.clone(), Change::Made(*entry));
        }
    }
    for path in before.1.keys().filter(|path| !after.1.contains_key(*path)) {
        changes.insert(path.clone(), Change::Removed);
    }
    Ok(changes)
}

/// Whether two layers did the same with a path.
pub(super) fn is_same_change(
    path: &OsStr,
    (one_root, one): (&Path, &Change),
    (other_root, other): (&Path, &Change),
) -> Result<bool, String> {
    match (one, other) {
        (Change::Removed, Change::Removed) => Ok(true),
        (Change::Made(one), Change::Made(other)) => {
            // Numbers of files tell something only of a file system and one that started as its copy.
            let one = Entry { identity: (0, 0, 0), ..*one };
            is_same(path, (one_root, &one), (other_root, other))
        }
        _ => Ok(false),
    }
}

/// Whether a path is the same in two file systems, with its mode, its owner and its extended attributes. Times do not count.
fn is_same(path: &OsStr, (one_root, one): (&Path, &Entry), other: (&Path, &Entry)) -> Result<bool, String> {
    let (other_root, other) = other;
    if (one.kind, one.mode, one.owner) != (other.kind, other.mode, other.owner) {
        return Ok(false);
    }
    let paths = || (real(one_root, path), real(other_root, path));
    Ok(match one.kind {
        Kind::Folder => true,
        Kind::Other => one.device == other.device,
        _ if one.size != other.size => false,
        _ if one.identity == other.identity => true,
        Kind::Link => {
            let (one, other) = paths();
            link(&one)? == link(&other)?
        }
        Kind::File => {
            let (one, other) = paths();
            has_same_content(&one, &other).map_err(|error| cannot_read(&one, &error))?
                && xattrs(&one) == xattrs(&other)
        }
    })
}

/// Whether a path is the same in two file systems, with its time and its extended attributes. A path that cannot be read is not.
pub(super) fn is_exactly(path: &OsStr, one: (&Path, &Entry), other: (&Path, &Entry)) -> bool {
    let has_time = (one.1.time, one.1.nanoseconds) == (other.1.time, other.1.nanoseconds);
    let is_one = one.1.identity == other.1.identity;
    has_time
        && is_same(path, one, other).unwrap_or(false)
        && (is_one || xattrs(&real(one.0, path)) == xattrs(&real(other.0, path)))
}

/// The real path of a path below a root.
pub(super) fn real(root: &Path, path: &OsStr) -> PathBuf {
    let path = path.as_bytes();
    root.join(OsStr::from_bytes(path.strip_prefix(b"/").unwrap_or(path)))
}

/// Whether a layer changed a path or something below it.
pub(super) fn has_below(changes: &Changes, path: &str) -> bool {
    let inside = format!("{}/", path.trim_end_matches('/'));
    let mut below = changes.range(OsString::from(inside.clone())..);
    changes.contains_key(OsStr::new(path))
        || below.next().is_some_and(|(path, _)| path.as_bytes().starts_with(inside.as_bytes()))
}

/// Whether a path is the folder, or below it.
pub(super) fn is_below(path: &OsStr, folder: &[u8]) -> bool {
    path.as_bytes().strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// The target of a link.
pub(super) fn link(path: &Path) -> Result<PathBuf, String> {
    fs::read_link(path).map_err(|error| cannot_read(path, &error))
}

/// Whether two files of the same size have the same content.
fn has_same_content(one: &Path, other: &Path) -> Result<bool, Error> {
    const PART: usize = 64 << 10;
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut left, mut right) = (vec![0; PART], vec![0; PART]);
    loop {
        let length = one.read(&mut left)?;
        if length == 0 {
            return Ok(true);
        }
        other.read_exact(&mut right[..length])?;
        if left[..length] != right[..length] {
            return Ok(false);
        }
    }
}

fn cannot_read(path: &Path, error: &Error) -> String {
    format!("cannot read {}: {error}", path.display())
}
