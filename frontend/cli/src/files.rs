//! Reads and writes the files of this machine.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::answer::Failure;

/// The number of names that are tried for the file that is written beside another one.
const NAMES: u32 = 100;

/// The largest file that is read: a builder sends no larger one to the frontend (`MAX_SIZE` of `buildkit-gateway`).
pub(crate) const MAX_BYTES: u64 = 16 << 20;

/// Reads a regular file. Returns `None` if it does not exist.
///
/// # Errors
/// There is something else, such as a folder, a pipe or a device, or the file is too large or cannot be read.
pub(crate) fn bytes(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let shown = path.display();
    let message = match regular(path) {
        Ok(Read::Whole(bytes)) => return Ok(Some(bytes)),
        Ok(Read::Folder) => format!("{shown} is a folder, and varve expects a file"),
        Ok(Read::Other) => format!("{shown} is not a regular file, and varve reads no other"),
        Ok(Read::TooLarge) => format!("{shown} is larger than {} MB, which is the limit", MAX_BYTES >> 20),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => format!("varve cannot read {shown}: {error}"),
    };
    Err(Failure::File(message))
}

/// What is at the path of a file.
enum Read {
    Whole(Vec<u8>),
    Folder,
    /// A pipe, a socket or a device. To open a pipe can take forever.
    Other,
    TooLarge,
}

fn regular(path: &Path) -> io::Result<Read> {
    let kind = fs::metadata(path)?;
    if kind.is_dir() {
        return Ok(Read::Folder);
    }
    if !kind.is_file() {
        return Ok(Read::Other);
    }
    let mut bytes = Vec::new();
    // A file can grow, and files of some file systems have no size.
    let read = File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(if read as u64 > MAX_BYTES { Read::TooLarge } else { Read::Whole(bytes) })
}

/// Reads a text file. Returns `None` if it does not exist.
///
/// # Errors
/// The same as of [`bytes`], and that the file is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Failure> {
    let text = bytes(path)?.map(String::from_utf8).transpose();
    text.map_err(|_| Failure::File(format!("{} is not valid UTF-8", path.display())))
}

/// Reads a text file that has to exist.
///
/// # Errors
/// The same as of [`read`], and that there is no such file.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    read(path)?.ok_or_else(|| Failure::File(format!("there is no file {}", path.display())))
}

/// Checks that a path names a folder.
///
/// # Errors
/// There is nothing of that name, or it is a file.
pub(crate) fn folder(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let message = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => format!("{shown} is a file, and varve expects a folder"),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            format!("there is no folder {shown}")
        }
        Err(error) => format!("varve cannot read {shown}: {error}"),
    };
    Err(Failure::File(message))
}

/// The folder under a name that other programs take. The empty path, such as the folder of `image.yaml`, is the current folder.
pub(crate) fn or_current(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Writes a file that does not exist yet. Either the whole file is there afterwards, or none.
///
/// # Errors
/// The file exists, or it cannot be written.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    // `create_new` makes sure that an existing file is never overwritten.
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(_) => replace(path, bytes).inspect_err(|_| drop(fs::remove_file(path))),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Failure::File(format!(
            "{} already exists, and varve does not overwrite it: change it, or remove it first",
            path.display()
        ))),
        Err(error) => Err(cannot_write(path, &error)),
    }
}

/// Writes a file as a whole. If it exists, it keeps its mode and owner. If it cannot be written, it stays as it was.
///
/// # Errors
/// The file cannot be written, or its owner cannot be kept.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    replaced(path, bytes).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::File(format!("varve cannot write {}: {error}", path.display()))
}

fn replaced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = match OpenOptions::new().write(true).open(path) {
        Ok(file) => Some(file.metadata()?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // A rename within one folder is a rename within one file system, and replaces the file at once.
    let (beside, file) = open_beside(path)?;
    let renamed = fill(file, bytes, old.as_ref()).and_then(|()| fs::rename(&beside, path));
    renamed.inspect_err(|_| drop(fs::remove_file(&beside)))
}

/// Creates a file with a name that no other file of the folder has.
fn open_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut number = 0;
    loop {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".varve-{number}"));
        let beside = path.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < NAMES => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Writes the bytes to the disk. The file gets the owner and the mode of the file that it will replace.
fn fill(mut file: File, bytes: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    file.write_all(bytes)?;
    if let Some(old) = old {
        keep_owner(&file, old)?;
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}

#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};

    let new = file.metadata()?;
    let same = (old.uid(), old.gid()) == (new.uid(), new.gid());
    if same { Ok(()) } else { fchown(file, Some(old.uid()), Some(old.gid())) }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
