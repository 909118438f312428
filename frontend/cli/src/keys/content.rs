//! The content of the context that an operation reads, as a digest.
//!
//! It consists of what a build makes of the files: their paths, types and bytes, the targets of links, and whether the owner may execute a
//! file. It does not contain times, owners and other mode bits, which differ from checkout to checkout. If it is not certain that a build
//! reads a file, the file counts.

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use buildkit_llb::{Copy, Digest, Read, Wildcard};
use buildkit_names::{absolute_path, glob_matches};
use varve_frontend::IgnoreFile;

use crate::answer::Failure;
use crate::root::{LastLink, Root};

/// The entry of a path that the context does not have.
pub(crate) const MISSING: &str = "missing";

/// The files of a context. Each file and each thing that operations read is hashed once.
pub(crate) struct Content<'c> {
    root: &'c Path,
    ignore: Option<&'c IgnoreFile>,
    files: RefCell<BTreeMap<PathBuf, Digest>>,
    reads: RefCell<BTreeMap<String, Rc<Found>>>,
}

/// What an operation reads of the context.
pub(crate) struct Found {
    /// The digest of the entries.
    pub(crate) digest: Digest,
    /// What is at each path.
    pub(crate) entries: Entries,
}

/// What is at each path of the context, in the form that is hashed: `file sha256:...`, `program sha256:...`, `link TARGET`, `folder`,
/// `special`, `missing`.
pub(crate) type Entries = BTreeMap<String, String>;

impl<'c> Content<'c> {
    /// The files of a folder, without those that an ignore file certainly leaves out.
    pub(crate) fn new(root: &'c Path, ignore: Option<&'c IgnoreFile>) -> Self {
        Self { root, ignore, files: RefCell::default(), reads: RefCell::default() }
    }

