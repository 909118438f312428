//! The file system of an image: its layers, applied in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layer::{Added, Layer};
use super::node::{Kind, Node};
use crate::base::error::{Error, Inside};
use crate::base::limits::{Budget, Limits};
use crate::base::names;

/// The nodes of a file system by path. A path starts with `/` and is UTF-8. Other bytes are escaped as `\xff`, and a backslash is
/// doubled.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: BTreeMap<String, Placed>,
    /// The number of applied layers.
    layers: usize,
    unused: Vec<UnusedWhiteout>,
}

/// A whiteout of a path that the layers below do not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnusedWhiteout {
    /// The path that the whiteout removes.
    pub path: String,
    /// The number of the layer with the whiteout, counted from 0 for the lowest.
    pub layer: usize,
}

#[derive(Debug, Clone)]
struct Placed {
    layer: usize,
    node: Arc<Node>,
}

/// The number of symbolic links that Linux follows in one path.
const MOST_LINKS: usize = 40;

impl Tree {
    /// Applies one more layer.
    ///
    /// # Errors
    /// Returns an error if a hard link has no target, if the root is not a folder, or if a path leads through too many symbolic
    /// links.
    pub fn apply(&mut self, layer: &Layer) -> Result<(), Error> {
        self.apply_within(layer, &Budget::new(&Limits::default()))
    }

    /// Applies one more layer within the budget for names.
    pub(crate) fn apply_within(&mut self, layer: &Layer, budget: &Budget) -> Result<(), Error> {
        let number = self.layers;
        self.layers += 1;
        let removed = layer.removed.iter().map(|path| (path, self.resolved(path, budget)));
        for (path, resolved) in removed.collect::<Vec<_>>() {
            let resolved = resolved.inside(path)?;
            if self.nodes.contains_key(&resolved) {
                self.remove_below(&resolved);
                self.nodes.remove(&resolved);
            } else {
                self.unused.push(UnusedWhiteout { path: resolved, layer: number });
            }
        }
        for path in &layer.emptied {
            let resolved = self.followed(path, budget).inside(path)?;
            self.remove_below(&resolved);
        }
        for (path, added) in &layer.added {
            self.add(path, added, number, budget).inside(path)?;
        }
        Ok(())
    }

