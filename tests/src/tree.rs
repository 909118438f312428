//! The file system of an image: its layers applied in order, with whiteouts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, Result};
use tar::{Archive, EntryType};

use crate::digest::sha256_of;

/// The nodes of a file system by their absolute path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<String, Arc<Node>>,
}

/// A file, folder, link or device. Equality ignores times.
#[derive(Debug, Clone, Eq)]
pub struct Node {
    /// Its kind.
    pub kind: Kind,
    /// Permission bits, including set-user-id and similar bits.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Modification time in seconds.
    pub time: u64,
    /// Extended attributes.
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

/// The kind of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file, with the digest of its content.
    File {
        /// Bytes.
        size: u64,
        /// SHA-256, hexadecimal.
        sha256: String,
    },
    /// A folder.
    Dir,
    /// A symbolic link and its target.
    Link(String),
    /// A device or pipe.
    Special(&'static str),
}

/// A layer, in the order of its archive.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// The nodes that it adds or replaces, in order.
    added: Vec<(String, Added)>,
    /// The paths that it removes from the layers below.
    removed: BTreeSet<String>,
    /// The folders whose content in the layers below it removes.
    emptied: BTreeSet<String>,
}

#[derive(Debug, Clone)]
enum Added {
    Node(Arc<Node>),
    HardLink(String),
}

impl Layer {
    /// Reads the uncompressed archive of a layer.
    pub fn read(archive: impl Read) -> Result<Layer> {
        let mut layer = Layer::default();
        for entry in Archive::new(archive).entries()? {
            let mut entry = entry.context("not a layer archive")?;
            let path = absolute(&String::from_utf8_lossy(&entry.path_bytes()));
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if name == ".wh..wh..opq" {
                layer.emptied.insert(folder.to_owned());
            } else if let Some(name) = name.strip_prefix(".wh.") {
                layer.removed.insert(format!("{folder}/{name}"));
            } else if entry.header().entry_type() == EntryType::Link {
                let target = absolute(&String::from_utf8_lossy(&entry.link_name_bytes().unwrap_or_default()));
                layer.added.push((path, Added::HardLink(target)));
            } else {
                let node = node(&mut entry).with_context(|| format!("cannot read {path} of a layer"))?;
                layer.added.push((path, Added::Node(Arc::new(node))));
            }
        }
        Ok(layer)
    }

    /// The paths it adds or replaces.
    pub fn paths(&self) -> Vec<&str> {
        self.added.iter().map(|(path, _)| path.as_str()).collect()
    }

    /// The paths it removes.
    pub fn removals(&self) -> Vec<&str> {
        self.removed.iter().map(String::as_str).collect()
    }
}

impl Tree {
    /// Applies a layer.
    pub fn apply(&mut self, layer: &Layer) {
        for path in &layer.removed {
            self.remove_below(path);
            self.nodes.remove(path);
        }
        for path in &layer.emptied {
            self.remove_below(path);
        }
        for (path, added) in &layer.added {
            let node = match added {
                Added::Node(node) => node.clone(),
                Added::HardLink(target) => match self.nodes.get(target) {
                    Some(node) => node.clone(),
                    None => continue,
                },
            };
            if node.kind != Kind::Dir {
                self.remove_below(path);
            }
            self.nodes.insert(path.clone(), node);
        }
    }

