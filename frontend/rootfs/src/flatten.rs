//! Makes a file system what it is after several steps, so that the changes of all of them are one layer.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Error;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use crate::Failure;
use crate::changes::{Entry, Snapshot, is_exactly, real, snapshot};
use crate::put::{attributes, cannot_write, folder, made, removed};
use crate::tree::Kind;

/// Changes the file system of the base into that after the steps. The arguments are those after [`FLATTEN`](crate::FLATTEN): the root with
/// the base, and the folder with the file system after the steps. A path that is the same in both is not touched, so it is not in the layer.
///
/// # Errors
/// A path cannot be read or written.
pub fn flatten(arguments: &[String]) -> Result<(), Failure> {
    let [root, from] = arguments else {
        return Err(Failure::Unknown("expected a root and a folder".to_owned()));
    };
    changed(Path::new(root), Path::new(from)).map_err(Failure::Unknown)
}

fn changed(root: &Path, from: &Path) -> Result<(), String> {
    let (before, after) = (snapshot(root)?, snapshot(from)?);
    let mut paths: BTreeSet<&OsStr> = BTreeSet::new();
    for (path, entry) in &after {
        let is_there = before.get(path).is_some_and(|old| is_exactly(path, (root, old), (from, entry)));
        if !is_there {
            paths.insert(path);
        }
    }
    let leaders = leaders(&after, &paths);
    // Folders get their times when nothing in them changes any more.
    let mut folders: BTreeSet<OsString> = BTreeSet::new();
    let mut touched = |path: &OsStr| {
        let path = path.as_bytes();
        let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        folders.insert(OsString::from_vec(path[..end].to_vec()));
    };
    let write = |path: &OsStr, result: Result<(), Error>| result.map_err(|error| cannot_write(path, &error));
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        write(path, removed(&real(root, path)))?;
        touched(path);
    }
    for path in &paths {
        let (source, target) = (real(from, path), real(root, path));
        let entry = &after[*path];
        let is_new = before.get(*path).is_none_or(|old| old.kind != entry.kind || entry.kind != Kind::Folder);
        if is_new {
            touched(path);
        }
        let leader = leaders.get(&entry.number()).filter(|leader| **leader != *path);
        let done = match leader {
            _ if entry.kind == Kind::Folder => folder(&target),
            Some(leader) => removed(&target).and_then(|()| fs::hard_link(real(root, leader), &target)),
            None => fs::symlink_metadata(&source)
                .and_then(|metadata| made(&source, &metadata, &target))
                .and_then(|()| attributes(&source, &target)),
        };
        write(path, done)?;
    }
    folders.extend(
        paths.iter().filter(|path| after[**path].kind == Kind::Folder).map(|path| (*path).to_owned()),
    );
    for path in folders.iter().rev().filter(|path| path.is_empty() || after.contains_key(*path)) {
        write(path, attributes(&real(from, path), &real(root, path)))?;
    }
    Ok(())
}

/// One path of each file that has several, if one of these paths changes: one that does not change, else the first one. The others become
/// hard links to it.
fn leaders<'s>(after: &'s Snapshot, changed: &BTreeSet<&OsStr>) -> BTreeMap<u64, &'s OsStr> {
    let mut leaders: BTreeMap<u64, &OsStr> = BTreeMap::new();
    let has_several = |entry: &Entry| entry.kind == Kind::File && entry.links > 1;
    for (path, entry) in after.iter().filter(|(_, entry)| has_several(entry)) {
        let leader = leaders.entry(entry.number()).or_insert(path);
        if changed.contains(*leader) && !changed.contains(path.as_os_str()) {
            *leader = path;
        }
    }
    leaders
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;
    use crate::{FLATTEN, answer};

    fn file(root: &Path, path: &str, content: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A base and the same with changes, as a copy with times.
    fn trees(change: impl Fn(&Path)) -> (tempfile::TempDir, Vec<String>) {
        let work = tempfile::tempdir().unwrap();
        let base = work.path().join("base");
        for path in ["kept", "changed", "removed", "folder/a", "folder/b", "emptied/x/y", "linked"] {
            file(&base, path, path);
        }
        let copy = |to: &str| {
            let status =
                std::process::Command::new("cp").args(["-a", "base", to]).current_dir(work.path()).status();
            assert!(status.unwrap().success());
            work.path().join(to)
        };
        let after = copy("after");
        change(&after);
        let root = copy("root");
        let arguments = [root, after].map(|path| path.display().to_string());
        let answer = answer(&[vec![FLATTEN.to_owned()], arguments.to_vec()].concat());
        assert_eq!((answer.code, answer.text.as_str()), (0, ""));
        (work, arguments.to_vec())
    }

    /// What `find` says of all paths but their numbers.
    fn listed(root: &str) -> String {
        let format = "%P %y %m %U:%G %s %T@ %l\\n";
        let output = std::process::Command::new("find").args([root, "-printf", format]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    fn numbers(root: &str, paths: [&str; 2]) -> [u64; 2] {
        paths.map(|path| fs::metadata(Path::new(root).join(path)).unwrap().ino())
    }

    #[test]
    fn the_result_is_that_of_the_steps_and_what_they_did_not_change_is_not_touched() {
        let (work, trees) = trees(|after| {
            file(after, "changed", "new content");
            file(after, "new/deep/file", "new");
            fs::remove_file(after.join("removed")).unwrap();
            fs::remove_dir_all(after.join("emptied")).unwrap();
            file(after, "emptied/other", "opaque");
            fs::remove_dir_all(after.join("folder")).unwrap();
            symlink("kept", after.join("folder")).unwrap();
            fs::set_permissions(after.join("kept"), fs::Permissions::from_mode(0o4711)).unwrap();
            fs::hard_link(after.join("linked"), after.join("link")).unwrap();
            fs::hard_link(after.join("new/deep/file"), after.join("new/link")).unwrap();
        });
        let [root, after] = [&trees[0], &trees[1]];
        assert_eq!(listed(root), listed(after));
        for pair in [["linked", "link"], ["new/deep/file", "new/link"]] {
            let [one, other] = numbers(root, pair);
            assert_eq!(one, other, "{pair:?}");
        }
        drop(work);
    }

    #[test]
    fn without_a_change_nothing_is_written() {
        let (_work, trees) = trees(|_| ());
        let root = Path::new(&trees[0]);
        let changed = |path: &str| {
            let metadata = fs::metadata(root.join(path)).unwrap();
            (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        let before = ["kept", "folder", "folder/a"].map(changed);
        let answer = answer(&[vec![FLATTEN.to_owned()], trees.clone()].concat());
        assert_eq!(answer.code, 0);
        assert_eq!(["kept", "folder", "folder/a"].map(changed), before);
    }
}