    /// Returns the node at a path.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path).map(|placed| placed.node.as_ref())
    }

    /// Iterates over all paths with their nodes, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, placed)| (path.as_str(), placed.node.as_ref()))
    }

    /// Returns the tree without these files or folders, such as logs, which differ between any two builds.
    pub fn without(&self, paths: &[&str]) -> Tree {
        let mut rest = self.clone();
        for path in paths {
            rest.remove_below(path);
            rest.nodes.remove(*path);
        }
        rest
    }

    /// Returns the whiteouts of paths that the layers below do not have, in the order of the layers.
    pub fn unused_whiteouts(&self) -> &[UnusedWhiteout] {
        &self.unused
    }

    /// Returns, for each path with hard links, the sorted list of all names of its file. Only paths for which `counts` is true are
    /// used.
    pub(crate) fn hard_links(&self, counts: impl Fn(&str) -> bool) -> BTreeMap<&str, Arc<[&str]>> {
        let mut groups: BTreeMap<*const Node, Vec<&str>> = BTreeMap::new();
        for (path, placed) in self.nodes.iter().filter(|(path, _)| counts(path)) {
            groups.entry(Arc::as_ptr(&placed.node)).or_default().push(path);
        }
        let mut by_path = BTreeMap::new();
        for group in groups.into_values().filter(|group| group.len() > 1) {
            let group: Arc<[&str]> = group.into();
            by_path.extend(group.iter().map(|path| (*path, group.clone())));
        }
        by_path
    }

    /// Returns the number of bytes of all files. A file with several names counts once.
    pub fn size(&self) -> u64 {
        self.size_of(|_| true)
    }

    /// Returns the number of bytes of the files at paths for which `counts` is true.
    pub(crate) fn size_of(&self, counts: impl Fn(&str) -> bool) -> u64 {
        let mut sizes = BTreeMap::new();
        for placed in self.nodes.iter().filter(|(path, _)| counts(path)).map(|(_, placed)| placed) {
            if let Kind::File { size, .. } = placed.node.kind {
                sizes.insert(Arc::as_ptr(&placed.node), size);
            }
        }
        sizes.values().fold(0, |sum: u64, size| sum.saturating_add(*size))
    }

    /// Returns the layer that the node at a path comes from, and the number of its entry there.
    pub(crate) fn origin(&self, path: &str) -> Option<(usize, u64)> {
        let placed = self.nodes.get(path)?;
        Some((placed.layer, placed.node.entry?))
    }

    fn add(&mut self, path: &str, added: &Added, layer: usize, budget: &Budget) -> Result<(), Error> {
        let path = self.resolved(path, budget)?;
        budget.entry(path.len())?;
        let placed = match added {
            Added::Node(node) => Placed { layer, node: node.clone() },
            Added::HardLink(target) => self.target(&path, target, budget)?,
        };
        if path == "/" && placed.node.kind != Kind::Dir {
            return Err(Error::damaged(format!("the root is a {}", placed.node.kind.name())));
        }
        self.make_folders(names::split(&path).0, layer, budget)?;
        if placed.node.kind != Kind::Dir {
            self.remove_below(&path);
        }
        self.nodes.insert(path, placed);
        Ok(())
    }

    /// Returns the node that a hard link names. It must exist already, so there are no cycles.
    fn target(&self, path: &str, target: &str, budget: &Budget) -> Result<Placed, Error> {
        let resolved = self.resolved(target, budget)?;
        if resolved == path {
            return Err(Error::damaged("a hard link points to itself"));
        }
        match self.nodes.get(&resolved) {
            Some(placed) if placed.node.kind == Kind::Dir => {
                Err(Error::damaged(format!("a hard link points to the folder {target}")))
            }
            Some(placed) => Ok(placed.clone()),
            None => Err(Error::damaged(format!("a hard link points to {target}, which does not exist"))),
        }
    }

    /// Creates the folders above a path that have no entry.
    fn make_folders(&mut self, folder: &str, layer: usize, budget: &Budget) -> Result<(), Error> {
        let mut folder = folder;
        while folder != "/" {
            match self.nodes.get(folder).map(|placed| &placed.node.kind) {
                Some(Kind::Dir) => return Ok(()),
                Some(kind) => {
                    return Err(Error::damaged(format!("it is below {folder}, which is a {}", kind.name())));
                }
                None => {
                    budget.entry(folder.len())?;
                    let node = Arc::new(Node::implied_folder());
                    self.nodes.insert(folder.to_owned(), Placed { layer, node });
                }
            }
            folder = names::split(folder).0;
        }
        Ok(())
    }

    /// Returns a path without symbolic links in its folders. Engines follow them when they apply a layer. The last name is not
    /// followed.
    fn resolved(&self, path: &str, budget: &Budget) -> Result<String, Error> {
        let (folder, name) = names::split(path);
        if name.is_empty() {
            return Ok(path.to_owned());
        }
        Ok(names::join(&self.followed(folder, budget)?, name))
    }

    /// Returns a path without symbolic links. Absolute targets and `..` do not leave the root.
    fn followed(&self, path: &str, budget: &Budget) -> Result<String, Error> {
        let mut open: Vec<&str> = path.split('/').rev().collect();
        let (mut at, mut links) = ("/".to_owned(), 0);
        while let Some(part) = open.pop() {
            match part {
                "" | "." => {}
                ".." => at = names::split(&at).0.to_owned(),
                part => {
                    let next = names::join(&at, part);
                    budget.path(next.len())?;
                    match self.nodes.get(&next).map(|placed| &placed.node.kind) {
                        Some(Kind::Link(target)) => {
                            links += 1;
                            if links > MOST_LINKS {
                                return Err(Error::damaged("too many symbolic links in its path"));
                            }
                            if target.starts_with('/') {
                                "/".clone_into(&mut at);
                            }
                            open.extend(target.split('/').rev());
                        }
                        _ => at = next,
                    }
                }
            }
        }
        Ok(at)
    }

    fn remove_below(&mut self, path: &str) {
        let prefix = names::join(path, "");
        let below = self.nodes.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let below: Vec<String> = below.map(|(path, _)| path.clone()).filter(|below| below != path).collect();
        for path in below {
            self.nodes.remove(&path);
        }
    }
}

/// Compares paths and nodes. Trees are equal even if hard links or the layers of origin differ.
impl PartialEq for Tree {
    fn eq(&self, other: &Tree) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Tree {}

#[cfg(test)]
mod tests;
