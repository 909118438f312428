//! Reads the file system below a folder. Nothing is written, and symbolic links are not followed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File, FileType, Metadata};
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::layer::{Added, Layer, file};
use super::node::{Kind, Node};
use crate::base::error::{Error, Inside};
use crate::base::limits::Budget;
use crate::base::names;

/// Extended attributes that belong to the machine and not to an image, by the beginning of their names.
const OF_THE_MACHINE: [&str; 3] = ["security.selinux", "trusted.overlay.", "user.overlay."];

/// Reads everything below a folder. The folder itself is left out, because its properties are not those of the root of an image.
pub(crate) fn read(root: &Path, budget: &Budget) -> Result<Layer, Error> {
    let mut layer = Layer::default();
    let mut first_names: BTreeMap<(u64, u64), String> = BTreeMap::new();
    for (number, found) in Walk::new(root)?.enumerate() {
        let Found { at, path, metadata } = found?;
        let identity = (metadata.dev(), metadata.ino());
        if let Some(first) = first_names.get(&identity) {
            budget.entry(path.len() + first.len())?;
            layer.added.push((path, Added::HardLink(first.clone())));
            continue;
        }
        if metadata.nlink() > 1 && !metadata.is_dir() {
            first_names.insert(identity, path.clone());
        }
        let node = node(&at, &metadata, number as u64, budget).inside(at.display())?;
        layer.added.push((path, Added::Node(Arc::new(node))));
    }
    Ok(layer)
}

/// Reads the contents of files of a folder, selected by the numbers that [`read`] gave them.
pub(crate) fn contents(root: &Path, wanted: &BTreeSet<u64>) -> Result<BTreeMap<u64, Vec<u8>>, Error> {
    let mut contents = BTreeMap::new();
    for (number, found) in Walk::new(root)?.enumerate() {
        let Found { at, metadata, .. } = found?;
        if wanted.contains(&(number as u64)) && metadata.is_file() {
            let mut bytes = Vec::new();
            let file = File::open(&at).inside(at.display())?;
            file.take(metadata.len()).read_to_end(&mut bytes).inside(at.display())?;
            contents.insert(number as u64, bytes);
        }
    }
    Ok(contents)
}

fn node(at: &Path, metadata: &Metadata, number: u64, budget: &Budget) -> Result<Node, Error> {
    let kind = kind(at, metadata, budget)?;
    let xattrs = xattrs(at)?;
    let attributes: usize = xattrs.iter().map(|(name, value)| name.len() + value.len()).sum();
    budget.entry(at.as_os_str().len() + attributes)?;
    let (mode, uid, gid) = (metadata.mode() & 0o7777, metadata.uid().into(), metadata.gid().into());
    Ok(Node { kind, mode, uid, gid, time: metadata.mtime(), xattrs, entry: Some(number) })
}

fn kind(at: &Path, metadata: &Metadata, budget: &Budget) -> Result<Kind, Error> {
    let kind: FileType = metadata.file_type();
    let device = |block| Kind::Device {
        block,
        major: rustix::fs::major(metadata.rdev()),
        minor: rustix::fs::minor(metadata.rdev()),
    };
    Ok(match kind {
        kind if kind.is_file() => {
            budget.content(metadata.len())?;
            // The file can grow while it is read.
            file(File::open(at)?.take(metadata.len()))?
        }
        kind if kind.is_dir() => Kind::Dir,
        kind if kind.is_symlink() => Kind::Link(names::text_of(fs::read_link(at)?.as_os_str().as_bytes())),
        kind if kind.is_char_device() => device(false),
        kind if kind.is_block_device() => device(true),
        kind if kind.is_fifo() => Kind::Pipe,
        _ => Kind::Socket,
    })
}

fn xattrs(at: &Path) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut list = vec![0; 1 << 16];
    let length = match rustix::fs::llistxattr(at, &mut list[..]) {
        Ok(length) => length,
        // Some file systems do not support them.
        Err(rustix::io::Errno::NOTSUP) => 0,
        Err(error) => return Err(std::io::Error::from(error).into()),
    };
    let names = list[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut xattrs = BTreeMap::new();
    let mut value = vec![0; 1 << 16];
    for name in names {
        let text = names::text_of(name);
        if !OF_THE_MACHINE.iter().any(|start| text.starts_with(start)) {
            let length = rustix::fs::lgetxattr(at, name, &mut value[..]).map_err(std::io::Error::from)?;
            xattrs.insert(text, value[..length].to_vec());
        }
    }
    Ok(xattrs)
}

struct Found {
    /// The path on this machine. `path` is the path in the image.
    at: PathBuf,
    path: String,
    metadata: Metadata,
}

/// Iterates over everything below a folder, sorted by name. A folder comes before its content.
struct Walk<'r> {
    root: &'r Path,
    /// Paths below the root that were not visited yet. The last one is visited next.
    open: Vec<Vec<u8>>,
}

impl<'r> Walk<'r> {
    fn new(root: &'r Path) -> Result<Walk<'r>, Error> {
        let mut walk = Walk { root, open: Vec::new() };
        walk.open_folder(b"").inside(root.display())?;
        Ok(walk)
    }

    fn open_folder(&mut self, folder: &[u8]) -> Result<(), Error> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.at(folder))? {
            names.push(entry?.file_name().into_vec());
        }
        names.sort_by(|a, b| b.cmp(a));
        let joined = |name: Vec<u8>| match folder {
            b"" => name,
            folder => [folder, b"/", &name].concat(),
        };
        self.open.extend(names.into_iter().map(joined));
        Ok(())
    }

    fn at(&self, path: &[u8]) -> PathBuf {
        self.root.join(OsString::from_vec(path.to_vec()))
    }

    fn visit(&mut self, path: &[u8]) -> Result<Found, Error> {
        let at = self.at(path);
        let metadata = fs::symlink_metadata(&at)?;
        if metadata.is_dir() {
            self.open_folder(path)?;
        }
        Ok(Found { at, path: names::path_of(path)?, metadata })
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Found, Error>;

    fn next(&mut self) -> Option<Result<Found, Error>> {
        let path = self.open.pop()?;
        let shown = self.at(&path);
        Some(self.visit(&path).inside(shown.display()))
    }
}
