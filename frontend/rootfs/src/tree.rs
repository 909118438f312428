//! The file system below a folder, seen as if that folder were its root: links do not lead out of it.

use std::cell::Cell;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The largest number of links that are followed for one path.
const MOST_LINKS: usize = 40;

/// The largest size of all files together that are read as a whole, such as the database of packages.
const MOST_READ: u64 = 1 << 30;
/// The largest number of names that are compared with a pattern, since links to folders can make a tree endless. A name counts once
/// more for every 64 bytes of the path of its folder.
const MOST_WALKED: usize = 4_000_000;

/// A file system below a folder.
pub(super) struct Tree {
    root: PathBuf,
    /// How many bytes can still be read.
    left: Cell<u64>,
}

/// A search for the paths that match a pattern.
#[derive(Default)]
struct Search {
    found: BTreeSet<String>,
    /// The folders that were searched, as shown, each with the number of parts of the pattern that were left.
    searched: BTreeSet<(String, usize)>,
    walked: usize,
}

impl Search {
    /// Counts the names in a folder.
    fn count(&mut self, folder: &str, names: &[OsString]) -> Result<(), String> {
        self.walked += names.len() * (1 + folder.len() / 64);
        match self.walked <= MOST_WALKED {
            true => Ok(()),
            false => Err("the pattern leads to too many paths".to_owned()),
        }
    }
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
        Self { root: root.into(), left: Cell::new(MOST_READ) }
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
    ///
    /// # Errors
    /// The file cannot be read, or the files that were read are too large together.
    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match self.follow(path)? {
            Some(real) if real.is_file() => {
                let left = self.left.get().checked_sub(metadata(&real)?.len());
                let message =
                    || format!("{path} is too large: varve reads at most {MOST_READ} bytes of such files");
                self.left.set(left.ok_or_else(message)?);
                super::content::all(&real).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Returns the paths that match a pattern. `*` and `?` match within a name, and `**` matches any number of folders.
    pub(super) fn matching(&self, pattern: &str) -> Result<Vec<String>, String> {
        let mut parts: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        // Consecutive `**` mean the same as one, but each of them would walk through all folders again.
        parts.dedup_by(|part, before| *part == "**" && *before == "**");
        let mut search = Search::default();
        self.walk(&self.root, "", &parts, &mut search)?;
        Ok(search.found.into_iter().collect())
    }

    fn walk(&self, folder: &Path, shown: &str, parts: &[&str], search: &mut Search) -> Result<(), String> {
        let Some((part, rest)) = parts.split_first() else {
            if !shown.is_empty() {
                search.found.insert(shown.to_owned());
            }
            return Ok(());
        };
        if !search.searched.insert((shown.to_owned(), parts.len())) {
            return Ok(());
        }
        if *part == "**" {
            self.walk(folder, shown, rest, search)?;
            let names = names(folder)?;
            search.count(shown, &names)?;
            for name in names {
                let inside = folder.join(&name);
                let shown = format!("{shown}/{}", name.to_string_lossy());
                if rest.is_empty() {
                    search.found.insert(shown.clone());
                }
                if metadata_of_itself(&inside)?.is_some_and(|it| it.is_dir()) {
                    self.walk(&inside, &shown, parts, search)?;
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
        search.count(shown, &names)?;
        for name in names {
            let shown = format!("{shown}/{}", name.to_string_lossy());
            let inside = folder.join(&name);
            let inside = inside.strip_prefix(&self.root).unwrap_or(&inside);
            let last = if rest.is_empty() { Last::Itself } else { Last::Followed };
            if let Some(real) = self.find(inside, last)? {
                if rest.is_empty() {
                    search.found.insert(shown);
                } else if real.is_dir() {
                    self.walk(&real, &shown, rest, search)?;
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
