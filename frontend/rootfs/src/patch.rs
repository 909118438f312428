//! Applies patches to a tree of files, as `git apply` does: what `git diff`, `git format-patch` and `diff -u` write.
//!
//! Patches can be hostile, and so can the tree. No path leads out of the tree, and none leads through a symbolic link. Nothing of a patch
//! is written before all of it fits. The effort is limited.

mod base85;
mod binary;
mod change;
mod effort;
mod fit;
mod header;
mod hunk;
mod image;
mod names;
mod parse;
mod result;
mod tree;
mod write;

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use varve_archive::text_of;

use crate::Failure;
use crate::tree as files;
use effort::Effort;

/// The largest size of a patch.
const MOST_PATCH: u64 = 256 << 20;
/// The largest number of patches.
const MOST_PATCHES: usize = 100_000;

/// Applies patches. The arguments are those after [`PATCH`](crate::PATCH): the root of the tree, and a folder with the folders `0`, `1` and so
/// on. They are applied in this order. All files of such a folder are patches, in the order of their paths.
///
/// # Errors
/// Returns an error for the first patch that is not one, or that does not fit. It names the patch, the file and the hunk.
pub fn patch(arguments: &[String]) -> Result<(), Failure> {
    let [root, patches] = arguments else {
        return Err(Failure::Unknown("expected a root and a folder with patches".to_owned()));
    };
    let applied = apply_all(Path::new(root), Path::new(patches));
    applied.map_err(|problem| Failure::Violated(vec![problem]))
}

fn apply_all(root: &Path, all: &Path) -> Result<(), String> {
    let effort = Effort::default();
    for number in 0..files::names(all)?.len() {
        let folder = &all.join(number.to_string());
        let mut patches = Vec::new();
        collect(folder, &mut patches)?;
        if patches.is_empty() {
            return Err("there is no patch to apply".to_owned());
        }
        // By whole paths, as a shell sorts them: `a-b/c` comes before `a/c`.
        patches.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
        for patch in patches {
            let name = text_of(patch.strip_prefix(folder).unwrap_or(&patch).as_os_str().as_bytes());
            let applied = read(&patch).and_then(|text| apply(root, &text, &effort));
            applied.map_err(|problem| format!("{name}: {problem}"))?;
        }
    }
    Ok(())
}

/// Applies one patch, or nothing of it.
fn apply(root: &Path, text: &[u8], effort: &Effort) -> Result<(), String> {
    let changes = parse::changes(text)?;
    let results = result::of(&tree::Tree::new(root), &changes, effort)?;
    write::write(root, &results)
}

/// Collects the files below a folder.
fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> Result<(), String> {
    for name in files::names(folder)? {
        let path = folder.join(name);
        match files::metadata(&path)?.is_dir() {
            true => collect(&path, into)?,
            false if into.len() >= MOST_PATCHES => {
                return Err(format!("there are more than {MOST_PATCHES} patches"));
            }
            false => into.push(path),
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = files::metadata(path)?;
    let kind = files::Kind::of(&metadata);
    if kind != files::Kind::File {
        return Err(format!("it is {}, expected a file with a patch", kind.noun()));
    }
    if metadata.len() > MOST_PATCH {
        return Err(format!("it has {} bytes; a patch can have at most {MOST_PATCH}", metadata.len()));
    }
    fs::read(path).map_err(|error| format!("cannot read it: {error}"))
}

#[cfg(test)]
mod tests;
