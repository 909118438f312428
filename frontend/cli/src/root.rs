//! Reads the files of a folder as the builder sees them: regular files inside of it, and no more.
//!
//! A client sends a symbolic link as a link, and the daemon follows it with the folder as the root directory: neither an absolute
//! link nor `..` leads out (`RootPath` of `github.com/containerd/continuity/fs`). So a link out of the folder leads to nothing, or
//! to another file of the folder.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use crate::answer::Failure;
use crate::files;

/// The largest number of links on the way to a file.
const MAX_LINKS: usize = 255;

/// A folder whose files are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root<'f>(pub(crate) &'f Path);

/// Whether a path that ends with a link means the link or its destination.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastLink {
    Follow,
    Keep,
}

impl Root<'_> {
    /// Reads a file. Returns `None` if the folder has none at this path.
    ///
    /// # Errors
    /// There is something else than a regular file, or the file is too large or cannot be read.
    pub(crate) fn bytes(self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        match self.resolve(path, LastLink::Follow) {
            Some(found) => files::bytes(&found),
            None => Ok(None),
        }
    }

    /// Reads a text file. Returns `None` if the folder has none at this path.
    ///
    /// # Errors
    /// The same as of [`Root::bytes`], and that the file is not UTF-8.
    pub(crate) fn text(self, path: &str) -> Result<Option<String>, Failure> {
        match self.resolve(path, LastLink::Follow) {
            Some(found) => files::read(&found),
            None => Ok(None),
        }
    }

    /// Whether the folder has a folder at this path.
    pub(crate) fn has_folder(self, path: &str) -> bool {
        self.resolve(path, LastLink::Follow).is_some_and(|path| path.is_dir())
    }

    /// Whether the folder has anything at this path.
    pub(crate) fn has(self, path: &str) -> bool {
        self.resolve(path, LastLink::Keep).is_some_and(|path| path.symlink_metadata().is_ok())
    }

    /// The path on this machine, with all links followed inside of the folder. `None` if links lead to nothing or in a circle.
    fn resolve(self, path: &str, last: LastLink) -> Option<PathBuf> {
        let inside = self.follow(path, last, &mut |_, _| ()).ok()??;
        Some(self.0.join(inside))
    }

    /// The path inside of the folder that a path leads to, with all links followed inside of it. Each link that is followed is passed on, with
    /// its target. `None` if links lead to nothing or in a circle.
    ///
    /// # Errors
    /// A folder or a link cannot be read.
    pub(crate) fn follow(
        self,
        path: &str,
        last: LastLink,
        followed: &mut dyn FnMut(&Path, &Path),
    ) -> io::Result<Option<PathBuf>> {
        let mut names = names(Path::new(path));
        names.reverse();
        let mut inside = PathBuf::new();
        let mut links = 0;
        while let Some(name) = names.pop() {
            if name == ".." {
                inside.pop();
                continue;
            }
            inside.push(name);
            let here = self.0.join(&inside);
            let is_link = match here.symlink_metadata() {
                Ok(metadata) => metadata.is_symlink(),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            if !is_link || (last == LastLink::Keep && names.is_empty()) {
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Ok(None);
            }
            let target = fs::read_link(&here)?;
            followed(&inside, &target);
            inside.pop();
            if target.is_absolute() {
                inside.clear();
            }
            names.extend(self::names(&target).into_iter().rev());
        }
        Ok(Some(inside))
    }
}

/// The names of a path, with `..`.
fn names(path: &Path) -> Vec<OsString> {
    let name = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(name).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_inside_of_the_folder() {
        let folder = std::env::temp_dir().join(format!("varve-root-{}", std::process::id()));
        fs::create_dir_all(folder.join("in/sub")).unwrap();
        fs::write(folder.join("secret"), "outside").unwrap();
        fs::write(folder.join("in/a"), "inside").unwrap();
        let links = [
            ("relative", "a"),
            ("up", "../../../a"),
            ("absolute", "/a"),
            ("chain", "relative"),
            ("out", "../secret"),
            ("host", "/etc/passwd"),
            ("self", "self"),
            ("away", ".."),
            ("sub/up", "../a"),
            ("dangling", "gone"),
        ];
        for (name, to) in links {
            drop(symlink(to, folder.join("in").join(name)));
        }
        let inside = folder.join("in");
        let root = Root(&inside);
        let read = |path: &str| root.text(path).ok().flatten();
        for path in
            ["a", "relative", "up", "absolute", "chain", "./sub/../a", "/a", "sub/up", "away/a", "../a"]
        {
            assert_eq!(read(path).as_deref(), Some("inside"), "{path}");
        }
        for path in ["out", "host", "self", "dangling", "away/secret", "../secret", "a/b"] {
            assert_eq!(read(path), None, "{path}");
        }
        assert!(root.has("out") && root.has("dangling") && !root.has("away/secret") && !root.has("gone"));
        assert!(root.has_folder("sub") && root.has_folder("away") && !root.has_folder("a"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
