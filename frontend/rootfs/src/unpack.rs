//! Unpacks archives into a folder of a root file system.
//!
//! The archive can be hostile. Nothing is created outside of the folder: names with `..` are errors, and so are symbolic links on the way
//! that lead out of the folder, whether they are from the image or from the archive. No link is followed at the end of a path.

mod attributes;
mod folders;
mod links;
mod mode;
mod request;
mod selection;
mod source;

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

pub use request::{UnpackRequest, unpack_args, unpack_request};
use varve_archive::{Entries, Entry, EntryKind, Error, Inside as _, normal, text_of};

use crate::Failure;
use crate::names;
use crate::tree::{self, Tree};
use attributes::Attributes;
use folders::{Folders, joined};
use links::Links;
use selection::{Choice, Selection};

/// The largest number of entries of an archive. Attributes of folders and targets of links stay in memory until the end.
const MOST_ENTRIES: usize = 2_000_000;
/// The number of paths that an error names if nothing was unpacked.
const MOST_NAMED: usize = 5;
const PART: usize = 64 << 10;

/// Unpacks archives. The arguments are those after [`UNPACK`](crate::UNPACK): the root and the request.
///
/// # Errors
/// Returns an error if an archive cannot be read or is not an archive, if nothing of it is unpacked, or if a file cannot be created.
pub fn unpack(arguments: &[String]) -> Result<(), Failure> {
    let (root, request) = unpack_request(arguments).map_err(Failure::Unknown)?;
    let violated = |problem: String| Failure::Violated(vec![problem]);
    let tree = Tree::new(root);
    let owner = request.owner.as_ref().map(|owner| names::ids(&tree, owner)).transpose().map_err(violated)?;
    if let Some(mode) = request.mode.as_deref().filter(|mode| mode::changed(mode, 0, false).is_none()) {
        return Err(Failure::Unknown(format!("`{mode}` is not a mode")));
    }
    let folders = Folders::new(&tree, &request.folder, owner, request.time).map_err(violated)?;
    let selection = Selection::new(request.only.as_deref(), request.strip);
    let mut unpacker = Unpacker {
        request: &request,
        owner,
        selection,
        folders,
        links: Links::default(),
        entries: 0,
        unpacked: 0,
        examples: Vec::new(),
    };
    for archive in &request.archives {
        let name = archive.rsplit('/').next().unwrap_or(archive);
        unpacker.archive(archive, name).map_err(|problem| violated(format!("{name}: {problem}")))?;
    }
    unpacker.folders.finish(&request).map_err(violated)
}

struct Unpacker<'r> {
    request: &'r UnpackRequest,
    owner: Option<(u32, u32)>,
    selection: Selection,
    folders: Folders<'r>,
    links: Links,
    /// The number of entries of the current archive, and how many were unpacked.
    entries: usize,
    unpacked: usize,
    /// The first paths of the current archive.
    examples: Vec<String>,
}

