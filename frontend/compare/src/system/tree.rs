//! The file system of an image: its layers applied in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layer::{Added, Layer};
use super::node::{Kind, Node};
use crate::base::error::{Error, Inside};
use crate::base::limits::{Budget, Limits};
use crate::base::names;

/// Path (`/` first) to what is there. A path is UTF-8; other bytes in a name stand as `\xff`, and a backslash stands double.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: BTreeMap<String, Placed>,
    /// How many layers were applied.
    layers: usize,
    unused: Vec<UnusedWhiteout>,
}

/// A removal of something that the layers below do not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnusedWhiteout {
    /// The path that is removed.
    pub path: String,
    /// The number of the layer that removes it; the lowest is 0.
    pub layer: usize,
}

#[derive(Debug, Clone)]
struct Placed {
    layer: usize,
    node: Arc<Node>,
}

/// As many symbolic links as Linux follows in one path.
const MOST_LINKS: usize = 40;

impl Tree {
    /// Applies one more layer.
    pub fn apply(&mut self, layer: &Layer) -> Result<(), Error> {
        self.apply_within(layer, &Budget::new(&Limits::default()))
    }

    /// Applies one more layer, as far as the memory for names goes.
    pub(crate) fn apply_within(&mut self, layer: &Layer, budget: &Budget) -> Result<(), Error> {
        let number = self.layers;
        self.layers += 1;
        let removed = layer.removed.iter().map(|path| (path, self.resolved(path)));
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
            let resolved = self.followed(path).inside(path)?;
            self.remove_below(&resolved);
        }
        for (path, added) in &layer.added {
            self.add(path, added, number, budget).inside(path)?;
        }
        Ok(())
    }

    /// What is at a path.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path).map(|placed| placed.node.as_ref())
    }

    /// All paths with what is there, in the order of the paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, placed)| (path.as_str(), placed.node.as_ref()))
    }

    /// The tree without these folders or files, for what two builds never make alike, such as logs.
    pub fn without(&self, paths: &[&str]) -> Tree {
        let mut rest = self.clone();
        for path in paths {
            rest.remove_below(path);
            rest.nodes.remove(*path);
        }
        rest
    }

    /// The removals of what is not there, in the order of the layers.
    pub fn unused_whiteouts(&self) -> &[UnusedWhiteout] {
        &self.unused
    }

    /// The groups of paths that are names of one file, each in the order of the paths, by each of these paths. Only paths that
    /// count are seen.
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

    /// The bytes of all files, those with several names once.
    pub fn size(&self) -> u64 {
        self.size_of(|_| true)
    }

    /// The bytes of the files whose paths count.
    pub(crate) fn size_of(&self, counts: impl Fn(&str) -> bool) -> u64 {
        let mut sizes = BTreeMap::new();
        for placed in self.nodes.iter().filter(|(path, _)| counts(path)).map(|(_, placed)| placed) {
            if let Kind::File { size, .. } = placed.node.kind {
                sizes.insert(Arc::as_ptr(&placed.node), size);
            }
        }
        sizes.values().fold(0, |sum: u64, size| sum.saturating_add(*size))
    }

    /// The layer and the number of its entry that a path comes from.
    pub(crate) fn origin(&self, path: &str) -> Option<(usize, u64)> {
        let placed = self.nodes.get(path)?;
        Some((placed.layer, placed.node.entry?))
    }

    fn add(&mut self, path: &str, added: &Added, layer: usize, budget: &Budget) -> Result<(), Error> {
        let path = self.resolved(path)?;
        budget.entry(path.len())?;
        let placed = match added {
            Added::Node(node) => Placed { layer, node: node.clone() },
            Added::HardLink(target) => self.target(&path, target)?,
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

    /// What a hard link is another name of. It has to be there before, so that there are no cycles.
    fn target(&self, path: &str, target: &str) -> Result<Placed, Error> {
        let resolved = self.resolved(target)?;
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

    /// Makes the folders that no entry named.
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

    /// A path whose folders are no symbolic links, as engines follow them when they apply a layer. The last name is not followed.
    fn resolved(&self, path: &str) -> Result<String, Error> {
        let (folder, name) = names::split(path);
        if name.is_empty() {
            return Ok(path.to_owned());
        }
        Ok(names::join(&self.followed(folder)?, name))
    }

    /// A path without symbolic links. Absolute ones and `..` stay below the root.
    fn followed(&self, path: &str) -> Result<String, Error> {
        let mut open: Vec<&str> = path.split('/').rev().collect();
        let (mut at, mut links) = ("/".to_owned(), 0);
        while let Some(part) = open.pop() {
            match part {
                "" | "." => {}
                ".." => at = names::split(&at).0.to_owned(),
                part => {
                    let next = names::join(&at, part);
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

/// Equal paths with equal nodes. Which names are hard links of each other and which layer something is from does not count.
impl PartialEq for Tree {
    fn eq(&self, other: &Tree) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Tree {}

#[cfg(test)]
mod tests;
