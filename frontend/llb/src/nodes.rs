//! The vertices of a graph, found by index and by digest.
//!
//! The table uses the first bytes of a digest as the hash. A map that hashes or compares whole keys would take as long as
//! encoding a small operation.

use std::collections::BTreeSet;

use crate::capability::CapabilitySet;
use crate::encode::Root;
use crate::{Digest, Location, Metadata, Operation, Output, Vertex};

/// The data of one vertex.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) bytes: Vec<u8>,
    /// The operation that the bytes encode, if the graph retains it.
    pub(crate) operation: Option<Box<Operation>>,
    pub(crate) digest: Digest,
    pub(crate) inputs: Vec<Output>,
    pub(crate) capabilities: CapabilitySet,
    /// Capabilities of an imported operation that [`Capability`](crate::Capability) does not list.
    pub(crate) other_needs: BTreeSet<String>,
    pub(crate) root: Root,
    pub(crate) metadata: Metadata,
    pub(crate) locations: Vec<Location>,
}

impl Node {
    /// Creates a node without metadata.
    pub(crate) fn new(bytes: Vec<u8>, digest: Digest, inputs: Vec<Output>) -> Self {
        Self {
            bytes,
            operation: None,
            digest,
            inputs,
            capabilities: CapabilitySet::default(),
            other_needs: BTreeSet::new(),
            root: Root::FirstOutput,
            metadata: Metadata::default(),
            locations: Vec::new(),
        }
    }

    /// Returns the ids of the capabilities that the vertex requires, sorted.
    pub(crate) fn needs(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self.capabilities.iter().map(|capability| capability.id()).collect();
        if !self.other_needs.is_empty() {
            ids.extend(self.other_needs.iter().map(String::as_str));
            ids.sort_unstable();
        }
        ids
    }
}

/// The nodes in the order of their indexes, and a hash table with at least twice as many slots that finds them by digest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes {
    list: Vec<Node>,
    slots: Vec<Option<Vertex>>,
}

impl Nodes {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, vertex: Vertex) -> &Node {
        &self.list[vertex.index()]
    }

    pub(crate) fn get_mut(&mut self, vertex: Vertex) -> &mut Node {
        &mut self.list[vertex.index()]
    }

    /// Returns the vertex with this digest.
    pub(crate) fn find(&self, digest: &Digest) -> Option<Vertex> {
        self.probe(digest).find(|vertex| self.get(*vertex).digest == *digest)
    }

    /// Returns the vertex with this digest, and creates it if it does not exist.
    pub(crate) fn intern(&mut self, digest: Digest, make: impl FnOnce() -> Node) -> Vertex {
        if let Some(vertex) = self.find(&digest) {
            return vertex;
        }
        let vertex = Vertex::at(self.list.len());
        self.list.push(make());
        if self.list.len() * 2 > self.slots.len() {
            self.slots = vec![None; (self.slots.len() * 2).max(64)];
            (0..self.list.len()).for_each(|index| self.place(Vertex::at(index)));
        } else {
            self.place(vertex);
        }
        vertex
    }

    fn place(&mut self, vertex: Vertex) {
        let digest = self.get(vertex).digest;
        let taken = self.probe(&digest).count();
        let slot = self.slot(&digest, taken);
        self.slots[slot] = Some(vertex);
    }

    /// Returns the vertices in the slots from the digest's own slot to the next empty one.
    fn probe(&self, digest: &Digest) -> impl Iterator<Item = Vertex> {
        (0..self.slots.len()).map_while(|step| self.slots[self.slot(digest, step)])
    }

    fn slot(&self, digest: &Digest, step: usize) -> usize {
        let [a, b, c, d, ..] = *digest.as_bytes();
        // The number of slots is a power of two.
        (u32::from_le_bytes([a, b, c, d]) as usize + step) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vertex_is_created_once_and_found_afterwards() {
        let mut nodes = Nodes::default();
        let digests: Vec<_> = (0..1000_u32).map(|n| Digest::of(&n.to_le_bytes())).collect();
        for (index, digest) in digests.iter().enumerate() {
            assert_eq!(nodes.find(digest), None);
            let vertex = nodes.intern(*digest, || Node::new(Vec::new(), *digest, Vec::new()));
            assert_eq!(vertex, Vertex::at(index));
        }
        for (index, digest) in digests.iter().enumerate() {
            assert_eq!(nodes.find(digest), Some(Vertex::at(index)));
            let again = nodes.intern(*digest, || unreachable!("the vertex exists"));
            assert_eq!(again, Vertex::at(index));
        }
        assert_eq!((nodes.len(), nodes.slots.len()), (1000, 2048));
    }
}
