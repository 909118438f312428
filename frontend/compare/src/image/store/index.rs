//! An index of the entries in an archive that contains a layout or a docker archive.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

use varve_archive::{Archive, EntryKind, Skip};

use crate::base::error::Error;
use crate::base::limits::Budget;
use crate::base::names;

/// The entries of an archive by path.
#[derive(Debug, Default)]
pub(crate) struct Index(BTreeMap<String, Member>);

/// An entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Member {
    /// A file whose content is in one piece: its first byte in the archive, and its size.
    File { at: u64, size: u64 },
    /// A link to this path. Docker archives store equal layers as links.
    Link(String),
    /// An entry that does not occur in layouts.
    Other,
}

/// The largest number of links that are followed to a file.
const MOST_LINKS: usize = 8;

impl Index {
    /// Reads the headers of an archive.
    pub(crate) fn read(archive: impl Skip, budget: &Budget) -> Result<Index, Error> {
        let mut members = BTreeMap::new();
        let mut entries = Archive::new(archive, budget.archive());
        while let Some(entry) = entries.next()? {
            let member = match entry.kind {
                EntryKind::File => match entries.content_at() {
                    Some(at) => Member::File { at, size: entry.size },
                    None => Member::Other,
                },
                EntryKind::SymbolicLink => link(names::split(&entry.path).0, &entry.link),
                EntryKind::HardLink => link("/", &entry.link),
                _ => Member::Other,
            };
            members.insert(entry.path, member);
        }
        Ok(Index(members))
    }

    /// Returns the entry with a name such as `blobs/sha256/00`. Links are followed.
    pub(crate) fn resolve(&self, name: &str) -> Option<&Member> {
        let mut member = self.0.get(&names::join("/", name))?;
        for _ in 0..MOST_LINKS {
            match member {
                Member::Link(path) => member = self.0.get(path)?,
                found => return Some(found),
            }
        }
        Some(&Member::Other)
    }
}

/// Converts a link. Its target must not lead out of the archive.
fn link(folder: &str, target: &[u8]) -> Member {
    let mut path = if target.starts_with(b"/") { "/".to_owned() } else { folder.to_owned() };
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => path = names::split(&path).0.to_owned(),
            part => path = names::join(&path, &names::text_of(part)),
        }
    }
    Member::Link(path)
}

/// A file on disk, in which skipping bytes costs nothing.
pub(crate) struct SeekableFile {
    reader: BufReader<File>,
    left: u64,
}

impl SeekableFile {
    pub(crate) fn new(file: File) -> io::Result<SeekableFile> {
        let left = file.metadata()?.len();
        Ok(SeekableFile { reader: BufReader::new(file), left })
    }
}

impl Read for SeekableFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

impl Skip for SeekableFile {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        self.left = self.left.checked_sub(count).ok_or(io::ErrorKind::UnexpectedEof)?;
        let count = i64::try_from(count).map_err(io::Error::other)?;
        self.reader.seek_relative(count)
    }
}
