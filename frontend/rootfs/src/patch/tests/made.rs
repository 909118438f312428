//! Trees and patches that tests make.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use tempfile::TempDir;

use crate::{PATCH, answer};

/// A tree of files, and patches beside it.
pub(super) struct Work(TempDir);

impl Work {
    pub(super) fn new() -> Work {
        let work = Work(tempfile::tempdir().unwrap());
        for folder in ["outside", "tree", "patches/0"] {
            fs::create_dir_all(work.0.path().join(folder)).unwrap();
        }
        work.outside("secret", "key\n")
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) fn outside(self, path: &str, content: &str) -> Work {
        self.write(&format!("outside/{path}"), content);
        self
    }

    pub(super) fn file(self, path: &str, content: &str) -> Work {
        self.write(&format!("tree/{path}"), content);
        self
    }

    pub(super) fn link(self, path: &str, target: &str) -> Work {
        symlink(target, self.0.path().join("tree").join(path)).unwrap();
        self
    }

    pub(super) fn patch(self, path: &str, content: &str) -> Work {
        self.write(&format!("patches/0/{path}"), content);
        self
    }

    /// Applies the patches.
    pub(super) fn apply(&self) -> Result<(), String> {
        let path = |name: &str| self.0.path().join(name).display().to_string();
        let answer = answer(&[PATCH.to_owned(), path("tree"), path("patches")]);
        match answer.code {
            0 => Ok(()),
            code => {
                assert_eq!(code, 1, "{}", answer.text);
                Err(answer.text)
            }
        }
    }

    /// Lists the tree and what is outside of it.
    pub(super) fn all(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for folder in ["outside", "tree"] {
            list(self.0.path(), &self.0.path().join(folder), &mut lines);
        }
        lines
    }
}

fn list(root: &Path, folder: &Path, into: &mut Vec<String>) {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let metadata = path.symlink_metadata().unwrap();
        let shown = path.strip_prefix(root).unwrap().display();
        if metadata.is_dir() {
            into.push(format!("{shown}/"));
            list(root, &path, into);
        } else if metadata.is_symlink() {
            into.push(format!("{shown} -> {}", fs::read_link(&path).unwrap().display()));
        } else {
            let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            into.push(format!("{shown} {:o} {content:?}", metadata.permissions().mode() & 0o7777));
        }
    }
}

/// Applies a patch that is an error, and returns the message. Nothing may change.
pub(super) fn error_of(work: Work, patch: &str) -> String {
    let work = work.patch("a.patch", patch);
    let before = work.all();
    let error = work.apply().unwrap_err();
    assert_eq!(work.all(), before, "{error}");
    error.strip_prefix("a.patch: ").unwrap().trim_end().to_owned()
}