    /// The node at a path.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path).map(AsRef::as_ref)
    }

    /// All paths with their nodes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_str(), node.as_ref()))
    }

    /// A copy without these files and folders, for files that differ in every build, such as logs.
    pub fn without(&self, paths: &[&str]) -> Tree {
        let mut rest = self.clone();
        for path in paths {
            rest.remove_below(path);
            rest.nodes.remove(*path);
        }
        rest
    }

    fn remove_below(&mut self, path: &str) {
        let prefix = format!("{path}/");
        let below = self.nodes.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let below: Vec<String> = below.map(|(path, _)| path.clone()).collect();
        for path in below {
            self.nodes.remove(&path);
        }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        let all = |node: &Node| (node.kind.clone(), node.mode, node.uid, node.gid, node.xattrs.clone());
        all(self) == all(other)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::File { size, sha256 } => write!(f, "file of {size} bytes {}", &sha256[..12])?,
            Kind::Dir => write!(f, "folder")?,
            Kind::Link(target) => return write!(f, "link to {target} {}:{}", self.uid, self.gid),
            Kind::Special(what) => write!(f, "{what}")?,
        }
        write!(f, " {:04o} {}:{}", self.mode, self.uid, self.gid)?;
        for (name, value) in &self.xattrs {
            write!(f, " {name}={}", value.escape_ascii())?;
        }
        Ok(())
    }
}

fn node(entry: &mut tar::Entry<'_, impl Read>) -> Result<Node> {
    let mut xattrs = BTreeMap::new();
    for extension in entry.pax_extensions()?.into_iter().flatten() {
        let extension = extension?;
        if let Some(name) = extension.key()?.strip_prefix("SCHILY.xattr.") {
            xattrs.insert(name.to_owned(), extension.value_bytes().to_vec());
        }
    }
    let header = entry.header();
    let (mode, uid, gid, time) = (header.mode()? & 0o7777, header.uid()?, header.gid()?, header.mtime()?);
    let kind = match header.entry_type() {
        EntryType::Directory => Kind::Dir,
        EntryType::Symlink => {
            Kind::Link(String::from_utf8_lossy(&entry.link_name_bytes().unwrap_or_default()).into_owned())
        }
        EntryType::Char => Kind::Special("character device"),
        EntryType::Block => Kind::Special("block device"),
        EntryType::Fifo => Kind::Special("pipe"),
        _ => Kind::File { size: entry.size(), sha256: sha256_of(entry)? },
    };
    Ok(Node { kind, mode, uid, gid, time, xattrs })
}

/// The absolute form of a path: `/a/b` for `./a/b/` and `a/b`.
fn absolute(path: &str) -> String {
    format!("/{}", path.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer of `path` or `path=content`, `path -> target` for hard links, `path/` for folders.
    fn layer(lines: &[&str]) -> Layer {
        let mut builder = tar::Builder::new(Vec::new());
        for line in lines {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(0);
            if let Some((path, target)) = line.split_once(" -> ") {
                header.set_entry_type(EntryType::Link);
                header.set_size(0);
                builder.append_link(&mut header, path, target).unwrap();
                continue;
            }
            let (path, content) = line.split_once('=').unwrap_or((line, ""));
            if path.ends_with('/') {
                header.set_entry_type(EntryType::Directory);
            }
            header.set_size(content.len() as u64);
            builder.append_data(&mut header, path, content.as_bytes()).unwrap();
        }
        Layer::read(builder.into_inner().unwrap().as_slice()).unwrap()
    }

    fn check(layers: &[&[&str]], expected: &[&str]) {
        let mut tree = Tree::default();
        for lines in layers {
            tree.apply(&layer(lines));
        }
        assert_eq!(tree.iter().map(|(path, _)| path).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn whiteouts_remove_what_is_below_them_only() {
        check(&[&["a/", "a/x", "ab"], &[".wh.a"]], &["/ab"]);
        check(&[&["a/", "a/x", "a/y"], &["a/.wh.x", "a/z"]], &["/a", "/a/y", "/a/z"]);
        check(&[&["a/", "a/x"], &["a/", "a/new", "a/.wh..wh..opq"]], &["/a", "/a/new"]);
    }

    #[test]
    fn a_file_in_place_of_a_folder_ends_the_folder() {
        check(&[&["a/", "a/x"], &["a=1"]], &["/a"]);
    }

    #[test]
    fn hard_links_are_the_file_they_name() {
        let mut tree = Tree::default();
        tree.apply(&layer(&["a=1", "b -> a"]));
        assert_eq!(tree.get("/a"), tree.get("/b"));
    }
}
