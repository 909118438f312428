//! Which changes of a context change what an operation reads of it.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use buildkit_llb::Copy;
use tempfile::TempDir;

use super::*;

/// A context with files of all kinds.
fn context() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [("src/a.py", "a"), ("src/deep/b.py", "b"), ("docs/c.md", "c"), ("x[1]", "d")] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    symlink("src", folder.path().join("link")).unwrap();
    symlink("gone", folder.path().join("src/dangling")).unwrap();
    folder
}

fn copy(src: &str) -> Copy {
    Copy::dockerfile(None, src, "/")
}

/// Whether a change of the context changes what a read gives.
#[track_caller]
fn check(read: Read<'_>, ignore: &str, change: impl FnOnce(&Path), expect: bool) {
    let folder = context();
    let ignore = IgnoreFile::parse(ignore).unwrap();
    let digest = || Content::new(folder.path(), Some(&ignore)).read(read).unwrap().digest;
    let before = digest();
    change(folder.path());
    assert_eq!(digest() != before, expect);
}

fn write(path: &str, text: &str) -> impl FnOnce(&Path) {
    move |root: &Path| fs::write(root.join(path), text).unwrap()
}

#[test]
fn files_that_are_read_count() {
    check(Read::Whole, "", write("docs/c.md", "new"), true);
    check(Read::Path("/src"), "", write("src/deep/b.py", "new"), true);
    check(Read::Path("link"), "", write("src/deep/b.py", "new"), true);
    check(Read::Path("link/../docs"), "", write("docs/new.md", ""), true);
    check(Read::Copy(&copy("src/*.py")), "", write("src/a.py", "new"), true);
    check(Read::Copy(&copy("src/*.py")), "", write("src/new.py", ""), true);
    check(Read::Copy(&copy("*/deep")), "", write("src/deep/b.py", "new"), true);
    check(Read::Copy(&copy("x[[]1]")), "", write("x[1]", "new"), true);
    check(Read::Copy(&copy("later")), "", write("later", ""), true);
    for (src, pattern) in [("/", "src/*/b.py"), ("src", "deep/b.py"), ("src", "*/b.py"), ("/", "sr**.py")] {
        let exclude = vec!["b.py".to_owned()];
        let parents = Copy { include: vec![pattern.to_owned()], exclude, ..copy(src) };
        check(Read::Copy(&parents), "", write("src/deep/b.py", "new"), true);
    }
    // The client sends what a link leads to, whatever is ignored below the link.
    check(Read::Path("link"), "link/deep\n", write("src/deep/b.py", "new"), true);
    check(
        Read::Path("src"),
        "src/**\n",
        |root| fs::rename(root.join("src"), root.join("gone")).unwrap(),
        true,
    );
    check(Read::Copy(&copy("/")), "docs\n!docs/c.md\n", write("docs/c.md", "new"), true);
}

#[test]
fn types_links_and_programs_count() {
    let executable = |mode: u32| {
        move |root: &Path| {
            fs::set_permissions(root.join("src/a.py"), fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    check(Read::Whole, "", executable(0o755), true);
    let replaced = |root: &Path| {
        fs::remove_file(root.join("src/dangling")).unwrap();
        symlink("other", root.join("src/dangling")).unwrap();
    };
    check(Read::Path("src"), "", replaced, true);
    check(Read::Path("src"), "", |root| fs::create_dir(root.join("src/empty")).unwrap(), true);
    check(Read::Whole, "", executable(0o600), false);
}

#[test]
fn files_that_are_not_read_do_not_count() {
    check(Read::Path("/src"), "", write("docs/c.md", "new"), false);
    check(Read::Copy(&copy("src/*.py")), "", write("src/deep/b.py", "new"), false);
    check(Read::Whole, "docs\n", write("docs/c.md", "new"), false);
    check(Read::Whole, "**/*.md\n", write("docs/c.md", "new"), false);
    let without = Copy { exclude: vec!["deep".to_owned()], ..copy("src") };
    check(Read::Copy(&without), "", write("src/deep/b.py", "new"), false);
    check(Read::Copy(&without), "", write("src/a.py", "new"), true);
    check(Read::Copy(&without), "", write("src/a.py", "a"), false);
}
