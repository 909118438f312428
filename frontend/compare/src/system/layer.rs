//! A layer, as its archive lists it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use varve_archive::{Archive, Entry, EntryKind, Skip};

use super::node::{Kind, Node};
use crate::base::error::{Error, Inside};
use crate::base::limits::{Budget, Limits};
use crate::base::names;
use crate::stream::digest::{Digest, Hashed};

/// What a layer adds to the layers below it, and what it removes from them.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// The nodes that it adds or replaces, in order.
    pub(crate) added: Vec<(String, Added)>,
    /// The paths that it removes from the layers below.
    pub(crate) removed: BTreeSet<String>,
    /// The folders whose content in the layers below is removed.
    pub(crate) emptied: BTreeSet<String>,
    /// The digest of the archive without compression. It is empty for a folder.
    pub(crate) diff_id: String,
}

/// What a layer has at a path.
#[derive(Debug, Clone)]
pub(crate) enum Added {
    Node(Arc<Node>),
    /// A hard link to the file at this path.
    HardLink(String),
}

/// What names with the prefix `.wh.` mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whiteouts {
    /// They remove files, because the archive is a layer.
    Removals,
    /// They are names of files, because the archive is a whole file system.
    Files,
}

/// The name that removes the content of its folder.
const OPAQUE: &str = ".wh..wh..opq";
/// The prefix of notes that an old storage driver wrote.
const NOTES: &str = "/.wh..wh.";
const WHITEOUT: &str = ".wh.";

impl Layer {
    /// Reads a layer from its archive without compression.
    pub fn read(archive: impl Read, limits: &Limits) -> Result<Layer, Error> {
        Layer::of(archive, Whiteouts::Removals, &Budget::new(limits))
    }

    /// Reads a whole file system from its archive without compression. Names such as `.wh.x` are ordinary names.
    pub fn read_file_system(archive: impl Read, limits: &Limits) -> Result<Layer, Error> {
        Layer::of(archive, Whiteouts::Files, &Budget::new(limits))
    }

    /// Returns the paths that the layer adds or replaces.
    pub fn paths(&self) -> Vec<&str> {
        self.added.iter().map(|(path, _)| path.as_str()).collect()
    }

    /// Returns the paths that the layer removes.
    pub fn removals(&self) -> Vec<&str> {
        self.removed.iter().map(String::as_str).collect()
    }

    pub(crate) fn of(archive: impl Read, whiteouts: Whiteouts, budget: &Budget) -> Result<Layer, Error> {
        let mut stream = Hashed::new(archive);
        let mut layer = Layer::default();
        let mut entries = Archive::new(Forward(&mut stream), budget.archive());
        let mut number = 0;
        while let Some(entry) = entries.next()? {
            let (folder, name) = names::split(&entry.path);
            let hidden = name.strip_prefix(WHITEOUT).filter(|_| whiteouts == Whiteouts::Removals);
            let is_note = whiteouts == Whiteouts::Removals && entry.path.starts_with(NOTES);
            if hidden.is_some() && name == OPAQUE {
                layer.emptied.insert(folder.to_owned());
            } else if is_note {
                // Engines skip notes too.
            } else if let Some(hidden) = hidden {
                layer.removed.insert(names::join(folder, hidden));
            } else if entry.kind == EntryKind::HardLink {
                let target = names::path_of(&entry.link).inside("its link").inside(&entry.path)?;
                layer.added.push((entry.path, Added::HardLink(target)));
            } else {
                let path = entry.path.clone();
                let node = node(entry, number, entries.content()).inside(&path)?;
                layer.added.push((path, Added::Node(Arc::new(node))));
            }
            number += 1;
        }
        layer.diff_id = stream.finish()?.0.as_str().to_owned();
        Ok(layer)
    }
}

/// Reads the contents of entries, selected by their numbers in the archive.
pub(crate) fn contents(
    archive: impl Read,
    wanted: &BTreeSet<u64>,
    budget: &Budget,
) -> Result<BTreeMap<u64, Vec<u8>>, Error> {
    let mut entries = Archive::new(Forward(archive), budget.archive());
    let (mut number, mut found) = (0, BTreeMap::new());
    while found.len() < wanted.len()
        && let Some(entry) = entries.next()?
    {
        if wanted.contains(&number) {
            let mut bytes = Vec::new();
            entries.content().take(entry.size).read_to_end(&mut bytes).inside(&entry.path)?;
            found.insert(number, bytes);
        }
        number += 1;
    }
    Ok(found)
}

fn node(entry: Entry, number: u64, content: impl Read) -> Result<Node, Error> {
    let (major, minor) = entry.device;
    let kind = match entry.kind {
        EntryKind::File => file(content)?,
        EntryKind::Folder => Kind::Dir,
        EntryKind::SymbolicLink | EntryKind::HardLink => {
            if entry.link.len() > names::LONGEST {
                return Err(Error::damaged(format!(
                    "a symbolic link has a target of {} bytes",
                    entry.link.len()
                )));
            }
            Kind::Link(names::text_of(&entry.link))
        }
        EntryKind::CharacterDevice => Kind::Device { block: false, major, minor },
        EntryKind::BlockDevice => Kind::Device { block: true, major, minor },
        EntryKind::Pipe => Kind::Pipe,
    };
    let Entry { mode, uid, gid, time, xattrs, .. } = entry;
    Ok(Node { kind, mode, uid, gid, time, xattrs, entry: Some(number) })
}

/// Hashes content and returns a file with its size and digest.
pub(crate) fn file(content: impl Read) -> Result<Kind, Error> {
    let (digest, size): (Digest, u64) = Hashed::new(content).finish()?;
    Ok(Kind::File { size, sha256: digest.hex().to_owned() })
}

/// A stream that skips bytes by reading them.
struct Forward<R>(R);

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Skip for Forward<R> {}