impl Unpacker<'_> {
    fn archive(&mut self, archive: &str, name: &str) -> Result<(), String> {
        (self.entries, self.unpacked) = (0, 0);
        self.examples.clear();
        self.links = Links::default();
        source::read(Path::new(archive), |entries| {
            while let Some(entry) = entries.next()? {
                let path = entry.path.clone();
                self.entry(entry, entries).inside(path)?;
            }
            Ok(())
        })?;
        if self.unpacked == 0 {
            return Err(self.nothing(name));
        }
        if self.links.are_open() {
            source::read(Path::new(archive), |entries| {
                while let Some(entry) = entries.next()? {
                    let path = entry.path.clone();
                    self.linked_file(&entry, entries).inside(path)?;
                }
                Ok(())
            })?;
            self.links.finish()?;
        }
        self.folders.end_of_archive();
        Ok(())
    }

    fn entry(&mut self, entry: Entry, entries: &mut dyn Entries) -> Result<(), Error> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(Error::damaged(format!("the archive has more than {MOST_ENTRIES} entries")));
        }
        if self.examples.len() < MOST_NAMED && !entry.name.is_empty() {
            self.examples.push(entry.path.trim_start_matches('/').to_owned());
        }
        let is_folder = entry.kind == EntryKind::Folder;
        if is_folder {
            self.folders.describe(&entry.name, Attributes::of(&entry, self.owner).map_err(Error::damaged)?);
        }
        let name = entry.name.clone();
        let parts = match self.selection.choice(&name, is_folder) {
            Choice::Unpacked(parts) => parts,
            Choice::NotMeant | Choice::TooShort => {
                if entry.kind == EntryKind::HardLink {
                    self.links.alias(name, normal(&entry.link)?);
                }
                return Ok(());
            }
        };
        let Some((last, above)) = parts.split_last() else {
            // The target folder itself keeps its attributes.
            return Ok(());
        };
        let folder = self.folders.make(above, &name, parts.len()).map_err(Error::damaged)?;
        let path = folder.join(std::ffi::OsStr::from_bytes(last));
        self.unpacked += 1;
        match entry.kind {
            EntryKind::Folder => return self.folders.make_last(path, &name).map_err(Error::damaged),
            EntryKind::HardLink => return self.hard_link(&entry, path).map_err(Error::damaged),
            _ => self.clear(&path).map_err(Error::damaged)?,
        }
        self.create(&entry, entries, &path)
    }

    /// Creates anything but a folder and a hard link, with its attributes.
    fn create(&mut self, entry: &Entry, entries: &mut dyn Entries, path: &Path) -> Result<(), Error> {
        let failed = |error: io::Error| Error::damaged(format!("cannot create it: {error}"));
        match entry.kind {
            EntryKind::File => {
                write(path, entries.content()?)?;
            }
            EntryKind::SymbolicLink => {
                self.folders.forget();
                std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(&entry.link), path).map_err(failed)?;
            }
            _ => attributes::create_device(entry, path).map_err(Error::damaged)?,
        }
        let set = |attributes: Attributes| attributes.set(path, self.request.mode.as_deref());
        Attributes::of(entry, self.owner).and_then(set).map_err(Error::damaged)
    }

    /// Removes what is at a path. A folder must be empty, because its content would be lost.
    fn clear(&mut self, path: &Path) -> Result<(), String> {
        let Some(metadata) = tree::metadata_of_itself(path)? else { return Ok(()) };
        self.folders.forget();
        let removed = if metadata.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
        removed.map_err(|error| match error.kind() {
            io::ErrorKind::DirectoryNotEmpty => "a folder that is not empty is in its place".to_owned(),
            _ => format!("cannot replace it: {error}"),
        })
    }

    fn hard_link(&mut self, entry: &Entry, path: PathBuf) -> Result<(), String> {
        let target = normal(&entry.link).map_err(|error| error.to_string())?;
        let shown = text_of(&target);
        let Choice::Unpacked(parts) = self.selection.choice(&target, false) else {
            // The content of the link is that of an entry which is not unpacked itself.
            self.clear(&path)?;
            self.links.open(target, path);
            return Ok(());
        };
        let source = match self.folders.existing(&parts)? {
            Some(source) if source == path => return Err("it is a hard link to itself".to_owned()),
            Some(source) => source,
            None => {
                return Err(format!("it is a hard link to {shown}, which is not in the archive before it"));
            }
        };
        if tree::metadata(&source)?.is_dir() {
            return Err(format!("it is a hard link to {shown}, which is a folder"));
        }
        self.clear(&path)?;
        fs::hard_link(source, path).map_err(|error| format!("cannot create a hard link to {shown}: {error}"))
    }

    /// Unpacks an entry that is not meant itself, but has the content of hard links that are.
    fn linked_file(&mut self, entry: &Entry, entries: &mut dyn Entries) -> Result<(), Error> {
        if matches!(entry.kind, EntryKind::Folder | EntryKind::HardLink) {
            return Ok(());
        }
        let mut paths = self.links.take(&entry.name).into_iter();
        let Some(first) = paths.next() else { return Ok(()) };
        self.create(entry, entries, &first)?;
        for path in paths {
            let linked = fs::hard_link(&first, path);
            linked.map_err(|error| Error::damaged(format!("cannot create a hard link to it: {error}")))?;
        }
        Ok(())
    }

    /// Says why nothing of an archive was unpacked.
    fn nothing(&self, name: &str) -> String {
        let UnpackRequest { only, strip, .. } = self.request;
        if self.examples.is_empty() {
            return format!("nothing was unpacked: {name} contains no files");
        }
        let reason = match (only, strip) {
            (Some(only), 0) => format!("no path matches `only: {only}`"),
            (Some(only), strip) => format!("no path that matches `only: {only}` has {strip} parts (`strip`)"),
            (None, strip) => format!("no path has {strip} parts (`strip`)"),
        };
        let more = if self.entries > MOST_NAMED { ", ..." } else { "" };
        format!("nothing was unpacked: {reason}; the archive contains {}{more}", self.examples.join(", "))
    }
}

/// Writes the content of a new file. Parts with zeros alone become holes.
fn write(path: &Path, mut content: Box<dyn Read + '_>) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    let (mut part, mut size) = (vec![0; PART], 0);
    loop {
        let count = content.read(&mut part)?;
        if count == 0 {
            break;
        }
        size += count as u64;
        if count >= 4096 && part[..count].iter().all(|byte| *byte == 0) {
            file.seek(SeekFrom::Start(size))?;
        } else {
            file.write_all(&part[..count])?;
        }
    }
    file.set_len(size)
}

/// Formats a path of the root file system for messages.
fn shown(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    format!("/{}", text_of(inside.as_os_str().as_bytes()))
}

/// The name of an entry up to a number of its parts.
fn prefix(name: &[u8], parts: usize) -> Vec<u8> {
    joined(name.split(|byte| *byte == b'/').take(parts))
}

#[cfg(test)]
mod tests;
