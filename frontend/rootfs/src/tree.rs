//! The file system below a folder, seen as if that folder were its root: links do not lead out of it.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The largest number of links that are followed for one path.
const MOST_LINKS: usize = 40;

/// A file system below a folder.
pub(super) struct Tree {
    root: PathBuf,
}

/// The kind of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    Other,
}

/// How a link in the last component of a path is treated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The link is followed.
    Followed,
    /// The link is not followed.
    Itself,
}

impl Kind {
    pub(super) fn of(metadata: &Metadata) -> Self {
        match metadata {
            it if it.is_file() => Self::File,
            it if it.is_dir() => Self::Folder,
            it if it.is_symlink() => Self::Link,
            _ => Self::Other,
        }
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a link",
            Self::Other => "a device, pipe or socket",
        }
    }
}

impl Tree {
    pub(super) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns the folder that is the root.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the real path, with all links followed. `None` if it does not exist.
    pub(super) fn follow(&self, path: &str) -> Result<Option<PathBuf>, String> {
        self.find(Path::new(path), Last::Followed)
    }

    /// Returns the real path, with all links followed except one in the last component. `None` if it does not exist.
    pub(super) fn look(&self, path: &str) -> Result<Option<PathBuf>, String> {
        self.find(Path::new(path), Last::Itself)
    }

    /// Reads a file. Returns `None` if the path does not exist or is not a file.
    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match self.follow(path)? {
            Some(real) if real.is_file() => super::content::all(&real).map(Some),
            _ => Ok(None),
        }
    }

    /// Returns the paths that match a pattern. `*` and `?` match within a name, and `**` matches any number of folders.
    pub(super) fn matching(&self, pattern: &str) -> Result<Vec<String>, String> {
        let mut parts: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        // Consecutive `**` mean the same as one, but each of them would walk through all folders again.
        parts.dedup_by(|part, before| *part == "**" && *before == "**");
        let mut found = BTreeSet::new();
        self.walk(&self.root, "", &parts, &mut found)?;
        Ok(found.into_iter().collect())
    }

    fn walk(
        &self,
        folder: &Path,
        shown: &str,
        parts: &[&str],
        found: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let Some((part, rest)) = parts.split_first() else {
            if !shown.is_empty() {
                found.insert(shown.to_owned());
            }
            return Ok(());
        };
        if *part == "**" {
            self.walk(folder, shown, rest, found)?;
            for name in names(folder)? {
                let inside = folder.join(&name);
                let shown = format!("{shown}/{}", name.to_string_lossy());
                if rest.is_empty() {
                    found.insert(shown.clone());
                }
                if metadata_of_itself(&inside)?.is_some_and(|it| it.is_dir()) {
                    self.walk(&inside, &shown, parts, found)?;
                }
            }
            return Ok(());
        }
        let names = match part.contains(['*', '?']) {
            true => names(folder)?
                .into_iter()
                .filter(|name| buildkit_names::glob_matches(part, &name.to_string_lossy()))
                .collect(),
            false => vec![OsString::from(part)],
        };
        for name in names {
            let shown = format!("{shown}/{}", name.to_string_lossy());
            let inside = folder.join(&name);
            let inside = inside.strip_prefix(&self.root).unwrap_or(&inside);
            let last = if rest.is_empty() { Last::Itself } else { Last::Followed };
            if let Some(real) = self.find(inside, last)? {
                if rest.is_empty() {
                    found.insert(shown);
                } else if real.is_dir() {
                    self.walk(&real, &shown, rest, found)?;
                }
            }
        }
        Ok(())
    }

    /// Returns the real path of a path below the root, with all links followed. `None` if it does not exist.
    pub(super) fn real(&self, path: &Path) -> Result<Option<PathBuf>, String> {
        self.find(path.strip_prefix(&self.root).unwrap_or(path), Last::Followed)
    }

    fn find(&self, path: &Path, last: Last) -> Result<Option<PathBuf>, String> {
        let mut open: VecDeque<OsString> = parts(path).collect();
        let mut at = self.root.clone();
        let mut links = 0;
        while let Some(part) = open.pop_front() {
            if part == OsStr::new("..") {
                if at != self.root {
                    at.pop();
                }
                continue;
            }
            let next = at.join(&part);
            let Some(metadata) = metadata_of_itself(&next)? else { return Ok(None) };
            if !metadata.is_symlink() || (open.is_empty() && last == Last::Itself) {
                at = next;
                continue;
            }
            links += 1;
            if links > MOST_LINKS {
                return Ok(None);
            }
            let target = fs::read_link(&next).map_err(|error| cannot_read(&next, &error))?;
            if target.is_absolute() {
                at.clone_from(&self.root);
            }
            for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
                open.push_front(part);
            }
        }
        Ok(Some(at))
    }
}

/// Returns the names in a folder, sorted.
pub(super) fn names(folder: &Path) -> Result<Vec<OsString>, String> {
    let entries = fs::read_dir(folder).map_err(|error| cannot_read(folder, &error))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(|error| cannot_read(folder, &error))?.file_name());
    }
    names.sort();
    Ok(names)
}

/// Returns the metadata of a path that exists.
pub(super) fn metadata(path: &Path) -> Result<Metadata, String> {
    fs::symlink_metadata(path).map_err(|error| cannot_read(path, &error))
}

/// Returns the metadata of a path, without following a link. `None` if it does not exist.
pub(super) fn metadata_of_itself(path: &Path) -> Result<Option<Metadata>, String> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(cannot_read(path, &error)),
    }
}

fn parts(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    })
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}