    /// Finds what an operation reads of the context.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(crate) fn read(&self, read: Read<'_>) -> Result<Rc<Found>, Failure> {
        let name = match read {
            Read::Whole => String::new(),
            Read::Path(path) => format!("{path:?}"),
            Read::Copy(Copy { src, wildcard, include, exclude, .. }) => {
                format!("{src:?} {wildcard:?} {include:?} {exclude:?}")
            }
        };
        if let Some(known) = self.reads.borrow().get(&name) {
            return Ok(Rc::clone(known));
        }
        let mut entries = Entries::new();
        match read {
            Read::Whole => self.add("", &[], &mut entries),
            Read::Path(path) => self.add(path, &[], &mut entries),
            Read::Copy(copy) => self.copied(copy, &mut entries),
        }
        .map_err(|(path, error)| Failure::File(format!("varve cannot read {}: {error}", path.display())))?;
        let lines =
            entries.iter().map(|(path, entry)| format!("{}:{path}{}:{entry}", path.len(), entry.len()));
        let digest = Digest::of(lines.collect::<String>().as_bytes());
        let found = Rc::new(Found { digest, entries });
        self.reads.borrow_mut().insert(name, Rc::clone(&found));
        Ok(found)
    }

    /// The paths that operations read so far.
    pub(crate) fn paths(&self) -> impl Iterator<Item = String> {
        let reads = self.reads.borrow();
        let paths: Vec<String> = reads.values().flat_map(|found| found.entries.keys().cloned()).collect();
        paths.into_iter()
    }

    fn copied(&self, copy: &Copy, entries: &mut Entries) -> Result<(), Wrong> {
        if copy.include.is_empty() && copy.wildcard == Wildcard::Literal {
            return self.add(&copy.src, &copy.exclude, entries);
        }
        // Patterns of `include` start at the source. Those of `exclude` do too, and not at what matches, so they leave out nothing here.
        let (patterns, exclude) = match copy.include.is_empty() {
            true => (vec![copy.src.clone()], copy.exclude.as_slice()),
            false => {
                (copy.include.iter().map(|pattern| format!("{}/{pattern}", copy.src)).collect(), &[][..])
            }
        };
        for pattern in patterns {
            let pattern = absolute_path(&pattern);
            let names: Vec<&str> = pattern.split('/').filter(|name| !name.is_empty()).collect();
            self.matches("", &names, exclude, entries)?;
        }
        Ok(())
    }

    /// Adds what matches a pattern below a folder.
    fn matches(
        &self,
        folder: &str,
        names: &[&str],
        exclude: &[String],
        entries: &mut Entries,
    ) -> Result<(), Wrong> {
        match names {
            [] => self.add(folder, exclude, entries),
            [name, ..] if name.contains("**") => self.add(folder, &[], entries),
            [name, rest @ ..] if !name.contains(['*', '?', '[', '\\']) => {
                self.matches(&joined(folder, name), rest, exclude, entries)
            }
            [name, rest @ ..] => {
                let pattern = widened(name);
                let Some(inside) = self.resolved(folder, &mut Entries::new())? else { return Ok(()) };
                for name in
                    listed(&self.root.join(inside))?.iter().filter(|name| glob_matches(&pattern, name))
                {
                    self.matches(&joined(folder, name), rest, exclude, entries)?;
                }
                Ok(())
            }
        }
    }

    /// Adds a path, with everything below it. `exclude` has patterns of paths below it that are left out.
    fn add(&self, path: &str, exclude: &[String], entries: &mut Entries) -> Result<(), Wrong> {
        let path = absolute_path(path);
        let path = path.trim_start_matches('/');
        match self.resolved(path, entries)? {
            Some(inside) => {
                let exclude = IgnoreFile::parse(&exclude.join("\n")).unwrap_or_default();
                self.tree(&inside, &self.root.join(&inside), ("", &exclude), entries)
            }
            None => {
                entries.insert(path.to_owned(), MISSING.to_owned());
                Ok(())
            }
        }
    }

    /// The path in the context that a path leads to. All links on the way are followed inside of the context, and added to the entries. `None`
    /// if nothing is there.
    fn resolved(&self, path: &str, entries: &mut Entries) -> Result<Option<String>, Wrong> {
        let mut links = Vec::new();
        let mut add = |link: &Path, target: &Path| links.push((link.to_owned(), target.to_owned()));
        let inside = Root(self.root).follow(path, LastLink::Follow, &mut add);
        let inside = inside.map_err(|error| (self.root.join(path), error))?;
        for (link, target) in links {
            entries.insert(self.text(link)?, format!("link {}", self.text(target)?));
        }
        inside.map(|inside| self.text(inside)).transpose()
    }

    /// A path as a text, with `/` between its names.
    fn text(&self, path: PathBuf) -> Result<String, Wrong> {
        Ok(utf8(path.into_os_string(), self.root)?.replace(std::path::MAIN_SEPARATOR, "/"))
    }

    /// Adds a file, or a folder with everything in it. `excluded` has the path relative to the source of a copy, and its patterns.
    fn tree(
        &self,
        path: &str,
        place: &Path,
        excluded: (&str, &IgnoreFile),
        entries: &mut Entries,
    ) -> Result<(), Wrong> {
        let (below, exclude) = excluded;
        let is_left_out = |ignore: &IgnoreFile, path: &str| !path.is_empty() && ignore.leaves_out(path);
        if self.ignore.is_some_and(|ignore| is_left_out(ignore, path)) || is_left_out(exclude, below) {
            return Ok(());
        }
        let Some(metadata) = metadata(place)? else { return Ok(()) };
        let entry = if metadata.is_symlink() {
            format!("link {}", link(place)?)
        } else if metadata.is_dir() {
            for name in listed(place)? {
                let below = joined(below, &name);
                self.tree(&joined(path, &name), &place.join(&name), (&below, exclude), entries)?;
            }
            "folder".to_owned()
        } else if metadata.is_file() {
            let kind = if is_executable(&metadata) { "program" } else { "file" };
            format!("{kind} {}", self.file(place)?)
        } else {
            "special".to_owned()
        };
        entries.insert(path.to_owned(), entry);
        Ok(())
    }

    fn file(&self, place: &Path) -> Result<Digest, Wrong> {
        if let Some(known) = self.files.borrow().get(place) {
            return Ok(*known);
        }
        let digest = File::open(place).and_then(Digest::of_reader).map_err(|error| (place.into(), error))?;
        self.files.borrow_mut().insert(place.into(), digest);
        Ok(digest)
    }
}

/// A path that cannot be read, and why.
type Wrong = (PathBuf, io::Error);

/// What is at a path, without following a link. `None` if nothing is there.
fn metadata(place: &Path) -> Result<Option<Metadata>, Wrong> {
    match fs::symlink_metadata(place) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err((place.into(), error)),
    }
}

fn link(place: &Path) -> Result<String, Wrong> {
    let target = fs::read_link(place).map_err(|error| (place.into(), error))?;
    utf8(target.into_os_string(), place)
}

/// The sorted names in a folder. Empty for anything else.
fn listed(place: &Path) -> Result<Vec<String>, Wrong> {
    let wrong = |error| (place.to_path_buf(), error);
    if !metadata(place)?.is_some_and(|metadata| metadata.is_dir()) {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(place).map_err(wrong)? {
        names.push(utf8(entry.map_err(wrong)?.file_name(), place)?);
    }
    names.sort();
    Ok(names)
}

/// A name as a text. Anything else is an error, since a key has to cover it.
fn utf8(name: OsString, place: &Path) -> Result<String, Wrong> {
    let wrong = |name: OsString| (place.join(name), io::Error::other("the name is not UTF-8"));
    name.into_string().map_err(wrong)
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A pattern that matches what a pattern of Go's `filepath.Match` matches, and maybe more: `?` stands for a class and for a character behind
/// `\`.
fn widened(pattern: &str) -> String {
    let mut wide = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
                wide.push('?');
            }
            '[' => {
                while let Some(c) = chars.next().filter(|c| *c != ']') {
                    if c == '\\' {
                        chars.next();
                    }
                }
                wide.push('?');
            }
            c => wide.push(c),
        }
    }
    wide
}
