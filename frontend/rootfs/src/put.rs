//! Makes paths what they are in another file system.

use std::ffi::OsStr;
use std::fs;
use std::io::{Error, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, lchown, symlink};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, lgetxattr, llistxattr, lsetxattr,
    mknodat, utimensat,
};

use crate::changes::real;

/// Makes a path below `root` what it is below `from`. It is removed if it does not exist there. What is in a folder that both have stays.
///
/// # Errors
/// The path and the reason, such as a folder above it that is a link.
pub(super) fn put(root: &Path, from: &Path, path: &OsStr) -> Result<(), String> {
    let above = real(root, path).parent().map(Path::to_owned).unwrap_or_default();
    if fs::canonicalize(&above).is_ok_and(|real| real != above) {
        return Err(format!("cannot write {}: a folder above it is a link", path.to_string_lossy()));
    }
    copied(&real(from, path), &real(root, path)).map_err(|error| cannot_write(path, &error))
}

fn copied(source: &Path, target: &Path) -> Result<(), Error> {
    let replaced = fs::symlink_metadata(target).ok();
    match fs::symlink_metadata(source) {
        Err(error) if error.kind() == ErrorKind::NotFound => return removed(target),
        Err(error) => return Err(error),
        // What is in a folder that is there is not meant.
        Ok(metadata) if metadata.is_dir() && is_folder(target) => {}
        Ok(metadata) if metadata.is_dir() => {
            folder(target)?;
            for entry in fs::read_dir(source)? {
                let name = entry?.file_name();
                copied(&source.join(&name), &target.join(&name))?;
            }
        }
        Ok(metadata) => made(source, &metadata, target)?,
    }
    attributes(source, target)?;
    distinguished(replaced.as_ref(), target)
}

/// Moves the time of a file by a nanosecond if it has the size and the time of the file that it replaced. BuildKit takes such a file for an
/// unchanged one when it exports a layer (`sameDirent` of containerd's `fs` and of BuildKit's `util/overlay`).
fn distinguished(replaced: Option<&fs::Metadata>, target: &Path) -> Result<(), Error> {
    let now = fs::symlink_metadata(target)?;
    let looks = |file: &fs::Metadata| (file.is_file(), file.len(), file.mtime(), file.mtime_nsec());
    if now.is_file() && replaced.is_some_and(|replaced| looks(replaced) == looks(&now)) {
        let nanoseconds = if now.mtime_nsec() == 0 { 1 } else { now.mtime_nsec() - 1 };
        let time = Timespec { tv_sec: now.mtime(), tv_nsec: nanoseconds };
        let times = Timestamps { last_access: time, last_modification: time };
        utimensat(CWD, target, &times, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    Ok(())
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_dir())
}

/// Makes a folder, unless there is one.
pub(super) fn folder(path: &Path) -> Result<(), Error> {
    if !is_folder(path) {
        removed(path)?;
        fs::create_dir(path)?;
    }
    Ok(())
}

/// Copies a file, a link, a device, a pipe or a socket, without its attributes.
pub(super) fn made(source: &Path, metadata: &fs::Metadata, target: &Path) -> Result<(), Error> {
    removed(target)?;
    if metadata.is_symlink() {
        return symlink(fs::read_link(source)?, target);
    }
    if metadata.is_file() {
        return fs::copy(source, target).map(drop);
    }
    let kind = metadata.file_type();
    let kind = match () {
        () if kind.is_char_device() => FileType::CharacterDevice,
        () if kind.is_block_device() => FileType::BlockDevice,
        () if kind.is_fifo() => FileType::Fifo,
        () => FileType::Socket,
    };
    Ok(mknodat(CWD, target, kind, Mode::from_raw_mode(0o600), metadata.rdev())?)
}

/// Gives a path the owner, the mode, the extended attributes and the time of another one.
pub(super) fn attributes(source: &Path, target: &Path) -> Result<(), Error> {
    let metadata = fs::symlink_metadata(source)?;
    lchown(target, Some(metadata.uid()), Some(metadata.gid()))?;
    if !metadata.is_symlink() {
        fs::set_permissions(target, metadata.permissions())?;
        for (name, value) in xattrs(source) {
            lsetxattr(target, name.as_slice(), &value, XattrFlags::empty())?;
        }
    }
    let time = Timespec { tv_sec: metadata.mtime(), tv_nsec: metadata.mtime_nsec() };
    let times = Timestamps { last_access: time, last_modification: time };
    Ok(utimensat(CWD, target, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// The extended attributes of a path that are a part of an image: those of users, and the privileges of a program.
pub(super) fn xattrs(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut names = vec![0; 64 << 10];
    let length = llistxattr(path, &mut names).unwrap_or(0);
    let is_kept = |name: &&[u8]| name.starts_with(b"user.") || *name == b"security.capability";
    let value = |name: &[u8]| {
        let mut value = vec![0; 64 << 10];
        let length = lgetxattr(path, name, &mut value).ok()?;
        value.truncate(length);
        Some((name.to_vec(), value))
    };
    names[..length].split(|byte| *byte == 0).filter(is_kept).filter_map(value).collect()
}

/// Removes a path, with everything in it. It can be missing.
pub(super) fn removed(path: &Path) -> Result<(), Error> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

pub(super) fn cannot_write(path: &OsStr, error: &Error) -> String {
    format!("cannot write {}: {error}", String::from_utf8_lossy(path.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_replaces_one_of_the_same_size_and_time_has_another_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = |root: &str, content: &str| {
            let path = folder.path().join(root).join("f");
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            let time = Timespec { tv_sec: 1_000_000_000, tv_nsec: 0 };
            let times = Timestamps { last_access: time, last_modification: time };
            utimensat(CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
            path
        };
        let (root, _) = (file("root", "b"), file("from", "a"));
        put(&folder.path().join("root"), &folder.path().join("from"), OsStr::new("/f")).unwrap();
        assert_eq!(fs::read_to_string(&root).unwrap(), "a");
        let metadata = fs::metadata(&root).unwrap();
        assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (1_000_000_000, 1));
        file("root", "longer");
        put(&folder.path().join("root"), &folder.path().join("from"), OsStr::new("/f")).unwrap();
        assert_eq!(fs::metadata(&root).unwrap().mtime_nsec(), 0);
    }
}
