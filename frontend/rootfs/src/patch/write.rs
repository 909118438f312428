//! Writes the results of a patch.

use std::ffi::OsStr;
use std::fs::{self, File as OpenFile, Permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use varve_archive::text_of;

use super::change::{LINK, PROGRAM};
use super::result::{File, Results};
use super::tree::{Found, Tree};
use crate::tree as files;

/// Writes the results of a patch, all of which fit.
pub(super) fn write(root: &Path, results: &Results) -> Result<(), String> {
    let tree = Tree::new(root);
    let named = |name: &[u8], error: &dyn std::fmt::Display| format!("{}: {error}", text_of(name));
    for (name, with_folders) in &results.removed {
        // A change can have removed what an earlier change made, which is not there.
        if let Found::File(_) = tree.look(name)? {
            remove(root, &tree.path(name), *with_folders).map_err(|error| named(name, &error))?;
        }
    }
    for (name, file) in &results.made {
        make(&tree, name, file).map_err(|problem| named(name, &problem))?;
    }
    Ok(())
}

/// Removes a file, and the folders above it that are empty then.
fn remove(root: &Path, path: &Path, with_folders: bool) -> Result<(), String> {
    fs::remove_file(path).map_err(|error| format!("cannot remove it: {error}"))?;
    let mut folder = path.parent();
    while let Some(above) = folder.filter(|above| *above != root) {
        if !with_folders || fs::remove_dir(above).is_err() {
            break;
        }
        folder = above.parent();
    }
    Ok(())
}

/// Makes a file, and the folders above it.
fn make(tree: &Tree<'_>, name: &[u8], file: &File) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot create it: {error}");
    for folder in Tree::above(name) {
        let next = tree.path(folder);
        match files::metadata_of_itself(&next)? {
            Some(metadata) if metadata.is_dir() => {}
            Some(_) => return Err(format!("{} is a file, expected a folder", text_of(folder))),
            None => {
                fs::create_dir(&next).map_err(failed)?;
                fs::set_permissions(&next, Permissions::from_mode(0o755)).map_err(failed)?;
            }
        }
    }
    let path = tree.path(name);
    match files::metadata_of_itself(&path)? {
        Some(metadata) if metadata.is_dir() => {
            fs::remove_dir(&path).map_err(|_| "a folder that is not empty is in its place".to_owned())?
        }
        Some(_) => fs::remove_file(&path).map_err(failed)?,
        None => {}
    }
    if file.mode == LINK {
        symlink(OsStr::from_bytes(&file.content), &path).map_err(failed)?;
    } else {
        let mode = if file.mode == PROGRAM { 0o755 } else { 0o644 };
        let mut open = OpenFile::options().write(true).create_new(true).open(&path).map_err(failed)?;
        open.write_all(&file.content).map_err(failed)?;
        open.set_permissions(Permissions::from_mode(mode)).map_err(failed)?;
    }
    Ok(())
}
