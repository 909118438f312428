//! Trees of files, and programs that make patches of them and apply these.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    File(Vec<u8>),
    Program(Vec<u8>),
    Link(String),
    Folder,
}

/// The files of a tree by their paths.
pub(super) type Tree = BTreeMap<String, Node>;

/// Makes a tree of text files.
pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), Node::File(text.as_bytes().to_vec()))).collect()
}

pub(super) fn write(folder: &Path, tree: &Tree) {
    for (path, node) in tree {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match node {
            Node::File(content) | Node::Program(content) => {
                fs::write(&path, content).unwrap();
                let mode = if matches!(node, Node::Program(_)) { 0o755 } else { 0o644 };
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
            Node::Link(target) => symlink(target, &path).unwrap(),
            Node::Folder => fs::create_dir_all(&path).unwrap(),
        }
    }
}

/// Reads a tree, with empty folders.
fn read(folder: &Path, below: &str, into: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        let name = format!("{below}{}", String::from_utf8_lossy(entry.file_name().as_bytes()));
        if metadata.is_dir() {
            let before = into.len();
            read(&path, &format!("{name}/"), into);
            if into.len() == before {
                into.insert(name, Node::Folder);
            }
        } else if metadata.is_symlink() {
            into.insert(name, Node::Link(fs::read_link(path).unwrap().to_string_lossy().into_owned()));
        } else {
            let content = fs::read(path).unwrap();
            let node = match metadata.permissions().mode() & 0o777 {
                0o755 => Node::Program(content),
                0o644 => Node::File(content),
                mode => panic!("{name} has the mode {mode:o}"),
            };
            into.insert(name, node);
        }
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Output {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "core.fsync=none"]).args(arguments);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@a.test"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@a.test"),
        // So that a patch has the same bytes on every day.
        ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
        ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
        ("LC_ALL", "C"),
    ] {
        git.env(name, value);
    }
    git.output().unwrap()
}

fn done(output: Output) -> Vec<u8> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What git makes of two trees with these arguments, such as `diff HEAD^ HEAD`.
pub(super) fn patch_of(before: &Tree, after: &Tree, arguments: &[&str]) -> Vec<u8> {
    patches_of(before, after, &[arguments]).remove(0)
}

/// What git makes of two trees with each of these arguments.
pub(super) fn patches_of(before: &Tree, after: &Tree, ways: &[&[&str]]) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    done(git(at, &["init", "--quiet"]));
    for tree in [before, after] {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap() != ".git" {
                let is_folder = path.symlink_metadata().unwrap().is_dir();
                if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
            }
        }
        write(at, tree);
        done(git(at, &["add", "--all", "--force", "."]));
        done(git(at, &["commit", "--quiet", "--allow-empty", "--message", "A change\n\nof files"]));
    }
    ways.iter().map(|arguments| done(git(at, arguments))).collect()
}

/// What `diff -u` makes of two trees.
pub(super) fn diff_of(before: &Tree, after: &Tree, arguments: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a"), before);
    write(&folder.path().join("b"), after);
    let mut diff = Command::new("diff");
    diff.current_dir(folder.path()).args(arguments).args(["a", "b"]).env("TZ", "Europe/Berlin");
    diff.output().unwrap().stdout
}

/// The result of a program: the tree, or what it said.
pub(super) type Applied = Result<Tree, String>;

/// Returns the tree after `git apply`, and after varve-rootfs.
pub(super) fn both(before: &Tree, patch: &[u8]) -> (Applied, Applied) {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("git"), folder.path().join("varve"));
    let patches = folder.path().join("patches");
    for path in [&first, &second, &patches] {
        fs::create_dir_all(path).unwrap();
    }
    write(&first, before);
    write(&second, before);
    fs::create_dir(patches.join("0")).unwrap();
    let file = patches.join("0/a.patch");
    fs::write(&file, patch).unwrap();
    let applied = |output: Output, at: &Path| {
        let mut tree = Tree::new();
        read(at, "", &mut tree);
        match output.status.code() {
            Some(0) => Ok(tree),
            Some(1 | 128) | None => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Some(code) => panic!("{code}: {}", String::from_utf8_lossy(&output.stderr)),
        }
    };
    let output = git(&first, &["apply", "--whitespace=nowarn", file.to_str().unwrap()]);
    let by_git = applied(output, &first);
    let mut program = Command::new(env!("CARGO_BIN_EXE_varve-rootfs"));
    program.arg("patch").arg(&second).arg(&patches);
    let by_varve = applied(program.output().unwrap(), &second);
    (by_git, by_varve)
}

/// Applies a damaged patch with both programs, and compares if both accept it. git takes `-1` for a mode, and the second of two new files with
/// one name. It refuses some patches because it reads a damaged header as a part of the next one.
pub(super) fn compare_damaged(before: &Tree, patch: &[u8]) {
    if let (Ok(expect), Ok(tree)) = both(before, patch) {
        assert_eq!(tree, expect, "{before:?}\n{}", String::from_utf8_lossy(patch));
    }
}

/// Applies a patch with both programs, and compares. Returns whether it fits.
pub(super) fn compare(before: &Tree, patch: &[u8]) -> bool {
    let (by_git, by_varve) = both(before, patch);
    let shown = String::from_utf8_lossy(patch);
    match (by_git, by_varve) {
        (Ok(expect), Ok(tree)) => assert_eq!(tree, expect, "{before:?}\n{shown}"),
        (Err(_), Err(_)) => return false,
        (expect, tree) => panic!("git: {expect:?}\nvarve: {tree:?}\n{before:?}\n{shown}"),
    }
    true
}
